"""Tests of deploy/dataflow: what the template asks for, and the job that its launcher makes.

There is no Google Cloud here. A storage emulator on loopback stands for its buckets, and Beam's own
workers for Dataflow's. `make test-deploy` sets both up, with Beam's extra `gcp`, in an environment
of their own; a test that needs it skips where it is not there.
"""

import importlib.util
import io
import json
import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest
from apache_beam.portability.api import beam_runner_api_pb2

from pipeline.arguments import read_run
from pipeline.errors import BadUsage
from pipeline.flags import FLAGS
from tests.conftest import ROOT, SEEDS
from tests.loopback import serving

DATAFLOW = ROOT / "deploy/dataflow"
PROGRAMS = ROOT / ".venv/dataflow/bin"
METADATA = json.loads((DATAFLOW / "metadata.json").read_text("utf-8"))
PARAMETERS = {parameter["name"]: parameter for parameter in METADATA["parameters"]}
RUN = ["--run_id=daily-2025-01-14", "--as_of=2025-01-15T00:00:00Z"]
# For each parameter what both Dataflow and wirefold take, and what both refuse.
TAKEN = {
    "input": ["gs://bucket/news/2025-01-14", "gs://bucket/*.jsonl.gz", "https://news.example/rss"],
    "output": ["gs://bucket/wirefold"],
    "run_id": ["daily-2025-01-14", "a b/c"],
    "as_of": ["2025-01-15T00:00:00Z", "2025-01-15T00:00:00+01:00"],
    "window": ["7d", "36h"],
    "map": ["text=body", "published=a date"],
    "partition_by": ["date,lang", "date"],
    "max_reject_ratio": ["0", "0.05", "1.0"],
    "entity_engine": ["builtin", "none"],
    "max_file_bytes": ["500000", "10G"],
    "workers": ["1", "16"],
}
REFUSED = {
    "run_id": ["", "x" * 201],
    "as_of": ["2025-01-15", "today"],
    "window": ["7 days", "week"],
    "map": ["text", "colour=body"],
    "partition_by": ["lang", "date,source"],
    "max_reject_ratio": ["1.5", "-1", "half"],
    "entity_engine": ["spacey"],
    "max_file_bytes": ["big", "-1"],
    "workers": ["0", "many"],
}


def flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def matches(name: str, value: str) -> bool:
    return all(re.fullmatch(pattern, value) for pattern in PARAMETERS[name]["regexes"])


def settings(**given):
    """Return what wirefold makes of parameters; those that are needed are there."""
    given = {"input": "gs://bucket/news", "output": "gs://bucket/wirefold"} | given
    return read_run([f"{flag(name)}={value}" for name, value in given.items()]).config


def test_template_says_what_google_documents():
    assert METADATA["name"]
    assert METADATA["description"]
    for parameter in METADATA["parameters"]:
        assert parameter.keys() - {"isOptional"} == {"name", "label", "helpText", "regexes"}
        assert parameter.get("isOptional", True) is True


def test_parameters_are_options_of_a_run():
    assert {flag(name) for name in PARAMETERS} < set(FLAGS)
    needed = {name for name, parameter in PARAMETERS.items() if "isOptional" not in parameter}
    assert needed == {"input", "output", "run_id", "as_of"}


def test_defaults_are_those_of_a_run():
    as_of = "2025-01-15T00:00:00Z"
    for name, parameter in PARAMETERS.items():
        for default in re.findall(r"Default: (?!all)(\S+)$", parameter["helpText"]):
            assert settings(**{name: default, "as_of": as_of}) == settings(as_of=as_of), name


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, vs in TAKEN.items() for v in vs])
def test_template_takes_what_a_run_takes(name, value):
    assert matches(name, value)
    settings(**{name: value})


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, vs in REFUSED.items() for v in vs])
def test_template_refuses_what_a_run_refuses(name, value):
    assert not matches(name, value)
    with pytest.raises(BadUsage):
        settings(**{name: value})


def test_examples_in_the_help_match():
    assert set(TAKEN) == set(PARAMETERS)
    for name, parameter in PARAMETERS.items():
        for example in re.findall(r"Example: (\S+)$", parameter["helpText"]):
            assert matches(name, example.replace("BUCKET", "bucket"))


def test_image_has_the_launcher_and_the_beam_of_the_project():
    text = (DATAFLOW / "Dockerfile").read_text("utf-8")
    (beam,) = re.findall(r'"apache-beam==(.+)"', (ROOT / "pyproject.toml").read_text("utf-8"))
    (copied, folder) = re.findall(r"^COPY (?!--from)(.+) (\S+)$", text, re.M)[0]
    (entry,) = re.findall(r"FLEX_TEMPLATE_PYTHON_PY_FILE=(\S+)", text)

    assert re.findall(r"apache-beam\[gcp\]==([^\"]+)", text) == [beam]
    assert all((DATAFLOW / name).exists() for name in copied.split())
    assert entry in [folder + name for name in copied.split()]


@pytest.fixture
def launcher(monkeypatch):
    """Return deploy/dataflow/launch.py as a module."""
    monkeypatch.chdir(ROOT)  # where `python -m pipeline` is found
    spec = importlib.util.spec_from_file_location("launch", DATAFLOW / "launch.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_source_that_fails_does_not_fail_the_job(launcher, tmp_path, caplog):
    sources = [str(SEEDS), "http://127.0.0.1:9/feed"]

    launcher.carry_out([*sources, f"--output={tmp_path / 'out'}", "--run-id=r"])

    assert "published, though a source could not be read" in caplog.text
    assert (tmp_path / "out/_runs/r/manifest.json").exists()


def test_a_run_that_published_nothing_fails_the_job(launcher, tmp_path):
    flags = [str(SEEDS), f"--output={tmp_path / 'out'}", "--max-reject-ratio=0"]

    with pytest.raises(RuntimeError, match=r"wirefold ended with 3: .* nothing was published"):
        launcher.carry_out(flags)


def test_a_wrong_setting_ends_the_launch(launcher, tmp_path, capsys):
    given = [f"--input={SEEDS}", f"--output={tmp_path / 'out'}", *RUN, "--workers=0"]

    with pytest.raises(SystemExit) as ended:
        launcher.main([*given, "--runner=FnApiRunner"])

    assert ended.value.code == 2
    assert "error: --workers: 0" in capsys.readouterr().err


def program(name: str) -> str:
    if not (PROGRAMS / name).exists():
        pytest.skip("the environment with Beam's extra gcp is not there: make test-deploy")
    return str(PROGRAMS / name)


def test_google_reads_the_template():
    script = """
import json, sys
from google.cloud.dataflow_v1beta3 import TemplateMetadata
text = json.dumps({k: v for k, v in json.load(sys.stdin).items() if k != "_comment"})
print(len(TemplateMetadata.from_json(text, ignore_unknown_fields=False).parameters))
"""
    done = subprocess.run(
        [program("python"), "-c", script],
        input=json.dumps(METADATA),
        capture_output=True,
        text=True,
        check=True,
    )

    assert int(done.stdout) == len(PARAMETERS)


@pytest.fixture(scope="module")
def bucket():
    """Serve an empty bucket `news` on loopback, with the seeds in it; return the server's URL."""
    emulator = program("gcp-storage-emulator")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [emulator, "start", "--host=127.0.0.1", f"--port={port}", "--in-memory"]
    silent = subprocess.DEVNULL
    with subprocess.Popen(
        [*command, "--default-bucket=news"], stdout=silent, stderr=silent
    ) as process:
        try:
            end = time.monotonic() + 60
            while time.monotonic() < end:
                try:
                    urllib.request.urlopen(f"{url}/storage/v1/b/news").close()
                    break
                except urllib.error.URLError:
                    time.sleep(0.1)
            for path in SEEDS.rglob("*"):
                if path.is_file():
                    name = quote(f"2025-01-14/{path.relative_to(SEEDS)}", safe="")
                    put = f"{url}/upload/storage/v1/b/news/o?uploadType=media&name={name}"
                    urllib.request.urlopen(put, data=path.read_bytes()).close()
            yield url
        finally:
            process.terminate()


def kept_here(url: str) -> dict[str, str]:
    """Return an environment where Google's names of machines and credentials lead nowhere."""
    here = {
        "STORAGE_EMULATOR_HOST": url,
        "GCE_METADATA_HOST": "127.0.0.1:9",
        "GCE_METADATA_IP": "127.0.0.1:9",
        "NO_GCE_CHECK": "true",
        "PYTHONPATH": str(ROOT),
    }
    return os.environ | here


def launch(url: str, *flags: str) -> None:
    """Run the launcher, from and to a bucket."""
    command = [program("python"), str(DATAFLOW / "launch.py"), "--input=gs://news/2025-01-14"]
    done = subprocess.run(
        [*command, "--output=gs://news/wirefold", *RUN, *flags],
        cwd=ROOT,
        env=kept_here(url),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def stored(url: str, name: str) -> bytes:
    place = f"{url}/download/storage/v1/b/news/o/{quote(name, safe='')}?alt=media"
    with urllib.request.urlopen(place) as answer:
        return answer.read()


def objects(url: str) -> list[str]:
    with urllib.request.urlopen(f"{url}/storage/v1/b/news/o") as answer:
        return [item["name"] for item in json.load(answer)["items"]]


def test_dataflow_runner_makes_a_job_of_one_step(bucket, tmp_path):
    launch(
        bucket,
        "--runner=DataflowRunner",
        "--project=wirefold-test",
        "--region=europe-west1",
        "--job_name=daily",
        "--no_auth",
        "--temp_location=gs://news/temp",
        "--staging_location=gs://news/staging",
        "--sdk_container_image=wirefold-dataflow:1",
        f"--template_location={tmp_path / 'job.json'}",
    )

    job = json.loads((tmp_path / "job.json").read_text())
    (pool,) = job["environment"]["workerPools"]
    (harness,) = pool["sdkHarnessContainerImages"]
    assert job["type"] == "JOB_TYPE_BATCH"
    assert harness["containerImage"] == "wirefold-dataflow:1"
    (name,) = [name for name in objects(bucket) if name.endswith("pipeline.pb")]
    graph = beam_runner_api_pb2.Pipeline.FromString(stored(bucket, name))
    (root,) = [graph.components.transforms[step] for step in graph.root_transform_ids]
    steps = [graph.components.transforms[step].unique_name for step in root.subtransforms]
    assert steps == ["Flags", "Wirefold"]


def test_workers_carry_out_a_day_from_bucket_to_bucket(bucket):
    workers = ["--direct_running_mode=multi_processing", "--direct_num_workers=2"]
    tries = []
    for _ in range(2):  # as when a worker is lost
        launch(bucket, "--runner=FnApiRunner", *workers)
        tries.append(json.loads(stored(bucket, "wirefold/_runs/daily-2025-01-14/manifest.json")))

    first, again = tries
    assert first["as_of"] == "2025-01-15T00:00:00+00:00"
    assert first["counts"]["articles"] == 21
    assert first["files"] == again["files"]
    files = [file for file in first["files"] if file["table"] == "articles"]
    tables = [
        pq.read_table(io.BytesIO(stored(bucket, f"wirefold/{file['path']}"))) for file in files
    ]
    assert sum(table.num_rows for table in tables) == 21
    assert {run for table in tables for run in table["run_id"].to_pylist()} == {"daily-2025-01-14"}


def whole_once(request, body: bytes) -> None:
    """Send all that there is; a client reads on until there is no such range."""
    begins = re.match(r"bytes=(\d+)", request.headers["Range"] or "bytes=0")
    if int(begins[1]):
        request.reply(416)
    else:
        request.reply(206, body, Content_Range=f"bytes 0-{len(body) - 1}/{len(body)}")


def test_objects_that_cannot_be_read_are_rejects(tmp_path):
    """The emulator forbids nothing and loses nothing, so a server answers as Google's would."""
    python = program("python")
    names = [f"in/{name}.txt" for name in ("fine", "forbidden", "gone")]  # gone since it was listed
    listed = [
        {"name": name, "bucket": "news", "size": "20", "updated": "2025-01-14T00:00:00Z"}
        for name in names
    ]
    denied = json.dumps({"error": {"message": "no storage.objects.get access"}})
    news, fine = "/storage/v1/b/news/o", quote(names[0], safe="")
    with serving() as server:
        server.routes |= {
            news: json.dumps({"items": listed}),
            f"{news}/{fine}": json.dumps(listed[0]),
            f"/download{news}/{fine}": lambda request: whole_once(request, b"Una notizia dal mare"),
            f"{news}/{quote(names[1], safe='')}": lambda request: request.reply(403, denied),
            "/storage/v1/b/other/o/a.txt": lambda request: request.reply(403, denied),
        }
        done = subprocess.run(
            [
                *(python, "-m", "pipeline", "gs://news/in", "gs://other/a.txt", *RUN, "--json"),
                *("--output", tmp_path / "out", "--entity-engine=none"),
            ],
            cwd=ROOT,
            env=kept_here(server.url("")),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    assert done.returncode == 4, done.stderr
    assert "Traceback" not in done.stderr
    counts = json.loads(done.stdout)["counts"]
    assert (counts["articles"], counts["rejects_by_reason"]) == (1, {"unreadable": 3})
    rejects = pq.read_table(next(tmp_path.glob("out/rejects/*/*.parquet"))).to_pylist()
    assert {row["source_uri"]: row["detail"].split()[0] for row in rejects} == {
        "gs://news/in/forbidden.txt": "403",
        "gs://news/in/gone.txt": "404",
        "gs://other/a.txt": "403",
    }
