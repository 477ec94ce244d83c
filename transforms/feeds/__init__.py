"""Feeds: the bytes of an RSS, Atom or JSON Feed document to Items. No network here.

document.py     bytes to text to tree: charset, DOCTYPE, what XML forbids
syndication.py  RSS 0.9x to 2.0, RDF and Atom
json_feed.py    JSON Feed 1.0 and 1.1
entries.py      entries to Items: which of guid, link and content identifies
lists.py        OPML and feeds.toml: lists of feeds
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from transforms.feeds.document import find_root, read_document
from transforms.feeds.entries import Origin, Refusal, to_items
from transforms.feeds.json_feed import read_json_feed
from transforms.feeds.syndication import read_syndication
from transforms.items import Item

HEAD_BYTES: Final = 4096  # enough for the declaration, comments and root element of real feeds
_JSON_FEED: Final = re.compile(
    r'"version"\s*:\s*"https?:\\?/\\?/(?:www\.)?jsonfeed\.org\\?/version'
)


def looks_like_feed(head: bytes) -> bool:
    """Tell from the first HEAD_BYTES of a document whether it is RSS, Atom or JSON Feed."""
    text, _ = read_document(head[:HEAD_BYTES])
    if text.startswith("{"):
        return _JSON_FEED.search(text) is not None
    return find_root(text) is not None


def parse_feed(  # noqa: PLR0913
    data: bytes,
    uri: str,
    *,
    place: str = "",
    default_source: str = "",
    feed_url: str = "",
    charset: str | None = None,
    fetched_at: datetime | None = None,
) -> Iterator[Item | Refusal]:
    """Yield the entries of a feed as Items, in its order; a bad entry as (source_uri, ItemError).

    `uri` is where the document lies, `place` its identity of last resort, `feed_url` the address
    that guids belong to (empty for a saved file), `charset` what the server declared. The feed's
    title is the source, else `default_source`. What is no feed at all raises ItemError.
    """
    text, warnings = read_document(data, charset)
    feed = read_json_feed(text) if text.startswith("{") else read_syndication(text)
    origin = Origin(uri, place or uri, default_source, feed_url, fetched_at, warnings)
    yield from to_items(feed, origin)


__all__ = ["HEAD_BYTES", "Refusal", "looks_like_feed", "parse_feed"]
