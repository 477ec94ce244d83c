"""Folding against the usual tools, on one corpus in one run: `python -m benchmarks.wirecopy`.

`--damage lookalikes`, `ocr` or `random` damages 70 % of the copies, 2 to 12 % of their characters.

Needs the folder `shared` beside the checkout; the peers are the extra `benchmarks`, those that are
not installed are left out. The peers see word five-grams of the raw text, as they are used; their
near F1 counts the pairs they link, their ARI the clusters of these. CPU seconds of one process,
the median of five rounds in which all take turns: the ratios count, for machines and load differ.
"""

import gzip
import importlib.util
import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import numpy as np
import pyarrow as pa
from apache_beam import Create, Map, Pipeline
from apache_beam.options.pipeline_options import PipelineOptions

from benchmarks.damage import KINDS, damaged
from transforms.records import SketchFile
from transforms.schemas import SKETCHES
from transforms.sketch import sketch_texts
from transforms.wirecopy import FoldWireCopy
from transforms.wirecopy.arrays import components
from transforms.wirecopy.fold import fold

DATA = Path("shared", "data", "wirecopy")
FIGURES = (
    "near_f1",
    "all_f1",
    "recall_partial",
    "mega_recall",
    "false_folds_per_1000",
    "false_pairs_per_1000",
)
PART = 9  # of the corpus is the small one: 2,000 articles
ROUNDS = 5
Pairs = set[tuple[int, int]]
Row = dict[str, Any]
Work = Callable[[], Any]
Seconds = np.ndarray[tuple[int], np.dtype[np.float64]]  # of each round


def main() -> None:
    """Print the table."""
    parser = ArgumentParser(prog="python -m benchmarks.wirecopy")
    parser.add_argument("--damage", choices=KINDS, help="of the copies' texts")
    damage = parser.parse_args().damage
    parents = Path(__file__).resolve().parents
    folder = next((p / DATA for p in parents if (p / DATA).is_dir()), None)
    if folder is None:
        sys.exit(f"{DATA} is not beside this checkout")
    with gzip.open(folder / "dev.jsonl.gz", "rt", encoding="utf8") as file:
        rows = [json.loads(line) for line in file]
    with gzip.open(folder / "dev-truth.json.gz", "rt") as file:
        truth = json.load(file)
    evaluate = load(folder / "evaluate.py")
    if damage:
        rows = [
            row | {"text": damaged(row["text"], row["id"], damage)} if story >= 0 else row
            for row, story in zip(rows, truth["clusters"], strict=True)
        ]
    # whole stories, or the small corpus would have fewer copies to compare
    whole = [c if c >= 0 else k for k, c in enumerate(truth["clusters"])]
    few = [row for row, story in zip(rows, whole, strict=True) if story % PART == 4]
    texts = [row["text"] for row in rows]
    peers = {name: peer for name, peer in PEERS.items() if importlib.util.find_spec(name)}
    with TemporaryDirectory() as home:
        works = ours(rows, few, home) | {name: partial(peers[name], texts) for name in peers}
        seconds, results = race(works)
    print(f"{'':34}{'CPU s':>7}{'ARI':>7}" + "".join(f"{name[:12]:>14}" for name in FIGURES))
    taken = seconds["sketch"] + seconds["fold"]
    line("wirefold (sketch and fold)", taken, score(rows, truth, evaluate, results["fold"]))
    tell_costs(seconds, len(rows), len(few))
    for name in PEERS:
        if name not in peers:
            print(f"{name} is not installed")
            continue
        line(f"{name}, Jaccard .5", seconds[name], score_pairs(truth, evaluate, results[name]))
        times = np.median(seconds[name] / taken)
        print(f"{'':4}wirefold folds {times:.2f} times as many articles a second")


def load(path: Path) -> Any:  # noqa: ANN401  (a module that has no type)
    """Return the module at a path."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        sys.exit(f"{path} is not a module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def line(name: str, seconds: Seconds, found: dict[str, float]) -> None:
    """Print a row of the table."""
    figures = "".join(f"{found[figure]:>14.3f}" for figure in FIGURES)
    print(f"{name:34}{np.median(seconds):7.2f}{found['ari_with_mega']:7.3f}{figures}")


# --- wirefold --------------------------------------------------------------------------------


def ours(rows: list[Row], few: list[Row], folder: str) -> dict[str, Work]:
    """Return what is timed of wirefold: the corpus, a small part of it, and the Beam step."""
    files = [write(Path(folder, f"{k}.arrow"), rows[k::3]) for k in range(3)]
    small = [write(Path(folder, "small.arrow"), few)]
    return {
        "sketch": lambda: sketch_texts([row["text"] for row in rows]),
        "fold": lambda: list(fold(files)),
        "sketch few": lambda: sketch_texts([row["text"] for row in few]),
        "fold few": lambda: list(fold(small)),
        "step without any": lambda: beam([], folder),
        "step": lambda: beam(files, folder),
    }


def tell_costs(seconds: dict[str, Seconds], articles: int, few: int) -> None:
    """Print what the parts cost."""
    whole = seconds["sketch"] + seconds["fold"]
    times = few / articles
    alone = seconds["fold"] / seconds["fold few"] * times
    both = whole / (seconds["sketch few"] + seconds["fold few"]) * times
    step, empty = np.median(seconds["step"]), np.median(seconds["step without any"])
    print(f"{'':4}sketching is {np.median(seconds['sketch'] / whole):.0%} of it")
    print(
        f"{'':4}an article of {articles:,} costs {np.median(both):.2f} times one of {few:,}", end=""
    )
    print(f", without sketching {np.median(alone):.2f} times")
    print(f"{'':4}as a Beam step: {step:.2f} s, of which {empty:.2f} s without any article")


def race(works: dict[str, Work]) -> tuple[dict[str, Seconds], dict[str, Any]]:
    """Return the CPU seconds of each work in each round, and what it gives.

    They take turns, so that all meet the same moods of the machine.
    """
    seconds, results = {name: np.zeros(ROUNDS) for name in works}, {}
    for number in range(ROUNDS):
        for name, work in works.items():
            start = process_time()
            results[name] = work()
            seconds[name][number] = process_time() - start
    return seconds, results


def beam(files: list[SketchFile], folder: str) -> None:
    """Fold with Beam, in this process."""
    with Pipeline(options=PipelineOptions(["--runner=FnApiRunner"])) as pipeline:
        pipeline | Create(files) | FoldWireCopy(folder) | Map(len)


def write(path: Path, rows: Sequence[Row]) -> SketchFile:
    """Write the sketches of the rows."""
    columns = sketch_texts([row["text"] for row in rows]).columns() | {
        "article_id": [row["id"] for row in rows],
        "content_hash": [sha256(row["text"].encode()).hexdigest() for row in rows],
        "source": [row["source"] for row in rows],
        "event_at": [datetime.fromtimestamp(row["published"], UTC) for row in rows],
        "published_precision": ["second"] * len(rows),
        "language": [row["lang"] for row in rows],
        "title": [row["title"] for row in rows],
        "story_id": [None] * len(rows),
        "length": [len(row["text"]) for row in rows],
    }
    table = pa.table([columns[name] for name in SKETCHES.names], schema=SKETCHES)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, SKETCHES) as writer:
        writer.write_table(table, max_chunksize=2_000)
    return SketchFile(path=str(path))


def score(
    rows: list[Row],
    truth: dict[str, Any],
    evaluate: Any,  # noqa: ANN401
    tables: Sequence[pa.Table],
) -> dict[str, float]:
    """Return the figures of verdicts, as `evaluate.py` scores a run's output folder."""
    place = {row["id"]: k for k, row in enumerate(rows)}
    stories: list[str] = [row["id"] for row in rows]
    links: Pairs = set()
    near: Pairs = set()
    for table in tables:
        for verdict in table.to_pylist():
            k = place[verdict["article_id"]]
            stories[k] = verdict["duplicate_of"] or verdict["article_id"]
            for link in verdict["reuse_of"]:
                other = place[link["article_id"]]
                pair = (min(k, other), max(k, other))
                links.add(pair)
                if link["kind"] != "partial":
                    near.add(pair)
    return dict(evaluate.score(truth, stories, links, near))


def score_pairs(truth: dict[str, Any], evaluate: Any, pairs: Pairs) -> dict[str, float]:  # noqa: ANN401
    """Return the figures of a peer's pairs; its stories are the clusters of these."""
    articles = len(truth["clusters"])
    stories = [c if c >= 0 else f"alone {k}" for k, c in enumerate(truth["clusters"])]
    label = components(articles, *np.array(sorted(pairs)).T)
    found = dict(evaluate.score(truth, list(range(articles)), set(), pairs))
    found["ari_with_mega"] = evaluate.adjusted_rand(stories, label.tolist())
    return found


# --- peers -----------------------------------------------------------------------------------


def shingles(text: str) -> list[str]:
    """Return the word five-grams of a text."""
    words = text.lower().split()
    return [" ".join(words[k : k + 5]) for k in range(max(1, len(words) - 4))]


def rensa(texts: Sequence[str]) -> Pairs:
    """Return the pairs at Jaccard .5, checked on the signatures."""
    from rensa import RMinHash, RMinHashLSH  # noqa: PLC0415

    signatures = []
    for text in texts:
        signature = RMinHash(num_perm=128, seed=42)
        signature.update(shingles(text))
        signatures.append(signature)
    index = RMinHashLSH(threshold=0.5, num_perm=128, num_bands=32)
    pairs = set()
    for k, signature in enumerate(signatures):
        for other in index.query(signature):
            if signature.jaccard(signatures[other]) >= 0.5:
                pairs.add((other, k))
        index.insert(k, signature)
    return pairs


def datasketch(texts: Sequence[str]) -> Pairs:
    """Return the pairs at Jaccard .5, checked on the signatures."""
    from datasketch import MinHash, MinHashLSH  # noqa: PLC0415

    index = MinHashLSH(threshold=0.5, num_perm=128)
    signatures = []
    pairs = set()
    for k, text in enumerate(texts):
        signature = MinHash(num_perm=128, seed=42)
        signature.update_batch([shingle.encode() for shingle in shingles(text)])
        signatures.append(signature)
        for other in index.query(signature):
            if signature.jaccard(signatures[other]) >= 0.5:
                pairs.add((other, k))
        index.insert(k, signature)
    return pairs


def datatrove(texts: Sequence[str]) -> Pairs:
    """Return the pairs of documents that share a bucket of the defaults (14 of 8 hashes)."""
    from datatrove.data import Document  # noqa: PLC0415
    from datatrove.pipeline.dedup.minhash import (  # noqa: PLC0415
        MinhashConfig,
        MinhashDedupSignature,
    )

    step = MinhashDedupSignature("unused", config=MinhashConfig())
    buckets: dict[tuple[object, ...], int] = {}
    pairs = set()
    for k, text in enumerate(texts):
        for number, bucket in enumerate(signature_of(step, Document(text=text, id=str(k)))):
            first = buckets.setdefault((number, *bucket), k)
            if first != k:
                pairs.add((first, k))
    return pairs


def signature_of(step: Any, document: Any) -> Iterator[Sequence[int]]:  # noqa: ANN401
    """Yield the hashes of each bucket of a document."""
    grams = step.get_shingles(document.text)
    yield from step.get_signature(grams) if grams.size else ()


PEERS: dict[str, Callable[[Sequence[str]], Pairs]] = {
    "rensa": rensa,
    "datasketch": datasketch,
    "datatrove": datatrove,
}


if __name__ == "__main__":
    main()
