"""The bytes of a feed to text that an XML parser may see.

feedparser's own decoding depends on which detectors are installed, and it hands DOCTYPEs with
entities on; so both are done here, and it is given clean UTF-8.
"""

import re
from typing import Final

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
_DECLARATION: Final = re.compile(r"<\?xml\b[^>]*\?>\s*", re.IGNORECASE)
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # by XML 1.0
_REFERENCE: Final = re.compile(r"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
_DOCTYPE: Final = re.compile(
    r"<!DOCTYPE(?:[^<>\[\"']|\"[^\"]*\"|'[^']*')*(?:\[(?P<subset>.*?)\]\s*)?>",
    re.DOTALL | re.IGNORECASE,
)
_ENTITY: Final = re.compile(r"<!ENTITY\s+(?!%)([^\s>]+)", re.IGNORECASE)


def read_document(data: bytes, charset: str | None = None) -> tuple[str, tuple[str, ...]]:
    """Return the text of a feed's bytes, from its first visible character, and warnings.

    Charset: byte order mark, UTF-8, XML declaration, `charset` (the server's), a detector. The XML
    declaration goes before the server's word: servers add a default to all that they serve.
    """
    text, warnings = _decode(data, charset)
    text = text.lstrip(" \t\r\n\ufeff\x00")
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


def for_parser(text: str) -> bytes:
    """Return the text as UTF-8 XML without DOCTYPE and without references to forbidden characters.

    Entities that the document declares itself raise ItemError: they are how small documents grow
    huge or read local files. The names of HTML (`&eacute;`) need no declaration.
    """
    text = _DECLARATION.sub("", text, count=1)
    if "<!DOCTYPE" in text or "<!doctype" in text:
        match = _DOCTYPE.search(text)
        if match and (entity := _ENTITY.search(match["subset"] or "")):
            raise ItemError("entity_declared", f"the DOCTYPE declares the entity {entity[1][:80]}")
        text = _DOCTYPE.sub("", text, count=1)
    if "&#" in text:
        text = _REFERENCE.sub(_legal, text)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + text.encode("utf-8", "replace")


def _legal(match: re.Match[str]) -> str:
    """Return a character reference unchanged, or nothing when XML forbids the character."""
    digits = match[1] or match[2]
    if len(digits.lstrip("0")) > 7:
        return ""
    code = int(digits, 16 if match[1] else 10)
    legal = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0x10FFFF
    return match[0] if legal and code not in (0xFFFE, 0xFFFF) else ""
