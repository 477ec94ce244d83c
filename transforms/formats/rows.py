"""Rows of any table: which field of an article each column is."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from math import isnan
from typing import Any, Final

from transforms.formats.origin import Origin
from transforms.html import holds_markup
from transforms.items import Item
from transforms.text import decode
from transforms.urls import host

Row = Mapping[str, Any]

# The columns that each field is looked for in, best first; spelt without case, `_`, `-` and blanks.
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "id": ("id", "guid"),
    "url": ("url", "link"),
    "title": ("title", "headline"),
    "text": ("text", "body", "content", "article"),
    "summary": ("summary", "description"),
    "published": ("published", "publishedat", "date", "pubdate"),
    "source": ("source", "publisher", "domain"),
    "authors": ("authors", "author", "byline"),
    "language": ("language", "lang"),
    "tags": ("tags", "keywords"),
}
_NAMED_BY: Final = ("name", "title", "term", "value")  # keys of {"name": "BBC"} and the like
_SEPARATORS: Final = re.compile(r"\s*[;|\n]\s*")
_TAG_SEPARATORS: Final = re.compile(r"\s*[;|,\n]\s*")


@lru_cache(maxsize=1024)  # rows of one file have few sets of columns
def _plan(columns: tuple[str, ...], mapped: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    """Return the columns that hold each field, best first."""
    folded: dict[str, list[str]] = {}
    for column in columns:
        folded.setdefault(re.sub(r"[\s_-]", "", column).casefold(), []).append(column)
    plan = {
        field: [c for n in names for c in folded.get(n, ())] for field, names in COLUMNS.items()
    }
    plan |= {field: [column] for field, column in mapped if column in columns}
    return {field: found for field, found in plan.items() if found}


def columns_of_interest(columns: Iterable[str], fields: Mapping[str, str]) -> dict[str, list[str]]:
    """Return which of a table's columns hold which field of an article."""
    return _plan(tuple(columns), tuple(sorted(fields.items())))


def holds_text(columns: Iterable[str], fields: Mapping[str, str]) -> bool:
    """Tell whether a table with these columns can hold articles."""
    plan = columns_of_interest(columns, fields)
    return "text" in plan or "summary" in plan


def to_item(row: Row, number: int, origin: Origin, warnings: tuple[str, ...] = ()) -> Item:
    """Return the item that a row holds; `number` counts rows from 1."""
    plan = columns_of_interest(row, origin.fields)
    found = {
        field: next((row[c] for c in columns if not _is_blank(row[c])), None)
        for field, columns in plan.items()
    }
    title, summary = _text(found.get("title")), _text(found.get("summary"))
    text, url = _text(found.get("text")), _text(found.get("url"))
    source = _name(found.get("source"))
    return Item(
        source_uri=f"{origin.uri}#{number}",
        place=f"{origin.place}#{number}",
        default_source=(host(url) if url and not source else None) or origin.folder,
        id=_text(found.get("id")),
        url=url,
        source=source,
        title=title,
        summary=summary,
        text=text,
        markup=any(value and holds_markup(value) for value in (text, title, summary)),
        authors=_names(found.get("authors"), _SEPARATORS),
        tags=_names(found.get("tags"), _TAG_SEPARATORS),
        published=_date(found.get("published")),
        language=_text(found.get("language")),
        warnings=warnings,
    )


def _is_blank(value: object) -> bool:
    return value is None or value in ("", [], {}) or (isinstance(value, float) and isnan(value))


def _text(value: object) -> str | None:
    """Return a column's value as text; a list of texts as its paragraphs."""
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, bytes):
        return decode(value)[0]
    if isinstance(value, list):
        return "\n\n".join(part for part in value if isinstance(part, str)) or None
    return str(value) if isinstance(value, int | float | Decimal) else None


def _date(value: object) -> str | int | float | date | None:
    return value if value is None or isinstance(value, str | int | float | date) else str(value)


def _name(value: object) -> str | None:
    """Return the name that a value is or holds: "BBC", {"id": 7, "name": "BBC"}."""
    if isinstance(value, Mapping):
        return next((value[key] for key in _NAMED_BY if isinstance(value.get(key), str)), None)
    return _text(value)


def _names(value: object, separators: re.Pattern[str]) -> tuple[str, ...]:
    """Return the names in a list, or in a text that separates them."""
    if isinstance(value, list):
        return tuple(name for part in value if (name := _name(part)))
    name = _name(value)
    return tuple(separators.split(name)) if name else ()
