"""Write down what later runs need to know of this one: `write_memory`, `WriteMemory`.

Two files: the sketches of all published rows with their story ids (for `--window`), and the
versions of all items (without limit).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
from apache_beam import DoFn, ParDo, PCollection, PTransform

from transforms.parquet import write_parquet
from transforms.records import RowFile
from transforms.rows import NUMBERS, RowReader, new_path, read_columns, row_writer
from transforms.schemas import SKETCHES, VERSIONS

GROUP_ROWS: Final = 10 * NUMBERS.rows  # 13 MB of sketches


@dataclass(frozen=True, slots=True)
class MemoryFiles:
    """Where the memory of a run waits to be published."""

    sketches: str  # Arrow IPC, schema SKETCHES
    versions: str  # Parquet, schema VERSIONS
    stories: int  # how many the rows of the run belong to


def write_memory(decided: RowFile, folder: str) -> MemoryFiles:
    """Write the memory of the rows `decided` (schema DECIDED) to two new files in `folder`."""
    with RowReader() as reader:
        groups = (
            told(reader.gather(some["sketches"], some["row"]), some["story_id"])
            for some in reader.slices(decided.path, 0, decided.rows, GROUP_ROWS)
        )
        sketches = write_sketches(folder, groups)
    versions = read_columns(decided.path, VERSIONS.names)
    stories = len(versions["story_id"].unique())
    return MemoryFiles(sketches, write_versions(folder, versions), stories)


def told(sketches: pa.Table, stories: pa.ChunkedArray) -> pa.Table:
    """Return sketches with the stories their articles are now known to belong to."""
    index = SKETCHES.get_field_index("story_id")
    return sketches.set_column(index, SKETCHES.field(index), stories)


def write_sketches(folder: str, groups: Iterable[pa.Table]) -> str:
    """Write tables of GROUP_ROWS rows (the last may have fewer) to a new file; return its path."""
    path = new_path(folder, ".memory.arrow")
    with row_writer(path, SKETCHES, NUMBERS) as write:
        for group in groups:
            write(group.cast(SKETCHES))
    return path


def write_versions(folder: str, rows: pa.Table) -> str:
    """Write the columns of VERSIONS of `rows` to a new file in `folder`; return its path."""
    items = rows.select(VERSIONS.names).sort_by(
        [("article_id", "ascending"), ("revision", "ascending")]
    )
    return write_parquet(folder, VERSIONS, [items.cast(VERSIONS)]).path


class WriteMemory(PTransform[PCollection[RowFile], PCollection[MemoryFiles]]):
    """Apply `write_memory` to the run's one DECIDED file: 1:1; none when it has no rows."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = folder

    def expand(self, decided: PCollection[RowFile]) -> PCollection[MemoryFiles]:
        return decided | ParDo(_Write(self._folder)).with_output_types(MemoryFiles)


class _Write(DoFn):
    def __init__(self, folder: str) -> None:
        self._folder = folder

    def process(self, decided: RowFile) -> Iterator[MemoryFiles]:
        if decided.rows:
            yield write_memory(decided, self._folder)
