"""Tests of pipeline/explain.py and of its terminal text and page."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from rich.cells import cell_len

from pipeline.errors import BadUsage
from pipeline.explain import explain
from pipeline.explain_page import as_page
from pipeline.explain_text import as_text
from tests.conftest import AS_OF
from tests.outputs import a_copy, a_row, publish
from tests.records import digest
from tests.test_decision import ONE, THREE, TWO, an_item

HOUR = timedelta(hours=1)
HOSTILE = "<script>alert(1)</script>\x1b[31m [b]x[/b]"


def link(to: str, kind: str = "near", coverage: float = 1.0, other: float = 0.9) -> dict:
    return {
        "article_id": digest(to),
        "kind": kind,
        "coverage": coverage,
        "coverage_other": other,
    }


@pytest.fixture
def folder(tmp_path):
    """Publish a story of three in one run, a copy of it in the next, and a piece that reuses it."""
    story = " ".join(ONE)
    publish(
        tmp_path,
        [
            a_row("first", title=HOSTILE, text=story, url="https://a.example/first"),
            an_item("piece", THREE, ONE[:5], reuse="partial", reuse_of=[link("first", "partial")]),
        ],
        [
            a_copy(
                "second",
                "first",
                text=" ".join(ONE + TWO[:3]),
                event_at=AS_OF + HOUR,
                reuse_of=[link("first")],
            ),
            a_copy(
                "third",
                "first",
                text=story,
                event_at=AS_OF + 2 * HOUR,
                reuse="exact",
                reuse_of=[link("first", "exact", 1, 1)],
            ),
        ],
    )
    late = a_copy("late", "first", text=story, event_at=AS_OF - HOUR, reuse_of=[link("first")])
    publish(tmp_path, [], [late], run_id="r2", as_of="2024-06-21T00:00:00+00:00")
    return str(tmp_path)


def test_the_canonical_article_and_why_that_one(folder):
    found = explain(folder, digest("first"))
    assert found.pair is None
    assert [row["article_id"] for row in found.story] == [
        digest(name) for name in ("late", "first", "second", "third")
    ]
    assert found.runner_up["article_id"] == digest("second")
    assert found.decided_by == "it is the earlier one"
    text = as_text(found, 100, colour=False)
    assert "its own, with 3 copies" in text
    assert "\x1b" not in text
    assert "[b]x[/b]" in text


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ({"source": "Reuters"}, {"event_at": AS_OF - HOUR}, "its source is an agency"),
        ({"text": " ".join(ONE)}, {"text": "short"}, "its text is the longer one"),
        ({"event_at": AS_OF}, {"event_at": AS_OF - HOUR}, "it was chosen when the story was"),
    ],
)
def test_what_decided(tmp_path, first, second, why):
    publish(tmp_path, [a_row("a", **first)], [a_copy("b", "a", **second)])
    assert explain(str(tmp_path), digest("a")).decided_by.startswith(why)


def test_a_copy_is_compared_with_its_canonical_article(folder):
    found = explain(folder, digest("second"))
    assert found.pair.b["article_id"] == digest("first")
    assert (found.pair.decision.kind, found.pair.decision.copy) == ("near", 0)
    assert found.pair.link.folded
    text = as_text(found, 120, colour=False)
    assert "A is a near copy of B: 100% of A is in B, 90% of B is in A" in text
    assert "it would be" in text
    assert "Passage 1: 240 words are the same" in text


def test_two_articles_that_reuse_passages(folder):
    found = explain(folder, digest("piece"), "https://a.example/first")
    assert found.story == ()
    assert found.pair.decision.kind == "partial"
    assert [passage.words for passage in found.pair.passages] == [60]


def test_two_articles_that_share_nothing(tmp_path):
    publish(tmp_path, [an_item("a", ONE), an_item("b", TWO)])
    text = as_text(explain(str(tmp_path), digest("a"), digest("b")), 80, colour=False)
    assert "not linked: what they share is less than a partial copy needs" in text
    assert "No passage" in text


def test_a_copy_of_an_article_that_is_gone(tmp_path):
    publish(tmp_path, [], [a_copy("b", "gone", reuse_of=[link("gone")])])
    found = explain(str(tmp_path), digest("b"))
    assert found.pair is None
    assert "is not published any more" in as_text(found, 200, colour=False)


def test_a_new_version_is_meant_and_said(tmp_path):
    publish(tmp_path, [a_row("a", title="old")])
    new = a_row("a", title="new", revision=2)
    publish(tmp_path, [new], run_id="r2", as_of="2024-06-21T00:00:00+00:00")
    assert "new (Test, 2024-06-20 12:00)" in as_text(explain(str(tmp_path), digest("a")), 90, False)
    assert "revision 2" in as_text(explain(str(tmp_path), digest("a")), 200, colour=False)


def test_names_that_mean_no_article_or_several(folder):
    with pytest.raises(BadUsage, match="no article 'nothing'"):
        explain(folder, "nothing")
    with pytest.raises(BadUsage, match="ID is empty"):
        explain(folder, "")
    with pytest.raises(BadUsage, match="are the same article"):
        explain(folder, digest("first"), digest("first")[:12])
    with pytest.raises(BadUsage, match="no article"):
        explain(folder, digest("first")[:3])


def test_the_beginning_of_an_id_of_several_is_refused(tmp_path):
    rows = [a_row("a", article_id="abcd1"), a_row("b", article_id="abcd2")]
    publish(tmp_path, rows)
    with pytest.raises(BadUsage, match="'abcd' means several articles: abcd1, abcd2"):
        explain(str(tmp_path), "abcd")
    assert explain(str(tmp_path), "abcd1").article["article_id"] == "abcd1"


@given(width=st.integers(40, 130), colour=st.booleans())
def test_no_line_is_wider_than_the_terminal(tmp_path_factory, width, colour):
    global _FOUND  # noqa: PLW0603
    if _FOUND is None:
        root = tmp_path_factory.mktemp("out")
        one = a_row("a", title="小鳩島" * 20, text=" ".join(ONE) + " " + "x" * 300)
        publish(root, [one], [a_copy("b", "a", text=" ".join(ONE[:15]), reuse_of=[link("a")])])
        _FOUND = explain(str(root), digest("b"))
    lines = as_text(_FOUND, width, colour).splitlines()
    assert bool(colour) == any("\x1b[" in line for line in lines)
    if not colour:
        assert max(map(cell_len, lines)) <= width


_FOUND = None


def test_words_of_one_side_stand_in_brackets_without_colour(tmp_path):
    sentence = ONE[0].split()
    edited = [*sentence[:6], "quite", "other", *sentence[7:]]
    publish(tmp_path, [a_row("a", text=" ".join(sentence)), a_row("b", text=" ".join(edited))])
    text = as_text(explain(str(tmp_path), digest("a"), digest("b")), 300, colour=False)
    assert "[quite other]" in text
    assert f"[{sentence[6]}]" in text


def test_a_page_shows_both_texts_marked_and_runs_nothing(folder):
    text = as_page(explain(folder, digest("second")))
    tree = html.fromstring(text)
    assert not list(tree.iter("script", "img", "link"))
    assert "<script>alert(1)</script>" in tree.text_content()
    marks = [mark.text_content() for mark in tree.iter("mark")]
    assert len(marks) == 2
    assert {mark[0] for mark in marks} == {"1"}
    assert [one.findtext("h2") for one in tree.iter("section")] == [
        "The article",
        "The story",
        "The decision",
        "What they share",
    ]
    alone = html.fromstring(as_page(explain(folder, digest("first"))))
    assert [one.findtext("h2") for one in alone.iter("section")] == ["The article", "The story"]
