"""Tests of pipeline/completion.py."""

import shutil
import subprocess

import pytest

from pipeline.__main__ import COMMANDS
from pipeline.completion import SHELLS
from pipeline.flags import FLAGS

PARSERS = {name: command.parser() for name, command in COMMANDS.items()}


def completed(line: str) -> list[str]:
    """Return what bash proposes for the last word of a line."""
    words = line.split(" ")
    program = SHELLS["bash"](PARSERS) + (
        f"COMP_WORDS=({' '.join(words[:-1])} '{words[-1]}'); COMP_CWORD={len(words) - 1}\n"
        "_wirefold; printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("wirefold ver", ["verify"]),
        ("wirefold run --ou", ["--output"]),
        ("wirefold --ou", ["--output"]),
        ("wirefold query out --f", ["--format"]),
        ("wirefold verify --ou", []),
    ],
)
def test_bash_completes_commands_and_their_flags(line, words):
    assert completed(line) == words


@pytest.mark.parametrize("shell", SHELLS)
def test_every_flag_is_in_every_script(shell):
    script = SHELLS[shell](PARSERS)

    assert not [flag for flag in FLAGS if flag.lstrip("-") not in script]
    assert "dry_run" not in script


@pytest.mark.parametrize("shell", [shell for shell in SHELLS if shutil.which(shell)])
def test_script_is_one_the_shell_can_read(shell):
    subprocess.run([shell, "-n"], input=SHELLS[shell](PARSERS), text=True, check=True)
