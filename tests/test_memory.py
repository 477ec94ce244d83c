"""Tests of transforms/memory.py."""

import pyarrow.parquet as pq

from tests.records import an_article, digest
from transforms.memory import write_memory
from transforms.revisions import resolve_revisions
from transforms.rows import lay_rows, read_columns
from transforms.schemas import SKETCHES, VERSIONS
from transforms.stage import write_staged
from transforms.verdicts import apply_verdicts


def test_later_runs_know_the_sketch_the_story_and_the_version_of_each_row(tmp_path):
    staged = [write_staged([an_article(n)], str(tmp_path)) for n in ("a", "b")]
    decided = lay_rows(apply_verdicts(resolve_revisions(staged, []).kept, []), str(tmp_path))
    files = write_memory(decided, str(tmp_path))
    sketches = read_columns(files.sketches, SKETCHES.names)
    assert sketches.schema.equals(SKETCHES)
    assert set(sketches["story_id"].to_pylist()) == {digest("a"), digest("b")}
    versions = pq.read_table(files.versions)
    assert versions.schema.equals(VERSIONS)
    assert versions["article_id"].to_pylist() == sorted([digest("a"), digest("b")])
    assert files.stories == 2
