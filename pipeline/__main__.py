"""The command line: `wirefold`, the same as `python -m pipeline`.

The only module that prints or exits. Each command imports what it needs when it is called, so
that help, usage errors, `verify` and `query` do not wait for Beam.
"""

import difflib
import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline import __version__, errors
from pipeline.arguments import Said, read_run, read_watch
from pipeline.errors import BadUsage, MissingExtra, WirefoldError
from pipeline.flags import Parser, run_parser, watch_parser
from pipeline.logs import say, start_logs
from pipeline.parsers import (
    completion_parser,
    doctor_parser,
    explain_parser,
    iceberg_parser,
    query_parser,
    report_parser,
    verify_parser,
)
from transforms.paths import is_local

INTERRUPTED: Final = 130  # what shells say of a program ended by Ctrl-C


@dataclass(frozen=True, slots=True)
class Command:
    """One word of the command line."""

    call: Callable[[Sequence[str]], int]  # takes the arguments, returns the exit code
    parser: Callable[[], Parser]
    arguments: str
    help: str


def run(arguments: Sequence[str]) -> int:
    """Run once and print what came of it."""
    flags = read_run(arguments)
    _say(flags.said)
    if flags.config.dry_run:
        from pipeline.preview import preview, preview_table  # noqa: PLC0415

        plan = preview(flags.config)
        print(json.dumps(plan, indent=2) if flags.json else preview_table(plan))
        return errors.DONE
    from pipeline.progress import choose  # noqa: PLC0415
    from pipeline.report import sources_failed, summary  # noqa: PLC0415
    from pipeline.run import run as run_once  # noqa: PLC0415

    as_json = flags.said.log_format == "json"
    manifest = run_once(flags.config, progress=choose(flags.said.quiet, as_json))
    if flags.json:
        print(json.dumps(manifest, indent=2))
    else:
        print(summary(manifest, flags.config.output, _program()))
    return errors.SOURCES_FAILED if sources_failed(manifest) else errors.DONE


def watch(arguments: Sequence[str]) -> int:
    """Run again and again until told to stop."""
    config, every, said = read_watch(arguments)
    _say(said)
    from pipeline.watch import watch as keep_running  # noqa: PLC0415

    if not keep_running(config, every):
        sys.stderr.flush()
        os._exit(errors.DONE)  # threads of an abandoned run may still be at work
    return errors.DONE


def verify(arguments: Sequence[str]) -> int:
    """Print what is off in an output folder, one line each."""
    directory = verify_parser().parse_args(arguments).dir
    if is_local(directory):
        _existing(directory)
    from pipeline.verify import verify as find_problems  # noqa: PLC0415

    problems = find_problems(directory)
    print("\n".join(problems) if problems else f"{directory}: nothing is off")
    return WirefoldError.exit_code if problems else errors.DONE


def query(arguments: Sequence[str]) -> int:
    """Print the answer to a question in SQL."""
    given = query_parser().parse_args(arguments)
    from pipeline.query import query as ask  # noqa: PLC0415

    ask(_existing(given.dir), given.sql, given.format, sys.stdout.buffer)
    return errors.DONE


def report(arguments: Sequence[str]) -> int:
    """Write the page that shows a run, and print its path."""
    given = report_parser().parse_args(arguments)
    from pipeline.html_report import rewrite_report  # noqa: PLC0415

    print(rewrite_report(_existing(given.dir), getattr(given, "run_id", None)))
    return errors.DONE


def explain(arguments: Sequence[str]) -> int:
    """Print why an article was folded, or why two are linked or not."""
    given = explain_parser().parse_args(arguments)
    from pipeline.explain import explain as find_reasons  # noqa: PLC0415
    from pipeline.explain_page import as_page  # noqa: PLC0415
    from pipeline.explain_text import as_text  # noqa: PLC0415

    found = find_reasons(_existing(given.dir), given.one, getattr(given, "other", None))
    if getattr(given, "html", False):
        print(as_page(found), end="")
    else:
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        print(as_text(found, shutil.get_terminal_size((100, 24)).columns, colour), end="")
    return errors.DONE


def iceberg(arguments: Sequence[str]) -> int:
    """Register published files in Iceberg tables, and print what was done."""
    given = iceberg_parser().parse_args(arguments)
    directory = _existing(given.dir)
    try:
        from pipeline.iceberg import register  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name not in ("pyiceberg", "sqlalchemy"):
            raise
        raise MissingExtra("wirefold iceberg", "iceberg") from error
    from pipeline.tables import table  # noqa: PLC0415

    done = register(directory, given.catalog, given.namespace, getattr(given, "warehouse", None))
    if not done:
        print("all published files were registered already")
        return errors.DONE
    rows = [(one.table, one.run_id, f"{one.added:,}", f"{one.removed:,}") for one in done]
    columns = ("table", "run_id", "added", "removed")
    width = shutil.get_terminal_size((100, 24)).columns
    print(table(columns, rows, (False, False, True, True), width), end="")
    return errors.DONE


def doctor(arguments: Sequence[str]) -> int:
    """Print what this machine has and lacks for wirefold."""
    given = doctor_parser().parse_args(arguments)
    from pipeline.doctor import WRONG, findings  # noqa: PLC0415
    from pipeline.tables import grid  # noqa: PLC0415

    found = list(findings(getattr(given, "dir", None)))
    print(grid([(one.state, one.name, one.detail) for one in found]))
    return WirefoldError.exit_code if any(one.state == WRONG for one in found) else errors.DONE


def completion(arguments: Sequence[str]) -> int:
    """Print a script that lets a shell complete commands and flags."""
    given = completion_parser().parse_args(arguments)
    from pipeline.completion import SHELLS  # noqa: PLC0415

    parsers = {name: command.parser() for name, command in COMMANDS.items()}
    print(SHELLS[given.shell](parsers), end="")
    return errors.DONE


COMMANDS: Final = {
    "run": Command(
        run,
        run_parser,
        "SOURCE... --output DIR [options]",
        "one bounded run; the word may be left out",
    ),
    "watch": Command(
        watch,
        watch_parser,
        "SOURCE... --output DIR --every SPAN [options]",
        "streaming: runs over what is new, until SIGTERM",
    ),
    "verify": Command(
        verify, verify_parser, "DIR", "re-check manifests, checksums, counts and links"
    ),
    "query": Command(query, query_parser, 'DIR "SQL"', "ask the published tables with SQL"),
    "report": Command(
        report, report_parser, "DIR [--run-id ID]", "write a run's report.html, print its path"
    ),
    "explain": Command(
        explain, explain_parser, "DIR ID [ID]", "why it was folded, or linked or not"
    ),
    "iceberg": Command(
        iceberg,
        iceberg_parser,
        "DIR --catalog CATALOG",
        "register published files in Iceberg tables",
    ),
    "doctor": Command(doctor, doctor_parser, "[DIR]", "what this machine has and lacks for it"),
    "completion": Command(
        completion, completion_parser, "SHELL", "a script that completes commands and flags"
    ),
}


def main(arguments: Sequence[str]) -> int:
    """Carry out a command line and return its exit code."""
    match arguments:
        case [] | ["-h" | "--help"]:
            print(_overview())
            return errors.DONE
        case ["--version"]:
            print(f"wirefold {__version__}")
            return errors.DONE
        case [word, *rest] if word in COMMANDS:
            return COMMANDS[word].call(rest)
        case [word, *_] if not os.path.lexists(word):
            for near in difflib.get_close_matches(word, COMMANDS, n=1, cutoff=0.7):
                raise BadUsage(f"{word!r} is no command and no SOURCE; did you mean {near}?")
    return run(arguments)


def entry() -> None:
    """Run the program and exit."""
    start_logs()
    for stream in (sys.stdout, sys.stderr):  # a name that the terminal cannot show is no fault
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        code = main(sys.argv[1:])
        sys.stdout.flush()
    except WirefoldError as error:
        print(f"wirefold: {' '.join(str(error).splitlines())}", file=sys.stderr)
        code = error.exit_code
    except BrokenPipeError:  # `wirefold query ... | head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = errors.DONE
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)


def _program() -> str:
    """Return how this program was called, as far as a person would type it."""
    if os.path.basename(sys.argv[0]) != "__main__.py":
        return "wirefold"
    near = os.path.relpath(sys.executable)
    active = shutil.which("python") == sys.executable
    python = "python" if active else sys.executable if near.startswith("..") else near
    return f"{python} -m pipeline"


def _say(said: Said) -> None:
    say(quiet=said.quiet, verbose=said.verbose, as_json=said.log_format == "json")


def _existing(directory: str) -> str:
    if not is_local(directory):
        raise BadUsage(f"DIR {directory!r}: copy it to this machine first; only verify goes there")
    if not os.path.isdir(directory):
        raise BadUsage(f"DIR {directory!r}: no such folder")
    return directory


def _overview() -> str:
    lines = ["wirefold reads news, folds wire copy into stories, tags names, writes Parquet.", ""]
    for name, command in COMMANDS.items():
        lines += [f"  wirefold {name} {command.arguments}", f"      {command.help}"]
    return "\n".join([*lines, "", "wirefold COMMAND --help says more, with examples."])


if __name__ == "__main__":
    entry()
