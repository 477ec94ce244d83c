"""Merge the mentions of one article into entities, name them, link countries, order them.

Two surfaces are one entity when they are the same letters (case, accents, hyphens and spaces do
not count; in Slavic languages neither do case endings), when one is the other's surname, part or
initials, when they are one edit apart and one of them may be a slip, or when both are names of
one country.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Final

from transforms.records import Entity, Mention
from transforms.tagger.spans import Span
from transforms.tagger.stems import stem

# Salience: how often an entity is named, against the most named one, and how early.
FREQUENCY_WEIGHT: Final = 0.6
POSITION_WEIGHT: Final = 0.4
_SHORTEST_SLIP: Final = 4  # letters of a word that may be one edit from another
_SEARCHED: Final = 64  # candidates looked at, the most frequent first: bounds the work
_SURE_SLIP: Final = 3  # mentions of a person before a lone one-edit neighbour is a slip

Key = tuple[str, ...]  # the folded words of a surface


class _Group:
    """The mentions of one entity while it grows."""

    __slots__ = ("country", "full", "key", "label", "last", "spans")

    def __init__(self, key: Key, spans: list[Span], label: str, country: str | None) -> None:
        self.key, self.spans, self.label, self.country = key, spans, label, country
        self.full = list(spans)  # those that have as many words as the key
        self.last: str | None = None  # the right spelling of a misspelt last word

    def join(self, other: "_Group") -> None:
        self.spans += other.spans
        if len(other.key) == len(self.key):
            self.full += other.spans


def merge_mentions(
    text: str,
    spans: Sequence[Span],
    country_of: Callable[[str], str | None],
    language: str = "und",
) -> tuple[Entity, ...]:
    """Return the entities of `text`, the most salient first.

    `country_of` gives the ISO code of a folded name, None for what is no country. `language` is BCP
    47: it says which case endings to look for. Salience is
    0.6 x count / highest count + 0.4 x (1 - first position / length); ties go to the earlier.
    """
    surfaces: dict[Key, list[Span]] = {}
    keys: dict[str, Key] = {}  # the letters alone: "Jong-un" and "Jongun" are one
    for span in spans:
        key = fold(text[span.start : span.end], language)
        surfaces.setdefault(keys.setdefault("".join(key), key), []).append(span)
    groups = _join(text, surfaces, lambda form: _country(form, language, country_of))
    top = max((len(group.spans) for group in groups), default=1)
    ranked = []
    for group in groups:
        group.spans.sort()
        first = group.spans[0].start
        salience = FREQUENCY_WEIGHT * len(group.spans) / top
        salience += POSITION_WEIGHT * (1 - first / max(1, len(text)))
        ranked.append((-salience, first, group))
    ranked.sort(key=itemgetter(0, 1))
    return tuple(_entity(text, group) for _, _, group in ranked)


@lru_cache(maxsize=50_000)
def fold(surface: str, language: str = "und") -> Key:
    """Return the words of `surface` in small letters, without accents, hyphens, case endings."""
    plain = surface.casefold().replace("’", "'").replace("-", " ").replace("‑", " ")
    words = plain.split() or [plain]
    if not surface.isupper():
        words = [stem(word, language) for word in words]
    letters = unicodedata.normalize("NFKD", "\0".join(words))
    bare = "".join(c for c in letters if not unicodedata.combining(c))
    return tuple(bare.split("\0")) if bare else (plain,)


def _join(
    text: str, surfaces: dict[Key, list[Span]], country_of: Callable[[str], str | None]
) -> list[_Group]:
    known = _Known(surfaces)
    for key in sorted(surfaces, key=lambda k: (-len(k), -len(surfaces[k]))):
        spans = surfaces[key]
        label = _label(spans)
        forms = dict.fromkeys(text[start:end] for start, end, _ in spans if label == "LOC")
        country = next(filter(None, map(country_of, forms)), None)
        new = _Group(key, spans, label, country)
        home = known.home(new, text)
        if home:
            home.join(new)
        else:
            known.add(new)
    return known.groups


def _label(spans: list[Span]) -> str:
    labels = [span.label for span in spans]
    return max(sorted(set(labels)), key=labels.count)


def _country(form: str, language: str, country_of: Callable[[str], str | None]) -> str | None:
    """Look a surface up as it is, then without the case ending of its language."""
    return country_of(" ".join(fold(form))) or country_of(" ".join(fold(form, language)))


class _Known:
    """The entities so far, by what a later surface may share with them.

    Surfaces come with the most words first, then the most frequent.
    """

    def __init__(self, surfaces: dict[Key, list[Span]]) -> None:
        self.groups: list[_Group] = []
        self._surfaces = surfaces
        self._countries: dict[str, _Group] = {}
        self._initials: dict[str, _Group] = {}
        self._people: dict[str, list[_Group]] = defaultdict(list)  # first, last names of full ones
        # Slips keep a word's first letter: label, number of words, first letter of the first (of
        # full names of persons also: of the last).
        self._alike: dict[tuple[str, int, str], list[_Group]] = defaultdict(list)
        self._last: dict[str, list[_Group]] = defaultdict(list)

    def add(self, new: _Group) -> None:
        self.groups.append(new)
        if new.country:
            self._countries[new.country] = new
        self._alike[new.label, len(new.key), new.key[0][:1]].append(new)
        if len(new.key) > 1 and new.label == "PER":
            self._people[new.key[-1]].append(new)
            self._people[new.key[0]].append(new)
            self._last[new.key[-1][:1]].append(new)
        elif len(new.key) > 1 and new.label == "ORG":
            self._initials.setdefault(_initials(new.key), new)

    def home(self, new: _Group, text: str) -> _Group | None:
        """Return the entity that a surface belongs to, if there is one."""
        if new.country:
            return self._countries.get(new.country)
        if new.label == "PER":
            found = self._namesake(new) if len(new.key) == 1 else self._whole(new)
            if found:
                return found
            if len(new.key) == 1:
                return self._misspelt(new, text)
        elif new.label == "ORG" and len(new.key) == 1:
            start, end, _ = new.spans[0]
            if text[start:end].isupper() and new.key[0] in self._initials:
                return self._initials[new.key[0]]
        alike = self._alike[new.label, len(new.key), new.key[0][:1]][:_SEARCHED]
        return next((g for g in alike if _is_slip(new, g)), None)

    def _namesake(self, new: _Group) -> _Group | None:
        """Return the person with this last or first name: last names count more."""
        named = self._people[new.key[0]][:_SEARCHED]
        return max(named, key=lambda g: (g.key[-1] == new.key[0], len(g.spans)), default=None)

    def _whole(self, new: _Group) -> _Group | None:
        return next(
            (g for g in self._people[new.key[-1]][:_SEARCHED] if _is_part(new.key, g.key)), None
        )

    def _misspelt(self, new: _Group, text: str) -> _Group | None:
        """Return the full name whose last word is one edit from a lone name.

        Either the full name is wrong (Vladimir Ptin, then Putin throughout), or the lone name is,
        once.
        """
        word = new.key[0]
        for group in self._last[word[:1]][:_SEARCHED]:
            if one_edit(group.key[-1], word):
                if len(word) > _SHORTEST_SLIP and (group.key[-1],) not in self._surfaces:
                    group.last = group.last or text[new.spans[0].start : new.spans[0].end]
                    return group
                if len(new.spans) == 1 and len(group.spans) >= _SURE_SLIP:
                    return group
        return None


def _initials(key: Key) -> str:
    return "".join(word[0] for word in key if len(word) > 3)


def _is_part(short: Key, long: Key) -> bool:
    """Tell "Donald Trump" in "Donald J. Trump": some words left out, the last one kept."""
    if not 1 < len(short) < len(long) or short[-1] != long[-1]:
        return False
    rest = iter(long)
    return all(word in rest for word in short)


def _is_slip(new: _Group, known: _Group) -> bool:
    """Tell a name that differs in one edit of one word, where one of the two stands only once.

    Last letters of other words than the last are no slips: Mario is not Maria.
    """
    if min(len(new.spans), len(known.spans)) > 1:
        return False
    pairs = [(i, a, b) for i, (a, b) in enumerate(zip(new.key, known.key, strict=True)) if a != b]
    if len(pairs) != 1:
        return False
    i, a, b = pairs[0]
    lone = len(new.key) == 1
    if min(len(a), len(b)) < _SHORTEST_SLIP + 2 * lone or a[0] != b[0] or not one_edit(a, b):
        return False
    last = i == len(new.key) - 1
    return (last and not lone) or a[-1] == b[-1]


def one_edit(a: str, b: str) -> bool:
    """Tell whether one insertion, deletion, substitution or swap of neighbours parts a and b."""
    if a == b or abs(len(a) - len(b)) > 1:
        return False
    i = 0
    while i < min(len(a), len(b)) and a[i] == b[i]:
        i += 1
    x, y = a[i:], b[i:]
    swapped = x[:2] == y[:2][::-1] and x[2:] == y[2:]
    return x[1:] == y[1:] or x[1:] == y or x == y[1:] or swapped


def _entity(text: str, group: _Group) -> Entity:
    full = [text[start:end] for start, end, _ in group.full]
    # The most frequent full surface; of equals one with small letters, then the longest.
    name = max(dict.fromkeys(full), key=lambda s: (full.count(s), not s.isupper(), len(s)))
    if group.last:
        name = " ".join([*name.split()[:-1], group.last])
    return Entity(
        name=" ".join(name.split()),
        label=group.label,
        country=group.country,
        count=len(group.spans),
        mentions=tuple(Mention(text=text[a:b], start=a, end=b) for a, b, _ in group.spans),
    )
