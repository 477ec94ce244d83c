"""Lists of feeds: OPML as feed readers export it, and feeds.toml as people write it.

contact = "mailto:desk@a.example"      # told to servers; may be missing

[[feeds]]
url = "https://a.example/rss"          # all else may be missing
title = "The Wire"
language = "it"                        # a hint for the record
fulltext = true                        # read the pages, too
every = "30m"                          # not asked more often
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from transforms.feeds.document import find_root, read_document, read_tree
from transforms.records import ItemError

_OPML: Final = re.compile(r"<(opml)(?=[\s/>])", re.IGNORECASE)
_FEED_SCHEME: Final = re.compile(r"feed:(?://)?", re.IGNORECASE)  # readers' own scheme
_URL_KEYS: Final = ("xmlUrl", "xmlurl", "xmlURL", "XMLURL")
_KEYS: Final = ("url", "title", "language", "fulltext", "every")
_SPAN: Final = re.compile(r"(\d{1,6})\s*([smhdw])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A feed as a list, or the command line, names it."""

    url: str
    title: str | None = None  # the outlet, whatever the feed calls itself
    language: str | None = None
    fulltext: bool | None = None  # None: as the run has it
    every: timedelta | None = None
    page: bool = False  # may be a web page as well: it was named on the command line


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedList:
    """A list of feeds, and the contact that servers are told."""

    feeds: tuple[Listed, ...] = field(default=())
    contact: str | None = None


def looks_like_opml(head: bytes) -> bool:
    """Tell from the beginning of a document whether it is OPML."""
    text, _ = read_document(head)
    return find_root(text, roots=_OPML) is not None


def read_opml(data: bytes) -> FeedList:
    """Return the feeds of an OPML document, each once; what is none raises ItemError `bad_list`."""
    text, _ = read_document(data)
    try:
        root = read_tree(text, roots=_OPML)
    except ItemError as error:
        if error.reason != "not_a_feed":
            raise
        raise ItemError("bad_list", "not OPML") from error
    urls = (outline.get(key) for outline in root.iter("{*}outline") for key in _URL_KEYS)
    plain = (_FEED_SCHEME.sub("", url.strip()) for url in urls if url and url.strip())
    whole = (url if "://" in url else f"http://{url}" for url in plain)
    return FeedList(feeds=tuple(Listed(url=url) for url in dict.fromkeys(whole)))


def read_feeds_toml(text: str) -> FeedList:
    """Return the feeds of a feeds.toml; a mistake raises ValueError with a sentence for people."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"not TOML: {error}") from error
    if unknown := sorted(set(data) - {"contact", "feeds"}):
        raise ValueError(f"unknown key {unknown[0]!r}; known: contact, feeds")
    feeds = data.get("feeds", [])
    if not isinstance(feeds, list):
        raise ValueError("feeds must be a list: one [[feeds]] for each")  # noqa: TRY004
    contact = _typed(data, "contact", str, "contact")
    return FeedList(feeds=tuple(_unique(map(_listed, feeds))), contact=contact)


def _unique(feeds: Iterator[Listed]) -> Iterator[Listed]:
    seen = set()
    for feed in feeds:
        if feed.url in seen:
            raise ValueError(f"{feed.url} is listed twice")
        seen.add(feed.url)
        yield feed


def _listed(entry: object) -> Listed:
    if isinstance(entry, str):
        return Listed(url=entry)
    if not isinstance(entry, dict) or not isinstance(entry.get("url"), str):
        raise ValueError(f"a feed without url: {entry!r}")  # noqa: TRY004
    url = entry["url"]
    if unknown := sorted(set(entry) - set(_KEYS)):
        raise ValueError(f"{url}: unknown key {unknown[0]!r}; known: {', '.join(_KEYS)}")
    every = _typed(entry, "every", str, url)
    match = _SPAN.fullmatch(every.strip()) if every else None
    if every and not match:
        raise ValueError(f"{url}: every = {every!r}; write a number and s, m, h, d or w: '30m'")
    return Listed(
        url=url,
        title=_typed(entry, "title", str, url),
        language=_typed(entry, "language", str, url),
        fulltext=_typed(entry, "fulltext", bool, url),
        every=timedelta(seconds=int(match[1]) * _SECONDS[match[2]]) if match else None,
    )


def _typed(data: dict[str, Any], key: str, kind: type, where: str) -> Any:  # noqa: ANN401
    value = data.get(key)
    if value is not None and not isinstance(value, kind):
        raise ValueError(f"{where}: {key} = {value!r} is no {kind.__name__}")
    return value
