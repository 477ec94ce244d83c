"""Tests of transforms/formats/documents.py."""

import pytest

from transforms.formats.documents import read_html, read_text
from transforms.formats.origin import Origin

ORIGIN = Origin("/in/desk/a.txt", "desk/a.txt", "desk")


def text(data):
    (item,) = read_text(data if isinstance(data, bytes) else data.encode(), ORIGIN)
    return item


def test_a_plain_text_has_no_title_and_no_date():
    item = text("Il 19 giugno 2024 il ponte.\n\nIscriviti\n(Foto: ANSA, 20 giugno 2024)")

    assert (item.title, item.published, item.warnings) == (None, None, ())
    assert (item.source_uri, item.place, item.default_source) == (ORIGIN.uri, ORIGIN.place, "desk")


@pytest.mark.parametrize(
    ("header", "date"),
    [
        (" date 2024-06 ", "2024-06"),
        ("date: 2024-06-19\n", "2024-06-19"),
        (" date 2024-06-19 10:00 ", "2024-06-19 10:00"),
        (" date 19/06/2024 ", "19/06/2024"),
        (" date 19 giugno 2024 ", "19 giugno 2024"),
        ("\ufeffDate 2024-06-19T10:00:00Z\n", "2024-06-19T10:00:00Z"),
    ],
)
def test_a_header_line_says_the_date(header, date):
    item = text(header + "Un accordo di mutua difesa")

    assert item.published == date
    assert item.text.strip() == "Un accordo di mutua difesa"


def test_header_lines_say_more():
    item = text(
        "Titolo: Il ponte\r\nData: 19 giugno 2024, 10:00\r\nAutore: Anna Rossi\r\nFonte: ANSA\r\n"
        "URL: https://a.example/x\r\n\r\nIl ponte: chiuso.\r\nData: da definire."
    )

    assert (item.title, item.published) == ("Il ponte", "19 giugno 2024, 10:00")
    assert (item.authors, item.source) == (("Anna Rossi",), "ANSA")
    assert (item.url, item.text.strip()) == (
        "https://a.example/x",
        "Il ponte: chiuso.\nData: da definire.",
    )


def test_header_lines_alone_are_the_text():
    item = text("Fonte: Reuters\n")

    assert (item.source, item.text) == (None, "Fonte: Reuters\n")


@pytest.mark.parametrize(
    "opening",
    ["date 2024", "a date 2024-06 x", "dates 2024-06 x", "date 2024-067 x", "update 2024-06 "],
)
def test_what_only_resembles_a_header_line_is_text(opening):
    item = text(f"{opening} e altro")

    assert (item.published, item.text) == (None, f"{opening} e altro")


def test_a_guessed_charset_is_noted():
    item = text("perché la città è così".encode("latin-1"))

    assert (item.text, item.warnings) == ("perché la città è così", ("charset_guessed",))


def test_a_page_is_read_with_its_metadata():
    page = b"""<html lang=it><head><meta property=og:title content="Il ponte">
    <link rel=canonical href=https://www.ansa.it/ponte></head>
    <body><p>Il ponte.</p></body></html>"""
    (item,) = read_html(page, ORIGIN)

    assert (item.title, item.text, item.url) == (
        "Il ponte",
        "Il ponte.",
        "https://www.ansa.it/ponte",
    )
    assert (item.default_source, item.source, item.language) == ("ansa.it", None, "it")
