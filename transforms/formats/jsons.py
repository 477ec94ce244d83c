"""JSON lines, and JSON files: one object, a list of them, or one after another."""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO, Final

from transforms.formats.origin import ROW_BYTES, WHOLE_BYTES, Origin, Refused, sample
from transforms.formats.rows import holds_text, to_item
from transforms.formats.streams import CHUNK, Overlong, lines
from transforms.items import Item
from transforms.records import ItemError
from transforms.text import Decoder

_BLANKS: Final = re.compile(r"[\s\x00]*")
_DECODER: Final = json.JSONDecoder(strict=False)  # a raw tab in a string does no harm


def read_lines(
    stream: BinaryIO, origin: Origin, first: int = 1, share: tuple[int, int] = (0, 1)
) -> Iterator[Item | Refused]:
    """Read JSON lines; `first` is the number of the stream's first line.

    `share` (k, n) takes every n-th line only. Blank lines are counted, but are no items.
    """
    decoder = Decoder()
    mine = islice(enumerate(lines(stream, ROW_BYTES), first), share[0], None, share[1])
    for number, line in mine:
        if isinstance(line, Overlong):
            error = ItemError("too_large", f"a line of more than {ROW_BYTES} bytes")
            yield Refused(f"{origin.uri}#{number}", error, sample(line))
        elif line.strip():
            yield _row(line, number, origin, decoder)


def _row(line: bytes, number: int, origin: Origin, decoder: Decoder) -> Item | Refused:
    text, warnings = decoder.decode(line)
    try:
        return _item(_DECODER.decode(text), number, origin, warnings)
    except (ValueError, RecursionError) as error:
        return _refused(number, origin, str(error), text)


def _item(value: object, number: int, origin: Origin, warnings: tuple[str, ...]) -> Item | Refused:
    if isinstance(value, dict):
        return to_item(value, number, origin, warnings)
    return _refused(number, origin, f"not an object but {type(value).__name__}", repr(value))


def _refused(number: int, origin: Origin, detail: str, text: str) -> Refused:
    return Refused(f"{origin.uri}#{number}", ItemError("bad_json", detail), sample(text))


def read_json(
    stream: BinaryIO, origin: Origin, share: tuple[int, int] = (0, 1)
) -> Iterator[Item | Refused]:
    """Read a JSON file as a stream of objects: those of a list, or one after another.

    An object without text whose only list of objects is a field of its own (`{"articles": [..]}`)
    stands for that list. After a fault nothing more of the file can be read: one reject.
    """
    number = 0
    decoder = Decoder()
    try:
        for value in _values(stream, decoder):
            for row in _unwrapped(value):
                number += 1
                if number % share[1] == (share[0] + 1) % share[1]:
                    yield _item(row, number, origin, decoder.warnings)
    except (ValueError, RecursionError) as error:
        if share[0] == 0:
            refusal = error if isinstance(error, ItemError) else ItemError("bad_json", str(error))
            seen = sample(error.doc) if isinstance(error, json.JSONDecodeError) else ""
            yield Refused(f"{origin.uri}#{number + 1}", refusal, seen)


def _unwrapped(value: object) -> list[Any]:
    if isinstance(value, dict) and not holds_text(value, {}):
        lists = [v for v in value.values() if isinstance(v, list) and v and isinstance(v[0], dict)]
        if len(lists) == 1:
            return lists[0]
    return [value]


def _values(stream: BinaryIO, decoder: Decoder) -> Iterator[Any]:
    """Yield the members of a top-level list, or the top-level values, one in memory at a time."""
    pieces = decoder.stream(stream, CHUNK)
    buffer = next(pieces, "")
    at = _skip(buffer, 0)
    in_list = buffer[at : at + 1] == "["
    at += in_list
    if at == len(buffer) and not in_list:
        raise ItemError("empty", f"{len(buffer)} blank characters")
    while True:
        at = _skip(buffer, at, "," if in_list else "")
        if in_list and buffer[at : at + 1] == "]":
            return
        try:
            value, end = _DECODER.raw_decode(buffer, at)
        except json.JSONDecodeError as error:
            more = "".join(_at_least(pieces, len(buffer) - at))
            if not more and at == len(buffer) and not in_list:
                return
            if len(buffer) - at > WHOLE_BYTES:
                raise ItemError(
                    "too_large", f"an object of more than {WHOLE_BYTES} bytes"
                ) from error
            if not more:
                raise json.JSONDecodeError(error.msg, buffer[at:], error.pos - at) from error
            buffer, at = buffer[at:] + more, 0
        else:
            yield value
            at = end


def _at_least(pieces: Iterator[str], size: int) -> Iterator[str]:
    """Yield pieces until `size` characters: a doubling, so that re-reading costs no square."""
    while size >= 0 and (piece := next(pieces, "")):
        yield piece
        size -= len(piece)


def _skip(buffer: str, at: int, separator: str = "") -> int:
    at = _BLANKS.match(buffer, at).end()  # type: ignore[union-attr]
    if separator and buffer.startswith(separator, at):
        at = _BLANKS.match(buffer, at + 1).end()  # type: ignore[union-attr]
    return at
