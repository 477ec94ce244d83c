"""The flags of a run: `FLAGS` is the one table of them; the help and the TOML keys follow it."""

import argparse
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NoReturn

from pipeline import values
from pipeline.errors import BadUsage


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """How one setting is written on the command line. `metavar` is empty for a switch."""

    field: str  # of Config, or what the command line alone needs
    help: str
    metavar: str = ""
    read: Callable[[str], object] = str  # raises ArgumentTypeError with the rest of the sentence
    many: bool = False  # may be repeated; `read` then gives a tuple, and they are strung together
    short: str = ""  # another name, of one letter


class Parser(argparse.ArgumentParser):
    """A parser that raises BadUsage, one line, instead of printing its usage and exiting."""

    def __init__(self, command: str, arguments: str, description: str, examples: str) -> None:
        lines = "\n".join(f"  {line}" for line in examples.strip().splitlines())
        super().__init__(
            prog=f"wirefold {command}",
            usage=f"wirefold {command} {arguments}",
            description=description,
            epilog=f"examples:\n{lines}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            argument_default=argparse.SUPPRESS,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        raise BadUsage(re.sub(r"^argument (\S+?)(/[\w-]+)*: ", r"\1: ", message))


def run_parser() -> Parser:
    """Return the parser of `wirefold run`; flags not given are absent from what it returns."""
    parser = Parser(
        "run",
        "SOURCE... --output DIR [options] [Beam options]",
        "Read SOURCEs once: tell languages, find names, fold wire copy, write Parquet below DIR.\n"
        "Flags that Apache Beam knows (--labels=..., --flink_master=...) are passed on to it.",
        EXAMPLES,
    )
    parser.add_argument(
        "named", nargs="*", metavar="SOURCE", help="file, folder, glob, feed or list of feeds"
    )
    for title, flags in FLAG_GROUPS.items():
        _add_group(parser, title, flags)
    return parser


def watch_parser() -> Parser:
    """Return the parser of `wirefold watch`: --every, and the flags of a run that may repeat."""
    parser = Parser(
        "watch",
        "SOURCE... --output DIR --every SPAN [options]",
        "Run again and again over what is new, until SIGTERM or Ctrl-C; health.json and\n"
        "metrics.prom (Prometheus) are kept below DIR/_runs.",
        """
wirefold watch feeds.toml --output out --every 5m
wirefold watch incoming/ --output out --every 30s --entity-engine none
""",
    )
    parser.add_argument("named", nargs="*", metavar="SOURCE", help="as for run")
    _add_group(parser, "how often", {"--every": EVERY})
    for title, flags in FLAG_GROUPS.items():
        _add_group(parser, title, {n: f for n, f in flags.items() if n not in OF_ONE_RUN})
    return parser


def _add_group(parser: Parser, title: str, flags: dict[str, Flag]) -> None:
    group = parser.add_argument_group(title)
    for name, flag in flags.items():
        _add(group, name, flag)


def _add(group: argparse._ArgumentGroup, name: str, flag: Flag) -> None:
    if not flag.metavar:
        names = [flag.short, name] if flag.short else [name]
        group.add_argument(*names, dest=flag.field, action="store_true", help=flag.help)
    else:
        group.add_argument(
            name,
            dest=flag.field,
            action="extend" if flag.many else "store",
            type=flag.read,
            metavar=flag.metavar,
            help=flag.help,
        )


EVERY: Final = Flag(
    field="every",
    metavar="SPAN",
    read=values.duration,
    help="from the start of one run to that of the next, such as 5m; needed",
)
# What names or prints a single run.
OF_ONE_RUN: Final = ("--run-id", "--as-of", "--dry-run", "--json", "--refetch")
EXAMPLES: Final = """
wirefold seeds --output out
wirefold exports/2024-06-20.jsonl.gz --output out --map text=corpo --map title=titolo
wirefold https://news.example/rss feeds.toml --output out --fulltext
wirefold --config daily.toml --run-id 2024-06-20 --as-of 2024-06-20T06:00:00Z
wirefold --input=in --output=out --runner=FlinkRunner --flink_master=localhost:8081
"""

FLAG_GROUPS: Final[dict[str, dict[str, Flag]]] = {
    "what is read": {
        "--input": Flag(
            field="sources",
            metavar="SOURCE",
            read=values.verbatim,
            many=True,
            help="the same as SOURCE; may be repeated",
        ),
        "--map": Flag(
            field="field_map",
            metavar="FIELD=COLUMN",
            read=values.mapping,
            many=True,
            help="read FIELD from a column of another name, such as text=body; may be repeated",
        ),
        "--max-file-bytes": Flag(
            field="max_file_bytes",
            metavar="SIZE",
            read=values.size,
            help="refuse files that are larger, unpacked, than SIZE, such as 500M (default: 10G)",
        ),
    },
    "what is written": {
        "--output": Flag(field="output", metavar="DIR", help="folder to write to; needed"),
        "--partition-by": Flag(
            field="partition_by",
            metavar="KEYS",
            read=values.listed,
            help="date,lang or date (default: date,lang)",
        ),
        "--max-reject-ratio": Flag(
            field="max_reject_ratio",
            metavar="X",
            read=values.number,
            help="publish nothing and exit 3 when a larger share is refused (default: 1.0)",
        ),
        "--dry-run": Flag(
            field="dry_run", help="say what would be read and written, and do neither"
        ),
        "--lock-timeout": Flag(
            field="lock_timeout",
            metavar="SPAN",
            read=values.duration,
            help="how long to wait for another run on DIR (default: 10m)",
        ),
        "--json": Flag(field="json", help="print the manifest, not the table"),
    },
    "which run it is": {
        "--run-id": Flag(
            field="run_id", metavar="ID", help="name of the run (default: its time, made unique)"
        ),
        "--as-of": Flag(
            field="as_of",
            metavar="RFC3339",
            read=values.instant,
            help="logical time of the run, such as 2024-06-20T06:00:00Z (default: now)",
        ),
        "--window": Flag(
            field="window",
            metavar="SPAN",
            read=values.duration,
            help="how far back earlier runs are searched for copies (default: 7d)",
        ),
        "--refetch": Flag(
            field="refetch", help="ask the network again where this run's responses were kept"
        ),
        "--config": Flag(
            field="config",
            metavar="FILE.toml",
            help="settings from a file; its keys are the flags' names",
        ),
    },
    "how it is done": {
        "--language-engine": Flag(
            field="language_engine",
            metavar="NAME",
            help="who tells the language; wirefold doctor lists them (default: langdetect)",
        ),
        "--entity-engine": Flag(
            field="entity_engine",
            metavar="NAME",
            help="who finds names: builtin, none or spacy:MODEL (default: builtin)",
        ),
        "--runner": Flag(
            field="runner",
            metavar="NAME",
            read=values.runner,
            help="Beam's runner, such as FlinkRunner (default: DirectRunner, in this process)",
        ),
        "--workers": Flag(
            field="workers",
            metavar="N",
            read=values.whole,
            help="processes of the DirectRunner (default: all cores where it is worth it)",
        ),
    },
    "what is said": {
        "--quiet": Flag(field="quiet", short="-q", help="no progress, only warnings and errors"),
        "--verbose": Flag(
            field="verbose", short="-v", help="more log lines, those of Beam's warnings, too"
        ),
        "--log-format": Flag(
            field="log_format",
            metavar="FORMAT",
            read=values.log_format,
            help="of log lines: text or json, one object a line (default: text)",
        ),
    },
    "the network": {
        "--fulltext": Flag(field="fulltext", help="fetch the pages that new feed entries link to"),
        "--fetch-timeout": Flag(
            field="fetch_timeout",
            metavar="SPAN",
            read=values.duration,
            help="how long a response may take in all (default: 30s)",
        ),
        "--allow-private-hosts": Flag(
            field="allow_private_hosts",
            metavar="HOST[,HOST]",
            read=values.listed,
            many=True,
            help="hosts with private addresses that may be asked",
        ),
    },
}
FLAGS: Final = {name: flag for flags in FLAG_GROUPS.values() for name, flag in flags.items()}
