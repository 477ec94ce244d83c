"""Tests of docs/cookbook.md: every question is asked over two runs of the seeds."""

import io
import json
import re
from datetime import UTC, datetime

import pytest

from pipeline.config import Config
from pipeline.query import query
from pipeline.run import run
from tests.conftest import ROOT, SEEDS

pytest.importorskip("duckdb", reason="the extra `query` is not installed")

PAGE = (ROOT / "docs/cookbook.md").read_text("utf-8")
QUESTIONS = dict(re.findall(r"^### \d+\. (.+?)\n+```sql\n(.+?)```", PAGE, re.DOTALL | re.MULTILINE))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    output = str(tmp_path_factory.mktemp("cookbook") / "out")
    for day in (1, 2):
        as_of = datetime(2026, 1, day, tzinfo=UTC)
        run(Config(sources=(str(SEEDS),), output=output, as_of=as_of, run_id=f"day-{day}"))
    return output


def ask(folder: str, sql: str) -> list[dict]:
    stream = io.BytesIO()
    query(folder, sql, "json", stream)
    return json.loads(stream.getvalue())


def test_there_are_twenty_questions():
    assert len(QUESTIONS) == 20


@pytest.mark.parametrize("question", QUESTIONS)
def test_question_has_an_answer(folder, question):
    assert ask(folder, QUESTIONS[question])


def test_copies_are_laid_at_the_right_door(folder):
    rows = ask(folder, QUESTIONS["Which outlets carry whose copy?"])

    assert sum(row["pieces"] for row in rows) == 9
    assert {row["copied_from"] for row in rows} >= {"Westline News Agency"}


def test_correction_is_told_from_what_it_corrects(folder):
    rows = ask(folder, QUESTIONS["What was corrected after it had been published?"])

    assert [row["revision"] for row in rows] == [2]


def test_second_run_found_nothing_new(folder):
    rows = ask(folder, QUESTIONS["Which sources failed, and which gave nothing new?"])

    assert {(row["run_id"], row["new"]) for row in rows} >= {("day-2", 0)}
