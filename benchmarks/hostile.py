"""Documents that are made to hurt whoever reads feeds."""

from collections.abc import Callable


def documents_that_hurt(size: int = 10 << 20) -> dict[str, Callable[[], bytes]]:
    """Return what makes documents of up to `size` bytes, by name."""
    marks = min(390_000, size)  # just below what a document may have (MAX_MARKS)
    lol = b"".join(b'<!ENTITY %c "%s">' % (98 + i, (b"&%c;" % (97 + i)) * 10) for i in range(9))
    long = b'<!ENTITY a "' + b"A" * (size // 100) + b'">'
    dated = b"<item><title>t</title><link>http://a/b</link><pubDate>%s</pubDate></item>"
    names = b"".join(b'a%d="" ' % n for n in range(size // 50))
    return {
        "billion laughs": lambda: b'<!DOCTYPE l [<!ENTITY a "lol">' + lol + b"]>" + _text(b"&j;"),
        "quadratic entity": lambda: (
            b"<!DOCTYPE l [" + long + b"]>" + _text(b"&a;" * (size // 1000))
        ),
        "nested elements": lambda: _text(b"<div>" * (marks // 2) + b"x" + b"</div>" * (marks // 2)),
        "nested HTML": lambda: _text(b"<![CDATA[" + b"<div>" * marks + b"x]]>"),
        "nested tables": lambda: _text(b"<![CDATA[" + b"<table><tr><td>" * (marks // 3) + b"]]>"),
        "many entries": lambda: _rss(dated % b"Tue, 10 Jun 2003 04:00:00 GMT" * (size // 1000)),
        "empty entries": lambda: _rss(b"<item/>" * (size // 7)),
        "many categories": lambda: _many(b"<category>%d</category>", size),
        "many authors": lambda: _many(b"<author>a%d@a.example (A)</author>", size),
        "many links": lambda: _many(b"<link>http://a.example/%d</link>", size),
        "many names": lambda: _many(b'<a xmlns:n%d="u">', size),
        "many paragraphs": lambda: _text(b"<![CDATA[" + b"<p>x" * marks + b"]]>"),
        "long text": lambda: _text(b"Hello world. " * (size // 13)),
        "nothing but <": lambda: _text(b"<" * size),
        "less of <": lambda: _text(b"<" * marks),
        "less of &": lambda: _text(b"&" * marks),
        "references": lambda: _text(b"&#65;" * marks),
        "endless attribute": lambda: _rss(b"<item><link href='" + b'a="b ' * (size // 5)),
        "many attributes": lambda: _rss(b"<item " + names + b"/>"),
        "quotes": lambda: b"<rss><item a=" + b"\"'" * (size // 2) + b"/></rss>",
        "endless DOCTYPE": lambda: b"<!DOCTYPE r [" + b'<!ELEMENT a "' * (size // 13),
        "author like a mail": lambda: _rss(b"<item><author>a@" + b"a." * (size // 2)),
        "long date": lambda: _rss(dated % (b"1" * size)),
        "long guid": lambda: _rss(
            b"<item><title>x</title><guid>" + b"g" * size + b"</guid></item>"
        ),
        "nested JSON": lambda: (
            b'{"version":"https://jsonfeed.org/version/1","items":' + b"[" * size
        ),
        "long number": lambda: b'{"items":[{"id":' + b"9" * size + b"}]}",
        "NUL": lambda: b"\0" * size,
    }


def _rss(inner: bytes) -> bytes:
    return b'<rss version="2.0"><channel>' + inner + b"</channel></rss>"


def _many(element: bytes, size: int) -> bytes:
    """Return one entry with a title and as many different elements as a document may have."""
    count = min(190_000, size // (len(element) + 5))
    return _rss(
        b"<item><title>x</title>" + b"".join(element % n for n in range(count)) + b"</item>"
    )


def _text(inner: bytes) -> bytes:
    return _rss(b"<item><title>x</title><description>" + inner + b"</description></item>")
