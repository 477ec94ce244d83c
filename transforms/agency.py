"""Agency formats: NITF 3.x, and NewsML-G2 items alone or in a newsMessage.

Updates have the id of what they update, so that they become revisions. An item under embargo is
refused until its time has come; one that the agency withdrew is refused for good.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from lxml import etree

from transforms.feeds.document import find_root, inner_html, read_document, read_tree
from transforms.feeds.entries import Refusal, escaped
from transforms.html import holds_markup
from transforms.items import Item
from transforms.records import ItemError

Element = etree._Element

_ROOTS: Final = re.compile(
    r"<(?:[\w.-]+:)?(nitf|newsItem|newsMessage|packageItem)(?=[\s/>])", re.IGNORECASE
)
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_WITHDRAWN: Final = ("canceled", "cancelled", "withheld", "killed")
_BY: Final = re.compile(r"(?:by|von|di|par|por|da|door|av)\s+(?=\w)", re.IGNORECASE)
_MEDIA: Final = ("media", "figure", "body.head", "body.end", "head")
_HEADINGS: Final = {"hl1": "h1", "hl2": "h2", "block": "div", "nitf-table": "div"}


def looks_like_agency(head: bytes) -> bool:
    """Tell from the beginning of a document whether it is NITF or NewsML-G2."""
    text, _ = read_document(head)
    return find_root(text, roots=_ROOTS) is not None


def parse_agency(
    data: bytes, uri: str, *, place: str = "", default_source: str = ""
) -> Iterator[Item | Refusal]:
    """Yield the items of a document; a withdrawn item or a package as (source_uri, ItemError).

    Headline, byline, text and language are those of the item; the dateline stands before the text;
    urgency and subjects are tags. What is no such document raises ItemError.
    """
    text, warnings = read_document(data)
    root = read_tree(text, roots=_ROOTS)
    found = [root] if _name(root) != "newsmessage" else list(root.iterfind("{*}itemSet/*"))
    for number, element in enumerate(found, 1):
        where = uri if len(found) == 1 else f"{uri}#{number}"
        spot = place or uri if len(found) == 1 else f"{place or uri}#{number}"
        try:
            read = _nitf if _name(element) == "nitf" else _news_item
            yield Item(
                source_uri=where,
                place=spot,
                default_source=default_source,
                markup=True,
                warnings=warnings,
                **read(element),  # type: ignore[arg-type]
            )
        except ItemError as error:
            yield where, error


# --- NITF ------------------------------------------------------------------------------------


def _nitf(root: Element) -> dict[str, object]:
    docdata = _first(root, "head/docdata")
    status = (docdata.get("management-status") or "").lower() if docdata is not None else ""
    _refuse_withdrawn(status)
    release = _attribute(root, "head/docdata/date.release", "norm")
    dates = (
        _attribute(root, "head/docdata/date.issue", "norm"),
        _attribute(root, "head/pubdata", "date.publication"),
        _attribute(root, "body/body.head/dateline/story.date", "norm"),
        release,
    )
    return {
        "id": _attribute(root, "head/docdata/doc-id", "id-string"),
        "source": _attribute(root, "head/docdata/doc.copyright", "holder")
        or _attribute(root, "head/docdata/doc-id", "regsrc")
        or _text(root, "body/body.head/distributor"),
        "title": _html(root, "body/body.head/hedline/hl1", "body/body.head/headline/hl1")
        or _html(root, "head/title"),
        "summary": _html(root, "body/body.head/abstract"),
        "text": _with_dateline(
            _text(root, "body/body.head/dateline"),
            "".join(map(_content, _all(root, "body/body.content"))),
        ),
        "authors": _bylines(_all(root, "body/body.head/byline")),
        "tags": (
            *_urgency(_attribute(root, "head/docdata/urgency", "ed-urg")),
            *_nitf_subjects(root),
            *(
                key.get("key")
                for key in _all(root, "head/docdata/key-list/keyword")
                if key.get("key")
            ),
        ),
        "published": next(filter(None, dates), None),
        "embargo": release or ("not told until when" if status == "embargoed" else None),
        "language": root.get(_LANG) or _attribute(root, "body", _LANG),
    }


def _nitf_subjects(root: Element) -> Iterator[str]:
    for subject in _all(root, "head/tobject/tobject.subject"):
        for key in ("refnum", "matter", "type"):
            if value := subject.get(f"tobject.subject.{key}"):
                yield value


# --- NewsML-G2 -------------------------------------------------------------------------------


def _news_item(item: Element) -> dict[str, object]:
    if _name(item) != "newsitem":
        raise ItemError("no_text", f"{_name(item)}: it names other items, and has no text")
    _refuse_withdrawn(_code(_attribute(item, "itemMeta/pubStatus", "qcode")))
    text = _body(item)
    if not text:
        kind = _code(_attribute(item, "itemMeta/itemClass", "qcode")) or "item"
        raise ItemError("no_text", f"a {kind} without a text of its own")
    dates = ("itemMeta/versionCreated", "contentMeta/contentModified", "contentMeta/contentCreated")
    provider = _first(item, "itemMeta/provider")
    return {
        "id": item.get("guid"),
        "source": _called(provider) if provider is not None else None,
        "title": _html(item, "contentMeta/headline") or _html(item, "itemMeta/title"),
        "summary": _html(item, "contentMeta/description"),
        "text": _with_dateline(_text(item, "contentMeta/dateline"), text),
        "authors": _bylines(_all(item, "contentMeta/by"))
        or tuple(filter(None, map(_called, _all(item, "contentMeta/creator")))),
        "tags": (
            *_urgency(_text(item, "contentMeta/urgency")),
            *_subjects(_all(item, "contentMeta/subject")),
            *_subjects(_all(item, "contentMeta/genre")),
            *filter(None, (_own_text(word) for word in _all(item, "contentMeta/keyword"))),
        ),
        "published": next(filter(None, (_text(item, path) for path in dates)), None),
        "embargo": _text(item, "itemMeta/embargoed"),
        "language": _attribute(item, "contentMeta/language", "tag") or item.get(_LANG),
    }


def _body(item: Element) -> str:
    """Return the text of the first content that is one: inline XML (NITF, XHTML) or data."""
    for content in _all(item, "contentSet/inlineXML"):
        nitf = next(content.iter("{*}body.content"), None)
        body = next(content.iter("{*}body"), content) if nitf is None else nitf
        if text := _content(body):
            return text
    for content in _all(item, "contentSet/inlineData"):
        kind = content.get("contenttype", "text/plain")
        value = (content.text or "").strip()
        if value and kind.startswith("text/"):
            return value if "html" in kind or holds_markup(value) else escaped(value)
    return ""


def _subjects(subjects: Iterable[Element]) -> Iterator[str]:
    """Yield codes and names: `medtop:20000344`, `economy`."""
    for subject in subjects:
        yield from filter(None, (subject.get("qcode"), subject.get("literal")))
        yield from filter(None, [_text(subject, "name")])


def _called(party: Element) -> str | None:
    """Return the name of a person or provider, else the code without its scheme."""
    return _text(party, "name") or party.get("literal") or _code(party.get("qcode")) or None


def _code(qcode: str | None) -> str:
    return (qcode or "").rpartition(":")[2]


# --- both ------------------------------------------------------------------------------------


def _refuse_withdrawn(status: str) -> None:
    if status.lower() in _WITHDRAWN:
        raise ItemError("withdrawn", f"its status is {status.lower()}")


def _with_dateline(dateline: str | None, html: str) -> str:
    return f"<p>{escaped(dateline)}</p>{html}" if dateline and html else html


def _bylines(elements: Iterable[Element]) -> tuple[str, ...]:
    """Return the people in bylines, without `By`."""
    people = (
        names or (_own_text(el),)
        for el in elements
        for names in [tuple(_own_text(p) for p in el.iter("{*}person"))]
    )
    return tuple(_BY.sub("", name, count=1) for names in people for name in names if name)


def _urgency(value: str | None) -> tuple[str, ...]:
    return (f"urgency:{value}",) if value else ()


def _content(element: Element) -> str:
    """Return an element's inner HTML, without pictures and their captions."""
    for inner in list(element.iterdescendants(etree.Element)):
        name = _name(inner)
        if name in _MEDIA:
            inner.text = None
            del inner[:]
        inner.tag = _HEADINGS.get(name, inner.tag)
    return inner_html(element).strip()


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _all(element: Element, path: str) -> list[Element]:
    return element.findall("/".join(f"{{*}}{step}" for step in path.split("/")))


def _first(element: Element, path: str) -> Element | None:
    return next(iter(_all(element, path)), None)


def _attribute(element: Element, path: str, name: str) -> str | None:
    values = (found.get(name, "").strip() for found in _all(element, path))
    return next(filter(None, values), None)


def _own_text(element: Element) -> str:
    return " ".join("".join(map(str, element.itertext())).split())


def _text(element: Element, path: str) -> str | None:
    return next(filter(None, map(_own_text, _all(element, path))), None)


def _html(element: Element, *paths: str) -> str | None:
    texts = (text for path in paths if (text := _text(element, path)))
    return next((escaped(text) for text in texts), None)
