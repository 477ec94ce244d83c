"""Entries of feeds to Items: what identifies an entry, and where it was read."""

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from typing import Final
from urllib.parse import quote, urljoin

from transforms.dates import read_date
from transforms.html import fragment_text
from transforms.items import END_OF_TIME, Item
from transforms.records import ItemError

Refusal = tuple[str, ItemError]  # source_uri of an entry, and what is wrong with it
# A feed of so many entries takes 1.5 s. Feeds of the press have 10 to 1,000, archives more.
MAX_ENTRIES: Final = 5_000
MAX_DATE: Final = 100  # characters of anything that may be a date
MAX_GUID: Final = 512  # characters of a guid in source_uri; longer ones show as a row number
_FRAGMENT: Final = "/?:@!$&'()*+,;=~"  # what RFC 3986 allows in a fragment beside letters
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_FRONT_PAGE: Final = re.compile(r"https?://[^/?#]+/?", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as a feed gives it. Title, summary and content are HTML (plain text: escaped)."""

    guid: str | None = None
    link: str | None = None  # the page that the entry is about; may be relative to the feed's
    title: str | None = None
    summary: str | None = None
    content: str | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()  # as written, the best evidence of the publication first
    language: str | None = None
    source: str | None = None  # the outlet, where an aggregator names it; HTML


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed: its own title, home page, and entries in its order; None for an unusable one."""

    title: str | None = None  # HTML
    home: str | None = None
    language: str | None = None
    entries: list[Entry | ItemError] = field(default_factory=list)
    complete: bool = True  # false: the document ends before its root element does


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a feed was read and what is said of it from outside (see `parse_feed`)."""

    uri: str
    place: str
    default_source: str
    feed_url: str
    fetched_at: datetime | None
    warnings: tuple[str, ...]


def to_items(feed: Feed, origin: Origin) -> Iterator[Item | Refusal]:
    """Yield an Item for each entry. Where there is nothing but a title, it is the text, too.

    The id is the guid when it is unique in the feed, else guid and link together, else the link;
    without any of them that is unique the content stands for the entry (through `place`).
    """
    base = _resolve(feed.home, origin.feed_url) or origin.feed_url
    outlet = feed.title and fragment_text(feed.title)
    entries = [_with_link(entry, origin.feed_url or base) for entry in feed.entries]
    good = [entry for entry in entries if isinstance(entry, Entry)]
    counts = Counter(key for entry in good for key in {entry.guid, entry.link, _pair(entry)})
    for number, entry in enumerate(entries, 1):
        if number > MAX_ENTRIES:
            excess = ItemError("too_many_entries", f"only the first {MAX_ENTRIES:,} were read")
            yield f"{origin.uri}#{number}", excess
            return
        if isinstance(entry, ItemError):
            yield f"{origin.uri}#{number}", entry
            continue
        own_page = counts[entry.link] == 1 and not _is_front(entry.link, base)
        unique = entry.guid is not None and counts[entry.guid] == 1
        keys = (entry.guid, _pair(entry), entry.link if own_page else None)
        texts = (entry.content, entry.summary, entry.title)
        text = next((text for text in texts if text and _visible(text)), None)
        said = {
            "guid_repeated": entry.guid is not None and not unique,
            "title_only": text is not None and text is entry.title,
            "truncated": entry is good[-1] and not feed.complete,
        }
        yield Item(
            source_uri=f"{origin.uri}#{_fragment(entry.guid if unique else None, number)}",
            place=f"{origin.place}#{_digest(entry.title, text)}",
            default_source=outlet or origin.default_source,
            id=next((key for key in keys if key and counts[key] == 1), None),
            namespace=origin.feed_url,
            url=entry.link,
            url_identifies=own_page,
            source=entry.source and fragment_text(entry.source),
            title=entry.title,
            summary=entry.summary,
            text=None if text is entry.summary else text,  # to_article falls back on the summary
            markup=True,
            authors=entry.authors,
            tags=entry.tags,
            published=_first_date(entry.dates, entry.language or feed.language),
            language=entry.language or feed.language,
            fetched_at=origin.fetched_at,
            warnings=(*origin.warnings, *(word for word, true in said.items() if true)),
        )


def escaped(text: str) -> str:
    """Return plain text as HTML."""
    return html.escape(text, quote=False)


def _visible(markup: str) -> bool:
    """Tell whether anything is left when the tags go: an image alone is no text."""
    return "<" not in markup or bool(_TAG.sub("", markup).strip())


def _pair(entry: Entry) -> str | None:
    return f"{entry.guid} {entry.link}" if entry.guid and entry.link else None


def _with_link(entry: Entry | ItemError, base: str) -> Entry | ItemError:
    """Return the entry with its link made absolute."""
    if isinstance(entry, ItemError) or not entry.link or _ABSOLUTE.match(entry.link):
        return entry
    return replace(entry, link=_resolve(entry.link, base))


def _resolve(link: str | None, base: str) -> str | None:
    try:
        return urljoin(base, link) if link else None
    except ValueError:  # an address that is none, such as `http://[`
        return None


def _is_front(link: str | None, home: str) -> bool:
    """Tell whether a link is a site's front page or the feed's home, and so no entry's own."""
    return link is not None and (
        _FRONT_PAGE.fullmatch(link) is not None or link.rstrip("/") == home.rstrip("/")
    )


def _first_date(dates: tuple[str, ...], language: str | None) -> str | None:
    """Return the first date that can be read, else the first: its reader says what is wrong."""
    dates = tuple(date[:MAX_DATE] for date in dates)
    if len(dates) > 1:
        for date in dates:
            if read_date(date, END_OF_TIME, language)[0]:
                return date
    return dates[0] if dates else None


def _fragment(guid: str | None, number: int) -> str:
    return quote(guid, _FRAGMENT) if guid and len(guid) <= MAX_GUID else str(number)


def _digest(*parts: str | None) -> str:
    joined = "\0".join(part or "" for part in parts)
    return blake2b(joined.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
