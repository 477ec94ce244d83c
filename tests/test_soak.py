"""A soak test: a real `watch` over 200 cycles, against a server that fails in many ways."""

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyarrow.dataset as ds
import pytest

from pipeline.verify import verify
from tests.loopback import HOST, Request, serving
from tests.test_run import story
from tests.test_watch import health, until

CYCLES = 200
KILLS = (60, 120)  # cycles in which the process is killed, and a new one started
SETTLED = 130  # from here on memory must stay flat
PATIENCE = 900  # seconds for what takes one minute where nothing else runs
GROWTH = 24 << 20  # bytes in the 70 cycles that follow: 350 KB a cycle would be a leak


class Wire:
    """A feed that gains and edits entries, and whose server is not always well."""

    def __init__(self) -> None:
        self.random = random.Random(7)
        self.revisions: dict[int, int] = {}  # by entry: how often its text changed
        self.asked = 0
        self.well = False  # from when on nothing fails

    def __call__(self, request: Request) -> None:
        self.asked += 1
        fault = 0.0 if self.well else self.random.random()
        if fault > 0.95:
            request.reply(404)
        elif fault > 0.90:
            request.reply(200, "<!doctype html><title>Back soon</title>", Content_Type="text/html")
        elif fault > 0.85:
            request.raw(b"garbage\r\n\r\n")
        else:
            self.answer(request)

    def answer(self, request: Request) -> None:
        body = self.body()
        tag = f'"{hash(body)}"'
        known = request.headers["If-None-Match"] == tag
        request.reply(304 if known else 200, body, ETag=tag)
        if not self.well and self.random.random() < 0.5:
            self.change()

    def change(self) -> None:
        """Add an entry, or edit one that is still in the feed."""
        if self.revisions and self.random.random() < 0.2:
            self.revisions[max(self.revisions)] += 1
        else:
            self.revisions[len(self.revisions)] = 0

    def body(self) -> str:
        items = "".join(
            f"<item><title>t{n}</title><guid>g{n}</guid>"
            f"<description>{text(n, self.revisions[n])}</description></item>"
            for n in sorted(self.revisions)[-10:]
        )
        return f"<rss version='2.0'><channel><title>The Wire</title>{items}</channel></rss>"


def text(entry: int, revision: int) -> str:
    return story(1000 * entry + revision)


def start(url: str, output: Path) -> subprocess.Popen:
    flags = ["--every", "0.02s", "--entity-engine", "none", "--allow-private-hosts", HOST]
    command = [sys.executable, "-m", "pipeline", "watch", url, "--output", str(output), *flags]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def resident(pid: int) -> int:
    """Return the bytes of memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif("SOAK" not in os.environ, reason="five minutes: `make test-soak` runs it")
def test_two_hundred_cycles_lose_nothing_double_nothing_and_keep_their_size(tmp_path):
    wire = Wire()
    with serving() as server:
        server.routes["/feed"] = wire
        process = start(server.url("/feed"), tmp_path)
        try:
            for cycle in KILLS:
                until(lambda cycle=cycle: wire.asked >= cycle, PATIENCE)
                process.kill()
                process.wait()
                process = start(server.url("/feed"), tmp_path)
            until(lambda: wire.asked >= SETTLED, PATIENCE)
            before = resident(process.pid)
            until(lambda: wire.asked >= CYCLES, PATIENCE)
            after = resident(process.pid)
            wire.well = True
            asked = wire.asked
            until(lambda: wire.asked >= asked + 3, PATIENCE)
            os.kill(process.pid, signal.SIGTERM)
            assert process.wait(timeout=10) == 0
        finally:
            process.kill()
            process.wait()
    assert health(tmp_path)["state"] == "stopped"
    assert verify(str(tmp_path)) == []
    assert after - before < GROWTH
    check_rows(tmp_path, wire)


def check_rows(output: Path, wire: Wire) -> None:
    """Each entry is there as it stood last, and no version of it twice."""
    tables = [output / name for name in ("articles", "duplicates")]
    texts = Counter(
        row["text"]
        for table in tables
        if table.exists()
        for row in ds.dataset(table, partitioning="hive").to_table(columns=["text"]).to_pylist()
    )
    last = {text(n, revision) for n, revision in wire.revisions.items()}
    ever = {text(n, r) for n, revision in wire.revisions.items() for r in range(revision + 1)}
    assert len(wire.revisions) > 40
    assert last <= set(texts) <= ever
    assert set(texts.values()) == {1}
