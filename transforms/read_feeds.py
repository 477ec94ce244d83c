"""Read articles from feeds and pages on the web: `ReadFeeds`.

SOURCEs -> lists are opened -> one group of feeds a worker -> threads fetch and read -> articles

What a run must remember (`feed_memory`) is written beside the run, not sent through the pipeline.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from queue import SimpleQueue
from typing import Final, Literal

from apache_beam import Create, DoFn, ParDo, PTransform, Reshuffle
from apache_beam.metrics import Metrics
from apache_beam.pvalue import DoOutputsTuple, PBegin, TaggedOutput
from apache_beam.typehints.decorators import no_annotations

from transforms.feed_memory import FeedMemory, KeptResponses, load, write_update
from transforms.feed_reader import FeedReader, Outcome
from transforms.feeds.lists import FeedList, Listed, read_feeds_toml, read_opml
from transforms.fetch import Fetcher, Robots
from transforms.fetch.addresses import host_name
from transforms.fetch.client import BACKOFF, MAX_BYTES, user_agent
from transforms.objects import FAULTS, fault_text
from transforms.pulse import pulse
from transforms.records import Article, ItemError, Rejected, SourceRead, Unchanged
from transforms.remote import FileSystems
from transforms.sources import Found, find_files, source_uri
from transforms.urls import host

THREADS: Final = 32  # fetches at once in one worker; more gain nothing on loopback


def is_remote(source: str) -> bool:
    """Tell whether a SOURCE is for `ReadFeeds`: an http(s) URL, or a list of feeds."""
    return source.lower().startswith(("http://", "https://")) or is_list(source)


def is_list(source: str) -> bool:
    """Tell whether a SOURCE is a file that lists feeds: OPML, or TOML like feeds.toml."""
    url = source.lower().startswith(("http://", "https://"))
    return not url and source.lower().endswith((".opml", ".toml"))


def split_sources(sources: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the SOURCEs that are files and folders, and those that `ReadFeeds` reads."""
    sources = tuple(sources)
    remote = tuple(source for source in sources if is_remote(source))
    return tuple(source for source in sources if not is_remote(source)), remote


def open_list(source: str) -> FeedList:
    """Return the feeds of an OPML or TOML file.

    A mistake in TOML raises ValueError (it is configuration), one in OPML ItemError.
    """
    try:
        with FileSystems.open(source) as file:
            data: bytes = file.read()
    except (*FAULTS, ValueError) as error:
        raise ItemError("unreadable", fault_text(error)) from error
    if source.lower().endswith(".toml"):
        return read_feeds_toml(data.decode("utf-8-sig"))
    return read_opml(data)


def _lists(source: str) -> Iterator[str]:
    """Yield the lists that a SOURCE names: itself, or what its pattern matches."""
    found = [one.path for one in find_files(source) if isinstance(one, Found)]
    yield from found or [source]  # a missing one is told when it is opened


def plan(
    sources: Iterable[str], shards: int, opened: Iterable[str] = ()
) -> Iterator[tuple[Listed, ...] | Outcome]:
    """Yield groups of feeds, and what is to be told of lists; each URL is read once.

    All feeds of a host are in one group, so that one worker keeps its pace; those of the hosts that
    the user `opened`, which have none, are spread over all groups.
    """
    unpaced = {host_name(name).encode() for name in opened}
    feeds: dict[str, Listed] = {}
    for source in sources:
        if not is_list(source):
            feeds.setdefault(source, Listed(url=source, page=True))
            continue
        for path in _lists(source):
            outcome = Outcome(SourceRead(uri=source_uri(path), kind="list"))
            try:
                for feed in open_list(path).feeds:
                    feeds.setdefault(feed.url, feed)
            except ItemError as error:
                outcome.fail(error)
            yield outcome
    groups: dict[int, list[Listed]] = {}
    for feed in feeds.values():
        site = _site(feed.url)
        whole = feed.url.encode("utf-8", "surrogatepass") if site in unpaced else site
        groups.setdefault(zlib.crc32(whole) % shards, []).append(feed)
    yield from map(tuple, groups.values())


def _site(url: str) -> bytes:
    return (host(url) or url).encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a run reads feeds. Times are in seconds."""

    as_of: datetime
    memory: str | None = None  # an earlier run's file, see feed_memory
    folder: str | None = None  # where this run writes what is remembered and kept
    replay: str | None = None  # the folder of this very run's first time
    private_hosts: tuple[str, ...] = ()
    fulltext: bool = False
    timeout: float = 30.0
    contact: str | None = None
    refetch: bool = False
    max_bytes: int = MAX_BYTES
    backoff: float = BACKOFF


_Reject = TaggedOutput[Literal["rejects"], Rejected]
_Source = TaggedOutput[Literal["sources"], SourceRead | Unchanged]


class ReadFeeds(PTransform[PBegin, DoOutputsTuple]):
    """Read the feeds, pages and lists of feeds that `sources` name.

    Gives three collections: `articles` (Article), `rejects` (Rejected) and `sources` (one
    SourceRead a feed, page or list, its items being articles, rejects and unchanged entries; and
    Unchanged). A source that cannot be read is one reject. Writes a memory and kept responses to
    `settings.folder`. Repeated with these as `replay`, it gives the same and needs no network.

    Where `staging` is a folder, it is told there how much is read (`pulse`).

    Counters: `articles`, and `rejected_REASON`.
    """

    def __init__(
        self, sources: Iterable[str], settings: Settings, *, shards: int = 1, staging: str = ""
    ) -> None:
        super().__init__()
        self._sources, self.settings, self._shards = tuple(sources), settings, shards
        self._staging = staging
        for source in self._sources:
            if source.lower().endswith(".toml") and is_list(source):
                self._contact(source)
        user_agent(self.settings.contact)  # ValueError for one that no header can hold

    def _contact(self, source: str) -> None:
        """Take the contact of a feeds.toml; a mistake in it raises ValueError."""
        try:
            contact = open_list(source).contact
        except ItemError:
            return  # told when it is read
        except ValueError as error:
            raise ValueError(f"{source}: {error}") from error
        if contact and not self.settings.contact:
            self.settings = replace(self.settings, contact=contact)

    @no_annotations  # type: ignore[untyped-decorator] # Beam knows no type of several outputs
    def expand(self, pbegin: PBegin) -> DoOutputsTuple:
        read = _Read(self.settings, self._staging)
        return (
            pbegin
            | Create([self._sources])
            | "Plan" >> ParDo(_Plan(self._shards, self.settings.private_hosts, self._staging))
            | Reshuffle()
            | "Read" >> ParDo(read).with_outputs("rejects", "sources", main="articles")
        )


def poll(sources: Iterable[str], settings: Settings) -> bool:
    """Fetch what is due, outside of any pipeline; tell whether a run would find news in it.

    A run with `settings.folder` as its `replay` then needs no network for what was fetched. No news
    are 304, the same bytes as before, and feeds that are not due; a fault is news.
    """
    settings = ReadFeeds(sources, settings).settings
    known = load(settings.memory)
    reader = make_reader(settings)
    news, memories = False, []
    for group in plan(sources, 1):
        for outcome in [group] if isinstance(group, Outcome) else read_all(reader, group):
            news = news or _is_news(outcome, known)
            memories += [outcome.memory] if outcome.memory else []
    if settings.folder:
        write_update(settings.folder, memories)
    return news


def _is_news(outcome: Outcome, known: Mapping[str, FeedMemory]) -> bool:
    memory = outcome.memory
    before = known.get(memory.url) if memory else None
    same = memory and before and memory.body_hash == before.body_hash
    failed = outcome.read.status == "failed"
    return bool(outcome.articles or outcome.rejects) and (failed or not same)


def make_reader(settings: Settings) -> FeedReader:
    """Return a reader with connections and memories of its own."""
    fetcher = Fetcher(
        settings.private_hosts,
        timeout=settings.timeout,
        contact=settings.contact,
        backoff=settings.backoff,
        connections=THREADS,
    )
    return FeedReader(
        fetcher=fetcher,
        robots=Robots(fetcher),
        kept=KeptResponses(settings.folder, None if settings.refetch else settings.replay),
        memories=load(settings.memory),
        as_of=settings.as_of,
        fulltext=settings.fulltext,
        refetch=settings.refetch,
        max_bytes=min(settings.max_bytes, MAX_BYTES),
    )


class _Plan(DoFn):
    def __init__(self, shards: int, opened: tuple[str, ...], staging: str) -> None:
        self._shards, self._opened, self._staging = shards, opened, staging

    def process(self, sources: tuple[str, ...]) -> Iterator[tuple[Listed, ...] | Outcome]:
        for group in plan(sources, self._shards, self._opened):
            pulse(self._staging, "pieces", 1 if isinstance(group, Outcome) else len(group))
            yield group


class _Read(DoFn):
    def __init__(self, settings: Settings, staging: str = "") -> None:
        self._settings, self._staging = settings, staging
        self._reader: FeedReader | None = None  # made when needed: most runs read no feeds

    def process(self, group: tuple[Listed, ...] | Outcome) -> Iterator[Article | _Reject | _Source]:
        if isinstance(group, Outcome):
            yield from self._tell(group)
            return
        self._reader = self._reader or make_reader(self._settings)
        memories: list[FeedMemory] = []
        for outcome in read_all(self._reader, group):
            if outcome.memory:
                memories.append(outcome.memory)
            yield from self._tell(outcome)
        if self._settings.folder:
            write_update(self._settings.folder, memories)

    def _tell(self, outcome: Outcome) -> Iterator[Article | _Reject | _Source]:
        yield from outcome.articles
        for reject in outcome.rejects:
            Metrics.counter("ReadFeeds", f"rejected_{reject.reason}").inc()
            yield _Reject("rejects", reject)
        Metrics.counter("ReadFeeds", "articles").inc(len(outcome.articles))
        pulse(self._staging, "articles", len(outcome.articles))
        pulse(self._staging, "read", 1)
        yield _Source("sources", outcome.counted())
        if outcome.unchanged:
            yield _Source("sources", Unchanged(outcome.unchanged))


def read_all(reader: FeedReader, feeds: Iterable[Listed]) -> Iterator[Outcome]:
    """Yield the outcomes of feeds as they come; feeds of a list that turns up are read, too.

    At most two feeds a thread are held at a time.
    """
    waiting = _mixed(feeds)[::-1]
    seen = {feed.url for feed in waiting}
    done: SimpleQueue[Future[Outcome]] = SimpleQueue()
    running = 0
    with ThreadPoolExecutor(THREADS) as pool:
        while waiting or running:
            while waiting and running < 2 * THREADS:
                pool.submit(reader.read, waiting.pop()).add_done_callback(done.put)
                running += 1
            outcome = done.get().result()
            running -= 1
            waiting += _mixed(feed for feed in outcome.feeds if feed.url not in seen)[::-1]
            seen.update(feed.url for feed in outcome.feeds)
            yield outcome


def _mixed(feeds: Iterable[Listed]) -> list[Listed]:
    """Return feeds so that each host comes once before any comes twice: no thread waits long."""
    count: Counter[bytes] = Counter()
    turns = []
    for feed in feeds:
        site = _site(feed.url)
        turns.append((count[site], feed))
        count[site] += 1
    return [feed for _, feed in sorted(turns, key=lambda turn: turn[0])]
