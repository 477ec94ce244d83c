"""Tests of transforms/receipts.py."""

import json
from dataclasses import asdict

from apache_beam import Create
from apache_beam.testing.test_pipeline import TestPipeline as BeamPipeline

from transforms.receipts import WriteReceipts
from transforms.records import SourceRead, Unchanged


def test_everything_said_is_in_one_file_by_kind(tmp_path):
    path = tmp_path / "deep" / "receipts.json"
    with BeamPipeline() as pipeline:
        reads = pipeline | "Reads" >> Create([SourceRead(uri="/in", kind="folder", items=3)])
        nothing = pipeline | "Nothing" >> Create([])
        unchanged = pipeline | "Unchanged" >> Create([Unchanged(2)])
        (reads, nothing, unchanged) | WriteReceipts(str(path))
    read = asdict(SourceRead(uri="/in", kind="folder", items=3))
    assert json.loads(path.read_text()) == {"SourceRead": [read], "Unchanged": [{"items": 2}]}
