"""From tags to names: what a whole article knows and a single sentence does not.

Names are runs of words, by their numbers. The rules, in this order: a name needs a capital; a
square that bears a person's name is a place; known countries and bodies win; a person's name takes
in the capital that always follows it; a name has one label in an article; a name cut short is
completed; a found name is found wherever it stands.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.tagger.crf import LABELS, TAGS, Tagged
from transforms.tagger.gazetteer import BODY, COUNTRY
from transforms.tagger.tokens import Tokens

Key = tuple[str, ...]  # the words of a name
_SHORTEST_SURNAME: Final = 3  # letters; longer ones are looked for alone
_SURNAME_VOTE: Final = 1.5  # mentions' worth for PER, when a full name ends with the word
# A name that stands in smaller letters or unmarked more often than this was no name.
_FOUND_SHARE: Final = 0.34


# "via" is missing: in other languages it means "by way of".
_SQUARES: Final = (
    "piazza piazzale viale rue boulevard avenue calle plaza avenida rua praça plac placu ulica"
    " ulicy улица улице улицы площадь площади проспект проспекте"
)
_SIGNS: Final = frozenset(",;:<>&-–—\"'«»“”„‘’([{/|*+=·•")
_STREETS: Final = frozenset(_SQUARES.split())
_PARTS: Final = [(tag[0] == "B", tag[2:]) for tag in TAGS]


class Name(NamedTuple):
    """A name: words[start:end]."""

    start: int
    end: int
    label: str


Owners = dict[int, Name]  # word -> the name that covers it


def find_names(tokens: Tokens, tagged: Tagged, texts: int) -> list[list[Name]]:
    """Return the names of each of the `texts`, in text order, none overlapping."""
    capital = tagged.traits.capital.tolist()
    owner: Owners = {}
    for tagged_name in _tagged_names(tagged.tags):
        name = _bare(tagged_name, tokens.words)
        if any(capital[name.start : name.end]):
            _take(owner, _street(name, tokens.words, tagged.first))
    for name in _fixed_names(tagged):
        _overrule(owner, name)
    documents = tokens.documents.tolist()
    named: list[list[Name]] = [[] for _ in range(texts)]
    for name in sorted(set(owner.values())):
        named[documents[name.start]].append(name)
    free: list[list[int]] = [[] for _ in range(texts)]
    for i in np.flatnonzero(tagged.traits.capital).tolist():
        if i not in owner:
            free[documents[i]].append(i)
    edges = np.searchsorted(tokens.documents, np.arange(texts + 1)).tolist()
    batch = _Batch(tokens.words, capital, tagged.first, owner)
    return [
        _Document(batch, names, start, end).settle(capitals) if names else []
        for names, capitals, start, end in zip(named, free, edges, edges[1:], strict=False)
    ]


def _bare(name: Name, words: Sequence[str]) -> Name:
    """Leave out the signs at both ends, but for a closing bracket and the full stop of "Inc."."""
    start, end, label = name
    while start < end and words[start] in _SIGNS:
        start += 1
    while start < end and (words[end - 1] in _SIGNS or (words[end - 1] == "." and label != "ORG")):
        end -= 1
    return Name(start, end, label)


def _street(name: Name, words: Sequence[str], first: NDArray[np.bool_]) -> Name:
    """Return the square or street that bears a person's name: piazza Kim Il Sung."""
    bears = name.label == "PER" and not first[name.start]
    if bears and words[name.start - 1].lower() in _STREETS:
        return Name(name.start - 1, name.end, "LOC")
    return name


def _take(owner: Owners, name: Name) -> None:
    for i in range(name.start, name.end):
        owner[i] = name


def _tagged_names(tags: NDArray[np.int8]) -> Iterator[Name]:
    """Yield the names that the tags spell; an I without its B opens a name too."""
    start, label, before = -1, "", -2
    marked = np.flatnonzero(tags)
    for i, number in zip(marked.tolist(), tags[marked].tolist(), strict=True):
        begins, kind = _PARTS[number]
        if begins or i != before + 1 or kind != label:
            if start >= 0:
                yield Name(start, before + 1, label)
            start, label = i, kind
        before = i
    if start >= 0:
        yield Name(start, before + 1, label)


def _fixed_names(tagged: Tagged) -> Iterator[Name]:
    """Yield the names that need no tagger: countries of several words, bodies like the UN.

    In scripts without capitals, where the tagger finds nothing, one word is enough for a country.
    """
    for start, end, kind in tagged.phrases:
        if kind in (COUNTRY, BODY):
            yield Name(start, end, "LOC" if kind == COUNTRY else "ORG")
    bits, shape = tagged.traits.bits, tagged.traits.shape
    for i in np.flatnonzero(bits & np.uint32(BODY)).tolist():
        yield Name(i, i + 1, "ORG")
    for i in np.flatnonzero(
        (bits & np.uint32(COUNTRY) > 0) & (shape >= 15) & (shape < 17)
    ).tolist():
        yield Name(i, i + 1, "LOC")


def _overrule(owner: Owners, fixed: Name) -> None:
    """Put a fixed name in the place of those it touches, unless one of them holds it whole."""
    touched = {owner[i] for i in range(fixed.start, fixed.end) if i in owner}
    if any(
        name.start <= fixed.start and fixed.end <= name.end and name[:2] != fixed[:2]
        for name in touched
    ):
        return
    for name in touched:
        for i in range(name.start, name.end):
            owner.pop(i, None)
    _take(owner, fixed)


class _Batch(NamedTuple):
    """What is known of the words of all articles."""

    words: list[str]
    capital: list[int]
    first: NDArray[np.bool_]
    owner: Owners


class _Document:
    """The names of one article while they settle."""

    def __init__(self, batch: _Batch, names: list[Name], start: int, end: int) -> None:
        self._words, self._capital, self._first, self._taken = batch
        self._names, self._start, self._end = names, start, end

    def settle(self, free: list[int]) -> list[Name]:
        """Return the settled names; `free` are the capitalised words outside all names."""
        self._grow()
        self._vote()
        self._complete()
        self._repeat(free)
        self._surnames(free)
        return sorted(self._names)

    def _key(self, name: Name) -> Key:
        return tuple(self._words[name.start : name.end])

    def _grow(self) -> None:
        """Let a person's name take in a short capital that follows it, or one that always does.

        Kim Jong | Un: elsewhere "un" is an article, and the tagger takes it for one.
        """
        ends: dict[Key, list[int]] = defaultdict(list)
        for name in self._names:
            if name.label == "PER":
                ends[self._key(name)].append(name.end)
        grown = {end for after in ends.values() if self._always_follows(after) for end in after}
        grown.update(end for after in ends.values() for end in after if self._is_part(end))
        if grown:
            self._names = [
                Name(n.start, n.end + 1, n.label) if n.end in grown and n.label == "PER" else n
                for n in self._names
            ]
            for name in self._names:
                _take(self._taken, name)

    def _is_part(self, i: int) -> bool:
        return (
            i < self._end
            and self._may_join(i)
            and self._words[i].istitle()
            and self._words[i - 1].istitle()
            and 1 < len(self._words[i]) <= _SHORTEST_SURNAME
            and not self._words[i - 1].endswith(".")
        )

    def _may_join(self, i: int) -> bool:
        return bool(self._capital[i]) and not self._first[i] and i not in self._taken

    def _always_follows(self, ends: list[int]) -> bool:
        return len(ends) > 1 and all(
            end < self._end and self._may_join(end) and self._words[end] == self._words[ends[0]]
            for end in ends
        )

    def _vote(self) -> None:
        """Give each name the label it has most often; a lone surname is a person's."""
        self._votes: dict[Key, dict[str, float]] = {}
        for name in self._names:
            votes = self._votes.setdefault(self._key(name), {})
            votes[name.label] = votes.get(name.label, 0.0) + 1
        self._label = {key: _most(votes) for key, votes in self._votes.items()}
        people = [key for key, label in self._label.items() if label == "PER"]
        surnames = {key[-1] for key in people if len(key) > 1}
        for key, votes in self._votes.items():
            if len(key) == 1 and key[0] in surnames and self._label[key] != "PER":
                votes["PER"] = votes.get("PER", 0.0) + _SURNAME_VOTE
                self._label[key] = _most(votes)
        self._heads: dict[str, list[Key]] = defaultdict(list)  # first word -> names, longest first
        for key in sorted(self._votes, key=lambda k: (-len(k), k)):
            if len(key) > 1 or len(key[0]) > 2:
                self._heads[key[0]].append(key)

    def _complete(self) -> None:
        """Make "Kim Jong" + "Un" whole where the article has "Kim Jong Un"."""
        for n, name in enumerate(self._names):
            whole = self._longer(name)
            if whole.end > name.end:
                _take(self._taken, whole)
            self._names[n] = Name(whole.start, whole.end, self._label[self._key(whole)])

    def _longer(self, name: Name) -> Name:
        for key in self._heads[self._words[name.start]]:
            end = name.start + len(key)
            if end > name.end and self._stands(key, name.start) and self._is_free(name.end, end):
                return Name(name.start, end, name.label)
        return name

    def _surnames(self, free: list[int]) -> None:
        """Find the last words of persons' names where they stand alone.

        At the head of a sentence a capital says little: there the word must be long, and must not
        stand in small letters in the article.
        """
        people = {
            key[-1]
            for key, label in self._label.items()
            if label == "PER" and len(key) > 1 and len(key[-1]) > _SHORTEST_SURNAME
        }
        for i in free:
            word = self._words[i]
            if word not in people or i in self._taken:
                continue
            if self._first[i] and (len(word) <= _SHORTEST_SURNAME + 1 or self._is_common(word)):
                continue
            self._names.append(Name(i, i + 1, "PER"))
            _take(self._taken, self._names[-1])

    def _is_common(self, word: str) -> bool:
        return word.lower() in self._words[self._start : self._end]

    def _repeat(self, free: list[int]) -> None:
        """Find the names again where the tagger missed them."""
        found: dict[Key, list[Name]] = defaultdict(list)
        past = 0
        for i in free:
            if i < past:
                continue
            for key in self._heads.get(self._words[i], ()):
                if self._stands(key, i) and self._is_free(i, i + len(key)):
                    past = i + len(key)
                    found[key].append(Name(i, past, self._label[key]))
                    break
        for key, again in found.items():
            if sum(self._votes[key].values()) >= _FOUND_SHARE * len(again):
                self._names += again

    def _stands(self, key: Key, at: int) -> bool:
        return tuple(self._words[at : at + len(key)]) == key

    def _is_free(self, start: int, end: int) -> bool:
        return not any(i in self._taken for i in range(start, end))


def _most(votes: dict[str, float]) -> str:
    """Return the label with most votes, of equals the first of LABELS."""
    if len(votes) == 1:
        return next(iter(votes))
    return max(LABELS, key=lambda label: votes.get(label, 0.0))
