"""Tests of transforms/formats/tables.py."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.formats import tables
from transforms.formats.origin import Origin, Refused
from transforms.formats.tables import read_table
from transforms.records import ItemError

ORIGIN = Origin("/in/a.csv", "in/a.csv", "in")


def read(text, *args):
    data = text if isinstance(text, bytes) else text.encode()
    return list(read_table(io.BytesIO(data), ORIGIN, *args))


def outcomes(text, *args):
    return [
        found.error.reason if isinstance(found, Refused) else (found.title, found.text)
        for found in read(text, *args)
    ]


def test_quotes_may_hold_everything():
    table = 'title,text\r\nA,"one\r\ntwo, ""three"""\r\n\r\nB,b\r\n'

    assert outcomes(table) == [("A", 'one\r\ntwo, "three"'), ("B", "b")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_headers(delimiter):
    table = f"title{delimiter}text{delimiter}x\nA{delimiter}a{delimiter}\n"

    assert outcomes(table) == [("A", "a")]


def test_excel_may_name_the_delimiter():
    assert outcomes("sep=;\r\ntitle;text, of a kind;text\r\nA;x;a\r\n") == [("A", "a")]


@pytest.mark.parametrize(
    "broken",
    ['"never closed,b', 'A,"never closed', 'A,"closed" twice"', "A", "A,b,c", '"A" x,b'],
)
def test_a_broken_row_costs_that_line_only(broken):
    table = f'title,text\nA,a\n{broken}\n"C","c\nc"\nD,d\n'

    assert outcomes(table) == [("A", "a"), "bad_csv", ("C", "c\nc"), ("D", "d")]


def test_a_broken_row_is_shown():
    (refused,) = [found for found in read('title,text\nA,"b\nC,c\n') if isinstance(found, Refused)]

    assert (refused.uri, refused.sample) == ("/in/a.csv#1", 'A,"b\n')


def test_a_quote_that_is_never_closed_is_noticed_before_all_is_in_memory(monkeypatch):
    monkeypatch.setattr(tables, "RECORD_CHARACTERS", 100)
    table = 'title,text\nA,"open\n' + "B,b\n" * 50

    assert outcomes(table) == ["bad_csv"] + [("B", "b")] * 50


def test_a_line_that_is_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(tables, "RECORD_CHARACTERS", 100)

    assert outcomes(f"title,text\nA,{'x' * 200}\nB,b\n") == ["bad_csv", ("B", "b")]


def test_a_tsv_need_not_quote():
    table = 'title\ttext\n"A" says\ta "b" c\n"B"\t"b\tb"\n'

    assert outcomes(table, (0, 1), "\t") == [('"A" says', 'a "b" c'), ("B", "b\tb")]


def test_a_table_without_text_is_refused():
    with pytest.raises(ItemError, match=r"no_text_column: columns: title, url"):
        read("title,url\nA,x\n")


@pytest.mark.parametrize("table", ["", "\n\n"])
def test_an_empty_table_is_refused(table):
    with pytest.raises(ItemError, match="empty"):
        read(table)


def test_a_header_with_a_carriage_return_is_refused():
    with pytest.raises(ItemError, match="bad_csv: header"):
        read("title,text\rA,a\rB,b\n")


def test_a_header_alone_is_no_item():
    assert read("title,text\n") == []


def test_another_charset_is_guessed_and_noted_where_it_was():
    table = "title,text\nA,plain\nB,la città è così\n".encode("latin-1")
    first, second = read(table)

    assert (first.warnings, second.warnings) == ((), ("charset_guessed",))
    assert second.text == "la città è così"


def test_nul_bytes_are_left_out():
    assert outcomes("title,text\nA,b\0c\n") == [("A", "bc")]


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@given(st.lists(st.tuples(CELLS, CELLS).filter(lambda row: row != ("", ""))), st.integers(1, 3))
def test_what_python_writes_is_read_back_and_can_be_shared(rows, shares):
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows([("title", "text"), *rows])
    found = [item for k in range(shares) for item in read(file.getvalue(), (k, shares))]
    found.sort(key=lambda item: int(item.source_uri.split("#")[1]))

    assert [(item.title or "", item.text or "") for item in found] == rows
