"""Tests of pipeline/overview.py on small table files."""

from collections import Counter
from datetime import date, timedelta

import pytest

from pipeline import tallies
from pipeline.output import OutputFolder
from pipeline.overview import gather
from tests.conftest import AS_OF
from tests.outputs import a_copy, a_reject, a_row, an_entity, publish
from tests.records import digest

HOUR = timedelta(hours=1)


def look(root, run_id="r1"):
    output = OutputFolder(str(root))
    manifests = output.manifests()
    at = [one["run_id"] for one in manifests].index(run_id)
    files = [(f["table"], str(root / f["path"])) for f in manifests[at]["files"]]
    return gather(manifests[at], files, manifests[:at], output.root)


def test_a_run_with_nothing_in_it(tmp_path):
    publish(tmp_path)
    found = look(tmp_path)
    assert (found.stories, found.flows, found.names, found.rejects) == ([], {}, {}, {})
    assert found.days == {"articles": {}, "duplicates": {}}


@pytest.mark.parametrize("rows_at_once", [1, 1000])
def test_what_is_counted(tmp_path, monkeypatch, rows_at_once):
    monkeypatch.setattr(tallies, "BATCH_ROWS", rows_at_once)
    kim = an_entity("Kim"), an_entity("Korea", "LOC", "KR"), an_entity("Seoul", "LOC", "KR")
    publish(
        tmp_path,
        [
            a_row("a", source="Ansa", entities=list(kim)),
            a_row("b", entities=[kim[0]], event_at=AS_OF - timedelta(days=3), reuse="partial"),
        ],
        [
            a_copy("c", of="a", source="Corriere", event_at=AS_OF + 2 * HOUR),
            a_copy("d", of="a", source="Corriere", title="c", event_at=AS_OF + HOUR),
            a_copy("e", of="b", warnings=["truncated"]),
        ],
        [a_reject("bad_json", detail=str(n)) for n in range(5)],
    )
    found = look(tmp_path)
    assert found.days["articles"] == {date(2024, 6, 20): 1, date(2024, 6, 17): 1}
    assert found.hours["duplicates"] == {AS_OF: 1, AS_OF + HOUR: 1, AS_OF + 2 * HOUR: 1}
    assert found.outlets == {
        "articles": {"Ansa": 1, "Test": 1},
        "duplicates": {"Corriere": 2, "Test": 1},
    }
    assert found.reuse == {"original": 1, "partial": 1, "near": 3}
    assert found.flows == {("Ansa", "Corriere"): 2, ("Test", "Test"): 1}
    assert found.names == {
        ("PER", "Kim", ""): 2,
        ("LOC", "Korea", "KR"): 1,
        ("LOC", "Seoul", "KR"): 1,
    }
    assert found.countries == {"KR": 1}
    assert found.warnings == {"truncated": 1}
    assert [one["detail"] for one in found.rejects["bad_json"]] == ["0", "1", "2"]
    first, second = found.stories
    assert (first.article_id, first.copies, first.canonical.title) == (digest("a"), 2, "a")
    assert (first.first, first.last) == (AS_OF + HOUR, AS_OF + 2 * HOUR)
    assert first.headlines == {("c", "Corriere"): 2}
    assert (second.article_id, second.copies) == (digest("b"), 1)


def test_originals_of_earlier_runs_are_found_and_lost_ones_are_counted(tmp_path):
    publish(tmp_path, [a_row("a", source="Ansa")], run_id="r0", as_of="2024-06-19T00:00:00+00:00")
    publish(tmp_path, [], [a_copy("b", of="a"), a_copy("c", of="gone")])
    found = look(tmp_path)
    assert found.flows == {("Ansa", "Test"): 1}
    assert found.lost == 1
    assert {s.article_id: s.canonical and s.canonical.source for s in found.stories} == {
        digest("a"): "Ansa",
        digest("gone"): None,
    }
    assert [one["run_id"] for one in found.earlier] == ["r0"]


def test_versions_of_one_original_do_not_stand_for_another(tmp_path):
    publish(tmp_path, [a_row("b", source="Afp")], run_id="r0", as_of="2024-06-19T00:00:00+00:00")
    versions = [a_row("a"), a_row("a", event_at=AS_OF - timedelta(days=2))]
    publish(tmp_path, versions, [a_copy("c", of="a"), a_copy("d", of="b")])
    found = look(tmp_path)
    assert (found.flows, found.lost) == ({("Test", "Test"): 1, ("Afp", "Test"): 1}, 0)


def test_a_story_is_told_by_the_newest_version_of_its_article(tmp_path):
    older = a_row("a", title="old", event_at=AS_OF - HOUR)
    publish(tmp_path, [a_row("a", title="new"), older], [a_copy("b", of="a")])
    (story,) = look(tmp_path).stories
    assert story.canonical.title == "new"
    assert look(tmp_path).flows.total() == 1


def test_why_a_source_failed(tmp_path):
    feed = {"uri": "https://a.example/rss", "kind": "feed", "items": 1, "new": 0}
    rejects = [
        a_reject("http_404", source_uri=feed["uri"], detail="Not Found"),
        a_reject("http_404", source_uri="https://a.example/page"),
    ]
    publish(tmp_path, [], [], rejects, sources=[{**feed, "status": "failed"}])
    assert look(tmp_path).faults == {feed["uri"]: "http_404: Not Found"}


def test_counters_of_names_are_bounded(monkeypatch):
    monkeypatch.setattr(tallies, "KEPT_NAMES", 2)
    counter = Counter(a=5, b=4, c=1, d=1)
    tallies.bound(counter)
    assert len(counter) == 4
    counter["e"] = 1
    tallies.bound(counter)
    assert counter == {"a": 5, "b": 4}
