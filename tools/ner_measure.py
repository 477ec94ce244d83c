"""Measure a trained model on labelled sentences."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from tools.ner_data import HELD_SOURCES, Sentence, f1
from transforms.tagger.crf import LABELS, TAGS, Tagger
from transforms.tagger.tokens import Tokens


def tag_sentences(tagger: Tagger, name: str, sentences: Sequence[Sentence]) -> list[list[str]]:
    """Return the tags of the sentences of the file `name`, by the tagger alone."""
    words = [w for ws, _ in sentences for w in ws]
    edges = np.cumsum([0] + [len(ws) for ws, _ in sentences])
    zeros = np.zeros(len(words), np.int64)
    found = tagger.tag(Tokens(words, zeros, zeros, zeros, edges[:-1]), [name[:2]]).tags
    return [[TAGS[t] for t in found[a:b]] for a, b in pairwise(edges)]


def report(tagger: Tagger, measures: Mapping[str, list[Sentence]]) -> Iterator[str]:
    """Yield lines with the F1 of every file, by label, and the means."""
    rows = {name: _scores(tagger, name, sentences) for name, sentences in measures.items()}
    unknown = [row for name, row in rows.items() if name in HELD_SOURCES]
    rows |= {"mean": _mean(list(rows.values())), "mean of sources not trained on": _mean(unknown)}
    for name, row in rows.items():
        yield f"{name:32}" + "".join(f"{what} {score:5.1f}  " for what, score in row.items())


def _scores(tagger: Tagger, name: str, sentences: list[Sentence]) -> dict[str, float]:
    gold = [tags for _, tags in sentences]
    found = tag_sentences(tagger, name, sentences)
    shouted = [([w.upper() for w in words], tags) for words, tags in sentences]
    return {
        "all": f1(gold, found),
        **{label: f1(_only(gold, label), _only(found, label)) for label in LABELS},
        "in capitals": f1(gold, tag_sentences(tagger, name, shouted)),
    }


def _only(tags: list[list[str]], label: str) -> list[list[str]]:
    return [[tag if tag[2:] == label else "O" for tag in those] for those in tags]


def _mean(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {what: float(np.mean([row[what] for row in rows])) for what in rows[0]}
