"""Folding as plain functions over blocks; `fold` composes them in one process, as Beam does."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pyarrow as pa

from transforms.records import SketchFile
from transforms.sketch import Sketches
from transforms.wirecopy import candidates
from transforms.wirecopy.arrays import Array, Bools, Index, chunks, components, pack, unpack
from transforms.wirecopy.candidates import (
    KEY,
    RARE_KEY,
    Holders,
    HotKeys,
    Shared,
    Verdict,
    add_up,
    hot_keys,
    merge,
    pairs_of_rare,
)
from transforms.wirecopy.desk import lay_out
from transforms.wirecopy.links import EXACT, Links, link
from transforms.wirecopy.register import Register, number_articles
from transforms.wirecopy.rules import CLOSE_DAYS, Kinds, Pairs, join_pairs, near_on_the_whole, tell
from transforms.wirecopy.shelf import Shelf
from transforms.wirecopy.stories import Stories, tell_stories
from transforms.wirecopy.verdicts import write_verdicts

PAIRS_AT_ONCE: Final = 32_000  # their sketches are in memory together, 100 MB or so
ROWS_AT_ONCE: Final = 8_000
CHARACTERS_AT_ONCE: Final = 1 << 28  # of those pairs; one in eight is kept, with 30 bytes
KEYS_AT_ONCE: Final = 4_000  # hot ones, up to 20 pairs each
ONE_KEY_LENGTH: Final = 400  # characters; a shorter article has about ten keys, one will do
ONE_KEY_DAYS: Final = 2  # one rare key will do; 1.3 points of partial recall
NOTHING: Final = np.empty(0, np.uint32)  # no boilerplate is known yet
NO_PAIRS: Final = np.empty(0, np.uint64)


def index_file(shelf: Shelf, register: Register, file: int) -> Iterator[Holders]:
    """Yield the index keys of a file's articles and who holds them; of none if none is new."""
    if not register.fresh.any():
        return
    for sketches, numbers in _blocks(shelf, register, file):
        yield candidates.holders_of(sketches, numbers)


def pivots_of_file(
    shelf: Shelf, register: Register, file: int, verdict: Verdict
) -> Iterator[Shared]:
    """Yield the pairs of a file's articles with the pivots of the hot stories they are of."""
    if len(verdict.stories):
        for sketches, numbers in _blocks(shelf, register, file):
            yield candidates.pairs_with_pivots(sketches, numbers, verdict)


def _blocks(shelf: Shelf, register: Register, file: int) -> Iterator[tuple[Sketches, Index]]:
    rows, numbers = register.rows_of(file)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[start : start + ROWS_AT_ONCE]
        yield (
            shelf.sketches(np.full(len(some), file), some),
            numbers[start : start + ROWS_AT_ONCE],
        )


def deal(register: Register, shared: Shared, parts: int) -> Iterator[tuple[int, Shared]]:
    """Yield the pairs in parts, those of a story mostly in one."""
    part = register.neighbourhood(*unpack(shared.pairs)) % np.uint32(parts)
    for number in range(parts):
        mine = part == number
        yield number, Shared(shared.pairs[mine], shared.weight[mine])


def deal_hot(register: Register, hot: HotKeys) -> Iterator[HotKeys]:
    """Yield the hot keys, some at a time, those of a story mostly together."""
    order = np.argsort(register.first[hot.samples].min(axis=1), kind="stable")
    for start in range(0, len(order), KEYS_AT_ONCE):
        yield hot[order[start : start + KEYS_AT_ONCE]]


def near_samples(shelf: Shelf, register: Register, hot: HotKeys) -> Array:
    """Return which pairs of the samples of hot keys look like one story, packed.

    A first look tells most boilerplate; only the samples that it leaves open are looked at again.
    """
    first = hot.first_pairs()
    near = _near(shelf, register, first)
    more = np.setdiff1d(hot.left_open(near).pairs(), first, assume_unique=True)
    group = components(len(register), *unpack(near))
    a, b = unpack(more)
    return np.concatenate((near, _near(shelf, register, more[group[a] != group[b]])))


def _near(shelf: Shelf, register: Register, pairs: Array) -> Array:
    found = [
        lay_out(shelf, register, NOTHING, np.concatenate((a, b))).compare(a, b)
        for a, b in _some_at_a_time(register, pairs)
    ]
    near = [some[near_on_the_whole(some)] for some in found]
    return np.concatenate([NO_PAIRS, *(pack(some.a, some.b) for some in near)])


def related(shelf: Shelf, register: Register, boilerplate: Array, pairs: Array) -> Pairs:
    """Return those of the packed pairs that are of some kind, and what they share.

    Leaves out two articles of like length that a chain of copies of one another connects.
    """
    new = register.known < 0

    def joins(some: Pairs) -> Bools:
        return new[some.a] & new[some.b] & _tell(register, some).mutual

    found = [
        some[_tell(register, some).any]
        for a, b in _some_at_a_time(register, pairs)
        for some in lay_out(
            shelf, register, boilerplate, np.concatenate((a, b))
        ).compare_until_joined(a, b, register.turn, joins)
    ]
    return join_pairs(found)


def _some_at_a_time(register: Register, pairs: Array) -> Iterator[tuple[Index, Index]]:
    """Yield packed pairs, without versions of one article, those of a story mostly together."""
    a, b = unpack(pairs)
    order = np.argsort(register.neighbourhood(a, b), kind="stable")
    order = order[register.article[a[order]] != register.article[b[order]]]
    a, b = a[order], b[order]
    sizes = register.length[a].astype(np.int64) + register.length[b]
    for at in chunks(sizes, PAIRS_AT_ONCE, CHARACTERS_AT_ONCE):
        yield a[at], b[at]


def _tell(register: Register, pairs: Pairs) -> Kinds:
    days, same_title = register.days_apart(pairs.a, pairs.b), register.same_title(pairs.a, pairs.b)
    return tell(pairs, days, same_title)


def judge(hot: HotKeys, near: Sequence[Array]) -> Verdict:
    """Tell the hot keys of stories from boilerplate, given the pairs of samples that are near."""
    return candidates.judge(hot, *unpack(np.concatenate([NO_PAIRS, *near])))


def worth_comparing(register: Register, shared: Shared) -> Array:
    """Return the pairs worth comparing: not two old ones, and with enough rare keys in common.

    The more days lie between two articles, the less a single common phrase says.
    """
    a, b = unpack(shared.pairs)
    fresh = register.fresh
    days = register.days_apart(a, b)
    short = np.minimum(register.length[a], register.length[b]) < ONE_KEY_LENGTH
    ages = [(days <= CLOSE_DAYS) & short, days <= ONE_KEY_DAYS, days <= CLOSE_DAYS]
    least = np.select(ages, [KEY, RARE_KEY, 2 * KEY], 3 * KEY)
    return shared.pairs[(shared.weight >= least) & (fresh[a] | fresh[b])]


def conclude(register: Register, found: Sequence[Pairs]) -> tuple[Stories, Links]:
    """Return the stories and links, given all pairs of twins that are related."""
    pairs = join_pairs(found)
    kinds = _tell(register, pairs)
    stories = tell_stories(register, pairs, kinds)
    return stories, link(register, pairs, kinds, stories)


def measure(shelf: Shelf, register: Register, boilerplate: Array, links: Links) -> Links:
    """Return the links, and what those pairs share that were not compared yet."""
    unknown = np.flatnonzero(np.isnan(links.share))
    kind, share, other = links.kind.copy(), links.share.copy(), links.share_other.copy()
    for start in range(0, len(unknown), PAIRS_AT_ONCE):
        at = unknown[start : start + PAIRS_AT_ONCE]
        a, b = register.twin[links.whose[at]], register.twin[links.to[at]]
        found = lay_out(shelf, register, boilerplate, np.concatenate((a, b))).compare(a, b)
        share[at], other[at] = found.share_a, found.share_b
        kind[at[_tell(register, found).exact]] = EXACT
    return replace(links, kind=kind, share=share, share_other=other)


def fold(files: Sequence[SketchFile]) -> Iterator[pa.Table]:
    """Yield the verdicts of the articles of all files, without Beam."""
    shelf, numbers = Shelf(files), range(len(files))
    register = number_articles(files)
    holders = merge([part for number in numbers for part in index_file(shelf, register, number)])
    hot = hot_keys(holders)
    verdict = judge(hot, [near_samples(shelf, register, hot)])
    rare = list(pairs_of_rare(holders))
    pivots = [part for n in numbers for part in pivots_of_file(shelf, register, n, verdict)]
    pairs = worth_comparing(register, add_up(rare + pivots))
    found = related(shelf, register, verdict.boilerplate, pairs)
    stories, links = conclude(register, [found])
    links = measure(shelf, register, verdict.boilerplate, links)
    yield from write_verdicts(shelf, register, stories, links)
