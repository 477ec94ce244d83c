"""Tests of pipeline/markup.py."""

import re

from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from pipeline.markup import Markup, element, join, page, shortened, style

ANYTHING = st.text(st.characters(), max_size=80)


def test_text_is_escaped_and_markup_is_not():
    inner = element("b", "<script>alert(1)</script> & co")
    assert inner == "<b>&lt;script&gt;alert(1)&lt;/script&gt; &amp; co</b>"
    assert join(inner, [" <", None], Markup("<br>")) == f"{inner} &lt;<br>"


def test_attributes():
    assert element("rect", x=1.5, class_="a", aria_hidden="true", hidden=True, id=None) == (
        '<rect x="1.5" class="a" aria-hidden="true" hidden/>'
    )
    assert element("a", href='"><script>') == '<a href="&quot;&gt;&lt;script&gt;"></a>'


def test_what_html_forbids_is_shown_as_unknown():
    assert element("b", "a\x00\x1b\ud800\ufffe\U0001ffffb\n") == f"<b>a{5 * chr(0xFFFD)}b\n</b>"


@given(text=ANYTHING, value=ANYTHING)
def test_any_text_comes_back_as_it_was(text, value):
    written = str(element("p", text, title=value))
    assert written.encode()  # no lone surrogate
    assert len(re.findall("[<>]", written)) == 4
    found = html.fragment_fromstring(written)
    assert len(found) == 0
    assert found.text_content() == re.sub("\r\n?", "\n", _shown(text))


def _shown(text: str) -> str:
    return html.fragment_fromstring(element("p", text)).text_content()


@given(text=ANYTHING, most=st.integers(1, 90))
def test_shortened_text_is_one_line_and_short(text, most):
    line = shortened(text, most)
    assert len(line) <= most
    assert line == " ".join(line.split())


def test_page_lets_nothing_run_and_nothing_be_fetched():
    text = page("</title><script>", element("p", "x"))
    assert "<script" not in text
    assert "default-src 'none'" in text
    assert not re.findall(r"url\(|@import|https?:", style())


def test_colours_have_contrast_in_both_schemes():
    """WCAG 2.2 AA: 4.5 to 1 for words, 3 to 1 for what is drawn."""
    light, dark = re.findall(r":root \{(.*?)\}", style(), re.DOTALL)
    for scheme in (light, dark):
        colour = dict(re.findall(r"--([\w-]+): (#\w{6})", scheme))
        for ground in ("paper", "card"):
            for words in ("ink", "soft", "link", "copies", "rejects"):
                floor = 4.5 if words != "copies" or ground == "card" else 3
                assert contrast(colour[words], colour[ground]) >= floor, (words, ground)
            for drawn in ("articles", "copies", "unchanged", "rejects", "ribbon"):
                assert contrast(colour[drawn], colour[ground]) >= 3, (drawn, ground)
        assert contrast(colour["mark-ink"], colour["mark"]) >= 4.5


def contrast(one: str, other: str) -> float:
    bright, dim = sorted([luminance(one), luminance(other)], reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
