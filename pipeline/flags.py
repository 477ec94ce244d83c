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


class Parser(argparse.ArgumentParser):
    """A parser that raises BadUsage, one line, instead of printing its usage and exiting."""

    def error(self, message: str) -> NoReturn:
        raise BadUsage(re.sub(r"^argument (\S+?)(/[\w-]+)*: ", r"\1: ", message))


def run_parser() -> Parser:
    """Return the parser of `wirefold run`; flags not given are absent from what it returns."""
    parser = Parser(
        prog="wirefold run",
        description="Read SOURCEs once, fold wire copy into stories, write Parquet below DIR.",
        epilog="Flags that Apache Beam knows (--labels=..., --flink_master=...) are passed on.",
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    parser.add_argument(
        "named", nargs="*", metavar="SOURCE", help="file, folder, glob, feed or list of feeds"
    )
    # Beam has a --dry_run too; who types that must not get a real run.
    parser.add_argument("--dry_run", action="store_true", help=argparse.SUPPRESS)
    for name, flag in FLAGS.items():
        if not flag.metavar:
            parser.add_argument(name, action="store_true", help=flag.help)
        else:
            parser.add_argument(
                name,
                dest=flag.field,
                action="extend" if flag.many else "store",
                type=flag.read,
                metavar=flag.metavar,
                help=flag.help,
            )
    return parser


FLAGS: Final = {
    "--input": Flag(
        field="sources",
        metavar="SOURCE",
        read=values.verbatim,
        many=True,
        help="the same as SOURCE",
    ),
    "--output": Flag(field="output", metavar="DIR", help="folder to write to (needed)"),
    "--runner": Flag(
        field="runner",
        metavar="NAME",
        read=values.runner,
        help="DirectRunner (default: in this process), FlinkRunner, SparkRunner, ...",
    ),
    "--run-id": Flag(field="run_id", metavar="ID", help="name of the run (default: from --as-of)"),
    "--as-of": Flag(
        field="as_of", metavar="RFC3339", read=values.instant, help="logical time of the run (now)"
    ),
    "--window": Flag(
        field="window",
        metavar="SPAN",
        read=values.duration,
        help="how far back earlier runs are searched for copies (7d)",
    ),
    "--partition-by": Flag(
        field="partition_by", metavar="KEYS", read=values.listed, help="date,lang (default) or date"
    ),
    "--max-reject-ratio": Flag(
        field="max_reject_ratio",
        metavar="X",
        read=values.number,
        help="publish nothing, exit 3, when a larger share is refused (1.0)",
    ),
    "--language-engine": Flag(
        field="language_engine", metavar="NAME", help="who tells the language (langdetect)"
    ),
    "--entity-engine": Flag(
        field="entity_engine", metavar="NAME", help="who finds the names (builtin); none: nobody"
    ),
    "--workers": Flag(
        field="workers", metavar="N", read=values.whole, help="processes (all cores if worth it)"
    ),
    "--allow-private-hosts": Flag(
        field="allow_private_hosts",
        metavar="HOST[,HOST]",
        read=values.listed,
        many=True,
        help="hosts of private networks that may be asked",
    ),
    "--fulltext": Flag(field="fulltext", help="fetch the pages that feed entries link to"),
    "--refetch": Flag(field="refetch", help="ask the network again for a run id that was kept"),
    "--max-file-bytes": Flag(
        field="max_file_bytes",
        metavar="SIZE",
        read=values.size,
        help="refuse what is larger, unpacked (10G)",
    ),
    "--fetch-timeout": Flag(
        field="fetch_timeout",
        metavar="SPAN",
        read=values.duration,
        help="in all, per response (30s)",
    ),
    "--lock-timeout": Flag(
        field="lock_timeout",
        metavar="SPAN",
        read=values.duration,
        help="wait for another run (10m)",
    ),
    "--dry-run": Flag(
        field="dry_run",
        help="say what would be read and written, write nothing",
    ),
    "--map": Flag(
        field="field_map",
        metavar="FIELD=COLUMN",
        read=values.mapping,
        many=True,
        help="read FIELD from an input column of another name, such as text=body",
    ),
    "--json": Flag(field="json", help="print the manifest, not the table"),
    "--config": Flag(
        field="config",
        metavar="FILE.toml",
        help="read flags from a file; keys are the flags' names",
    ),
}
