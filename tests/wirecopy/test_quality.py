"""Quality of folding on a sample of the development corpus: floors that may only be raised."""

import gzip
import importlib.util
import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from benchmarks.damage import damaged
from tests.conftest import SHARED, needs_shared
from tests.wirecopy.make import row, verdicts, write
from transforms.wirecopy.fold import fold

CORPUS = SHARED / "data" / "wirecopy"
# damage -> figure -> floor, just below what was reached (or above, for those that should be low)
FLOORS = {
    None: {
        "ari": 0.98,
        "near_f1": 0.99,
        "all_f1": 0.995,
        "recall_partial": 0.98,
        "mega_recall": 0.99,
    },
    "lookalikes": {
        "ari": 0.96,
        "near_f1": 0.965,
        "all_f1": 0.99,
        "recall_partial": 0.97,
        "mega_recall": 0.96,
    },
}
CEILINGS = {"false_folds_per_1000": 1.0, "false_pairs_per_1000": 5.0}


@cache
def figures(damage):
    """Return how well the sample is folded, its copies damaged or not."""
    with gzip.open(CORPUS / "dev-truth.json.gz", "rt") as file:
        truth = json.load(file)
    # a third of the stories whole, the first of the very large ones, and every third lone article
    sample = [
        k
        for k, cluster in enumerate(truth["clusters"])
        if cluster == 0 or (cluster > 2 and cluster % 3 == 0) or (cluster < 0 and k % 3 == 0)
    ]
    place = {k: number for number, k in enumerate(sample)}
    with gzip.open(CORPUS / "dev.jsonl.gz", "rt") as file:
        lines = [json.loads(line) for k, line in enumerate(file) if k in place]
    if damage:
        for line, k in zip(lines, sample, strict=True):
            if truth["clusters"][k] >= 0:
                line["text"] = damaged(line["text"], line["id"], damage)
    articles = [
        row(
            line["id"],
            line["text"],
            title=line["title"],
            source=line["source"],
            event_at=datetime.fromtimestamp(line["published"], UTC),
        )
        for line in lines
    ]
    with TemporaryDirectory() as folder:
        found = verdicts(fold([write(Path(folder, "sample.arrow"), articles)]))
    number = {line["id"]: k for k, line in enumerate(lines)}
    stories, links, near = [line["id"] for line in lines], set(), set()
    for name, verdict in found.items():
        stories[number[name]] = verdict["duplicate_of"] or name
        for link in verdict["reuse_of"]:
            pair = tuple(sorted((number[name], number[link["article_id"]])))
            links.add(pair)
            if link["kind"] != "partial":
                near.add(pair)
    known = {
        "clusters": [truth["clusters"][k] for k in sample],
        "pairs": [
            (place[a], place[b], k) for a, b, k in truth["pairs"] if a in place and b in place
        ],
    }
    spec = importlib.util.spec_from_file_location("evaluate", CORPUS / "evaluate.py")
    evaluate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(evaluate)
    return evaluate.score(known, stories, links, near)


@needs_shared
@pytest.mark.parametrize(
    ("damage", "name", "floor"),
    [(damage, *floor) for damage, floors in FLOORS.items() for floor in floors.items()],
)
def test_floor(damage, name, floor):
    assert figures(damage)[name] >= floor, figures(damage)


@needs_shared
@pytest.mark.parametrize("damage", FLOORS)
@pytest.mark.parametrize("name", CEILINGS)
def test_ceiling(damage, name):
    assert figures(damage)[name] <= CEILINGS[name], figures(damage)


@needs_shared
def test_of_the_first_seeds_only_two_share_passages(tmp_path):
    texts = {p.name[:3]: p.read_text("utf-8") for p in sorted((SHARED / "seeds").glob("*.txt"))}
    found = verdicts(
        fold([write(tmp_path / "s", [row(name, text) for name, text in texts.items()])])
    )
    assert {name: [link["article_id"] for link in v["reuse_of"]] for name, v in found.items()} == {
        "003": ["000"]
    }
