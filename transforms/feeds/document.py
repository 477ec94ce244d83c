"""The bytes of a feed to text, and the text to an XML tree that is safe to walk.

All that knows of charsets, DOCTYPEs and broken XML is here: feedparser gets what is left.
"""

import html
import re
from html.entities import html5
from typing import Final

from lxml import etree

from transforms.records import ItemError
from transforms.text import decode

# How `<` and the next character begin in UTF-16, UTF-32 and EBCDIC without a byte order mark
# (XML 1.0, appendix F). Longer ones first.
_SIGNATURES: Final = (
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00<\x00", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x4c\x6f\xa7\x94", "cp037"),
)
_SEVEN_BIT: Final = ("iso-2022", "hz", "utf-7")  # all of their bytes are valid UTF-8, too
_DECLARED: Final = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']\s*([\w.:-]+)""")
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # by XML 1.0
_C1: Final = re.compile("[\x80-\x9f]")
_REFERENCE: Final = re.compile(r"&(?:amp;)?#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
_PROLOGUE: Final = re.compile(
    r"(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^<>\[]*(?:\[.*?\]\s*)?>)+", re.DOTALL | re.IGNORECASE
)
_ROOT: Final = re.compile(r"<(?:[\w.-]+:)?(rss|feed|entry|RDF|channel)(?=[\s/>])", re.IGNORECASE)
_HTML: Final = re.compile(r"<(?:html|!doctype\s+html)\b", re.IGNORECASE)
_RDF_FEED: Final = re.compile(r"purl\.org/rss|netscape\.com/rdf|<(?:[\w.-]+:)?(?:channel|item)\b")
_ENTITY: Final = re.compile(r"<!ENTITY\s+(?!%)([^\s>]+)", re.IGNORECASE)
_JUNK: Final = 8192  # characters before the root element among which it is looked for
# `<` and `&` of a document. A feed of 10 MB has 250,000 of them; 390,000 paragraphs in one text
# cost 1.1 s of CPU and 95 MB (`python -m benchmarks.feeds`).
MAX_MARKS: Final = 400_000
_BARE_AND: Final = re.compile(r"&(?!#\d+;|#[xX][0-9a-fA-F]+;|[A-Za-z][A-Za-z0-9]*;)")
_BARE_LESS: Final = re.compile(r"<(?![A-Za-z_/!?])")
_NAMED: Final = re.compile(r"&(?:#X([0-9a-fA-F]+)|([A-Za-z][A-Za-z0-9]*));")
_XML_NAMES: Final = frozenset(("amp", "lt", "gt", "quot", "apos"))


def read_document(data: bytes, charset: str | None = None) -> tuple[str, tuple[str, ...]]:
    """Return the text of a feed's bytes, from its first visible character, and warnings.

    Charset: byte order mark, UTF-8, XML declaration, `charset` (the server's), a detector. The XML
    declaration goes before the server's word: servers add a default to all that they serve.
    A document of nothing but markup raises ItemError.
    """
    text, warnings = _decode(data, charset)
    if text.count("<") + text.count("&") > MAX_MARKS:
        raise ItemError("too_large", f"more than {MAX_MARKS:,} tags and references")
    text = text.lstrip(" \t\r\n\ufeff\x00")
    if _C1.search(text):  # no one writes these control characters: it was Windows-1252
        text = _C1.sub(lambda match: _windows(ord(match[0])), text)
    return _FORBIDDEN.sub("", text), warnings


def _decode(data: bytes, charset: str | None) -> tuple[str, tuple[str, ...]]:
    head = data[:4].lstrip(b" \t\r\n") or data[:4]
    for signature, encoding in _SIGNATURES:
        if head.startswith(signature):
            return data.decode(encoding, "replace"), ()
    match = _DECLARED.match(data[:1024])
    declared = match[1].decode("ascii", "replace").lower() if match else None
    if declared and declared.startswith(_SEVEN_BIT):
        try:
            return data.decode(declared), ()
        except (LookupError, UnicodeDecodeError):
            pass  # not what it says: the common order decides
    if declared in (None, "utf-8", "utf8") and charset:
        declared = charset  # the bytes are not UTF-8, or decode would not ask
    return decode(data, declared)


def find_root(text: str, junk: int = 0, roots: re.Pattern[str] = _ROOT) -> int | None:
    """Return where the root element begins, after at most `junk` characters of noise.

    `roots` matches the start tags looked for, their name as group 1: those of feeds.
    """
    prologue = _PROLOGUE.match(text)
    start = prologue.end() if prologue else 0
    root = roots.match(text, start) or (roots.search(text, start, start + junk) if junk else None)
    if root is None or _HTML.search(text, 0, root.start()):
        return None
    if root[1].lower() == "rdf" and not _RDF_FEED.search(text, root.start()):
        return None
    return root.start()


def read_tree(text: str, roots: re.Pattern[str] = _ROOT) -> etree._Element:
    """Return the root element of a feed (see `find_root`); what has none raises ItemError.

    The prologue is dropped. Entities that it declares raise ItemError, too: they are how small
    documents grow huge or read local files. Those of HTML (`&eacute;`) need no declaration.
    """
    start = find_root(text, _JUNK, roots)
    if start is None:
        raise ItemError("not_a_feed", "neither RSS, Atom nor JSON Feed")
    if entity := _ENTITY.search(text, 0, start):
        raise ItemError("entity_declared", f"the DOCTYPE declares the entity {entity[1][:80]}")
    text = text[start:]
    if "&#" in text or "&amp;#" in text:
        text = _REFERENCE.sub(_legal, text)
    root = _parse(text, recover=False)
    if root is None:
        root = _parse(_repaired(text), recover=True)
    if root is None:
        raise ItemError("not_a_feed", "XML that cannot be repaired")
    return root


def _parse(text: str, *, recover: bool) -> etree._Element | None:
    # Without huge_tree libxml2 stops at 256 nested elements and 10 MB in one text.
    parser = etree.XMLParser(
        encoding="utf-8",
        recover=recover,
        resolve_entities=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return None


def _repaired(text: str) -> str:
    """Return XML with `&` and `<` escaped where they are text, and with HTML's entities resolved.

    CDATA sections stay as they are; one that is never closed is closed at the end.
    """
    parts, at = [], 0
    while (start := text.find("<![CDATA[", at)) >= 0:
        end = text.find("]]>", start)
        parts.append(_strict(text[at:start]))
        if end < 0:
            return "".join((*parts, text[start:], "]]>"))
        parts.append(text[start : end + 3])
        at = end + 3
    return "".join((*parts, _strict(text[at:])))


def _strict(text: str) -> str:
    text = _BARE_LESS.sub("&lt;", _BARE_AND.sub("&amp;", text))
    return _NAMED.sub(_resolved, text) if "&" in text else text


def _resolved(match: re.Match[str]) -> str:
    """Return what XML knows for a reference that HTML knows; unknown ones become text."""
    number, name = match.groups()
    if number:
        return f"&#x{number};"
    if name in _XML_NAMES:
        return match[0]
    known = html5.get(f"{name};")
    return known.replace("&", "&amp;").replace("<", "&lt;") if known else f"&amp;{name};"


def _windows(code: int) -> str:
    return bytes([code]).decode("cp1252", "ignore")


def _legal(match: re.Match[str]) -> str:
    """Return a character reference unchanged, or nothing when XML forbids the character.

    Those from 128 to 159 mean Windows-1252, as in HTML.
    """
    digits = match[1] or match[2]
    if len(digits.lstrip("0")) > 7:
        return ""
    code = int(digits, 16 if match[1] else 10)
    if 0x80 <= code <= 0x9F:
        return _windows(code)
    legal = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0x10FFFF
    return match[0] if legal and code not in (0xFFFE, 0xFFFF) else ""


def inner_html(element: etree._Element) -> str:
    """Return what is inside an element as HTML, names without their namespaces."""
    for inner in element.iterdescendants(etree.Element):
        inner.tag = inner.tag.rpartition("}")[2].rpartition(":")[2] or "x"  # `<a:>`
    parts = (etree.tostring(child, method="html", encoding="unicode") for child in element)
    return html.escape(element.text or "", quote=False) + "".join(parts)
