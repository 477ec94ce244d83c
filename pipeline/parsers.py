"""The parsers of the commands that look at what runs have published, or at the machine."""

from pipeline.flags import Parser


def verify_parser() -> Parser:
    """Return the parser of `wirefold verify`."""
    parser = Parser(
        "verify",
        "DIR",
        "Re-check manifests, checksums, counts and links below DIR; exit 1 when something is off.",
        "wirefold verify out",
    )
    parser.add_argument("dir", metavar="DIR", help="output folder of earlier runs")
    return parser


def query_parser() -> Parser:
    """Return the parser of `wirefold query`."""
    parser = Parser(
        "query",
        'DIR "SQL" [--format NAME]',
        "Ask the tables below DIR with one SELECT of DuckDB's SQL.\n"
        "Views: articles, duplicates, rejects, runs, and entities (one row per entity).",
        """
wirefold query out "FROM runs"
wirefold query out "SELECT title, copies FROM articles ORDER BY copies DESC LIMIT 5"
wirefold query out "SELECT name, count(*) AS n FROM entities GROUP BY ALL" --format csv
wirefold query out "FROM duplicates" --format parquet > copies.parquet
""",
    )
    parser.add_argument("dir", metavar="DIR", help="output folder of earlier runs")
    parser.add_argument("sql", metavar="SQL", help="the question")
    parser.add_argument(
        "--format",
        choices=("table", "csv", "json", "parquet"),
        default="table",
        help="of the answer: table (default), csv, json or parquet",
        metavar="NAME",
    )
    return parser


def report_parser() -> Parser:
    """Return the parser of `wirefold report`."""
    parser = Parser(
        "report",
        "DIR [--run-id ID]",
        "Write report.html of a run (again), one page that needs nothing else; print its path.",
        "wirefold report out\nwirefold report out --run-id 2024-06-20",
    )
    parser.add_argument("dir", metavar="DIR", help="output folder of earlier runs")
    parser.add_argument("--run-id", metavar="ID", help="which run (default: the latest)")
    return parser


def explain_parser() -> Parser:
    """Return the parser of `wirefold explain`."""
    parser = Parser(
        "explain",
        "DIR ID [ID] [--html]",
        "Tell of one article its story, the canonical article and why that one, and why it was\n"
        "folded; of two, the passages they share, what was decided and how close it was.\n"
        "An ID is an article_id, the beginning of one, or a URL.",
        """
wirefold explain out cd07f0ed
wirefold explain out cd07f0ed 1fcf9e06
wirefold explain out https://lantern.example/2024/09/carrow-bridge --html > why.html
""",
    )
    parser.add_argument("dir", metavar="DIR", help="output folder of earlier runs")
    parser.add_argument("one", metavar="ID", help="the article")
    parser.add_argument("other", metavar="ID", nargs="?", help="the article to compare it with")
    parser.add_argument("--html", action="store_true", help="write a page, not text")
    return parser


def iceberg_parser() -> Parser:
    """Return the parser of `wirefold iceberg`."""
    parser = Parser(
        "iceberg",
        "DIR --catalog CATALOG [--namespace NAME] [--warehouse URI]",
        "Register the published files below DIR in the Iceberg tables articles, duplicates and\n"
        "rejects, where they lie; again after each run. A re-run's files are replaced.",
        """
wirefold iceberg out --catalog sqlite:///news.db
wirefold iceberg out --catalog https://catalog.example/ --namespace press
wirefold iceberg out --catalog glue    # a name in pyiceberg's own configuration
""",
    )
    parser.add_argument("dir", metavar="DIR", help="output folder of earlier runs")
    parser.add_argument(
        "--catalog",
        metavar="CATALOG",
        required=True,
        help="URI of a catalog, or its name in pyiceberg's configuration",
    )
    parser.add_argument(
        "--namespace",
        metavar="NAME",
        default="wirefold",
        help="of the tables (default: wirefold)",
    )
    parser.add_argument(
        "--warehouse",
        metavar="URI",
        help="where new tables keep their metadata (default: the catalog's; for SQLite, the\n"
        "folder of its file)",
    )
    return parser


def doctor_parser() -> Parser:
    """Return the parser of `wirefold doctor`."""
    parser = Parser(
        "doctor",
        "[DIR]",
        "Tell which packages, extras, engines and runners are here, and what to install for what\n"
        "is missing; exit 1 when something is wrong that a local run needs.",
        "wirefold doctor\nwirefold doctor out",
    )
    parser.add_argument("dir", metavar="DIR", nargs="?", help="output folder to be written to")
    return parser


def completion_parser() -> Parser:
    """Return the parser of `wirefold completion`."""
    parser = Parser(
        "completion",
        "SHELL",
        "Print a script that lets a shell complete the commands and flags of wirefold.",
        """
eval "$(wirefold completion bash)"
wirefold completion fish > ~/.config/fish/completions/wirefold.fish
""",
    )
    parser.add_argument(
        "shell", metavar="SHELL", choices=("bash", "zsh", "fish"), help="bash, zsh or fish"
    )
    return parser
