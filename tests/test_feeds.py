"""Tests of transforms/feeds: documents to Items."""

import json
from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.feeds import compare, documents, how_it_ends
from benchmarks.hostile import documents_that_hurt
from tests.conftest import AS_OF, SHARED, needs_shared
from transforms.feeds import looks_like_feed, parse_feed
from transforms.items import Item, to_article
from transforms.records import ItemError

URL = "https://a.example/feed"


def rss(items, head="", version="2.0"):
    return (
        f'<rss version="{version}" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel><title>The Wire</title>{head}{items}</channel></rss>"
    )


def atom(entries, head=""):
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://a.example/">'
        f"<title>The Wire</title>{head}{entries}</feed>"
    )


def read(document, uri=URL, **options):
    data = document if isinstance(document, bytes) else document.encode()
    return list(parse_feed(data, uri, **options))


def article(document, **options):
    (item,) = read(document, **options)
    return to_article(item, AS_OF)


class TestRss:
    def test_an_item_gives_all_its_fields(self):
        found = article(
            rss(
                "<item><title>Uno &amp;amp; due</title><link>/a?x=1&amp;utm_source=rss</link>"
                "<guid>tag:1</guid><description>Breve.</description>"
                "<content:encoded><![CDATA[<p>Primo.</p><p>Secondo.</p>]]></content:encoded>"
                "<dc:creator>Anna Rossi</dc:creator><category>Esteri</category>"
                "<pubDate>Wed, 19 Jun 2024 10:00:00 +0200</pubDate>"
                '<enclosure url="http://a.example/a.mp3" type="audio/mpeg"/></item>',
                head="<language>it</language><link>https://a.example/</link>",
            )
        )

        assert (found.title, found.summary, found.text) == (
            "Uno & due",
            "Breve.",
            "Primo.\n\nSecondo.",
        )
        assert (found.source, found.url) == ("The Wire", "https://a.example/a?x=1")
        assert found.source_uri == f"{URL}#tag:1"
        assert found.published_at.isoformat() == "2024-06-19T08:00:00+00:00"
        assert (found.authors, found.tags) == (("Anna Rossi",), ("Esteri", "enclosure:audio/mpeg"))
        assert (found.language, found.warnings) == ("it", ())

    def test_a_lone_content_is_no_summary(self):
        found = article(rss("<item><content:encoded>Testo</content:encoded></item>"))

        assert (found.text, found.summary) == ("Testo", None)

    def test_a_guid_is_never_a_link(self):
        (item,) = read(rss("<item><guid>https://a.example/1</guid><title>x</title></item>"))

        assert (item.url, item.id) == (None, "https://a.example/1")

    def test_an_attribute_of_a_link_does_not_hide_its_text(self):
        (item,) = read(
            rss('<item><link uri="at://x">https://a.example/1</link><title>x</title></item>')
        )

        assert item.url == "https://a.example/1"

    def test_plain_text_keeps_its_angle_brackets(self):
        found = article(rss("<item><description>if a &lt;x and y&gt; d</description></item>"))

        assert found.text == "if a <x and y> d"

    def test_an_attribute_makes_it_a_tag(self):
        found = article(rss("<item><description>&lt;x-y z='1'>a</description></item>"))

        assert found.text == "a"

    def test_paragraphs_without_end_tags_are_markup(self):
        found = article(rss("<item><description>&lt;p>Uno&lt;p>Due</description></item>"))

        assert found.text == "Uno\n\nDue"

    def test_an_image_alone_is_no_text(self):
        found = article(
            rss("<item><title>Foto</title><description>&lt;img src='x'></description></item>")
        )

        assert (found.text, found.warnings) == ("Foto", ("title_only",))

    def test_the_outlet_is_the_one_that_an_aggregator_names(self):
        found = article(
            rss("<item><title>x</title><source url='https://b.example'>ANSA</source></item>")
        )

        assert found.source == "ANSA"

    def test_dublin_core_dates_count(self):
        found = article(rss("<item><title>x</title><dc:date>2024-06-19T10:00Z</dc:date></item>"))

        assert found.published_at.isoformat() == "2024-06-19T10:00:00+00:00"

    def test_a_cut_document_marks_its_last_entry(self):
        document = rss("<item><title>1</title></item><item><title>2</title><description>cut he")
        items = read(document.removesuffix("</channel></rss>"))

        assert [item.title for item in items] == ["1", "2"]
        assert ["truncated" in item.warnings for item in items] == [False, True]


class TestAtom:
    def test_types_are_believed(self):
        found = article(
            atom(
                '<entry><title>AT&amp;amp;T &lt;b></title><link rel="self" href="/s"/>'
                '<link href="/1"/><id>urn:1</id><updated>2024-06-19T10:00:00Z</updated>'
                '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Ja</p></div>'
                '</content><category term="t" label="Thema"/></entry>',
                head="<author><name>Redaktion</name></author>",
            )
        )

        assert (found.title, found.text) == ("AT&amp;T <b>", "Ja")
        assert (found.url, found.authors, found.tags) == (
            "https://a.example/1",
            ("Redaktion",),
            ("Thema",),
        )
        assert found.published_at.isoformat() == "2024-06-19T10:00:00+00:00"

    def test_markup_of_a_text_is_never_cut(self):
        long = "parola " * 600
        div = f'<div xmlns="http://www.w3.org/1999/xhtml"><ul><li>{long}</li><li>x</li></ul></div>'
        found = article(atom(f'<entry><content type="xhtml">{div}</content></entry>'))

        assert found.text == f"{long.strip()}\n\nx"


class TestJsonFeed:
    def test_an_item_gives_all_its_fields(self):
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "Wire & Co",
            "language": "en",
            "items": [
                {
                    "id": 7,
                    "url": "https://a.example/7",
                    "title": "1 < 2",
                    "content_html": "<p>Text</p>",
                    "date_published": "2024-06-19T10:00:00+02:00",
                    "authors": [{"name": "A"}, {"url": "x"}],
                    "tags": ["t", 5],
                    "attachments": [{"mime_type": "audio/mpeg"}],
                }
            ],
        }
        found = article(json.dumps(feed))

        assert (found.title, found.text, found.source) == ("1 < 2", "Text", "Wire & Co")
        assert found.published_at.isoformat() == "2024-06-19T08:00:00+00:00"
        assert (found.authors, found.tags) == (("A",), ("t", "enclosure:audio/mpeg"))
        assert found.source_uri == f"{URL}#7"

    def test_an_item_that_is_none_is_refused_alone(self):
        good, (uri, error) = read('{"version":"https://jsonfeed.org/version/1","items":[{},5]}')

        assert isinstance(good, Item)
        assert (uri, error.reason) == (f"{URL}#2", "bad_entry")

    @pytest.mark.parametrize("text", ["{", "{}", '{"items": 5}', "[" * 100_000, "{" * 9])
    def test_other_json_is_no_feed(self, text):
        with pytest.raises(ItemError) as caught:
            read(text)

        assert caught.value.reason == "not_a_feed"


class TestIdentity:
    def ids(self, *items):
        return [item.id for item in read(rss("".join(f"<item>{item}</item>" for item in items)))]

    def test_is_the_guid_when_unique(self):
        assert self.ids("<guid>1</guid>", "<guid>2</guid>") == ["1", "2"]

    def test_is_guid_and_link_when_the_guid_repeats(self):
        entries = [f"<guid>1</guid><link>http://a.example/{n}</link>" for n in (1, 2)]

        assert self.ids(*entries) == ["1 http://a.example/1", "1 http://a.example/2"]

    def test_is_the_link_without_a_guid(self):
        assert self.ids("<link>http://a.example/1</link>") == ["http://a.example/1"]

    def test_is_the_content_when_nothing_else_tells_entries_apart(self):
        document = rss("<item><title>a</title></item><item><title>b</title></item>")
        items = read(document, place="in/feed.xml")

        assert {item.id for item in items} == {None}
        assert len({to_article(item, AS_OF).article_id for item in items}) == 2

    def test_is_never_a_front_page_or_a_shared_link(self):
        entries = (
            "<item><title>{}</title><link>http://a.example/</link></item>"
            "<item><title>{}</title><link>http://a.example/x</link></item>"
            "<item><title>{}</title><link>http://a.example/x</link></item>"
        )
        items = read(rss(entries.format("a", "b", "c")))

        assert [item.url_identifies for item in items] == [False] * 3
        assert len({to_article(item, AS_OF).article_id for item in items}) == 3


class TestBytes:
    TEXT = rss("<item><title>perché città</title></item>")

    @pytest.mark.parametrize(
        ("encoding", "declared", "charset"),
        [
            ("utf-8", None, "iso-8859-1"),  # servers that add a default
            ("utf-8-sig", "iso-8859-1", None),
            ("latin-1", "iso-8859-1", None),
            ("latin-1", None, "iso-8859-1"),
            ("latin-1", "utf-8", "latin1"),  # the declaration cannot be right
            ("utf-16", "utf-16", None),
            ("utf-16-le", "utf-16", None),  # no byte order mark
            ("utf-16-be", None, "utf-8"),
            ("utf-32-be", "utf-32", None),
            ("cp037", "cp037", None),  # EBCDIC
        ],
    )
    def test_the_charset_is_found(self, encoding, declared, charset):
        declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
        found = article((declaration + self.TEXT).encode(encoding), charset=charset)

        assert (found.title, "charset_guessed" in found.warnings) == ("perché città", False)

    def test_seven_bit_charsets_are_not_taken_for_utf_8(self):
        text = rss("<item><title>日本語</title></item>")
        document = f'<?xml version="1.0" encoding="iso-2022-jp"?>{text}'

        assert article(document.encode("iso-2022-jp")).title == "日本語"

    def test_characters_that_xml_forbids_do_not_spoil_a_feed(self):
        found = article(rss("<item><title>a\x08b &#0;&#x1F;&#99999999999;c &#xe9;</title></item>"))

        assert found.title == "ab c é"

    def test_a_doctype_is_dropped(self):
        head = '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://x.example/rss.dtd">'

        assert article(head + rss("<item><title>&eacute;</title></item>")).title == "é"

    @pytest.mark.parametrize(
        "entity", ['a "lol"', 'x SYSTEM "file:///etc/passwd"', "big 'AAAA'", 'a\n"&b;"']
    )
    def test_declared_entities_are_refused(self, entity):
        with pytest.raises(ItemError) as caught:
            read(f"<!DOCTYPE r [<!ENTITY {entity}>]>" + rss("<item><title>&a;</title></item>"))

        assert caught.value.reason == "entity_declared"

    @pytest.mark.parametrize(
        ("written", "read_as"),
        [
            ("AT&T &eacute; &unknown; &amp;", "AT&T é &unknown; &"),
            ("a < b <![CDATA[c < d & e]]>", "a < b c < d & e"),
            ("never <![CDATA[closed & cut", "never closed & cut"),
            ("&lt;p&gt;a ]]&gt; b&lt;/p&gt;", "a ]]> b"),
            ("<dcc:x>inner &#X41;</dcc:x>", "inner A"),
            ("smart &#147;quotes&#148; \x93here\x94", "smart “quotes” “here”"),
        ],
    )
    def test_broken_xml_is_repaired(self, written, read_as):
        (item,) = read(f"<rss><channel><item><title>{written}</title>")

        assert to_article(item, AS_OF).title == read_as

    def test_prefixes_need_no_declaration(self):
        found = article(
            "<rss version='2.0'><channel><item><title>x</title><dc:creator>Anna</dc:creator>"
            "<content:encoded>Testo &amp;amp; altro</content:encoded><x:y z:w='1'>?</x:y>"
        )

        assert (found.text, found.authors) == ("Testo & altro", ("Anna",))

    def test_elements_beyond_all_measure_are_dropped_or_refused(self):
        tags = "".join(f"<category>{n}</category>" for n in range(700))
        assert len(article(rss(f"<item><title>x</title>{tags}</item>")).tags) == 500
        kinds = "".join(f"<k{n}/>" for n in range(60_001))
        with pytest.raises(ItemError, match="60,000 elements"):
            read(rss(f"<item>{kinds}</item>"))

    def test_noise_before_the_root_is_skipped(self):
        found = article("<br /><b>Warning</b>: x in y.php" + rss("<item><title>x</title></item>"))

        assert found.title == "x"

    @pytest.mark.parametrize("mark", ["<", "&", "<p>", "&lt;", "<item/>", "<!--"])
    def test_a_document_of_markup_alone_is_refused(self, mark):
        with pytest.raises(ItemError) as caught:
            read(rss(mark * 400_001))

        assert caught.value.reason == "too_large"

    def test_entries_beyond_the_limit_are_one_reject(self, monkeypatch):
        monkeypatch.setattr("transforms.feeds.entries.MAX_ENTRIES", 2)
        *kept, (uri, error) = read(rss("<item><title>x</title></item>" * 5))

        assert (len(kept), uri, error.reason) == (2, f"{URL}#3", "too_many_entries")

    @pytest.mark.parametrize(
        "data", [b"", b" ", b"\0" * 999, b"<html><body>Sign in</body></html>", b"hello", b"<x/>"]
    )
    def test_what_is_no_feed_says_so(self, data):
        with pytest.raises(ItemError) as caught:
            read(data)

        assert caught.value.reason == "not_a_feed"

    @given(st.binary(max_size=300), st.integers(0, 120))
    def test_any_bytes_end_as_items_or_errors(self, noise, at):
        document = rss("<item><title>x</title></item>").encode()
        try:
            found = read(document[:at] + noise + document[at:])
        except ItemError:
            return

        assert all(isinstance(item, Item | tuple) for item in found)


@pytest.mark.parametrize(
    "head",
    [
        rss(""),
        atom(""),
        "\ufeff\n <?xml version='1.0'?><!-- x --><!DOCTYPE rss [<!ELEMENT rss ANY>]>" + rss(""),
        '<rdf:RDF xmlns:rdf="x" xmlns="http://purl.org/rss/1.0/">',
        '<a:feed xmlns:a="http://www.w3.org/2005/Atom">',
        '{"title": "x", "version": "https:\\/\\/jsonfeed.org\\/version\\/1"',
    ],
)
def test_a_feed_is_told_from_its_head(head):
    assert looks_like_feed(head.encode())
    assert looks_like_feed(head.encode("utf-16"))


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"plain text about <rss>",
        b"<html><body><feed></feed>",
        b'{"items": [], "text": "about jsonfeed.org/version/1"}',
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
        b"<nitf><body/></nitf>",
        b"<opml version='2.0'>",
        b"<feeds/>",
    ],
)
def test_other_documents_are_no_feeds(head):
    assert not looks_like_feed(head)


@pytest.mark.parametrize("name", documents_that_hurt())
def test_documents_that_hurt_end_as_items_or_errors(name):
    try:
        for item in read(documents_that_hurt(20_000)[name]()):
            if isinstance(item, Item):
                to_article(item, AS_OF)
    except ItemError as error:
        assert error.reason in ("entity_declared", "no_text", "not_a_feed"), name  # noqa: PT017


@needs_shared
def test_documents_of_other_projects_are_read_as_they_expect():
    ends, expected, feeds = Counter(), {}, {}
    for path, data in documents(SHARED / "data" / "feeds"):
        if path.endswith(".json") and "/json/" not in path:
            expected[path.removesuffix(".json")] = data
        else:
            feeds[path.removesuffix(".xml")] = data
            ends.update(how_it_ends(data))
    same = defaultdict(list)
    for name in expected.keys() & feeds.keys():
        for field, right in compare(feeds[name], json.loads(expected[name])):
            same[field].append(right)

    assert len(feeds) == 2802
    assert set(ends) == {"row", "no_text", "not_a_feed", "entity_declared"}
    assert ends["row"] >= 618
    shares = {field: sum(right) / len(right) for field, right in same.items()}
    assert shares.keys() == {"title", "link", "published", "text"}
    assert min(shares.values()) >= 0.98, shares
