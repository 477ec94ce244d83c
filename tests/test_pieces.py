"""Tests of transforms/pieces.py."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reading import read_all
from transforms import pieces
from transforms.pieces import EVEN, SHARED_BYTES, SHARES, plan
from transforms.read_files import MAX_FILE_BYTES


def test_an_empty_folder_is_a_source_without_items(tmp_path):
    (piece,) = plan(str(tmp_path), None, MAX_FILE_BYTES)

    assert piece.parts == ()


@pytest.fixture
def long_lines(tmp_path):
    path = tmp_path / "long.jsonl"
    line = json.dumps({"text": "x" * 1000})
    rows = [line if number % 7 else "" for number in range(1, 6001)]
    path.write_text("\n".join(rows))
    assert path.stat().st_size > SHARED_BYTES
    return path


def test_a_long_file_of_lines_is_cut_evenly_and_keeps_its_row_numbers(long_lines):
    parts = [piece.parts[0] for piece in plan(str(long_lines), None, MAX_FILE_BYTES) if piece.parts]

    assert EVEN <= len(parts) <= EVEN + 1
    found = [item.source_uri for item in read_all(long_lines)]
    assert found == [f"{long_lines}#{number}" for number in range(1, 6001) if number % 7]


def test_a_file_that_cannot_be_cut_is_shared_row_by_row(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("text\n" + f"{'x' * 1000}\n" * 5000)
    parts = [piece.parts[0] for piece in plan(str(path), None, MAX_FILE_BYTES) if piece.parts]

    assert [part.share for part in parts] == [(k, SHARES) for k in range(SHARES)]
    rows = sorted(int(item.source_uri.rsplit("#")[1]) for item in read_all(path))
    assert rows == list(range(1, 5001))


def test_a_file_over_the_limit_is_not_opened(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("too long")
    (lost,) = read_all(path, max_file_bytes=4)

    assert lost.error.reason == "too_large"


def test_parquet_is_cut_by_row_groups(tmp_path):
    path = tmp_path / "long.parquet"
    texts = [f"{number} " + "x" * 1000 for number in range(5000)]
    pq.write_table(
        pa.table({"text": texts}),
        path,
        row_group_size=1000,
        compression="none",
        use_dictionary=False,
    )
    parts = [piece.parts[0] for piece in plan(str(path), None, MAX_FILE_BYTES) if piece.parts]

    assert [(part.groups, part.first) for part in parts] == [((k,), 1000 * k + 1) for k in range(5)]
    assert [item.text for item in read_all(path)] == texts


def test_a_long_file_of_lines_in_utf_16_is_shared(tmp_path, monkeypatch):
    monkeypatch.setattr(pieces, "SHARED_BYTES", 1000)
    path = tmp_path / "long.jsonl"
    path.write_text('{"text": "perché"}\n' * 500, "utf-16")

    assert len(read_all(path)) == 500


def test_a_long_damaged_file_is_refused_once(tmp_path):
    path = tmp_path / "long.csv.gz"
    path.write_bytes(b"\x1f\x8b\x08\0" + bytes(SHARED_BYTES))

    assert [refused.error.reason for refused in read_all(path)] == ["bad_archive"]


def test_small_files_travel_together(tmp_path):
    for number in range(40):
        (tmp_path / f"{number}.txt").write_text("a")

    assert [len(p.parts) for p in plan(str(tmp_path), None, MAX_FILE_BYTES)] == [16, 16, 8]


@given(st.lists(st.integers(0, 30), max_size=40), st.integers(1, 200))
def test_cut_lines_hold_every_line_once_with_its_number(tmp_path_factory, lengths, size):
    path = tmp_path_factory.mktemp("cut") / "a.jsonl"
    path.write_text("\n".join(json.dumps({"text": "x" * n}) for n in lengths))
    before = pieces.SHARED_BYTES, pieces.PIECE_BYTES
    pieces.SHARED_BYTES, pieces.PIECE_BYTES = 1, size
    try:
        found = read_all(path)
    finally:
        pieces.SHARED_BYTES, pieces.PIECE_BYTES = before

    assert [(item.source_uri, item.text or "") for item in found] == [
        (f"{path}#{number}", "x" * length) for number, length in enumerate(lengths, 1)
    ]
