"""Tests of whole runs over feeds from a real server on loopback."""

from datetime import timedelta

import pytest

from pipeline.config import Config
from pipeline.output import OutputFolder
from pipeline.run import run
from pipeline.verify import verify
from pipeline.watch import Watch, cycle
from tests.conftest import AS_OF
from tests.loopback import HOST, serving
from tests.test_run import counts, hashes, rows, story


@pytest.fixture
def server():
    with serving() as server:
        yield server


def feed(*numbers: int) -> str:
    items = "".join(
        f"<item><title>t{n}</title><guid>g{n}</guid><description>{story(n)}</description></item>"
        for n in numbers
    )
    return f"<rss version='2.0'><channel><title>The Wire</title>{items}</channel></rss>"


def config(server, output, days: int = 0, **fields) -> Config:
    return Config(
        **{
            "sources": (server.url("/feed"),),
            "output": str(output),
            "as_of": AS_OF + timedelta(days=days),
            "run_id": f"r{days}",
            "entity_engine": "none",
            "allow_private_hosts": (HOST,),
            **fields,
        }
    )


def test_a_second_run_takes_only_what_is_new(server, tmp_path):
    server.routes["/feed"] = feed(1, 2)
    first = run(config(server, tmp_path))
    assert counts(first) == (2, 2, 0, 0, 0)
    (source,) = first["sources"]
    assert source.pop("seconds") > 0
    assert source == {
        "uri": server.url("/feed"),
        "kind": "feed",
        "status": "ok",
        "items": 2,
        "new": 2,
        "unchanged": 0,
        "bytes": len(feed(1, 2)),
    }
    server.routes["/feed"] = feed(1, 2, 3)
    second = run(config(server, tmp_path, days=1))
    assert counts(second) == (3, 1, 0, 2, 0)
    assert (second["sources"][0]["new"], second["sources"][0]["unchanged"]) == (1, 2)
    assert verify(str(tmp_path)) == []


def test_the_same_run_again_needs_no_network(server, tmp_path):
    server.routes["/feed"] = feed(1, 2)
    run(config(server, tmp_path))
    before = hashes(tmp_path)
    server.routes["/feed"] = feed(7)
    assert counts(run(config(server, tmp_path))) == (2, 2, 0, 0, 0)
    assert hashes(tmp_path) == before
    run(config(server, tmp_path, refetch=True))
    assert set(rows(tmp_path)) == {"feed#g7 1"}


def test_a_source_that_fails_is_told_and_loses_nothing(server, tmp_path):
    server.routes["/feed"] = feed(1)
    sources = (server.url("/feed"), server.url("/gone"))
    manifest = run(config(server, tmp_path, sources=sources))
    assert counts(manifest) == (2, 1, 0, 0, 1)
    status = {source["uri"]: source["status"] for source in manifest["sources"]}
    assert status == {server.url("/feed"): "ok", server.url("/gone"): "failed"}
    assert manifest["counts"]["rejects_by_reason"] == {"http_404": 1}


def test_a_watch_of_unchanged_feeds_publishes_once_and_remembers(server, tmp_path):
    server.routes["/feed"] = feed(1)
    state = Watch(OutputFolder(str(tmp_path)))
    settings = config(server, tmp_path, as_of=AS_OF)
    assert counts(cycle(settings, state)) == (1, 1, 0, 0, 0)
    for _ in range(3):
        assert cycle(settings, state) is None
    assert len(state.output.manifests()) == 1
    server.routes["/feed"] = feed(1, 2)
    cycle(settings, state)
    assert set(rows(tmp_path)) == {"feed#g1 1", "feed#g2 1"}
    assert verify(str(tmp_path)) == []
