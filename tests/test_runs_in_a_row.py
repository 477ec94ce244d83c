"""Tests of what runs know of each other: copies across runs, readers in between."""

import subprocess
import sys
import textwrap
from datetime import timedelta

from pipeline.run import run
from pipeline.verify import verify
from tests.conftest import AS_OF
from tests.test_run import config, counts, row, rows, story, write_rows


def later(folder, output, days, *more, **fields):
    """Publish rows in a run of their own, `days` after AS_OF."""
    path = folder / f"day-{days}.jsonl"
    write_rows(path, list(more))
    as_of = AS_OF + timedelta(days=days)
    return run(config(path, output, run_id=f"r{days}", as_of=as_of, **fields))


def test_a_copy_of_an_earlier_runs_article_is_folded_onto_it(tmp_path):
    output = tmp_path / "out"
    later(tmp_path, output, 0, row("a", story(1)), row("b", story(2)))
    before = rows(output)
    copy = row("c", f"{story(77, 8)} {story(1)}", published="2024-06-21")
    assert counts(later(tmp_path, output, 1, copy)) == (1, 0, 1, 0, 0)
    first = before["day-0.jsonl#1 1"]
    (found,) = rows(output, "duplicates").values()
    assert found["duplicate_of"] == found["story_id"] == first["article_id"]
    assert found["reuse"] == "near"
    (link,) = found["reuse_of"]
    assert link["article_id"] == first["article_id"]
    assert min(link["coverage"], link["coverage_other"]) > 0.9
    assert rows(output) == before
    assert verify(str(output)) == []


def test_a_copy_of_a_copy_joins_the_story(tmp_path):
    output = tmp_path / "out"
    later(tmp_path, output, 0, row("a", story(1)))
    later(tmp_path, output, 1, row("b", story(1) + " Ha detto il governo.", published="2024-06-21"))
    later(tmp_path, output, 2, row("c", story(1) + " Fine della notizia.", published="2024-06-22"))
    (story_id,) = {r["article_id"] for r in rows(output).values()}
    assert [r["duplicate_of"] for r in rows(output, "duplicates").values()] == [story_id] * 2


def test_the_window_bounds_how_far_back_copies_are_sought(tmp_path):
    output = tmp_path / "out"
    later(tmp_path, output, 0, row("a", story(1)))
    copy = row("b", story(1), published="2024-06-28")
    assert counts(later(tmp_path, output, 8, copy)) == (1, 1, 0, 0, 0)
    again = row("c", story(1), published="2024-06-29")
    assert counts(later(tmp_path, output, 9, again, window=timedelta(days=30))) == (1, 0, 1, 0, 0)


POLL = textwrap.dedent(
    """
    import glob, sys
    import pyarrow.parquet as pq
    seen, reads = set(), 0
    print("ready", flush=True)
    while not glob.glob(sys.argv[2]):
        count, names = 0, sorted(glob.glob(sys.argv[1] + "/articles/*/*/*.parquet"))
        try:
            for name in names:
                count += pq.ParquetFile(name).metadata.num_rows
        except FileNotFoundError:
            continue  # the folder was exchanged after it was listed: told, not hidden
        seen.add(count)
        reads += 1
    print(reads, sorted(seen))
    """
)


def test_a_reader_sees_a_partition_before_or_after_a_re_run_but_nothing_else(tmp_path):
    output, stop = tmp_path / "out", tmp_path / "stop"
    small = [row(str(n), story(n, 30)) for n in range(5)]
    later(tmp_path, output, 0, *small)
    with subprocess.Popen(
        [sys.executable, "-c", POLL, str(output), str(stop)], stdout=subprocess.PIPE, text=True
    ) as reader:
        try:
            assert reader.stdout.readline() == "ready\n"
            for number in range(4):
                more = [row("x", story(99, 30))] if number % 2 else []
                later(tmp_path, output, 0, *small, *more)
        finally:
            stop.touch()
        reads, _, counts_seen = reader.communicate()[0].partition(" ")
    assert int(reads) > 10
    assert counts_seen.strip() == "[5, 6]"
