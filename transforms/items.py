"""Raw items, and the one way in which an item becomes an article.

Formats and feeds give `Item`s without interpreting anything; `to_article` alone cleans texts,
reads dates, makes URLs canonical and decides identity, so that a row, a feed entry and a page
are treated alike.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import Final

from transforms.dates import read_date
from transforms.html import fragment_text
from transforms.records import UNDETERMINED, Article, ItemError
from transforms.text import clean, clean_line
from transforms.urls import canonical_url

ID_BYTES: Final = 16  # 128 bits: the odds of any collision among 10^12 items are below 10^-14
MAX_TEXT: Final = 1_000_000  # characters; the longest article of the test corpora has 0.4 million
END_OF_TIME: Final = datetime(9990, 1, 1, tzinfo=UTC)  # as-of for dates that may lie ahead
_LANGUAGE: Final = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item as a format or feed gave it: raw values, nothing interpreted yet."""

    source_uri: str  # where it was read, with #row or #guid
    place: str  # identity of last resort: folder name, path below it, row number
    default_source: str  # outlet when the item names none: folder name, feed title or domain
    id: str | None = None  # the row's own id, or a guid that is unique in its feed
    namespace: str = ""  # the feed url that the id belongs to; "" for files: then source + id
    url: str | None = None
    url_identifies: bool = True  # false for a front page, or a URL that several entries share
    source: str | None = None
    title: str | None = None  # this and the next two: plain, or HTML as `markup` says
    summary: str | None = None
    text: str | None = None
    markup: bool = False
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    published: str | int | float | datetime | date | None = None  # as it was written
    embargo: str | None = None  # not to be published before, as it was written
    language: str | None = None  # a hint
    fetched_at: datetime | None = None
    warnings: tuple[str, ...] = ()


def to_article(item: Item, as_of: datetime) -> Article:
    """Return the article that an item describes; its text is the item's text, else its summary.

    Without any text, or before the end of its embargo, it raises ItemError.
    """
    if item.embargo:
        _check_embargo(item.embargo, as_of)
    plain = fragment_text if item.markup else clean
    summary = plain(item.summary) if item.summary else ""
    text = (plain(item.text) if item.text else "") or summary
    if not text:
        raise ItemError("no_text", "neither text nor summary")
    source = clean_line(item.source) or clean_line(item.default_source) or "unknown"
    url = canonical_url(item.url) if item.url else None
    moment, warnings = read_date(item.published, as_of, item.language)
    if "\ufffd" in text:
        warnings += ("bad_characters",)
    if len(text) > MAX_TEXT:
        text = text[:MAX_TEXT].rstrip()
        warnings += ("truncated",)
    return Article(
        article_id=_article_id(item, source, url if item.url_identifies else None),
        source=source,
        source_uri=item.source_uri,
        url=url,
        title=clean_line(plain(item.title)) if item.title else None,
        summary=summary or None,
        authors=_lines(item.authors),
        tags=_lines(item.tags),
        text=text,
        published_at=moment.at if moment else None,
        published_precision=moment.precision if moment else None,
        event_at=moment.at if moment else as_of,
        fetched_at=item.fetched_at,
        language=_language(item.language),
        content_hash=content_hash(text),
        warnings=tuple(sorted({*item.warnings, *warnings})),
    )


def _check_embargo(embargo: str, as_of: datetime) -> None:
    """Raise ItemError until an embargo is over; one that cannot be read never is."""
    end, _ = read_date(embargo, END_OF_TIME)
    if end is None or end.at > as_of:
        raise ItemError("embargoed", f"until {embargo[:80]}", retryable=True)


def content_hash(text: str) -> str:
    """Return the hash of a text that ignores how its blanks and lines are set."""
    return blake2b(text.encode().translate(None, b" \t\n"), digest_size=ID_BYTES).hexdigest()


def _article_id(item: Item, source: str, url: str | None) -> str:
    """Return what identifies the item: its URL, else feed and guid, else source and id, else place.

    The first word keeps the four kinds apart.
    """
    if url:
        return _digest(f"url\0{url}")
    own = clean_line(item.id)
    if own and item.namespace:
        return _digest(f"feed\0{item.namespace}\0{own}")
    if own:
        return _digest(f"id\0{source}\0{own}")
    return _digest(f"place\0{item.place}")


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=ID_BYTES).hexdigest()


def _language(hint: str | None) -> str:
    """Return the hint's primary language when it has the form of a BCP 47 tag, else `und`."""
    match = _LANGUAGE.fullmatch(hint.strip()) if hint else None
    return match[1].lower() if match else UNDETERMINED


def _lines(values: Iterable[str]) -> tuple[str, ...]:
    """Return the cleaned values in their order, blank and repeated ones left out."""
    return tuple(dict.fromkeys(line for value in values if (line := clean_line(value))))
