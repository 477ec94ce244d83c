"""Write decided rows as Parquet parts, one folder a partition: `plan_parts`, `write_part`.

Parts are written into the run's staging folder; pipeline/publish.py puts them in their place. The
bytes of a part depend on its rows alone, not on how they were staged or by whom.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from apache_beam import DoFn, ParDo, PCollection, PTransform, Reshuffle
from apache_beam.metrics import Metrics

from transforms.parquet import ParquetFile, write_parquet
from transforms.pulse import pulse
from transforms.records import RowFile
from transforms.rows import RowReader, read_columns, repeat
from transforms.schemas import ARTICLES

# 33 MB of text a row group: what a worker holds, and what a reader skips, at a time.
GROUP_ROWS: Final = 10_000
PART_ROWS: Final = 100_000  # about 120 MB of zstd, the size warehouses like
BATCH_ROWS: Final = 5_000  # small parts travel together: one look at each staged file for all
FOLDERS: Final = {"date,lang": "{0}/date={1}/lang={2}", "date": "{0}/date={1}"}
_PLAIN: Final = re.compile(r"[A-Za-z0-9-]{1,35}")  # BCP 47; nothing else becomes a folder's name
PLANNED: Final = ["event_at", "language", "duplicate_of"]
_TOP: Final = 1000  # names a part tells of; a name outside cannot lead the run's list


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one partition folder that become one file: those numbered `start` up to `end`."""

    folder: str  # below the output folder, e.g. articles/date=2024-06-19/lang=it
    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PartFile:
    """A part that is written, and what stands in it.

    `counts` tells of articles only, [(key, count), ...] for each of "languages" (key: code),
    "labels" (label of an entity), "entities" (name, label) and "stories" (article_id, title,
    source; its copies), the last two of the most frequent.
    """

    folder: str
    number: int
    file: ParquetFile
    counts: dict[str, list[tuple[tuple[str, ...], int]]]


def plan_parts(rows: pa.Table, partition_by: str) -> Iterator[list[Part]]:
    """Cut the rows of a DECIDED file into lists of parts.

    `rows` has the columns PLANNED of all rows: articles, then duplicates, each sorted by date and
    language. `partition_by` is a key of FOLDERS. A list holds about BATCH_ROWS rows, or one part.
    """
    batch: list[Part] = []
    held = 0
    for folder, start, end in _folders(rows, partition_by):
        for number, first in enumerate(range(start, end, PART_ROWS)):
            batch.append(Part(folder, number, first, min(first + PART_ROWS, end)))
            held += batch[-1].end - first
            if held >= BATCH_ROWS:
                yield batch
                batch, held = [], 0
    if batch:
        yield batch


def write_part(part: Part, decided: str, folder: str, run_id: str, reader: RowReader) -> PartFile:
    """Write a part of the rows in the file `decided` to a new one in `folder`.

    Row groups have GROUP_ROWS rows.
    """
    counts: dict[str, Counter[tuple[str, ...]]] = {}

    def groups() -> Iterator[pa.Table]:
        for some in reader.slices(decided, part.start, part.end, GROUP_ROWS):
            rows = published_rows(some, run_id, reader)
            if part.folder.startswith("articles/"):
                for name, found in _counts(rows).items():
                    counts.setdefault(name, Counter()).update(found)
            yield rows

    file = write_parquet(folder, ARTICLES, groups())
    top = {name: found.most_common(_TOP) for name, found in counts.items()}
    return PartFile(part.folder, part.number, file, top)


def published_rows(decided: pa.Table, run_id: str, reader: RowReader) -> pa.Table:
    """Return the rows of schema ARTICLES that `decided` (schema DECIDED) names."""
    rows = reader.gather(decided["articles"], decided["row"])
    if rows["article_id"].combine_chunks() != decided["article_id"].combine_chunks():
        raise RuntimeError("the staged rows are not those that were decided on")
    told = {name: decided[name] for name in ARTICLES.names if name in _TOLD}
    told["run_id"] = repeat(run_id, rows.num_rows)
    return pa.table([told.get(name, rows[name]) for name in ARTICLES.names], schema=ARTICLES)


_TOLD: Final = {"story_id", "duplicate_of", "reuse", "reuse_of", "copies", "revision"}


class WritePartitions(PTransform[PCollection[RowFile], PCollection[PartFile]]):
    """Write the rows of the run's one DECIDED file as parts in `folder`, yield one PartFile a part.

    `partition_by` is a key of FOLDERS. Counters: `articles`, `duplicates`.
    """

    def __init__(self, folder: str, run_id: str, partition_by: str = "date,lang") -> None:
        super().__init__()
        if partition_by not in FOLDERS:
            raise ValueError(f"unknown partitioning {partition_by!r}; known: {', '.join(FOLDERS)}")
        self._folder, self._run_id, self._partition_by = folder, run_id, partition_by

    def expand(self, decided: PCollection[RowFile]) -> PCollection[PartFile]:
        return (
            decided
            | ParDo(_Plan(self._partition_by)).with_output_types(tuple[str, list[Part]])
            | Reshuffle()
            | ParDo(_Write(self._folder, self._run_id)).with_output_types(PartFile)
        )


class _Plan(DoFn):
    def __init__(self, partition_by: str) -> None:
        self._partition_by = partition_by

    def process(self, decided: RowFile) -> Iterator[tuple[str, list[Part]]]:
        rows = read_columns(decided.path, PLANNED)
        for parts in plan_parts(rows, self._partition_by):
            yield decided.path, parts


class _Write(DoFn):
    def __init__(self, folder: str, run_id: str) -> None:
        self._folder, self._run_id = folder, run_id

    def process(self, work: tuple[str, list[Part]]) -> Iterator[PartFile]:
        decided, parts = work
        with RowReader() as reader:
            for part in parts:
                table, rows = part.folder.partition("/")[0], part.end - part.start
                Metrics.counter("WritePartitions", table).inc(rows)
                pulse(self._folder, "rows", rows)
                yield write_part(part, decided, self._folder, self._run_id, reader)


def _folders(rows: pa.Table, partition_by: str) -> Iterator[tuple[str, int, int]]:
    """Yield each partition folder with the number of its first row and that after its last."""
    table = pc.if_else(pc.is_valid(rows["duplicate_of"]), "duplicates", "articles")
    day = pc.strftime(rows["event_at"], "%Y-%m-%d")
    keys = pc.binary_join_element_wise(table, day, rows["language"], " ")
    codes = keys.combine_chunks().dictionary_encode()
    names = [_folder(key, partition_by) for key in codes.dictionary.to_pylist()]
    folders, number = np.unique(np.array(names, object), return_inverse=True)
    number = number[codes.indices.to_numpy()]
    starts = np.flatnonzero(np.r_[True, number[1:] != number[:-1]][: len(number)])
    for start, end in pairwise([*starts.tolist(), len(number)]):
        yield folders[number[start]], start, end


def _folder(key: str, partition_by: str) -> str:
    table, day, language = key.split(" ", 2)
    if not _PLAIN.fullmatch(language):
        raise ValueError(f"not a language code: {language!r}")
    return FOLDERS[partition_by].format(table, day, language)


def _counts(rows: pa.Table) -> dict[str, dict[tuple[str, ...], int]]:
    entities = rows["entities"].combine_chunks().flatten()
    names = pa.table({"name": entities.field("name"), "label": entities.field("label")})
    copied = rows.filter(pc.greater(rows["copies"], 0)).sort_by([("copies", "descending")])
    stories = copied.select(["article_id", "title", "source", "copies"]).slice(0, _TOP).to_pylist()
    return {
        "languages": _count(rows.select(["language"])),
        "labels": _count(names.select(["label"])),
        "entities": _count(names),
        "stories": {(s["article_id"], s["title"] or "", s["source"]): s["copies"] for s in stories},
    }


def _count(table: pa.Table) -> dict[tuple[str, ...], int]:
    counted = table.group_by(table.column_names, use_threads=False).aggregate([([], "count_all")])
    keys = zip(*(counted[name].to_pylist() for name in table.column_names), strict=True)
    return dict(zip(keys, counted["count_all"].to_pylist(), strict=True))
