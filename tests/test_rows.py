"""Tests of transforms/rows.py."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.rows import NUMBERS, TEXTS, RowReader, read_columns, repeat, slices, write_rows

ROWS = 3 * NUMBERS.rows + 5


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    paths = [str(folder / "deep" / f"{name}.arrow") for name in "ab"]
    for path, packed in zip(paths, (TEXTS, NUMBERS), strict=True):
        names = [f"{path[-7]}{row}" for row in range(ROWS)]
        write_rows(path, pa.table({"name": names, "row": range(ROWS)}), packed)
    return paths


def test_some_columns_of_all_rows(files):
    assert read_columns(files[0], ["row"]).to_pydict() == {"row": list(range(ROWS))}


@given(picks=st.lists(st.tuples(st.booleans(), st.integers(0, ROWS - 1)), min_size=1))
def test_gather_keeps_the_order_asked_for(files, picks):
    paths = pa.chunked_array([[files[second] for second, _ in picks]])
    rows = pa.chunked_array([pa.array([row for _, row in picks], pa.int64())])
    with RowReader() as reader:
        found = reader.gather(paths, rows)
    assert found["name"].to_pylist() == [f"{'ab'[second]}{row}" for second, row in picks]


def test_a_reader_that_was_closed_may_be_used_again(files):
    reader = RowReader()
    for _ in range(2):
        assert reader.take(files[1], np.array([7]))["name"].to_pylist() == ["b7"]
        reader.close()


def test_slices_cover_a_table_once():
    assert [piece.num_rows for piece in slices(pa.table({"a": range(7)}), 3)] == [3, 3, 1]
    assert not list(slices(pa.table({"a": repeat("x", 0)}), 3))
