"""Tests of transforms/read_feeds.py and feed_reader.py, against a real server on loopback."""

import json
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from apache_beam import Map
from apache_beam.testing.test_pipeline import TestPipeline as BeamPipeline
from apache_beam.testing.util import assert_that, equal_to

from tests.conftest import AS_OF, counters
from tests.loopback import HOST, serving
from transforms.feed_memory import settle
from transforms.feeds.lists import Listed
from transforms.read_feeds import (
    ReadFeeds,
    Settings,
    _mixed,
    _Read,
    is_remote,
    plan,
    split_sources,
)
from transforms.reasons import REJECTS, WARNINGS
from transforms.records import Article, Rejected, SourceRead, Unchanged

PAGE = (
    "<html><head><title>Kurz</title><meta property='og:site_name' content='Blatt'></head><body>"
    "<nav>Menu</nav><article><p>{}</p></article></body></html>"
)
LONG = "Der Rat hat am Abend lange getagt und mit knapper Mehrheit beschlossen, was nun folgt. " * 9


@pytest.fixture
def server():
    with serving() as server:
        yield server


def feed(*titles, extra=""):
    items = "".join(
        f"<item><title>{title}</title><guid>{title}</guid><description>Of {title}.</description>"
        f"{extra}</item>"
        for title in titles
    )
    return f"<rss version='2.0'><channel><title>The Wire</title>{items}</channel></rss>"


class Run:
    """Runs in a row over the same feeds, as pipeline/run.py makes them."""

    def __init__(self, tmp_path, **settings):
        self.root, self.number, self.settings = tmp_path, 0, settings

    def read(self, *feeds, replay=False, days=0, **settings):
        """Carry out the next run, or the last one again; return what it gave."""
        self.number += not replay
        folder = self.root / str(self.number)
        again = self.root / f"{self.number}-again"
        earlier = str(self.root / str(self.number - 1) / "memory.jsonl.zst")
        settings = Settings(
            as_of=AS_OF + timedelta(days=days),
            memory=earlier,
            folder=str(again if replay else folder),
            replay=str(folder) if replay else None,
            private_hosts=(HOST,),
            timeout=5,
            backoff=0.01,
            **(self.settings | settings),
        )
        reader = _Read(settings)
        feeds = tuple(Listed(url=one) if isinstance(one, str) else one for one in feeds)
        found = [getattr(one, "value", one) for one in reader.process(feeds)]
        settle(settings.folder, earlier)
        return found


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path)


def kinds(found):
    """Return articles, rejects and the one source of what a run gave."""
    (read,) = (one for one in found if isinstance(one, SourceRead))
    articles = [one for one in found if isinstance(one, Article)]
    rejects = [one for one in found if isinstance(one, Rejected)]
    for reject in rejects:
        assert reject.reason in REJECTS or reject.reason.startswith("http_")
    for article in articles:
        assert set(article.warnings) <= set(WARNINGS)
    return articles, rejects, read


class TestFeeds:
    def test_entries_become_articles(self, server, run):
        server.routes["/f"] = feed("a", "b")
        articles, rejects, read = kinds(run.read(server.url("/f")))

        assert [article.title for article in articles] == ["a", "b"]
        assert (rejects, read) == ([], SourceRead(uri=server.url("/f"), kind="feed", items=2))
        assert articles[0].source == "The Wire"
        assert articles[0].source_uri == server.url("/f#a")
        assert articles[0].fetched_at is not None

    def test_the_list_says_what_the_feed_does_not(self, server, run):
        server.routes["/f"] = feed("a")
        listed = Listed(url=server.url("/f"), title="Mein Blatt", language="de")
        (article,), *_ = kinds(run.read(listed))

        assert (article.source, article.language) == ("Mein Blatt", "de")

    def test_the_servers_charset_counts(self, server, run):
        server.routes["/f"] = lambda request: request.reply(
            body=feed("perché").encode("cp1252"), Content_Type="text/xml; charset=windows-1252"
        )
        (article,), *_ = kinds(run.read(server.url("/f")))

        assert article.title == "perché"

    def test_an_unchanged_feed_is_not_read_again(self, server, run):
        server.routes["/f"] = lambda request: request.reply(
            *((304,) if request.headers["If-None-Match"] == '"1"' else (200, feed("a"))),
            ETag='"1"',
        )
        run.read(server.url("/f"))
        articles, rejects, read = kinds(run.read(server.url("/f"), days=1))
        assert (articles, rejects, read.status, read.items) == ([], [], "not_modified", 0)

        articles, _, read = kinds(run.read(server.url("/f"), days=7))
        assert (len(articles), read.status) == (1, "ok")

    def test_a_run_carried_out_again_needs_no_network(self, server, run):
        server.routes["/f"] = lambda request: request.reply(body=feed("a"), ETag='"1"')
        first = run.read(server.url("/f"))
        server.routes["/f"] = feed("b")

        assert run.read(server.url("/f"), replay=True) == first
        assert len(server.seen) == 1
        assert run.read(server.url("/f"), replay=True, refetch=True) != first

    def test_what_failed_the_first_time_is_asked_again(self, server, run):
        assert kinds(run.read(server.url("/f")))[2].status == "failed"
        server.routes["/f"] = feed("b")

        assert kinds(run.read(server.url("/f"), replay=True))[2].status == "ok"

    def test_a_short_body_is_partial_and_asked_for_again(self, server, run):
        body = feed("a", "b").encode()[:-40]
        server.routes["/f"] = lambda request: request.raw(
            b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: 999\r\n\r\n', body
        )
        articles, _, read = kinds(run.read(server.url("/f")))
        assert (read.status, read.items) == ("partial", len(articles))
        assert "truncated" in articles[0].warnings

        run.read(server.url("/f"), days=1)
        assert server.seen[-1].headers["If-None-Match"] is None

    @pytest.mark.parametrize(
        ("body", "kind", "reason"),
        [
            (PAGE.format(LONG), "text/html", "not_a_feed"),
            (PAGE.format(LONG), "application/rss+xml", "not_a_feed"),
            ("%PDF-1.4", "application/pdf", "not_a_feed"),
            ("", "text/xml", "not_a_feed"),
            ('<!DOCTYPE r [<!ENTITY a "b">]><rss/>', "text/xml", "entity_declared"),
        ],
    )
    def test_something_else_than_a_feed_is_one_reject(self, server, run, body, kind, reason):
        server.routes["/f"] = lambda request: request.reply(
            body=body, Content_Type=kind, ETag='"1"'
        )
        articles, (reject,), read = kinds(run.read(server.url("/f")))

        assert (articles, reject.reason, reject.step) == ([], reason, "ReadFeeds")
        assert (reject.source_uri, read.status, read.items) == (server.url("/f"), "failed", 1)
        assert reject.sample == body[:4096]
        run.read(server.url("/f"), days=1)
        assert server.seen[-1].headers["If-None-Match"] is None

    @pytest.mark.parametrize("listed", [True, False])
    def test_a_feed_served_as_html_is_a_feed(self, server, run, listed):
        server.routes["/f"] = lambda request: request.reply(
            body=feed("a"), Content_Type="text/html"
        )
        articles, *_ = kinds(run.read(Listed(url=server.url("/f"), page=not listed)))

        assert len(articles) == 1

    def test_failures_are_one_reject_each(self, server, run):
        found = run.read(server.url("/f"), "ftp://a.example/", "http://10.0.0.1/", "nonsense")
        rejects = {one.source_uri: one.reason for one in found if isinstance(one, Rejected)}

        assert rejects == {
            server.url("/f"): "http_404",
            "ftp://a.example/": "bad_url",
            "http://10.0.0.1/": "blocked_address",
            "nonsense": "bad_url",
        }
        assert {one.status for one in found if isinstance(one, SourceRead)} == {"failed"}

    def test_a_dead_feed_is_not_asked_again_unless_wanted(self, server, run):
        server.routes["/f"] = lambda request: request.reply(410)
        run.read(server.url("/f"))
        _, (reject,), _ = kinds(run.read(server.url("/f"), days=1))
        assert (reject.reason, len(server.seen)) == ("feed_dead", 1)

        server.routes["/f"] = feed("a")
        assert kinds(run.read(server.url("/f"), days=2, refetch=True))[2].status == "ok"

    def test_a_server_that_asks_for_a_pause_gets_it(self, server, run):
        server.routes["/f"] = lambda request: request.reply(429, Retry_After="7200")
        run.read(server.url("/f"))
        _, (reject,), read = kinds(run.read(server.url("/f")))

        assert (reject.reason, reject.retryable, read.status) == ("not_due", True, "failed")
        assert len(server.seen) == 1

    def test_a_feed_is_asked_no_more_often_than_its_list_says(self, server, run):
        server.routes["/f"] = feed("a")
        listed = Listed(url=server.url("/f"), every=timedelta(days=2))
        reads = [kinds(run.read(listed, days=day))[2] for day in range(3)]

        assert [read.status for read in reads] == ["ok", "not_modified", "ok"]
        assert len(server.seen) == 2

    def test_a_moved_feed_is_asked_at_its_new_address(self, server, run):
        server.routes["/old"] = lambda request: request.reply(301, Location="/new")
        server.routes["/new"] = feed("a")
        ids = {kinds(run.read(server.url("/old"), days=n))[0][0].article_id for n in range(4)}

        assert server.paths() == ["/old", "/new"] * 3 + ["/new"]
        assert len(ids) == 1


class TestPages:
    def test_a_page_is_an_article(self, server, run):
        server.routes["/p"] = lambda request: request.reply(
            body=PAGE.format(LONG), Content_Type="text/html; charset=utf-8"
        )
        (article,), rejects, read = kinds(run.read(Listed(url=server.url("/p"), page=True)))

        assert (article.text, article.title, article.source) == (LONG.strip(), "Kurz", "Blatt")
        assert (article.url, rejects) == (server.url("/p"), [])
        assert read == SourceRead(uri=server.url("/p"), kind="page", items=1)
        server.seen.clear()
        assert len(run.read(Listed(url=server.url("/p"), page=True), replay=True)) == 2
        assert server.seen == []  # not even robots.txt

    def test_robots_are_asked(self, server, run):
        server.routes["/robots.txt"] = "User-agent: *\nDisallow: /p"
        server.routes["/p"] = PAGE.format(LONG)
        articles, (reject,), read = kinds(run.read(Listed(url=server.url("/p"), page=True)))

        assert (articles, reject.reason, read.status) == ([], "robots_disallowed", "failed")

    def test_a_list_on_the_web_is_followed_once(self, server, run):
        server.routes["/l"] = (
            f"<opml><outline xmlUrl='{server.url('/f')}'/><outline xmlUrl='{server.url('/l')}'/>"
            f"<outline xmlUrl='{server.url('/f')}'/></opml>"
        )
        server.routes["/f"] = feed("a")
        found = run.read(Listed(url=server.url("/l"), page=True))
        reads = {one for one in found if isinstance(one, SourceRead)}

        assert reads == {
            SourceRead(uri=server.url("/l"), kind="list"),
            SourceRead(uri=server.url("/f"), kind="feed", items=1),
        }

    def test_feeds_of_an_unchanged_list_are_read_all_the_same(self, server, run):
        server.routes["/l"] = lambda request: request.reply(
            body=f"<opml><outline xmlUrl='{server.url('/f')}'/></opml>", ETag='"1"'
        )
        server.routes["/f"] = feed("a")
        for days in range(2):
            run.read(Listed(url=server.url("/l"), page=True), days=days)

        assert server.paths() == ["/l", "/f"] * 2
        assert server.seen[2].headers["If-None-Match"] is None

    def test_an_unchanged_page_is_still_a_page(self, server, run):
        server.routes["/p"] = lambda request: request.reply(
            304 if request.headers["If-None-Match"] else 200, PAGE.format(LONG), ETag='"1"'
        )
        run.read(Listed(url=server.url("/p"), page=True))
        read = kinds(run.read(Listed(url=server.url("/p"), page=True), days=1))[2]

        assert (read.kind, read.status, read.items) == ("page", "not_modified", 0)


class TestFulltext:
    @pytest.fixture
    def pages(self, server):
        server.routes["/f"] = feed("a", extra=f"<link>{server.url('/p')}</link>")
        server.routes["/p"] = lambda request: request.reply(
            body=PAGE.format(LONG), Content_Type="text/html"
        )
        return server

    def test_the_page_gives_the_text_and_the_feed_the_rest(self, pages, run):
        (article,), *_ = kinds(run.read(pages.url("/f"), fulltext=True))

        assert (article.text, article.title) == (LONG.strip(), "a")
        assert (article.summary, article.warnings) == ("Of a.", ())

    def test_a_list_may_want_it_for_one_feed(self, pages, run):
        (article,), *_ = kinds(run.read(Listed(url=pages.url("/f"), fulltext=True)))
        assert article.text == LONG.strip()
        (article,), *_ = kinds(
            run.read(Listed(url=pages.url("/f"), fulltext=False), fulltext=True, days=1)
        )
        assert article.text == "Of a."

    @pytest.mark.parametrize(
        "answer",
        [
            None,
            lambda request: request.reply(body="%PDF", Content_Type="application/pdf"),
            lambda request: request.reply(body="<html></html>", Content_Type="text/html"),
        ],
    )
    def test_without_a_page_the_feeds_own_text_stays(self, pages, run, answer):
        pages.routes["/p"] = answer
        (article,), rejects, _ = kinds(run.read(pages.url("/f"), fulltext=True))

        assert (article.text, article.warnings, rejects) == ("Of a.", ("page_failed",), [])

    def test_robots_are_asked_first(self, pages, run):
        pages.routes["/robots.txt"] = "User-agent: wirefold\nDisallow: /p"
        (article,), *_ = kinds(run.read(pages.url("/f"), fulltext=True))

        assert article.warnings == ("page_failed",)
        assert "/p" not in pages.paths()

    def test_pages_of_known_entries_are_not_fetched_again(self, pages, run):
        run.read(pages.url("/f"), fulltext=True)
        found = run.read(pages.url("/f"), fulltext=True, days=1)
        articles, rejects, read = kinds(found)
        assert (articles, rejects, read.items) == ([], [], 1)
        assert Unchanged(1) in found
        assert pages.paths().count("/p") == 1

        pages.routes["/f"] = feed("a", extra=f"<link>{pages.url('/p')}</link><author>x</author>")
        assert kinds(run.read(pages.url("/f"), fulltext=True, days=2))[0] == []
        pages.routes["/f"] = pages.routes["/f"].replace("Of a.", "Changed.")
        assert len(kinds(run.read(pages.url("/f"), fulltext=True, days=3))[0]) == 1

    def test_a_run_carried_out_again_needs_no_pages_either(self, pages, run):
        first = run.read(pages.url("/f"), fulltext=True)
        pages.routes.clear()

        assert run.read(pages.url("/f"), fulltext=True, replay=True) == first


class TestSources:
    def test_what_is_read_here_is_told_from_files(self):
        sources = ["a/b", "HTTPS://a.example/x.opml", "my.OPML", "feeds.toml", "s3://b/x.xml"]

        assert split_sources(sources) == (("a/b", "s3://b/x.xml"), tuple(sources[1:4]))
        assert not is_remote("opml")

    def test_lists_are_opened_and_each_url_is_read_once(self, tmp_path):
        (tmp_path / "a.opml").write_text("<opml><outline xmlUrl='http://a.example/'/></opml>")
        (tmp_path / "feeds.toml").write_text(
            'feeds = ["http://a.example/", "http://b.example/", "http://a.example/2"]'
        )
        lists = [str(tmp_path / name) for name in ("a.opml", "feeds.toml", "none.opml")]
        *told, group = plan(["http://a.example/2", *lists], 1)

        assert [outcome.read.uri for outcome in told] == lists
        assert [outcome.read.status for outcome in told] == ["ok", "ok", "failed"]
        assert [reject.reason for reject in told[2].rejects] == ["unreadable"]
        assert {(one.url, one.page) for one in group} == {
            ("http://a.example/2", True),
            ("http://a.example/", False),
            ("http://b.example/", False),
        }

    def test_a_pattern_may_name_lists(self, tmp_path):
        for name in "ab":
            path = tmp_path / f"{name}.opml"
            path.write_text(f"<opml><outline xmlUrl='http://{name}.example/'/></opml>")
        *told, group = plan([str(tmp_path / "*.opml")], 1)

        assert [outcome.read.uri[-6:] for outcome in told] == ["a.opml", "b.opml"]
        assert [one.url for one in group] == ["http://a.example/", "http://b.example/"]

    def test_hosts_take_turns(self):
        urls = [f"http://{host}.example/{n}" for host in "aab" for n in range(2)]
        feeds = _mixed(Listed(url=url) for url in dict.fromkeys(urls))

        assert [urlsplit(one.url).hostname[0] for one in feeds] == ["a", "b", "a", "b"]

    def test_feeds_of_one_host_stay_together(self):
        urls = [f"http://{host}.example/{n}" for host in "abcdefgh" for n in range(3)]
        groups = list(plan(urls, 4))

        assert len(groups) > 1
        hosts = [{urlsplit(one.url).hostname for one in group} for group in groups]
        assert sum(map(len, hosts)) == 8

    def test_feeds_of_a_host_without_pace_are_shared_by_all_workers(self):
        urls = [f"http://Intranet/{n}" for n in range(40)]
        groups = list(plan(urls, 2, ["intranet"]))

        assert [len(group) > 10 for group in groups] == [True, True]
        assert sorted(one.url for group in groups for one in group) == sorted(urls)

    def test_a_mistake_in_toml_is_told_before_anything_is_read(self, tmp_path):
        (tmp_path / "feeds.toml").write_text("feeds = 5")
        with pytest.raises(ValueError, match=r"feeds\.toml: feeds must be a list"):
            ReadFeeds([str(tmp_path / "feeds.toml")], Settings(as_of=AS_OF))


def test_the_pipeline_gives_articles_rejects_and_sources(server, tmp_path):
    server.routes["/f"] = json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "items": [{"id": "1", "content_text": "Uno"}, {"id": "2"}, 5],
        }
    )
    (tmp_path / "feeds.toml").write_text(
        f'contact = "mailto:x@a.example"\nfeeds = ["{server.url("/f")}", "{server.url("/no")}"]'
    )
    settings = Settings(as_of=AS_OF, private_hosts=(HOST,), folder=str(tmp_path / "state"))
    with BeamPipeline() as pipeline:
        read = pipeline | ReadFeeds([str(tmp_path / "feeds.toml")], settings)
        assert_that(
            read.articles | "Texts" >> Map(lambda article: article.text),
            equal_to(["Uno"]),
            label="Articles",
        )
        assert_that(
            read.rejects | "Reasons" >> Map(lambda reject: reject.reason),
            equal_to(["no_text", "bad_entry", "http_404"]),
            label="Rejects",
        )
        failed = SourceRead(uri=server.url("/no"), kind="feed", status="failed", items=1)
        assert_that(
            read.sources,
            equal_to(
                [
                    SourceRead(uri=str(tmp_path / "feeds.toml"), kind="list"),
                    SourceRead(uri=server.url("/f"), kind="feed", items=3),
                    failed,
                ]
            ),
            label="Sources",
        )
    assert counters(pipeline.result)["rejected_http_404"] == 1
    assert "mailto:x@a.example" in server.seen[0].headers["User-Agent"]
