"""Articles whose sketches are in memory, to be compared with each other (`Desk`)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from transforms.wirecopy.arrays import Array, Bools, Index, components, runs
from transforms.wirecopy.evidence import Prepared, compare, prepare
from transforms.wirecopy.register import Register
from transforms.wirecopy.rules import MUTUAL, Pairs
from transforms.wirecopy.shelf import Shelf

# Of 87,509 pairs of the development corpus 65,867 are compared in two rounds, 61,062 in three,
# 59,293 in four, when lengths do not count.
ROUNDS: Final = 3


@dataclass(frozen=True)
class Desk:
    """Articles by number, ascending, and where each lies."""

    numbers: Index
    place: Index
    prepared: Prepared

    def compare(self, a: Index, b: Index) -> Pairs:
        """Return what the pairs (a[i], b[i]) share."""
        one, two = (self.place[np.searchsorted(self.numbers, side)] for side in (a, b))
        found = compare(self.prepared, one, two)
        letters = np.maximum(self.prepared.sketches.letters, 1)
        shared = [getattr(found, f.name) for f in fields(found)]
        return Pairs(a, b, letters[one], letters[two], *shared)

    def compare_until_joined(
        self, a: Index, b: Index, turn: Index, joins: Callable[[Pairs], Bools]
    ) -> Iterator[Pairs]:
        """Yield what the pairs share, but for two alike that a chain of pairs `joins` connects.

        First each article is compared with the one of the lowest `turn`: once for each round. Two
        of different length are always compared: one may be a short copy of the other, and such
        copies have a vote in `stories`.
        """
        one, two = (np.searchsorted(self.numbers, side) for side in (a, b))
        letters = self.prepared.sketches.letters[self.place]
        unlike = _ratio(letters[one], letters[two]) < MUTUAL  # one may be contained in the other
        group = np.arange(len(self.numbers))
        for _ in range(ROUNDS - 1):
            now = _with_first(one, two, turn[self.numbers])
            some = self.compare(a[now], b[now])
            yield some
            joined = now[joins(some)]
            group = components(len(group), group[one[joined]], group[two[joined]])[group]
            later = unlike | (group[one] != group[two])
            later[now] = False
            a, b, one, two, unlike = (side[later] for side in (a, b, one, two, unlike))
        yield self.compare(a, b)


def lay_out(shelf: Shelf, register: Register, boilerplate: Array, numbers: Index) -> Desk:
    """Read the sketches of some articles."""
    numbers = np.unique(numbers)
    order = register.reading_order(numbers)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    read = numbers[order]
    sketches = shelf.sketches(register.file[read], register.row[read])
    return Desk(numbers, place, prepare(sketches, boilerplate))


def _ratio(a: Array, b: Array) -> Array:
    return np.minimum(a, b) / np.maximum(np.maximum(a, b), 1)


def _with_first(a: Index, b: Index, turn: Index) -> Index:
    """Return where the pairs stand that join an article to its first in turn: one each at most."""
    whose, other = np.concatenate((a, b)), np.concatenate((b, a))
    order = np.lexsort((turn[other], whose))
    start, _ = runs(whose[order])
    return np.unique(order[start] % max(len(a), 1))  # a pair stands twice: from each side
