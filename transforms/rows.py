"""Rows at rest: Arrow IPC files on any file system, read back by row number.

Staged rows are written once and read once, in another order and in part. An IPC file of small
batches gives any row for the price of its batch; a Parquet row group costs ten times as much to
open (docs/decisions.md).
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Final, NamedTuple, Self
from uuid import uuid4

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from transforms.paths import is_local
from transforms.records import RowFile
from transforms.remote import FileSystems, created, opened


class Packing(NamedTuple):
    """How rows lie in a file."""

    codec: str | None  # of pyarrow; None: not compressed, so that the file can be mapped
    rows: int  # a batch; the last may have fewer


TEXTS: Final = Packing("lz4", 128)  # about 400 KB of text: what one look-up decompresses
NUMBERS: Final = Packing(None, 1024)  # hashes do not shrink; about 1 MB of sketches


def create(path: str) -> pa.NativeFile:
    """Open `path` for writing bytes, making its folder; any FileSystems path."""
    if is_local(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return pa.OSFile(path, "wb")
    return pa.PythonFile(created(path), "w")


def open_to_read(path: str) -> pa.NativeFile:
    """Open `path` for random access; any FileSystems path."""
    if is_local(path):
        return pa.OSFile(path, "rb")
    return pa.PythonFile(opened(path), "r")


def new_path(folder: str, suffix: str) -> str:
    """Return a path in `folder` that nobody else uses."""
    return FileSystems.join(folder, f"{uuid4().hex}{suffix}")


def repeat(value: str, times: int) -> pa.Array:
    """Return an array of `times` equal strings."""
    return pa.repeat(pa.scalar(value, pa.string()), times)


def repeat_path(path: str, times: int) -> pa.DictionaryArray:
    """Return an array of `times` equal strings that takes four bytes each."""
    return pa.DictionaryArray.from_arrays(np.zeros(times, np.int32), pa.array([path], pa.string()))


def slices(table: pa.Table, rows: int) -> Iterator[pa.Table]:
    """Cut `table` into tables of `rows` rows; the last may have fewer."""
    return (table.slice(start, rows) for start in range(0, table.num_rows, rows))


def versions(rows: pa.Table) -> pa.ChunkedArray:
    """Return what identifies each row of a table: its article_id and content_hash in one string."""
    return pc.binary_join_element_wise(rows["article_id"], rows["content_hash"], " ")


@contextmanager
def row_writer(
    path: str, schema: pa.Schema, packed: Packing = TEXTS
) -> Iterator[Callable[[pa.Table], None]]:
    """Open a new IPC file; yield the function that adds a table to it, in batches of `packed.rows`.

    But for the last, tables must have a multiple of that many rows.
    """
    options = pa.ipc.IpcWriteOptions(compression=packed.codec)
    with create(path) as file, pa.ipc.new_file(file, schema, options=options) as out:
        yield lambda table: out.write_table(table.combine_chunks(), max_chunksize=packed.rows)


def write_rows(path: str, table: pa.Table, packed: Packing = TEXTS) -> None:
    """Write `table` as an IPC file in batches of `packed.rows`."""
    with row_writer(path, table.schema, packed) as write:
        write(table)


def lay_rows(table: pa.Table, folder: str) -> RowFile:
    """Write `table` to a new IPC file in `folder`."""
    path = new_path(folder, ".rows.arrow")
    write_rows(path, table.unify_dictionaries(), NUMBERS)
    return RowFile(path, table.num_rows)


def read_columns(path: str, columns: Sequence[str]) -> pa.Table:
    """Read some columns of all rows of an IPC file."""
    with open_to_read(path) as file:
        schema = pa.ipc.open_file(file).schema
        fields = [schema.get_field_index(name) for name in columns]
        file.seek(0)
        options = pa.ipc.IpcReadOptions(included_fields=fields)
        return pa.ipc.open_file(file, options=options).read_all().select(columns)


class RowReader:
    """Rows of IPC files by number; keeps the files open and one batch of each in memory."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[pa.NativeFile, pa.ipc.RecordBatchFileReader]] = {}
        self._rows: dict[str, int] = {}  # a batch of each file
        self._last: dict[str, tuple[int, pa.RecordBatch]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all files; the reader may be used again."""
        for file, _ in self._files.values():
            file.close()
        self._files.clear()
        self._last.clear()

    def take(self, path: str, rows: npt.NDArray[np.int64]) -> pa.Table:
        """Return the rows of `path` with these numbers, which must ascend."""
        return pa.Table.from_batches(list(self._pieces(path, rows)))

    def slices(self, path: str, start: int, end: int, rows: int) -> Iterator[pa.Table]:
        """Yield the rows from number `start` up to `end`, in tables of `rows` rows."""
        for first in range(start, end, rows):
            yield self.take(path, np.arange(first, min(first + rows, end)))

    def gather(self, paths: pa.ChunkedArray, rows: pa.ChunkedArray) -> pa.Table:
        """Return row `rows[k]` of file `paths[k]` for every k, in the order of k, in one chunk."""
        names = paths.to_numpy(zero_copy_only=False)
        numbers = rows.to_numpy()
        order = np.lexsort((numbers, names))
        starts = np.flatnonzero(np.r_[True, names[order][1:] != names[order][:-1]])
        found = [self.take(names[part[0]], numbers[part]) for part in np.split(order, starts[1:])]
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        return pa.concat_tables(found).take(pa.array(back)).combine_chunks()

    def _pieces(self, path: str, rows: npt.NDArray[np.int64]) -> Iterator[pa.RecordBatch]:
        size = self._batch_rows(path)
        numbers = rows // size
        starts = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]])
        for part in np.split(np.arange(len(rows)), starts[1:]):
            batch = self._batch(path, int(numbers[part[0]]))
            yield batch.take(pa.array(rows[part] % size))

    def _batch_rows(self, path: str) -> int:
        if path not in self._rows:
            self._rows[path] = self._batch(path, 0).num_rows
        return self._rows[path]

    def _batch(self, path: str, number: int) -> pa.RecordBatch:
        last = self._last.get(path)
        if last is None or last[0] != number:
            if path not in self._files:
                file = open_to_read(path)
                self._files[path] = (file, pa.ipc.open_file(file))
            last = self._last[path] = number, self._files[path][1].get_batch(number)
        return last[1]
