"""The passages that two texts share, word by word, for people to see (`shared_passages`).

Greedy string tiling (Wise 1993): the longest run of equal words first, each word used once, in
whatever order the passages stand. Runs close to each other in both texts are one passage with
edits inside. What a run measures is on letters (transforms/wirecopy); this only shows it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from transforms.sketch import fold

RUN: Final = 4  # words; shorter runs of equal words are chance
EDIT: Final = 8  # words that may differ inside a passage, on each side
SHORTEST: Final = 8  # equal words of a passage; below, it is a phrase
WORDS: Final = 6_000  # of each text that are compared; about 40,000 characters
_SAME_RUN: Final = 64  # places of a run in the other text that are tried
# A word, or one character of a script that does not put blanks between words.
_WORD = re.compile(r"[\u2e80-\u9fff\uac00-\ud7a3\u0e00-\u0eff\u1780-\u17ff]|[^\W_\u2e80-\u9fff]+")

Span = tuple[int, int]  # of characters


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of two texts: where it stands in each, and the equal words in it."""

    a: Span
    b: Span
    same_a: tuple[Span, ...]
    same_b: tuple[Span, ...]
    words: int  # equal ones


@dataclass(frozen=True, slots=True)
class _Words:
    spans: list[Span]
    keys: list[str]  # folded


def shared_passages(a: str, b: str) -> list[Passage]:
    """Return the passages in the order of `a`; of long texts only WORDS words are compared."""
    ours, theirs = _words(a), _words(b)
    tiles = sorted(_tiles(ours.keys, theirs.keys))
    groups: list[list[tuple[int, int, int]]] = []
    for tile in tiles:
        if groups and _continues(groups[-1][-1], tile):
            groups[-1].append(tile)
        else:
            groups.append([tile])
    passages = (_passage(group, ours.spans, theirs.spans) for group in groups)
    return [passage for passage in passages if passage.words >= SHORTEST]


def _words(text: str) -> _Words:
    spans, keys = [], []
    for found in _WORD.finditer(text):
        if key := fold(found[0]):
            spans.append(found.span())
            keys.append(key)
            if len(keys) == WORDS:
                break
    return _Words(spans, keys)


def _tiles(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int, int]]:
    """Return runs of equal words as (place in a, place in b, length), none overlapping."""
    taken_a, taken_b = bytearray(len(a)), bytearray(len(b))
    tiles = []
    for length, i, j in sorted(_runs(a, b), key=lambda run: (-run[0], run[1], run[2])):
        for start, size in _free(taken_a[i : i + length], taken_b[j : j + length]):
            if size >= RUN:
                tiles.append((i + start, j + start, size))
                taken_a[i + start : i + start + size] = b"\1" * size
                taken_b[j + start : j + start + size] = b"\1" * size
    return tiles


def _runs(a: Sequence[str], b: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Yield (length, place in a, place in b) of the runs that cannot be made longer."""
    places: dict[tuple[str, ...], list[int]] = {}
    for j in range(len(b) - RUN + 1):
        at = places.setdefault(tuple(b[j : j + RUN]), [])
        if len(at) < _SAME_RUN:
            at.append(j)
    for i in range(len(a) - RUN + 1):
        for j in places.get(tuple(a[i : i + RUN]), ()):
            if i and j and a[i - 1] == b[j - 1]:
                continue  # a part of a run that was found one word before
            length = RUN
            while i + length < len(a) and j + length < len(b) and a[i + length] == b[j + length]:
                length += 1
            yield length, i, j


def _free(one: bytearray, other: bytearray) -> Iterator[tuple[int, int]]:
    """Yield (start, size) of the stretches that are taken on neither side."""
    start = 0
    for at, taken in enumerate(x or y for x, y in zip(one, other, strict=True)):
        if taken:
            yield start, at - start
            start = at + 1
    yield start, len(one) - start


def _continues(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    gaps = (other[side] - one[side] - one[2] for side in (0, 1))
    return all(0 <= gap <= EDIT for gap in gaps)


def _passage(
    tiles: Sequence[tuple[int, int, int]], ours: Sequence[Span], theirs: Sequence[Span]
) -> Passage:
    same_a = tuple((ours[i][0], ours[i + size - 1][1]) for i, _, size in tiles)
    same_b = tuple((theirs[j][0], theirs[j + size - 1][1]) for _, j, size in tiles)
    return Passage(
        a=(same_a[0][0], same_a[-1][1]),
        b=(same_b[0][0], same_b[-1][1]),
        same_a=same_a,
        same_b=same_b,
        words=sum(size for *_, size in tiles),
    )
