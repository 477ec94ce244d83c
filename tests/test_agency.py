"""Tests of transforms/agency.py. The documents are made up."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import AS_OF
from transforms.agency import looks_like_agency, parse_agency
from transforms.items import Item, to_article
from transforms.records import ItemError

NITF = """<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE nitf SYSTEM "nitf-3-3.dtd">
<nitf xml:lang="it"><head><title>Slug</title>
<tobject><tobject.subject tobject.subject.refnum="11006000" tobject.subject.matter="Politica"/>
</tobject>
<docdata management-status="usable"><doc-id regsrc="AGI" id-string="AGI-1"/><urgency ed-urg="3"/>
<date.issue norm="20240619T100000+0200"/>{docdata}<key-list><keyword key="bilancio"/></key-list>
<doc.copyright holder="Agenzia"/></docdata></head>
<body><body.head><hedline><hl1>Perché <b>sì</b></hl1></hedline>
<byline>di <person>Anna Rossi</person></byline>
<dateline><location>Roma</location>, 19 giu</dateline></body.head>
<body.content><block><p>Primo.</p><hl2>Capo</hl2><p>Secondo.</p>
<media><media-caption>Foto</media-caption></media></block></body.content></body></nitf>"""

G2 = """<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:newsml:a.example:1"
 version="{version}" xml:lang="en"><itemMeta><itemClass qcode="ninat:text"/>
<provider qcode="nprov:AFP"/><versionCreated>2024-06-19T10:00:0{version}Z</versionCreated>{meta}
<title>slug</title></itemMeta><contentMeta><urgency>4</urgency><by>By Ann Lee</by>
<dateline>PARIS, June 19 (AFP)</dateline><headline>Budget &amp; taxes</headline>
<language tag="fr"/><subject qcode="medtop:20000344"><name>economy</name></subject>
<keyword>tax</keyword></contentMeta><contentSet>{content}</contentSet></newsItem>"""
XHTML = (
    '<inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml">'
    "<head><title>no</title></head><body><p>One.</p><p>Two.</p></body></html></inlineXML>"
)


def nitf(docdata=""):
    return NITF.format(docdata=docdata).encode("iso-8859-1")


def g2(version=1, meta="", content=XHTML):
    return G2.format(version=version, meta=meta, content=content)


def read(document):
    data = document if isinstance(document, bytes) else document.encode()
    return list(parse_agency(data, "file:///in/a.xml", place="in/a.xml", default_source="in"))


def article(document, as_of=AS_OF):
    (item,) = read(document)
    assert isinstance(item, Item)
    return to_article(item, as_of)


def test_nitf_gives_all_its_fields():
    found = article(nitf())

    assert (found.title, found.source, found.language) == ("Perché sì", "Agenzia", "it")
    assert found.text == "Roma, 19 giu\n\nPrimo.\n\nCapo\n\nSecondo."
    assert (found.authors, found.source_uri) == (("Anna Rossi",), "file:///in/a.xml")
    assert found.tags == ("urgency:3", "11006000", "Politica", "bilancio")
    assert found.published_at.isoformat() == "2024-06-19T08:00:00+00:00"
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (XHTML, "One.\n\nTwo."),
        (
            "<inlineXML><nitf><head/><body><body.head><hedline><hl1>no</hl1></hedline></body.head>"
            "<body.content><p>One.</p></body.content></body></nitf></inlineXML>",
            "One.",
        ),
        ('<inlineData contenttype="text/plain">a &lt; b</inlineData>', "a < b"),
        ('<inlineData contenttype="text/html">&lt;p>One.&lt;/p></inlineData>', "One."),
    ],
)
def test_newsml_g2_gives_all_its_fields(content, text):
    found = article(g2(content=content))

    assert (found.title, found.source, found.language) == ("Budget & taxes", "AFP", "fr")
    assert found.text == f"PARIS, June 19 (AFP)\n\n{text}"
    assert found.authors == ("Ann Lee",)
    assert found.tags == ("urgency:4", "medtop:20000344", "economy", "tax")
    assert found.published_at.isoformat() == "2024-06-19T10:00:01+00:00"


def test_an_update_is_the_same_item_later():
    first, second = article(g2(1)), article(g2(2))

    assert first.article_id == second.article_id
    assert first.event_at < second.event_at


def test_a_message_holds_several_items():
    package = '<packageItem xmlns="http://iptc.org/std/nar/2006-10-01/"/>'
    message = (
        '<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><header/><itemSet>'
        f"{g2()}{package}{g2(content='<remoteContent/>')}</itemSet></newsMessage>"
    )
    item, *refused = read(message)

    assert item.source_uri == "file:///in/a.xml#1"
    assert [(uri[-2:], error.reason) for uri, error in refused] == [
        ("#2", "no_text"),
        ("#3", "no_text"),
    ]


@pytest.mark.parametrize(
    "document",
    [
        nitf('<date.release norm="20240625T060000Z"/>'),
        g2(meta="<embargoed>2024-06-25T06:00:00Z</embargoed>"),
    ],
)
def test_an_embargo_is_respected_until_it_ends(document):
    with pytest.raises(ItemError) as caught:
        article(document)
    assert (caught.value.reason, caught.value.retryable) == ("embargoed", True)

    assert article(document, AS_OF + timedelta(days=30)).text


@pytest.mark.parametrize(
    "document",
    [
        nitf().replace(b'"usable"', b'"embargoed"'),
        nitf('<date.release norm="after the speech"/>'),
        g2(meta="<embargoed>noon</embargoed>"),
    ],
)
def test_an_embargo_without_a_readable_end_does_not_end(document):
    with pytest.raises(ItemError, match="embargoed"):
        article(document, AS_OF + timedelta(days=3000))


@pytest.mark.parametrize(
    "document",
    [
        nitf().replace(b'"usable"', b'"canceled"'),
        g2(meta='<pubStatus qcode="stat:canceled"/>'),
        g2(meta='<pubStatus qcode="stat:withheld"/>'),
    ],
)
def test_a_withdrawn_item_is_refused(document):
    ((_, error),) = read(document)

    assert (error.reason, error.retryable) == ("withdrawn", False)


def test_entities_are_refused():
    with pytest.raises(ItemError) as caught:
        read('<!DOCTYPE nitf [<!ENTITY x SYSTEM "file:///etc/passwd">]><nitf>&x;</nitf>')

    assert caught.value.reason == "entity_declared"


@pytest.mark.parametrize(
    "document", [nitf(), g2(), "<newsMessage>", "\ufeff<!-- x --><n:newsItem >"]
)
def test_agency_documents_are_told_from_their_head(document):
    assert looks_like_agency(document if isinstance(document, bytes) else document.encode())


@pytest.mark.parametrize("head", [b"", b"<rss>", b"<NewsML>", b"<nitfish>", b"a <nitf>"])
def test_others_are_not(head):
    assert not looks_like_agency(head)


@given(st.binary(max_size=200), st.integers(0, 1500))
def test_any_bytes_end_as_items_or_errors(noise, at):
    document = g2().encode()
    try:
        found = read(document[:at] + noise + document[at:])
    except ItemError:
        return
    for one in found:
        assert isinstance(one, Item | tuple)
