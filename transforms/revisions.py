"""Tell new items, changed items and unchanged ones apart: `resolve_revisions`, `ResolveRevisions`.

An item is known by its `article_id`, a version of it by `article_id` and `content_hash`. A version
that an earlier run published, or that came before in this run, is unchanged and goes no further;
other content under a known id is the item's next revision.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from apache_beam import DoFn, ParDo, PCollection, PTransform
from apache_beam.pvalue import DoOutputsTuple, TaggedOutput
from apache_beam.transforms.combiners import ToList
from apache_beam.typehints.decorators import no_annotations

from transforms.records import RowFile, SketchFile, Staged, Unchanged
from transforms.rows import lay_rows, open_to_read, read_columns, repeat_path, versions
from transforms.schemas import KEPT, VERSIONS

_IDENTITY = ["article_id", "content_hash", "event_at", "language", "source_uri"]
_IDENTITIES = pa.schema([*list(KEPT)[:7], pa.field("source_uri", pa.string(), nullable=False)])


class Resolved(NamedTuple):
    """What becomes of the staged rows of a run."""

    kept: pa.Table  # schema KEPT, sorted by (date, language, event_at, article_id, revision)
    sketches: list[SketchFile]  # one a staged file, the unchanged rows skipped
    unchanged: Unchanged


def resolve_revisions(staged: Sequence[Staged], known: Sequence[str]) -> Resolved:
    """Sort out `staged` by what the Parquet files `known` (schema VERSIONS) tell of its items.

    Versions of one item that meet in this run are ordered by event_at, then by where they were
    read (file, then row number). Memory: about 300 bytes a staged row, in one worker.
    """
    rows = _in_reading_order(_identities(staged))
    earlier = _versions_of(known, rows["article_id"])
    version = versions(rows)
    fresh = _first(version) & ~_numpy(pc.is_in(version, value_set=versions(earlier)))
    unchanged = rows.filter(pa.array(~fresh))
    skip: dict[str, list[int]] = {one.sketches: [] for one in staged}
    for path, row in zip(
        unchanged["sketches"].to_pylist(), unchanged["row"].to_pylist(), strict=True
    ):
        skip[path].append(row)
    sketches = [SketchFile(path=path, skip=tuple(sorted(part))) for path, part in skip.items()]
    kept = _numbered(rows.filter(pa.array(fresh)), earlier)
    return Resolved(kept, sketches, Unchanged(unchanged.num_rows))


class ResolveRevisions(PTransform[PCollection[Staged], DoOutputsTuple]):
    """Apply `resolve_revisions` to all staged files of the run at once.

    Yields SketchFiles; `.kept` holds one RowFile in `folder`, of schema KEPT, `.unchanged` one
    Unchanged.
    """

    def __init__(self, folder: str, known: Sequence[str] = ()) -> None:
        super().__init__()
        self._folder, self._known = folder, tuple(known)

    @no_annotations  # type: ignore[untyped-decorator] # Beam knows no type of several outputs
    def expand(self, staged: PCollection[Staged]) -> DoOutputsTuple:
        resolve = ParDo(_Resolve(self._folder, self._known)).with_outputs(
            "kept", "unchanged", main="sketches"
        )
        return staged | ToList() | resolve


_Kept = TaggedOutput[Literal["kept"], RowFile]
_Unchanged = TaggedOutput[Literal["unchanged"], Unchanged]


class _Resolve(DoFn):
    def __init__(self, folder: str, known: tuple[str, ...]) -> None:
        self._folder, self._known = folder, known

    def process(self, staged: list[Staged]) -> Iterator[SketchFile | _Kept | _Unchanged]:
        resolved = resolve_revisions(staged, self._known)
        yield from resolved.sketches
        yield _Kept("kept", lay_rows(resolved.kept, self._folder))
        yield _Unchanged("unchanged", resolved.unchanged)


def _identities(staged: Sequence[Staged]) -> pa.Table:
    """Return one row of _IDENTITIES a staged row."""
    tables = [_IDENTITIES.empty_table()]
    for one in staged:
        table = read_columns(one.articles, _IDENTITY)
        columns = {
            "articles": repeat_path(one.articles, one.rows),
            "sketches": repeat_path(one.sketches, one.rows),
            "row": pa.array(np.arange(one.rows)),
        }
        columns |= {name: table[name] for name in _IDENTITY}
        tables.append(pa.table([columns[n] for n in _IDENTITIES.names], schema=_IDENTITIES))
    return pa.concat_tables(tables).unify_dictionaries()


def _in_reading_order(rows: pa.Table) -> pa.Table:
    """Sort by item, then in the order in which its versions are numbered."""
    place = pc.extract_regex(
        rows["source_uri"], r"^(?P<file>.*?)(?:#(?P<row>\d+))?$"
    ).combine_chunks()
    number = place.field("row")
    number = pc.if_else(pc.equal(number, ""), "0", number)
    keys = pa.table(
        {
            "article_id": rows["article_id"],
            "event_at": rows["event_at"],
            "file": place.field("file"),
            "number": number.cast(pa.float64()),  # a guid may look like a very long number
            "content_hash": rows["content_hash"],
        }
    )
    order = [(name, "ascending") for name in keys.column_names]
    return rows.take(pc.sort_indices(keys, sort_keys=order))


def _versions_of(known: Sequence[str], ids: pa.ChunkedArray) -> pa.Table:
    """Return the known versions of the items `ids`."""
    wanted = ids.unique()
    found = [VERSIONS.empty_table()]
    for path in known:
        with open_to_read(path) as file:
            for batch in pq.ParquetFile(file).iter_batches(columns=VERSIONS.names):
                same = batch.filter(pc.is_in(batch["article_id"], value_set=wanted))
                found.append(pa.Table.from_batches([same]).cast(VERSIONS))
    return pa.concat_tables(found)


def _numbered(rows: pa.Table, earlier: pa.Table) -> pa.Table:
    """Return `rows`, sorted by item, as KEPT: with `revision` and the item's known `story_id`."""
    last = earlier.sort_by([("article_id", "ascending"), ("revision", "descending")])
    last = last.filter(pa.array(_first(last["article_id"])))
    at = pc.index_in(rows["article_id"], value_set=last["article_id"])
    published = pc.fill_null(last["revision"].take(at), 0)
    number = np.arange(rows.num_rows)
    starts = np.where(_first(rows["article_id"]), number, 0)
    place = number - np.maximum.accumulate(starts)  # 0 for an item's first version here
    columns = {name: rows[name] for name in KEPT.names if name in rows.column_names}
    columns["revision"] = pc.add(published, pa.array(place + 1, pa.int32())).cast(pa.int32())
    columns["story_id"] = last["story_id"].take(at)
    kept = pa.table([columns[name] for name in KEPT.names], schema=KEPT)
    day = pc.cast(kept["event_at"], pa.date32())
    names = ["day", "language", "event_at", "article_id", "revision"]
    order = pc.sort_indices(
        kept.append_column("day", day), sort_keys=[(name, "ascending") for name in names]
    )
    return kept.take(order)


def _first(values: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Mark the first row of each value."""
    codes = _numpy(values.combine_chunks().dictionary_encode().indices)
    first = np.zeros(len(codes), bool)
    first[np.unique(codes, return_index=True)[1]] = True
    return first


def _numpy(values: pa.ChunkedArray | pa.Array) -> npt.NDArray[Any]:
    return (
        values.to_numpy()
        if isinstance(values, pa.ChunkedArray)
        else values.to_numpy(zero_copy_only=False)
    )
