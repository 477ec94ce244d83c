"""What every test may use."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

# A test is never timed: machines are busy. CI draws the same examples each time.
settings.register_profile("wirefold", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("wirefold")

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"
# Data to measure on, where a developer has it beside the checkout; never part of the project.
SHARED = ROOT.parent / "shared"
if not SHARED.is_dir():
    SHARED = ROOT.parent.parent / "shared"  # a git worktree lies one folder deeper
AS_OF = datetime(2024, 6, 20, 12, tzinfo=UTC)

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the folder `shared` is not beside this checkout"
)


def counters(result) -> dict[str, int]:
    """Return the committed counters of a finished run by name."""
    found = result.metrics().query()["counters"]
    return {counter.key.metric.name: counter.committed for counter in found}
