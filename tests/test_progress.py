"""Tests of pipeline/progress.py."""

import io
import json
import logging
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from pipeline import progress
from pipeline.progress import IN_LOGS, OnTerminal, Progress, choose, sentence, snapshot, watched
from transforms.pulse import pulse


@pytest.mark.parametrize(
    ("told", "seconds", "said"),
    [
        ({}, 0.5, "reading: 0 articles"),
        ({"staged": 5}, 0.0, "reading: 5 articles"),
        (
            {"pieces": 8, "read": 8, "articles": 24000, "staged": 6000},
            61.0,
            "tagging 25%: 24,000 articles, 61 s",
        ),
        (
            {"pieces": 8, "read": 2, "articles": 6000, "rejects": 3},
            20.0,
            "reading 25%: 6,000 articles, 3 rejects, 300 a second, about 60 s left",
        ),
        ({"pieces": 100, "read": 1, "articles": 50}, 10.0, "reading 1%: 50 articles, 5 a second"),
        (
            {"pieces": 8, "read": 8, "articles": 24000, "staged": 24000},
            130.0,
            "folding: 24,000 articles, 2 min",
        ),
        (
            {"pieces": 8, "read": 8, "articles": 24000, "rows": 6000},
            7300.0,
            "writing 25%: 6,000 of 24,000 articles, 2 h 1 min",
        ),
    ],
)
def test_what_is_said(told, seconds, said):
    assert sentence(snapshot(told, seconds)) == said


names = st.sampled_from(["pieces", "read", "articles", "staged", "rejects", "rows"])


@given(st.dictionaries(names, st.integers(0, 10**9)), st.floats(0, 1e7))
def test_whatever_is_told_it_is_one_line(told, seconds):
    at = snapshot(told, seconds)
    assert "\n" not in sentence(at)
    assert at.done is None or at.done >= 0
    assert at.left is None or at.left <= seconds / progress.ENOUGH


class Kept(Progress):
    """Keeps what it is shown, and says when there is something."""

    every = 0.01

    def __init__(self) -> None:
        self.shown = []
        self.seen = threading.Event()

    def begin(self) -> None:
        self.shown.append("begin")

    def show(self, at) -> None:
        self.shown.append(at.articles)
        self.seen.set()

    def end(self) -> None:
        self.shown.append("end")


def test_a_run_is_watched_as_long_as_it_takes(tmp_path):
    kept = Kept()
    pulse(str(tmp_path), "articles", 3)
    with watched(str(tmp_path), kept):
        assert kept.seen.wait(60)
    assert kept.shown[:2] == ["begin", 3]
    assert kept.shown[-1] == "end"


def test_nobody_is_told_and_nothing_waits(tmp_path):
    with watched(str(tmp_path), Progress()):
        pass


def test_a_line_in_the_logs(caplog):
    with caplog.at_level(logging.INFO, "pipeline.progress"):
        IN_LOGS.show(snapshot({"articles": 5}, 0.0))
    (record,) = caplog.records
    assert record.getMessage() == "reading: 5 articles"
    assert record.fields["articles"] == 5


def test_lines_as_json():
    program = (
        "from pipeline.logs import say, start_logs; start_logs(); say(as_json=True);"
        "from pipeline.progress import IN_LOGS, snapshot; IN_LOGS.show(snapshot({'rows': 1}, 2))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    line = json.loads(done.stderr)
    assert (line["level"], line["step"], line["rows"]) == ("INFO", "write", 1)


@pytest.mark.parametrize("width", [20, 40, 100])
def test_a_live_line_fits_the_terminal_and_is_gone_at_the_end(width, monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    text = io.StringIO()
    console = Console(file=text, width=width, force_terminal=True, no_color=True)
    live = OnTerminal(console)
    live.begin()
    live.show(snapshot({"pieces": 8, "read": 2, "articles": 6000, "rejects": 3}, 20.0))
    live._live.refresh()
    live.end()
    shown = text.getvalue()
    assert "reading 25%" in shown
    assert "a second" in shown or width < 100
    assert shown.endswith("\x1b[2K")  # the line is wiped


def test_who_is_told(monkeypatch):
    assert type(choose(quiet=True, in_logs=False)) is Progress
    assert choose(quiet=False, in_logs=True) is IN_LOGS
    assert choose(quiet=False, in_logs=False) is IN_LOGS  # stderr of a test is no terminal
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    assert choose(quiet=False, in_logs=False) is IN_LOGS
    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(choose(quiet=False, in_logs=False), OnTerminal)
