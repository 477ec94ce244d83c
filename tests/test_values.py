"""Tests of pipeline/values.py."""

import contextlib
from argparse import ArgumentTypeError
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import values
from pipeline.config import duration_text


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("7d", timedelta(days=7)),
        ("2w", timedelta(weeks=2)),
        ("1h30m", timedelta(minutes=90)),
        ("0", timedelta(0)),
        ("90", timedelta(seconds=90)),
        ("0.5s", timedelta(milliseconds=500)),
    ],
)
def test_duration(text, span):
    assert values.duration(text) == span


@given(st.timedeltas(timedelta(0), timedelta(days=10_000)))
def test_duration_is_read_as_it_is_written(span):
    assert values.duration(duration_text(span)) == span


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-06-20T12:00:00Z", datetime(2024, 6, 20, 12, tzinfo=UTC)),
        ("2024-06-20t14:00:00.5+02:00", datetime(2024, 6, 20, 12, 0, 0, 500_000, UTC)),
        ("2024-06-20 12:00:00z", datetime(2024, 6, 20, 12, tzinfo=UTC)),
    ],
)
def test_instant(text, time):
    assert values.instant(text) == time


@pytest.mark.parametrize(
    ("text", "size"),
    [("5", 5), ("2K", 2048), ("2 kB", 2048), ("1MiB", 1 << 20), ("10G", 10 << 30)],
)
def test_size(text, size):
    assert values.size(text) == size


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (values.duration, "7"[:0]),
        (values.duration, "7 days"),
        (values.duration, "-1d"),
        (values.duration, "d7"),
        (values.duration, "9" * 30 + "w"),
        (values.instant, "2024-06-20"),
        (values.instant, "2024-06-20T12:00:00"),
        (values.instant, "0001-01-01T00:00:00+14:00"),
        (values.instant, "yesterday"),
        (values.size, "1.5G"),
        (values.size, "-1"),
        (values.number, "half"),
        (values.whole, "1.5"),
        (values.whole, "١"),
        (values.mapping, "text"),
        (values.mapping, "text="),
    ],
)
def test_what_cannot_be_read_is_named(read, text):
    with pytest.raises(ArgumentTypeError) as caught:
        read(text)

    assert str(caught.value).startswith(repr(text))


@given(st.text())
def test_any_text_is_read_or_refused(text):
    for read in (values.duration, values.instant, values.size, values.number, values.whole):
        with contextlib.suppress(ArgumentTypeError):
            read(text)


@pytest.mark.parametrize("text", ["DirectRunner", "directrunner", "direct", "DIRECT"])
def test_runner_is_known_by_its_short_name_too(text):
    assert values.runner(text) == "DirectRunner"


def test_foreign_runner_is_left_as_it_is():
    assert values.runner("my.own.Runner") == "my.own.Runner"
