"""Plan the reading: cut what a SOURCE names into pieces of about equal work."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from transforms.formats import FORMATS, Columns, Lines, Whole, suffixes
from transforms.formats.columns import open_parquet
from transforms.formats.streams import CHUNK, is_wide
from transforms.objects import FAULTS
from transforms.records import ItemError
from transforms.sources import Found, Lost, find_files, open_file, source_kind, source_uri

PIECE_BYTES: Final = 8 << 20  # about 3,000 articles, 4 s of work on one core
# A file worth sharing is cut into a multiple of this, so that 2, 4, 8 or 16 workers get the same.
EVEN: Final = 16
SHARED_BYTES: Final = 1 << 20  # of unpacked content; from here on (1 s of work) a file is cut
PACKED: Final = 4  # times that news shrinks when it is packed, at least
# How many workers may share a file that cannot be cut: each unpacks and scans it all (about 10 ms
# per MB), but interprets its own rows only (about 500 ms per MB with all later steps).
SHARES: Final = 4
SMALL_BYTES: Final = 64 << 10  # smaller files travel together
TOGETHER: Final = 16


@dataclass(frozen=True, slots=True)
class Part:
    """A file, or the part of it that one worker reads."""

    file: Found
    start: int = 0  # bytes, of a format of lines
    end: int | None = None
    groups: tuple[int, ...] | None = None  # of a format of row groups
    first: int = 1  # number of the first row
    share: tuple[int, int] = (0, 1)  # k, n: every n-th row


@dataclass(frozen=True, slots=True)
class Piece:
    """What one worker reads at a time, of one SOURCE."""

    source: str
    kind: str
    parts: tuple[Part | Lost, ...]


def plan(
    source: str, output: str | None, max_file_bytes: int, only: frozenset[str] | None = None
) -> Iterator[Piece]:
    """Yield the pieces of a SOURCE; their parts hold each of its rows once.

    `only` names the files that are wanted, by URI; None means all.

    Cutting a format of lines means counting its line ends, so that rows keep their numbers.
    """
    uri, kind = source_uri(source), source_kind(source)
    together: list[Part | Lost] = []
    for found in find_files(source, output):
        if only is not None and found.uri not in only:
            continue
        for part in _parts(found, max_file_bytes):
            if isinstance(part, Part) and part.file.size > SMALL_BYTES:
                yield Piece(uri, kind, (part,))
            else:
                together.append(part)
        if len(together) >= TOGETHER:
            yield Piece(uri, kind, tuple(together))
            together = []
    yield Piece(uri, kind, tuple(together))  # even if empty: the source was read


def _parts(found: Found | Lost, max_file_bytes: int) -> Iterator[Part | Lost]:
    if isinstance(found, Lost):
        yield found
        return
    format_, packing = suffixes(found.path)
    if found.size > max_file_bytes:
        error = ItemError("too_large", f"{found.size} bytes, the limit is {max_file_bytes}")
        yield Lost(found.uri, error, whole=found.named)
    elif found.size * (PACKED if packing else 1) < SHARED_BYTES or not format_:
        yield Part(found)
    else:
        try:
            yield from _cut(found, format_, packing)
        except (*FAULTS, ItemError):
            yield Part(found)  # refused where it is read


def _cut(found: Found, suffix: str, packing: str) -> Iterator[Part]:
    reader = FORMATS[suffix]
    if isinstance(reader, Whole) or (packing and isinstance(reader, Columns)):
        yield Part(found)
    elif isinstance(reader, Columns):
        with open_file(found.path) as file:
            metadata = open_parquet(file).metadata
        first = 1
        for group in range(metadata.num_row_groups):
            yield Part(found, groups=(group,), first=first)
            first += metadata.row_group(group).num_rows
    elif isinstance(reader, Lines) and not packing:
        with open_file(found.path) as file:
            yield from _cut_lines(found, file)
    else:
        yield from (Part(found, share=(k, SHARES)) for k in range(SHARES))


def _cut_lines(found: Found, file: BinaryIO) -> Iterator[Part]:
    """Cut at line ends, into a multiple of EVEN parts of at most PIECE_BYTES or little more."""
    if is_wide(file.read(4)):  # UTF-16: its line ends are not bytes
        yield from (Part(found, share=(k, SHARES)) for k in range(SHARES))
        return
    file.seek(0)
    count = EVEN * -(-found.size // (EVEN * PIECE_BYTES))
    step = min(CHUNK, found.size // count // 8 + 1)
    start, first, position, lines, number = 0, 1, 0, 0, 1
    while data := file.read(step):
        cut = data.rfind(b"\n") + 1
        if cut and (position + cut) * count >= number * found.size:
            yield Part(found, start, position + cut, first=first)
            first += lines + data.count(b"\n", 0, cut)
            start, lines = position + cut, data.count(b"\n", cut)
            number = start * count // found.size + 1
        else:
            lines += data.count(b"\n")
        position += len(data)
    if start < position:
        yield Part(found, start, first=first)
