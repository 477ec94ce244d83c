"""JSON Feed 1.0 and 1.1 (jsonfeed.org), which feedparser does not read."""

import json
from collections.abc import Mapping
from typing import Any

from transforms.feeds.entries import Entry, Feed, escaped
from transforms.records import ItemError


def read_json_feed(text: str) -> Feed:
    """Return the feed that a JSON text holds; anything else raises ItemError.

    Fields of the wrong type are as good as missing; an item that is no object is refused alone.
    """
    try:
        data = json.loads(text, strict=False)  # raw line breaks in strings are a common fault
    except (ValueError, RecursionError) as error:
        raise ItemError("not_a_feed", f"JSON: {error}") from error
    if not isinstance(data, dict) or not isinstance(data.get("items"), list):
        raise ItemError("not_a_feed", "JSON, but no object with a list of items")
    authors = _authors(data)
    return Feed(
        title=_plain(data, "title"),
        home=_string(data, "home_page_url"),
        language=_string(data, "language"),
        entries=[_entry(item, authors) for item in data["items"]],
    )


def _entry(item: object, feed_authors: tuple[str, ...]) -> Entry | ItemError:
    if not isinstance(item, dict):
        return ItemError("bad_entry", f"an item that is {type(item).__name__}, not an object")
    return Entry(
        guid=_string(item, "id"),
        link=_string(item, "url") or _string(item, "external_url"),
        title=_plain(item, "title"),
        summary=_plain(item, "summary"),
        content=_string(item, "content_html") or _plain(item, "content_text"),
        authors=_authors(item) or feed_authors,
        tags=(*_strings(item.get("tags")), *_attachments(item.get("attachments"))),
        dates=tuple(
            filter(None, (_string(item, "date_published"), _string(item, "date_modified")))
        ),
        language=_string(item, "language"),
    )


def _string(data: Mapping[str, Any], key: str) -> str | None:
    """Return a string, or a number as one (some writers' ids), else None."""
    value = data.get(key)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return value.strip() or None if isinstance(value, str) else None


def _plain(data: Mapping[str, Any], key: str) -> str | None:
    value = _string(data, key)
    return escaped(value) if value else None


def _strings(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _authors(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names in `authors` (1.1), else in `author` (1.0)."""
    several = data.get("authors")
    people = several if isinstance(several, list) and several else [data.get("author")]
    names = (_string(person, "name") for person in people if isinstance(person, dict))
    return tuple(filter(None, names))


def _attachments(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else []
    types = (_string(item, "mime_type") for item in items if isinstance(item, dict))
    return tuple(f"enclosure:{kind}" for kind in types if kind)
