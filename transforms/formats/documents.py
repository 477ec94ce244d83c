"""Files that are read whole: plain text, web pages, saved feeds."""

import re
from collections.abc import Iterator
from typing import Final

from transforms.feeds import parse_feed
from transforms.formats.origin import Origin, Refused
from transforms.items import Item
from transforms.pages import read_page
from transforms.text import decode
from transforms.urls import host

# ` date 2024-06 ` at the very beginning: what some scrapers put before the text.
_HEADER: Final = re.compile(r"\s*date[ :]+(\d{4}-\d\d(?:-\d\d(?:T\S+)?)?)(?=\s)", re.IGNORECASE)


def read_text(data: bytes, origin: Origin) -> Iterator[Item]:
    """Read a plain text; its title is unknown, its date too unless a header line says it."""
    text, warnings = decode(data)
    header = _HEADER.match(text)
    yield Item(
        source_uri=origin.uri,
        place=origin.place,
        default_source=origin.folder,
        text=text[header.end() :] if header else text,
        published=header[1] if header else None,
        warnings=warnings,
    )


def read_feed(data: bytes, origin: Origin) -> Iterator[Item | Refused]:
    """Read a saved feed: its entries. What is none raises ItemError `not_a_feed`."""
    for entry in parse_feed(data, origin.uri, place=origin.place, default_source=origin.folder):
        yield entry if isinstance(entry, Item) else Refused(*entry)


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
