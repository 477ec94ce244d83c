"""Tests of pipeline/figures.py."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.figures import EARLIER, SAMPLES, STORIES, Story, figures
from pipeline.output import OutputFolder
from tests.test_query import article
from transforms.schemas import ARTICLES, REJECTS

DAY = datetime(2024, 6, 19, 8, tzinfo=UTC)


@pytest.fixture
def measure(tmp_path):
    """Return what figures says of a run with the given rows."""

    def measure(articles=(), duplicates=(), rejects=()):
        manifest = {"files": []}
        for table, rows, schema in (
            ("articles", articles, ARTICLES),
            ("duplicates", duplicates, ARTICLES),
            ("rejects", rejects, REJECTS),
        ):
            for number, row in enumerate(rows):  # a file each
                path = f"{table}-{number}.parquet"
                pq.write_table(pa.Table.from_pylist([row], schema), tmp_path / path)
                manifest["files"].append({"table": table, "path": path})
        return figures(OutputFolder(str(tmp_path)), manifest)

    return measure


def copy(article_id: str, original: str, **values):
    link = {"article_id": original, "kind": "exact", "coverage": 1.0, "coverage_other": 1.0}
    return article(article_id, duplicate_of=original, reuse_of=[link], **values)


def reject(reason: str, number: int):
    values = [f"/in/{number}", "ReadFiles", reason, "why", "", "r1", False]
    return dict(zip(REJECTS.names, values, strict=True))


def test_run_without_anything(measure):
    found = measure()

    assert (found.times, found.stories, found.flows, found.refused) == ((), (), (), ())
    assert (found.names, found.countries) == ({}, ())


def test_time_is_told_in_hours_days_months_or_years_without_gaps(measure):
    def times(*days):
        rows = [article(f"a{day}", event_at=DAY + timedelta(days=day)) for day in days]
        found = measure(rows, [copy("c", "a0", event_at=DAY)])
        return found.unit, found.times

    assert times(0)[1] == (("2024-06-19 08:00", 1, 1),)
    assert times(0, 3) == (
        "day",
        (("2024-06-19", 1, 1), ("2024-06-20", 0, 0), ("2024-06-21", 0, 0), ("2024-06-22", 1, 0)),
    )
    assert [label for label, *_ in times(0, 100)[1]] == [
        f"2024-{month:02}" for month in (6, 7, 8, 9)
    ]
    assert times(0, 4_000)[0] == "year"
    assert [label for label, *_ in times(0, 4_000)[1]] == [str(year) for year in range(2024, 2036)]


def test_stories_are_ordered_by_copies_and_name_their_outlets(measure):
    found = measure(
        [article("a", title="One", source="ansa"), article("b", title=None, source="afp")],
        [
            copy("c", "b", source="x"),
            copy("d", "a", source="y"),
            copy("e", "a", source="x", event_at=DAY - timedelta(days=1)),
            copy("f", "a", source="x"),
        ],
    )

    assert found.stories == (Story("One", "ansa", 3, ("x", "y")), Story("b.txt", "afp", 1, ("x",)))


def test_corrected_original_is_told_by_its_first_version(measure):
    versions = [article("a", title="One"), article("a", title="Correction", revision=2)]

    assert measure(versions, [copy("c", "a")]).stories[0].title == "One"


def test_original_of_an_earlier_run_is_told_by_its_copy(measure):
    found = measure([], [copy("c", "gone", title="Copy", source="x")])

    assert found.stories == (Story("Copy", EARLIER, 1, ("x",)),)
    assert found.flows == (("x", EARLIER, 1),)


def test_flows_are_counted_by_pair_of_outlets(measure):
    found = measure(
        [article("a", source="ansa")],
        [copy("b", "a", source="x"), copy("c", "a", source="x"), copy("d", "a", source="y")],
    )

    assert found.flows == (("x", "ansa", 2), ("y", "ansa", 1))


def test_names_are_counted_by_label_and_countries_by_article(measure):
    twice = [
        {"name": name, "label": "LOC", "country": "KP", "count": 1, "mentions": []}
        for name in ("Corea del Nord", "Pyongyang")
    ]

    found = measure([article("a"), article("b", entities=twice)])

    assert found.names == {
        "PER": (("Kim", 1),),
        "LOC": (("Corea", 1), ("Corea del Nord", 1), ("Pyongyang", 1)),
    }
    assert found.countries == (("KP", 2),)


def test_rejects_are_told_by_reason_with_a_few_samples(measure):
    found = measure(rejects=[*(reject("empty", n) for n in range(5)), reject("binary", 9)])

    assert [(one.reason, one.items) for one in found.refused] == [("empty", 5), ("binary", 1)]
    assert len(found.refused[0].samples) == SAMPLES
    assert found.refused[1].samples[0]["source_uri"] == "/in/9"


def test_only_the_largest_are_kept(measure):
    found = measure([], [copy(f"c{n:03}", f"a{n:03}") for n in range(STORIES + 5)])

    assert len(found.stories) == STORIES
