"""Tests of pipeline/stores.py: what is said before a run when an object store cannot be used."""

import json
import os
import subprocess
import sys

import pytest

from pipeline.errors import BadUsage
from pipeline.stores import open_stores
from tests.conftest import ROOT, SEEDS
from tests.loopback import HOST, free_port
from tests.stores import KEYS, Bucket, s3_found_by_all, s3_server

RUN = ["--run-id", "seeds", "--as-of", "2025-01-15T06:00:00Z", "--json"]


def wirefold(*arguments, **environment):
    """Run the program in an environment that holds nothing of AWS but what is given."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *map(str, arguments)],
        cwd=ROOT,
        env=bare | {"AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent"} | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def store():
    """Serve S3 with the seeds in the bucket `news`; give the environment that finds it."""
    with s3_found_by_all() as client:
        bucket = Bucket(client, "news")
        for path in SEEDS.iterdir():
            bucket.put(f"seeds/{path.name}", path.read_bytes())
        bucket.put("lists/feeds.opml", b"<opml version='2.0'><body/></opml>")
        yield {name: os.environ[name] for name in (*KEYS, "AWS_ENDPOINT_URL")}


def test_scheme_that_nobody_knows_is_refused():
    with pytest.raises(BadUsage, match="SOURCE 'floppy://a/x': no file system of this scheme"):
        open_stores(["floppy://a/x"], "out", [])


def test_files_and_feeds_are_not_asked_for():
    open_stores(["seeds", "file:///seeds", "https://a.example/rss"], "out", [])


def test_a_folder_of_a_bucket_gives_what_the_folder_gives(tmp_path, store):
    here = wirefold(SEEDS, "--output", tmp_path / "here", *RUN)
    there = wirefold("s3://news/seeds", "--output", tmp_path / "there", *RUN, **store)
    local, remote = json.loads(here.stdout), json.loads(there.stdout)

    assert remote["counts"] == local["counts"]
    (one,), (other,) = remote["sources"], local["sources"]
    assert one == other | {"uri": "s3://news/seeds"}


def test_what_is_new_of_a_glob_is_told(tmp_path, store):
    done = wirefold("s3://news/se*/*.txt", "--output", tmp_path / "out", *RUN, **store)
    manifest = json.loads(done.stdout)

    assert manifest["counts"]["read"] == len(list(SEEDS.glob("*.txt")))
    assert manifest["sources"][0]["kind"] == "glob"
    assert manifest["sources"][0]["new"] == manifest["counts"]["read"]


def test_list_of_feeds_is_opened(tmp_path, store):
    done = wirefold("s3://news/lists/feeds.opml", "--output", tmp_path / "out", *RUN, **store)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sources"][0]["status"] == "ok"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("s3://No!/x", "'No!' is no name of a bucket"),
        ("s3:///x", "'' is no name of a bucket"),
    ],
)
def test_name_that_no_bucket_can_have_is_bad_usage(tmp_path, store, source, message):
    output = tmp_path / "out"
    done = wirefold(source, "--output", output, **store)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"wirefold: SOURCE {source!r}: {message}\n"
    assert not output.exists()


@pytest.mark.parametrize(
    "source", ["s3://news/nothing.txt", "s3://news/nothing/*.txt", "s3://nobody/x"]
)
def test_source_that_is_not_there_is_a_reject(tmp_path, store, source):
    done = wirefold(source, "--output", tmp_path / "out", *RUN, **store)

    assert done.returncode == 4, done.stderr
    assert json.loads(done.stdout)["counts"]["rejects_by_reason"] == {"not_found": 1}


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ([SEEDS, "--output", "s3://nobody/x"], "--output"),
        ([SEEDS, "--output", "s3://nobody/x", "--dry-run"], "--output"),
        (["verify", "s3://nobody/x"], "DIR"),
    ],
)
def test_bucket_that_is_not_there_is_bad_usage(store, arguments, what):
    done = wirefold(*arguments, **store)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"wirefold: {what} 's3://nobody/x': there is no bucket 'nobody'\n"


def test_folder_without_any_run_is_not_verified(store):
    done = wirefold("verify", "s3://news/nothing", **store)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "wirefold: DIR 's3://news/nothing': no such folder\n"


def test_without_credentials(tmp_path, store):
    without = {name: value for name, value in store.items() if "KEY" not in name}
    done = wirefold("s3://news/seeds", "--output", tmp_path / "out", **without)

    assert done.returncode == 2
    assert "no credentials for s3://: set AWS_ACCESS_KEY_ID" in done.stderr
    assert done.stderr.count("\n") == 1


def test_profile_that_is_not_there(tmp_path, store):
    done = wirefold("s3://news/seeds", "--output", tmp_path / "out", **store, AWS_PROFILE="nobody")

    assert done.returncode == 2
    assert done.stderr.endswith(": The config profile (nobody) could not be found\n")


def test_store_that_does_not_answer(tmp_path, store):
    gone = store | {"AWS_ENDPOINT_URL": f"http://{HOST}:{free_port()}"}
    done = wirefold("s3://news/seeds", "--output", tmp_path / "out", **gone)

    assert done.returncode == 1
    assert "Could not connect to the endpoint" in done.stderr
    assert done.stderr.count("\n") == 1


def test_access_that_is_denied_is_a_reject(tmp_path, store, monkeypatch):
    """Without keys that it knows, moto's server lets the first request pass."""
    monkeypatch.setenv("INITIAL_NO_AUTH_ACTION_COUNT", "1")
    with s3_server() as environment:
        import boto3  # noqa: PLC0415  an extra

        Bucket(boto3.client("s3", endpoint_url=environment["AWS_ENDPOINT_URL"]), "denied")
        done = wirefold("s3://denied/x", "--output", tmp_path / "out", *RUN, **environment)
    manifest = json.loads(done.stdout)

    assert done.returncode == 4, done.stderr
    assert manifest["counts"]["rejects_by_reason"] == {"unreadable": 1}
    assert manifest["sources"][0]["status"] == "failed"
