"""Tests of transforms/pulse.py."""

import os
import subprocess
import sys

from transforms.pulse import pulse, pulses


def test_all_processes_are_added_up(tmp_path):
    pulse(str(tmp_path), "articles", 5)
    pulse(str(tmp_path), "rejects", 1)
    pulse(str(tmp_path), "rejects", 0)
    program = "import sys; from transforms.pulse import pulse; pulse(sys.argv[1], 'articles', 7)"
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)
    assert pulses(str(tmp_path)) == {"articles": 12, "rejects": 1}
    assert len(os.listdir(tmp_path)) == 2


def test_a_line_that_is_being_written_is_left_for_later(tmp_path):
    (tmp_path / "pulse-1").write_text("articles 5\narticles 1")
    assert pulses(str(tmp_path)) == {"articles": 5}


def test_folders_that_are_not_here_are_told_nothing(tmp_path):
    pulse("gs://bucket/staging", "articles", 5)
    pulse("", "articles", 5)
    assert pulses(str(tmp_path / "none")) == {}
