"""Tests of transforms/formats/origin.py."""

import pytest

from transforms.formats.origin import sample
from transforms.records import SAMPLE_BYTES


@pytest.mark.parametrize("data", [b"\xff" * 9000, "è" * 9000, "a" * 9000, "\ud800" * 9000])
def test_a_sample_is_short_and_can_be_stored(data):
    assert 0 < len(sample(data).encode()) <= SAMPLE_BYTES


def test_a_short_item_is_kept_as_it_is():
    assert sample("perché") == sample("perché".encode()) == "perché"
