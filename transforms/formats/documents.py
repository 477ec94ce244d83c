"""Files that are read whole: plain text, web pages, saved feeds."""

import re
from collections.abc import Iterator
from typing import Final

from transforms.agency import looks_like_agency, parse_agency
from transforms.feeds import HEAD_BYTES, parse_feed
from transforms.formats.origin import Origin, Refused
from transforms.items import Item
from transforms.pages import read_page
from transforms.text import decode
from transforms.urls import host

# ` date 2024-06 ` at the very beginning: what some scrapers put before the text, on its line.
_SCRAPED: Final = re.compile(
    r"\s*date[ :]+(\d{4}-\d\d(?:-\d\d(?:[T ]\d\d:\d\d\S*)?)?"
    r"|\d\d?[/.-]\d\d?[/.-]\d{4}|\d\d?\.? [^\W\d_]{3,12} \d{4})(?=\s)",
    re.IGNORECASE,
)
_LABELLED: Final = re.compile(r"\s*([^\W\d_]+)[ \t]*:[ \t]*(\S.*)(?:\n|$)")
_LABELS: Final = {
    "title": "title headline titolo titel titre título tytuł заголовок",
    "published": "date published data datum fecha дата",
    "author": "author byline autore autor auteur автор",
    "source": "source fonte quelle fuente bron źródło источник",
    "url": "url link",
}
_FIELD_OF: Final = {label: field for field, labels in _LABELS.items() for label in labels.split()}


def read_text(data: bytes, origin: Origin) -> Iterator[Item]:
    """Read a plain text; only header lines at its beginning say a title, a date and the like."""
    text, warnings = decode(data)
    said, text = _header(text.replace("\r\n", "\n"))
    yield Item(
        source_uri=origin.uri,
        place=origin.place,
        default_source=origin.folder,
        url=said.get("url"),
        source=said.get("source"),
        title=said.get("title"),
        text=text,
        authors=(said["author"],) if "author" in said else (),
        published=said.get("published"),
        warnings=warnings,
    )


def _header(text: str) -> tuple[dict[str, str], str]:
    """Return what the header lines of a text say, and the text below them.

    Where there is nothing below, they are the text.
    """
    if scraped := _SCRAPED.match(text):
        return {"published": scraped[1]}, text[scraped.end() :]
    said: dict[str, str] = {}
    at = 0
    while line := _LABELLED.match(text, at):
        field, value = _FIELD_OF.get(line[1].lower(), ""), line[2].strip()
        if not field or field in said or not _fits(field, value):
            break
        said[field] = value
        at = line.end()
    return (said, text[at:]) if text[at:].strip() else ({}, text)


def _fits(field: str, value: str) -> bool:
    """Tell whether a value is of its field's kind: `Data: the new oil` is a sentence."""
    if field == "published":
        return re.search(r"\d{4}", value) is not None and len(value) <= 60
    return value.startswith("http") if field == "url" else len(value) <= 300


def read_feed(data: bytes, origin: Origin) -> Iterator[Item | Refused]:
    """Read a saved feed, or an agency's document: their items; else ItemError `not_a_feed`."""
    parse = parse_agency if looks_like_agency(data[:HEAD_BYTES]) else parse_feed
    for found in parse(data, origin.uri, place=origin.place, default_source=origin.folder):
        yield found if isinstance(found, Item) else Refused(*found)


def read_html(data: bytes, origin: Origin, charset: str | None = None) -> Iterator[Item]:
    """Read a web page: its main text, and what its metadata say. `charset` is the server's."""
    page = read_page(data, charset)
    yield Item(
        source_uri=origin.uri,
        place=origin.place,
        default_source=(host(page.url) if page.url else None) or origin.folder,
        url=page.url,
        source=page.site,
        title=page.title,
        summary=page.summary,
        text=page.text,
        authors=page.authors,
        tags=page.tags,
        published=page.published,
        language=page.language,
        warnings=page.warnings,
    )
