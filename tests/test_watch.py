"""Tests of pipeline/watch.py on real files and real processes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.output import OutputFolder
from pipeline.verify import verify
from pipeline.watch import Watch, cycle
from tests.test_run import config, counts, row, rows, story, write_rows


@pytest.fixture
def folder(tmp_path):
    home = tmp_path / "in"
    home.mkdir()
    write_rows(home / "a.jsonl", [row("a", story(1))])
    return home


@pytest.fixture
def state(tmp_path):
    return Watch(OutputFolder(str(tmp_path / "out")))


def test_a_cycle_reads_what_is_new_and_nothing_else(folder, tmp_path, state):
    settings = config(folder, tmp_path / "out")
    assert counts(cycle(settings, state)) == (1, 1, 0, 0, 0)
    assert cycle(settings, state) is None
    write_rows(folder / "b.jsonl", [row("b", story(2)), row("a", story(1))])
    assert counts(cycle(settings, state)) == (2, 1, 0, 1, 0)
    write_rows(folder / "a.jsonl", [row("a", story(11))])
    assert counts(cycle(settings, state)) == (1, 1, 0, 0, 0)
    assert set(rows(tmp_path / "out")) == {"a.jsonl#1 1", "a.jsonl#1 2", "b.jsonl#1 1"}
    assert verify(str(tmp_path / "out")) == []


def test_a_new_watch_doubles_nothing(folder, tmp_path, state):
    settings = config(folder, tmp_path / "out")
    cycle(settings, state)
    assert counts(cycle(settings, Watch(state.output))) == (1, 0, 0, 1, 0)


def test_a_cycle_that_fails_is_counted_and_tried_again(folder, tmp_path, state):
    settings = config(folder, tmp_path / "out", max_reject_ratio=0.1)
    (folder / "bad.json").write_text("{")
    assert cycle(settings, state) is None
    assert (state.failures, "--max-reject-ratio" in state.last_error) == (1, True)
    (folder / "bad.json").unlink()
    assert counts(cycle(settings, state)) == (1, 1, 0, 0, 0)
    assert state.failures == 0


@contextmanager
def watching(folder: Path, output: Path) -> Iterator[subprocess.Popen]:
    """Start a real watch; whatever happens, it does not outlive the test."""
    arguments = ["watch", folder, "--output", output, "--every", "0.3s", "--entity-engine", "none"]
    command = [sys.executable, "-m", "pipeline", *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def health(output: Path) -> dict:
    path = output / "_runs" / "health.json"
    return json.loads(path.read_text()) if path.exists() else {}


def until(true, seconds: float = 120) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_a_watch_picks_up_files_until_it_is_told_to_stop(folder, tmp_path):
    output = tmp_path / "out"
    with watching(folder, output) as process:
        until(lambda: health(output).get("state") == "waiting")
        write_rows(folder / "b.jsonl", [row("b", story(2))])
        until(lambda: len(rows(output)) == 2)
        asked = time.monotonic()
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert time.monotonic() - asked < 10
    assert health(output)["state"] == "stopped"
    metrics = (output / "_runs" / "metrics.prom").read_text()
    assert 'wirefold_items_total{kind="articles"} 2' in metrics
    assert verify(str(output)) == []
