"""Tests of transforms/rejects.py."""

import pyarrow.parquet as pq
from apache_beam import Create, Map
from apache_beam.testing.test_pipeline import TestPipeline as BeamPipeline
from apache_beam.testing.util import assert_that, equal_to

from tests.conftest import counters
from transforms.records import Rejected
from transforms.rejects import WriteRejects
from transforms.schemas import REJECTS

BAD = [
    Rejected(source_uri="/in/x.jsonl#2", step="ReadFiles", reason="bad_json", detail="column 3"),
    Rejected(source_uri="/in/a.txt", step="ReadFiles", reason="empty", detail="", sample=" "),
]


def test_rejects_are_one_file_in_the_order_of_their_sources(tmp_path):
    pipeline = BeamPipeline()
    files = pipeline | Create(BAD) | WriteRejects(str(tmp_path), "run")
    assert_that(files | Map(lambda f: f.reasons), equal_to([{"bad_json": 1, "empty": 1}]))
    assert counters(pipeline.run()) == {"bad_json": 1, "empty": 1}
    (path,) = tmp_path.glob("*.parquet")
    table = pq.read_table(path)
    assert table.schema.equals(REJECTS)
    assert [row["source_uri"] for row in table.to_pylist()] == ["/in/a.txt", "/in/x.jsonl#2"]
    assert set(table["run_id"].to_pylist()) == {"run"}


def test_no_rejects_no_file(tmp_path):
    pipeline = BeamPipeline()
    files = pipeline | Create([]) | WriteRejects(str(tmp_path), "run")
    assert_that(files, equal_to([]))
    pipeline.run()
    assert not list(tmp_path.iterdir())
