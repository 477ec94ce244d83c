"""Set up the engines of tests/test_engines.py in a cache outside the checkout.

    python tools/engines.py

Builds Prism, Beam's runner in Go. Asks PyPI for Flink, and Maven for Beam's job server for it: for
its parts (tools/flink/pom.xml) and for the ready one. What a machine lacks is said; its tests skip.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from apache_beam.version import __version__ as beam

CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wirefold"
PRISM: Final = CACHE / f"beam-{beam}" / "prism"
_JAR: Final = f"beam-runners-flink-2.2-job-server-{beam}.jar"
JOB_SERVER: Final = CACHE / f"beam-{beam}" / _JAR
FLINK: Final = CACHE / "flink-1.19.3"
FLINK_JOB_SERVER: Final = CACHE / "flink-1.19-job-server-beam-2.70.0"
_PATIENCE: Final = 1800  # seconds; Go compiles Prism in two minutes on a quiet machine


def main() -> None:
    """Set up what is missing, one line each."""
    PRISM.parent.mkdir(parents=True, exist_ok=True)
    module = f"github.com/apache/beam/sdks/v2/go/cmd/prism@v{beam}"
    _make(PRISM, ["go", "install", module], GOBIN=str(PRISM.parent))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _make_folder(FLINK, [*pip, "--no-deps", "apache-flink-libraries==1.19.3", "--target"])
    pom = Path(__file__).parent / "flink" / "pom.xml"
    parts = ["mvn", "-B", "-q", "-f", str(pom), "dependency:copy-dependencies"]
    _make_folder(FLINK_JOB_SERVER, parts, "-DoutputDirectory=")
    artifact = f"org.apache.beam:beam-runners-flink-2.2-job-server:{beam}"
    copy = ["mvn", "-B", "-q", "dependency:copy", f"-Dartifact={artifact}"]
    _make(JOB_SERVER, [*copy, f"-DoutputDirectory={JOB_SERVER.parent}"])


def _make_folder(path: Path, command: list[str], flag: str = "") -> None:
    """Make a folder by a command that is told its name: wholly or not at all."""
    new = f"{path}.new"
    told = [*command, f"{flag}{new}"]
    _make(
        path, ["sh", "-c", f'rm -rf "{new}"; "$@" && mv "{new}" "{path}"', "sh", *told], command[0]
    )


def _make(path: Path, command: list[str], program: str = "", **environment: str) -> None:
    """Make a file by a command, or say why not; `program` is what the command needs."""
    program = program or command[0]
    if path.exists():
        print(f"there     {path}")
    elif not shutil.which(program):
        print(f"not made  {path.name}: {program} is not installed")
    else:
        done = subprocess.run(
            command,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        said = [line for line in done.stdout.splitlines() if line.strip()]
        errors = [line for line in said if "rror" in line] or said or ["nothing was said"]
        print(f"made      {path}" if path.exists() else f"not made  {path.name}: {errors[0]}")


if __name__ == "__main__":
    main()
