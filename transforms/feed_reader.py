"""Read one feed, page or list of feeds from the web: `FeedReader.read`."""

import time
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from typing import Final
from urllib.parse import quote

from transforms.feed_memory import FeedMemory, KeptResponses
from transforms.feeds import looks_like_feed, parse_feed
from transforms.feeds.entries import escaped
from transforms.feeds.lists import Listed, looks_like_opml, read_opml
from transforms.fetch import Fetcher, FetchError, Response, Robots
from transforms.fetch.client import MAX_BYTES
from transforms.formats.documents import read_html
from transforms.formats.origin import Origin, sample
from transforms.items import Item, to_article
from transforms.records import Article, ItemError, Rejected, SourceRead
from transforms.urls import host

PAGE_BYTES: Final = 8 << 20  # the longest of 1,781 news pages has 3 MB
_IN_URL: Final = "/-._~!$&'()*+,;=:@%?#[]"  # what RFC 3986 lets stand in a URL
_HTML: Final = ("text/html", "application/xhtml+xml")


@dataclass(slots=True)
class Outcome:
    """What reading one feed, page or list gave."""

    read: SourceRead
    articles: list[Article] = field(default_factory=list)
    rejects: list[Rejected] = field(default_factory=list)
    unchanged: int = 0  # entries of full-text feeds whose pages were read by an earlier run
    feeds: tuple[Listed, ...] = ()  # of a list
    memory: FeedMemory | None = None

    def counted(self) -> SourceRead:
        """Return what is told of the source, all its items counted."""
        return replace(self.read, items=len(self.articles) + len(self.rejects) + self.unchanged)

    def forget_condition(self) -> None:
        """Ask for all of it the next time, as it could not be read now."""
        if self.memory:
            self.memory = replace(self.memory, etag=None, last_modified=None)

    def refuse(self, uri: str, error: ItemError, data: bytes = b"") -> None:
        """Add a reject."""
        self.rejects.append(
            Rejected(
                source_uri=uri,
                step="ReadFeeds",
                reason=error.reason,
                detail=error.detail,
                sample=sample(data),
                retryable=error.retryable,
            )
        )

    def fail(self, error: ItemError, data: bytes = b"") -> "Outcome":
        """Make this a source that could not be read: one reject."""
        self.refuse(self.read.uri, error, data)
        self.read = replace(self.read, status="failed")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedReader:
    """Reads feeds, pages and lists of feeds; safe to share between threads."""

    fetcher: Fetcher
    robots: Robots
    kept: KeptResponses
    memories: dict[str, FeedMemory]  # of earlier runs, by URL
    as_of: datetime
    fulltext: bool = False
    refetch: bool = False  # ask dead feeds and those that are not due, too
    max_bytes: int = MAX_BYTES

    def read(self, feed: Listed) -> Outcome:
        """Fetch a feed, unless this run did before, and return its articles; never raises."""
        began = time.monotonic()
        outcome = self._read(feed)
        seconds = round(time.monotonic() - began, 3)
        outcome.read = replace(outcome.read, seconds=seconds)
        return outcome

    def _read(self, feed: Listed) -> Outcome:
        memory = self.memories.get(feed.url) or FeedMemory(url=feed.url)
        outcome = Outcome(SourceRead(uri=encoded(feed.url), kind="feed"))
        response = self.kept.get(feed.url)
        if response is None:
            if memory.dead and not self.refetch:
                gone = ItemError("feed_dead", "gone in an earlier run; --refetch asks again")
                return outcome.fail(gone)
            if not memory.due(self.as_of) and not self.refetch:
                return _not_due(outcome, memory)
            try:
                response = self._fetch(memory)
                if feed.page and _is_page(response):
                    outcome.read = replace(outcome.read, kind="page")
                    self.robots.check(response.url)
            except ItemError as error:
                outcome.memory = memory.failed(error)
                return outcome.fail(error)
            self.kept.put(feed.url, response)
        outcome.memory = memory.answered(response, self.as_of, feed.every)
        if response.status == 304:
            outcome.read = replace(outcome.read, kind=memory.kind, status="not_modified")
        else:
            self._interpret(feed, response, outcome)
        return outcome

    def _fetch(self, memory: FeedMemory) -> Response:
        etag, last_modified = memory.condition(self.as_of)
        response = self.fetcher.fetch(
            memory.address, etag=etag, last_modified=last_modified, max_bytes=self.max_bytes
        )
        if response.status == 304 and not (etag or last_modified):
            raise FetchError("http_304", "not modified, but nothing was known of it")
        return response

    def _interpret(self, feed: Listed, response: Response, outcome: Outcome) -> None:
        body = response.body
        outcome.read = replace(outcome.read, bytes=len(body))
        if not response.complete:
            outcome.read = replace(outcome.read, status="partial")
            outcome.forget_condition()
        try:
            if feed.page and looks_like_opml(body[:4096]):
                outcome.feeds = read_opml(body).feeds
                outcome.read = replace(outcome.read, kind="list")
                outcome.forget_condition()  # its feeds are to be read even if it is unchanged
            elif feed.page and _is_page(response):
                outcome.read = replace(outcome.read, kind="page")
                outcome.memory = outcome.memory and replace(outcome.memory, kind="page")
                self._take(_page_item(feed.url, response), outcome)
            else:
                self._entries(feed, response, outcome)
        except ItemError as error:
            outcome.forget_condition()
            outcome.fail(_explained(error, response), body)

    def _entries(self, feed: Listed, response: Response, outcome: Outcome) -> None:
        fulltext = self.fulltext if feed.fulltext is None else feed.fulltext
        seen: dict[str, str] = {}
        earlier = outcome.memory.entries if outcome.memory else {}
        for item in parse_feed(
            response.body,
            encoded(feed.url),
            default_source=host(response.url) or "",
            feed_url=feed.url,
            charset=response.charset,
            fetched_at=response.fetched_at,
        ):
            if not isinstance(item, Item):
                outcome.refuse(*item)
                continue
            entry = _as_listed(item, feed, response)
            if not fulltext:
                self._take(entry, outcome)
                continue
            key, content = _fingerprint(entry)
            if earlier.get(key) == content:
                outcome.unchanged += 1
                seen[key] = content
            elif self._take(self._with_page(entry), outcome):
                seen[key] = content
        if outcome.memory:
            outcome.memory = replace(outcome.memory, entries=seen)

    def _take(self, item: Item, outcome: Outcome) -> bool:
        try:
            outcome.articles.append(to_article(item, self.as_of))
        except ItemError as error:
            outcome.refuse(item.source_uri, error)
            return False
        return True

    def _with_page(self, item: Item) -> Item:
        """Return the item with the main text of its page, else with its own and a warning."""
        try:
            page = self._page(item.url or "")
        except ItemError:
            page = None
        if page is None or not page.text or "whole_page" in page.warnings:
            return replace(item, warnings=(*item.warnings, "page_failed"))
        return replace(
            item,
            text=escaped(page.text) if item.markup else page.text,
            published=item.published or page.published,
            language=item.language or page.language,
            authors=item.authors or page.authors,
            fetched_at=page.fetched_at,
            warnings=tuple(w for w in (*item.warnings, *page.warnings) if w != "title_only"),
        )

    def _page(self, url: str) -> Item | None:
        """Return a web page, None when the answer is something else."""
        response = self.kept.get(url)
        if response is None:
            self.robots.check(url)
            response = self.fetcher.fetch(url, max_bytes=min(PAGE_BYTES, self.max_bytes))
            self.kept.put(url, response)
        return _page_item(url, response) if _is_page(response) else None


def encoded(url: str) -> str:
    """Return a URL as it stands in rows: percent-encoded where it was not."""
    return quote(url, safe=_IN_URL)


def _not_due(outcome: Outcome, memory: FeedMemory) -> Outcome:
    if memory.failures:
        asked = f"the server asked to wait until {memory.next_due}"
        return outcome.fail(ItemError("not_due", asked, retryable=True))
    outcome.read = replace(outcome.read, status="not_modified")
    return outcome


def _is_page(response: Response) -> bool:
    """Tell whether an answer is a web page. Feeds come as text/html, too, and pages as anything."""
    head = response.body[:4096]
    if looks_like_feed(head):
        return False
    start = head.lstrip()[:200].lower()
    return response.kind in _HTML or start.startswith((b"<!doctype html", b"<html"))


def _page_item(url: str, response: Response) -> Item:
    origin = Origin(encoded(url), url, host(response.url) or "")
    (item,) = read_html(response.body, origin, response.charset)
    return replace(
        item,
        url=item.url or response.url,
        fetched_at=response.fetched_at,
        warnings=item.warnings if response.complete else (*item.warnings, "truncated"),
    )


def _explained(error: ItemError, response: Response) -> ItemError:
    """Say what came instead of a feed."""
    if error.reason != "not_a_feed" or not _is_page(response):
        return error
    return ItemError("not_a_feed", "a web page instead of a feed", retryable=True)


def _as_listed(item: Item, feed: Listed, response: Response) -> Item:
    return replace(
        item,
        default_source=feed.title or item.default_source,
        language=item.language or feed.language,
        warnings=item.warnings if response.complete else (*item.warnings, "truncated"),
    )


def _fingerprint(item: Item) -> tuple[str, str]:
    """Return short hashes of what an entry is and of what the feed says of it."""
    identity = item.id or item.url or item.place
    said = (item.title, item.summary, item.text, item.published, item.url)
    return _digest(identity), _digest("\0".join(str(part or "") for part in said))


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
