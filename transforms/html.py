"""HTML to plain text: fragments as feeds and rows carry them, and the main text of pages."""

import re
from collections.abc import Callable
from functools import cache
from html import unescape
from logging import CRITICAL, getLogger
from typing import Final

from lxml import etree
from lxml.html import HtmlComment, HtmlElement, HtmlEntity, HTMLParser, HtmlProcessingInstruction

from transforms.text import clean

_MARKUP: Final = re.compile(
    r"</?(?:p|br|div|span|a|b|i|em|strong|ul|ol|li|h[1-6]|img|table|blockquote|article|section"
    r"|figure|script|style|html|body|font|hr|pre)\b[^<>]*>|&(?:[a-z]{2,8}|#\d{1,7}|#x[0-9a-f]{1,6});",
    re.IGNORECASE,
)
_BLOCKS_LIST: Final = """
address article aside blockquote caption center dd details div dl dt fieldset figcaption figure
footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot
th thead tr ul
"""
_BLOCKS: Final = frozenset(_BLOCKS_LIST.split())
_HIDDEN: Final = frozenset(
    ("head", "iframe", "noscript", "object", "script", "style", "svg", "template")
)
# Control characters, written or referred to: lxml reads them, but refuses to move them.
_CONTROLS: Final = bytes({*range(32)} - {*b"\t\n\r"})
_CONTROL_REFERENCE: Final = re.compile(
    rb"&#(?:0*(?:[0-8]|1[1-2]|1[4-9]|2[0-9]|3[01])|x0*(?:[0-8bcef]|1[0-9a-f]))(?![0-9a-f]);?",
    re.IGNORECASE,
)
# What trafilatura would throw away anyway; without it the page is half as big.
_NO_TEXT: Final = ("canvas", "embed", "iframe", "object", "style", "svg", "template")
# lxml.html chooses each element's class in Python; that is a tenth of the time a page takes.
_ELEMENTS: Final = etree.ElementDefaultClassLookup(
    element=HtmlElement, comment=HtmlComment, pi=HtmlProcessingInstruction, entity=HtmlEntity
)
_BLANKS: Final = re.compile(r"[ \t\n\r\f]+")
_TAG: Final = re.compile(r"<[^<>]*>")
# How breaks stand in a text while it is put together: parse_html lets no control character in.
_LINE: Final = "\x01"
_BLOCK: Final = "\x02"
_MARKS: Final = {"br": _LINE} | dict.fromkeys(_BLOCKS, _BLOCK)
_BREAKS: Final = re.compile(" ?[\x01\x02][\x01\x02 ]*")


def holds_markup(text: str) -> bool:
    """Tell whether a text that may be HTML or plain holds tags or character references."""
    return ("<" in text or "&" in text) and _MARKUP.search(text) is not None


def parse_html(html: str) -> HtmlElement | None:
    """Return the root of the document; None when there is none, or it is nested absurdly deep.

    Never touches the network.
    """
    parser = HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True
    )
    parser.set_element_class_lookup(_ELEMENTS)
    try:
        data = html.encode("utf-8", "replace").translate(None, _CONTROLS)
        root = etree.fromstring(_CONTROL_REFERENCE.sub(b"", data), parser)
    except etree.XMLSyntaxError:
        return None
    too_deep = any(
        e.type_name == "ERR_RESOURCE_LIMIT" for e in parser.error_log.filter_from_fatals()
    )
    return None if too_deep else root


def fragment_text(html: str) -> str:
    """Return the plain text of an HTML fragment.

    Blocks and `<br>` end a line; blocks are set apart by an empty line. Where there is no block
    at all, the line breaks of the source are kept: then it is plain text with a few tags.
    """
    if "<" not in html and "&" not in html:
        return clean(html)
    root = parse_html(f"<span>{clean(html)}</span>")
    return all_text(root) if root is not None else without_tags(html)


def without_tags(html: str) -> str:
    """Return what is left of HTML when all that looks like a tag is cut out."""
    return clean(unescape(_TAG.sub(" ", html)))


def all_text(root: HtmlElement) -> str:
    """Return all the text of a document that a browser would show."""
    plain = not any(el.tag == "br" or el.tag in _BLOCKS for el in root.iter())
    return clean(_text(root, keep_breaks=plain))


def _text(root: etree._Element, *, keep_breaks: bool) -> str:
    parts: list[str] = []
    hidden = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag
        mark = _MARKS.get(tag)
        if event == "start":
            if tag in _HIDDEN:
                hidden += 1
            if mark == _BLOCK:
                parts.append(mark)
            text = element.text
        else:
            if tag in _HIDDEN:
                hidden -= 1
            if mark:
                parts.append(mark)
            text = element.tail
        if text and not hidden:
            parts.append(text)
    joined = "".join(parts)
    return joined if keep_breaks else _BREAKS.sub(_squeeze, _BLANKS.sub(" ", joined))


def _squeeze(match: re.Match[str]) -> str:
    one = match[0].count(_LINE) == 1 and _BLOCK not in match[0]
    return "\n" if one else "\n\n"


def main_text(root: HtmlElement) -> str:
    """Return the main text of a page without menus, comments and boxes; "" when there is none.

    Takes the tree apart.
    """
    for script in list(root.iter("script")):
        if script.get("type") != "application/ld+json":  # some pages hold their text there only
            script.tag = "template"
    etree.strip_elements(root, *_NO_TEXT, with_tail=False)
    return clean(_extract()(root, fast=True, include_comments=False) or "")


@cache
def _extract() -> Callable[..., str | None]:
    from trafilatura import extract  # noqa: PLC0415 - 0.4 s that only pages are worth

    getLogger("trafilatura").setLevel(
        CRITICAL
    )  # a page without text is our reject, not its warning
    found: Callable[..., str | None] = extract
    return found
