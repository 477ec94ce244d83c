"""Tests of transforms/read_files.py: the PTransform and its planning."""

import json

import apache_beam as beam
import pytest
from apache_beam.testing.test_pipeline import TestPipeline as BeamPipeline
from apache_beam.testing.util import assert_that, equal_to

from tests.conftest import AS_OF, counters
from transforms.formats.origin import Refused
from transforms.read_files import (
    EVEN,
    MAX_FILE_BYTES,
    SHARED_BYTES,
    SHARES,
    Part,
    ReadFiles,
    estimate_bytes,
    plan,
    read_part,
)
from transforms.records import SourceRead
from transforms.sources import Lost


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "a.txt").write_text("Uno.")
    (folder / "b.jsonl").write_text('{"text": "Due."}\n{broken\n\n{"text": "Tre."}\n')
    (folder / "c.bin").write_bytes(b"\0\1")
    return folder


def read_all(source, **options):
    """Return the items and refusals of all parts of a plan, without Beam."""
    found = []
    for piece in plan(str(source), None, options.get("max_file_bytes", MAX_FILE_BYTES)):
        for part in piece.parts:
            if isinstance(part, Lost):
                found.append(part)
            else:
                found += read_part(part, {}, options.get("max_file_bytes", MAX_FILE_BYTES))
    return found


def test_reads_a_folder_into_articles_rejects_and_a_count(folder):
    uri = str(folder)
    pipeline = BeamPipeline(runner="FnApiRunner")
    read = pipeline | ReadFiles([uri], AS_OF)
    assert_that(
        read.articles | beam.Map(lambda a: (a.source_uri, a.text, a.source)),
        equal_to(
            [
                (f"{uri}/a.txt", "Uno.", "desk"),
                (f"{uri}/b.jsonl#1", "Due.", "desk"),
                (f"{uri}/b.jsonl#4", "Tre.", "desk"),
            ]
        ),
        label="articles",
    )
    assert_that(
        read.rejects | beam.Map(lambda r: (r.source_uri, r.step, r.reason)),
        equal_to(
            [
                (f"{uri}/b.jsonl#2", "ReadFiles", "bad_json"),
                (f"{uri}/c.bin", "ReadFiles", "unsupported_format"),
            ]
        ),
        label="rejects",
    )
    assert_that(read.sources, equal_to([SourceRead(uri=uri, kind="folder", items=5)]), label="sums")
    result = pipeline.run()
    result.wait_until_finish()

    assert counters(result) == {
        "articles": 3,
        "rejected_bad_json": 1,
        "rejected_unsupported_format": 1,
    }


def test_a_missing_source_is_one_reject_and_a_failed_source(tmp_path):
    uri = str(tmp_path / "nothing")
    with BeamPipeline(runner="FnApiRunner") as pipeline:
        read = pipeline | ReadFiles([uri], AS_OF)
        assert_that(read.rejects | beam.Map(lambda r: r.reason), equal_to(["not_found"]))
        expected = [SourceRead(uri=uri, kind="file", status="failed", items=1)]
        assert_that(read.sources, equal_to(expected), label="sources")


def test_an_empty_folder_is_a_source_without_items(tmp_path):
    (piece,) = plan(str(tmp_path), None, MAX_FILE_BYTES)

    assert piece.parts == ()


@pytest.fixture
def long_lines(tmp_path):
    path = tmp_path / "long.jsonl"
    line = json.dumps({"text": "x" * 1000})
    rows = [line if number % 7 else "" for number in range(1, 6001)]
    path.write_text("\n".join(rows))
    assert path.stat().st_size > SHARED_BYTES
    return path


def test_a_long_file_of_lines_is_cut_evenly_and_keeps_its_row_numbers(long_lines):
    parts = [piece.parts[0] for piece in plan(str(long_lines), None, MAX_FILE_BYTES) if piece.parts]

    assert EVEN <= len(parts) <= EVEN + 1
    found = [item.source_uri for item in read_all(long_lines)]
    assert found == [f"{long_lines}#{number}" for number in range(1, 6001) if number % 7]


def test_a_file_that_cannot_be_cut_is_shared_row_by_row(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("text\n" + f"{'x' * 1000}\n" * 5000)
    parts = [piece.parts[0] for piece in plan(str(path), None, MAX_FILE_BYTES) if piece.parts]

    assert [part.share for part in parts] == [(k, SHARES) for k in range(SHARES)]
    rows = sorted(int(item.source_uri.rsplit("#")[1]) for item in read_all(path))
    assert rows == list(range(1, 5001))


def test_a_file_over_the_limit_is_not_opened(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("too long")
    (lost,) = read_all(path, max_file_bytes=4)

    assert lost.error.reason == "too_large"


def test_a_file_that_vanishes_after_planning_is_refused(folder):
    (piece,) = plan(str(folder / "a.txt"), None, MAX_FILE_BYTES)
    (folder / "a.txt").unlink()
    (part,) = piece.parts
    assert isinstance(part, Part)
    (refused,) = read_part(part, {}, MAX_FILE_BYTES)

    assert isinstance(refused, Refused)
    assert refused.error.reason == "unreadable"


def test_the_size_of_local_sources_is_estimated(folder):
    size = sum(path.stat().st_size for path in folder.iterdir())

    assert estimate_bytes([str(folder), "gs://bucket/x", "https://a.example/feed"]) == size
