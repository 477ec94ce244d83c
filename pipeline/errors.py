"""What can go wrong with a whole run or command, and the exit code that says so.

    WirefoldError            1
    ├── RunFailed            1  nothing was published
    │   └── LockHeld         1  another run works on the output folder
    ├── BadUsage             2  a flag, a setting or a path is wrong
    │   └── MissingExtra     2  an optional package is not installed
    └── QualityGate          3  more rejects than --max-reject-ratio allows; nothing was published

The message is one line for the person at the terminal. Anything else that escapes is a bug and
keeps its traceback. Faults of single articles are `transforms.records.ItemError`.
"""

from typing import ClassVar, Final

DONE: Final = 0
SOURCES_FAILED: Final = 4  # published, but some feed, page or remote source could not be read


class WirefoldError(Exception):
    """A command failed for a reason that its user can understand."""

    exit_code: ClassVar[int] = 1


class RunFailed(WirefoldError):
    """A run broke and published nothing."""


class LockHeld(RunFailed):
    """Another run holds the output folder; the message names it."""


class BadUsage(WirefoldError):
    """A flag, a setting or a path is wrong; the message names it and what is allowed."""

    exit_code = 2


class MissingExtra(BadUsage):
    """A feature needs an optional package; the message says how to install it."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f'{feature} needs an extra: pip install "wirefold[{extra}]"')


class QualityGate(WirefoldError):
    """More items were refused than `--max-reject-ratio` allows; nothing was published."""

    exit_code = 3
