"""Bytes to text, and text to the form that rows hold: NFC, without control characters."""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from typing import BinaryIO, Final

import cchardet

# What no row may hold: control characters but tab and line feed, lone surrogates, noncharacters
# and the byte order mark. Line breaks among them (CR, VT, FF, NEL, LS, PS) become line feeds.
_FORBIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff]"
)
_LINE_BREAKS: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_BLANKS: Final = re.compile(r"\s+")
_BOMS: Final = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Labels that the web gives to supersets of what they name (WHATWG Encoding Standard).
_WEB_LABELS: Final = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
_HIGH_BYTES: Final = bytes(range(128, 256))
_TEXT_BYTES: Final = bytes({*range(32, 256), *b"\t\n\r\f\x1b"})
_HARDLY_MET: Final = frozenset(
    ("maccentraleurope", "windows-1258", "viscii", "ibm852", "ibm855", "ibm865", "ibm866")
) | {f"iso-8859-{number}" for number in (3, 4, 10, 13, 14)}
_WESTERN: Final = bytes(range(128)) + (
    "àáâãäåæçèéêëìíîïñòóôõöøùúûüýßœÀÁÂÄÅÆÇÈÉÊÌÍÎÑÒÓÔÖØÙÚÛÜ‘’‚“”„–—…•«»‹›°ªº§€£¡¿·\xa0"
).encode("cp1252")
_DETECT_BYTES: Final = 64 * 1024  # the detector needs no more; its time grows with the input


def decode(data: bytes, declared: str | None = None) -> tuple[str, tuple[str, ...]]:
    """Return the text of `data` and warnings.

    In order: byte order mark, strict UTF-8, the declared charset, a detector. The last warns with
    `charset_guessed`. Bytes that fit nothing become U+FFFD.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace"), ()
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError:
        pass
    try:
        return data.decode(_codec(declared)), ()
    except (LookupError, ValueError):  # no such charset, or it does not fit
        return data.decode(_detect(data), "replace"), ("charset_guessed",)


class Decoder:
    """Decodes a file bit by bit: UTF-8, and where that does not fit, one charset for all the rest.

    `warnings` says what happened so far.
    """

    def __init__(self) -> None:
        self.warnings: tuple[str, ...] = ()
        self._charset: str | None = None

    def decode(self, data: bytes) -> tuple[str, tuple[str, ...]]:
        """Return the text of a part that ends between two characters, and its own warnings."""
        try:
            return data.decode("utf-8"), ()
        except UnicodeDecodeError:
            self._charset = self._charset or _detect(data)
            self.warnings = ("charset_guessed",)
            return data.decode(self._charset, "replace"), self.warnings

    def stream(self, file: BinaryIO, size: int) -> Iterator[str]:
        """Yield the text of a file in parts of about `size` bytes."""
        rest = b""
        while data := file.read(size):
            data = rest + data
            end = len(data.rstrip(_HIGH_BYTES))  # behind an ASCII byte no character goes on
            rest = data[end:]
            yield self.decode(data[:end])[0]
        yield self.decode(rest)[0]


def _detect(data: bytes) -> str:
    """Return the likeliest charset of bytes that are not UTF-8.

    windows-1252 when there is no telling, or when the detector names a charset that is hardly ever
    met and the bytes make good Western text: few accents mislead it (of Italian sentences in
    Latin-1 it knew a third).
    """
    data = data[:_DETECT_BYTES]
    found = cchardet.detect(data)["encoding"] or "utf-8"
    if found.lower() in _HARDLY_MET and not data.translate(None, _WESTERN):
        return "cp1252"
    try:
        return _codec(found) if found.lower() != "utf-8" else "cp1252"
    except LookupError:
        return "cp1252"


def _codec(name: str | None) -> str:
    """Return the codec that the web means by a charset label; unknown ones raise LookupError."""
    info = codecs.lookup((name or "none").strip().strip("\"'"))
    if not info._is_text_encoding:  # "rot13", "hex": codecs, but no charsets
        raise LookupError(name)
    return _WEB_LABELS.get(info.name, info.name)


def is_binary(head: bytes) -> bool:
    """Tell whether the beginning of a file cannot be text in any charset that marks itself.

    Text holds next to no control characters but line ends and tabs; packed or compiled data has
    one in ten bytes.
    """
    if head.startswith(tuple(mark for mark, _ in _BOMS)):
        return False
    return len(head.translate(None, _TEXT_BYTES)) > len(head) / 50


def clean(text: str) -> str:
    """Return the text in NFC, stripped, without control characters, line breaks as line feeds.

    Lone surrogates become U+FFFD.
    """
    if _FORBIDDEN.search(text):
        text = _LINE_BREAKS.sub("\n", text)
        text = _FORBIDDEN.sub(lambda m: "\ufffd" if "\ud800" <= m[0] <= "\udfff" else "", text)
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return text.strip()


def clean_line(text: str | None) -> str | None:
    """Return the cleaned text on one line, blanks squeezed; None when nothing is left."""
    return _BLANKS.sub(" ", clean(text)) or None if text else None
