"""Which articles are one story, which of them stays, and how the others are linked.

twins (same content) and mutual pairs --> groups of copies
a short copy                          --> the one group of its best container
a group that earlier runs know        --> each article joins the story it covers best
every other group                     --> a story of its own, named by its canonical article
"""

from dataclasses import dataclass

import numpy as np

from transforms.wirecopy.arrays import Array, Bools, Index, components, pack, runs, unpack
from transforms.wirecopy.register import Register
from transforms.wirecopy.rules import Kinds, Pairs


@dataclass(frozen=True)
class Stories:
    """The story of each article, by number.

    `named_by` is the article that names the story: its canonical one, or, for a story of an
    earlier run, a published article of it. `name` is the hash of the story id.
    """

    named_by: Index
    name: Array
    copy: Bools  # it goes to the duplicates
    copies: Array  # of an article of this run


def tell_stories(register: Register, pairs: Pairs, kinds: Kinds) -> Stories:
    """Return the stories of all articles, given what each pair of twins is."""
    known = register.known
    group = _groups(register, pairs, kinds, known < 0)
    named_by = _earlier(register, pairs, kinds, known, group)
    new = named_by < 0
    named_by[new] = _canonical(register, group[register.twin])[new]
    name = np.where(register.published, register.story, register.article)[named_by]
    copy = ~register.published & (name != register.article)
    copies = np.bincount(named_by[copy], minlength=len(register))
    return Stories(named_by, name, copy, copies)


def _groups(register: Register, pairs: Pairs, kinds: Kinds, new: Bools) -> Index:
    """Return the group of each new twin: its lowest number."""
    inside = new[pairs.a] & new[pairs.b]
    mutual, contained = kinds.mutual & inside, kinds.contained & inside
    group = components(len(register), pairs.a[mutual], pairs.b[mutual])
    return _join_containers(group, pairs[contained])


def _join_containers(group: Index, pairs: Pairs) -> Index:
    """Let groups of short copies join the group that contains them.

    Each short copy has one vote, for the group that covers it best, and then by most articles;
    half of a group must agree. So one truncated copy does not chain its story to a digest that
    holds this story and others.
    """
    first = pairs.share_a >= pairs.share_b
    short, long = np.where(first, pairs.a, pairs.b), np.where(first, pairs.b, pairs.a)
    share = np.round(np.maximum(pairs.share_a, pairs.share_b), 1)
    voter, target = short, group[long]
    order = np.lexsort((share, target, voter))
    voter, target, share = voter[order], target[order], share[order]
    start, count = runs(pack(voter, target))
    best = start + count - 1
    voter, target, share = voter[best], target[best], share[best]
    order = np.lexsort((target, -count, -share, voter))
    voter, target = voter[order], target[order]
    start, _ = runs(voter)
    voter, target = voter[start], target[start]
    away = group[voter] != target
    votes = pack(group[voter[away]], target[away])
    votes.sort()
    start, count = runs(votes)
    source, target = unpack(votes[start])
    size = np.bincount(group, minlength=len(group))
    enough = 2 * count >= size[source]
    order = np.lexsort((target[enough], -count[enough], source[enough]))
    source, target = source[enough][order], target[enough][order]
    start, _ = runs(source)
    return components(len(group), source[start], target[start])[group]


def _earlier(register: Register, pairs: Pairs, kinds: Kinds, known: Index, group: Index) -> Index:
    """Return of each article the published one whose story it is of, or -1.

    A twin of a published article is of its story; another joins the story it covers best; one that
    covers none follows the best of its group.
    """
    twin = np.concatenate((pairs.a, pairs.b))
    other = np.concatenate((pairs.b, pairs.a))
    share = np.concatenate((pairs.share_a, pairs.share_b))
    less = np.concatenate((pairs.share_b, pairs.share_a))
    near = np.tile(kinds.mutual, 2) | (np.tile(kinds.contained, 2) & (share >= less))
    near &= (known[twin] < 0) & (known[other] >= 0)
    at = np.flatnonzero(near)
    at = at[np.lexsort((other[at], -share[at], twin[at]))]
    start, _ = runs(twin[at])
    best = at[start]
    joined = known.copy()
    joined[twin[best]] = known[other[best]]
    by_group = best[np.lexsort((twin[best], -share[best], group[twin[best]]))]
    start, _ = runs(group[twin[by_group]])
    leader = np.full(len(register), -1)
    leader[group[twin[by_group[start]]]] = known[other[by_group[start]]]
    follows = (joined < 0) & (leader[group] >= 0)
    joined[follows] = leader[group[follows]]
    named_by = joined[register.twin]
    return np.where(register.published, np.arange(len(register)), named_by)


def _canonical(register: Register, group: Index) -> Index:
    """Return the canonical article of the group of each article of this run."""
    order = np.lexsort((register.turn, group))
    start, size = runs(group[order])
    canonical = np.empty(len(group), np.int64)
    canonical[order] = np.repeat(order[start], size)
    return canonical
