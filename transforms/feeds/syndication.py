"""RSS 0.9x to 2.0, RDF and Atom 0.3 and 1.0: an XML tree to entries.

Names are compared in lower case, with one prefix for each known namespace and none for those of
the feeds themselves; so are the names of undeclared prefixes, which broken feeds have.
"""

import re
from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from typing import Final
from urllib.parse import urljoin

from lxml import etree

from transforms.feeds.document import read_tree
from transforms.feeds.entries import MAX_ENTRIES, Entry, Feed, escaped
from transforms.html import holds_markup

Element = etree._Element
Fields = dict[str, list[Element]]  # the children of an element by name

_PREFIXES: Final = {
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/terms/": "dcterms:",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://search.yahoo.com/mrss": "media:",
    "http://search.yahoo.com/mrss/": "media:",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
    "http://www.w3.org/1999/xhtml": "xhtml:",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
}
# Namespaces of feeds: their elements have no prefix.
_PLAIN: Final = re.compile(
    r"https?://(?:www\.w3\.org/2005/atom|purl\.org/(?:atom|rss|echo|pie|net/rss)\b"
    r"|(?:my|channel)\.netscape\.com|backend\.userland\.com|blogs\.law\.harvard\.edu"
    r"|cyber\.(?:law\.)?harvard\.edu|www\.rssboard\.org|example\.com/(?:newformat|necho)).*"
    r"|uri/of/echo/namespace#"
)
_XML: Final = "{http://www.w3.org/XML/1998/namespace}"
_ABOUT: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_ENTRIES: Final = frozenset(("item", "entry"))
_ENTRY_TAGS: Final = (*("{*}item", "{*}entry", "{*}Item", "{*}ITEM"), *("atom:entry", "rss:item"))
_TAG: Final = re.compile(
    r"<[A-Za-z][\w:-]*(?:\s+[\w:-]+\s*=|\s*/?>)|</[A-Za-z]"
)  # not `a <b and c> d`
_NO_TEXT: Final = re.compile(r"image/|audio/|video/|application/(?:pdf|zip)")
_END: Final = re.compile(r"</(?:[\w.-]+:)?(?:rss|feed|entry|RDF|channel)\s*>", re.IGNORECASE)
_TITLES: Final = ("title", "dc:title", "media:title")
_SUMMARIES: Final = (
    *("summary", "description", "abstract", "dc:description", "dcterms:abstract"),
    *("itunes:summary", "media:description", "itunes:subtitle"),
)
_CONTENTS: Final = ("content:encoded", "content", "xhtml:body", "body", "fullitem")
_DATES: Final = (
    *("pubdate", "published", "issued", "dcterms:issued"),
    *("updated", "modified", "dcterms:modified", "dc:date", "date"),
    *("created", "dcterms:created"),
)
MAX_PERSON: Final = 200  # characters within which a name and a mail address are told apart
_NAME_IN_BRACKETS: Final = re.compile(r"\S+@\S+\s+\(([^()]+)\)")  # RSS: mail@a.example (Anna Rossi)
_MAIL_IN_BRACKETS: Final = re.compile(r"([^()]+?)\s*\([^\s()@]+@[^\s()@]+\)")
_NAME_BEFORE_MAIL: Final = re.compile(r"([^<>]+?)\s*<[^<>\s]+@[^<>\s]+>")


def read_syndication(text: str) -> Feed:
    """Return the feed that an XML text holds; what is none raises ItemError."""
    root = read_tree(text)
    atom = _key(root.tag) in ("feed", "entry")
    entries = [root] if _key(root.tag) == "entry" else _entries(root)
    channel = root if atom else next((el for el in root if _key(el.tag) == "channel"), root)
    fields = _fields(channel)
    people = _authors(fields) if atom else ()  # RFC 4287: entries inherit the feed's author
    return Feed(
        title=_first(fields, ("title", "dc:title"), atom),
        home=_link(fields, atom),
        language=_plain(fields, "language", "dc:language")
        or channel.get(f"{_XML}lang")
        or root.get(f"{_XML}lang"),
        entries=[_entry(entry, atom, people) for entry in entries],
        complete=_END.search(text[-512:]) is not None,
    )


def _entries(root: Element) -> list[Element]:
    """Return the entries, wherever they are: in the channel, beside it, or (broken) anywhere.

    One more than MAX_ENTRIES at most: its presence tells that there are more.
    """
    found = islice(root.iter(*_ENTRY_TAGS), MAX_ENTRIES + 1)
    return [el for el in found if not any(_key(up.tag) in _ENTRIES for up in el.iterancestors())]


def _entry(element: Element, atom: bool, feed_authors: tuple[str, ...]) -> Entry:
    fields = _fields(element)
    origin = fields["source"][0] if "source" in fields else None
    origins = _fields(origin) if origin is not None else {}
    contents = (_markup(el, atom) for name in _CONTENTS for el in fields.get(name, ()))
    return Entry(
        guid=_plain(fields, "guid", "id", "dc:identifier")
        or (element.get(_ABOUT) or "").strip()
        or None,
        link=_link(fields, atom),
        title=_first(fields, _TITLES, atom),
        summary=_first(fields, _SUMMARIES, atom),
        content=max(contents, key=len, default="") or None,
        authors=_authors(fields) or _authors(origins) or feed_authors,
        tags=(*_tags(fields), *_enclosures(fields)),
        dates=tuple(date for name in _DATES if name in fields and (date := _plain(fields, name))),
        language=_language(element, fields),
        source=_first(origins, ("title",), atom)
        or (_markup(origin, atom) if origin is not None else None)
        or None,
    )


# --- names -----------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def _key(tag: str) -> str:
    """Return the name by which an element is known here: `title`, `dc:creator`."""
    namespace, _, name = tag.lower().rpartition("}")
    namespace = namespace[1:]
    if not namespace:
        return name.removeprefix("atom:").removeprefix("rss:")
    if _PLAIN.fullmatch(namespace) and namespace not in _PREFIXES:
        return name
    return _PREFIXES.get(namespace, f"{namespace}:") + name


def _fields(element: Element) -> Fields:
    """Return the children by name; those of a media:group count as the element's own."""
    fields: Fields = defaultdict(list)
    for child in element.iterchildren(etree.Element):
        name = _key(child.tag)
        fields[name].append(child)
        if name == "media:group":
            for inner in child.iterchildren(etree.Element):
                fields[_key(inner.tag)].append(inner)
    return dict(fields)


# --- values ----------------------------------------------------------------------------------


def _plain(fields: Fields, *names: str) -> str | None:
    """Return the first text that is not blank among the elements of these names."""
    elements = (el for name in names for el in fields.get(name, ()))
    return next((text for el in elements if (text := (el.text or "").strip())), None)


def _first(fields: Fields, names: Iterable[str], atom: bool) -> str | None:
    elements = (el for name in names for el in fields.get(name, ()))
    return next((html for el in elements if (html := _markup(el, atom))), None)


def _markup(element: Element, atom: bool) -> str:
    """Return a text construct as HTML. Atom says what it holds; RSS leaves it to the reader."""
    if len(element):
        return inner_html(element).strip()
    value = (element.text or "").strip()
    kind = element.get("type", "text").lower()
    if not atom:
        return value if holds_markup(value) or _TAG.search(value) else escaped(value)
    if kind in ("html", "text/html", "xhtml", "application/xhtml+xml"):
        return value
    if element.get("mode") == "base64" or kind.endswith("octet-stream"):
        value = _from_base64(value)
        return value if holds_markup(value) else escaped(value)
    if element.get("mode") == "escaped" and holds_markup(value):  # Atom 0.3
        return value
    return "" if _NO_TEXT.match(kind) else escaped(value)


def _from_base64(value: str) -> str:
    try:
        return b64decode(value).decode()
    except ValueError:  # neither base64 nor UTF-8
        return ""


def inner_html(element: Element) -> str:
    """Return what is inside an element as HTML, names without their namespaces."""
    for inner in element.iterdescendants(etree.Element):
        inner.tag = inner.tag.rpartition("}")[2].rpartition(":")[2] or "x"  # `<a:>`
    parts = (etree.tostring(child, method="html", encoding="unicode") for child in element)
    return escaped(element.text or "") + "".join(parts)


def _link(fields: Fields, atom: bool) -> str | None:
    """Return the alternate link, never a guid: in Atom the first, a page before other types.

    RSS knows one link; of several the last counts, as for most of its readers.
    """
    links = [
        (el, link)
        for el in fields.get("link", ())
        if (link := (el.text or "").strip() or (el.get("href") or "").strip())
        and el.get("rel", "alternate") == "alternate"
    ]
    links = [(el, link) for el, link in links if "html" in el.get("type", "html")] or links
    links = links[:1] if atom else links[-1:]
    return next((_absolute(el, link) for el, link in links), None)


def _absolute(element: Element, link: str) -> str:
    """Return the link resolved against xml:base; without one it may stay relative."""
    base = element.base
    try:
        return urljoin(base, link) if base else link
    except ValueError:
        return link


def _authors(fields: Fields) -> tuple[str, ...]:
    """Return the names of the people; a mail address only where there is no name."""
    for name in ("dc:creator", "author", "dc:author", "itunes:author"):
        people = tuple(filter(None, map(_person, fields.get(name, ()))))
        if people:
            return people
    return ()


def _person(element: Element) -> str | None:
    fields = _fields(element)
    if text := _plain(fields, "name", "email"):
        return text
    text = (element.text or "").strip()
    if "@" in text and len(text) <= MAX_PERSON:
        for form in (_NAME_IN_BRACKETS, _MAIL_IN_BRACKETS, _NAME_BEFORE_MAIL):
            if match := form.fullmatch(text):
                return match[1].strip()
    return text or None


def _tags(fields: Fields) -> tuple[str, ...]:
    elements = (*fields.get("category", ()), *fields.get("dc:subject", ()))
    tags = [el.get("label") or el.get("term") or el.text or "" for el in elements]
    for element in fields.get("itunes:keywords", ()):
        tags += (element.text or "").split(",")
    return tuple(tag.strip() for tag in tags if tag.strip())


def _enclosures(fields: Fields) -> tuple[str, ...]:
    """Return the types of what is attached, as tags: `enclosure:audio/mpeg`."""
    links = (el for el in fields.get("link", ()) if el.get("rel") == "enclosure")
    kinds = (el.get("type", "").strip() for el in (*fields.get("enclosure", ()), *links))
    return tuple(f"enclosure:{kind}" for kind in kinds if kind)


def _language(element: Element, fields: Fields) -> str | None:
    texts = (el for name in (*_CONTENTS, *_SUMMARIES, *_TITLES) for el in fields.get(name, ()))
    elements = (*texts, element)
    said = (el.get(f"{_XML}lang") for el in elements)
    return _plain(fields, "language", "dc:language") or next(filter(None, said), None)
