"""Read the labelled sentences that train the entity model, and make their conventions one.

A sentence is a list of words and a list of tags (`B-PER`, `I-PER`, ..., `O`), cut anew with the
tagger's own expression.
"""

import gzip
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from transforms.tagger.tokens import WORD

Sentence = tuple[list[str], list[str]]
_WORD: Final = re.compile(WORD)
# Tweets and historical newspapers read by machines count less than edited text.
WEIGHTS: Final = {"xlime": 0.4, "btc": 0.3, "wnut17": 0.4, "europeana": 0.3}
# What the development split holds back: whole sources, and the last sentences of others.
HELD_SOURCES: Final = frozenset(
    ["en.wikigold", "it.pudproj", "es.pudproj", "fr.pudproj", "pl.pudproj"]
)
HELD_SENTENCES: Final = {
    "de.germeval14-test": 800,
    "de.gsd-annotated": 200,
    "en.crossner-politics": 200,
    "en.uner-ewt-dev": 500,
    "es.cess": 800,
    "fr.gsd-annotated": 250,
    "it.wikinews-annotated": 1000,
    "nl.europeana-enp_NL.kb": 500,
    "pl.kpwr-test": 600,
    "pt.uner-bosque": 1000,
    "ru.factrueval-testset": 500,
    "ru.gsd-annotated": 250,
}
_OF: Final = "di del della dell' dello dei degli delle d' de do da of von van"
_PREPOSITIONS: Final = frozenset(_OF.split())


def weight(name: str) -> float:
    """Return how much a sentence of the file `name` counts."""
    return next((w for part, w in WEIGHTS.items() if part in name), 1.0)


def read_sentences(path: Path, countries: frozenset[str]) -> list[Sentence]:
    """Read a file of the data folder; sentences without tags have none but `O`."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        clean(*cut(row["tokens"], row.get("tags") or ["O"] * len(row["tokens"])), countries)
        for row in rows
        if row["tokens"]
    ]


def cut(words: Sequence[str], tags: Sequence[str]) -> Sentence:
    """Cut words of another tokeniser as the tagger would: "O'Brien" is O' and Brien."""
    new_words, new_tags = [], []
    for word, tag in zip(words, tags, strict=True):
        # with a letter behind it, so that the apostrophe of an article stays with it
        pieces = _WORD.findall(word) if not word.endswith(("'", "’")) else [word]
        label = tag[2:]
        for i, piece in enumerate(pieces):
            new_words.append(piece)
            new_tags.append(tag if i == 0 or tag == "O" else f"I-{label}")
    return new_words, new_tags


def clean(words: list[str], tags: list[str], countries: frozenset[str]) -> Sentence:
    """Apply one convention: countries are LOC, "aeroporto di Pyongyang" names only Pyongyang."""
    tags = list(tags)
    for start, end, label in spans(tags):
        if label == "ORG" and " ".join(words[start:end]).lower() in countries:
            tags[start:end] = ["B-LOC"] + ["I-LOC"] * (end - start - 1)
        head = next((k + 1 for k in range(start + 1, end - 1) if _joins(words, k)), 0)
        if label == "LOC" and head and not any(w[:1].isupper() for w in words[start:head]):
            tags[start : head + 1] = ["O"] * (head - start) + ["B-LOC"]
    return words, tags


def _joins(words: Sequence[str], k: int) -> bool:
    return words[k].lower() in _PREPOSITIONS and words[k + 1][:1].isupper()


def spans(tags: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Yield the entities of BIO tags: first word, past the last, label."""
    start = None
    for i, tag in enumerate([*tags, "O"]):
        if start is not None and (tag[0] != "I" or tag[2:] != tags[start][2:]):
            yield start, i, tags[start][2:]
            start = None
        if start is None and tag != "O":
            start = i


def hold_back(
    corpus: Mapping[str, list[Sentence]],
) -> tuple[dict[str, list[Sentence]], dict[str, list[Sentence]]]:
    """Part a corpus in what trains and what measures: whole sources, and the ends of others.

    Whole sources tell how the tagger does on text of another kind than it learnt from.
    """
    trains, measures = {}, {}
    for name, sentences in corpus.items():
        if name in HELD_SOURCES:
            measures[name] = sentences
            continue
        kept = len(sentences) - HELD_SENTENCES.get(name, 0)
        trains[name] = sentences[:kept]
        if name in HELD_SENTENCES:
            measures[name] = sentences[kept:]
    return trains, measures


def f1(gold: Sequence[Sequence[str]], found: Sequence[Sequence[str]]) -> float:
    """Return the F1 (0..100) of entities: span and label must be right; MISC does not count."""
    right = missed = wrong = 0
    for truth, guess in zip(gold, found, strict=True):
        expected = {span for span in spans(truth) if span[2] != "MISC"}
        given = {span for span in spans(guess) if span[2] != "MISC"}
        right += len(expected & given)
        missed += len(expected - given)
        wrong += len(given - expected)
    return 200 * right / max(1, 2 * right + missed + wrong)
