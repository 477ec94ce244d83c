"""Tests of pipeline/markup.py."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from pipeline.markup import Html, tag


def test_text_is_escaped_and_markup_is_not():
    assert tag("p", "<script>", Html("<br>"), 3) == "<p>&lt;script&gt;<br>3</p>"


def test_attributes_are_escaped_and_named_as_in_html():
    assert (
        tag("a", class_="x", aria_label='"<', hidden=None)
        == '<a class="x" aria-label="&quot;&lt;"></a>'
    )


def test_children_may_be_nested_lists():
    assert tag("ul", [tag("li", "a"), [tag("li", "b")]]) == "<ul><li>a</li><li>b</li></ul>"


def test_element_without_content_is_not_closed():
    assert tag("meta", name="viewport") == '<meta name="viewport">'


class Texts(HTMLParser):
    def __init__(self, markup: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.tags: list[str] = []
        self.feed(markup)
        self.close()

    def handle_data(self, data: str) -> None:
        self.seen.append(data)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append(tag)


@given(st.text(), st.text())
def test_no_text_adds_an_element(text, attribute):
    markup = tag("p", text, title=attribute)

    assert Texts(markup).tags == ["p"]
    markup.encode()  # no halves of surrogate pairs


@given(st.text(st.characters(blacklist_categories=["Cc", "Cs"])))
def test_text_is_shown_as_it_is(text):
    assert "".join(Texts(tag("p", text)).seen) == text
