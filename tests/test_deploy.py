"""Tests of deploy/: each file by the tool that knows its kind, each command line by ours.

`make test-deploy` sets the tools up; a test whose tool is not there skips and names it.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pyarrow.parquet as pq
import pytest
import yaml

from pipeline.arguments import read_run, read_watch
from pipeline.errors import BadUsage
from tests.conftest import ROOT, SEEDS
from tests.flink import CONFIG

DEPLOY = ROOT / "deploy"
OPERATOR = ROOT / ".venv/java/flink-kubernetes-operator-api-1.10.0.jar"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and path.suffix != ".pyc")


def check(tool: str, *arguments) -> None:
    """Let a tool judge; skip where it is not installed."""
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    done = subprocess.run([tool, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def settings(words: list[str], tmp_path):
    """Return what wirefold makes of a command line whose folders are laid below `tmp_path`."""
    for name in ("news", "feeds.toml"):
        (tmp_path / name).touch()
    here = [
        re.sub(r"^(/\w+)*/(news|feeds\.toml)$", rf"{tmp_path}/\2", word)
        if word.startswith("/")
        else word
        for word in words
    ]
    if here[0] == "watch":
        return read_watch(here[1:])[0]
    assert here[0] == "run"
    return read_run(here[1:]).config


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_head_says_what_was_run_and_what_was_not(path):
    head = path.read_text("utf-8")[:1500]

    assert "Run: " in head
    assert "Not run: " in head


@pytest.mark.parametrize("name", ["Dockerfile", "dataflow/Dockerfile"])
def test_dockerfile(name):
    check("hadolint", DEPLOY / name)


def test_image_gets_all_that_the_wheel_is_made_of():
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (DEPLOY / "Dockerfile").read_text(), re.M)
    names = {name for line in copied for name in line.split()}
    allowed = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.M)

    assert names == set(allowed)
    assert all((ROOT / name).exists() for name in names)


@pytest.mark.parametrize(
    ("arguments", "program"),
    [
        ("run /news --output /out", "wirefold"),
        ("--help", "wirefold"),
        ("", "wirefold"),
        ("--id=1-1 --provision_endpoint=localhost:1", "/opt/apache/beam/boot"),
        ("--worker_pool", "/opt/apache/beam/boot"),
    ],
)
def test_image_is_a_command_and_a_worker_of_engines(arguments, program):
    script = (DEPLOY / "entrypoint.sh").read_text("utf-8").replace("exec ", "echo ")
    words = arguments.split()
    done = subprocess.run(["sh", "-euc", script, "sh", *words], stdout=subprocess.PIPE, check=True)

    assert done.stdout.decode().split() == [program, *words]


def test_image_has_the_boot_of_the_beam_of_the_project():
    (beam,) = re.findall(r'"apache-beam==(.+)"', (ROOT / "pyproject.toml").read_text("utf-8"))

    assert f"_sdk:{beam} AS beam" in (DEPLOY / "Dockerfile").read_text("utf-8")


def test_compose_file():
    check("check-jsonschema", "--builtin-schema=vendor.compose-spec", DEPLOY / "compose.yaml")


@pytest.mark.parametrize("service", ["watch", "run", "run-on-flink"])
def test_command_of_compose(service, tmp_path):
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    config = settings(compose["services"][service]["command"], tmp_path)

    assert f"out:{config.output}" in compose["services"][service]["volumes"]


def test_cronjob():
    check("kubernetes-validate", "--strict", "-k", "1.33", DEPLOY / "kubernetes/cronjob.yaml")


def test_command_of_the_cronjob(tmp_path):
    _, job = yaml.safe_load_all((DEPLOY / "kubernetes/cronjob.yaml").read_text())
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    config = settings(container["args"], tmp_path)

    assert config.run_id == "$(RUN)"
    assert config.output in [mount["mountPath"] for mount in container["volumeMounts"]]


def test_systemd_units(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    units = [tmp_path / "wirefold.service", tmp_path / "wirefold.timer"]
    for unit in units:  # the program is to be there, whatever it is
        text = (DEPLOY / "systemd" / unit.name).read_text()
        unit.write_text(text.replace("/opt/wirefold/bin/wirefold", sys.executable))
    check("systemd-analyze", "verify", *units)
    (when,) = re.findall(r"^OnCalendar=(.+)$", units[1].read_text(), re.M)
    check("systemd-analyze", "calendar", when)


def test_command_of_the_service(tmp_path):
    unit = (DEPLOY / "systemd/wirefold.service").read_text()
    (command,) = re.findall(r"^ExecStart=\S+ (.+)$", unit, re.M)
    (folder,) = re.findall(r"^StateDirectory=(.+)$", unit, re.M)

    assert settings(shlex.split(command), tmp_path).output == f"/var/lib/{folder}"


def daily_command(day: str, end: str) -> str:
    """Return the shell command of the Airflow task, as Airflow renders it."""
    text = (DEPLOY / "airflow/wirefold_daily.py").read_text()
    (command,) = re.findall(r'^COMMAND = """(.+?)"""', text, re.S | re.M)
    rendered = command.replace("{{ data_interval_start | ds }}", day)
    rendered = rendered.replace("{{ data_interval_end.isoformat() }}", end)
    assert "{{" not in rendered
    return rendered


@pytest.fixture
def places(tmp_path):
    """Lay out what a scheduler's machine has: wirefold, the export of a day; return their names."""
    (tmp_path / "2025-01-14").symlink_to(SEEDS)
    wirefold = tmp_path / "wirefold"
    wirefold.write_text(f'#!/bin/sh\ncd {ROOT} && exec {sys.executable} -m pipeline "$@"\n')
    wirefold.chmod(0o755)
    return {"WIREFOLD": str(wirefold), "NEWS": str(tmp_path), "OUTPUT": str(tmp_path / "out")}


def carried_out(places) -> tuple[str, int]:
    """Return the time and the articles of the one run that a scheduler has made."""
    output = Path(places["OUTPUT"])
    (manifest,) = output.glob("_runs/*/manifest.json")
    told = json.loads(manifest.read_text())
    files = output.glob("articles/date=*/lang=*/*.parquet")
    runs = [run for file in files for run in pq.read_table(file)["run_id"].to_pylist()]
    assert runs == ["daily-2025-01-14"] * told["counts"]["articles"]
    return told["as_of"], len(runs)


def scheduler(name: str) -> str:
    """Return the program of a scheduler, which has an environment of its own."""
    program = ROOT / ".venv" / name / "bin" / name
    if not program.exists():
        pytest.skip(f"{name} is not installed: make test-deploy")
    return str(program)


def test_airflow_command_carries_out_a_day(places):
    command = daily_command("2025-01-14", "2025-01-15T00:00:00+00:00")

    subprocess.run(
        ["bash", "-c", command], env=os.environ | places, check=True, capture_output=True
    )

    assert carried_out(places) == ("2025-01-15T00:00:00+00:00", 21)


def test_airflow_carries_out_a_day(places, tmp_path):
    airflow = scheduler("airflow")
    text = (DEPLOY / "airflow/wirefold_daily.py").read_text()
    for name, value in places.items():
        text, times = re.subn(rf'("{name}": )".+"', rf'\1"{value}"', text)
        assert times == 1
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags/wirefold_daily.py").write_text(text)
    settings = {
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }

    for words in ("db migrate", "dags test wirefold_daily 2025-01-15"):
        subprocess.run(
            [airflow, *words.split()], env=os.environ | settings, check=True, capture_output=True
        )

    assert carried_out(places) == ("2025-01-15T00:00:00+00:00", 21)


def test_dagster_carries_out_a_day(places, tmp_path):
    dagster = scheduler("dagster")
    command = [dagster, "asset", "materialize", "-f", str(DEPLOY / "dagster/definitions.py")]
    command += ["--select", "news", "--partition", "2025-01-14"]

    for _ in range(2):  # a retry
        subprocess.run(
            command,
            env=os.environ | places | {"DAGSTER_HOME": str(tmp_path)},
            check=True,
            capture_output=True,
        )

    assert carried_out(places) == ("2025-01-15T00:00:00+00:00", 21)


@pytest.mark.parametrize("code", [0, 2, 3, 4])  # after 1 it waits five minutes
def test_dagster_takes_exit_codes_at_their_word(code, places, tmp_path):
    dagster = scheduler("dagster")
    wirefold = Path(places["WIREFOLD"])
    counts = dict.fromkeys(("read", "articles", "duplicates", "unchanged", "rejects", "stories"), 0)
    told = json.dumps({"counts": counts})
    wirefold.write_text(f"#!/bin/sh\necho x >> {tmp_path}/attempts\necho '{told}'\nexit {code}\n")
    command = [dagster, "asset", "materialize", "-f", str(DEPLOY / "dagster/definitions.py")]
    command += ["--select", "news", "--partition", "2025-01-14"]

    done = subprocess.run(
        command,
        env=os.environ | places | {"DAGSTER_HOME": str(tmp_path)},
        check=False,
        capture_output=True,
    )

    assert (done.returncode == 0) is (code in (0, 4))
    assert (tmp_path / "attempts").read_text() == "x\n"


@pytest.mark.parametrize(("code", "becomes"), [(0, 0), (1, 1), (2, 1), (3, 1), (4, 0)])
def test_airflow_task_fails_when_nothing_was_published(code, becomes, tmp_path):
    wirefold = tmp_path / "wirefold"
    wirefold.write_text(f"#!/bin/sh\nexit {code}\n")
    wirefold.chmod(0o755)
    places = {"WIREFOLD": str(wirefold), "NEWS": "", "OUTPUT": ""}

    done = subprocess.run(
        ["bash", "-c", daily_command("d", "t")], env=os.environ | places, check=False
    )

    assert done.returncode == becomes


def strict(schema):
    """Return a schema of Kubernetes' kind that refuses what it does not name, as JSON Schema's."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: strict(value) for name, value in schema.items()}
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return made


@pytest.fixture(scope="module")
def deployment():
    return yaml.safe_load((DEPLOY / "flink/deployment.yaml").read_text())


def test_flink_deployment_by_the_schema_of_its_operator(tmp_path, deployment):
    if not OPERATOR.exists():
        pytest.skip("the schema of Flink's operator is not there: make test-deploy")
    with ZipFile(OPERATOR) as jar:
        text = jar.read("META-INF/fabric8/flinkdeployments.flink.apache.org-v1.yml")
    (version,) = yaml.load(text, yaml.CSafeLoader)["spec"]["versions"]
    schema = strict(version["schema"]["openAPIV3Schema"])
    schema["properties"] |= {name: {} for name in ("apiVersion", "kind", "metadata")}
    (tmp_path / "schema.json").write_text(json.dumps(schema))
    told = deployment["apiVersion"].rpartition("/")[2]

    assert told == version["name"]
    flags = ["--schemafile", str(tmp_path / "schema.json")]
    check("check-jsonschema", *flags, DEPLOY / "flink/deployment.yaml")
    wrong = deployment["spec"]["taskManager"]["podTemplate"]["spec"] | {"container": []}
    (tmp_path / "wrong.json").write_text(
        json.dumps({"spec": {"taskManager": {"podTemplate": {"spec": wrong}}}})
    )
    with pytest.raises(AssertionError, match="'container' was unexpected"):
        check("check-jsonschema", *flags, tmp_path / "wrong.json")


def test_flink_pod_template(tmp_path, deployment):
    pod = deployment["spec"]["taskManager"]["podTemplate"]
    (tmp_path / "pod.yaml").write_text(yaml.safe_dump(pod))

    check("kubernetes-validate", "--strict", "-k", "1.33", tmp_path / "pod.yaml")


def test_flink_is_told_the_same_everywhere(deployment):
    """The operator's cluster, Compose's, the submission, and the cluster that the tests run."""
    spec = deployment["spec"]
    flink, workers = spec["taskManager"]["podTemplate"]["spec"]["containers"]
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    composed = yaml.safe_load(services["taskmanager"]["environment"]["FLINK_PROPERTIES"])
    tested = yaml.safe_load(CONFIG.format(rpc=1, rest=1))
    submitted = dict(
        re.findall(r"^  --(\w+)=(\S+?)(?: \\)?$", (DEPLOY / "flink/submit.sh").read_text(), re.M)
    )
    by_compose = dict(
        word[2:].split("=") for word in services["run-on-flink"]["command"] if "=" in word
    )

    for key in ("taskmanager.numberOfTaskSlots", "parallelism.default"):
        assert spec["flinkConfiguration"][key] == str(tested[key])
    for key in ("taskmanager.memory.network.min", "taskmanager.memory.network.max"):
        assert spec["flinkConfiguration"][key] == composed[key] == tested[key] == "512m"
    assert composed["taskmanager.numberOfTaskSlots"] == tested["taskmanager.numberOfTaskSlots"]
    memory = tested["taskmanager.memory.process.size"]
    assert spec["taskManager"]["resource"]["memory"] == memory
    assert composed["taskmanager.memory.process.size"] == memory

    assert flink["name"] == "flink-main-container"
    version = submitted["flink_version"]
    assert spec["flinkVersion"] == f"v{version.replace('.', '_')}"
    assert spec["image"] == services["taskmanager"]["image"] == services["jobmanager"]["image"]
    assert spec["image"].startswith(f"flink:{version}.")
    assert f"flink{version}_" in services["job-server"]["image"]

    assert submitted["environment_type"] == by_compose["environment_type"] == "EXTERNAL"
    (pool,) = re.findall(r"localhost:(\d+)", submitted["environment_config"])
    assert by_compose["environment_config"] == f"localhost:{pool}"
    assert workers["command"][1:] == ["-m", "pipeline.worker_pool", f"--service_port={pool}"]
    assert workers["readinessProbe"]["tcpSocket"]["port"] == int(pool)
    assert services["pool"]["command"] == [f"--service_port={pool}"]
    assert services["pool"]["entrypoint"][1:] == ["-m", "pipeline.worker_pool"]
    assert services["pool"]["network_mode"] == "service:taskmanager"

    cronjob = yaml.safe_load_all((DEPLOY / "kubernetes/cronjob.yaml").read_text())
    job = list(cronjob)[1]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert workers["image"] == job["containers"][0]["image"]
    assert workers["securityContext"]["runAsUser"] == job["securityContext"]["runAsUser"]


def test_flink_job_server_of_compose_knows_its_flags():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    (endpoint,) = [
        word.partition("=")[2]
        for word in services["run-on-flink"]["command"]
        if word.startswith("--job_endpoint=")
    ]

    host, port = endpoint.split(":")
    assert host in services
    assert {f"--job-host={host}", f"--job-port={port}"} <= set(services[host]["command"])


def test_flink_submission_names_flags_that_beam_knows(tmp_path):
    script = DEPLOY / "flink/submit.sh"
    subprocess.run(["sh", "-n", script], check=True)
    flags = re.findall(r"^  (--\w+=)", script.read_text(), re.M)
    assert len(flags) == 7

    values = ["FlinkRunner", "a:1", "1.19", "a.jar", "EXTERNAL", "localhost:1", "2"]
    given = [flag + value for flag, value in zip(flags, values, strict=True)]
    config = read_run([str(SEEDS), "--output", str(tmp_path), *given]).config

    assert config.runner == "FlinkRunner"
    with pytest.raises(BadUsage, match="unknown flag"):
        read_run([str(SEEDS), "--output", str(tmp_path), "--flink_mister=a"])
