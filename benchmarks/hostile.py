"""Documents that are made to hurt whoever reads feeds."""


def documents_that_hurt(size: int = 10 << 20) -> dict[str, bytes]:
    """Return documents of up to `size` bytes, by name."""
    marks = min(390_000, size)  # just below what a document may have (MAX_MARKS)
    lol = b"".join(b'<!ENTITY %c "%s">' % (98 + i, (b"&%c;" % (97 + i)) * 10) for i in range(9))
    long = b'<!ENTITY a "' + b"A" * (size // 100) + b'">'
    dated = b"<item><title>t</title><link>http://a/b</link><pubDate>%s</pubDate></item>"
    names = b"".join(b'a%d="" ' % n for n in range(size // 50))
    return {
        "billion laughs": b'<!DOCTYPE l [<!ENTITY a "lol">' + lol + b"]>" + _text(b"&j;"),
        "quadratic entity": b"<!DOCTYPE l [" + long + b"]>" + _text(b"&a;" * (size // 1000)),
        "nested elements": _text(b"<div>" * (marks // 2) + b"x" + b"</div>" * (marks // 2)),
        "nested HTML": _text(b"<![CDATA[" + b"<div>" * marks + b"x]]>"),
        "nested tables": _text(b"<![CDATA[" + b"<table><tr><td>" * (marks // 3) + b"]]>"),
        "many entries": _rss(dated % b"Tue, 10 Jun 2003 04:00:00 GMT" * (size // 1000)),
        "empty entries": _rss(b"<item/>" * (size // 7)),
        "many paragraphs": _text(b"<![CDATA[" + b"<p>x" * marks + b"]]>"),
        "long text": _text(b"Hello world. " * (size // 13)),
        "nothing but <": _text(b"<" * size),
        "less of <": _text(b"<" * marks),
        "less of &": _text(b"&" * marks),
        "references": _text(b"&#65;" * marks),
        "endless attribute": _rss(b"<item><link href='" + b'a="b ' * (size // 5)),
        "many attributes": _rss(b"<item " + names + b"/>"),
        "quotes": b"<rss><item a=" + b"\"'" * (size // 2) + b"/></rss>",
        "endless DOCTYPE": b"<!DOCTYPE r [" + b'<!ELEMENT a "' * (size // 13),
        "author like a mail": _rss(
            b"<item><author>a@" + b"a." * (size // 2) + b"!</author></item>"
        ),
        "long date": _rss(dated % (b"1" * size)),
        "long guid": _rss(b"<item><title>x</title><guid>" + b"g" * size + b"</guid></item>"),
        "nested JSON": b'{"version":"https://jsonfeed.org/version/1","items":' + b"[" * size,
        "long number": b'{"items":[{"id":' + b"9" * size + b"}]}",
        "NUL": b"\0" * size,
    }


def _rss(inner: bytes) -> bytes:
    return b'<rss version="2.0"><channel>' + inner + b"</channel></rss>"


def _text(inner: bytes) -> bytes:
    return _rss(b"<item><title>x</title><description>" + inner + b"</description></item>")
