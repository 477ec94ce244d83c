"""Tests of transforms/partitions.py."""

import random
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.conftest import AS_OF
from tests.records import an_article, digest
from transforms.partitions import GROUP_ROWS, plan_parts, published_rows, write_part
from transforms.revisions import resolve_revisions
from transforms.rows import RowReader, lay_rows
from transforms.schemas import ARTICLES
from transforms.stage import write_staged
from transforms.verdicts import apply_verdicts


def decided(folder, *batches):
    staged = [write_staged(batch, str(folder)) for batch in batches]
    return apply_verdicts(resolve_revisions(staged, []).kept, [])


def write_all(folder, rows, partition_by="date,lang"):
    file = lay_rows(rows, str(folder))
    with RowReader() as reader:
        return [
            write_part(part, file.path, str(folder), "run", reader)
            for parts in plan_parts(rows, partition_by)
            for part in parts
        ]


def test_one_folder_a_day_and_language(tmp_path):
    articles = [
        an_article("a", language="it"),
        an_article("b", language="zh-Hans"),
        an_article("c", event_at=AS_OF - timedelta(days=40)),
    ]
    rows = decided(tmp_path, articles)
    assert [file.folder for file in write_all(tmp_path, rows)] == [
        "articles/date=2024-05-11/lang=it",
        "articles/date=2024-06-19/lang=it",
        "articles/date=2024-06-19/lang=zh-Hans",
    ]
    assert [file.folder for file in write_all(tmp_path, rows, "date")] == [
        "articles/date=2024-05-11",
        "articles/date=2024-06-19",
    ]


def test_a_file_is_what_its_receipt_says(tmp_path):
    rows = decided(tmp_path, [an_article(str(n)) for n in range(5)])
    (part,) = write_all(tmp_path, rows)
    data = Path(part.file.path).read_bytes()
    assert (part.file.bytes, part.file.sha256) == (len(data), sha256(data).hexdigest())
    table = pq.read_table(part.file.path)
    assert table.schema.equals(ARTICLES)
    assert pq.read_schema(part.file.path).metadata[b"wirefold.schema_version"] == b"1"
    assert table["run_id"].to_pylist() == ["run"] * 5
    assert table["article_id"].to_pylist() == sorted(table["article_id"].to_pylist())
    assert part.counts["languages"] == [(("it",), 5)]


def test_bytes_do_not_depend_on_how_rows_were_staged(tmp_path):
    articles = [an_article(f"{n}", event_at=AS_OF - timedelta(minutes=n % 50)) for n in range(300)]
    whole = write_all(tmp_path, decided(tmp_path, articles))
    random.Random(7).shuffle(articles)
    pieces = write_all(tmp_path, decided(tmp_path, articles[:10], articles[10:150], articles[150:]))
    assert [part.file.sha256 for part in whole] == [part.file.sha256 for part in pieces]


def test_a_large_part_has_several_row_groups(tmp_path):
    rows = decided(tmp_path, [an_article(str(n)) for n in range(GROUP_ROWS + 3)])
    (part,) = write_all(tmp_path, rows)
    found = pq.read_metadata(part.file.path)
    assert [found.row_group(k).num_rows for k in range(found.num_row_groups)] == [GROUP_ROWS, 3]


@pytest.mark.parametrize("language", ["../../x", "it /../x"])
def test_a_name_from_data_never_becomes_a_path(tmp_path, language):
    rows = decided(tmp_path, [an_article("a", language=language)])
    with pytest.raises(ValueError, match="not a language code"):
        list(plan_parts(rows, "date,lang"))


def test_rows_that_are_not_those_decided_on_are_noticed(tmp_path):
    rows = decided(tmp_path, [an_article("a"), an_article("b")])
    index = rows.schema.get_field_index("article_id")
    wrong = rows.set_column(index, rows.schema.field(index), rows["article_id"].take([1, 0]))
    with RowReader() as reader, pytest.raises(RuntimeError, match="not those"):
        published_rows(wrong, "run", reader)


def test_ids_of_both_rows_are_there(tmp_path):
    rows = decided(tmp_path, [an_article("a"), an_article("b")])
    with RowReader() as reader:
        found = published_rows(rows, "run", reader)
    assert set(found["article_id"].to_pylist()) == {digest("a"), digest("b")}
