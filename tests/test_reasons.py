"""Tests of transforms/reasons.py."""

import re

import pytest

from tests.conftest import ROOT
from transforms.reasons import REJECTS, WARNINGS

PAGE = (ROOT / "docs" / "rejects.md").read_text("utf-8")


@pytest.mark.parametrize(("heading", "table"), [("Rejects", REJECTS), ("Warnings", WARNINGS)])
def test_the_catalogue_in_the_docs_equals_the_tables(heading, table):
    section = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    (lines,) = [part for part in section if part.startswith(heading)]

    assert dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", lines, re.MULTILINE)) == table


def test_words_are_listed_in_order():
    assert list(WARNINGS) == sorted(WARNINGS)
