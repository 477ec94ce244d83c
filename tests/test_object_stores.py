"""Tests of pipeline/home.py: runs from and to a real S3 server, moto's, on loopback."""

import json
import os
import signal
import subprocess
import sys
import time
import zlib
from datetime import timedelta

import pytest

from pipeline import stores
from pipeline.__main__ import main
from pipeline.config import Config
from pipeline.errors import BadUsage
from pipeline.run import run
from pipeline.verify import verify
from pipeline.watch import watch
from tests.conftest import AS_OF, ROOT
from tests.stores import Bucket, s3_found_by_all

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:botocore")

NEXT_DAY = AS_OF + timedelta(days=1)
STORY = (
    "The swing bridge over the Carrow opens again on Monday after nineteen months of repairs. "
    "Engineers found cracks in the turning gear in the spring of last year and closed the road. "
    "Lorries had to take the long way round by Hexley, and the ferry ran from six to midnight. "
    "The county says the work has cost four million more than was planned, most of it for steel."
)
OTHER = (
    "Farmers of the valley have brought in the smallest harvest of pears for twenty years. "
    "A late frost took the blossom in April, and hail in July spoilt much of what was left. "
    "Prices at the market of Orlo rose by a third within a week, and two presses stand still."
)


@pytest.fixture(scope="module")
def first():
    """Return a bucket with two articles and a run that has published them."""
    with s3_found_by_all() as client:
        bucket = Bucket(client, "first")
        bucket.put("in/uno.txt", STORY.encode())
        bucket.put("in/due.txt", OTHER.encode())
        run_to(bucket)
        yield bucket


@pytest.fixture
def bucket(first, request):
    """Return a bucket of the test's own with the same in it."""
    copy = Bucket(first.client, f"b{zlib.crc32(request.node.name.encode())}")
    for key in first.listed(""):
        copy.client.copy_object(Bucket=copy.name, Key=key, CopySource=f"{first.name}/{key}")
    return copy


def run_to(bucket: Bucket, *sources: str, **settings):
    given = {"as_of": AS_OF, "run_id": "r1", "entity_engine": "none", "output": f"{bucket}/out"}
    return run(Config(sources=sources or (f"{bucket}/in",), **{**given, **settings}))


def test_run_from_and_to_a_store_gives_what_one_to_a_folder_does(first, tmp_path):
    local = run_to(first, output=str(tmp_path / "out"))

    manifest = json.loads(first.get("out/_runs/r1/manifest.json"))
    assert manifest["counts"]["articles"] == 2
    assert manifest["files"] == local["files"]
    assert manifest["config"]["output"] == f"{first}/out"
    assert "out/_runs/r1/report.html" in first.listed()
    assert verify(f"{first}/out") == []


def test_second_run_knows_the_first(bucket):
    bucket.put("in/copy.txt", (STORY + " Agencies.").encode())

    counts = run_to(bucket, run_id="r2", as_of=NEXT_DAY)["counts"]

    assert (counts["unchanged"], counts["duplicates"], counts["articles"]) == (2, 1, 0)
    (copy,) = bucket.rows("duplicates")
    assert copy["duplicate_of"] in {row["article_id"] for row in bucket.rows("articles")}
    assert verify(f"{bucket}/out") == []


def test_re_run_of_the_same_changes_no_table(first, bucket):
    tables = [key for key in bucket.listed() if "/_" not in key]

    run_to(bucket, f"{first}/in")

    assert [key for key in bucket.listed() if "/_" not in key] == tables
    assert len(bucket.listed("out/_state/")) == 2  # that of the manifest before is gone
    assert verify(f"{bucket}/out") == []


def test_re_run_with_other_input_replaces_its_files(bucket):

    run_to(bucket, f"{bucket}/in/due.txt")

    assert [row["text"].strip() for row in bucket.rows("articles")] == [OTHER.strip()]
    assert verify(f"{bucket}/out") == []


def test_state_that_is_lost_is_rebuilt_from_the_tables(bucket, caplog):
    for key in bucket.listed("out/_state/"):
        bucket.drop(key)

    counts = run_to(bucket, run_id="r2", as_of=NEXT_DAY)["counts"]

    assert counts["unchanged"] == 2
    assert "the memory of run r1 is missing; rebuilding it" in caplog.text


def test_output_below_a_source_is_not_read(bucket):
    assert run_to(bucket, f"{bucket}", run_id="r2", as_of=NEXT_DAY)["counts"]["read"] == 2


def test_what_a_killed_run_has_put_does_not_count(bucket):
    """Kill a real run as soon as its first file is there; the next one puts everything right."""
    command = [sys.executable, "-m", "pipeline", f"{bucket}/in", "--output", f"{bucket}/new"]
    command += ["--run-id=r1", f"--as-of={AS_OF.isoformat()}", "--entity-engine=none", "-q"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        while not bucket.listed("new/articles/") and process.poll() is None:
            time.sleep(0.001)
        os.kill(process.pid, signal.SIGKILL)
    if not bucket.listed("new/_runs/r1/manifest.json"):
        assert all(one.endswith("no manifest names it") for one in verify(f"{bucket}/new"))

    assert run_to(bucket, output=f"{bucket}/new")["counts"]["articles"] == 2

    assert verify(f"{bucket}/new") == []


def test_verify_names_what_is_off(bucket):
    (key,) = bucket.listed("out/articles/")
    bucket.put(key, b"something else")
    bucket.put("out/articles/date=2024-06-20/lang=it/part-9.parquet", b"left behind")

    problems = verify(f"{bucket}/out")
    bucket.drop(key)

    assert f"{key[4:]}: its content is not what was published" in problems
    assert "articles/date=2024-06-20/lang=it/part-9.parquet: no manifest names it" in problems
    assert f"{key[4:]}: is missing" in verify(f"{bucket}/out")


def test_flags_of_beam_reach_every_worker(bucket):
    bucket.put("in/tre.txt", b"Una notizia")
    environment = {name: value for name, value in os.environ.items() if name != "AWS_ENDPOINT_URL"}
    command = [sys.executable, "-m", "pipeline", f"{bucket}/in", "--output", f"{bucket}/out"]
    server = os.environ["AWS_ENDPOINT_URL"]
    command += ["--workers=2", "--entity-engine=none", "-q", f"--s3_endpoint_url={server}"]

    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert len(bucket.rows("articles")) == 3


def test_bucket_that_is_not_there_is_told_before_the_run(bucket):
    with pytest.raises(BadUsage, match=r"^--output 's3://no-such-bucket/out': there is no bucket"):
        run(Config(sources=(f"{bucket}/in",), output="s3://no-such-bucket/out", as_of=AS_OF))


def test_package_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(stores, "find_spec", lambda name: None)

    for url, package in (("s3://b/out", "wirefold"), ("gs://b/out", "apache-beam")):
        with pytest.raises(BadUsage, match=rf':// needs a package: pip install "{package}\['):
            run(Config(sources=(url,), output="unused", as_of=AS_OF))


def test_scheme_that_nobody_knows_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text(STORY)

    with pytest.raises(
        BadUsage, match="--output 'floppy://a/out': no file system of this scheme is known"
    ):
        run(Config(sources=(str(tmp_path),), output="floppy://a/out", as_of=AS_OF))


def test_commands_that_need_a_folder_say_so(tmp_path):
    with pytest.raises(BadUsage, match="copy it to this machine first; only verify goes there"):
        main(["query", "s3://bucket/out", "FROM runs"])
    with pytest.raises(BadUsage, match="watch writes to a folder of this machine"):
        watch(Config(sources=(str(tmp_path),), output="s3://bucket/out"), timedelta(minutes=5))
