"""Tests of transforms/pages.py."""

import json

import pytest

from benchmarks.pages import f1, load, runs
from tests.conftest import SHARED, needs_shared
from transforms.pages import Page, read_page

TEXT = "<article>" + "<p>Il ponte resterà chiuso per tre mesi.</p>" * 3 + "</article>"


def page(head="", body=TEXT, attributes=""):
    html = f"<!doctype html><html {attributes}><head>{head}</head><body>{body}</body></html>"
    return read_page(html.encode())


def linked(**fields):
    return f'<script type="application/ld+json">{json.dumps(fields)}</script>'


def test_what_a_page_says_of_itself_is_taken():
    found = page(
        """<title>Il ponte - ANSA</title>
        <link rel=canonical href="https://a.example/ponte">
        <meta property="og:title" content="Il ponte">
        <meta property="og:site_name" content="ANSA">
        <meta property="article:published_time" content="2024-06-19T10:00:00+02:00">
        <meta name="description" content="Tre mesi."><meta name="author" content="Anna Rossi">
        <meta name="keywords" content="ponti, strade">""",
        attributes='lang="it-IT"',
    )

    assert (found.title, found.site, found.url) == ("Il ponte", "ANSA", "https://a.example/ponte")
    assert found.published == "2024-06-19T10:00:00+02:00"
    assert (found.summary, found.language) == ("Tre mesi.", "it-IT")
    assert (found.authors, found.tags) == (("Anna Rossi",), ("ponti", "strade"))
    assert found.text.startswith("Il ponte resterà chiuso")


def test_linked_data_is_read_too():
    article = {
        "@type": ["NewsArticle"],
        "headline": "Il ponte",
        "datePublished": "2024-06-19",
        "author": [{"name": "Anna Rossi"}, "Luca Bianchi"],
        "publisher": {"name": "ANSA"},
    }
    found = page(linked(**{"@graph": [{"@type": "WebSite", "headline": "no"}, article]}))

    assert (found.title, found.published, found.site) == ("Il ponte", "2024-06-19", "ANSA")
    assert found.authors == ("Anna Rossi", "Luca Bianchi")


@pytest.mark.parametrize("head", ["", linked(x=1), '<script type="application/ld+json">{</script>'])
def test_a_date_in_the_text_is_no_evidence(head):
    found = page(
        head, "<p>Aggiornato il 19 giugno 2024</p><time datetime=2020-01-01>x</time>" + TEXT
    )

    assert found.published is None


@pytest.mark.parametrize(
    "mark",
    [
        "<time pubdate datetime=2024-06-19>x</time>",
        "<time itemprop=datePublished datetime=2024-06-19>x</time>",
        "<span itemprop=datePublished content=2024-06-19>x</span>",
    ],
)
def test_a_marked_time_is(mark):
    assert page(body=mark + TEXT).published == "2024-06-19"


def test_without_a_title_the_heading_is_one():
    assert page(body="<h1>Il <b>ponte</b></h1>" + TEXT).title == "Il ponte"


@pytest.mark.parametrize(
    "declaration",
    [
        '<meta charset="windows-1251">',
        '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">',
        '<?xml version="1.0" encoding="windows-1251"?>',
    ],
)
def test_a_declared_charset_is_believed(declaration):
    data = f"{declaration}<title>Мост</title><p>Мост закрыт.</p>".encode("cp1251")

    assert (read_page(data).title, read_page(data).warnings) == ("Мост", ())


def test_a_page_whose_main_text_cannot_be_found_is_taken_whole():
    found = page(body="<div>" * 5000 + "Il ponte")

    assert (found.text, found.warnings) == ("Il ponte", ("whole_page",))


def test_nothing_is_an_empty_page():
    assert read_page(b"") == Page(text="")


@needs_shared
def test_main_text_keeps_its_quality():
    pages = load(SHARED / "data" / "pages" / "scrapinghub-benchmark.tar.gz")[::4]
    found = [read_page(data).text for data, _ in pages]

    assert f1(found, [gold for _, gold in pages]) >= 0.95


def test_the_benchmark_counts_shared_runs_of_words():
    assert runs("a b").total() == 1
    assert f1(["a b c d e"], ["a b c d e"]) == 1.0
    assert f1(["a b c d e"], ["a b c d x"]) == 0.5
