"""Tests of transforms/formats/columns.py."""

import io
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from transforms.formats.columns import read_parquet
from transforms.formats.origin import Origin, Refused
from transforms.records import ItemError

ORIGIN = Origin("/in/a.parquet", "in/a.parquet", "in")


def parquet(columns, **options):
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, **options)
    return file.getvalue()


def read(data, *args):
    return list(read_parquet(io.BytesIO(data), ORIGIN, *args))


def test_rows_are_items():
    data = parquet({"Body": ["a", "b"], "id": [7, 8], "other": [1, 2]})

    assert [(item.text, item.id, item.source_uri) for item in read(data)] == [
        ("a", "7", "/in/a.parquet#1"),
        ("b", "8", "/in/a.parquet#2"),
    ]


def test_row_groups_can_be_read_alone():
    data = parquet({"text": list("abcdef")}, row_group_size=2)

    assert [(i.text, i.source_uri) for i in read(data, (1,), 3)] == [
        ("c", "/in/a.parquet#3"),
        ("d", "/in/a.parquet#4"),
    ]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_of_any_unit_are_read(unit):
    moment = datetime(2024, 6, 19, 10, tzinfo=UTC)
    data = parquet({"text": ["a"], "date": pa.array([moment], pa.timestamp(unit, "UTC"))})

    assert read(data)[0].published == moment


def test_times_that_python_does_not_know_cost_the_date_only():
    data = parquet({"text": ["a"], "date": pa.array([2**60], pa.timestamp("us"))})
    (item,) = read(data)

    assert (item.text, item.published[:10]) == ("a", "not a time")


@pytest.mark.parametrize("kind", [pa.large_string(), pa.binary(), pa.string_view()])
def test_text_may_be_stored_in_many_ways(kind):
    data = parquet({"text": pa.array([b"caff\xc3\xa8"]).cast(pa.string()).cast(kind)})

    assert read(data)[0].text == "caffè"


def test_nested_columns_are_read():
    data = parquet({"text": ["a"], "source": [{"name": "BBC"}], "authors": [["Anna", "Luca"]]})

    assert (read(data)[0].source, read(data)[0].authors) == ("BBC", ("Anna", "Luca"))


def test_an_id_may_be_any_number():
    data = parquet({"text": ["a"], "id": pa.array([7], pa.decimal128(9))})

    assert read(data)[0].id == "7"


def test_a_table_without_text_is_refused():
    with pytest.raises(ItemError, match="no_text_column: columns: url"):
        read(parquet({"url": ["a"]}))


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1" + bytes(100) + b"PAR1", b"nothing"])
def test_what_is_no_parquet_is_refused(data):
    with pytest.raises(ItemError, match="bad_parquet"):
        read(data)


def test_a_truncated_file_is_refused():
    with pytest.raises(ItemError, match="bad_parquet"):
        read(parquet({"text": ["a"] * 1000})[:-20])


def test_damage_inside_costs_its_row_group():
    texts = [f"text {n}" for n in range(3000)]
    data = bytearray(parquet({"text": texts}, row_group_size=1000))
    group = pq.ParquetFile(io.BytesIO(bytes(data))).metadata.row_group(1).column(0)
    start = group.dictionary_page_offset or group.data_page_offset
    data[start : start + 200] = bytes([255]) * 200
    found = read(bytes(data))
    (refused,) = [item for item in found if isinstance(item, Refused)]

    assert (refused.uri, refused.error.reason) == ("/in/a.parquet#1001", "bad_parquet")
    assert [item.text for item in found if item is not refused] == texts[:1000] + texts[2000:]
    assert found[-1].source_uri == "/in/a.parquet#3000"
