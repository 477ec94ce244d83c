"""What a web page says of itself in its metadata: explicit statements only, no guesses."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from lxml import etree

from transforms.html import all_text, main_text, parse_html, without_tags
from transforms.text import decode

_CHARSET: Final = re.compile(
    rb"""<(?:meta[^>]{0,200}?charset|\?xml[^>]{0,200}?encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""",
    re.I,
)
_HEAD_BYTES: Final = 4096  # browsers look for the charset in the first 1,024; some pages are late
_ARTICLE_TYPES: Final = re.compile(
    r"(News|Blog|Reportage|Analysis|Opinion|Report)?\w*(Article|Posting)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page's main text, and its metadata as they were written."""

    text: str
    title: str | None = None
    summary: str | None = None
    url: str | None = None
    site: str | None = None
    published: str | None = None
    language: str | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def read_page(data: bytes, declared: str | None = None) -> Page:
    """Return what a page says. Its charset: mark, strict UTF-8, HTTP's, its own, a guess."""
    meta = _CHARSET.search(data[:_HEAD_BYTES])
    html, warnings = decode(data, declared or (meta[1].decode() if meta else None))
    root = parse_html(html)
    if root is None:
        text = without_tags(html)
        return Page(text=text, warnings=(*warnings, "whole_page") if text else warnings)
    said = _meta(root)
    article = next(_linked_articles(root), {})

    def first(*values: object) -> str | None:
        return next((v.strip() for v in values if isinstance(v, str) and v.strip()), None)

    page = Page(
        text="",
        title=first(
            said.get("og:title"), article.get("headline"), _inner(root, "title"), _inner(root, "h1")
        ),
        summary=first(said.get("og:description"), said.get("description")),
        url=first(_canonical(root), said.get("og:url")),
        site=first(said.get("og:site_name"), *_named(article.get("publisher"))),
        published=first(
            said.get("article:published_time"),
            article.get("datePublished"),
            *(said.get(name) for name in _DATE_NAMES),
            _time(root),
        ),
        language=first(root.get("lang"), said.get("og:locale")),
        authors=tuple(_named(article.get("author"))) or tuple(filter(None, [said.get("author")])),
        tags=tuple(t for t in re.split(r"\s*[,;]\s*", said.get("keywords", "")) if t),
        warnings=warnings,
    )
    if text := main_text(root):  # takes the tree apart: metadata first
        return replace(page, text=text)
    text = all_text(root)
    return replace(page, text=text, warnings=(*warnings, "whole_page") if text else warnings)


_DATE_NAMES: Final = (
    "datepublished",
    "date",
    "pubdate",
    "publishdate",
    "publish-date",
    "dc.date",
    "dc.date.issued",
    "dcterms.created",
    "dcterms.issued",
    "sailthru.date",
    "parsely-pub-date",
    "og:published_time",
)


def _meta(root: etree._Element) -> dict[str, str]:
    """Return the first content of each `<meta>`, by its name in small letters."""
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop")
        content = meta.get("content")
        if name and content and content.strip():
            found.setdefault(name.strip().lower(), content)
    return found


def _linked_articles(root: etree._Element) -> Iterator[dict[str, Any]]:
    """Yield the articles that JSON-LD describes (schema.org)."""
    for script in root.iter("script"):
        if script.get("type", "").strip().lower() != "application/ld+json" or not script.text:
            continue
        try:
            waiting = [json.loads(script.text, strict=False)]
        except (ValueError, RecursionError):
            continue
        while waiting:
            node = waiting.pop(0)
            if isinstance(node, list):
                waiting[:0] = node
            elif isinstance(node, dict):
                kinds = node.get("@type")
                kinds = kinds if isinstance(kinds, list) else [kinds]
                if any(isinstance(k, str) and _ARTICLE_TYPES.fullmatch(k) for k in kinds):
                    yield node
                waiting += [node[key] for key in ("@graph", "mainEntity") if key in node]


def _named(value: object) -> Iterator[str]:
    """Yield names out of `"Ann"`, `{"name": "Ann"}` or a list of these."""
    for part in value if isinstance(value, list) else [value]:
        name = part.get("name") if isinstance(part, dict) else part
        if isinstance(name, str):
            yield name


def _inner(root: etree._Element, tag: str) -> str | None:
    found = root.find(f".//{tag}")
    return None if found is None else "".join(map(str, found.itertext()))


def _canonical(root: etree._Element) -> str | None:
    links = root.iter("link")
    return next((x.get("href") for x in links if x.get("rel", "").lower() == "canonical"), None)


def _time(root: etree._Element) -> str | None:
    """Return the time of an element that is marked as the publication's."""
    marked = [
        *root.iterfind(".//*[@itemprop='datePublished']"),
        *root.iterfind(".//time[@pubdate]"),
    ]
    written = (element.get("datetime") or element.get("content") for element in marked)
    return next((each for each in written if each), None)
