"""Merge the mentions of one article into entities, name them, link countries, order them.

Two surfaces are one entity when they are the same letters (case, accents, hyphens and spaces do
not count; in Slavic languages neither do case endings), when one is the other's surname, part or
initials, when they are one edit apart and one of them may be a slip, or when both are names of
one country.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from transforms.records import Entity, Mention
from transforms.tagger.stems import stem

# Salience: how often an entity is named, against the most named one, and how early.
FREQUENCY_WEIGHT: Final = 0.6
POSITION_WEIGHT: Final = 0.4
_SHORTEST_SLIP: Final = 4  # letters of a word that may be one edit from another
_SURE_SLIP: Final = 3  # mentions of a person before a lone one-edit neighbour is a slip

Key = tuple[str, ...]  # the folded words of a surface


class Span(NamedTuple):
    """A mention as an engine found it: `text[start:end]`, in code points."""

    start: int
    end: int
    label: str


class _Group:
    """The mentions of one entity while it grows."""

    __slots__ = ("country", "key", "label", "last", "mentions")

    def __init__(self, key: Key, spans: list[Span]) -> None:
        labels = Counter(span.label for span in spans)
        self.key, self.mentions = key, spans
        self.country: str | None = None
        self.label = max(labels, key=lambda label: (labels[label], label == "LOC", label))
        self.last: str | None = None  # the right spelling of a misspelt last word


def merge_mentions(
    text: str,
    spans: Sequence[Span],
    country_of: Callable[[str], str | None],
    language: str = "und",
) -> tuple[Entity, ...]:
    """Return the entities of `text`, the most salient first.

    `country_of` gives the ISO code of a folded name, None for what is no country. Salience is
    0.6 x count / highest count + 0.4 x (1 - first position / length); ties go to the earlier.
    """
    surfaces: dict[Key, list[Span]] = {}
    keys: dict[str, Key] = {}  # the letters alone: "Jong-un" and "Jongun" are one
    for span in spans:
        key = fold(text[span.start : span.end], language)
        surfaces.setdefault(keys.setdefault("".join(key), key), []).append(span)
    groups = _join(text, surfaces, country_of)
    top = max((len(group.mentions) for group in groups), default=1)
    ranked = []
    for group in groups:
        group.mentions.sort()
        first = group.mentions[0].start
        salience = FREQUENCY_WEIGHT * len(group.mentions) / top
        salience += POSITION_WEIGHT * (1 - first / max(1, len(text)))
        ranked.append((-salience, first, _entity(text, group, language)))
    return tuple(entity for _, _, entity in sorted(ranked, key=lambda r: r[:2]))


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
    groups: list[_Group] = []
    people: dict[str, list[_Group]] = defaultdict(list)  # first and last names of full names
    for key in sorted(surfaces, key=lambda k: (-len(k), -len(surfaces[k]))):
        spans = surfaces[key]
        first = text[spans[0].start : spans[0].end]
        new = _Group(key, spans)
        if new.label == "LOC":
            forms = dict.fromkeys(" ".join(fold(text[s.start : s.end])) for s in spans)
            new.country = next(filter(None, map(country_of, forms)), None)
        home = _home(new, first, groups, people, surfaces)
        if home:
            home.mentions += spans
            continue
        groups.append(new)
        if new.label == "PER" and len(key) > 1:
            people[key[-1]].append(new)
            people[key[0]].append(new)
    return groups


def _home(
    new: _Group,
    surface: str,
    groups: list[_Group],
    people: dict[str, list[_Group]],
    surfaces: dict[Key, list[Span]],
) -> _Group | None:
    """Return the group that a surface belongs to: all groups have as many words or more."""
    if new.country:
        return next((g for g in groups if g.country == new.country), None)
    if new.label == "PER" and len(new.key) == 1:
        return _namesake(new.key[0], people) or _misspelt(new, surface, groups, surfaces)
    if new.label == "ORG" and len(new.key) == 1 and surface.isupper():
        return next(
            (g for g in groups if g.label == "ORG" and _initials(g.key) == new.key[0]), None
        )
    same = [g for g in groups if g.label == new.label]
    if new.label == "PER":
        whole = next((g for g in same if _is_part(new.key, g.key)), None)
        if whole:
            return whole
    return next((g for g in same if _is_slip(new, g)), None)


def _namesake(word: str, people: dict[str, list[_Group]]) -> _Group | None:
    """Return the person whose last or first name `word` is: last names count more."""
    named = people.get(word, ())
    return max(named, key=lambda g: (g.key[-1] == word, len(g.mentions)), default=None)


def _misspelt(
    new: _Group, surface: str, groups: list[_Group], surfaces: dict[Key, list[Span]]
) -> _Group | None:
    """Return the full name whose last word is one edit from a lone name.

    Either the full name is wrong (Vladimir Ptin, then Putin throughout), or the lone name is, once.
    """
    word = new.key[0]
    for group in groups:
        if group.label == "PER" and len(group.key) > 1 and one_edit(group.key[-1], word):
            if len(word) > _SHORTEST_SLIP and (group.key[-1],) not in surfaces:
                group.last = group.last or surface
                return group
            if len(new.mentions) == 1 and len(group.mentions) >= _SURE_SLIP:
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
    if len(new.key) != len(known.key) or min(len(new.mentions), len(known.mentions)) > 1:
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


def _entity(text: str, group: _Group, language: str) -> Entity:
    mentions = tuple(
        Mention(text=text[start:end], start=start, end=end) for start, end, _ in group.mentions
    )
    words = len(group.key)
    full = Counter(m.text for m in mentions if len(fold(m.text, language)) == words)
    # The most frequent full surface; of equals one with small letters, then the longest.
    name = max(full, key=lambda s: (full[s], not s.isupper(), len(s)))
    if group.last:
        name = " ".join([*name.split()[:-1], group.last])
    return Entity(
        name=" ".join(name.split()),
        label=group.label,
        country=group.country,
        count=len(mentions),
        mentions=mentions,
    )
