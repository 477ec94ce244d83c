"""CSV and TSV, where a broken quote must not swallow the rest of the file."""

import csv
import re
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO, Final

from transforms.formats.origin import Origin, Refused, sample
from transforms.formats.rows import holds_text, to_item
from transforms.formats.streams import Overlong, lines
from transforms.items import Item
from transforms.records import ItemError
from transforms.text import Decoder

# Longest row in characters: a quote that is never closed is noticed after that many.
RECORD_CHARACTERS: Final = 4 << 20
_EXCEL_HINT: Final = re.compile(r"sep=(.)\s*")  # what Excel writes above the header
_DELIMITERS: Final = ",;\t|"
csv.field_size_limit(RECORD_CHARACTERS)  # the library has one limit for all, 128 KiB by default


class _Lines:
    """Decoded lines that can be put back, and what was taken since the last `start`."""

    def __init__(self, stream: BinaryIO) -> None:
        self._decoder = Decoder()
        self._lines = lines(stream, RECORD_CHARACTERS)
        self._back: deque[bytes] = deque()
        self._taken: list[bytes] = []
        self._size = 0
        self.warnings: tuple[str, ...] = ()  # of the row

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        data = self._back.popleft() if self._back else next(self._lines)
        text, warnings = self._decoder.decode(data)
        self._taken.append(data)
        self.warnings = self.warnings or warnings
        self._size += len(text)
        if isinstance(data, Overlong) or self._size > RECORD_CHARACTERS:
            raise csv.Error(f"a row of more than {RECORD_CHARACTERS} characters")
        return text.replace("\0", "")

    def start(self) -> None:
        """Forget the lines of the row before."""
        self._taken, self._size, self.warnings = [], 0, ()

    def keep_first(self) -> str:
        """Put back all lines taken but the first, and return that."""
        first, *others = self._taken
        self._back.extendleft(reversed(others))
        return self._decoder.decode(first)[0]


def read_table(
    stream: BinaryIO, origin: Origin, share: tuple[int, int] = (0, 1), delimiter: str | None = None
) -> Iterator[Item | Refused]:
    """Read a table with a header; `share` (k, n) gives every n-th row only.

    Without `delimiter` it is the one that the header holds most of. A row that does not fit the
    header, or whose quotes are broken, costs that line only.
    """
    source = _Lines(stream)
    header_line = next((line for line in source if line.strip()), "")
    if not header_line.strip():
        raise ItemError("empty", "no header")
    if hint := _EXCEL_HINT.fullmatch(header_line):
        delimiter, header_line = hint[1], next(source, "")
    delimiter = delimiter or max(_DELIMITERS, key=header_line.count)
    try:
        header = [name.strip() for name in next(csv.reader([header_line], delimiter=delimiter))]
    except csv.Error as error:  # a carriage return in the middle
        raise ItemError("bad_csv", f"header: {error}") from error
    if not holds_text(header, origin.fields):
        raise ItemError("no_text_column", f"columns: {', '.join(header)}")
    for number, found in enumerate(_records(source, delimiter, len(header)), start=1):
        if (number - 1) % share[1] != share[0]:
            continue
        if isinstance(found, list):
            yield to_item(dict(zip(header, found, strict=True)), number, origin, source.warnings)
        else:
            yield Refused(f"{origin.uri}#{number}", found[0], sample(found[1]))


def _records(
    source: _Lines, delimiter: str, width: int
) -> Iterator[list[str] | tuple[ItemError, str]]:
    """Yield rows of `width` fields, or the fault and the line where it began."""
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    while True:
        source.start()
        try:
            fields = next(reader)
            problem = f"{len(fields)} fields, the header has {width}"
        except StopIteration:
            return
        except csv.Error as error:
            fields, problem = [], str(error)
        if len(fields) == width:
            yield fields
        elif fields or problem:
            line = source.keep_first()
            reader = csv.reader(source, delimiter=delimiter, strict=True)
            plain = line.rstrip("\r\n").split(delimiter)
            if delimiter == "\t" and len(plain) == width:  # a TSV that does not quote
                yield plain
            elif line.strip():
                yield ItemError("bad_csv", problem), line
