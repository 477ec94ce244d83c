"""Keep what could not become an article, with the reason: `WriteRejects`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from apache_beam import DoFn, ParDo, PCollection, PTransform
from apache_beam.metrics import Metrics
from apache_beam.transforms.combiners import ToList

from transforms.buffer import BufferingDoFn
from transforms.parquet import ParquetFile, write_parquet
from transforms.pulse import pulse
from transforms.records import Rejected
from transforms.rows import RowReader, new_path, read_columns, repeat, slices, write_rows
from transforms.schemas import REJECTS

GROUP_ROWS: Final = 2_000  # at most 8 MB of samples


@dataclass(frozen=True, slots=True)
class RejectFile:
    """The run's rejects as a Parquet file, and how many there are of each reason."""

    file: ParquetFile
    reasons: dict[str, int]


class WriteRejects(PTransform[PCollection[Rejected], PCollection[RejectFile]]):
    """Write all rejects to one Parquet file in `folder`; no file when there are none.

    Samples are put to rest at once and never shuffled. Counters: one a reason.
    """

    def __init__(self, folder: str, run_id: str) -> None:
        super().__init__()
        self._folder, self._run_id = folder, run_id

    def expand(self, rejects: PCollection[Rejected]) -> PCollection[RejectFile]:
        return (
            rejects
            | ParDo(_Stage(self._folder)).with_output_types(str)
            | ToList()
            | ParDo(_Write(self._folder, self._run_id)).with_output_types(RejectFile)
        )


def rejects_table(rejects: Sequence[Rejected]) -> pa.Table:
    """Return the rejects as a table of schema REJECTS, `run_id` empty."""
    names = [name for name in REJECTS.names if name != "run_id"]
    columns = {name: [getattr(reject, name) for reject in rejects] for name in names}
    return pa.table({**columns, "run_id": repeat("", len(rejects))}, schema=REJECTS)


def write_rejects(paths: Sequence[str], folder: str, run_id: str) -> RejectFile:
    """Write the staged rejects of `paths` to one Parquet file, sorted by all their columns."""
    keys = ["source_uri", "reason", "step", "detail"]
    tables = []
    for path in paths:
        table = read_columns(path, keys)
        table = table.append_column("path", repeat(path, table.num_rows))
        tables.append(table.append_column("row", pa.array(np.arange(table.num_rows))))
    rows = pa.concat_tables(tables)
    rows = rows.take(pc.sort_indices(rows, sort_keys=[(key, "ascending") for key in keys]))
    with RowReader() as reader:
        groups = _groups(rows, run_id, reader)
        file = write_parquet(folder, REJECTS, groups)
    counted = rows["reason"].value_counts().to_pylist()
    return RejectFile(file, {one["values"]: one["counts"] for one in counted})


class _Stage(BufferingDoFn[Rejected]):
    def __init__(self, folder: str) -> None:
        self._folder = folder

    def weigh(self, reject: Rejected) -> int:
        return len(reject.sample)

    def flush(self, rejects: list[Rejected]) -> Iterator[str]:
        pulse(self._folder, "rejects", len(rejects))
        for reject in rejects:
            Metrics.counter("WriteRejects", reject.reason).inc()
        path = new_path(self._folder, ".rejects.arrow")
        write_rows(path, rejects_table(rejects))
        yield path


class _Write(DoFn):
    def __init__(self, folder: str, run_id: str) -> None:
        self._folder, self._run_id = folder, run_id

    def process(self, paths: list[str]) -> Iterator[RejectFile]:
        if paths:
            yield write_rejects(paths, self._folder, self._run_id)


def _groups(rows: pa.Table, run_id: str, reader: RowReader) -> Iterator[pa.Table]:
    for some in slices(rows, GROUP_ROWS):
        table = reader.gather(some["path"], some["row"])
        index = REJECTS.get_field_index("run_id")
        yield table.set_column(index, REJECTS.field(index), repeat(run_id, table.num_rows))
