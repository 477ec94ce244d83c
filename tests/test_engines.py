"""Every engine gives the table files that the in-process runner gives, byte for byte.

Each is given the seeds, and then the first 2,000 articles of the development corpus of wire copy,
where that lies beside the checkout. On two cores the articles take 14 s in process, 22 s in a
worker pool, 21 s on Prism, 55 s within Flink's job server and 87 s on a Flink cluster, which is
what the seeds take there. Engines that need more than Python are set up by `make test-engines`;
without it their tests skip.
"""

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from zipfile import ZipFile

import pytest

from pipeline.engines import check_engine, explained
from pipeline.errors import BadUsage, RunFailed
from pipeline.verify import verify
from pipeline.worker_pool import main as worker_pool
from tests.conftest import ROOT, SEEDS, SHARED, needs_shared
from tests.flink import Cluster, job_server, kill
from tests.loopback import free_port, listens
from tests.stores import Bucket, s3_found_by_all
from tools.engines import FLINK, FLINK_JOB_SERVER, JOB_SERVER, PRISM

PATIENCE = 600  # seconds until a run that hangs is a failure; a quiet machine needs 15
MANY = 2_000  # articles of the development corpus
RUN = ["--run-id", "seeds", "--as-of", "2025-01-15T06:00:00Z", "--json"]


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    told = [path.read_text() for path in Path("/proc").glob(f"{pid}/task/*/children")]
    return [int(child) for text in told for child in text.split()]


def tables(manifest: dict) -> list:
    """Return what a run published: each file with its hash, and the counts."""
    files = sorted((one["path"], one["rows"], one["sha256"]) for one in manifest["files"])
    return [*files, manifest["counts"]]


def run_seeds(output, *flags, source="seeds") -> dict:
    """Run the command over the seeds and return its manifest."""
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", source, "--output", output, *RUN, *flags],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


@contextmanager
def a_server(log, *command, port, **options):
    """Start a server, wait until it listens, and end it."""
    with open(log, "wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, **options)
    try:
        while not listens(port):
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def in_process(tmp_path_factory):
    return tables(run_seeds(tmp_path_factory.mktemp("in-process")))


def development_articles(path: Path) -> Path:
    """Write the first of the development articles as rows that wirefold reads."""
    with gzip.open(SHARED / "data/wirecopy/dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in islice(lines, MANY)]
    for row in rows:
        row["published"] = datetime.fromtimestamp(row["published"], UTC).isoformat()
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


@pytest.fixture(scope="module", params=["seeds", pytest.param("articles", marks=needs_shared)])
def given(request, tmp_path_factory):
    """Give a source, and the tables that the in-process runner makes of it."""
    if request.param == "seeds":
        return "seeds", request.getfixturevalue("in_process")
    source = development_articles(tmp_path_factory.mktemp("given") / "dev.jsonl")
    manifest = run_seeds(tmp_path_factory.mktemp("in-process"), source=source)
    assert manifest["counts"]["read"] == MANY
    assert manifest["counts"]["duplicates"] > MANY // 10  # folding has something to do
    return source, tables(manifest)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Give a folder that holds what the wheel holds: all that a worker far away has of us."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (path,) = folder.glob("*.whl")
    with ZipFile(path) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


@pytest.fixture
def pool(tmp_path, wheel):
    """Run a worker pool from the wheel, in a folder of its own; give it and Beam's flags for it."""
    port = free_port()
    home = tmp_path / "worker"
    home.mkdir()
    command = [sys.executable, "-m", "pipeline.worker_pool", f"--service_port={port}"]
    # PATH is as bare as a service's: the pool itself finds its `python`.
    environment = {**os.environ, "PYTHONPATH": str(wheel), "PATH": os.defpath}
    flags = ["--environment_type=EXTERNAL", f"--environment_config=localhost:{port}"]
    with a_server(tmp_path / "pool.log", *command, port=port, cwd=home, env=environment) as process:
        yield process, flags


@pytest.fixture
def elsewhere(tmp_path, pool):
    """Run a job service for the worker pool; give Beam's flags for both."""
    port = free_port()
    service = "apache_beam.runners.portability.local_job_service_main"
    command = [sys.executable, "-m", service, "-p", str(port)]
    with a_server(tmp_path / "service.log", *command, port=port, cwd=tmp_path):
        yield ["--runner=PortableRunner", f"--job_endpoint=localhost:{port}", *pool[1]]


def test_worker_pool_elsewhere(tmp_path, elsewhere, given):
    source, expected = given

    manifest = run_seeds(tmp_path / "out", *elsewhere, source=source)

    assert tables(manifest) == expected
    assert manifest["runner"] == "PortableRunner"


def test_worker_pool_that_shares_an_object_store_alone(request):
    with s3_found_by_all() as client:
        bucket = Bucket(client, "news")
        bucket.put("seeds/agency.jsonl", (SEEDS / "agency.jsonl").read_bytes())
        expected = run_seeds("s3://news/here", source="s3://news/seeds")
        elsewhere = request.getfixturevalue("elsewhere")  # started when the server is known

        manifest = run_seeds("s3://news/there", *elsewhere, source="s3://news/seeds")
        again = run_seeds(
            "s3://news/there", *elsewhere, "--run-id=seeds-2", source="s3://news/seeds"
        )

        assert tables(manifest) == tables(expected)
        assert again["counts"]["articles"] + again["counts"]["duplicates"] == 0
        assert bucket.listed("there/_staging/") == []
        assert verify("s3://news/there") == []


def test_worker_that_dies_ends_the_run_and_the_next_is_right(tmp_path, pool, elsewhere, in_process):
    output = tmp_path / "out"
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "pipeline", "seeds", "--output", output),
            *(*RUN, *elsewhere, "--job_server_timeout=60"),
        ],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while not list(output.glob("_staging/seeds/*.arrow")):
            assert process.poll() is None, "it was to be killed at work"
            time.sleep(0.01)
        (worker,) = children(pool[0].pid)
        os.kill(worker, signal.SIGKILL)
        said = process.communicate(timeout=PATIENCE)[1]

    assert process.returncode == 1
    # Beam's job service does not always notice; then the command stops waiting for it.
    died = "a worker process died: it was ended, or memory ran out"
    silent = "the engine said nothing for too long: a worker may have died"
    endings = [f"wirefold: {what}; nothing was published\n" for what in (died, silent)]
    assert said.endswith(tuple(endings))
    assert sorted(path.name for path in output.iterdir()) == ["_lock", "_staging"]
    assert tables(run_seeds(output)) == in_process


@pytest.mark.skipif(not PRISM.exists(), reason="no Prism: `make test-engines` builds it with Go")
def test_prism(tmp_path, given):
    source, expected = given
    flags = ["--runner=PrismRunner", f"--prism_location={PRISM}"]

    manifest = run_seeds(tmp_path, *flags, source=source)

    assert tables(manifest) == expected


@pytest.mark.skipif(
    not JOB_SERVER.exists(), reason="no Flink job server: `make test-engines` asks Maven for it"
)
def test_flink_of_one_process(tmp_path, given):
    source, expected = given
    flags = ["--runner=FlinkRunner", "--flink_master=[local]", "--parallelism=2"]

    manifest = run_seeds(tmp_path, *flags, f"--flink_job_server_jar={JOB_SERVER}", source=source)

    assert tables(manifest) == expected


needs_flink = pytest.mark.skipif(
    not (FLINK.exists() and FLINK_JOB_SERVER.exists() and shutil.which("java")),
    reason="no Flink: `make test-engines` asks PyPI and Maven for it; Java is needed",
)


@needs_flink
def test_flink_within_the_job_server(tmp_path, given):
    source, expected = given

    with job_server(tmp_path, "[local]") as flags:
        manifest = run_seeds(tmp_path / "out", *flags, "--environment_type=LOOPBACK", source=source)

    assert tables(manifest) == expected


@needs_flink
def test_flink_cluster(tmp_path, given, pool):
    source, expected = given
    cluster = Cluster(tmp_path)
    with (
        cluster.job_manager(),
        cluster.task_manager(),
        job_server(tmp_path, cluster.master) as service,
    ):
        for name, flags in (("loopback", ["--environment_type=LOOPBACK"]), ("external", pool[1])):
            manifest = run_seeds(tmp_path / name, *service, *flags, source=source)

            assert tables(manifest) == expected


@needs_flink
def test_flink_that_loses_its_task_manager_publishes_all_or_nothing(tmp_path, in_process):
    cluster, output = Cluster(tmp_path), tmp_path / "out"
    with cluster.job_manager(), job_server(tmp_path, cluster.master) as service:
        flags = [*service, "--environment_type=LOOPBACK"]
        with (
            cluster.task_manager() as task_manager,
            subprocess.Popen(
                [
                    *(sys.executable, "-m", "pipeline", "seeds", "--output", output),
                    *(*RUN, *flags, "--job_server_timeout=60"),
                ],
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            ) as run,
        ):
            while not list(output.glob("_staging/seeds/*.arrow")):
                assert run.poll() is None, "it was to lose its engine at work"
                time.sleep(0.01)
            kill(task_manager)
            with cluster.task_manager():
                code = run.wait(PATIENCE)
                published = (output / "_runs/seeds/manifest.json").exists()
                again = run_seeds(output, *flags)

    assert (code == 0) is published
    assert tables(again) == in_process


@pytest.mark.parametrize(
    ("runner", "flags", "told"),
    [
        ("PortableRunner", [], "name the engine's job service"),
        ("PortableRunner", ["--job_endpoint=nowhere"], "is not HOST:PORT"),
        ("PortableRunner", ["--job_endpoint=localhost:1"], "no job service answers at localhost:1"),
        ("FlinkRunner", ["--job_endpoint=localhost:1"], "no job service answers at localhost:1"),
        ("FlinkRunner", [], "needs Java 11 or later"),
        ("SparkRunner", [], "needs Java 11 or later"),
        ("PrismRunner", ["--prism_location=/no/prism"], "'/no/prism': no such file"),
        ("DataflowRunner", [], r'pip install "apache-beam\[gcp\]=='),
        ("nobody.knows.Runner", [], "there is no Python module nobody.knows"),
    ],
)
def test_what_an_engine_lacks_is_said_before_the_run(runner, flags, told, monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setattr("pipeline.engines.find_spec", lambda _: None)

    with pytest.raises(BadUsage, match=told):
        check_engine(runner, flags)


@pytest.mark.parametrize("engine", ["flink", "spark"])
def test_jar_that_is_not_there_is_named(engine):
    flag = f"--{engine}_job_server_jar"

    with pytest.raises(BadUsage, match=rf"{flag}: '/no.jar': no such file"):
        check_engine(f"{engine.title()}Runner", [f"{flag}=/no.jar"])


@pytest.mark.parametrize("engine", ["flink", "spark"])
def test_jar_that_goes_to_the_cluster_itself_needs_no_java_here(engine, monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))

    check_engine(f"{engine.title()}Runner", [f"--{engine}_submit_uber_jar"])


@pytest.mark.parametrize(
    ("what", "flag"),
    [("job server jar", "--flink_job_server_jar"), ("prism binary", "--prism_location")],
)
def test_download_that_fails_is_bad_usage(what, flag):
    error = explained(f"Unable to fetch remote {what} at nowhere: [Errno -2] Name not known")

    assert isinstance(error, BadUsage)
    assert flag in str(error)


def test_refusal_of_the_machine_is_a_failed_run_and_all_else_a_bug():
    error = explained("OSError: [Errno 28] No space left on device [while running 'Stage']")

    assert isinstance(error, RunFailed)
    assert "No space left on device" in str(error)
    assert explained("KeyError: 'language'") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("failed in state FAILED: RuntimeError: Channel closed prematurely.", "a worker process"),
        ("status = StatusCode.UNAVAILABLE, details = 'Socket closed'", "job service went away"),
    ],
)
def test_part_of_an_engine_that_is_gone_is_a_failed_run(text, told):
    error = explained(text)

    assert isinstance(error, RunFailed)
    assert told in str(error)


@pytest.mark.parametrize("runner", ["DirectRunner", "apache_beam.runners.direct.DirectRunner"])
def test_engine_that_lacks_nothing_passes(runner):
    check_engine(runner, ["--labels=a=b"])


def test_worker_pool_without_a_python_of_that_name_does_not_start(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("sys.executable", str(tmp_path / "python3"))

    assert worker_pool([]) == 2
    assert capsys.readouterr().err == (
        f"wirefold: {tmp_path} holds no `python`: use a virtual environment's\n"
    )
