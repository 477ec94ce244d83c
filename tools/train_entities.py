"""Train the entity model: `python -m tools.train_entities ../shared/data/ner`.

With --measure, train without the parts that `hold_back` of ner_data.py keeps, and print F1 on them.

Reads labelled sentences (token/BIO JSON lines, see docs/entities.md for data and licences),
compiles the gazetteer, learns word clusters and weights, and writes the model that the wheel ships.
Needs the extra `train`. Everything is seeded: the same data give the same bytes.
"""

import os

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_threads] = "1"  # before numpy loads: sums of several threads come in any order

import argparse
import random
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from tools.ner_clusters import learn_clusters
from tools.ner_crf import Part, quantise, train
from tools.ner_data import Sentence, hold_back, read_sentences, weight
from tools.ner_lists import compile_names, country_names, country_tables, table
from tools.ner_measure import report
from tools.ner_vectors import published_table
from transforms.tagger import MODEL
from transforms.tagger.crf import Tagger
from transforms.tagger.gazetteer import load_gazetteer
from transforms.tagger.hashes import hash_words

# One short sentence of edited text in eight is repeated in capitals, as headlines are: on
# capitals-only copies of the development sets F1 rose from 55 to 63, elsewhere it stayed.
SHOUTED_SHARE: Final = 0.12
SHOUTED_LONGEST: Final = 25  # words
SHOUTED_WEIGHT: Final = 0.5


def main() -> None:
    """Train on a folder and write the model file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of *.jsonl.gz")
    parser.add_argument("--output", type=Path, default=MODEL)
    parser.add_argument("--measure", action="store_true", help="print F1 on parts held back")
    options = parser.parse_args()
    corpus = read_corpus(options.data)
    if options.measure:
        trains, measures = hold_back(corpus)
        print(*report(Tagger(build_model(trains)), measures), sep="\n")
        return
    np.savez_compressed(options.output, allow_pickle=False, **build_model(corpus))
    print(f"{options.output}: {options.output.stat().st_size:,} bytes")
    print(f"{time.process_time():.0f} s of CPU time")


def read_corpus(folder: Path) -> dict[str, list[Sentence]]:
    """Return the labelled sentences of each file of the folder, by file name."""
    countries = frozenset(name.lower() for name in country_names())
    return {
        path.name.removesuffix(".jsonl.gz"): read_sentences(path, countries)
        for path in sorted(folder.glob("*.jsonl.gz"))
        if "unlabelled" not in path.name
    }


def build_model(corpus: Mapping[str, list[Sentence]]) -> dict[str, np.ndarray]:
    """Return the arrays of the model file."""
    tables = {**compile_names().arrays(), **cluster_table(corpus)}
    tables |= {**published_table(), **country_tables()}
    gazetteer = load_gazetteer(tables)
    parts = [
        Part(sentences, name[:2], gazetteer, weight(name)) for name, sentences in corpus.items()
    ]
    parts += [
        Part(sentences, name[:2], gazetteer, SHOUTED_WEIGHT)
        for name, sentences in shouted(corpus).items()
    ]
    return {**quantise(*train(parts)), **tables}


def cluster_table(corpus: Mapping[str, list[Sentence]]) -> dict[str, np.ndarray]:
    """Learn word clusters from the corpus, but not from historical newspapers."""
    texts = [
        words for name, those in corpus.items() if "europeana" not in name for words, _ in those
    ]
    clusters = learn_clusters(texts)
    values = np.array(list(clusters.values()), np.uint16)
    return table("cluster", hash_words(list(clusters)), values)


def shouted(corpus: Mapping[str, list[Sentence]]) -> dict[str, list[Sentence]]:
    """Return some short sentences of edited text in capitals."""
    chance = random.Random(0)
    return {
        name: chosen
        for name, sentences in corpus.items()
        if weight(name) == 1
        and (
            chosen := [
                ([word.upper() for word in words], tags)
                for words, tags in sentences
                if len(words) < SHOUTED_LONGEST and chance.random() < SHOUTED_SHARE
            ]
        )
    }


if __name__ == "__main__":
    main()
