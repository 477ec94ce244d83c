"""Tests of transforms/items.py."""

import pytest

from tests.conftest import AS_OF
from transforms.items import MAX_TEXT, Item, content_hash, to_article
from transforms.records import ItemError


def item(**fields):
    fields = {
        "source_uri": "file:///in/a.txt",
        "place": "in/a.txt",
        "default_source": "in",
    } | fields
    return Item(**fields)


def test_a_bare_text_becomes_an_article():
    article = to_article(item(text=" Ciao.\r\nMondo. "), AS_OF)

    assert (article.text, article.source, article.title) == ("Ciao.\nMondo.", "in", None)
    assert (article.event_at, article.published_at) == (AS_OF, None)
    assert article.warnings == ()


def test_without_text_and_summary_an_item_is_refused():
    with pytest.raises(ItemError) as caught:
        to_article(item(title="Only a headline", text=" \n", summary=""), AS_OF)

    assert caught.value.reason == "no_text"


def test_the_summary_stands_in_for_a_missing_text():
    article = to_article(item(summary="Kurz."), AS_OF)

    assert (article.text, article.summary) == ("Kurz.", "Kurz.")


def test_markup_becomes_plain_text():
    article = to_article(item(text="<p>Uno &amp; due</p><p>tre</p>", markup=True), AS_OF)

    assert article.text == "Uno & due\n\ntre"


class TestIdentity:
    def test_comes_from_the_canonical_url_first(self):
        one = item(text="a", url="https://a.example/x?utm_source=rss", id="1")
        two = item(text="b", url="https://a.example:443/x#top", id="2", place="else")

        assert to_article(one, AS_OF).article_id == to_article(two, AS_OF).article_id

    def test_then_from_feed_and_guid(self):
        ids = {
            to_article(item(text="a", id="1", namespace=space, source=source), AS_OF).article_id
            for space in ("https://a.example/feed", "https://b.example/feed")
            for source in ("A", "B")
        }

        assert len(ids) == 2

    def test_then_from_source_and_id(self):
        ids = {
            to_article(item(text="a", id=id_, source=source, place=place), AS_OF).article_id
            for id_, source, place in [("1", "A", "x"), ("1", "A", "y"), ("1", "B", "x")]
        }

        assert len(ids) == 2

    def test_and_from_its_place_in_the_end(self):
        ids = {
            to_article(item(text=text, place=place), AS_OF).article_id
            for text, place in [("a", "in/x#1"), ("b", "in/x#1"), ("a", "in/x#2")]
        }

        assert len(ids) == 2

    def test_ignores_a_url_that_does_not_identify(self):
        one = item(text="a", url="https://a.example/", url_identifies=False, id="1", namespace="f")
        two = item(text="b", url="https://a.example/", url_identifies=False, id="2", namespace="f")

        assert to_article(one, AS_OF).article_id != to_article(two, AS_OF).article_id
        assert to_article(one, AS_OF).url == "https://a.example/"

    def test_survives_an_url_that_is_none(self):
        article = to_article(item(text="a", url="javascript:alert(1)"), AS_OF)

        assert article.url is None


def test_the_content_hash_ignores_blanks():
    assert content_hash("a  b\nc") == content_hash("a b c") != content_hash("a b d")


def test_an_endless_text_is_cut_and_noted():
    article = to_article(item(text="x " * MAX_TEXT), AS_OF)

    assert len(article.text) == MAX_TEXT - 1
    assert article.warnings == ("truncated",)


@pytest.mark.parametrize(
    ("hint", "language"),
    [("it", "it"), ("EN_us", "en"), ("../../x", "und"), ("Italian", "und"), ("", "und")],
)
def test_a_language_hint_is_taken_only_in_the_form_of_a_tag(hint, language):
    assert to_article(item(text="a", language=hint), AS_OF).language == language


def test_a_source_may_be_any_text():
    assert to_article(item(text="a", source="../../x"), AS_OF).source == "../../x"


def test_lone_surrogates_are_replaced_and_noted():
    article = to_article(item(text="a\ud800b"), AS_OF)

    assert (article.text, article.warnings) == ("a\ufffdb", ("bad_characters",))
