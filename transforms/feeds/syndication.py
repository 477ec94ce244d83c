"""RSS 0.9x to 2.0, RDF and Atom 0.3 and 1.0 to entries, by feedparser.

feedparser is given a document that is already decoded, repaired and bounded (document.py): it has
no bounds of its own. Its sanitiser is off, markup becomes text later, once; and of links, ids and
dates only what the document says is taken, not what feedparser makes of it.
"""

import re
from collections import Counter
from collections.abc import Iterable
from io import BytesIO
from typing import Any, Final

import feedparser
from lxml import etree

from transforms.feeds.document import inner_html, read_tree
from transforms.feeds.entries import MAX_ENTRIES, Entry, Feed, escaped
from transforms.html import holds_markup
from transforms.records import ItemError
from transforms.urls import MAX_URL

Element = etree._Element
Parsed = dict[str, Any]  # feedparser's dictionaries; read with dict.get, which guesses nothing

_TAG: Final = re.compile(
    r"<[A-Za-z][\w:-]*(?:\s+[\w:-]+\s*=|\s*/?>)|</[A-Za-z]"
)  # not `a <b and c> d`
_END: Final = re.compile(r"</(?:[\w.-]+:)?(?:rss|feed|entry|RDF|channel)\s*>", re.IGNORECASE)
_NO_TEXT: Final = re.compile(r"image/|audio/|video/|application/(?:pdf|zip)")
_HTML: Final = ("text/html", "application/xhtml+xml")
_BASE64: Final = "application/octet-stream"
# What feedparser does not bound itself. It takes 20 us for an element; 20,000 categories of one
# entry take it 4 s, each being compared with all before; 200,000 characters of an author keep its
# patterns for mail addresses busy without end, 200,000 attributes for minutes.
MAX_ELEMENTS: Final = 60_000  # that are no markup of a text
MAX_SAME: Final = 500  # of one name in an entry, or in a feed outside its entries
MAX_VALUE: Final = MAX_URL  # characters of a value that is no text
MAX_ATTRIBUTES: Final = 32
_ENTRIES: Final = frozenset(("item", "entry"))
_TEXTS: Final = frozenset(
    (
        *("title", "subtitle", "tagline", "description", "summary", "abstract", "content"),
        *("encoded", "body", "fullitem", "rights", "copyright", "info"),
    )
)
# Prefixes that broken feeds use without declaring them.
_NAMESPACES: Final = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}
# What feedparser may let through; its own tests show none of them.
_FAULTS: Final = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


def read_syndication(text: str) -> Feed:
    """Return the feed that an XML text holds; what is none raises ItemError."""
    document = _bounded(read_tree(text))
    try:
        parsed = feedparser.parse(
            BytesIO(document),
            sanitize_html=False,
            resolve_relative_uris=False,
            response_headers={"content-type": "application/xml; charset=utf-8"},
        )
    except _FAULTS as error:
        raise ItemError("not_a_feed", f"{type(error).__name__}: {error}") from error
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
    """Return the document as feedparser may see it: well-formed, flat texts, nothing endless.

    Entries beyond the limit go (one stays, to tell of them), repeated elements too; more elements
    than MAX_ELEMENTS raise ItemError.
    """
    _tidy(root)
    waiting: list[tuple[Element, Counter[str]]] = [(root, Counter())]
    elements = entries = 0
    while waiting:
        parent, seen = waiting.pop()
        for child in list(parent.iterchildren(etree.Element)):
            name = _tidy(child)
            inside = Counter[str]() if name in _ENTRIES else seen
            entries += name in _ENTRIES
            seen[name] += name not in _ENTRIES
            beyond = entries > MAX_ENTRIES + 1 if name in _ENTRIES else seen[name] > MAX_SAME
            if beyond:
                parent.remove(child)
                continue
            elements += 1
            if elements > MAX_ELEMENTS:
                raise ItemError("too_large", f"more than {MAX_ELEMENTS:,} elements")
            if name in _TEXTS and not (name == "content" and "mrss" in child.tag):
                _flatten(child)
            else:
                child.text = (child.text or "")[:MAX_VALUE]
                waiting.append((child, inside))
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _tidy(element: Element) -> str:
    """Mend an element's name and attributes; return the name without namespace, in lower case."""
    tag = element.tag
    prefix, colon, name = tag.partition(":") if "{" not in tag else ("", "", "")
    if colon:  # a prefix that was never declared
        space = _NAMESPACES.get(prefix)
        element.tag = tag = f"{{{space}}}{name}" if space and name else tag.replace(":", "_")
    if len(element.attrib) > MAX_ATTRIBUTES:
        element.attrib.clear()
    for key in element.keys():  # noqa: SIM118 # an element is no dictionary: this is its copy
        if ":" in key and "{" not in key:
            del element.attrib[key]
    name = tag.rpartition("}")[2].lower()
    if name == "link" and (element.text or "").strip():  # feedparser prefers the attributes
        element.attrib.clear()
    return name


def _flatten(element: Element) -> None:
    """Make a text one piece: the markup inside it text, and all of it CDATA.

    feedparser is called for every `&lt;` of escaped text, but once for a line of CDATA.
    """
    text = element.text or ""
    if len(element):
        text = inner_html(element)
        del element[:]
        element.text = text
        element.set("type", "html")
        element.attrib.pop("mode", "")
    if ("<" in text or "&" in text) and "]]>" not in text:
        element.text = etree.CDATA(text)


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
        markup = kind in _HTML or (kind == _BASE64 and holds_markup(value))
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
