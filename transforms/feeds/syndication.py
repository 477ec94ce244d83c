"""RSS 0.9x to 2.0, RDF and Atom 0.3 and 1.0 to entries, by feedparser.

feedparser is given a document that is already decoded, repaired and bounded (document.py): it has
no bounds of its own. Its sanitiser is off, markup becomes text later, once; and of links, ids and
dates only what the document says is taken, not what feedparser makes of it.
"""

import re
from collections.abc import Iterable
from io import BytesIO
from itertools import islice
from typing import Any, Final

import feedparser
from lxml import etree

from transforms.feeds.document import read_tree
from transforms.feeds.entries import MAX_ENTRIES, Entry, Feed, escaped
from transforms.html import holds_markup

Element = etree._Element
Parsed = dict[str, Any]  # feedparser's dictionaries; read with dict.get, which guesses nothing

_ENTRY_TAGS: Final = (*("{*}item", "{*}entry", "{*}Item", "{*}ITEM"), *("atom:entry", "rss:item"))
_TAG: Final = re.compile(
    r"<[A-Za-z][\w:-]*(?:\s+[\w:-]+\s*=|\s*/?>)|</[A-Za-z]"
)  # not `a <b and c> d`
_END: Final = re.compile(r"</(?:[\w.-]+:)?(?:rss|feed|entry|RDF|channel)\s*>", re.IGNORECASE)
_NO_TEXT: Final = re.compile(r"image/|audio/|video/|application/(?:pdf|zip)")
_HTML: Final = ("text/html", "application/xhtml+xml")
# Characters of a value that is no text: 200,000 of an author keep feedparser's patterns for
# mail addresses busy without end.
MAX_VALUE: Final = 1000
MAX_ATTRIBUTES: Final = 32  # of one element; 200,000 keep feedparser busy for minutes
_TEXTS: Final = re.compile(r"title|description|summary|content|encoded|body|abstract|div|p|text")


def read_syndication(text: str) -> Feed:
    """Return the feed that an XML text holds; what is none raises ItemError."""
    parsed = feedparser.parse(
        BytesIO(_bounded(read_tree(text))),
        sanitize_html=False,
        resolve_relative_uris=False,
        response_headers={"content-type": "application/xml; charset=utf-8"},
    )
    atom = parsed.version.startswith("atom")
    feed: Parsed = parsed.feed
    people = _authors(feed) if atom else ()  # RFC 4287: entries inherit the feed's author
    return Feed(
        title=_detail(dict.get(feed, "title_detail"), atom),
        home=_link(feed, atom),
        language=dict.get(feed, "language"),
        entries=[_entry(entry, atom, people) for entry in parsed.entries],
        complete=_END.search(text[-512:]) is not None,
    )


def _bounded(root: Element) -> bytes:
    """Return the document without entries too many, endless names and dates, and false links."""
    for entry in islice(list(root.iter(*_ENTRY_TAGS)), MAX_ENTRIES + 1, None):
        if (parent := entry.getparent()) is not None:
            parent.remove(entry)
    for element in root.iter(etree.Element):
        name = element.tag.rpartition("}")[2].rpartition(":")[2].lower()
        if element.text and len(element.text) > MAX_VALUE and not _TEXTS.fullmatch(name):
            element.text = element.text[:MAX_VALUE]
        if len(element.attrib) > MAX_ATTRIBUTES:
            element.attrib.clear()
        if name == "link" and (element.text or "").strip():  # feedparser prefers the attributes
            element.attrib.clear()
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _entry(entry: Parsed, atom: bool, feed_authors: tuple[str, ...]) -> Entry:
    contents = [_detail(one, atom) or "" for one in dict.get(entry, "content", ())]
    source: Parsed = dict.get(entry, "source", {})
    dates = (dict.get(entry, name) for name in ("published", "updated", "created"))
    return Entry(
        guid=(dict.get(entry, "id") or "").strip() or None,
        link=_link(entry, atom),
        title=_detail(dict.get(entry, "title_detail"), atom),
        summary=_detail(dict.get(entry, "summary_detail"), atom),
        content=max(contents, key=len, default="") or None,
        authors=_authors(entry) or _authors(source) or feed_authors,
        tags=(*_tags(entry), *_enclosures(entry)),
        dates=tuple(date for date in dates if date),
        language=_language(entry),
        source=_detail(dict.get(source, "title_detail"), atom) or dict.get(source, "title"),
    )


def _detail(detail: Parsed | None, atom: bool) -> str | None:
    """Return a text construct as HTML. Atom says what it holds; RSS leaves it to the reader."""
    value = ((detail or {}).get("value") or "").strip()
    kind = (detail or {}).get("type") or "text/plain"
    if atom:
        markup = kind in _HTML
        value = "" if _NO_TEXT.match(kind) else value
    else:
        markup = holds_markup(value) or _TAG.search(value) is not None
    return (value if markup else escaped(value)) or None


def _link(entry: Parsed, atom: bool) -> str | None:
    """Return the alternate link, never a guid: in Atom the first, a page before other types.

    RSS knows one link; of several the last counts, as for most of its readers.
    """
    links = [
        link
        for link in dict.get(entry, "links", ())
        if link.get("rel", "alternate") == "alternate" and link.get("href")
    ]
    links = [link for link in links if "html" in link.get("type", "html")] or links
    links = links[:1] if atom else links[-1:]
    return links[0]["href"].strip() if links else None


def _authors(entry: Parsed) -> tuple[str, ...]:
    """Return the names of the people; a mail address only where there is no name."""
    people = (one.get("name") or one.get("email") for one in dict.get(entry, "authors", ()))
    return tuple(dict.fromkeys(name.strip() for name in people if name and name.strip()))


def _tags(entry: Parsed) -> tuple[str, ...]:
    tags = (tag.get("label") or tag.get("term") or "" for tag in dict.get(entry, "tags", ()))
    return tuple(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))


def _enclosures(entry: Parsed) -> tuple[str, ...]:
    """Return the types of what is attached, as tags: `enclosure:audio/mpeg`."""
    links = (link for link in dict.get(entry, "links", ()) if link.get("rel") == "enclosure")
    return tuple(f"enclosure:{kind}" for link in links if (kind := link.get("type", "").strip()))


def _language(entry: Parsed) -> str | None:
    details: Iterable[Parsed] = (
        *dict.get(entry, "content", ()),
        *(dict.get(entry, name, {}) for name in ("summary_detail", "title_detail")),
    )
    said = (detail.get("language") for detail in details)
    return dict.get(entry, "language") or next(filter(None, said), None)
