"""What two articles share: passages, and whether the numbers inside agree (`compare`).

Shared grams are dots in the plane (position in one text, position in the other). A copied passage
is a run of dots along a diagonal: OCR damage and small edits thin the dots out but leave the
diagonal, while stock phrases are dots that lie anywhere. So a damaged copy is covered as fully as a
clean one.
"""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt

from transforms.sketch import GRAM, INDEX_BITS, INDEX_LIMIT, KEEP_BITS, UNIT, Sketches
from transforms.wirecopy.arrays import (
    Array,
    Bools,
    Index,
    chunks,
    contained,
    offsets_of,
    ragged,
    runs,
)

Packed = npt.NDArray[np.uint64]

CHUNK_PAIRS: Final = 600  # compared at once: fits the cache, two thirds of the time of 3,000
CHUNK_GRAMS: Final = 1 << 20
# Two dots are of one passage when at most GAP letters lie between them and SHIFT letters, and one
# in eight, have come in or gone; or further apart, where OCR left few, on a straighter line.
GAP: Final = 160 // UNIT
SHIFT: Final = 32 // UNIT
FAR_GAP: Final = 400 // UNIT
FAR_SHIFT: Final = 12 // UNIT
DOTS: Final = 3  # fewest of a passage; of 2, two of the real seeds have one by chance
# A passage reaches on average as far beyond its outer dots as its dots lie apart: in clean text
# APART letters, in damaged text more, and how much more the pair's own dots tell. A few of them
# tell little, so MEANT gaps of clean text are added: with 8 false folds of clean copies double.
# Near F1 of damaged copies (`python -m benchmarks.wirecopy --damage ocr`) .895 -> .911 by it.
APART: Final = 1 << KEEP_BITS
APART_MOST: Final = 4 * APART
EDGE: Final = GRAM + 2 * (APART - 1)  # by which a passage of clean text is longer than its dots
MEANT: Final = 16
# Boilerplate of an article is told by bins of letters with three more on each side: it is where
# most index keys are hot. A lone stock phrase stays, the slots of a template go.
BIN: Final = 32 // UNIT
AROUND: Final = 3
MAJORITY: Final = 0.6
# What two articles share is boilerplate where half of the shared index keys among the ten dots on
# each side are. That finds footers that OCR has damaged, and templates, whose slots break most keys
# of an article but none that are shared: on the damaged corpus 2 false links where there were 18.
WINDOW: Final = 10
VOTE: Final = 0.5
# One kept gram in four is an index key, so where a passage is all boilerplate the two articles have
# HOT hot keys between them for each shared gram. Of damaged boilerplate they have more: a hot key
# need survive in one article, a shared gram in both. So the few keys that damage leaves in common
# are not what is asked. One may be hot by chance. Of damaged copies 25 false links per 1,000
# articles fell to 5; without CHANCE to 4, but of clean ones partial recall fell by .003.
HOT: Final = 2 / (1 << INDEX_BITS)
CHANCE: Final = 1

# A gram, packed to be sorted: pair, hash, side, then what follows it about. Dots likewise.
_PAIR, _HASH, _SIDE, _STOCK, _KEY, _HOT = (np.uint64(bit) for bit in (52, 20, 19, 18, 17, 16))
_PLACE: Final = np.uint64(0xFFFF)
_ONE: Final = np.uint64(1)
_SIDES: Final = np.arange(2, dtype=np.uint64) << _SIDE


@dataclass(frozen=True)
class Prepared:
    """Sketches ready to be compared."""

    sketches: Sketches
    grams: Packed  # hash, boilerplate, index key, hot, position; ascending in each article
    left: Index  # grams of each article that are not boilerplate
    hot: Index  # article and position of each hot key, packed, ascending


@dataclass(frozen=True)
class Evidence:
    """What the two articles of each pair share, in letters, without boilerplate."""

    stock: Array  # share of the shared grams that are boilerplate
    grams: Array  # shared, inside passages
    same: Array  # their share of the grams of the richer article
    covered_a: Array
    covered_b: Array
    longest: Array  # passage
    bend: Array  # how far a shared gram stands off the diagonal of the one before it: the mean
    numbers: Array  # inside the passages, of both sides
    agree: Array  # of these, how many the other side has
    rest_a: Array  # letters of the article, at least 1
    rest_b: Array


def prepare(sketches: Sketches, boilerplate: Array) -> Prepared:
    """Mark what is boilerplate: where most of the index keys around are in the sorted table."""
    sizes = np.diff(sketches.offsets).astype(np.int64)
    key = np.flatnonzero(sketches.hashes < INDEX_LIMIT)
    hot = key[contained(sketches.hashes[key], boilerplate)]
    grams = sketches.hashes.astype(np.uint64) << _HASH
    grams |= sketches.positions
    grams[key] |= _ONE << _KEY
    if not len(hot):
        return Prepared(sketches, grams, sizes, hot)
    grams[hot] |= _ONE << _HOT
    first = offsets_of(sketches.letters // (UNIT * BIN) + 1)  # bin of each article
    where = np.repeat(first[:-1], sizes) + sketches.positions // BIN
    article = np.repeat(np.arange(len(sizes)), np.diff(first))
    bins = np.arange(len(article))
    low = np.maximum(bins - AROUND, first[article])
    high = np.minimum(bins + AROUND + 1, first[article + 1])
    keys, bad = (
        sums[high] - sums[low]
        for sums in (offsets_of(np.bincount(where[at], minlength=len(bins))) for at in (key, hot))
    )
    stock = (bad > keys * MAJORITY)[where]
    grams[stock] |= _ONE << _STOCK
    owner = np.repeat(np.arange(len(sizes)), sizes)
    left = sizes - np.bincount(owner[stock], minlength=len(sizes))
    return Prepared(sketches, grams, left, np.sort(owner[hot] << 16 | sketches.positions[hot]))


def compare(prepared: Prepared, a: Index, b: Index) -> Evidence:
    """Return the evidence of the pairs (a[i], b[i]) of articles of `prepared`."""
    sizes = np.diff(prepared.sketches.offsets).astype(np.int64)
    some = list(chunks(sizes[a] + sizes[b], CHUNK_PAIRS, CHUNK_GRAMS)) or [slice(0)]
    parts = [_compare(prepared, a[at], b[at]) for at in some]
    return Evidence(
        *(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Evidence))
    )


def _compare(prepared: Prepared, a: Index, b: Index) -> Evidence:
    dots = _dots(prepared, a, b)
    pair = (dots >> np.uint64(36)).astype(np.int64)
    bad = _boilerplate(dots, pair)
    count = np.bincount(pair, minlength=len(a))
    lost = np.bincount(pair[bad], minlength=len(a))
    left_a, left_b = (
        prepared.left[rows] - np.bincount(pair[bad & (dots >> side & _ONE == 0)], minlength=len(a))
        for rows, side in ((a, np.uint64(3)), (b, np.uint64(2)))
    )
    rest_a, rest_b = (
        np.maximum(prepared.sketches.letters[rows] * left / _sizes(prepared, rows), 1.0)
        for rows, left in ((a, left_a), (b, left_b))
    )
    good = ~bad
    in_a = (dots[good] >> np.uint64(20) & _PLACE).astype(np.int64)
    in_b = (dots[good] >> np.uint64(4) & _PLACE).astype(np.int64)
    pair, in_a, in_b, end_a, end_b, grams, bends = _passages(pair[good], in_a, in_b)
    hot = _hot_keys(prepared, a[pair], in_a, end_a) + _hot_keys(prepared, b[pair], in_b, end_b)
    stock = hot - CHANCE >= HOT * grams
    for rest, start, end in ((rest_a, in_a, end_a), (rest_b, in_b, end_b)):
        gone = np.bincount(pair[stock], (end - start)[stock] * UNIT, len(a))
        np.maximum(rest - gone, 1.0, out=rest)
    left = np.maximum(left_a, left_b) - np.bincount(pair[stock], grams[stock], len(a))
    pair, in_a, in_b, end_a, end_b, grams, bends = (
        column[~stock] for column in (pair, in_a, in_b, end_a, end_b, grams, bends)
    )
    shared = np.bincount(pair, weights=grams, minlength=len(a))
    steps = np.bincount(pair, weights=grams - 1, minlength=len(a))
    edge = _edges(pair, end_a - in_a, grams, len(a))
    long_a, long_b = ((end - start) * UNIT + edge for end, start in ((end_a, in_a), (end_b, in_b)))
    longest = np.zeros(len(a))
    np.maximum.at(longest, pair, (end_a - in_a) * UNIT + EDGE)
    numbers_a, agree_a = _numbers(prepared.sketches, a, b, (pair, in_a, end_a))
    order = np.lexsort((in_b, pair))
    passages_b = (pair[order], in_b[order], end_b[order])
    numbers_b, agree_b = _numbers(prepared.sketches, b, a, passages_b)
    return Evidence(
        stock=lost / np.maximum(count, 1),
        grams=shared,
        same=shared / np.maximum(left, 1),
        covered_a=np.minimum(np.bincount(pair, weights=long_a, minlength=len(a)), rest_a),
        covered_b=np.minimum(np.bincount(pair, weights=long_b, minlength=len(a)), rest_b),
        longest=longest,
        bend=np.bincount(pair, bends, len(a)) * UNIT / np.maximum(steps, 1),
        numbers=numbers_a + numbers_b,
        agree=agree_a + agree_b,
        rest_a=rest_a,
        rest_b=rest_b,
    )


def _sizes(prepared: Prepared, rows: Index) -> Array:
    return np.maximum(np.diff(prepared.sketches.offsets)[rows], 1)


def _dots(prepared: Prepared, a: Index, b: Index) -> Packed:
    """Return the shared grams of all pairs, sorted by position in a.

    Each is packed: pair, position in a, in b, boilerplate in a, in b, index key, hot.
    """
    offsets, rows = prepared.sketches.offsets, np.stack((a, b), axis=1)
    starts, ends = offsets[rows].ravel(), offsets[rows + 1].ravel()
    sides = [prepared.grams[s:e] for s, e in zip(starts.tolist(), ends.tolist(), strict=True)]
    packed = np.concatenate([prepared.grams[:0], *sides])
    pair = np.arange(len(a), dtype=np.uint64)[:, None] << _PAIR
    packed |= np.repeat((pair | _SIDES).ravel(), ends - starts)
    packed.sort(kind="stable")  # each side ascends: merges them, in a fourth of a quicksort's time
    same = np.flatnonzero(packed[1:] ^ packed[:-1] < _ONE << _HASH)
    one, two = packed[same], packed[same + 1]
    dots: Packed = one >> _PAIR << np.uint64(36)
    dots |= (one & _PLACE) << np.uint64(20) | (two & _PLACE) << np.uint64(4)
    dots |= (one >> _STOCK & _ONE) << np.uint64(3) | (two >> _STOCK & _ONE) << np.uint64(2)
    dots |= one >> _HOT & np.uint64(3)
    dots.sort()
    return dots


def _boilerplate(dots: Packed, pair: Index) -> Bools:
    """Say which dots lie among hot keys."""
    hot = dots & _ONE
    if not hot.any():
        return np.zeros(len(dots), bool)
    hots, keys = offsets_of(hot), offsets_of(dots >> _ONE & _ONE)
    start, size = runs(pair)
    here = np.arange(len(dots))
    low = np.maximum(here - WINDOW, np.repeat(start, size))
    high = np.minimum(here + WINDOW + 1, np.repeat(start + size, size))
    bad: Bools = hots[high] - hots[low] > (keys[high] - keys[low]) * VOTE
    return bad


def _passages(pair: Index, in_a: Index, in_b: Index) -> tuple[Index, ...]:
    """Join dots that follow each other along a diagonal.

    Returns (pair, first position in a, in b, last in a, in b, shared grams, how far they leave the
    diagonal from one to the next, in all) of each passage.
    """
    step = np.diff(in_a)
    shift = np.abs(step - np.diff(in_b))
    joined = (step <= GAP) & (shift <= SHIFT + (step >> 3))
    joined |= (step <= FAR_GAP) & (shift <= FAR_SHIFT + (step >> 5))
    joined &= pair[1:] == pair[:-1]
    edge = np.flatnonzero(np.concatenate(([True], ~joined, [True])))
    start, end = (edge[:-1], edge[1:] - 1) if len(pair) else (edge[:0], edge[:0])
    enough = end - start + 1 >= DOTS
    start, end = start[enough], end[enough]
    bends = offsets_of(shift)
    bends = bends[end] - bends[start]
    return pair[start], in_a[start], in_b[start], in_a[end], in_b[end], end - start + 1, bends


def _edges(pair: Index, steps: Index, grams: Index, pairs: int) -> Array:
    """Return how many letters each passage is longer than from its first dot to its last."""
    gaps = np.bincount(pair, grams - 1, pairs) + MEANT
    apart = (np.bincount(pair, steps, pairs) * UNIT + MEANT * APART) / gaps
    edge: Array = GRAM + 2 * (np.clip(apart, APART, APART_MOST) - 1)
    return edge[pair]


def _hot_keys(prepared: Prepared, article: Index, first: Index, last: Index) -> Index:
    """Return how many hot keys each article has between two positions."""
    low = np.searchsorted(prepared.hot, article << 16 | first)
    return np.searchsorted(prepared.hot, article << 16 | last, "right") - low


def _numbers(
    sketches: Sketches, a: Index, b: Index, passages: tuple[Index, ...]
) -> tuple[Index, Index]:
    """Return how many numbers of a lie inside its passages, and how many of these b has."""
    pair, first, last = passages
    starts, sizes = sketches.number_offsets.astype(np.int64)[:-1], np.diff(sketches.number_offsets)
    some = pair[runs(pair)[0]]  # most pairs have no passages
    at, owner = ragged(starts[a[some]], sizes[a[some]], some)
    if not len(at) or not len(pair):
        return np.zeros(len(a), np.int64), np.zeros(len(a), np.int64)
    place = sketches.number_positions[at].astype(np.int64)
    near = np.searchsorted(pair << 16 | first, owner << 16 | place, "right") - 1
    inside = (near >= 0) & (pair[near] == owner) & (place <= last[near] + GRAM // UNIT)
    at, owner = at[inside], owner[inside]
    theirs, other = ragged(starts[b[some]], sizes[b[some]], some)
    agree = contained(
        owner << 32 | sketches.numbers[at], np.sort(other << 32 | sketches.numbers[theirs])
    )
    return (
        np.bincount(owner, minlength=len(a)),
        np.bincount(owner[agree], minlength=len(a)),
    )
