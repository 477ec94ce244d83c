"""Tests of pipeline/doctor.py."""

from importlib.metadata import PackageNotFoundError

import pytest
from packaging.requirements import Requirement

from pipeline import doctor
from pipeline.doctor import ABSENT, OK, WRONG, Finding, findings, packages, requirements, space


def test_this_machine_can_run_wirefold():
    found = {one.name: one for one in findings()}

    assert not [one for one in found.values() if one.state == WRONG]
    assert "langdetect" in found["language engines"].detail
    assert "builtin" in found["entity engines"].detail


def test_requirements_are_known_in_a_checkout_too(monkeypatch):
    def not_installed(_: str) -> list[str]:
        raise PackageNotFoundError

    monkeypatch.setattr(doctor, "requires", not_installed)

    needed = requirements()

    assert "apache-beam" in {one.name for one in needed if not one.marker}
    assert "duckdb" in {one.name for one in needed if "query" in str(one.marker)}


@pytest.mark.parametrize(
    ("needed", "state", "detail"),
    [
        ("pytest", OK, "all 1 are there"),
        ("no-such-package>=1", WRONG, "no-such-package is missing"),
        ("pytest<1", WRONG, f"pytest is {pytest.__version__}, needed is <1"),
    ],
)
def test_needed_package(needed, state, detail):
    assert [*packages([Requirement(needed)])] == [Finding(state, "packages", detail)]


def test_extra_that_is_missing_says_how_to_get_it():
    _, extra = packages([Requirement("no-such-package; extra == 'query'")])

    assert (extra.state, extra.name) == (ABSENT, "extra query")
    assert extra.detail == 'no-such-package is missing: pip install "wirefold[query]"'


def test_extra_that_is_there_tells_its_version():
    *_, extra = packages([Requirement("pytest; extra == 'x'"), Requirement("w[x]; extra == 'all'")])

    assert extra == Finding(OK, "extra x", f"pytest {pytest.__version__}")


def test_folder_to_be_made_is_judged_by_the_one_above(tmp_path):
    assert space("output", str(tmp_path / "a" / "b")).state == OK


def test_file_is_no_folder(tmp_path):
    (tmp_path / "file").touch()

    assert space("output", str(tmp_path / "file")) == Finding(
        WRONG, "output", f"{tmp_path / 'file'} cannot be written to"
    )


def test_full_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "LITTLE_SPACE", 1 << 60)

    assert space("output", str(tmp_path)).detail.endswith("GB free: make room")
