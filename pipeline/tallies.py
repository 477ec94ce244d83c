"""Counting rows of Parquet files in bounded memory."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

BATCH_ROWS: Final = 16_384
KEPT_NAMES: Final = 100_000


def batches(paths: Iterable[str], columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of all files, about BATCH_ROWS at a time: many files are small."""
    held: list[pa.RecordBatch] = []
    for path in paths:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(BATCH_ROWS, columns=list(columns)):
                held.append(batch)
                if sum(one.num_rows for one in held) >= BATCH_ROWS:
                    yield from pa.Table.from_batches(held).combine_chunks().to_batches()
                    held = []
    if held:
        yield from pa.Table.from_batches(held).combine_chunks().to_batches()


def counted(values: pa.Array | pa.ChunkedArray) -> dict[Any, int]:
    """Return how often each value occurs."""
    return {row["values"]: row["counts"] for row in values.value_counts().to_pylist()}


def grouped(rows: pa.Table | pa.RecordBatch) -> Iterator[tuple[tuple[Any, ...], int]]:
    """Yield each combination of the columns' values, and how often it occurs."""
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_batches([rows])
    counted = table.group_by(table.column_names, use_threads=False).aggregate([([], "count_all")])
    keys = zip(*(counted[name].to_pylist() for name in table.column_names), strict=True)
    return zip(keys, counted["count_all"].to_pylist(), strict=True)


def bound(counter: Counter[Any]) -> None:
    """Forget the rarer half of too many names (lossy counting, Manku and Motwani 2002).

    A name among those shown is miscounted only if it was rare for KEPT_NAMES others.
    """
    if len(counter) > 2 * KEPT_NAMES:
        kept = sorted(counter.items(), key=lambda one: (-one[1], one[0]))[:KEPT_NAMES]
        counter.clear()
        counter.update(dict(kept))
