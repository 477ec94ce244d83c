"""What a pair of articles is: a copy, a piece with common passages, or neither.

All thresholds stand here, each with the reason or the measurement that chose it; lengths are in
letters without boilerplate, shares are of an article's letters without boilerplate.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from transforms.wirecopy.arrays import Array, Bools

# A copy: two thirds of the shorter article are common passages, about where the corpora's own
# definition (shared sentences are 60 % of the shorter body) lies after edits inside sentences.
NEAR: Final = 0.65
NEAR_LETTERS: Final = 60  # about ten words
# A partial copy: a common stretch of two sentences.
PARTIAL_LETTERS: Final = 144
LONGEST: Final = 120
# Below so many letters, or so small a part of the article, what is left after boilerplate is a
# byline and a date.
REST_LETTERS: Final = 200
REST_SHARE: Final = 0.35
EXACT: Final = 0.97  # of the grams of both sides


@dataclass(frozen=True)
class Pairs:
    """Pairs of articles (by number) and what they share: see `evidence.Evidence`."""

    a: Array
    b: Array
    same: Array  # share of the grams of the richer article that both have in passages
    covered_a: Array
    covered_b: Array
    longest: Array
    numbers: Array
    agree: Array
    rest_a: Array  # letters without boilerplate
    rest_b: Array
    letters_a: Array
    letters_b: Array

    @property
    def share_a(self) -> Array:
        """Share of a that is covered."""
        return self.covered_a / self.rest_a

    @property
    def share_b(self) -> Array:
        """Share of b that is covered."""
        return self.covered_b / self.rest_b

    def __len__(self) -> int:
        return len(self.a)

    def __getitem__(self, at: Array | slice) -> "Pairs":
        return Pairs(*(getattr(self, f.name)[at] for f in fields(Pairs)))


NO_PAIRS: Final = Pairs(*[np.empty(0, np.int64)] * 2, *[np.empty(0)] * 10)


def join_pairs(parts: Sequence[Pairs]) -> Pairs:
    """Return all pairs, in the order of their articles."""
    parts = [NO_PAIRS, *parts]
    whole = Pairs(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Pairs)))
    return whole[np.lexsort((whole.b, whole.a))]


def near_on_the_whole(pairs: Pairs) -> Bools:
    """Say which pairs look like one story when nothing is known of boilerplate yet."""
    high = np.maximum(pairs.share_a, pairs.share_b)
    low = np.minimum(pairs.share_a, pairs.share_b)
    return (high >= 0.6) & (low >= 0.4) & ~other_numbers(pairs)


def other_numbers(pairs: Pairs) -> Bools:
    """Say where the numbers inside the passages differ: one form filled in anew, not a copy.

    Of near copies 90 to 100 % of the numbers agree, of templates none, of series a fourth.
    """
    wrong = pairs.numbers - pairs.agree
    return (wrong >= 3) & (wrong >= pairs.agree + 2)


@dataclass(frozen=True)
class Kinds:
    """What each pair is; at most one of mutual, contained and partial."""

    exact: Bools  # mutual, and nothing is missing on either side
    mutual: Bools  # copies of one story, each covered by the other
    contained: Bools  # the shorter is a copy of a part of the longer
    partial: Bools


def tell(pairs: Pairs, count: int) -> Kinds:
    """Say what each pair is, `count` being the number of articles."""
    a, b = pairs.a, pairs.b
    high = np.maximum(pairs.share_a, pairs.share_b)
    low = np.minimum(pairs.share_a, pairs.share_b)
    covered = np.maximum(pairs.covered_a, pairs.covered_b)
    other = other_numbers(pairs)
    form = other & (high >= 0.3)
    forms = np.bincount(a[form], minlength=count) + np.bincount(b[form], minlength=count)
    series = (forms[a] >= 2) & (forms[b] >= 2)
    same_numbers = (pairs.numbers >= 4) & (pairs.agree >= 0.8 * pairs.numbers)
    stock = 1 - np.maximum(pairs.rest_a / pairs.letters_a, pairs.rest_b / pairs.letters_b)
    doubtful = (stock >= 0.2) & (pairs.numbers >= 3) & (pairs.agree < 0.7 * pairs.numbers)
    rest = _enough(pairs.rest_a, pairs.letters_a) & _enough(pairs.rest_b, pairs.letters_b)
    rest |= same_numbers & (high >= 0.8)
    near = (high >= NEAR) & (covered >= NEAR_LETTERS) & rest
    near &= ~other & ~doubtful & (~series | same_numbers)
    partial = (
        ~near & rest & (covered >= PARTIAL_LETTERS) & ((pairs.longest >= LONGEST) | (high >= 0.35))
    )
    partial &= ~(other | doubtful | series)
    mutual = near & (low >= NEAR)
    exact = mutual & (pairs.same >= EXACT) & (pairs.agree == pairs.numbers)
    return Kinds(exact, mutual, near & ~mutual, partial)


def _enough(rest: Array, letters: Array) -> Bools:
    return (rest >= REST_LETTERS) | (rest >= REST_SHARE * letters)
