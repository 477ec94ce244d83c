"""What this machine has for wirefold, and what to install for what it lacks: `wirefold doctor`."""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, entry_points, requires, version
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

OK: Final = "ok"
ABSENT: Final = "-"  # can be done without
WRONG: Final = "WRONG"
LITTLE_SPACE: Final = (
    1 << 30
)  # bytes; a run is put together beside the tables before it is published
_BEAM: Final = Path.home() / ".apache_beam" / "cache"  # where Beam keeps what it downloads
_PATIENCE: Final = 10  # seconds for another program to say its version


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `detail` says what is there, else what to do about it."""

    state: str
    name: str
    detail: str


def findings(directory: str | None = None) -> Iterator[Finding]:
    """Look at Python, packages, engines, runners, the machine and, if told, an output folder."""
    right = sys.version_info >= (3, 11)
    python = f"{platform.python_version()} on {platform.platform()}"
    yield Finding(
        OK if right else WRONG, "Python", python if right else f"{python}; 3.11 is needed"
    )
    yield from packages(requirements())
    yield from _engines()
    yield from _runners()
    yield Finding(OK, "cores", str(os.cpu_count()))
    yield space("temporary files", tempfile.gettempdir())
    if directory is not None:
        yield space("output", directory)


def requirements() -> list[Requirement]:
    """Return what wirefold needs: from its installation, or else from the checkout it runs in."""
    try:
        return [Requirement(text) for text in requires("wirefold") or []]
    except PackageNotFoundError:
        path = Path(__file__).parent.parent / "pyproject.toml"
        project = tomllib.loads(path.read_text("utf-8"))["project"]
        extras = project["optional-dependencies"].items()
        return [
            *map(Requirement, project["dependencies"]),
            *(
                Requirement(f"{text}; extra == '{extra}'")
                for extra, texts in extras
                for text in texts
            ),
        ]


def packages(needed: Sequence[Requirement]) -> Iterator[Finding]:
    """Tell whether all packages are there that are always needed, then extra by extra."""
    extras = sorted({_extra(one) for one in needed} - {"", "all"})
    for extra in ("", *extras):
        group = [one for one in needed if _extra(one) == extra]
        lacking = "; ".join(filter(None, map(_lack, group)))
        if not extra:
            found = lacking or f"all {len(group)} are there"
            yield Finding(WRONG if lacking else OK, "packages", found)
        else:
            found = ", ".join(f"{one.name} {version(one.name)}" for one in group if not lacking)
            advice = f'{lacking}: pip install "wirefold[{extra}]"'
            yield Finding(ABSENT if lacking else OK, f"extra {extra}", found or advice)


def space(name: str, directory: str) -> Finding:
    """Tell whether a folder, or the one it will be made in, can be written to and has room."""
    place = Path(directory).absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    room = f"{directory}, {free / 1e9:,.1f} GB free"
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        return Finding(WRONG, name, f"{place} cannot be written to")
    if free < LITTLE_SPACE:
        return Finding(WRONG, name, f"{room}: make room")
    return Finding(OK, name, room)


def _extra(requirement: Requirement) -> str:
    """Return the extra a requirement belongs to, `extra == "query"`, empty for none."""
    told = str(requirement.marker or "")
    return told.partition("extra == ")[2].strip("\"' ") if "extra == " in told else ""


def _lack(requirement: Requirement) -> str:
    try:
        found = version(requirement.name)
    except PackageNotFoundError:
        return f"{requirement.name} is missing"
    right = requirement.specifier.contains(found, prereleases=True)
    return "" if right else f"{requirement.name} is {found}, needed is {requirement.specifier}"


def _engines() -> Iterator[Finding]:
    from transforms.entities import EXTRACTORS  # noqa: PLC0415
    from transforms.language import DETECTORS  # noqa: PLC0415

    yield Finding(OK, "language engines", ", ".join(DETECTORS))
    yield Finding(OK, "entity engines", ", ".join(EXTRACTORS))
    models = sorted(entry_points(group="spacy_models").names)
    advice = "none: pip install one, such as it_core_news_sm, for --entity-engine spacy:MODEL"
    yield Finding(OK if models else ABSENT, "spaCy models", ", ".join(models) or advice)


def _runners() -> Iterator[Finding]:
    yield Finding(OK, "DirectRunner", "in this process, nothing else needed")
    yield _program(
        "Java", ["java", "-version"], "install a JRE of version 11 or later for Flink, Spark"
    )
    yield _kept(
        "Flink job server",
        "jars/*flink*job-server*.jar",
        "Beam fetches it, or --flink_job_server_jar",
    )
    yield _kept(
        "Prism", "prism/bin/*", "Beam fetches it for --runner=PrismRunner, or --prism_location"
    )
    server = ["docker", "version", "--format", "{{.Server.Version}}"]
    yield _program("Docker", server, "install and start it for --environment_type=DOCKER")


def _program(name: str, command: Sequence[str], advice: str) -> Finding:
    """Ask a program for its version."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_PATIENCE, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return Finding(ABSENT, name, advice)
    return Finding(OK, name, (done.stdout or done.stderr).strip().partition("\n")[0])


def _kept(name: str, pattern: str, advice: str) -> Finding:
    found = sorted(path.name for path in _BEAM.glob(pattern))
    return Finding(OK if found else ABSENT, name, ", ".join(found) or advice)
