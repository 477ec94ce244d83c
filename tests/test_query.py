"""Tests of pipeline/query.py."""

import csv
import io
import json
import sys
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import BadUsage, MissingExtra
from pipeline.query import query
from transforms.schemas import ARTICLES, REJECTS

duckdb = pytest.importorskip("duckdb", reason="the extra `query` is not installed")


def article(article_id: str, **values):
    entity = {"name": "Kim", "label": "PER", "country": None, "count": 1, "mentions": []}
    row = {
        "article_id": article_id,
        "source": "ansa",
        "source_uri": f"/in/{article_id}.txt",
        "title": "平壌 [red]\x1b[31m",
        "text": "testo",
        "authors": [],
        "tags": ["a", "b"],
        "event_at": datetime(2024, 6, 19, 8, tzinfo=UTC),
        "language": "it",
        "language_confidence": 1.0,
        "entities": [entity, entity | {"name": "Corea", "label": "LOC", "country": "KP"}],
        "story_id": article_id,
        "reuse": "original",
        "reuse_of": [],
        "copies": 0,
        "revision": 1,
        "content_hash": "h",
        "warnings": [],
        "run_id": "r1",
    }
    return row | values


MANIFEST = {
    "run_id": "r1",
    "as_of": "2024-06-20T12:00:00+00:00",
    "started_at": "2024-06-21T12:00:00.5+00:00",
    "finished_at": "2024-06-21T12:00:02+00:00",
    "runner": "FnApiRunner",
    "counts": {
        "read": 3,
        "articles": 2,
        "duplicates": 0,
        "unchanged": 0,
        "rejects": 1,
        "rejects_by_reason": {"empty": 1},
        "languages": {"it": 1, "zh-Hans": 1},
        "entities_by_label": {"PER": 2},
        "stories": 2,
    },
    "sources": [{"uri": "/in", "kind": "folder", "status": "ok", "items": 3, "new": 2}],
    "files": [],
    "seconds": {"DetectLanguage": 0.5},
}


@pytest.fixture
def folder(tmp_path):
    """Make an output folder with a name that globs and SQL would misread."""
    root = tmp_path / "o[1]*'s"

    def write(path: str, rows: list, schema: pa.Schema) -> None:
        target = root / path / "part-00000-abc.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows, schema), target)

    write("articles/date=2024-06-19/lang=it", [article("a1")], ARTICLES)
    write("articles/date=2024-06-18", [article("a2", language="zh-Hans")], ARTICLES)
    reject = ["/in/x.txt", "ReadFiles", "empty", "no text", "", "r1", False]
    write("rejects/run=r%2F1", [dict(zip(REJECTS.names, reject, strict=True))], REJECTS)
    write("_staging/r2/articles/date=2024-06-19/lang=it", [article("a9")], ARTICLES)
    (root / "_runs/r1").mkdir(parents=True)
    (root / "_runs/r1/manifest.json").write_text(json.dumps(MANIFEST), "utf-8")
    return str(root)


def ask(directory, sql, form="json"):
    stream = io.BytesIO()
    query(str(directory), sql, form, stream)
    return json.loads(stream.getvalue()) if form == "json" else stream.getvalue().decode()


def test_views_exist_in_an_empty_folder(tmp_path):
    for view in ("articles", "duplicates", "rejects", "runs", "entities"):
        assert ask(tmp_path, f"SELECT count(*) AS n FROM {view}") == [{"n": 0}]


def test_views_are_all_that_shows(tmp_path):
    names = [row["name"] for row in ask(tmp_path, "SHOW TABLES")]

    assert names == ["articles", "duplicates", "entities", "rejects", "runs"]


def test_folders_of_both_partitionings_are_one_table(folder):
    rows = ask(folder, "SELECT article_id, date, lang FROM articles ORDER BY article_id")

    assert rows == [
        {"article_id": "a1", "date": "2024-06-19", "lang": "it"},
        {"article_id": "a2", "date": "2024-06-18", "lang": "zh-Hans"},
    ]


def test_columns_are_the_schemas_then_the_folders(folder):
    rows = ask(folder, "SELECT column_name FROM (DESCRIBE articles)")

    assert [row["column_name"] for row in rows] == [*ARTICLES.names, "date", "lang"]


def test_date_is_a_date(folder):
    assert ask(folder, "SELECT date + 1 AS next FROM articles WHERE date > '2024-06-18'") == [
        {"next": "2024-06-20"}
    ]


def test_runs_have_their_counts_as_columns(folder):
    (run,) = ask(folder, "FROM runs")

    assert (run["run_id"], run["read"], run["rejects_by_reason"]) == ("r1", 3, {"empty": 1})
    assert run["as_of"] == "2024-06-20 12:00:00+00"
    assert run["seconds"] == {"DetectLanguage": 0.5}
    assert run["sources"][0]["status"] == "ok"


def test_entities_have_a_row_each(folder):
    rows = ask(folder, "SELECT name, country, lang FROM entities WHERE article_id = 'a1'")

    assert rows == [
        {"name": "Kim", "country": None, "lang": "it"},
        {"name": "Corea", "country": "KP", "lang": "it"},
    ]


def test_rejects(folder):
    assert ask(folder, "SELECT reason, retryable FROM rejects") == [
        {"reason": "empty", "retryable": False}
    ]


def test_table_shows_control_characters_and_aligns_numbers(folder):
    shown = ask(folder, "SELECT title, copies FROM articles WHERE lang = 'it'", "table")

    assert shown.splitlines()[2] == "平壌 [red]\\x1b[31m       0"


def test_csv_quotes_what_needs_it(folder):
    shown = ask(folder, "SELECT 'a,\"b\"\n' AS x, NULL AS y, tags FROM articles LIMIT 1", "csv")

    assert [*csv.reader(io.StringIO(shown))] == [["x", "y", "tags"], ['a,"b"\n', "", "[a, b]"]]


def test_json_of_nothing_is_an_empty_list(folder):
    assert ask(folder, "FROM articles WHERE false") == []


def test_parquet_keeps_the_types(folder):
    stream = io.BytesIO()
    query(folder, "SELECT date, event_at, entities FROM articles ORDER BY date", "parquet", stream)

    found = pq.read_table(io.BytesIO(stream.getvalue()))

    assert found["date"].to_pylist() == [date(2024, 6, 18), date(2024, 6, 19)]
    assert found.schema.field("entities").type.value_type.field("count").type == pa.int32()


def test_names_of_columns_are_unique_or_told_apart(folder):
    assert len(ask(folder, "SELECT 1 AS a, 2 AS a", "csv").splitlines()) == 2


@pytest.mark.parametrize(
    "sql",
    [
        "COPY articles TO 'x.csv'",
        "CREATE TABLE t AS FROM articles",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP VIEW articles",
        "EXPLAIN ANALYZE COPY articles TO 'x.csv'",
        "ATTACH 'x.db'",
        "INSTALL httpfs",
        "SET threads = 1",
        "",
    ],
)
def test_only_one_select_is_carried_out(tmp_path, monkeypatch, sql):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(BadUsage, match="one SELECT is allowed"):
        ask(tmp_path, sql)

    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELEC 1", 'SQL: Parser Error: syntax error at or near "SELEC"'),
        ("FROM nope", "SQL: Catalog Error: Table with name nope does not exist!"),
        ("SELECT nope FROM articles", "SQL: Binder Error: Referenced column"),
        ("SELECT CAST('x' AS INT)", "SQL: Conversion Error: Could not convert string 'x'"),
    ],
)
def test_wrong_sql_is_answered_by_one_line(tmp_path, sql, message):
    with pytest.raises(BadUsage) as caught:
        ask(tmp_path, sql)

    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_without_duckdb_the_message_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)

    with pytest.raises(MissingExtra) as caught:
        ask(tmp_path, "SELECT 1")

    assert str(caught.value) == 'wirefold query needs an extra: pip install "wirefold[query]"'
