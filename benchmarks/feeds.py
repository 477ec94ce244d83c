"""Whether feeds are read right, fast and safely: `python -m benchmarks.feeds`.

1. what gofeed's own test data expect, field by field (`data/feeds` in the folder `shared` beside
   the checkout), and how many of feedparser's and gofeed's documents end as rows or rejects
2. feeds a minute, fetched from a server on loopback and read, and unchanged; feedparser alone on
   the same bytes in the same run, where it is installed (it is no dependency)
3. the slowest and the largest of documents that are made to hurt
"""

import io
import json
import re
import resource
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

from benchmarks.hostile import documents_that_hurt
from transforms.dates import read_date
from transforms.feed_memory import settle
from transforms.feed_reader import Outcome
from transforms.feeds import parse_feed
from transforms.feeds.lists import Listed
from transforms.items import Item, to_article
from transforms.read_feeds import Settings, _Read, plan
from transforms.records import Article, ItemError

ROOT = Path(__file__).parent.parent
DATA = Path("shared", "data", "feeds")
AS_OF = datetime(2027, 1, 1, tzinfo=UTC)  # after all dates of the test data
FEEDS, ENTRIES = 2_000, 20
WORKERS = 2
HOST = "127.0.0.1"
PARAGRAPH = "Der Rat hat am Abend lange getagt und mit Mehrheit beschlossen, was folgt. " * 5


def main() -> None:
    """Print the three parts."""
    if len(sys.argv) > 1:
        serve()
        return
    folder = next((p / DATA for p in ROOT.parents if (p / DATA).is_dir()), None)
    if folder is None:
        print(f"{DATA} is not beside this checkout")
    else:
        right(folder)
    fast()
    safe()


# --- right -----------------------------------------------------------------------------------


def documents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and bytes of all files in the archives of a folder."""
    for archive in sorted(folder.glob("*.tar.gz")):
        with tarfile.open(archive) as files:
            for member in files:
                if file := files.extractfile(member) if member.isfile() else None:
                    yield member.name, file.read()


def right(folder: Path) -> None:
    """Print how the documents end, and how many fields are as gofeed expects them."""
    ends: Counter[str] = Counter()
    expected: dict[str, bytes] = {}
    feeds: dict[str, bytes] = {}
    for name, data in documents(folder):
        if name.endswith(".json") and "/json/" not in name:
            expected[name.removesuffix(".json")] = data
        else:
            feeds[name.removesuffix(".xml")] = data
            ends.update(how_it_ends(data))
    print(f"{len(feeds)} documents, none raises:", dict(ends))
    fields: Counter[str] = Counter()
    good: Counter[str] = Counter()
    for name in expected.keys() & feeds.keys():
        for field, same in compare(feeds[name], json.loads(expected[name])):
            fields[field] += 1
            good[field] += same
    for field in fields:
        share = 100 * good[field] / fields[field]
        print(f"gofeed {field:<10} {good[field]} of {fields[field]}: {share:.1f} %")


def how_it_ends(data: bytes) -> Iterator[str]:
    """Yield `row` or the reason for each item of a document."""
    try:
        for found in parse_feed(data, "http://a.example/f"):
            try:
                yield "row" if isinstance(found, Item) and to_article(found, AS_OF) else "reject"
            except ItemError as error:
                yield error.reason
    except ItemError as error:
        yield error.reason


def compare(data: bytes, gold: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """Yield (field, same) for what gofeed says of each entry; texts are compared as plain text."""
    entries = gold.get("items") or gold.get("entries") or []
    if not entries:
        return
    items = [item for item in parse_feed(data, "http://a.example/f") if isinstance(item, Item)]
    for entry, item in zip(entries, items, strict=True):
        links = [
            link.get("href")
            for link in entry.get("links") or []
            if isinstance(link, dict) and link.get("rel", "alternate") == "alternate"
        ]
        if link := entry.get("link") or next(iter(links), None):
            yield "link", item.url == link
        if title := entry.get("title"):
            yield "title", plain(item.title) == plain(title)
        parsed = ("publishedParsed", "pubDateParsed", "updatedParsed")
        if date := next(filter(None, map(entry.get, parsed)), None):
            moment, _ = read_date(item.published, AS_OF)
            yield "published", moment is not None and f"{moment.at:%FT%T}" == date[:19]
        text = entry.get("content") or entry.get("description") or entry.get("summary")
        text = text.get("value") if isinstance(text, dict) else text
        if text and plain(text):  # an image alone is no text
            yield "text", plain(item.text or item.summary) == plain(text)


def plain(text: str | None) -> str:
    """Return a text without tags, references and blanks."""
    return re.sub(r"\s+", "", re.sub(r"<[^<>]+>", " ", unescape(unescape(text or ""))))


# --- fast ------------------------------------------------------------------------------------


def a_feed(number: int) -> bytes:
    """Return an RSS document as papers have them: 20 entries with 400 characters, 12 KB."""
    items = "".join(
        f"<item><title>Bericht {number}-{n}</title><link>http://a.example/{number}/{n}</link>"
        f"<guid>{number}-{n}</guid><pubDate>Wed, 19 Jun 2024 10:00:{n:02} +0200</pubDate>"
        f"<description>&lt;p&gt;{PARAGRAPH}&lt;/p&gt;</description></item>"
        for n in range(ENTRIES)
    )
    title = f"<title>Blatt {number}</title><link>http://a.example/</link>"
    return f"<rss version='2.0'><channel>{title}{items}</channel></rss>".encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one write

    def do_GET(self) -> None:
        tag = f'"{self.path}"'
        known = self.headers["If-None-Match"] == tag
        body = b"" if known else a_feed(int(self.path[1:]))
        self.send_response(304 if known else 200)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    request_queue_size = 256


def serve() -> None:
    """Serve feeds on a free port of loopback, and print which."""
    server = _Server((HOST, 0), _Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


def fast() -> None:
    """Print feeds a minute of two workers; the server takes its share of the same machine."""
    command = [sys.executable, "-m", "benchmarks.feeds", "serve"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server,
        TemporaryDirectory() as folder,
    ):
        try:
            port = int(server.stdout.readline()) if server.stdout else 0
            urls = [f"http://{HOST}:{port}/{n}" for n in range(FEEDS)]
            first, second = (Path(folder, name) for name in ("1", "2"))
            read = timed(urls, Settings(as_of=AS_OF, folder=str(first), private_hosts=(HOST,)))
            settle(str(first), None)
            memory = str(first / "memory.jsonl.zst")
            same = timed(
                urls,
                Settings(as_of=AS_OF, memory=memory, folder=str(second), private_hosts=(HOST,)),
            )
        finally:
            server.terminate()
    entries = read[2] / FEEDS
    print(
        f"fetched and read  {60 * FEEDS / read[0]:9,.0f} feeds a minute, {entries:.0f} entries each"
    )
    print(f"                  {60 * FEEDS / read[1]:9,.0f} a minute of CPU")
    print(f"unchanged         {60 * FEEDS / same[0]:9,.0f} feeds a minute")
    print(f"                  {60 * FEEDS / same[1]:9,.0f} a minute of CPU")
    peer()


def timed(urls: list[str], settings: Settings) -> tuple[float, float, int]:
    """Return seconds, seconds of CPU, and articles, of WORKERS processes, as `--workers` has them.

    Their start is not counted: a process that watches feeds pays it once.
    """
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        groups = [group for group in plan(urls, WORKERS, (HOST,)) if not isinstance(group, Outcome)]
        list(pool.map(read_group, [()] * WORKERS, [settings] * WORKERS))  # imports
        clock = perf_counter()
        done = list(pool.map(read_group, groups, [settings] * WORKERS))
        seconds = perf_counter() - clock
    return seconds, sum(cpu for cpu, _ in done), sum(articles for _, articles in done)


def read_group(group: tuple[Listed, ...], settings: Settings) -> tuple[float, int]:
    """Return seconds of CPU and articles of one worker."""
    cpu = process_time()
    articles = sum(isinstance(found, Article) for found in _Read(settings).process(group))
    return process_time() - cpu, articles


def peer() -> None:
    """Print how long reading alone takes, here (texts and dates, too) and with feedparser."""
    feeds = [a_feed(n) for n in range(100)]
    ours = cpu_seconds(lambda data: list(how_it_ends(data)), feeds)
    print(f"{'read, without network':<36}{60 * len(feeds) / ours:18,.0f}")
    try:
        import feedparser  # noqa: PLC0415
    except ImportError:
        print("feedparser is not installed: no comparison")
        return
    theirs = cpu_seconds(lambda data: feedparser.parse(io.BytesIO(data)), feeds)
    print(f"{'feedparser':<36}{60 * len(feeds) / theirs:18,.0f}: {theirs / ours:.1f} x our time")


def cpu_seconds(read: Callable[[bytes], object], feeds: list[bytes]) -> float:
    """Return the CPU time that reading takes."""
    began = process_time()
    for data in feeds:
        read(data)
    return process_time() - began


# --- safe ------------------------------------------------------------------------------------


def suffer(name: str) -> tuple[float, int, str]:
    """Return seconds of CPU, megabytes beyond the start of the process, and how it ended."""
    data = documents_that_hurt()[name]()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    clock = process_time()
    ends = Counter(how_it_ends(data))
    seconds = process_time() - clock
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return seconds, grown >> 10, ", ".join(f"{n} {end}" for end, n in ends.items())


def safe() -> None:
    """Print what each hostile document costs, each in a process of its own."""
    for name in documents_that_hurt():
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            seconds, megabytes, ends = pool.submit(suffer, name).result()
        print(f"{name:<30} {seconds:5.2f} s {megabytes:4} MB  {ends}")


if __name__ == "__main__":
    main()
