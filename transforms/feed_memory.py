"""What a run must know of feeds from those before it, and what it fetched: plain files.

A run writes below a folder of its own, which becomes part of its state when it is published:

    memory.jsonl.zst    one FeedMemory a line, of all feeds ever read: the next run's memory
    kept/               responses, so that the same run, carried out again, needs no network: for
                        each worker a file of bodies (zstd, one after the other) and an index

`load` reads a memory, `write_update` what a worker learned, `settle` makes one of both.
"""

import json
import os
import shutil
import threading
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from glob import escape, glob
from hashlib import sha256
from typing import Any, Final

import zstandard

from transforms.fetch import FetchError, Response
from transforms.records import ItemError

MEMORY: Final = "memory.jsonl.zst"
KEPT: Final = "kept"
BODIES, INDEX = ".bodies", ".index"
KEPT_FOR: Final = timedelta(days=14)
_UPDATES: Final = "update-*.jsonl.zst"
# A permanent redirect must be seen in so many runs before the new address is asked at once: a
# hotel's login page and a broken load balancer say 301, too.
MOVES: Final = 3
GONE: Final = 5  # answers of 404 in a row after which a feed is dead; one 410 is enough
# A server that says "not modified" for so long is asked without condition: some always say it.
TRUST: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedMemory:
    """What is remembered of one feed. Times are those of runs (`as_of`), in ISO form."""

    url: str  # as the user gave it
    kind: str = "feed"  # or page
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    final_url: str | None = None
    moved_to: str | None = None  # by permanent redirects
    moves: int = 0  # runs in a row that saw it
    failures: int = 0  # in a row
    dead: bool = False
    next_due: str | None = None
    last_success: str | None = None  # 200 or 304
    last_body: str | None = None  # 200
    entries: dict[str, str] = field(default_factory=dict)  # of full-text feeds: id -> content hash

    @property
    def address(self) -> str:
        """Where to ask for the feed."""
        return self.moved_to if self.moved_to and self.moves >= MOVES else self.url

    def condition(self, as_of: datetime) -> tuple[str | None, str | None]:
        """Return the ETag and Last-Modified to send; none when 304 was heard for too long."""
        stale = not self.last_body or as_of - datetime.fromisoformat(self.last_body) >= TRUST
        return (None, None) if stale else (self.etag, self.last_modified)

    def due(self, as_of: datetime) -> bool:
        """Tell whether the feed may be asked again."""
        return self.next_due is None or datetime.fromisoformat(self.next_due) <= as_of

    def answered(
        self, response: Response, as_of: datetime, every: timedelta | None
    ) -> "FeedMemory":
        """Return the memory after a 200 or 304; validators are those of the last answer."""
        moved = response.moved_to if self.address == self.url else self.moved_to
        known = replace(
            self,
            etag=response.etag or (self.etag if response.status == 304 else None),
            last_modified=response.last_modified
            or (self.last_modified if response.status == 304 else None),
            final_url=response.url,
            moved_to=moved,
            moves=self.moves + 1 if moved and moved == self.moved_to else int(moved is not None),
            failures=0,
            dead=False,
            next_due=(as_of + every).isoformat() if every else None,
            last_success=as_of.isoformat(),
        )
        if response.status == 304:
            return known
        return replace(
            known, last_body=as_of.isoformat(), body_hash=sha256(response.body).hexdigest()
        )

    def failed(self, error: ItemError) -> "FeedMemory":
        """Return the memory after a failure. The address of a redirect is forgotten."""
        failures = self.failures + 1
        later = error.retry_after if isinstance(error, FetchError) else None
        return replace(
            self,
            moved_to=None,
            moves=0,
            failures=failures,
            dead=error.reason == "http_410" or (error.reason == "http_404" and failures >= GONE),
            next_due=later.isoformat() if later else None,
        )


def load(path: str | None) -> dict[str, FeedMemory]:
    """Return what is remembered, by feed URL; nothing without a path or file."""
    if not path or not os.path.exists(path):
        return {}
    with zstandard.open(path, "rt", encoding="utf-8") as lines:
        return {memory.url: memory for memory in map(_memory, lines)}


def _memory(line: str) -> FeedMemory:
    return FeedMemory(**json.loads(line))


def _write(path: str, memories: Iterable[FeedMemory]) -> None:
    with zstandard.open(path, "wt", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(asdict(memory))}\n" for memory in memories)


def write_update(folder: str, memories: Iterable[FeedMemory]) -> None:
    """Write what one worker learned of some feeds. A worker that repeats its work does no harm."""
    os.makedirs(folder, exist_ok=True)
    _write(os.path.join(folder, _UPDATES.replace("*", uuid.uuid4().hex)), memories)


def settle(folder: str, earlier: str | None) -> None:
    """Make the run's memory of the `earlier` one and all updates in `folder`, which go."""
    updates = sorted(glob(os.path.join(escape(folder), _UPDATES)))
    if not updates and not load(earlier):
        return
    memories = load(earlier)
    for path in updates:
        memories |= load(path)
    os.makedirs(folder, exist_ok=True)
    _write(os.path.join(folder, MEMORY), (memories[url] for url in sorted(memories)))
    for path in updates:
        os.remove(path)


def drop_kept(folders: Iterable[str], before: float) -> None:
    """Remove the kept responses below `folders` (as `settle` has them) that are older.

    `before` is in seconds since 1970; a run's responses count from when it was published.
    """
    for folder in folders:
        kept = os.path.join(folder, KEPT)
        if os.path.isdir(kept) and os.path.getmtime(kept) < before:
            shutil.rmtree(kept)


class KeptResponses:
    """The responses of a run: those of its first time are given again, new ones are kept.

    `replay` is the folder of that first time, `folder` the one that the run writes now. Safe to
    share between threads.
    """

    def __init__(self, folder: str | None, replay: str | None = None) -> None:
        self._lock = threading.Lock()
        self._path = os.path.join(folder, KEPT, uuid.uuid4().hex) if folder else None
        self._known = _index(os.path.join(replay, KEPT)) if replay else {}

    def get(self, url: str) -> Response | None:
        """Return the kept response to a URL, keeping it for another time."""
        if url not in self._known:
            return None
        path, start, size, fields = self._known[url]
        packed = b""
        if size:
            with open(path, "rb") as file:
                file.seek(start)
                packed = file.read(size)
        self._append(url, fields, packed)
        fetched_at = datetime.fromisoformat(fields["fetched_at"])
        body = zstandard.decompress(packed) if packed else b""
        return Response(**{**fields, "fetched_at": fetched_at}, body=body)

    def put(self, url: str, response: Response) -> None:
        """Keep the response to a URL."""
        if not self._path:
            return
        fields = {n: getattr(response, n) for n in Response.__slots__ if n != "body"}
        fields["fetched_at"] = response.fetched_at.isoformat()
        self._append(url, fields, zstandard.compress(response.body) if response.body else b"")

    def _append(self, url: str, fields: dict[str, Any], packed: bytes) -> None:
        if not self._path:
            return
        with self._lock:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            with open(f"{self._path}{BODIES}", "ab") as file:
                start = file.tell()
                file.write(packed)
            with open(f"{self._path}{INDEX}", "a", encoding="utf-8") as lines:
                lines.write(f"{json.dumps([url, start, len(packed), fields])}\n")


def _index(folder: str) -> dict[str, tuple[str, int, int, dict[str, Any]]]:
    """Return where the responses in a folder are, by URL: path, start, size, other fields."""
    found = {}
    for path in sorted(glob(os.path.join(escape(folder), f"*{INDEX}"))):
        with open(path, encoding="utf-8") as lines:
            for url, start, size, fields in map(json.loads, lines):
                found[url] = (path.removesuffix(INDEX) + BODIES, start, size, fields)
    return found
