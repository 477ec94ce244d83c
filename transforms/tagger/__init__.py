"""The tagger that ships inside wirefold: persons, places and organisations of many languages.

No Beam, no dependency but numpy. `find_mentions` is the whole of it; the modules, from below:

    hashes     strings to numbers
    tokens     texts to words
    gazetteer  tables of known names
    features   what the model looks at
    crf        words to tags
    rules      tags to names, with the whole article in view
    unspaced   countries in scripts that set no spaces
    spans      where names stand
    merge      mentions to entities, with `stems`
"""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from transforms.tagger.crf import Tagger
from transforms.tagger.gazetteer import unpack_keys
from transforms.tagger.hashes import country_key
from transforms.tagger.rules import find_names
from transforms.tagger.spans import Span
from transforms.tagger.tokens import tokenise
from transforms.tagger.unspaced import UnspacedNames

MODEL: Final = Path(__file__).parent / "model.npz"  # made by tools/train_entities.py


def find_mentions(texts: Sequence[str], languages: Sequence[str]) -> list[list[Span]]:
    """Return the mentions of each text, in text order, none overlapping.

    `languages` are BCP 47 codes, one per text; `und` costs little.
    """
    tokens = tokenise(texts)
    names = find_names(tokens, load_tagger().tag(tokens, languages), len(texts))
    starts, ends = tokens.starts.tolist(), tokens.ends.tolist()
    found = [
        [Span(starts[start], ends[end - 1], label) for start, end, label in those]
        for those in names
    ]
    return [
        _with_unspaced(text, [_trimmed(text, span) for span in spans])
        for text, spans in zip(texts, found, strict=True)
    ]


@cache
def load_tagger() -> Tagger:
    """Load the model, once per process."""
    with np.load(MODEL) as arrays:
        return Tagger(arrays)


@cache
def load_countries() -> Callable[[str], str | None]:
    """Load the names of countries: folded name -> ISO 3166-1 alpha-2, None for others."""
    with np.load(MODEL) as arrays:
        keys = unpack_keys(arrays["country_keys"]).tolist()
        codes = dict(zip(keys, arrays["country_values"].tolist(), strict=True))

    def country_of(name: str) -> str | None:
        code = codes.get(country_key(name), 0)
        return chr(code >> 8) + chr(code & 255) if code else None

    return country_of


@cache
def _load_unspaced() -> UnspacedNames:
    with np.load(MODEL) as arrays:
        return UnspacedNames(bytes(arrays["unspaced"]).decode().split("\n"))


def _trimmed(text: str, span: Span) -> Span:
    """Leave out an apostrophe that only joins the name to an ending: Ankara'|da."""
    if text[span.end - 1] in "'’" and span.end - span.start > 1:
        return span._replace(end=span.end - 1)
    return span


def _with_unspaced(text: str, spans: list[Span]) -> list[Span]:
    if text.isascii() or max(text) < "\u0e00":
        return spans
    taken = {i for start, end, _ in spans for i in range(start, end)}
    more = [s for s in _load_unspaced().find(text) if taken.isdisjoint(range(s.start, s.end))]
    return sorted(spans + more)
