"""Tests of pipeline/timeline.py."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.timeline import timeline

DAY = date(2024, 6, 20)


def days(*offsets: int) -> dict[str, Counter]:
    return {"articles": Counter(DAY - timedelta(days=n) for n in offsets)}


def test_nothing_to_show():
    assert timeline({"articles": Counter(), "duplicates": Counter()}, {}) is None


def test_days_without_holes():
    found = timeline(days(0, 0, 5), {})
    assert found.unit == "day"
    assert found.names == [f"2024-06-{day}" for day in range(15, 21)]
    assert found.series == {"articles": [1, 0, 0, 0, 0, 2]}
    assert (found.most, found.peak) == (2, "2024-06-20")


def test_hours_of_three_days():
    hours = [datetime(2024, 6, 20, 1, tzinfo=UTC), datetime(2024, 6, 20, 3, tzinfo=UTC)]
    found = timeline(days(0, 0), {"articles": Counter(hours)})
    assert found.unit == "hour"
    assert found.names == [f"2024-06-20 0{hour}:00" for hour in range(4)]
    assert found.series == {"articles": [0, 1, 0, 1]}


@pytest.mark.parametrize(
    ("ago", "unit"), [(2, "hour"), (3, "day"), (92, "day"), (93, "month"), (3000, "year")]
)
def test_the_unit_follows_the_span(ago, unit):
    hours = {"articles": Counter([datetime(2024, 6, 20, tzinfo=UTC)])}
    assert timeline(days(0, ago), hours).unit == unit


def test_a_stray_date_does_not_stretch_the_axis():
    found = timeline(days(*range(4, 30), 50_000), {})
    assert (found.unit, len(found.names)) == ("day", 26)
    assert (found.before, found.oldest) == (1, DAY - timedelta(days=50_000))


@settings(deadline=None)  # a loaded machine is no fault
@given(st.lists(st.integers(3, 80_000), min_size=1))
def test_every_row_is_drawn_or_said_to_be_older(offsets):
    found = timeline(days(*offsets, 0, 9), {})
    assert sum(found.series["articles"]) + found.before == len(offsets) + 2
    assert len(found.names) <= 230
    assert found.names == sorted(set(found.names))
