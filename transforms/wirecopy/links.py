"""The links of articles to earlier ones with which they share passages."""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from transforms.wirecopy.arrays import Array, Bools, Index, contained, pack, runs
from transforms.wirecopy.register import Register
from transforms.wirecopy.rules import Kinds, Pairs
from transforms.wirecopy.stories import Stories

KINDS: Final = np.array(["exact", "near", "partial"])
EXACT, NEAR, PARTIAL = range(3)


@dataclass(frozen=True)
class Links:
    """Links by number: the article, an earlier one, what it is to it, and the share of each."""

    whose: Index
    to: Index
    kind: Array
    share: Array  # nan where the pair was not compared
    share_other: Array


def link(register: Register, pairs: Pairs, kinds: Kinds, stories: Stories) -> Links:
    """Return the links of all articles of this run, by article.

    Each copy has one to its canonical article, or one of its story, which comes first; then there
    is one at most from an article to another story: near ones first, then the earlier.
    """
    to_canonical = _to_canonical(register, pairs, kinds, stories)
    parts = zip(to_canonical, _between_stories(register, pairs, kinds, stories), strict=True)
    links = Links(*(np.concatenate(part) for part in parts))
    second = np.arange(len(links.to)) >= len(to_canonical[0])
    order = np.lexsort((_age(register)[links.to], links.kind, second, links.whose))
    return Links(*(getattr(links, f.name)[order] for f in fields(Links)))


def _to_canonical(
    register: Register, pairs: Pairs, kinds: Kinds, stories: Stories
) -> tuple[Array, ...]:
    whose = np.flatnonzero(stories.copy)
    to = stories.named_by[whose]
    published = np.flatnonzero(register.published)
    canonical = published[register.article[published] == register.story[published]]
    canonical = canonical[np.argsort(register.story[canonical], kind="stable")]
    if len(canonical):  # the earlier run's canonical article, if it is still within the window
        at = np.searchsorted(register.story[canonical], stories.name[whose])
        found = canonical[np.minimum(at, len(canonical) - 1)]
        to = np.where(register.story[found] == stories.name[whose], found, to)
    a, b = register.twin[whose], register.twin[to]
    same = a == b
    share, other = np.where(same, 1.0, np.nan), np.where(same, 1.0, np.nan)
    compared, at = _find(pairs, a, b)
    turned = a[compared] > b[compared]
    share[compared] = np.where(turned, pairs.share_b[at], pairs.share_a[at])
    other[compared] = np.where(turned, pairs.share_a[at], pairs.share_b[at])
    exact = same
    exact[compared] = kinds.exact[at]
    kind = np.where(exact, EXACT, NEAR)
    others = register.article[whose] != register.article[to]  # not an earlier version of itself
    return tuple(part[others] for part in (whose, to, kind, share, other))


def _find(pairs: Pairs, a: Index, b: Index) -> tuple[Index, Index]:
    """Return which pairs stand among the ordered `pairs`, and where."""
    known, wanted = pack(pairs.a, pairs.b), pack(np.minimum(a, b), np.maximum(a, b))
    found = np.flatnonzero(contained(wanted, known))
    return found, np.searchsorted(known, wanted[found])


def _between_stories(
    register: Register, pairs: Pairs, kinds: Kinds, stories: Stories
) -> tuple[Array, ...]:
    pairs, mutual = pairs[kinds.any], kinds.mutual[kinds.any]
    heads = _heads(register, stories.copy)
    a, b = heads[pairs.a], heads[pairs.b]
    age = _age(register)
    swap = age[a] < age[b]
    whose, to = np.where(swap, b, a), np.where(swap, a, b)
    share = np.where(swap, pairs.share_b, pairs.share_a)
    other = np.where(swap, pairs.share_a, pairs.share_b)
    kind = np.where(mutual, NEAR, PARTIAL)
    story = stories.name
    apart = (story[whose] != story[to]) & (register.article[whose] != register.article[to])
    apart = np.flatnonzero(apart & ~register.published[whose])
    order = np.lexsort(
        (to[apart], -share[apart], stories.copy[to[apart]], story[to[apart]], whose[apart])
    )
    at = apart[order]
    start, _ = runs_of_two(whose[at], story[to[at]])
    at = at[start]
    return whose[at], to[at], kind[at], share[at], other[at]


def runs_of_two(one: Array, two: Array) -> tuple[Index, Index]:
    """Return where each run of equal pairs begins, and its length."""
    changed = np.concatenate(([0], np.cumsum((one[1:] != one[:-1]) | (two[1:] != two[:-1]))))
    return runs(changed[: len(one)])


def _age(register: Register) -> Index:
    """Return the place of each article by age: earlier runs first, then by time and id."""
    order = np.lexsort((register.place, register.event, ~register.published))
    age = np.empty(len(register), np.int64)
    age[order] = np.arange(len(register))
    return age


def _heads(register: Register, copy: Bools) -> Index:
    """Return of each twin the article with its content that links speak of.

    A published one, else the one that stays, else the earliest.
    """
    order = np.lexsort((register.place, register.event, copy, ~register.published, register.twin))
    start, _ = runs(register.twin[order])
    heads = np.arange(len(register))
    heads[register.twin[order[start]]] = order[start]
    return heads
