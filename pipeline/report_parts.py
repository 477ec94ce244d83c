"""Tables, rankings and lists of a report: every figure that is drawn is also written."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import quote

from pipeline import charts
from pipeline.markup import NAME, Markup, element, join, shortened

ROWS: Final = 15  # of a ranking

WORDS: Final = 200  # characters of an address, a setting or a sample
_URL: Final = "%/:?#[]@!$&'()*+,;=~"  # characters that an address may hold as they are
LINK: Final = 500  # characters; a longer address is not linked

Cell = str | int | Markup
Number = TypeVar("Number", int, float)


def linked(title: str, url: str) -> Markup:
    """Return a headline that leads to its article, where there is an address of the web."""
    words = element("bdi", title)
    if not url.startswith(("http://", "https://")) or len(url) > LINK:
        return words
    return element("a", words, href=quote(url, _URL), rel="noopener noreferrer")


def largest(counts: Mapping[Any, Number]) -> list[tuple[Any, Number]]:
    """Return the counts, the largest first, ties by name."""
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


def ranking(caption: str, counts: Mapping[str, float]) -> Markup:
    """Return the largest counts with their bars."""
    ranked = largest(counts)
    most = ranked[0][1] if ranked else 0
    rows: list[list[Cell]] = [
        [
            element("bdi", shortened(name, NAME)),
            number_cell(f"{number:,.1f}" if isinstance(number, float) else f"{number:,}"),
            charts.bar([("articles", number)], most),
        ]
        for name, number in ranked[:ROWS]
    ]
    rest = len(ranked) - ROWS
    return table(caption + (f", {ROWS} of {len(ranked):,}" if rest > 0 else ""), (), rows)


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Markup:
    """Return a table; the first cell of each row is its head."""
    body = [
        element("tr", element("th", _text(first), scope="row"), map(_cell, rest))
        for first, *rest in rows
    ]
    head = element("thead", element("tr", [_head(name, at) for at, name in enumerate(heads)]))
    return element(
        "div",
        element(
            "table",
            element("caption", caption),
            head if heads else None,
            element("tbody", body),
        ),
        class_="scroll",
    )


def _head(name: str, at: int) -> Markup:
    if not name:
        return element("td")
    number = at > 0 and name in _NUMBERS
    return element("th", name, scope="col", class_="number" if number else None)


_NUMBERS: Final = {
    "this run", "before", "change", "articles", "copies", "items", "new", "files", "rows", "bytes",
}  # fmt: skip


def _cell(value: Cell) -> Markup:
    if isinstance(value, int):
        return element("td", f"{value:,}", class_="number")
    if isinstance(value, Markup) and value.startswith("<td"):
        return value
    drawn = isinstance(value, Markup) and value.startswith("<svg")
    return element("td", value, class_="drawn" if drawn else None)


def number_cell(text: str) -> Markup:
    """Return a cell of a number that has a form of its own."""
    return element("td", text, class_="number")


def _text(value: Cell) -> str:
    return f"{value:,}" if isinstance(value, int) else value


def key(colour: str, words: str) -> Markup:
    """Return an entry of a legend."""
    return element("li", charts.swatch(colour), words)


def legend(colours: Iterable[str]) -> Markup:
    """Return a legend of colours that are called what they mean."""
    return element("ul", [key(colour, colour) for colour in colours], class_="legend")


def pairs(named: Mapping[str, str]) -> Markup:
    """Return names with their values."""
    return element(
        "dl",
        [
            join(element("dt", name), element("dd", element("code", shortened(value, WORDS))))
            for name, value in named.items()
        ],
        class_="pairs",
    )
