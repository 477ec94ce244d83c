"""Read articles from files: `read_part` for a piece of one file, `ReadFiles` for all of a run.

SOURCEs -> files -> pieces of about equal work -> Reshuffle (of pieces, never texts) -> rows
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from io import BufferedReader, BytesIO
from typing import BinaryIO, Final, Literal

from apache_beam import Create, DoFn, ParDo, PTransform, Reshuffle
from apache_beam.metrics import Metrics
from apache_beam.pvalue import DoOutputsTuple, PBegin, TaggedOutput
from apache_beam.typehints.decorators import no_annotations

from transforms.feeds import HEAD_BYTES, looks_like_feed
from transforms.formats import (
    FEED,
    FORMATS,
    MAY_BE_FEED,
    Columns,
    Lines,
    Streamed,
    Whole,
    suffixes,
)
from transforms.formats.origin import WHOLE_BYTES, Origin, Refused, sample
from transforms.formats.rows import COLUMNS
from transforms.formats.streams import CHUNK, Range, Raw, open_stream
from transforms.items import Item, to_article
from transforms.objects import FAULTS, fault_text
from transforms.pieces import SMALL_BYTES, Part, Piece, plan
from transforms.pulse import pulse
from transforms.records import Article, ItemError, Rejected, SourceRead
from transforms.sources import Found, Lost, find_files, open_file
from transforms.text import is_binary

MAX_FILE_BYTES: Final = 10 << 30


def file_states(sources: Iterable[str], output: str | None = None) -> dict[str, tuple[int, float]]:
    """Return the size and the time of change of every file that `sources` name, by URI.

    What cannot be read has neither: (-1, 0.0).
    """
    found = (one for source in sources for one in find_files(source, output))
    return {
        one.uri: (one.size, one.modified) if isinstance(one, Found) else (-1, 0.0) for one in found
    }


def read_part(
    part: Part, fields: Mapping[str, str], max_file_bytes: int
) -> Iterator[Item | Refused]:
    """Yield the items of a part and what was refused; a fault of the file itself comes last."""
    origin = Origin(part.file.uri, part.file.place, part.file.folder, fields)
    try:
        with open_file(part.file.path) as file:
            yield from _read(part, file, origin, max_file_bytes)
    except ItemError as error:
        yield from _refused(part, origin, error)
    except FAULTS as error:
        remote = "://" in origin.uri
        yield from _refused(
            part, origin, ItemError("unreadable", fault_text(error), retryable=remote)
        )


def _refused(part: Part, origin: Origin, error: ItemError, head: bytes = b"") -> Iterator[Refused]:
    """Yield a fault of the file itself once: all that share it meet the same."""
    if part.share[0] == 0:
        yield Refused(origin.uri, error, sample(head))


def _read(
    part: Part, file: BinaryIO, origin: Origin, max_file_bytes: int
) -> Iterator[Item | Refused]:
    suffix, packing = suffixes(part.file.path)
    if not suffix and not part.file.named:
        is_list = part.file.path.lower().endswith(".opml")
        known = f"known: {', '.join(FORMATS)}"
        detail = "a list of feeds: give it by name" if is_list else known
        raise ItemError("unsupported_format", detail)
    reader = FORMATS.get(suffix)
    if isinstance(reader, Columns):
        if packing:  # row groups need to seek
            file = BytesIO(_whole(open_stream(file, packing, max_file_bytes), WHOLE_BYTES))
        yield from reader.read(file, origin, part.groups, part.first)
        return
    piece = file if packing else Range(file, part.start, part.end)
    buffer = CHUNK if packing else min(CHUNK, part.file.size + 1)
    stream = open_stream(piece, packing, max_file_bytes, buffer)
    head = stream.peek(HEAD_BYTES)[:HEAD_BYTES]
    if suffix in MAY_BE_FEED and looks_like_feed(head):
        reader = FEED
    try:
        yield from _read_stream(part, reader, stream, origin)
    except ItemError as error:
        yield from _refused(part, origin, error, head)


def _read_stream(
    part: Part,
    reader: Whole | Lines | Streamed | None,
    stream: "BufferedReader[Raw]",
    origin: Origin,
) -> Iterator[Item | Refused]:
    if reader is None:
        raise ItemError("unsupported_format", f"not a feed, nor any of {', '.join(FORMATS)}")
    if reader is not FEED and is_binary(stream.peek(HEAD_BYTES)[:HEAD_BYTES]):
        raise ItemError("binary", "not text")
    if isinstance(reader, Lines):
        yield from reader.read(stream, origin, part.first, part.share)
    elif isinstance(reader, Streamed):
        yield from reader.read(stream, origin, part.share)
    elif part.share[0] == 0:  # a feed of several MB that is called .json is read by one
        yield from reader.read(_whole(stream, reader.max_bytes), origin)


def _whole(stream: BinaryIO, max_bytes: int) -> bytes:
    data = stream.read(SMALL_BYTES)  # a request is allocated whole, and most files are small
    if len(data) == SMALL_BYTES:
        data += stream.read(max_bytes + 1 - SMALL_BYTES)
    if len(data) > max_bytes:
        raise ItemError("too_large", f"more than {max_bytes} bytes")
    if not data.strip():
        raise ItemError("empty", f"{len(data)} blank bytes")
    return data


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

    A source is `failed` when it cannot be read at all, `partial` when the file system refused some
    of its files. A file that is damaged is a reject and no fault of its source.

    Where `staging` is a folder, it is told there how much is read (`pulse`).

    Counters: `articles`, and `rejected_REASON`.
    """

    def __init__(  # noqa: PLR0913  one keyword a setting
        self,
        sources: Iterable[str],
        as_of: datetime,
        *,
        output: str | None = None,
        field_map: Iterable[tuple[str, str]] = (),
        max_file_bytes: int = MAX_FILE_BYTES,
        only: frozenset[str] | None = None,
        staging: str = "",
    ) -> None:
        super().__init__()
        self._sources, self._as_of, self._output = tuple(sources), as_of, output
        self._fields, self._max_file_bytes = dict(field_map), max_file_bytes
        if unknown := sorted(self._fields.keys() - COLUMNS.keys()):
            raise ValueError(f"unknown field {unknown[0]!r}; known: {', '.join(COLUMNS)}")
        if as_of.tzinfo is None:
            raise ValueError("as_of has no time zone")
        self._only, self._staging = only, staging

    @no_annotations  # type: ignore[untyped-decorator] # Beam knows no type of several outputs
    def expand(self, pbegin: PBegin) -> DoOutputsTuple:
        read = _Read(self._as_of, self._fields, self._max_file_bytes, self._staging)
        return (
            pbegin
            | Create(self._sources)
            | "Plan" >> ParDo(_Plan(self._output, self._max_file_bytes, self._only, self._staging))
            | Reshuffle()
            | "Read" >> ParDo(read).with_outputs("rejects", "sources", main="articles")
        )


class _Plan(DoFn):
    def __init__(
        self, output: str | None, max_file_bytes: int, only: frozenset[str] | None, staging: str
    ) -> None:
        self._output, self._max_file_bytes, self._only = output, max_file_bytes, only
        self._staging = staging

    def process(self, source: str) -> Iterator[Piece]:
        for piece in plan(source, self._output, self._max_file_bytes, self._only):
            pulse(self._staging, "pieces", 1)
            yield piece


_Reject = TaggedOutput[Literal["rejects"], Rejected]
_Source = TaggedOutput[Literal["sources"], SourceRead]


class _Read(DoFn):
    def __init__(
        self, as_of: datetime, fields: Mapping[str, str], max_file_bytes: int, staging: str = ""
    ) -> None:
        self._as_of, self._fields, self._max_file_bytes = as_of, fields, max_file_bytes
        self._staging = staging

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
                elif found.error.reason == "unreadable":
                    status = "partial"
                Metrics.counter("ReadFiles", f"rejected_{found.error.reason}").inc()
                yield _Reject("rejects", to_rejected(found))
        Metrics.counter("ReadFiles", "articles").inc(articles)
        read = SourceRead(
            uri=piece.source, kind=piece.kind, status=status, items=articles + rejects
        )
        yield _Source("sources", read)
        pulse(self._staging, "articles", articles)
        pulse(self._staging, "read", 1)

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
