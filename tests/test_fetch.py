"""Tests of transforms/fetch, against a real server on loopback."""

import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tests.loopback import HOST, serving
from transforms.fetch import Fetcher, FetchError, Robots
from transforms.fetch.addresses import is_public, read_address
from transforms.fetch.body import unpack
from transforms.fetch.client import MAX_BYTES, user_agent
from transforms.fetch.pace import Pace
from transforms.fetch.robots import read_rules
from transforms.records import ItemError


@pytest.fixture
def server():
    with serving() as server:
        yield server


@pytest.fixture
def fetcher():
    return Fetcher([HOST], timeout=5, backoff=0.01)


def reason(fetcher, url, **options):
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(url, **options)
    return caught.value.reason


class TestAnswers:
    def test_a_body_comes_with_what_the_server_said_of_it(self, server, fetcher):
        server.routes["/f"] = lambda request: request.reply(
            body="ciao",
            Content_Type='Text/XML; charset="ISO-8859-1"',
            ETag='"1"',
            Last_Modified="Wed, 19 Jun 2024 10:00:00 GMT",
        )
        answer = fetcher.fetch(server.url("/f"))

        assert (answer.status, answer.body, answer.kind) == (200, b"ciao", "text/xml")
        assert (answer.charset, answer.etag) == ("ISO-8859-1", '"1"')
        assert answer.last_modified == "Wed, 19 Jun 2024 10:00:00 GMT"
        assert (answer.url, answer.moved_to, answer.complete) == (server.url("/f"), None, True)
        assert abs(answer.fetched_at - datetime.now(UTC)) < timedelta(minutes=1)

    def test_conditions_are_sent_and_304_has_no_body(self, server, fetcher):
        server.routes["/f"] = lambda request: request.reply(304, ETag='"2"')
        answer = fetcher.fetch(server.url("/f"), etag='"1"', last_modified="yesterday")

        assert (answer.status, answer.body, answer.etag) == (304, b"", '"2"')
        assert server.seen[0].headers["If-None-Match"] == '"1"'
        assert server.seen[0].headers["If-Modified-Since"] == "yesterday"

    def test_a_header_is_never_injected(self, server, fetcher):
        server.routes["/f"] = "x"
        fetcher.fetch(server.url("/f"), etag='"1"\r\nX-Evil: 1', last_modified="a\nb")

        assert "X-Evil" not in server.seen[0].headers
        assert "If-Modified-Since" not in server.seen[0].headers

    def test_connections_are_kept(self, server, fetcher):
        server.routes["/f"] = "x"
        for _ in range(3):
            fetcher.fetch(server.url("/f"))

        assert len({request.client_address for request in server.seen}) == 1

    def test_a_contact_is_told(self, server):
        server.routes["/f"] = "x"
        Fetcher([HOST], contact="mailto:desk@a.example").fetch(server.url("/f"))

        assert server.seen[0].headers["User-Agent"].startswith("wirefold")
        assert "(+mailto:desk@a.example)" in server.seen[0].headers["User-Agent"]

    @pytest.mark.parametrize("contact", ["a\r\nb", "büro@a.example"])
    def test_a_contact_that_no_header_can_hold_is_refused(self, contact):
        with pytest.raises(ValueError, match="printable ASCII"):
            user_agent(contact)


class TestRedirects:
    def chain(self, server, *statuses):
        for number, status in enumerate(statuses):
            server.routes[f"/{number}"] = lambda request, n=number, s=status: request.reply(
                s, Location=f"/{n + 1}"
            )
        server.routes[f"/{len(statuses)}"] = "end"

    def test_permanent_ones_name_the_new_address(self, server, fetcher):
        self.chain(server, 301, 308)
        answer = fetcher.fetch(server.url("/0"))

        assert (answer.body, answer.url) == (b"end", server.url("/2"))
        assert answer.moved_to == server.url("/2")

    @pytest.mark.parametrize("status", [302, 303, 307])
    def test_others_are_followed_and_not_remembered(self, server, fetcher, status):
        self.chain(server, status, 301)
        answer = fetcher.fetch(server.url("/0"))

        assert (answer.body, answer.moved_to) == (b"end", None)

    def test_a_permanent_one_before_others_is_remembered_alone(self, server, fetcher):
        self.chain(server, 301, 302)

        assert fetcher.fetch(server.url("/0")).moved_to == server.url("/1")

    def test_a_target_may_be_written_in_bytes_of_utf_8(self, server, fetcher):
        target = "/caffè".encode().decode("latin-1")
        server.routes["/a"] = lambda request: request.reply(302, Location=target)
        server.routes["/caff%C3%A8"] = "x"

        assert fetcher.fetch(server.url("/a")).body == b"x"

    def test_loops_end(self, server, fetcher):
        server.routes["/a"] = lambda request: request.reply(302, Location="/a")

        assert reason(fetcher, server.url("/a")) == "too_many_redirects"
        assert len(server.seen) == 10

    def test_without_a_target_it_is_an_error(self, server, fetcher):
        server.routes["/a"] = lambda request: request.reply(302)

        assert reason(fetcher, server.url("/a")) == "http_302"

    @pytest.mark.parametrize(
        ("target", "word"),
        [
            ("file:///etc/passwd", "bad_url"),
            ("http://u:p@a.example/", "bad_url"),
            ("http://169.254.169.254/latest/meta-data", "blocked_address"),
            ("http://localhost:{port}/end", "blocked_address"),  # not the name that was opened
            ("//[::1]:{port}/", "blocked_address"),
        ],
    )
    def test_each_hop_is_checked(self, server, fetcher, target, word):
        target = target.format(port=server.server_port)
        server.routes["/a"] = lambda request: request.reply(302, Location=target)

        assert reason(fetcher, server.url("/a")) == word


class TestFaults:
    @pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
    def test_a_refusal_is_asked_once(self, server, fetcher, status):
        server.routes["/f"] = lambda request: request.reply(status)

        assert reason(fetcher, server.url("/f")) == f"http_{status}"
        assert len(server.seen) == 1

    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
    def test_a_flaky_server_gets_three_chances(self, server, fetcher, status):
        server.routes["/f"] = lambda request: (
            request.reply(status) if len(server.seen) < 3 else request.reply(body="at last")
        )

        assert fetcher.fetch(server.url("/f")).body == b"at last"

    def test_three_failures_are_retryable_in_a_later_run(self, server, fetcher):
        server.routes["/f"] = lambda request: request.reply(503)
        with pytest.raises(FetchError) as caught:
            fetcher.fetch(server.url("/f"))

        assert (caught.value.retryable, len(server.seen)) == (True, 3)

    @pytest.mark.parametrize("form", [str, lambda s: format_datetime(datetime.now(UTC) + s, True)])
    def test_a_long_retry_after_is_for_a_later_run(self, server, fetcher, form):
        after = form(3600 if form is str else timedelta(hours=1))
        server.routes["/f"] = lambda request: request.reply(429, Retry_After=after)
        with pytest.raises(FetchError) as caught:
            fetcher.fetch(server.url("/f"))

        assert len(server.seen) == 1
        assert caught.value.retry_after - datetime.now(UTC) > timedelta(minutes=59)

    def test_a_short_retry_after_is_waited_for(self, server, fetcher):
        times = []

        def answer(request):
            times.append(time.monotonic())
            request.reply(503, Retry_After="1") if len(times) == 1 else request.reply(body="x")

        server.routes["/f"] = answer
        fetcher.fetch(server.url("/f"))

        assert times[1] - times[0] >= 0.99

    def test_a_closed_port_is_a_failed_connection(self, server, fetcher):
        with socket.socket() as free:
            free.bind((HOST, 0))
            port = free.getsockname()[1]

        assert reason(fetcher, f"http://{HOST}:{port}/") == "connection_failed"

    def test_a_server_that_hangs_up_is_a_failed_connection(self, server, fetcher):
        server.routes["/f"] = lambda request: request.raw()

        assert reason(fetcher, server.url("/f")) == "connection_failed"

    @pytest.mark.parametrize("where", ["headers", "body"])
    def test_a_slow_drip_ends_with_the_total_time(self, server, where):
        stop = threading.Event()

        def drip(request):
            if where == "body":
                request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
            while not stop.wait(0.02):
                request.wfile.write(b"x")

        server.routes["/f"] = drip
        began = time.monotonic()
        try:
            word = reason(Fetcher([HOST], timeout=0.3, backoff=0.01), server.url("/f"))
        finally:
            stop.set()

        assert word == "timeout"
        assert time.monotonic() - began < 3  # three attempts

    def test_a_body_shorter_than_announced_is_tried_again_and_kept(self, server, fetcher):
        server.routes["/f"] = lambda request: request.raw(
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", b"half"
        )
        answer = fetcher.fetch(server.url("/f"))

        assert (answer.body, answer.complete, len(server.seen)) == (b"half", False, 2)

    def test_a_broken_chunk_keeps_what_came_before(self, server, fetcher):
        server.routes["/f"] = lambda request: request.raw(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"10000\r\n" + b"x" * 0x10000 + b"\r\nzz\r\n",
        )
        answer = fetcher.fetch(server.url("/f"))

        assert (len(answer.body), answer.complete) == (0x10000, False)

    def test_an_endless_body_is_cut_off(self, server, fetcher):
        def pour(request):
            request.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                request.wfile.write(b"x" * 65536)

        server.routes["/f"] = pour

        assert reason(fetcher, server.url("/f"), max_bytes=1 << 20) == "too_large"


class TestBombs:
    BOMB = b"\0" * (64 << 20)

    @pytest.mark.parametrize(
        ("encoding", "pack"),
        [
            ("gzip", lambda data: gzip.compress(data, 1)),
            ("deflate", lambda data: zlib.compress(data, 1)),
            ("br", lambda data: brotli.compress(data, quality=1)),
            ("zstd", lambda data: zstandard.compress(data, 1)),
            ("gzip, gzip", lambda data: gzip.compress(gzip.compress(data, 1), 1)),
        ],
    )
    def test_cost_no_more_than_the_limit(self, encoding, pack):
        packed = pack(self.BOMB)
        tracemalloc.start()
        with pytest.raises(ItemError) as caught:
            unpack(packed, encoding, 1 << 20)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        assert caught.value.reason == "too_large"
        assert peak < 8 << 20

    def test_come_over_the_wire_as_well(self, server, fetcher):
        packed = gzip.compress(self.BOMB, 9)
        server.routes["/f"] = lambda request: request.reply(body=packed, Content_Encoding="gzip")

        assert reason(fetcher, server.url("/f")) == "too_large"


PACKERS = {
    "gzip": gzip.compress,
    "X-GZIP": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


class TestEncodings:
    @pytest.mark.parametrize("name", PACKERS)
    @given(data=st.binary(max_size=2000))
    def test_are_unpacked(self, name, data):
        assert unpack(PACKERS[name](data), name, MAX_BYTES) == data

    def test_deflate_without_its_header(self):
        packer = zlib.compressobj(wbits=-15)
        packed = packer.compress(b"ciao") + packer.flush()

        assert unpack(packed, "deflate", 99) == b"ciao"

    def test_several_members_are_one_body(self):
        assert unpack(gzip.compress(b"a") + gzip.compress(b"b"), "gzip", 99) == b"ab"

    def test_a_body_that_is_not_packed_after_all(self):
        assert unpack(b"<rss/>", "gzip", 99) == b"<rss/>"

    @pytest.mark.parametrize("name", ["gzip", "br", "deflate", "zstd"])
    def test_a_cut_stream_gives_what_it_holds(self, name):
        data = bytes(range(256)) * 4000
        packed = PACKERS[name](data)

        assert data.startswith(unpack(packed[:-9], name, MAX_BYTES))

    @pytest.mark.parametrize("encoding", ["compress", "gzip,gzip,gzip", "br"])
    def test_damage_is_refused(self, encoding):
        with pytest.raises(ItemError) as caught:
            unpack(b"\xff" * 99, encoding, 999)

        assert caught.value.reason == "bad_body"

    @given(data=st.binary(max_size=200), name=st.sampled_from(sorted(PACKERS)))
    def test_any_bytes_end_as_bytes_or_an_error(self, data, name):
        try:
            unpacked = unpack(data, name, 1000)
        except ItemError:
            return

        assert len(unpacked) <= 1000


class TestAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1/",
            "http://localhost/",
            "http://2130706433/",  # decimal
            "http://017700000001/",  # octal
            "http://0x7f.1/",  # hex
            "http://127.1/",
            "http://0/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[2002:7f00:1::]/",
            "http://10.1.2.3/",
            "http://192.168.0.1/",
            "http://172.16.0.1/",
            "http://100.64.0.1/",  # carrier NAT
            "http://169.254.169.254/",
            "http://[fe80::1]/",
            "http://[fd00::1]/",
            "http://224.0.0.1/",
            "http://255.255.255.255/",
            "http://127。0。0。1/",  # full-width stops
        ],
    )
    def test_private_ones_are_blocked(self, url):
        assert reason(Fetcher(backoff=0.01), url) == "blocked_address"

    @pytest.mark.parametrize("text", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
    def test_public_ones_are_not(self, text):
        assert is_public(text)

    def test_the_check_is_made_when_connecting(self, monkeypatch, server):
        """A name that is public when asked first and private then: DNS rebinding."""
        answers = iter(["93.184.216.34", HOST])

        def resolve(host, port, **_):
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        socket.getaddrinfo("rebind.example", 80)  # what a checker beforehand would have seen

        assert reason(Fetcher(), f"http://rebind.example:{server.server_port}/") == (
            "blocked_address"
        )

    def test_opening_a_host_opens_no_other(self, server):
        server.routes["/f"] = "x"
        fetcher = Fetcher(["localhost"], backoff=0.01)

        assert fetcher.fetch(f"http://localhost:{server.server_port}/f").body == b"x"
        assert reason(fetcher, server.url("/f")) == "blocked_address"

    @pytest.mark.parametrize("host", ["0x7f.1", "[::1]", "LOCALHOST"])
    def test_a_host_may_be_opened_in_any_spelling(self, host):
        Fetcher([host])

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "ftp://a.example/",
            "file:///etc/passwd",
            "http://",
            "http://a.example:99999/",
            "http://user@a.example/",
            "http://user:secret@a.example/",
            "http://a.example/\r\nX-Evil: 1",
            "http://a.example/\tx",
            "http://a b/",
            "http://a.example/" + "x" * 3000,
            "gopher://a.example/",
            "javascript:alert(1)",
        ],
    )
    def test_other_urls_are_refused(self, url):
        with pytest.raises(ItemError) as caught:
            read_address(url)

        assert caught.value.reason == "bad_url"
        assert "secret" not in caught.value.detail

    def test_proxies_of_the_environment_are_used_but_not_for_opened_hosts(
        self, server, monkeypatch
    ):
        monkeypatch.setenv("http_proxy", server.url("/"))
        server.routes["/f"] = "direct"
        server.routes["http://93.184.216.34/f"] = "through the proxy"
        fetcher = Fetcher([HOST])

        assert fetcher.fetch("http://93.184.216.34/f").body == b"through the proxy"
        slow = Fetcher(timeout=0.3, backoff=0.01)
        server.routes["http://93.184.216.34/slow"] = lambda request: time.sleep(1)
        assert reason(slow, "http://93.184.216.34/slow") == "timeout"
        assert fetcher.fetch(server.url("/f")).body == b"direct"
        assert reason(fetcher, "http://10.0.0.1/f") == "blocked_address"


class TestPace:
    def test_a_host_is_asked_by_few_at_once_and_not_too_often(self):
        pace = Pace(frozenset(), at_once=2, apart=0.05)
        inside, most, began = [], [], []

        def ask():
            with pace.turn("a.example"):
                began.append(time.monotonic())
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.12)
                inside.pop()

        threads = [threading.Thread(target=ask) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert max(most) == 2
        assert min(b - a for a, b in zip(sorted(began), sorted(began)[1:], strict=False)) > 0.04

    def test_waiting_for_a_turn_is_no_time_of_the_response(self, server):
        server.routes["/f"] = "x"
        fetcher = Fetcher([HOST], timeout=0.3)
        fetcher._pace = Pace(frozenset(), at_once=1, apart=0.5)

        assert [fetcher.fetch(server.url("/f")).body for _ in range(2)] == [b"x", b"x"]

    def test_opened_hosts_do_not_wait(self):
        pace = Pace(frozenset(["a"]), at_once=1, apart=60)
        with pace.turn("a"), pace.turn("a"):
            pass


class TestRobots:
    TEXT = """
    User-agent: other
    User-agent: wirefold
    Disallow: /private
    Allow: /private/open
    Disallow: /*.pdf$
    Disallow: /search?q=
    Disallow:

    User-agent: *
    Disallow: /
    """

    @pytest.mark.parametrize(
        ("path", "allowed"),
        [
            ("/", True),
            ("/private/x", False),
            ("/private/open/x", True),
            ("/a/b.pdf", False),
            ("/a/b.pdf?x", True),
            ("/search?q=1", False),
            ("/search", True),
            ("/%70rivate", False),
        ],
    )
    def test_the_longest_rule_decides(self, path, allowed):
        assert read_rules(self.TEXT).allow(path) is allowed

    def test_others_follow_the_star(self):
        assert not read_rules(self.TEXT, "stranger").allow("/x")
        assert read_rules("").allow("/x")

    def test_many_stars_take_no_time(self):
        rules = read_rules("User-agent: *\nDisallow: /" + "a*" * 1000 + "b$")

        assert rules.allow("/" + "a" * 2000)

    def test_hosts_are_asked_once(self, server, fetcher):
        server.routes["/robots.txt"] = "User-agent: *\nDisallow: /no"
        robots = Robots(fetcher)
        robots.check(server.url("/yes"))
        with pytest.raises(ItemError) as caught:
            robots.check(server.url("/no/x"))

        assert caught.value.reason == "robots_disallowed"
        assert server.paths() == ["/robots.txt"]

    def test_a_missing_one_allows_and_a_broken_server_does_not(self, server, fetcher):
        Robots(fetcher).check(server.url("/x"))
        server.routes["/robots.txt"] = lambda request: request.reply(503)
        with pytest.raises(ItemError) as caught:
            Robots(fetcher).check(server.url("/x"))

        assert (caught.value.reason, caught.value.retryable) == ("http_503", True)
