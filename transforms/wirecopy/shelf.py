"""Sketches are read where they are needed, straight from their files (`Shelf`).

A file is an Arrow IPC file of SKETCHES rows, not compressed. It is mapped into memory, so that a
row costs what it weighs; a file elsewhere is copied to a temporary one first.
"""

import mmap
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from typing import IO

import numpy as np
import pyarrow as pa

from transforms.records import SketchFile
from transforms.remote import FileSystems, opened
from transforms.schemas import SKETCHES
from transforms.sketch import Sketches
from transforms.wirecopy.arrays import Array, Index, offsets_of, ragged

_GRAMS, _NUMBERS = ("hashes", "positions"), ("numbers", "number_positions")


class Shelf:
    """Random access to the rows of sketch files by (file number, row)."""

    def __init__(self, files: Sequence[SketchFile]) -> None:
        self._files = files
        self._maps: list[mmap.mmap] = []
        self._opened: dict[int, tuple[list[pa.RecordBatch], Index]] = {}

    def batches(self, file: int) -> tuple[list[pa.RecordBatch], Index]:
        """Return the record batches of a file and the row at which each begins."""
        if file not in self._opened:
            batches = self._open(self._files[file].path)
            self._opened[file] = batches, offsets_of([len(batch) for batch in batches])
        return self._opened[file]

    def take(self, files: Array, rows: Array, columns: Sequence[str]) -> pa.Table:
        """Return some columns of the rows, which ascend by file and row."""
        parts = [
            batch.select(list(columns)).take(pa.array(at))
            for batch, at in self._places(files, rows)
        ]
        schema = pa.schema([SKETCHES.field(name) for name in columns])
        return pa.Table.from_batches(parts, schema)

    def sketches(self, files: Array, rows: Array) -> Sketches:
        """Return the sketches of the rows, which ascend by file and row."""
        parts = [_sketches(batch, at) for batch, at in self._places(files, rows)]
        self._forget()
        letters, hashes, positions, counts, numbers, places, number_counts = (
            np.concatenate(part) for part in zip(*parts, strict=True)
        )
        return Sketches(
            letters,
            hashes,
            positions,
            offsets_of(counts).astype(np.int32),
            numbers,
            places,
            offsets_of(number_counts).astype(np.int32),
        )

    def _places(self, files: Array, rows: Array) -> Iterator[tuple[pa.RecordBatch, Index]]:
        """Yield each record batch that holds some of the rows, and where in it."""
        for file in np.unique(files):
            mine = rows[files == file]
            batches, starts = self.batches(int(file))
            number = np.searchsorted(starts, mine, "right") - 1
            for k in np.unique(number):
                yield batches[k], mine[number == k] - starts[k]

    def _open(self, path: str) -> list[pa.RecordBatch]:
        if FileSystems.get_scheme(path) is None:  # a local path
            with open(path, "rb") as file:
                return self._map(file)
        with opened(path) as remote, tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(remote, copy)
            copy.flush()
            return self._map(copy)

    def _map(self, file: IO[bytes]) -> list[pa.RecordBatch]:
        self._maps.append(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        mapped = pa.ipc.open_file(pa.py_buffer(self._maps[-1]))
        return [mapped.get_batch(k) for k in range(mapped.num_record_batches)]

    def _forget(self) -> None:
        """Give back the pages that were read: the system still has them if it can spare them."""
        for mapped in self._maps:
            mapped.madvise(mmap.MADV_DONTNEED)


def first_hashes(batch: pa.RecordBatch) -> Array:
    """Return the lowest hash of each sketch, the highest number for one without any."""
    column = batch.column("hashes")
    offsets = column.offsets.to_numpy()
    first = np.full(len(batch), np.iinfo(np.uint32).max, np.uint32)
    some = np.diff(offsets) > 0
    first[some] = column.values.to_numpy()[offsets[:-1][some]]
    return first


def _sketches(batch: pa.RecordBatch, rows: Index) -> tuple[Array, ...]:
    """Return (letters, hashes, positions, how many; numbers, their positions, how many)."""
    letters = batch.column("letters").to_numpy()[rows]
    return letters, *_lists(batch, _GRAMS, rows), *_lists(batch, _NUMBERS, rows)


def _lists(batch: pa.RecordBatch, names: Sequence[str], rows: Index) -> tuple[Array, ...]:
    columns = [batch.column(name) for name in names]
    offsets = columns[0].offsets.to_numpy()
    starts, counts = offsets[rows], np.diff(offsets)[rows]
    at, _ = ragged(starts.astype(np.int64), counts.astype(np.int64))
    return *(column.values.to_numpy()[at] for column in columns), counts
