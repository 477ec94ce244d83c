"""A real Flink: session clusters of its own processes, and Beam's job server for them."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from tests.loopback import free_port, listens
from tools.engines import FLINK, FLINK_JOB_SERVER

OPENED = (  # packages of Java that Flink 1.19 looks into
    *("java.lang", "java.net", "java.io", "java.nio", "sun.nio.ch", "java.lang.reflect"),
    *("java.text", "java.time", "java.util", "java.util.concurrent"),
    *("java.util.concurrent.atomic", "java.util.concurrent.locks"),
)
JAVA = ("java", *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in OPENED))
JARS = f"{FLINK}/pyflink/lib/*"
# A batch job keeps the results of all its shuffles; 128 MB of network buffers are too few.
CONFIG = """
jobmanager.rpc.address: localhost
jobmanager.rpc.port: {rpc}
jobmanager.memory.process.size: 1024m
rest.address: localhost
rest.bind-address: localhost
rest.port: {rest}
taskmanager.host: localhost
taskmanager.numberOfTaskSlots: 2
taskmanager.memory.process.size: 3g
taskmanager.memory.network.min: 512m
taskmanager.memory.network.max: 512m
parallelism.default: 2
"""
START_SECONDS = 120


def wait_until(what) -> None:
    """Wait until something is so."""
    end = time.monotonic() + START_SECONDS
    while not what():
        assert time.monotonic() < end, "it did not start"
        time.sleep(0.2)


@contextmanager
def process(log: Path, *command: str) -> Iterator[subprocess.Popen]:
    """Run a process of Java's as long as the block takes."""
    with open(log, "ab") as file, subprocess.Popen(command, stdout=file, stderr=file) as started:
        try:
            yield started
        finally:
            started.terminate()


class Cluster:
    """A session cluster: a JobManager, and a TaskManager that can be killed."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._conf = folder, folder / "conf"
        rest = free_port()
        self.master = f"localhost:{rest}"
        self._conf.mkdir()
        (self._conf / "config.yaml").write_text(CONFIG.format(rpc=free_port(), rest=rest))

    @contextmanager
    def job_manager(self) -> Iterator[None]:
        main = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
        command = (*JAVA, "-Xmx512m", "-cp", JARS, main, "--configDir", str(self._conf))
        with process(self._folder / "jobmanager.log", *command):
            wait_until(lambda: self._overview() is not None)
            yield

    @contextmanager
    def task_manager(self) -> Iterator[subprocess.Popen]:
        main = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
        memory, settings = self._resources()
        command = (*JAVA, *memory, "-cp", JARS, main, "--configDir", str(self._conf), *settings)
        with process(self._folder / "taskmanager.log", *command) as started:
            wait_until(lambda: (self._overview() or {}).get("slots-available"))
            yield started

    def _resources(self) -> list[list[str]]:
        """Let Flink say how a TaskManager's memory is dealt: for Java, and for itself."""
        tool = "org.apache.flink.runtime.util.bash.BashJavaUtils"
        path = f"{FLINK}/pyflink/bin/bash-java-utils.jar:{JARS}"
        command = ["java", "-cp", path, tool, "GET_TM_RESOURCE_PARAMS", "--configDir"]
        told = subprocess.run(
            [*command, str(self._conf)], capture_output=True, text=True, check=True
        ).stdout
        return [
            line.split() for line in re.findall("^BASH_JAVA_UTILS_EXEC_RESULT:(.*)", told, re.M)
        ]

    def _overview(self) -> dict | None:
        try:
            with urlopen(f"http://{self.master}/overview", timeout=5) as answer:
                return json.load(answer)
        except OSError:
            return None


@contextmanager
def job_server(folder: Path, master: str) -> Iterator[list[str]]:
    """Run Beam's job server for a Flink; give Beam's flags for it."""
    port = free_port()
    command = (
        "java",
        "-cp",
        f"{FLINK_JOB_SERVER}/*",
        "org.apache.beam.runners.flink.FlinkJobServerDriver",
    )
    flags = (f"--flink-master={master}", "--job-host=localhost", f"--job-port={port}")
    rest = ("--artifact-port=0", "--expansion-port=0", f"--artifacts-dir={folder}/artifacts")
    with process(folder / "job-server.log", *command, *flags, *rest):
        wait_until(lambda: listens(port))
        yield ["--runner=PortableRunner", f"--job_endpoint=localhost:{port}"]


def kill(started: subprocess.Popen) -> None:
    os.kill(started.pid, signal.SIGKILL)
    started.wait()
