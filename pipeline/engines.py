"""Tell what an engine lacks: `check_engine` before a run, `explained` when it was seen too late.

Beam finds out after a minute of waiting or a download, and answers with a traceback.
"""

import os
import re
import shutil
import socket
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from apache_beam import version
from apache_beam.options.pipeline_options import (
    FlinkRunnerOptions,
    PipelineOptions,
    PortableOptions,
    PrismRunnerOptions,
    SparkRunnerOptions,
)

from pipeline.errors import BadUsage, RunFailed, WirefoldError

_BEAM: Final = f"apache-beam[gcp]=={version.__version__}"
_REFUSED: Final = re.compile(r"\w*Error: \[Errno \d+\] .*")  # of the operating system
_UNFETCHED: Final = re.compile(r"Unable to fetch remote (job server jar|prism binary)")
_NAME_IT: Final = {
    "job server jar": "--flink_job_server_jar or --spark_job_server_jar",
    "prism binary": "--prism_location",
}
_LOST: Final = {  # what Beam says when a part of an engine is gone
    "Channel closed prematurely": "a worker process died: it was ended, or memory ran out",
    "StatusCode.UNAVAILABLE": "the engine's job service went away",
    "DEADLINE_EXCEEDED": "the engine said nothing for too long: a worker may have died",
}
_PATIENCE: Final = 5.0  # seconds for a job service to take a connection


def check_engine(runner: str, flags: Sequence[str]) -> None:
    """Raise BadUsage, saying what to install or name, when `runner` cannot run with Beam's `flags`.

    Nothing is started and nothing fetched; a job service that is named is connected to.
    """
    options = PipelineOptions(list(flags))
    endpoint = options.view_as(PortableOptions).job_endpoint
    if endpoint and endpoint != "embed":
        _check_answers(endpoint)
    elif runner == "PortableRunner" and not endpoint:
        raise BadUsage(
            "--runner=PortableRunner: name the engine's job service, --job_endpoint=HOST:PORT"
        )
    elif runner in ("FlinkRunner", "SparkRunner"):
        _check_job_server(runner, options)
    elif runner == "PrismRunner":
        _check_file("--prism_location", options.view_as(PrismRunnerOptions).prism_location)
    elif runner == "DataflowRunner" and not find_spec("apitools"):
        raise BadUsage(f'--runner=DataflowRunner needs more of Beam: pip install "{_BEAM}"')
    elif "." in runner:
        _check_importable(runner)


def explained(text: str) -> WirefoldError | None:
    """Return what the text of an error of Beam's means to a user; None when it is a bug.

    Beam makes a RuntimeError of any error of a step and keeps its text alone.
    """
    if unfetched := _UNFETCHED.search(text):
        what = unfetched[1]
        return BadUsage(f"Beam cannot download its {what}: get it and name it, {_NAME_IT[what]}")
    if refusal := _REFUSED.search(text):
        return RunFailed(f"{refusal[0]}; nothing was published")
    for words, meaning in _LOST.items():
        if words in text:
            return RunFailed(f"{meaning}; nothing was published")
    return None


def _check_answers(endpoint: str) -> None:
    host, _, port = endpoint.rpartition(":")
    if not port.isdecimal():
        raise BadUsage(f"--job_endpoint: {endpoint!r} is not HOST:PORT")
    try:
        socket.create_connection((host or "localhost", int(port)), _PATIENCE).close()
    except (OSError, OverflowError) as error:
        raise BadUsage(f"--job_endpoint: no job service answers at {endpoint}: {error}") from error


def _check_job_server(runner: str, options: PipelineOptions) -> None:
    """Look for the Java program that hands a job to Flink or Spark."""
    if runner == "FlinkRunner":
        flink = options.view_as(FlinkRunnerOptions)
        _check_file("--flink_job_server_jar", flink.flink_job_server_jar)
        in_python = flink.flink_submit_uber_jar
    else:
        spark = options.view_as(SparkRunnerOptions)
        _check_file("--spark_job_server_jar", spark.spark_job_server_jar)
        in_python = spark.spark_submit_uber_jar
    if not in_python:  # Beam then hands over the jar itself, and the cluster has the Java
        _check_java(runner)


def _check_java(runner: str) -> None:
    """Look for Java where Beam does."""
    home = os.environ.get("JAVA_HOME")
    if not shutil.which(os.path.join(home, "bin", "java") if home else "java"):
        where = f"; JAVA_HOME is {home}" if home else ""
        raise BadUsage(
            f"--runner={runner} needs Java 11 or later: install a JRE, such as Debian's "
            f"openjdk-17-jre-headless{where}"
        )


def _check_file(flag: str, path: str | None) -> None:
    if path and "://" not in path and not Path(path).is_file():
        raise BadUsage(f"{flag}: {path!r}: no such file")


def _check_importable(runner: str) -> None:
    module = runner.rpartition(".")[0]
    try:
        found = find_spec(module)
    except ImportError:  # a package above it is missing
        found = None
    if not found:
        raise BadUsage(f"--runner: {runner!r}: there is no Python module {module}")
