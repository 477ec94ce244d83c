"""Tests of transforms/formats/rows.py."""

from datetime import date, datetime

import pytest

from pipeline.config import MAPPABLE
from transforms.formats.origin import Origin
from transforms.formats.rows import COLUMNS, holds_text, to_item

ORIGIN = Origin("/in/desk/a.csv", "desk/a.csv", "desk")


def item(row, **fields):
    return to_item(row, 3, Origin(ORIGIN.uri, ORIGIN.place, ORIGIN.folder, fields))


def test_a_row_is_named_by_its_number():
    found = item({"text": "a"})

    assert (found.source_uri, found.place) == ("/in/desk/a.csv#3", "desk/a.csv#3")
    assert found.default_source == "desk"


@pytest.mark.parametrize(
    ("field", "column"),
    [
        (field, column)
        for field, columns in {
            "id": "id guid",
            "url": "url link",
            "title": "title headline",
            "text": "text body content article",
            "published": "published published_at date pubDate publishedAt",
            "source": "source publisher domain",
            "language": "language lang",
            "summary": "summary description",
        }.items()
        for column in columns.split()
    ],
)
def test_every_name_of_the_contract_is_known(field, column):
    for spelling in (column, column.upper(), column.replace("_", " ")):
        assert getattr(item({spelling: "x"}), field) == "x"


@pytest.mark.parametrize("column", ["authors", "author", "byline"])
def test_authors_come_in_many_forms(column):
    assert item({column: "Anna Rossi; Luca Bianchi"}).authors == ("Anna Rossi", "Luca Bianchi")
    assert item({column: "Rossi, Anna"}).authors == ("Rossi, Anna",)
    assert item({column: ["Anna", {"name": "Luca"}, None]}).authors == ("Anna", "Luca")


@pytest.mark.parametrize("column", ["tags", "keywords"])
def test_tags_come_in_many_forms(column):
    assert item({column: "ponti, strade;treni"}).tags == ("ponti", "strade", "treni")
    assert item({column: ["ponti", {"term": "strade"}]}).tags == ("ponti", "strade")


def test_the_best_name_with_a_value_wins():
    assert item({"content": "b", "text": "a"}).text == "a"
    assert item({"content": "b", "text": ""}).text == "b"
    assert item({"content": "b", "text": None}).text == "b"
    assert item({"content": "b", "text": float("nan")}).text == "b"


def test_map_names_another_column():
    row = {"text": "a", "Body copy": "b", "id": 1}

    assert item(row, text="Body copy").text == "b"
    assert item(row | {"Body copy": ""}, text="Body copy").text is None


def test_map_leaves_tables_without_that_column_alone():
    assert item({"text": "a"}, text="Body copy").text == "a"


def test_values_are_taken_for_what_they_are():
    found = item({"id": 12, "text": ["a", "b"], "source": {"id": 1, "name": "BBC"}})

    assert (found.id, found.text, found.source) == ("12", "a\n\nb", "BBC")
    assert item({"text": b"caff\xc3\xa8"}).text == "caffè"
    assert item({"text": {"html": "x"}}).text is None


@pytest.mark.parametrize("value", [1718790000, "x", date(2024, 6, 19), datetime(2024, 6, 19), 1.5])
def test_dates_are_passed_on_as_they_are(value):
    assert item({"date": value}).published == value


def test_a_row_with_an_url_and_no_source_is_its_hosts():
    assert item({"text": "a", "url": "https://www.ansa.it/x"}).default_source == "ansa.it"


@pytest.mark.parametrize(
    ("text", "markup"), [("<p>a", True), ("a &amp; b", True), ("a < b", False)]
)
def test_markup_is_noticed(text, markup):
    assert item({"text": text}).markup is markup


def test_a_table_needs_text_or_summary():
    assert holds_text(["title", "Body"], {})
    assert holds_text(["description"], {})
    assert holds_text(["foo"], {"text": "foo"})
    assert not holds_text(["title", "url"], {})


def test_the_fields_are_those_that_map_may_name():
    assert set(COLUMNS) == set(MAPPABLE)
