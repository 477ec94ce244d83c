"""Parquet files, by row groups and batches."""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transforms.formats.origin import Origin, Refused
from transforms.formats.rows import columns_of_interest, holds_text, to_item
from transforms.items import Item
from transforms.records import ItemError

BATCH_ROWS: Final = 256  # about 1 MB of articles in memory
_DAMAGE: Final = (pa.ArrowException, OSError)


def open_parquet(file: BinaryIO) -> pq.ParquetFile:
    """Return the file, its footer read; damage raises ItemError."""
    try:
        return pq.ParquetFile(file)
    except _DAMAGE as error:
        raise ItemError("bad_parquet", str(error)) from error


def read_parquet(
    file: BinaryIO, origin: Origin, groups: tuple[int, ...] | None = None, first: int = 1
) -> Iterator[Item | Refused]:
    """Read the rows of some row groups (all by default); `first` is the number of the first row."""
    table = open_parquet(file)
    plan = columns_of_interest(table.schema_arrow.names, origin.fields)
    if not holds_text(table.schema_arrow.names, origin.fields):
        raise ItemError("no_text_column", f"columns: {', '.join(table.schema_arrow.names)}")
    wanted = list(dict.fromkeys(column for columns in plan.values() for column in columns))
    number = first
    try:
        for batch in table.iter_batches(BATCH_ROWS, row_groups=groups, columns=wanted):
            values = [_values(column) for column in batch.columns]
            for row in zip(*values, strict=True):
                yield to_item(dict(zip(batch.schema.names, row, strict=True)), number, origin)
                number += 1
    except _DAMAGE as error:
        yield Refused(f"{origin.uri}#{number}", ItemError("bad_parquet", str(error)))


def _values(column: pa.Array) -> list[Any]:
    """Return a column's values; times to the microsecond, those beyond year 9999 as text."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        column = pc.cast(column, pa.timestamp("us", kind.tz), safe=False)
    try:
        found: list[Any] = column.to_pylist()
    except (ValueError, OverflowError):
        found = pc.cast(column, pa.string()).to_pylist()
    return found
