"""Tests of pyproject.toml and the lock files: what an installation gets."""

import re
import subprocess
import sys
import tomllib
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pipeline import __version__
from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCKS = ["requirements.txt", "requirements-dev.txt"]


def pins(lock: str) -> dict[str, str]:
    """Return the version of each package that a lock file names."""
    logical = (ROOT / lock).read_text("utf-8").replace("\\\n", " ").splitlines()
    found = [
        re.match(r"([\w.-]+)==(\S+)( ; [^#]+?)?(\s+--hash=sha256:[0-9a-f]{64})+$", x)
        for x in logical
    ]
    assert all(found), "every line is name==version with its hashes"
    return {line[1]: line[2] for line in found}


def wanted(*groups: list[str]) -> list[Requirement]:
    return [Requirement(text) for group in groups for text in group]


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_what_the_project_needs(lock):
    needed = wanted(
        PROJECT["project"]["dependencies"],
        PROJECT["project"]["optional-dependencies"]["query"],
        PROJECT["dependency-groups"]["dev"] if lock == "requirements-dev.txt" else [],
    )

    pinned = pins(lock)

    wrong = [str(one) for one in needed if pinned[canonicalize_name(one.name)] not in one.specifier]
    assert not wrong, "run `make lock`"


def test_developers_get_the_versions_that_users_get():
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_place(lock):
    assert not re.search(r"://|--(extra-)?index|--find-links", (ROOT / lock).read_text("utf-8"))


def test_all_is_every_extra_of_run_time():
    extras = PROJECT["project"]["optional-dependencies"]
    (everything,) = wanted(extras["all"])

    assert everything.extras == extras.keys() - {"all", "benchmarks", "train"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (path,) = folder.iterdir()
    with ZipFile(path) as archive:
        yield archive


def test_wheel_holds_the_whole_of_both_packages(wheel):
    files = {
        str(path.relative_to(ROOT))
        for package in ("pipeline", "transforms")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}

    assert {"pipeline/py.typed", "transforms/py.typed"} <= files
    assert packed == files


def test_wheel_brings_the_command(wheel):
    (entry_points,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]

    assert wheel.read(entry_points).decode().split("\n")[:2] == [
        "[console_scripts]",
        "wirefold = pipeline.__main__:entry",
    ]
    assert f"wirefold-{__version__}.dist-info/METADATA" in wheel.namelist()
