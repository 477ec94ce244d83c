"""Entities: the built-in tagger against spaCy's `ner` and python-crfsuite, in one run.

    python -m benchmarks.entities ../shared/data/ner          speed, size and the seed articles
    python -m benchmarks.entities ../shared/data/ner --train  also trains all three on the same data

Needs the extra `spacy`; with --train also the extra `train` and python-crfsuite. Times are CPU
times of one thread; only the ratios mean something on another machine.
"""

import argparse
import gzip
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.entity_peers import spacy_ner
from transforms.tagger import MODEL, find_mentions, load_countries, load_tagger
from transforms.tagger.merge import merge_mentions
from transforms.tagger.tokens import tokenise

WORDS = 456  # of a text: the mean of the prototype's news articles
TEXTS, SPACY_TEXTS = 430, 120
BATCH = 64

FRESH = """
import sys, time, resource
start = time.process_time()
from transforms.tagger import find_mentions, load_countries, load_tagger
load_tagger(), load_countries()
print(time.process_time() - start)
texts = sys.stdin.read().split("\\0")
for at in range(0, len(texts), 64):
    find_mentions(texts[at:at + 64], ["it"] * len(texts[at:at + 64]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def main() -> None:
    """Print the figures of docs/entities.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of *.jsonl.gz")
    parser.add_argument("--train", action="store_true", help="train all three, print F1")
    parser.add_argument("--share", type=float, default=0.2, help="of the training sentences")
    options = parser.parse_args()
    texts = read_texts(options.data)
    print(f"model file: {MODEL.stat().st_size / 1e6:.2f} MB")
    fresh = subprocess.run(
        [sys.executable, "-c", FRESH], input="\0".join(texts), text=True, capture_output=True,
        check=True,
    )  # fmt: skip
    load, peak = map(float, fresh.stdout.split())
    print(f"import and load: {load:.2f} s; peak memory of a process that only tags: {peak:.0f} MB")
    speed(texts)
    if options.train:
        from benchmarks.entity_peers import compare  # noqa: PLC0415 - needs the extra `train`

        compare(options.data, options.share)


def read_texts(data: Path) -> list[str]:
    """Return texts of about WORDS words, of the unlabelled Italian Wikinews."""
    texts: list[str] = []
    words: list[str] = []
    with gzip.open(data / "it.wikinews-unlabelled.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            words += [*json.loads(line)["tokens"], "\n"]
            if len(words) >= WORDS:
                texts.append(" ".join(words))
                words = []
    return texts[:TEXTS]


def speed(texts: Sequence[str]) -> None:
    """Print words per second of the tagger, of the whole step and of spaCy."""
    nlp = spacy_ner()
    countries = load_countries()
    load_tagger()

    def tag(batch: Sequence[str]) -> None:
        find_mentions(batch, ["it"] * len(batch))

    def step(batch: Sequence[str]) -> None:
        for text, spans in zip(batch, find_mentions(batch, ["it"] * len(batch)), strict=True):
            merge_mentions(text, spans, countries, "it")

    def peer(batch: Sequence[str]) -> None:
        list(nlp.pipe(batch))

    peer(texts[-2:])  # spaCy compiles nothing, but opens its pools
    spacy = rate(peer, texts[:SPACY_TEXTS])
    print(f"spaCy ner: {spacy:,.0f} words/s")
    for name, work in (("tagger with rules", tag), ("whole step", step)):
        load_tagger.cache_clear()  # cold: no word is known yet
        load_tagger()
        for state in ("cold", "warm"):
            found = rate(work, texts)
            print(f"{name}, {state}: {found:,.0f} words/s, {found / spacy:.1f} x spaCy")


def rate(work: Callable[[Sequence[str]], None], texts: Sequence[str]) -> float:
    """Return words per second of CPU time."""
    words = sum(len(tokenise([text]).words) for text in texts)
    start = time.process_time()
    for at in range(0, len(texts), BATCH):
        work(texts[at : at + BATCH])
    return words / (time.process_time() - start)


if __name__ == "__main__":
    main()
