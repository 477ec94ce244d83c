"""What two articles share: passages, and whether the numbers inside agree (`compare`).

Shared grams are dots in the plane (position in one text, position in the other). A copied passage
is a run of dots along a diagonal: OCR damage and small edits thin the dots out but leave the
diagonal, while stock phrases are dots that lie anywhere. So a damaged copy is covered as fully as a
clean one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from transforms.sketch import GRAM, INDEX_LIMIT, KEEP_BITS, UNIT, Sketches
from transforms.wirecopy.arrays import Array, Index, contained, offsets_of, ragged

CHUNK_PAIRS: Final = 3_000  # compared at once: fits the cache, half the time of 40,000
CHUNK_GRAMS: Final = 1 << 20
GAP: Final = 160 // UNIT  # most letters between two shared grams of one passage
SHIFT: Final = 16 // UNIT  # letters that may be lost or come in between them, and 1 in 8
HITS: Final = 3  # fewest shared grams of a passage
# A passage reaches on average (1 << KEEP_BITS) - 1 letters beyond its outer kept grams.
EDGE: Final = (GRAM + 2 * ((1 << KEEP_BITS) - 1)) / UNIT
BIN: Final = 32 // UNIT  # boilerplate is told by bins of letters,
AROUND: Final = 3  # with three bins on each side:
MAJORITY: Final = 1 / 1.4  # it is where most index keys are. 1/2 loses a hundredth of near recall


@dataclass(frozen=True)
class Prepared:
    """Sketches ready to be compared, without what is boilerplate."""

    sketches: Sketches
    grams: Array  # hash << 17 | position, ascending in each article
    offsets: Index  # of each article among `grams`
    letters: Array  # of each article, without boilerplate


@dataclass(frozen=True)
class Evidence:
    """What the two articles of each pair share, in letters, without boilerplate."""

    grams: Array  # shared grams inside passages
    covered_a: Array
    covered_b: Array
    longest: Array  # passage
    numbers: Array  # inside the passages, of both sides
    agree: Array  # of these, how many the other side has


def prepare(sketches: Sketches, boilerplate: Array) -> Prepared:
    """Leave out boilerplate: where most of the index keys around are in the sorted table.

    The slots of a template go with the words around them, and a lone stock phrase stays.
    """
    sizes = np.diff(sketches.offsets)
    count = len(sizes)
    owner = np.repeat(np.arange(count), sizes)
    first = offsets_of(sketches.letters // (UNIT * BIN) + 1)  # bin of each article
    last = first[1:]
    where = np.minimum(first[owner] + sketches.positions // BIN, last[owner] - 1)
    key = np.flatnonzero(sketches.hashes < INDEX_LIMIT)
    stock = key[contained(sketches.hashes[key], boilerplate)]
    total = int(first[-1])
    article = np.repeat(np.arange(count), np.diff(first))
    low = np.maximum(np.arange(total) - AROUND, first[article])
    high = np.minimum(np.arange(total) + AROUND + 1, last[article])
    keys, bad = (
        np.diff(offsets_of(np.bincount(where[at], minlength=total))[[low, high]], axis=0)[0]
        for at in (key, stock)
    )
    kept = ~(bad > keys * MAJORITY)[where]
    left = np.bincount(owner[kept], minlength=count)
    grams = sketches.hashes[kept].astype(np.uint64) << np.uint64(17)
    return Prepared(
        sketches,
        grams | sketches.positions[kept],
        offsets_of(left),
        np.maximum(sketches.letters * (left / np.maximum(sizes, 1)), 1.0),
    )


def compare(prepared: Prepared, a: Index, b: Index) -> Evidence:
    """Return the evidence of the pairs (a[i], b[i]) of articles of `prepared`."""
    parts = [_compare(prepared, a[at], b[at]) for at in _chunks(prepared, a, b)]
    return Evidence(
        *(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Evidence))
    )


def _chunks(prepared: Prepared, a: Index, b: Index) -> Iterator[slice]:
    sizes = np.diff(prepared.offsets)
    grams = np.cumsum(sizes[a] + sizes[b])
    start = 0
    while start < len(a) or start == 0:
        done = grams[start - 1] if start else 0
        fit = int(np.searchsorted(grams, done + CHUNK_GRAMS, "right"))
        end = max(start + 1, min(fit, start + CHUNK_PAIRS))
        yield slice(start, end)
        start = end


def _compare(prepared: Prepared, a: Index, b: Index) -> Evidence:
    pair, in_a, in_b, last_a, last_b, grams = _passages(*_shared(prepared, a, b))

    def total(values: Array) -> Array:
        return np.bincount(pair, weights=values, minlength=len(a))

    longest = np.zeros(len(a))
    np.maximum.at(longest, pair, last_a - in_a + EDGE)
    numbers_a, agree_a = _numbers(prepared.sketches, a, b, (pair, in_a, last_a))
    order = np.lexsort((in_b, pair))
    passages_b = (pair[order], in_b[order], last_b[order])
    numbers_b, agree_b = _numbers(prepared.sketches, b, a, passages_b)
    return Evidence(
        grams=total(grams),
        covered_a=np.minimum(total(last_a - in_a + EDGE) * UNIT, prepared.letters[a]),
        covered_b=np.minimum(total(last_b - in_b + EDGE) * UNIT, prepared.letters[b]),
        longest=longest * UNIT,
        numbers=numbers_a + numbers_b,
        agree=agree_a + agree_b,
    )


def _shared(prepared: Prepared, a: Index, b: Index) -> tuple[Index, Index, Index]:
    """Return the shared grams of all pairs, sorted: (pair, position in a, position in b)."""
    sides = []
    for side, rows in enumerate((a, b)):
        at, pair = ragged(prepared.offsets[rows], np.diff(prepared.offsets)[rows])
        packed = prepared.grams[at]
        packed |= pair.astype(np.uint64) << np.uint64(49)
        packed |= np.uint64(side << 16)
        sides.append(packed)
    packed = np.concatenate(sides)
    packed.sort(kind="stable")  # of two ascending halves: one merge, a fourth of a quicksort
    gram = packed >> np.uint64(17)
    same = np.flatnonzero(gram[1:] == gram[:-1])
    low = np.uint64(0xFFFF)
    dots = packed[same] >> np.uint64(49) << np.uint64(32)
    dots |= (packed[same] & low) << np.uint64(16) | (packed[same + 1] & low)
    dots.sort()
    dots = dots.astype(np.int64)
    return dots >> 32, dots >> 16 & 0xFFFF, dots & 0xFFFF


def _passages(pair: Index, in_a: Index, in_b: Index) -> tuple[Index, ...]:
    """Join dots that follow each other along a diagonal.

    Returns (pair, first position in a, in b, last in a, in b, shared grams) of each passage.
    """
    step_a, step_b = np.diff(in_a), np.diff(in_b)
    joined = (pair[1:] == pair[:-1]) & (step_a <= GAP)
    joined &= np.abs(step_a - step_b) <= SHIFT + (step_a >> 3)
    edge = np.flatnonzero(np.concatenate(([True], ~joined, [True])))
    start, end = (edge[:-1], edge[1:] - 1) if len(pair) else (edge[:0], edge[:0])
    enough = end - start + 1 >= HITS
    start, end = start[enough], end[enough]
    return pair[start], in_a[start], in_b[start], in_a[end], in_b[end], end - start + 1


def _numbers(
    sketches: Sketches, a: Index, b: Index, passages: tuple[Index, ...]
) -> tuple[Index, Index]:
    """Return how many numbers of a lie inside its passages, and how many of these b has."""
    pair, first, last = passages
    starts, sizes = sketches.number_offsets.astype(np.int64)[:-1], np.diff(sketches.number_offsets)
    at, owner = ragged(starts[a], sizes[a])
    if not len(at) or not len(pair):
        return np.zeros(len(a), np.int64), np.zeros(len(a), np.int64)
    place = sketches.number_positions[at].astype(np.int64)
    near = np.searchsorted(pair << 16 | first, owner << 16 | place, "right") - 1
    inside = (near >= 0) & (pair[near] == owner) & (place <= last[near] + GRAM // UNIT)
    at, owner = at[inside], owner[inside]
    theirs, other = ragged(starts[b], sizes[b])
    agree = contained(
        owner << 32 | sketches.numbers[at], np.sort(other << 32 | sketches.numbers[theirs])
    )
    return (
        np.bincount(owner, minlength=len(a)),
        np.bincount(owner[agree], minlength=len(a)),
    )
