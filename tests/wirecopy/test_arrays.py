"""Tests of transforms/wirecopy/arrays.py."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.wirecopy.arrays import chunks, contained

NUMBERS = st.integers(0, 3).map(lambda high: high << 16) | st.integers(0, (1 << 32) - 1)


@given(st.lists(NUMBERS, max_size=200), st.lists(NUMBERS, max_size=20))
def test_contained_is_membership_however_many_there_are(values, table):
    values, table = np.array(values, np.uint32), np.unique(np.array(table, np.uint32))

    found = contained(values, table)
    assert found.tolist() == np.isin(values, table).tolist()
    rows = values[: len(values) // 2 * 2].reshape(-1, 2)
    assert contained(rows, table).tolist() == np.isin(rows, table).tolist()


@given(st.lists(st.integers(0, 30), max_size=40), st.integers(1, 9), st.integers(1, 60))
def test_chunks_hold_every_item_once_and_not_too_many(sizes, most, total):
    found = [sizes[some] for some in chunks(np.array(sizes, np.int64), most, total)]

    assert [size for some in found for size in some] == sizes
    assert all(0 < len(some) <= most for some in found)
    assert all(sum(some) <= total or len(some) == 1 for some in found)
