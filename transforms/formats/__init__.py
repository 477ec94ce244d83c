"""File formats: bytes of a file to items. The table at the foot is what `ReadFiles` knows.

To add a format, write a function in a module of this folder and name it in `FORMATS`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from transforms.formats.columns import read_parquet
from transforms.formats.documents import read_feed, read_html, read_text
from transforms.formats.jsons import read_json, read_lines
from transforms.formats.origin import WHOLE_BYTES, Origin, Refused
from transforms.formats.streams import UNPACKERS
from transforms.formats.tables import read_table
from transforms.items import Item

Items = Iterator[Item | Refused]


@dataclass(frozen=True, slots=True)
class Whole:
    """A format that is read whole: `read(data, origin)`; larger files are refused."""

    read: Callable[[bytes, Origin], Items]
    max_bytes: int = WHOLE_BYTES


@dataclass(frozen=True, slots=True)
class Streamed:
    """A format of rows that is read as a stream: `read(stream, origin, share)`.

    `share` (k, n) gives every n-th row, so that n workers can share one file.
    """

    read: Callable[[BinaryIO, Origin, tuple[int, int]], Items]


@dataclass(frozen=True, slots=True)
class Lines:
    """A format of one row per line, which can be cut at any line: `read(stream, origin, first)`."""

    read: Callable[[BinaryIO, Origin, int, tuple[int, int]], Items]


@dataclass(frozen=True, slots=True)
class Columns:
    """A format of row groups that needs to seek: `read(file, origin, groups, first)`."""

    read: Callable[[BinaryIO, Origin, tuple[int, ...] | None, int], Items]


Format = Whole | Streamed | Lines | Columns


def _read_tsv(stream: BinaryIO, origin: Origin, share: tuple[int, int]) -> Items:
    return read_table(stream, origin, share, "\t")


FEED: Final = Whole(read_feed)  # whatever a document is called, when it looks like one

FORMATS: Final[dict[str, Format]] = {
    ".atom": FEED,
    ".csv": Streamed(read_table),
    ".htm": Whole(read_html, 8 << 20),  # the longest of 1,781 news pages has 3 MB
    ".html": Whole(read_html, 8 << 20),
    ".json": Streamed(read_json),
    ".jsonl": Lines(read_lines),
    ".ndjson": Lines(read_lines),
    ".parquet": Columns(read_parquet),
    ".rss": FEED,
    ".tsv": Streamed(_read_tsv),
    ".txt": Whole(read_text),
    ".xml": FEED,
}


# What may be a feed under another name; rows and columns are what their names say.
MAY_BE_FEED: Final = frozenset(("", ".htm", ".html", ".json", ".txt"))


def suffixes(name: str) -> tuple[str, str]:
    """Return the suffix of the format and of the packing, each "" when unknown."""
    name = name.lower()
    packing = next((suffix for suffix in UNPACKERS if name.endswith(suffix)), "")
    stem = name.removesuffix(packing)
    return next((suffix for suffix in FORMATS if stem.endswith(suffix)), ""), packing
