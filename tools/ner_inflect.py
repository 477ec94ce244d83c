"""Case forms of Polish and Russian names, from the dictionaries SGJP and OpenCorpora."""

from collections.abc import Iterator
from functools import cache
from typing import Final

from morfeusz2 import Morfeusz
from pymorphy3 import MorphAnalyzer

_POLISH: Final = frozenset({"nazwa_geograficzna", "nazwisko", "imię", "marka", "człon_nazwy_firmy"})
_RUSSIAN: Final = ("Geox", "Name", "Surn", "Orgn")
_CASES: Final = ("gent", "datv", "accs", "ablt", "loct")


@cache
def _morfeusz() -> Morfeusz:
    return Morfeusz(expand_tags=True)


@cache
def _pymorphy() -> MorphAnalyzer:
    return MorphAnalyzer(lang="ru")


def forms(name: str) -> set[str]:
    """Return the case forms of a name that is a word of one of the two dictionaries."""
    words = name.split(" ")
    if not all(word.isalpha() for word in words):
        return set()
    if all("Ѐ" <= letter <= "ӿ" for letter in "".join(words)):
        return set(_russian(words))
    if max(name) <= "ž":
        return set(_polish(words))
    return set()


# Of Ukrainian and Belarusian names, which no dictionary at hand has: ending -> of other cases.
_EAST_SLAVIC: Final = {
    "ія": "ії іі ію ією",
    "ыя": "ыі ыю ыяй",
    "а": "и і ы у ою ею ай",
    "я": "і ї ю ею єю яй",
    "й": "ю єм ї я ем і",
    "": "у а ом і е",
}


def east_slavic_forms(name: str) -> list[str]:
    """Return what may be the case forms of a Ukrainian or Belarusian name of one word."""
    if not name.isalpha():
        return []
    ending = next(ending for ending in _EAST_SLAVIC if name.endswith(ending))
    return [name.removesuffix(ending) + other for other in _EAST_SLAVIC[ending].split()]


def noun_forms(word: str, language: str) -> set[str]:
    """Return all forms of a Polish or Russian common noun."""
    if language == "pl":
        return {form for form, _, tag, *_ in _morfeusz().generate(word) if tag.startswith("subst")}
    if language == "ru":
        nouns = (parse for parse in _pymorphy().parse(word) if "NOUN" in parse.tag)
        return {form.word for parse in nouns if parse.normal_form == word for form in parse.lexeme}
    return set()


def _polish(words: list[str]) -> Iterator[str]:
    if len(words) > 1:
        yield from _polish_phrase(words)
        return
    for form, _, tag, kinds, _ in _morfeusz().generate(words[0]):
        if _POLISH & set(kinds) and ":sg:" in tag:
            yield form


def _polish_phrase(words: list[str]) -> Iterator[str]:
    """Yield "Korei Północnej" of "Korea Północna": one noun, any number of adjectives."""
    readings = [[(a[2][1], a[2][2].split(":")) for a in _morfeusz().analyse(w)] for w in words]
    nouns = [
        (i, lemma, tag)
        for i, reading in enumerate(readings)
        for lemma, tag in reading
        if tag[0] == "subst" and tag[2] == "nom"
    ]
    for at, lemma, (_, number, _, gender, *_) in nouns[:1]:
        for case in ("gen", "dat", "acc", "inst", "loc"):
            moved = [
                _agreeing(reading, number, case, gender) if i != at else _noun(lemma, number, case)
                for i, reading in enumerate(readings)
            ]
            if all(moved):
                yield " ".join(form.capitalize() for form in moved if form)


def _noun(lemma: str, number: str, case: str) -> str | None:
    wanted = f"subst:{number}:{case}:"
    found = (form for form, _, tag, _, _ in _morfeusz().generate(lemma) if tag.startswith(wanted))
    return next(found, None)


def _agreeing(
    reading: list[tuple[str, list[str]]], number: str, case: str, gender: str
) -> str | None:
    """Return the form of an adjective that agrees with its noun."""
    for lemma, (kind, *_) in reading:
        if kind in ("adj", "ppas"):
            for form, _, tag, _, _ in _morfeusz().generate(lemma):
                odd = tag.endswith((":com", ":sup", ":neg"))
                if tag.startswith(f"{kind}:{number}:{case}:{gender}:") and not odd:
                    return form
    return None


def _russian(words: list[str]) -> Iterator[str]:
    if len(words) > 1:
        yield from _russian_phrase(words)
    elif _pymorphy().word_is_known(words[0]):
        for parse in _pymorphy().parse(words[0]):
            if "nomn" in parse.tag and any(kind in parse.tag for kind in _RUSSIAN):
                plural = "Pltm" in parse.tag
                for form in parse.lexeme:
                    if plural or "plur" not in form.tag:
                        yield _cased(form.word, words[0])


def _russian_phrase(words: list[str]) -> Iterator[str]:
    """Yield "Северной Кореи" of "Северная Корея": adjectives, then one noun, then the rest."""
    parses = [_pymorphy().parse(word)[0] for word in words]
    noun = next((i for i, p in enumerate(parses) if "NOUN" in p.tag), None)
    if noun is None or not all("ADJF" in p.tag or "PRTF" in p.tag for p in parses[:noun]):
        return
    number = parses[0].tag.number or "sing"
    for case in _CASES:
        moved = [p.inflect({case, number}) for p in parses[: noun + 1]]
        if all(moved):
            heads = [_cased(m.word, w) for m, w in zip(moved, words, strict=False)]
            yield " ".join([*heads, *words[noun + 1 :]])


def _cased(form: str, like: str) -> str:
    return form.upper() if like.isupper() and len(like) > 1 else form.capitalize()
