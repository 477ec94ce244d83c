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
        return pq.ParquetFile(file, pre_buffer=False, buffer_size=1 << 20)  # a stream, not a copy
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
    for group in range(table.num_row_groups) if groups is None else groups:
        number = first
        try:
            for batch in table.iter_batches(BATCH_ROWS, row_groups=[group], columns=wanted):
                values = [_values(column) for column in batch.columns]
                for row in zip(*values, strict=True):
                    yield to_item(dict(zip(batch.schema.names, row, strict=True)), number, origin)
                    number += 1
        except _DAMAGE as error:  # costs the rest of the row group
            yield Refused(f"{origin.uri}#{number}", ItemError("bad_parquet", str(error)))
        first += table.metadata.row_group(group).num_rows


def _values(column: pa.Array) -> list[Any]:
    """Return a column's values; times to the microsecond."""
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = pc.cast(column, pa.timestamp("us", column.type.tz), safe=False)
    try:
        found: list[Any] = column.to_pylist()
    except (ValueError, OverflowError):  # times beyond the year 9999, unknown zones
        found = [_value(scalar) for scalar in column]
    return found


def _value(scalar: pa.Scalar) -> object:
    try:
        return scalar.as_py()
    except (ValueError, OverflowError) as error:
        return f"not a time: {error}"
