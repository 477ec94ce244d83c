"""What a pair of articles is: a copy, a piece with common passages, or neither.

All thresholds stand here, each with the reason or the measurement that chose it; lengths are in
letters without boilerplate, shares are of an article's letters without boilerplate.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from transforms.sketch import KEEP_BITS
from transforms.wirecopy.arrays import Array, Bools

# A copy: this share of the shorter article is common passages. The corpora call it a copy when the
# shared sentences are 60 % of the shorter body; edits inside the sentences widen that. On the
# development corpus .65 gives 1.4 false folds per 1,000 articles, .7 gives .5, near F1 being equal.
NEAR: Final = 0.7
NEAR_TITLE: Final = 0.6  # under the same title; damaged copies gain a point of near recall by it
NEAR_LETTERS: Final = 60  # about ten words
MUTUAL: Final = 0.65  # of both articles: one story. Less is one contained in the other
# Damage hides a part of what two articles share. Where their passages hold so few of the grams of
# clean text, less is asked, if there are grams enough, half of the numbers agree and hardly any is
# boilerplate. Copies damaged by a scanner, without BENT: near F1 .911 -> .929, ARI .950 -> .959,
# false folds .7 both; by any characters .882 -> .903, .933 -> .949, .4 -> .8; clean ones as before.
# At .45 and .55 instead of .35 near F1 is .933 and .934, false folds are 1.3 and 1.4.
DAMAGED: Final = 0.35
DAMAGED_GRAMS: Final = 12
DAMAGED_STOCK: Final = 0.1
NEAR_DAMAGED: Final = 0.6
MUTUAL_DAMAGED: Final = 0.5
EXACT: Final = 0.97  # of the grams of both
# Damage leaves a text about as long as it was. Where other words stand between those that two
# articles share, as in a form filled in anew or the next piece on the same event, the shared grams
# leave their diagonal: by 6 letters from one to the next (the median of such pairs of agency copy),
# in damaged copies by 2, in nine of ten by under 4. Of 655 folded pairs of agency copy
# (`python -m benchmarks.agency`) 32 had under a fifth of their shingles in common, with this rule 7
# of 626; of partial links 152 of 553 under a twentieth, with it 113 of 476. It costs .007 of the
# near F1 of copies damaged by a scanner, .002 of look-alikes.
BENT: Final = 5  # letters
# A partial copy: two sentences, one stretch of which is nearly a sentence long.
PARTIAL_LETTERS: Final = 130
PARTIAL_UNCHANGED: Final = 120  # where they are mostly unchanged: partial recall .968 -> .970
PARTIAL_TITLE: Final = 100  # under the same title
PARTIAL_GRAMS: Final = 6  # fewer, so far apart, lie on one diagonal by chance
STRETCH: Final = 70
# Reports of one event quote the same sentences: a small part of both articles, and of the words
# between the quotations few agree. Two of the five real articles of the shared folder `seeds` have
# .44 of the grams that clean text would have, on .11 of the shorter; where one rewrites the other
# it is .6 on .5. Without this rule 4.7 false links per 1,000 articles, with it 4.2, recall equal.
QUOTED_SHARE: Final = 0.125
UNCHANGED: Final = 0.55  # of the grams of clean text
SENTENCE: Final = 120  # nor is there a whole one
# Wire copy is reprinted within a day or two, and a form comes back after five or seven. Further
# apart, common passages are mostly a form or the background of a running story: without this
# rule 18 false links per 1,000 articles, with it 4.
CLOSE_DAYS: Final = 4
PARTIAL_LETTERS_FAR: Final = 400
STRETCH_FAR: Final = 200
# Numbers inside the passages of copies agree (median 1.0, .4 at the fifth percentile of damaged
# ones), those of one form filled in anew do not (median .1, .5 at the 95th).
WRONG: Final = 3
AGREE: Final = 0.5
AGREE_FAR: Final = 0.85
AGREE_SURE: Final = 0.8  # of four and more: a copy, whatever else they share is boilerplate
# Boilerplate among what both share: of pairs over .4 that have under 200 letters in common besides,
# two thirds are templates without numbers; of those with more, a tenth, and their numbers differ.
STOCK: Final = 0.4
STOCK_LETTERS: Final = 200
# A piece that reuses a passage may have a long footer in common as well: so many letters besides,
# of them a sentence unchanged, are reuse whatever the footer is. Partial recall .966 -> .971, and
# not one false link more; a passage that is damaged might be the rest of a footer.
STOCK_PARTIAL: Final = 0.5
# Less, or a smaller part of the article, left after boilerplate is a byline and a date.
REST_LETTERS: Final = 200
REST_SHARE: Final = 0.35


@dataclass(frozen=True)
class Pairs:
    """Pairs of articles, by number, and what they share: see `evidence.Evidence`."""

    a: Array
    b: Array
    letters_a: Array
    letters_b: Array
    stock: Array
    grams: Array
    same: Array
    covered_a: Array
    covered_b: Array
    longest: Array
    bend: Array
    numbers: Array
    agree: Array
    rest_a: Array
    rest_b: Array

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


NO_PAIRS: Final = Pairs(*[np.empty(0, np.int64)] * 2, *[np.empty(0)] * 13)


def join_pairs(parts: Sequence[Pairs]) -> Pairs:
    """Return all pairs, in the order of their articles."""
    parts = [NO_PAIRS, *parts]
    whole = Pairs(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Pairs)))
    return whole[np.lexsort((whole.b, whole.a))]


def near_on_the_whole(pairs: Pairs) -> Bools:
    """Say which pairs look like one story when nothing is known of boilerplate yet."""
    high = np.maximum(pairs.share_a, pairs.share_b)
    low = np.minimum(pairs.share_a, pairs.share_b)
    wrong = pairs.numbers - pairs.agree
    return (high >= 0.6) & (low >= 0.4) & ((wrong < WRONG) | (wrong < pairs.agree + 2))


@dataclass(frozen=True)
class Kinds:
    """What each pair is; at most one of mutual, contained and partial."""

    exact: Bools  # mutual, and nothing is missing on either side
    mutual: Bools  # copies of one story, each covered by the other
    contained: Bools  # the shorter is a copy of a part of the longer
    partial: Bools

    @property
    def any(self) -> Bools:
        """Which pairs are related."""
        return self.mutual | self.contained | self.partial


def tell(pairs: Pairs, days: Array, same_title: Bools) -> Kinds:
    """Say what each pair is, given how many days lie between the two and whether titles agree."""
    high = np.maximum(pairs.share_a, pairs.share_b)
    low = np.minimum(pairs.share_a, pairs.share_b)
    close = days <= CLOSE_DAYS
    damaged = close & _damaged(pairs)
    least = np.where(same_title & close, NEAR_TITLE, np.where(damaged, NEAR_DAMAGED, NEAR))
    good = _same_numbers(pairs, close) & _enough_left(pairs) & ~_bent(pairs)
    near = good & (high >= least)
    near &= ~_template(pairs, close) & (_covered(pairs) >= NEAR_LETTERS)
    mutual = near & (low >= np.where(damaged, MUTUAL_DAMAGED, MUTUAL))
    exact = mutual & (pairs.same >= EXACT) & (pairs.agree == pairs.numbers)
    return Kinds(exact, mutual, near & ~mutual, good & ~near & _partial(pairs, close, same_title))


def _covered(pairs: Pairs) -> Array:
    return np.maximum(pairs.covered_a, pairs.covered_b)


def _unchanged(pairs: Pairs) -> Array:
    """Return which share of the grams of clean text the passages have in common."""
    return pairs.grams * (1 << KEEP_BITS) / np.maximum(_covered(pairs), 1)


def _damaged(pairs: Pairs) -> Bools:
    """Say where damage hides a part of what both share, and nothing speaks against the rest."""
    sure = (pairs.grams >= DAMAGED_GRAMS) & (pairs.agree >= AGREE * pairs.numbers)
    return sure & (pairs.stock < DAMAGED_STOCK) & (_unchanged(pairs) < DAMAGED)


def _bent(pairs: Pairs) -> Bools:
    """Say where other words stand between those that both share."""
    return (_unchanged(pairs) < UNCHANGED) & (pairs.bend > BENT)


def _sentence(pairs: Pairs) -> Bools:
    """Say where a passage is a sentence, and the passages are mostly unchanged."""
    return (_unchanged(pairs) >= UNCHANGED) & (pairs.longest >= SENTENCE)


def _same_numbers(pairs: Pairs, close: Bools) -> Bools:
    wrong = pairs.numbers - pairs.agree
    few_wrong = (wrong < WRONG) | (pairs.agree >= AGREE * pairs.numbers)
    far = (wrong == 0) | (pairs.agree >= AGREE_FAR * pairs.numbers)
    return np.where(close, few_wrong, far)


def _sure(pairs: Pairs) -> Bools:
    return (pairs.numbers >= 4) & (pairs.agree >= AGREE_SURE * pairs.numbers)


def _enough_left(pairs: Pairs) -> Bools:
    """Say where both articles are more than boilerplate."""
    left = np.ones(len(pairs), bool)
    for rest, letters in ((pairs.rest_a, pairs.letters_a), (pairs.rest_b, pairs.letters_b)):
        left &= (rest >= REST_LETTERS) | (rest >= REST_SHARE * letters)
    high = np.maximum(pairs.share_a, pairs.share_b)
    return left | (_sure(pairs) & (high >= 0.8))


def _template(pairs: Pairs, close: Bools) -> Bools:
    """Say where much of what both share is boilerplate, and little speaks for a copy."""
    evidence = close & ((_covered(pairs) >= STOCK_LETTERS) | _sure(pairs))
    return (pairs.stock >= STOCK) & ~evidence


def _partial(pairs: Pairs, close: Bools, same_title: Bools) -> Bools:
    covered = _covered(pairs)
    least = np.where(_unchanged(pairs) < UNCHANGED, PARTIAL_LETTERS, PARTIAL_UNCHANGED)
    near_in_time = (covered >= least) & (pairs.longest >= STRETCH)
    near_in_time |= same_title & (covered >= PARTIAL_TITLE)
    far = (covered >= PARTIAL_LETTERS_FAR) & (pairs.longest >= STRETCH_FAR)
    besides = (covered >= STOCK_LETTERS) & _sentence(pairs)
    enough = (pairs.grams >= PARTIAL_GRAMS) & ((pairs.stock < STOCK_PARTIAL) | besides)
    enough &= same_title | ~_quotations(pairs)
    return enough & np.where(close, near_in_time, far)


def _quotations(pairs: Pairs) -> Bools:
    """Say where the passages are no more than quotations of the same speaker."""
    high = np.maximum(pairs.share_a, pairs.share_b)
    return (high < QUOTED_SHARE) & ~_sentence(pairs)
