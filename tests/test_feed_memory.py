"""Tests of transforms/feed_memory.py."""

import os
from datetime import UTC, timedelta

import pytest

from tests.conftest import AS_OF
from transforms.feed_memory import (
    FeedMemory,
    KeptResponses,
    drop_kept,
    load,
    settle,
    write_update,
)
from transforms.fetch import FetchError, Response

URL = "https://a.example/feed"
NEW = "https://b.example/feed"
DAY = timedelta(days=1)


def answer(status=200, **fields):
    fields = {"url": URL, "fetched_at": AS_OF, "body": b"x" if status == 200 else b""} | fields
    return Response(status=status, **fields)


class TestConditions:
    def test_both_validators_are_remembered_after_every_answer(self):
        memory = FeedMemory(url=URL).answered(answer(etag="1", last_modified="a"), AS_OF, None)
        memory = memory.answered(answer(304, etag="2"), AS_OF + DAY, None)

        assert memory.condition(AS_OF + DAY) == ("2", "a")

    def test_a_body_without_validators_forgets_them(self):
        memory = FeedMemory(url=URL, etag="1", last_modified="a")

        assert memory.answered(answer(), AS_OF, None).condition(AS_OF) == (None, None)

    def test_a_server_that_says_304_for_a_week_is_asked_without(self):
        memory = FeedMemory(url=URL).answered(answer(etag="1"), AS_OF, None)
        for day in range(1, 7):
            memory = memory.answered(answer(304), AS_OF + day * DAY, None)

        assert memory.condition(AS_OF + 6 * DAY) == ("1", None)
        assert memory.condition(AS_OF + 7 * DAY) == (None, None)


class TestMoves:
    def test_a_permanent_redirect_counts_after_three_runs(self):
        memory = FeedMemory(url=URL)
        for _ in range(2):
            memory = memory.answered(answer(moved_to=NEW), AS_OF, None)
        assert memory.address == URL
        memory = memory.answered(answer(moved_to=NEW), AS_OF, None)
        assert memory.address == NEW

        memory = memory.answered(answer(url=NEW), AS_OF, None)
        assert memory.address == NEW

    @pytest.mark.parametrize("other", [None, "https://login.example/"])
    def test_another_answer_in_between_starts_again(self, other):
        memory = FeedMemory(url=URL)
        for target in (NEW, NEW, other, NEW):
            memory = memory.answered(answer(moved_to=target), AS_OF, None)

        assert (memory.address, memory.moves) == (URL, 1)

    def test_a_failure_leads_back_to_the_users_address(self):
        memory = FeedMemory(url=URL, moved_to=NEW, moves=5)

        assert memory.failed(FetchError("timeout", "")).address == URL


class TestFailures:
    def test_gone_is_dead_at_once(self):
        assert FeedMemory(url=URL).failed(FetchError("http_410", "")).dead

    def test_not_found_is_dead_after_five_times_in_a_row(self):
        memory = FeedMemory(url=URL)
        for _ in range(4):
            memory = memory.failed(FetchError("http_404", ""))
        assert not memory.dead
        assert memory.failed(FetchError("http_404", "")).dead
        assert not memory.answered(answer(), AS_OF, None).failed(FetchError("http_404", "")).dead

    def test_a_retry_after_sets_the_next_time(self):
        error = FetchError("http_429", "")
        error.retry_after = AS_OF + DAY
        memory = FeedMemory(url=URL).failed(error)

        assert (memory.due(AS_OF), memory.due(AS_OF + DAY)) == (False, True)
        assert memory.answered(answer(), AS_OF, None).due(AS_OF)

    def test_a_feed_with_a_pace_is_due_when_it_is_over(self):
        memory = FeedMemory(url=URL).answered(answer(), AS_OF, DAY)

        assert (memory.due(AS_OF), memory.due(AS_OF + DAY)) == (False, True)


class TestFiles:
    def test_a_runs_memory_is_the_earlier_one_and_what_was_learned(self, tmp_path):
        first, second = tmp_path / "1[x]", tmp_path / "2"
        write_update(str(first), [FeedMemory(url="a"), FeedMemory(url="b", etag="1")])
        settle(str(first), None)
        write_update(str(second), [FeedMemory(url="b", etag="2", entries={"k": "v"})])
        write_update(str(second), [FeedMemory(url="c")])
        settle(str(second), str(first / "memory.jsonl.zst"))
        found = load(str(second / "memory.jsonl.zst"))

        assert {url: memory.etag for url, memory in found.items()} == {
            "a": None,
            "b": "2",
            "c": None,
        }
        assert found["b"].entries == {"k": "v"}
        assert os.listdir(second) == ["memory.jsonl.zst"]

    def test_the_same_memory_is_the_same_file(self, tmp_path):
        for name in ("1", "2"):
            for url in ("b", "a") if name == "1" else ("a", "b"):
                write_update(str(tmp_path / name), [FeedMemory(url=url)])
            settle(str(tmp_path / name), None)
        one, two = ((tmp_path / n / "memory.jsonl.zst").read_bytes() for n in ("1", "2"))

        assert one == two

    def test_a_run_without_feeds_writes_nothing(self, tmp_path):
        settle(str(tmp_path / "none"), None)

        assert not (tmp_path / "none").exists()
        assert load(None) == load(str(tmp_path / "none")) == {}


class TestKeptResponses:
    def test_give_back_what_they_got(self, tmp_path):
        first, second, third = (str(tmp_path / name) for name in "123")
        given = answer(
            body=b"\0\n\xff" * 99,
            fetched_at=AS_OF.replace(microsecond=7),
            kind="text/xml",
            charset="x",
            moved_to=NEW,
            complete=False,
        )
        kept = KeptResponses(first)
        kept.put(NEW, answer(body=b"other"))
        kept.put(URL, given)
        assert KeptResponses(second, first).get(URL) == given
        assert KeptResponses(third, second).get(URL) == given
        assert KeptResponses(third, second).get(NEW) is None
        assert KeptResponses(None, first).get(NEW).body == b"other"
        assert KeptResponses(third).get(URL) is None
        assert given.fetched_at.tzinfo is UTC

    def test_old_ones_are_dropped(self, tmp_path):
        for name in ("old", "new"):
            KeptResponses(str(tmp_path / name)).put(URL, answer())
        os.utime(tmp_path / "old" / "kept", (1_000, 1_000))
        drop_kept([str(tmp_path / name) for name in ("old", "new", "none")], before=2_000)

        assert [path.name for path in tmp_path.glob("*/kept")] == ["kept"]
        assert not (tmp_path / "old" / "kept").exists()
