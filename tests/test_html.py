"""Tests of transforms/html.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.html import fragment_text, holds_markup, main_text, parse_html
from transforms.text import clean


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("a < b & c", "a < b & c"),
        ("AT&amp;T &lt;b&gt;", "AT&T <b>"),
        ("<p>Uno</p><p>due</p>", "Uno\n\ndue"),
        ("<p>Uno\n  e   mezzo</p>\n\n<p>due</p>", "Uno e mezzo\n\ndue"),
        ("<p>uno <b> e </b> mezzo</p>", "uno e mezzo"),
        ("uno<br>due<br/><br>tre", "uno\ndue\n\ntre"),
        ("<ul><li>a<li>b</ul>", "a\n\nb"),
        ("line one\nline <b>two</b>", "line one\nline two"),
        ("<script>x()</script><style>y</style>seen<!-- not -->", "seen"),
        ("<div>\0a\x07b</div>", "ab"),
        ("<p>caf&eacute; &#8220;x&#8221; y</p>", "café “x” y"),
        ('<?xml version="1.0" encoding="x"?><p>a</p>', "a"),
        ("<p>unclosed <b>bold", "unclosed bold"),
        ("", ""),
        ("<!-- only -->", ""),
        ("<p></p>", ""),
    ],
)
def test_fragments_become_plain_text(html, text):
    assert fragment_text(html) == text


def test_deep_nesting_is_no_trouble():
    assert "x" in fragment_text("<div>" * 5000 + "x")


@given(st.text(alphabet="<>&;/!-ab \n\"'=#x\ud800\0é"))
def test_fragments_never_fail_and_hold_what_a_row_may(html):
    text = fragment_text(html)

    assert text == clean(text)


@pytest.mark.parametrize("text", ["<p>a", "a<br />b", "x &amp; y", "&#8217;", '<a href="/x">y</a>'])
def test_markup_is_noticed(text):
    assert holds_markup(text)


@pytest.mark.parametrize("text", ["", "a < b", "x<y and y>z", "AT&T; R&D", "<3"])
def test_plain_text_is_left_alone(text):
    assert not holds_markup(text)


PAGE = """<!doctype html><html><body>
<nav><a href=/>Home</a> <a href=/s>Sport</a></nav>
<article><h1>Il ponte</h1>{}</article>
<aside>Iscriviti alla newsletter</aside><footer>Copyright</footer></body></html>"""


def test_the_main_text_leaves_out_what_surrounds_it():
    paragraphs = "".join(f"<p>Il ponte numero {n} sarà chiuso per tre mesi.</p>" for n in range(9))
    text = main_text(parse_html(PAGE.format(paragraphs)))

    assert text.startswith("Il ponte\nIl ponte numero 0 sarà chiuso")
    assert "newsletter" not in text
    assert "Copyright" not in text


def test_control_characters_in_a_page_do_no_harm():
    page = "<html><body>&#1;<script>x</script>&#x1F;\x0c<p>Il\x01 ponte&#0;.</p>&#2;</body></html>"

    assert main_text(parse_html(page)) == "Il ponte."


def test_a_page_without_text_has_none(caplog):
    assert main_text(parse_html("<html><body><script>x()</script></body></html>")) == ""
    assert not caplog.records


def test_nothing_is_no_document():
    assert parse_html("") is None
