"""Tests of transforms/feeds/lists.py."""

from datetime import timedelta

import pytest

from transforms.feeds.lists import Listed, looks_like_opml, read_feeds_toml, read_opml
from transforms.records import ItemError

OPML = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>mine</title></head><body>
<outline text="News"><outline type="rss" text="A & B" xmlUrl="https://a.example/f?x=1&y=2"/>
<outline xmlurl="https://b.example/"/><outline xmlUrl="https://b.example/"/></outline>
<outline text="a link" htmlUrl="https://c.example/"/></body></opml>"""


def test_opml_gives_each_feed_once_however_it_is_nested_and_broken():
    feeds = read_opml(OPML.encode()).feeds

    assert [feed.url for feed in feeds] == ["https://a.example/f?x=1&y=2", "https://b.example/"]
    assert looks_like_opml(OPML.encode())


def test_addresses_in_the_scheme_of_feed_readers_are_understood():
    urls = ("feed://a.example/f", "feed:https://b.example/f", " FEED://http://c.example/f ")
    outlines = "".join(f"<outline xmlUrl='{url}'/>" for url in urls)

    assert [feed.url for feed in read_opml(f"<opml>{outlines}</opml>".encode()).feeds] == [
        "http://a.example/f",
        "https://b.example/f",
        "http://c.example/f",
    ]


@pytest.mark.parametrize("data", [b"", b"<rss/>", b"<html><opml/></html>", b"opml"])
def test_other_documents_are_no_opml(data):
    assert not looks_like_opml(data)
    with pytest.raises(ItemError) as caught:
        read_opml(data)

    assert caught.value.reason == "bad_list"


def test_opml_with_entities_is_refused():
    with pytest.raises(ItemError) as caught:
        read_opml(b'<!DOCTYPE opml [<!ENTITY a SYSTEM "file:///etc/passwd">]><opml/>')

    assert caught.value.reason == "entity_declared"


def test_toml_gives_all_that_is_said_of_a_feed():
    found = read_feeds_toml(
        """
        contact = "mailto:desk@a.example"
        [[feeds]]
        url = "https://a.example/f"
        title = "The Wire"
        language = "it"
        fulltext = true
        every = "30m"
        [[feeds]]
        url = "https://b.example/f"
        """
    )

    assert found.contact == "mailto:desk@a.example"
    assert found.feeds == (
        Listed(
            url="https://a.example/f",
            title="The Wire",
            language="it",
            fulltext=True,
            every=timedelta(minutes=30),
        ),
        Listed(url="https://b.example/f"),
    )
    assert read_feeds_toml('feeds = ["https://a.example/"]').feeds[0].url == "https://a.example/"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("feeds = [", "not TOML"),
        ("feed = []", "unknown key 'feed'; known: contact, feeds"),
        ("feeds = 5", "must be a list"),
        ("[[feeds]]", "without url"),
        ('[[feeds]]\nurl = "a"\nevry = "1h"', "a: unknown key 'evry'; known: url, title"),
        ('[[feeds]]\nurl = "a"\nevery = "soon"', "write a number and s, m, h, d or w"),
        ('[[feeds]]\nurl = "a"\nfulltext = "yes"', "fulltext = 'yes' is no bool"),
        ('feeds = ["a", "a"]', "a is listed twice"),
    ],
)
def test_mistakes_in_toml_are_told(text, says):
    with pytest.raises(ValueError, match=says.replace("[", r"\[")):
        read_feeds_toml(text)
