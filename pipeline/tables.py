"""Tables for people: aligned text no wider than the terminal, wide characters counted right."""

import io
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDEST: Final = 1_000_000  # characters of a line that goes to a file or a pipe: nothing is cut
GAP: Final = "  "  # between columns
PAGE: Final = 100  # characters of a line of prose where there is no terminal
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str | None]],
    numeric: Sequence[bool],
    width: int,
) -> str:
    """Return rows under their columns, `numeric` ones aligned to the right.

    Cells that do not fit `width` are cut with an ellipsis. Not drawn by rich, which takes 150 us
    for a row of one number, against 3.5 us.
    """
    texts = [[printable(cell or "") for cell in row] for row in (columns, *rows)]
    sizes = _fitted([max(map(_size, column)) for column in zip(*texts, strict=True)], width)
    head, *lines = (GAP.join(map(_cell, row, sizes, numeric)).rstrip() for row in texts)
    rule = "─" * len(GAP.join("─" * size for size in sizes))
    return "\n".join([head, rule, *lines, ""])


def _size(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


def _cell(text: str, size: int, is_number: bool) -> str:
    free = size - _size(text)
    if free < 0:
        return set_cell_size(text, size - 1) + "…"
    return " " * free + text if is_number else text + " " * free


def _fitted(sizes: Sequence[int], width: int) -> list[int]:
    """Return the sizes of columns, the widest ones cut until they fit into `width` together."""
    most = min(max(sizes), width)
    while most > 1 and sum(min(size, most) for size in sizes) + len(GAP) * (len(sizes) - 1) > width:
        most -= 1
    return [min(size, most) for size in sizes]


def grid(rows: Iterable[Sequence[str]]) -> str:
    """Return rows in columns without heads, the last one wrapped to the terminal's width."""
    drawn = Table.grid(padding=(0, 2))
    for row in rows:
        if not drawn.columns:
            for _ in row[1:]:
                drawn.add_column(no_wrap=True)
            drawn.add_column(overflow="fold")
        drawn.add_row(*(Text(printable(cell)) for cell in row))
    return _drawn(drawn, shutil.get_terminal_size((PAGE, 24)).columns).rstrip("\n")


def counted(parts: Mapping[str, int], most: int) -> str:
    """Return the largest parts with their numbers, and how many more there are."""
    largest = sorted(parts.items(), key=lambda part: (-part[1], part[0]))
    shown = ", ".join(f"{name} {number:,}" for name, number in largest[:most])
    rest = len(largest) - most
    return (f"{shown} and {rest:,} more" if rest > 0 else shown) or "none"


def _drawn(drawn: Table, width: int) -> str:
    text = io.StringIO()
    Console(file=text, width=width).print(drawn)
    return "".join(line.rstrip() + "\n" for line in text.getvalue().splitlines())


def line_width(terminal: bool) -> int:
    """Return how many characters a line may have."""
    return shutil.get_terminal_size().columns if terminal else WIDEST


def printable(text: str) -> str:
    """Show control characters instead of sending them to the terminal."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
