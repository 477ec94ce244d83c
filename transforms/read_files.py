"""Read articles from files: `read_part` for a piece of one file, `ReadFiles` for all of a run.

SOURCEs -> files -> pieces of about equal work -> Reshuffle (of pieces, never texts) -> rows
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import BinaryIO, Final, Literal

from apache_beam import Create, DoFn, ParDo, PTransform, Reshuffle
from apache_beam.io.filesystem import BeamIOError, CompressionTypes
from apache_beam.io.filesystems import FileSystems
from apache_beam.metrics import Metrics
from apache_beam.pvalue import DoOutputsTuple, PBegin, TaggedOutput
from apache_beam.typehints.decorators import no_annotations

from transforms.formats import FORMATS, Columns, Lines, Streamed, Whole, suffixes
from transforms.formats.columns import open_parquet
from transforms.formats.origin import WHOLE_BYTES, Origin, Refused, sample
from transforms.formats.streams import CHUNK, Range, is_wide, open_stream
from transforms.items import Item, to_article
from transforms.records import Article, ItemError, Rejected, SourceRead
from transforms.sources import Found, Lost, find_files, source_kind, source_uri
from transforms.text import is_binary

MAX_FILE_BYTES: Final = 10 << 30
PIECE_BYTES: Final = 8 << 20  # about 3,000 articles, 4 s of work on one core
# A file worth sharing is cut into a multiple of this, so that 2, 4, 8 or 16 workers get the same.
EVEN: Final = 16
SHARED_BYTES: Final = 4 << 20  # from here on a file is cut
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


# --- planning --------------------------------------------------------------------------------


def plan(source: str, output: str | None, max_file_bytes: int) -> Iterator[Piece]:
    """Yield the pieces of a SOURCE; their parts hold each of its rows once.

    Cutting a format of lines means counting its line ends, so that rows keep their numbers.
    """
    uri, kind = source_uri(source), source_kind(source)
    together: list[Part | Lost] = []
    for found in find_files(source, output):
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
    elif found.size < SHARED_BYTES or not format_:
        yield Part(found)
    else:
        try:
            yield from _cut(found, format_, packing)
        except (OSError, BeamIOError, ItemError):
            yield Part(found)  # refused where it is read


def _cut(found: Found, suffix: str, packing: str) -> Iterator[Part]:
    reader = FORMATS[suffix]
    if isinstance(reader, Whole) or (packing and isinstance(reader, Columns)):
        yield Part(found)
    elif isinstance(reader, Columns):
        with _open(found.path) as file:
            metadata = open_parquet(file).metadata
        first = 1
        for group in range(metadata.num_row_groups):
            yield Part(found, groups=(group,), first=first)
            first += metadata.row_group(group).num_rows
    elif isinstance(reader, Lines) and not packing:
        with _open(found.path) as file:
            yield from _cut_lines(found, file)
    else:
        yield from (Part(found, share=(k, SHARES)) for k in range(SHARES))


def _cut_lines(found: Found, file: BinaryIO) -> Iterator[Part]:
    """Cut at line ends, into a multiple of EVEN parts of at most PIECE_BYTES or little more."""
    if is_wide(file.read(4)):  # UTF-16: its line ends are not bytes
        yield from (Part(found, share=(k, SHARES)) for k in range(SHARES))
        return
    file.seek(0)
    step = found.size // (EVEN * -(-found.size // (EVEN * PIECE_BYTES)))
    start, first, position, count = 0, 1, 0, 0
    while data := file.read(min(CHUNK, step // 8)):
        cut = data.rfind(b"\n") + 1
        if position + cut - start >= step and cut:
            yield Part(found, start, position + cut, first=first)
            first += count + data.count(b"\n", 0, cut)
            start, count = position + cut, 0
            count = data.count(b"\n", cut)
        else:
            count += data.count(b"\n")
        position += len(data)
    if start < position:
        yield Part(found, start, first=first)


def estimate_bytes(sources: Iterable[str]) -> int:
    """Return the sizes of all files of the local sources, added up; remote ones count nothing."""
    return sum(
        found.size
        for source in sources
        if "://" not in source
        for found in find_files(source)
        if isinstance(found, Found)
    )


# --- reading ---------------------------------------------------------------------------------


def read_part(
    part: Part, fields: Mapping[str, str], max_file_bytes: int
) -> Iterator[Item | Refused]:
    """Yield the items of a part and what was refused; a fault of the file itself comes last."""
    origin = Origin(part.file.uri, part.file.place, part.file.folder, fields)
    try:
        with _open(part.file.path) as file:
            yield from _read(part, file, origin, max_file_bytes)
    except ItemError as error:
        if part.share[0] == 0:  # each of those that share a file meets the same fault
            yield Refused(origin.uri, error)
    except (OSError, BeamIOError) as error:
        if part.share[0] == 0:
            yield Refused(origin.uri, ItemError("unreadable", str(error)))


def _read(
    part: Part, file: BinaryIO, origin: Origin, max_file_bytes: int
) -> Iterator[Item | Refused]:
    suffix, packing = suffixes(part.file.path)
    if not suffix:
        raise ItemError("unsupported_format", f"known: {', '.join(FORMATS)}")
    reader = FORMATS[suffix]
    if isinstance(reader, Columns):
        if packing:  # row groups need to seek
            file = BytesIO(_whole(open_stream(file, packing, max_file_bytes), WHOLE_BYTES))
        yield from reader.read(file, origin, part.groups, part.first)
        return
    piece = file if packing else Range(file, part.start, part.end)
    stream = open_stream(piece, packing, max_file_bytes)
    if is_binary(stream.peek(4096)[:4096]):
        raise ItemError("binary", "not text")
    if isinstance(reader, Whole):
        yield from reader.read(_whole(stream, reader.max_bytes), origin)
    elif isinstance(reader, Lines):
        yield from reader.read(stream, origin, part.first, part.share)
    elif isinstance(reader, Streamed):
        yield from reader.read(stream, origin, part.share)


def _whole(stream: BinaryIO, max_bytes: int) -> bytes:
    data = stream.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise ItemError("too_large", f"more than {max_bytes} bytes")
    if not data.strip():
        raise ItemError("empty", f"{len(data)} blank bytes")
    return data


def _open(path: str) -> BinaryIO:
    file: BinaryIO = FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED)
    return file


def to_rejected(refused: Refused | Lost) -> Rejected:
    """Return the reject row of something that was refused."""
    error = refused.error
    return Rejected(
        source_uri=refused.uri,
        step="ReadFiles",
        reason=error.reason,
        detail=error.detail,
        sample=refused.sample,
        retryable=error.retryable,
    )


class ReadFiles(PTransform[PBegin, DoOutputsTuple]):
    """Read the files that `sources` name.

    Gives three collections: `articles` (Article), `rejects` (Rejected) and `sources` (SourceRead:
    one per piece, to be added up by `uri`); its items are articles and rejects together.
    Deterministic but for the order. Nothing in a file makes it fail.

    Counters: `articles`, and `rejected_REASON`.
    """

    def __init__(
        self,
        sources: Iterable[str],
        as_of: datetime,
        *,
        output: str | None = None,
        field_map: Iterable[tuple[str, str]] = (),
        max_file_bytes: int = MAX_FILE_BYTES,
    ) -> None:
        super().__init__()
        self._sources, self._as_of, self._output = tuple(sources), as_of, output
        self._fields, self._max_file_bytes = dict(field_map), max_file_bytes

    @no_annotations  # type: ignore[untyped-decorator] # Beam knows no type of several outputs
    def expand(self, pbegin: PBegin) -> DoOutputsTuple:
        return (
            pbegin
            | Create(self._sources)
            | "Plan" >> ParDo(_Plan(self._output, self._max_file_bytes))
            | Reshuffle()
            | "Read"
            >> ParDo(_Read(self._as_of, self._fields, self._max_file_bytes)).with_outputs(
                "rejects", "sources", main="articles"
            )
        )


class _Plan(DoFn):
    def __init__(self, output: str | None, max_file_bytes: int) -> None:
        self._output, self._max_file_bytes = output, max_file_bytes

    def process(self, source: str) -> Iterator[Piece]:
        yield from plan(source, self._output, self._max_file_bytes)


_Reject = TaggedOutput[Literal["rejects"], Rejected]
_Source = TaggedOutput[Literal["sources"], SourceRead]


class _Read(DoFn):
    def __init__(self, as_of: datetime, fields: Mapping[str, str], max_file_bytes: int) -> None:
        self._as_of, self._fields, self._max_file_bytes = as_of, fields, max_file_bytes

    def process(self, piece: Piece) -> Iterator[Article | _Reject | _Source]:
        articles, rejects, status = 0, 0, "ok"
        for found in self._outcomes(piece):
            if isinstance(found, Article):
                articles += 1
                yield found
            else:
                rejects += 1
                if isinstance(found, Lost) and found.whole:
                    status = "failed"
                Metrics.counter("ReadFiles", f"rejected_{found.error.reason}").inc()
                yield _Reject("rejects", to_rejected(found))
        Metrics.counter("ReadFiles", "articles").inc(articles)
        read = SourceRead(
            uri=piece.source, kind=piece.kind, status=status, items=articles + rejects
        )
        yield _Source("sources", read)

    def _outcomes(self, piece: Piece) -> Iterator[Article | Refused | Lost]:
        for part in piece.parts:
            if isinstance(part, Lost):
                yield part
                continue
            for item in read_part(part, self._fields, self._max_file_bytes):
                if isinstance(item, Refused):
                    yield item
                    continue
                try:
                    yield to_article(item, self._as_of)
                except ItemError as error:
                    yield Refused(item.source_uri, error, sample(item.title or ""))
