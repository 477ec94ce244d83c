"""Small numpy idioms of ragged arrays: many lists end to end, with offsets."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]
Index = npt.NDArray[np.int64]

LOW: np.uint64 = np.uint64(0xFFFFFFFF)
HIGH: np.uint64 = np.uint64(32)


def ragged(starts: Index, lengths: Index, names: Array | None = None) -> tuple[Index, Array]:
    """Return the indices starts[i] .. starts[i] + lengths[i] for every i, and names[i], else i."""
    owner = np.repeat(np.arange(len(lengths)) if names is None else names, lengths)
    ends = np.cumsum(lengths)
    return np.arange(len(owner)) + np.repeat(starts - ends + lengths, lengths), owner


def offsets_of(counts: Sequence[int] | Array) -> Index:
    """Return where each list begins, and the end of the last."""
    offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def chunks(sizes: Array, most: int, total: int) -> Iterator[slice]:
    """Yield slices of at most `most` items that come to `total` at most; one item at the least."""
    sums, start = np.cumsum(sizes), 0
    while start < len(sizes):
        done = sums[start - 1] if start else 0
        fit = int(np.searchsorted(sums, done + total, "right"))
        end = max(start + 1, min(fit, start + most))
        yield slice(start, end)
        start = end


def runs(values: Array) -> tuple[Index, Index]:
    """Return where each run of equal values begins, and its length."""
    if not len(values):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    starts = np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1])))
    return starts, np.diff(np.concatenate((starts, [len(values)])))


def contained(values: Array, table: Array) -> Bools:
    """Return which values occur in the sorted table."""
    if not len(table):
        return np.zeros(values.shape, bool)
    if len(table) < values.size >> 4 and values.dtype == table.dtype:
        return _contained_in_few(values, table)
    at = np.searchsorted(table, values)
    return table[np.minimum(at, len(table) - 1)] == values


def _contained_in_few(values: Array, table: Array) -> Bools:
    """Look at the low bits first: three times as fast where few values occur."""
    low = np.zeros(1 << 16, bool)
    low[table & table.dtype.type(0xFFFF)] = True
    found = low[values & values.dtype.type(0xFFFF)]
    maybe = np.nonzero(found)
    at = np.searchsorted(table, values[maybe])
    found[maybe] = table[np.minimum(at, len(table) - 1)] == values[maybe]
    return found


def pack(high: Array, low: Array) -> npt.NDArray[np.uint64]:
    """Return two numbers of 32 bits as one of 64, which sorts as the two would."""
    return high.astype(np.uint64) << HIGH | low.astype(np.uint64)


def unpack(packed: npt.NDArray[np.uint64]) -> tuple[Index, Index]:
    """Return the two numbers that `pack` joined."""
    return (packed >> HIGH).astype(np.int64), (packed & LOW).astype(np.int64)


def components(n: int, a: Index, b: Index) -> Index:
    """Return the lowest node that each of n nodes is connected to by the edges (a[i], b[i])."""
    label = np.arange(n)
    while True:
        low = np.minimum(label[a], label[b])
        before = label
        label = label.copy()
        np.minimum.at(label, label[a], low)
        np.minimum.at(label, label[b], low)
        while not np.array_equal(label, label[label]):
            label = label[label]
        if np.array_equal(before, label):
            return label
