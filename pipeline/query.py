"""Ask the published tables with SQL: DuckDB over `articles`, `duplicates`, `rejects`, `runs`, ...

The views exist even when there is nothing in them. Only SELECTs are carried out: a question never
changes a table, writes a file or downloads an extension. To add an output format, write its
function and name it in `FORMATS`.
"""

import csv
import glob
import io
import os
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import BadUsage, MissingExtra
from pipeline.output import OutputFolder
from pipeline.publish import settle
from pipeline.tables import line_width, table
from transforms.schemas import ARTICLES, INSTANT, REJECTS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

PARQUET_ROWS: Final = 100_000  # rows of a row group

_NUMBERS = pa.map_(pa.string(), pa.int64())
RUNS: Final = pa.schema(
    [
        ("run_id", pa.string()),
        ("as_of", INSTANT),
        ("started_at", INSTANT),
        ("finished_at", INSTANT),
        ("runner", pa.string()),
        ("read", pa.int64()),
        ("articles", pa.int64()),
        ("duplicates", pa.int64()),
        ("unchanged", pa.int64()),
        ("rejects", pa.int64()),
        ("stories", pa.int64()),
        ("rejects_by_reason", _NUMBERS),
        ("languages", _NUMBERS),
        ("entities_by_label", _NUMBERS),
        ("seconds", pa.map_(pa.string(), pa.float64())),
        (
            "sources",
            pa.list_(
                pa.struct(
                    [
                        ("uri", pa.string()),
                        ("kind", pa.string()),
                        ("status", pa.string()),
                        ("items", pa.int64()),
                        ("new", pa.int64()),
                    ]
                )
            ),
        ),
    ]
)
_KEYS = pa.schema([("date", pa.date32()), ("lang", pa.string())])
_ENTITIES = """
    SELECT article_id, revision, date, lang, source, event_at,
           e.name, e.label, e.country, e.count, e.mentions
    FROM (SELECT *, unnest(entities) AS e FROM articles)
"""


def query(directory: str, sql: str, form: str, stream: BinaryIO) -> None:
    """Write the answer to a SELECT in a format of FORMATS.

    Raises BadUsage for what is not one SELECT or is wrong in it, MissingExtra without DuckDB.
    """
    try:
        import duckdb  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtra("wirefold query", "query") from error
    settle(OutputFolder(directory))
    with duckdb.connect() as database:
        try:
            statements = database.extract_statements(sql)
            if [one.type for one in statements] != [duckdb.StatementType.SELECT]:
                raise BadUsage("SQL: one SELECT is allowed, nothing that changes data")
            add_views(database, directory)
            FORMATS[form](database.sql(sql), stream)
        except duckdb.Error as error:
            raise BadUsage(f"SQL: {_one_line(error)}") from error


def add_views(database: "DuckDBPyConnection", directory: str) -> None:
    """Add the views of an output folder to a database, and shut it off from the network."""
    for setting in (
        "TimeZone = 'UTC'",
        "autoinstall_known_extensions = false",
        "python_enable_replacements = false",
    ):
        database.execute(f"SET {setting}")
    database.execute("CREATE SCHEMA hidden")  # from SHOW TABLES
    for name in ("articles", "duplicates"):
        _add_partitioned(database, name, directory)
    rejects = _scan(_files(directory, "rejects", "run=*"))
    _add_view(database, "rejects", REJECTS.empty_table(), [f"FROM {rejects}"] if rejects else [])
    _add_view(database, "runs", pa.Table.from_pylist(list(_runs(directory)), RUNS), [])
    database.execute(f"CREATE VIEW entities AS {_ENTITIES}")


def _add_partitioned(database: "DuckDBPyConnection", name: str, directory: str) -> None:
    hive = "hive_partitioning = true, hive_types = "
    by_both = _scan(
        _files(directory, name, "date=*", "lang=*"), f"{hive}{{date: DATE, lang: VARCHAR}}"
    )
    by_date = _scan(_files(directory, name, "date=*"), f"{hive}{{date: DATE}}")
    parts = []
    if by_both:
        parts.append(f"FROM {by_both}")
    if by_date:
        parts.append(f"SELECT *, language AS lang FROM {by_date}")
    _add_view(database, name, pa.schema([*ARTICLES, *_KEYS]).empty_table(), parts)


def _add_view(database: "DuckDBPyConnection", name: str, first: pa.Table, parts: list[str]) -> None:
    """Add a view of `first`, which gives the columns and their order, and then of `parts`."""
    database.register("given", first)
    database.execute(f"CREATE TABLE hidden.{name} AS FROM given")
    database.unregister("given")
    union = " UNION ALL BY NAME ".join([f"FROM hidden.{name}", *(f"({part})" for part in parts)])
    database.execute(f"CREATE VIEW {name} AS {union}")


def _files(directory: str, *folders: str) -> str:
    """Return the glob of table files in `folders` below `directory`, empty if it finds none."""
    pattern = os.path.join(glob.escape(directory), *folders, "part-*.parquet")
    return pattern if next(glob.iglob(pattern), None) else ""


def _scan(pattern: str, options: str = "hive_partitioning = false") -> str:
    quoted = pattern.replace("'", "''")
    return pattern and f"read_parquet('{quoted}', union_by_name = true, {options})"


def _runs(directory: str) -> Iterator[dict[str, Any]]:
    for manifest in OutputFolder(directory).manifests():
        row = manifest | manifest["counts"]
        yield {name: _cell(name, row.get(name)) for name in RUNS.names}


def _cell(name: str, value: Any) -> Any:  # noqa: ANN401
    kind = RUNS.field(name).type
    if isinstance(value, str) and pa.types.is_timestamp(kind):
        return datetime.fromisoformat(value)
    return list(value.items()) if isinstance(value, dict) else value


def _one_line(error: Exception) -> str:
    """Return DuckDB's message without the drawing below it."""
    return " ".join(str(error).partition("\n\nLINE")[0].split())


def _texts(answer: "DuckDBPyRelation") -> Iterator[tuple[str | None, ...]]:
    return answer.select("CAST(COLUMNS(*) AS VARCHAR)").iter_rows()


def _write_table(answer: "DuckDBPyRelation", stream: BinaryIO) -> None:
    numeric = [bool(_NUMERIC.fullmatch(str(kind))) for kind in answer.types]
    width = line_width(stream.isatty())
    stream.write(table(answer.columns, _texts(answer), numeric, width).encode())


def _write_csv(answer: "DuckDBPyRelation", stream: BinaryIO) -> None:
    text = io.TextIOWrapper(stream, "utf-8", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows(_texts(answer))
    text.detach()  # flushes, and leaves the stream open


def _write_json(answer: "DuckDBPyRelation", stream: BinaryIO) -> None:
    separator = b"[\n"
    for (row,) in answer.set_alias("answer").select("to_json(answer)").iter_rows():
        stream.write(separator + row.encode())
        separator = b",\n"
    stream.write(b"\n]\n" if separator == b",\n" else b"[]\n")


def _write_parquet(answer: "DuckDBPyRelation", stream: BinaryIO) -> None:
    reader = answer.to_arrow_reader(PARQUET_ROWS)
    with pq.ParquetWriter(stream, reader.schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_batch(batch)


_NUMERIC: Final = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*")
FORMATS: Final[dict[str, Callable[["DuckDBPyRelation", BinaryIO], None]]] = {
    "table": _write_table,
    "csv": _write_csv,
    "json": _write_json,
    "parquet": _write_parquet,
}
