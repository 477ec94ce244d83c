"""An explanation as text for a terminal (`as_text`)."""

import io
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipeline.explain import Explanation, Pair
from pipeline.explain_lines import Lines, article_lines, decision_lines, describe
from pipeline.passages import Span
from pipeline.tables import printable

SIDE_BY_SIDE: Final = 72  # columns of a terminal from which passages stand side by side


def as_text(found: Explanation, width: int, colour: bool) -> str:
    """Return the explanation for a terminal of `width` columns.

    With colour the words that both have are highlighted; without, [brackets] hold the others.
    """
    text = io.StringIO()
    console = Console(
        file=text, width=width, force_terminal=colour, no_color=not colour, highlight=False
    )
    if found.story:
        console.print(_grid(article_lines(found)))
    if found.story and found.pair:
        console.print()
    if found.pair:
        _print_pair(console, found.pair, colour)
    elif found.links:
        console.print(_plain("wirefold explain DIR A B shows the passages that two articles share"))
    return "".join(line.rstrip() + "\n" for line in text.getvalue().splitlines())


def _grid(lines: Lines) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", overflow="fold")
    grid.add_column(overflow="fold", ratio=1)
    for name, words in lines:
        grid.add_row(name, _plain(words))
    return grid


def _plain(words: str) -> Text:
    return Text(printable(words))


def _print_pair(console: Console, pair: Pair, colour: bool) -> None:
    console.print(_grid([("A", describe(pair.a)), ("B", describe(pair.b))]))
    console.print(_grid(decision_lines(pair)))
    if not pair.passages:
        console.print("\nNo passage of eight words and more is the same in both.")
    for number, passage in enumerate(pair.passages, 1):
        console.print(f"\nPassage {number}: {passage.words:,} words are the same")
        a = _passage(pair.a["text"], passage.a, passage.same_a, colour)
        b = _passage(pair.b["text"], passage.b, passage.same_b, colour)
        if console.width >= SIDE_BY_SIDE:
            grid = Table.grid(padding=(0, 2), expand=True)
            grid.add_column(ratio=1, overflow="fold")
            grid.add_column(ratio=1, overflow="fold")
            grid.add_row(Text("A", "bold"), Text("B", "bold"))
            grid.add_row(a, b)
            console.print(grid)
        else:
            for name, words in (("A", a), ("B", b)):
                console.print(Text(name, "bold"))
                console.print(Padding(words, (0, 0, 0, 2)))


def _passage(text: str, whole: Span, same: Sequence[Span], colour: bool) -> Text:
    """Return a passage on one paragraph, its equal words told from the others."""
    drawn = Text(overflow="fold")
    at = whole[0]
    for start, end in same:
        _add_other(drawn, text[at:start], colour)
        drawn.append(_flat(text[start:end]), "black on yellow" if colour else "")
        at = end
    return drawn


def _add_other(drawn: Text, words: str, colour: bool) -> None:
    flat = _flat(words)
    if not any(map(str.isalnum, flat)):
        drawn.append(flat)
    elif colour:
        drawn.append(flat, "dim")
    else:
        drawn.append(f"{' ' * flat.startswith(' ')}[{flat.strip()}]{' ' * flat.endswith(' ')}")


def _flat(text: str) -> str:
    return printable(" ".join(f"_{text}_".split())[1:-1])
