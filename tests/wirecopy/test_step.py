"""Tests of transforms/wirecopy/step.py: the same verdicts from Beam, however the input lies."""

from apache_beam import Create, Map
from apache_beam.testing.test_pipeline import TestPipeline as BeamPipeline
from apache_beam.testing.util import assert_that, equal_to

from tests.wirecopy.make import rows, story, write
from transforms.wirecopy import FoldWireCopy
from transforms.wirecopy.fold import fold

A, B = story("a"), story("b")


def plain(table):
    return str(table.to_pylist())


def test_verdicts_are_those_of_the_plain_function(tmp_path):
    articles = rows(A, B, A, A + " More.", B[:300] + " " + A[:400])
    files = [write(tmp_path / f"{k}.arrow", articles[k::2]) for k in range(2)]
    expected = list(map(plain, fold(files)))
    assert len(expected) == 1
    with BeamPipeline() as pipeline:
        found = pipeline | Create(files) | FoldWireCopy(str(tmp_path)) | Map(plain)
        assert_that(found, equal_to(expected))


def test_no_files_no_verdicts(tmp_path):
    with BeamPipeline() as pipeline:
        found = pipeline | Create([]) | FoldWireCopy(str(tmp_path))
        assert_that(found, equal_to([]))
