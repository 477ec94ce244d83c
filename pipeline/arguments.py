"""The command line of a run: arguments and a TOML file to a `Config`.

A TOML file is read as the flags it stands for, so both go through the same checks; what is given
on the command line replaces what the file says.
"""

import difflib
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pipeline.config import Config
from pipeline.errors import BadUsage
from pipeline.flags import FLAGS, Parser, run_parser, watch_parser

# A typo this near to one of our flags is answered without asking Beam, whose import takes a
# second. No flag of Beam's is nearer than 0.82 (--num_workers to --workers); a test holds it.
TYPO: Final = 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How much is said on stderr, and in which form."""

    quiet: bool = False
    verbose: bool = False
    log_format: str = "text"  # or json


@dataclass(frozen=True, slots=True)
class RunFlags:
    """What the command line of a run says: its settings, and how to print the result."""

    config: Config
    json: bool
    said: Said


def read_run(arguments: Sequence[str]) -> RunFlags:
    """Return the settings of `wirefold run ARGUMENTS`. Raises BadUsage."""
    given = _read(arguments, run_parser)
    json, said = given.pop("json", False), _said(given)
    return RunFlags(_config(given), json, said)


def read_watch(arguments: Sequence[str]) -> tuple[Config, timedelta, Said]:
    """Return the settings of the runs of `wirefold watch ARGUMENTS`, and how often. BadUsage."""
    given = _read(arguments, watch_parser)
    every = given.pop("every", None)
    if not every:
        raise BadUsage("--every is missing: say how often to run, such as 5m")
    said = _said(given)
    return _config(given), every, said


def _said(given: dict[str, Any]) -> Said:
    said = Said(**{name: given.pop(name) for name in Said.__slots__ if name in given})
    if said.quiet and said.verbose:
        raise BadUsage("--quiet and --verbose: only one of the two can be meant")
    return said


def _config(given: dict[str, Any]) -> Config:
    return Config(**{"sources": (), "output": ""} | given)


def _read(arguments: Sequence[str], make_parser: Callable[[], Parser]) -> dict[str, Any]:
    given = _parse(arguments, make_parser())
    if "config" in given:
        from_file = _parse([*_file_flags(given["config"])], make_parser())
        beam = from_file.get("beam_args", ()) + given.get("beam_args", ())
        given = from_file | given | {"beam_args": beam}
    given.pop("config", None)
    return given


def _parse(arguments: Sequence[str], parser: Parser) -> dict[str, Any]:
    arguments = [_as_ours(argument) for argument in arguments]
    found, unknown = parser.parse_known_intermixed_args(arguments)
    names = [argument.partition("=")[0] for argument in unknown if argument.startswith("-")]
    if names:
        _refuse([name for name in names if _nearness(name) >= TYPO or name[:2] != "--"])
        from pipeline.beam_flags import add_beam_flags, check_beam_flags  # noqa: PLC0415

        known = add_beam_flags(parser)
        _refuse([name for name in names if name not in known], known)
        found = parser.parse_intermixed_args(arguments)
        check_beam_flags(found.beam_args)
    given = {key: tuple(v) if isinstance(v, list) else v for key, v in vars(found).items()}
    sources = given.pop("named", ()) + given.get("sources", ())
    return given | ({"sources": sources} if sources else {})


def _as_ours(argument: str) -> str:
    """Return a flag of ours that is written as Beam writes its own: `--run_id` is `--run-id`."""
    name, equals, value = argument.partition("=")
    ours = name.replace("_", "-")
    return f"{ours}{equals}{value}" if ours in FLAGS else argument


def _nearness(name: str) -> float:
    return max(difflib.SequenceMatcher(None, name, ours).ratio() for ours in FLAGS)


def _refuse(names: list[str], beam_flags: Sequence[str] = ()) -> None:
    for name in names:
        (nearest,) = difflib.get_close_matches(name, [*FLAGS, *beam_flags], n=1, cutoff=0)
        raise BadUsage(f"{name}: unknown flag; the nearest is {nearest}")


def _file_flags(path: str) -> Iterator[str]:
    """Yield the flags that a TOML file of settings stands for."""
    try:
        with open(path, "rb") as file:
            settings = tomllib.load(file)
    except OSError as error:
        raise BadUsage(f"--config: {path!r}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadUsage(f"--config: {path!r} is not TOML: {error}") from error
    if "config" in settings:
        raise BadUsage(f"--config: {path!r} may not name another file")
    for key, value in settings.items():
        yield from _as_flags(f"--{key}", value)


def _as_flags(name: str, value: object) -> Iterator[str]:
    match value:
        case bool():
            if value:
                yield name
            elif name not in FLAGS or FLAGS[name].metavar:
                yield f"{name}=false"
        case list():
            for one in value:
                yield from _as_flags(name, one)
        case dict():
            for key, one in value.items():
                yield f"{name}={key}={one}"
        case datetime():
            yield f"{name}={value.isoformat()}"
        case _:
            yield f"{name}={value}"
