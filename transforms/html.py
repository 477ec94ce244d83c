"""HTML to plain text: fragments as feeds and rows carry them."""

import re
from typing import Final

from lxml import etree

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
_BLANKS: Final = re.compile(r"[ \t\n\r\f]+")
_MANY_BREAKS: Final = re.compile(r"[ \t]*\n[ \t]*(?:\n[ \t]*)*")


def holds_markup(text: str) -> bool:
    """Tell whether a text that may be HTML or plain holds tags or character references."""
    return ("<" in text or "&" in text) and _MARKUP.search(text) is not None


def parse_html(html: str) -> etree._Element | None:
    """Return the root of the document; None when there is none. Never touches the network."""
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True
    )
    try:
        return etree.fromstring(html.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return None


def fragment_text(html: str) -> str:
    """Return the plain text of an HTML fragment.

    Blocks and `<br>` end a line; blocks are set apart by an empty line. Where there is no block
    at all, the line breaks of the source are kept: then it is plain text with a few tags.
    """
    if "<" not in html and "&" not in html:
        return clean(html)
    root = parse_html(f"<span>{clean(html)}</span>")
    if root is None:
        return ""
    plain = not any(el.tag == "br" or el.tag in _BLOCKS for el in root.iter())
    return clean(_text(root, keep_breaks=plain))


def _text(root: etree._Element, *, keep_breaks: bool) -> str:
    parts: list[str] = []
    hidden = 0

    def add(text: str | None) -> None:
        if text and not hidden:
            parts.append(text if keep_breaks else _BLANKS.sub(" ", text))

    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = str(element.tag)
        mark = "\n" if tag == "br" else "\n\n" if tag in _BLOCKS else ""
        if event == "start":
            hidden += tag in _HIDDEN
            parts.append("" if tag == "br" else mark)
            add(element.text)
        else:
            hidden -= tag in _HIDDEN
            parts.append(mark)
            add(element.tail)
    text = "".join(parts)
    return text if keep_breaks else _MANY_BREAKS.sub(_squeeze, text)


def _squeeze(match: re.Match[str]) -> str:
    return "\n\n" if match[0].count("\n") > 1 else "\n"


def main_text(html: str) -> str:
    """Return the main text of a page without menus, comments and boxes; "" when there is none."""
    from trafilatura import extract  # noqa: PLC0415 - 0.4 s of import that only pages need

    found = extract(html, fast=True, include_comments=False, include_tables=True)
    return clean(found or "")
