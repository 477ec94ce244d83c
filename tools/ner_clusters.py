"""Word clusters from plain sentences: words that stand in like places share a number."""

import re
from collections import Counter
from collections.abc import Iterable

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import svds

FINE, COARSE = 768, 63  # numbers of clusters; a fine one fits in 10 bits
FEWEST = 4  # a rarer word has no cluster
CONTEXTS, DIMENSIONS, ROUNDS = 4000, 64, 12


def learn_clusters(sentences: Iterable[list[str]]) -> dict[str, int]:
    """Return word (digits as 0) -> fine cluster + 1024 x coarse cluster, both from 1.

    Positive pointwise mutual information with the words at -2..2, singular vectors, k-means.
    """
    words = [re.sub(r"\d", "0", w) for sentence in sentences for w in ["<s>", *sentence]]
    counts = Counter(words)
    vocabulary = {w: i for i, w in enumerate(w for w, n in counts.most_common() if n >= FEWEST)}
    vectors = _vectors(_cooccurrences(words, vocabulary))
    fine, coarse = kmeans(vectors, FINE), kmeans(vectors, COARSE)
    numbers = (fine + 1 + 1024 * (coarse + 1)).tolist()
    return dict(zip(vocabulary, numbers, strict=True))


def _cooccurrences(words: list[str], vocabulary: dict[str, int]) -> sp.csr_matrix:
    lower = Counter(w.lower() for w in words)
    contexts = {w: i for i, (w, _) in enumerate(lower.most_common(CONTEXTS))}
    here = np.array([vocabulary.get(w, -1) for w in words])
    there = np.array([contexts.get(w.lower(), -1) for w in words])
    n, rows, columns = len(words), [], []
    for number, offset in enumerate((-1, 1, -2, 2)):
        a, b = (
            here[max(0, -offset) : n - max(0, offset)],
            there[max(0, offset) : n + min(0, offset)],
        )
        known = (a >= 0) & (b >= 0)
        rows.append(a[known])
        columns.append(b[known] + number * len(contexts))
    row, column = np.concatenate(rows), np.concatenate(columns)
    shape = (len(vocabulary), 4 * len(contexts))
    found = sp.coo_matrix((np.ones(len(row), np.float32), (row, column)), shape=shape).tocsr()
    found.sum_duplicates()
    return found


def _vectors(counts: sp.csr_matrix) -> np.ndarray:
    row_sums = np.asarray(counts.sum(1)).ravel()
    column_sums = np.asarray(counts.sum(0)).ravel() ** 0.75
    cells = counts.tocoo()
    expected = row_sums[cells.row] * (column_sums / column_sums.sum())[cells.col]
    information = np.log(cells.data / expected)
    positive = information > 0
    matrix = sp.csr_matrix(
        (information[positive], (cells.row[positive], cells.col[positive])), shape=counts.shape
    )
    left, sizes, _ = svds(matrix, k=DIMENSIONS, random_state=0)
    vectors = left * np.sqrt(sizes)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    return (vectors / lengths).astype(np.float32)


def kmeans(vectors: np.ndarray, k: int) -> np.ndarray:
    """Return the number of the nearest of `k` centres for every vector of length 1."""
    rng = np.random.default_rng(0)
    centres = vectors[np.sort(rng.choice(min(len(vectors), 20 * k), k, replace=False))].copy()
    nearest = np.zeros(len(vectors), np.int64)
    for _ in range(ROUNDS):
        nearest = np.concatenate(
            [
                (part @ centres.T).argmax(1)
                for part in np.array_split(vectors, 1 + len(vectors) // 8192)
            ]
        )
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, vectors)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(lengths > 0, sums / np.maximum(lengths, 1e-9), centres)
    return nearest
