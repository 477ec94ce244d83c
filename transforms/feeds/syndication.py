"""RSS 0.9x to 2.0, RDF and Atom through feedparser, tamed.

Its sanitiser is off (200 times slower on long entries: we take the text out of HTML ourselves),
so is its rewriting of relative links inside texts, its dates are not used (it reads
`2016/6/29 15:07:41` as a day of the current month) and neither is `link`, which may be a guid.
"""

import io
import re
from typing import Any, Final
from xml.sax import SAXException

import feedparser

from transforms.feeds.document import for_parser
from transforms.feeds.entries import Entry, Feed, escaped
from transforms.html import holds_markup
from transforms.records import ItemError

_HEADERS: Final = {"content-type": "application/xml; charset=utf-8"}
# `<link uri="at://...">https://...</link>`: feedparser would take the attribute, not the text.
_LINK_ATTRIBUTE: Final = re.compile(r"""<link\s+ur[il]=(?:"[^"<>]*"|'[^'<>]*')\s*>""")
_END: Final = re.compile(r"</(?:[\w.-]+:)?(?:rss|feed|entry|RDF|channel)\s*>", re.IGNORECASE)
# What feedparser lets through on input that none of its tests has.
_FAULTS: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    SAXException,
    TypeError,
    ValueError,
)


def read_syndication(text: str) -> Feed:
    """Return the feed that an XML text holds.

    A text in which feedparser finds neither a known root element nor an entry raises ItemError.
    """
    document = for_parser(_LINK_ATTRIBUTE.sub("<link>", text))
    try:
        parsed = feedparser.parse(
            io.BytesIO(document),  # bytes as such it would first try as a file name
            response_headers=_HEADERS,  # no address: it would make guids absolute, too
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except _FAULTS as error:
        raise ItemError("not_a_feed", f"{type(error).__name__}: {error}") from error
    if not parsed.version and not parsed.entries:
        raise ItemError("not_a_feed", "neither RSS nor Atom")
    atom = parsed.version.startswith("atom")
    authors = _authors(parsed.feed) if atom else ()  # RFC 4287: entries inherit the feed's author
    return Feed(
        title=_markup(parsed.feed, "title", atom),
        home=_link(parsed.feed, atom),
        language=parsed.feed.get("language") or None,
        entries=[_entry(entry, atom, authors) for entry in parsed.entries],
        complete=_END.search(text[-512:]) is not None,
    )


def _entry(raw: dict[str, Any], atom: bool, feed_authors: tuple[str, ...]) -> Entry:
    content = max((_value(part, atom) for part in raw.get("content", ())), key=len, default="")
    summary = _markup(raw, "summary", atom)
    origin = raw.get("source") or {}
    return Entry(
        guid=raw.get("id") or None,
        link=_link(raw, atom),
        title=_markup(raw, "title", atom),
        summary=None if summary == content else summary,  # feedparser copies a lone content there
        content=content or None,
        authors=_authors(raw) or _authors(origin) or feed_authors,
        tags=(*_tags(raw), *_enclosures(raw)),
        dates=tuple(raw[key] for key in ("published", "updated", "created") if dict.get(raw, key)),
        language=_language(raw),
        source=_markup(origin, "title", atom),
    )


def _markup(raw: dict[str, Any], key: str, atom: bool) -> str | None:
    """Return a text construct as HTML, None when it is blank."""
    value = raw.get(key)
    if not value or not value.strip():
        return None
    return _value(raw.get(f"{key}_detail") or {"value": value}, atom)


def _value(detail: dict[str, Any], atom: bool) -> str:
    """Return the HTML of a text construct. Atom says which type it is; RSS leaves it to us."""
    value: str = detail.get("value") or ""
    plain = detail.get("type", "text/plain") == "text/plain" if atom else not holds_markup(value)
    return escaped(value) if plain else value


def _link(raw: dict[str, Any], atom: bool) -> str | None:
    """Return the alternate link, never a guid: in Atom the first, a page before other types.

    RSS knows one link; of several the last counts, as for most of its readers.
    """
    links = [
        link
        for link in raw.get("links", ())
        if link.get("rel", "alternate") == "alternate" and link.get("href", "").strip()
    ]
    links = [link for link in links if link["href"].strip().startswith("http")] or links
    links = [link for link in links if "html" in link.get("type", "html")] or links
    return links[0 if atom else -1]["href"].strip() if links else None


def _authors(raw: dict[str, Any]) -> tuple[str, ...]:
    names = (author.get("name") or author.get("email") for author in raw.get("authors", ()))
    return tuple(name for name in names if name) or tuple(filter(None, (raw.get("author"),)))


def _tags(raw: dict[str, Any]) -> tuple[str, ...]:
    return tuple(
        name for tag in raw.get("tags", ()) if (name := tag.get("label") or tag.get("term"))
    )


def _enclosures(raw: dict[str, Any]) -> tuple[str, ...]:
    """Return the types of what is attached, as tags: `enclosure:audio/mpeg`."""
    links = (link for link in raw.get("links", ()) if link.get("rel") == "enclosure")
    return tuple(f"enclosure:{link['type']}" for link in links if link.get("type"))


def _language(raw: dict[str, Any]) -> str | None:
    details = (*raw.get("content", ()), raw.get("summary_detail"), raw.get("title_detail"))
    return next((d["language"] for d in details if d and d.get("language")), None)
