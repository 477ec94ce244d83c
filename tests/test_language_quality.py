"""What the default engine must reach on news sentences: floors, just below what it reaches.

`python -m benchmarks.language` prints the figures. The sentences were not used to choose limits.
"""

import json
import os
import subprocess
import sys

import pytest

from benchmarks.language import KNOWN, calibration_error, make_samples, quality, read_sentences
from tests.conftest import ROOT, needs_shared
from transforms.language.engines import load_detector

# Some lie close to the limits.
TEXTS = ["Il presidente è a Roma", "tisuća uvjeta", "ok", "xyz", "Ω", "Dies ist ein Satz", "東京"]
PROBE = """
import json, sys
from transforms.language.engines import load_detector
print(load_detector("langdetect")(json.loads(sys.argv[1])))
"""


@pytest.fixture(scope="module")
def samples():
    return make_samples(read_sentences()[1], most=60)


@needs_shared
@pytest.mark.parametrize(
    ("kind", "right", "und", "label"),
    [
        ("headline", 99.0, 5.0, 7.0),
        ("sentence", 99.5, 2.5, 7.0),
        ("headline in capitals", 98.5, 5.5, 7.0),
        ("sentence in capitals", 99.0, 3.0, 7.0),
        ("article of 1500", 100.0, 0.1, 6.5),
    ],
)
def test_quality_on_news(samples, kind, right, und, label):
    found = quality(samples[kind], load_detector("langdetect"))

    assert found[0] >= right
    assert found[1] <= und
    assert found[2] <= label


@needs_shared
def test_confidence_is_right_as_often_as_it_says(samples):
    assert calibration_error(samples["headline"], load_detector("langdetect")) <= 1.5


@needs_shared
def test_agrees_with_the_library_on_articles(samples):
    articles = [text for language, text in samples["article of 1500"] if language in KNOWN][::8]
    ours, theirs = (
        load_detector(name)(articles) for name in ("langdetect", "langdetect-reference")
    )

    assert [found.language for found in ours] == [found.language for found in theirs]


def test_answers_are_the_same_in_another_process():
    printed = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(TEXTS)],
        env=os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert printed == f"{load_detector('langdetect')(TEXTS)}\n"
