"""Decide on two articles again as a run does, and find what would change the decision.

The same code decides (transforms/wirecopy), on sketches of the published texts. How close it was
is found by trying: the rules are asked again with less, or more, in common, until they answer
otherwise. So what is said here of the rules is true of them, whatever they are.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import pyarrow as pa

from transforms.memory import told, write_sketches
from transforms.records import SketchFile
from transforms.schemas import ARTICLES, SKETCHES
from transforms.stage import sketches_table
from transforms.wirecopy.desk import lay_out
from transforms.wirecopy.fold import NOTHING, conclude
from transforms.wirecopy.links import KINDS
from transforms.wirecopy.register import Register, number_articles
from transforms.wirecopy.rules import Pairs
from transforms.wirecopy.shelf import Shelf

Row = Mapping[str, Any]  # of `articles` or `duplicates`

STEPS: Final = 200  # in which more and less in common is tried: half a per cent each
# What a decision takes of a row, besides its text.
COLUMNS: Final = tuple(name for name in SKETCHES.names if name in ARTICLES.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What two articles share, in letters; boilerplate is not known and counts."""

    letters: tuple[int, int]
    covered: tuple[int, int]  # of each side, by passages of the other
    longest: int  # passage
    numbers: int  # in the passages, of both sides
    agree: int  # of these, how many the other side has

    @property
    def coverage(self) -> tuple[float, float]:
        """The share of each side that is covered, 0..1."""
        (a, b), (covered_a, covered_b) = self.letters, self.covered
        return min(covered_a / max(a, 1), 1.0), min(covered_b / max(b, 1), 1.0)


@dataclass(frozen=True, slots=True)
class Turn:
    """A change that would turn the decision: what, from how much to how much, into what."""

    what: str  # "shared" (letters, of the side that is covered best) or "numbers" (that agree)
    now: int
    then: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What two articles are to each other, judged alone.

    `kind` is exact, near, partial or none; `copy` says which of the two is folded (0 or 1).
    """

    kind: str
    copy: int | None
    same_content: bool  # the same text: nothing was measured
    measured: Measured
    turns: tuple[Turn, ...]


def decide(a: Row, b: Row, published: tuple[bool, bool] = (False, False)) -> Decision:
    """Decide on two articles; `published` says which of them an earlier run had published."""
    with TemporaryDirectory() as folder:
        files = [
            SketchFile(path=_sketch_file(folder, row), published=earlier)
            for row, earlier in zip((a, b), published, strict=True)
        ]
        shelf = Shelf(files)
        register = number_articles(files)
        order = np.argsort(register.file)  # the number of a, of b
        first, second = np.sort(order)
        desk = lay_out(shelf, register, NOTHING, order)
        pairs = desk.compare(np.array([first]), np.array([second]))
        measured = _measured(pairs, swapped=bool(order[0] > order[1]))
        same = bool(register.twin[0] == register.twin[1])
    kind, copy = _ask(register, pairs)
    turns = () if same else tuple(_turns(register, pairs, kind))
    number = None if copy is None else int(register.file[copy])
    return Decision(kind=kind, copy=number, same_content=same, measured=measured, turns=turns)


def _sketch_file(folder: str, row: Row) -> str:
    columns = {
        name: pa.array([row[name]], ARTICLES.field(name).type) for name in ("text", *COLUMNS)
    }
    story = pa.chunked_array([[row["story_id"]]], pa.string())
    home = os.path.join(folder, str(len(os.listdir(folder))))
    os.makedirs(home)
    return write_sketches(home, [told(sketches_table(pa.table(columns)), story)])


def _measured(pairs: Pairs, swapped: bool) -> Measured:
    def both(name: str) -> tuple[int, int]:
        one, other = (round(float(getattr(pairs, f"{name}_{side}")[0])) for side in "ab")
        return (other, one) if swapped else (one, other)

    return Measured(
        letters=both("letters"),
        covered=both("covered"),
        longest=round(float(pairs.longest[0])),
        numbers=int(pairs.numbers[0]),
        agree=int(pairs.agree[0]),
    )


def _ask(register: Register, pairs: Pairs) -> tuple[str, int | None]:
    """Return the kind of a pair, and the number of the article that is folded."""
    some = pairs[pairs.covered_a > 0]  # as a run does: without a common passage it is no pair
    stories, links = conclude(register, [some])
    copies = np.flatnonzero(stories.copy)
    if len(links.kind):
        kind = str(KINDS[links.kind[0]])
        return kind, int(copies[0]) if len(copies) else None
    return "none", None


def _turns(register: Register, pairs: Pairs, kind: str) -> Iterator[Turn]:
    """Yield the smallest change of each kind that would turn the decision."""
    best = "covered_a" if pairs.share_a[0] >= pairs.share_b[0] else "covered_b"
    whole = float(getattr(pairs, best.replace("covered", "rest"))[0])
    now = float(getattr(pairs, best)[0])

    def shared(letters: float) -> Pairs:
        return _with_shared(pairs, letters / max(now, 1.0))

    less = _first(register, kind, shared, np.linspace(now, 0, STEPS + 1)[1:])
    more = _first(register, kind, shared, np.linspace(now, whole, STEPS + 1)[1:])
    for turned in (less, more if now < whole else None):
        if turned and now:
            yield Turn("shared", round(now), round(turned[0]), turned[1])
    agree = int(pairs.agree[0])
    fewer = _first(register, kind, lambda n: _with_agreeing(pairs, n), range(agree - 1, -1, -1))
    if fewer:
        yield Turn("numbers", agree, round(fewer[0]), fewer[1])


def _first(
    register: Register,
    kind: str,
    changed: Callable[[float], Pairs],
    values: Any,  # noqa: ANN401
) -> tuple[float, str] | None:
    """Return the first of the values with which the rules answer otherwise, and what."""
    for value in values:
        other, _ = _ask(register, changed(value))
        if other != kind:
            return float(value), other
    return None


def _with_shared(pairs: Pairs, factor: float) -> Pairs:
    """Return the pair with so many times as much in common, as far as there are letters."""
    return replace(
        pairs,
        grams=pairs.grams * factor,
        same=np.minimum(pairs.same * factor, 1.0),
        covered_a=np.minimum(pairs.covered_a * factor, pairs.rest_a),
        covered_b=np.minimum(pairs.covered_b * factor, pairs.rest_b),
        longest=pairs.longest * factor,
    )


def _with_agreeing(pairs: Pairs, agree: float) -> Pairs:
    return replace(pairs, agree=np.array([agree], pairs.agree.dtype))
