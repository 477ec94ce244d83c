"""Register published files in Apache Iceberg tables: `wirefold iceberg`.

No row is copied: the tables name the files of DIR where they lie. A table holds what the manifests
list, no more and no less, so that a second call changes nothing and a re-run replaces its files.
Which files a table holds is read from the table itself, never from a note of ours.
"""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import pyarrow as pa
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.exceptions import (
    CommitFailedException,
    NotInstalledError,
    RESTError,
    ValidationException,
)
from pyiceberg.io.pyarrow import parquet_file_to_data_file
from pyiceberg.manifest import DataFile
from pyiceberg.schema import Schema, assign_fresh_schema_ids
from pyiceberg.table import Table, TableProperties
from pyiceberg.transforms import DayTransform, IdentityTransform
from pyiceberg.types import NestedField
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from pipeline.errors import BadUsage, RunFailed
from pipeline.output import TABLES, OutputFolder, held
from pipeline.publish import recover
from transforms.parquet import STATISTICS
from transforms.schemas import ARTICLES, REJECTS

CATALOG: Final = "default"  # a SQL catalog keeps its tables under this name; readers must say it
LOCK_TIMEOUT: Final = timedelta(minutes=10)
_PROPERTIES: Final = {
    # A commit that is tried again after another writer's would add files that this one has added.
    TableProperties.COMMIT_NUM_RETRIES: "0",
    # Metrics of what the files have statistics of; `_held` reads the run from them.
    TableProperties.DEFAULT_WRITE_METRICS_MODE: "none",
}


@dataclass(frozen=True, slots=True)
class Registered:
    """What one snapshot did to one table: the files of one run."""

    table: str
    run_id: str
    added: int
    removed: int


def register(
    directory: str, catalog: str, namespace: str, warehouse: str | None = None
) -> list[Registered]:
    """Bring the tables `articles`, `duplicates` and `rejects` of `namespace` up to date.

    `catalog` is a URI (`sqlite:///news.db`, a REST catalog's `https://...`) or the name of a
    catalog that pyiceberg is configured for. `warehouse` is where tables that are made now keep
    their metadata; for SQLite by default the folder of its file. There is one snapshot per run and
    table, with the properties `wirefold.run-id` and `wirefold.as-of`.

    Raises BadUsage for a catalog that does not answer, a table with another schema, a table that
    holds files from elsewhere; RunFailed where another writer came first.
    """
    output = OutputFolder(os.path.abspath(directory))
    with held(output, LOCK_TIMEOUT, "wirefold iceberg"):
        recover(output)
        manifests = output.manifests()
        if not manifests:
            raise BadUsage(f"DIR {directory!r}: no run has published anything here")
        try:
            connected = _connect(catalog, warehouse)
            connected.create_namespace_if_not_exists(namespace)
            tables = {
                name: _table(connected, f"{namespace}.{name}", *_wanted(name, manifests))
                for name in TABLES
            }
        except (ValueError, OSError, SQLAlchemyError, RESTError, NotInstalledError) as error:
            raise BadUsage(f"--catalog {catalog!r}: {_first_line(error)}") from error
        return [
            done
            for name, table in tables.items()
            for done in _bring_up_to_date(table, output.root, name, manifests)
        ]


def _connect(catalog: str, warehouse: str | None) -> Catalog:
    if "://" not in catalog:
        return load_catalog(catalog, **({"warehouse": warehouse} if warehouse else {}))
    if warehouse is None and catalog.startswith("sqlite:"):
        file = make_url(catalog).database
        if not file:
            raise ValueError("a catalog in memory is gone at the end of the command: name a file")
        warehouse = os.path.dirname(os.path.abspath(file))
    return load_catalog(CATALOG, uri=catalog, **({"warehouse": warehouse} if warehouse else {}))


def _wanted(name: str, manifests: Sequence[dict[str, Any]]) -> tuple[pa.Schema, dict[str, Any]]:
    """Return the schema of a table and the keys that it is partitioned by, as the folders are."""
    if name == "rejects":
        return REJECTS, {"run_id": IdentityTransform()}
    paths = [
        file["path"]
        for manifest in manifests
        for file in manifest["files"]
        if file["table"] == name
    ]
    keys: dict[str, Any] = {"event_at": DayTransform()}
    if all("/lang=" in path for path in paths):
        keys["language"] = IdentityTransform()
    return ARTICLES, keys


def _table(catalog: Catalog, name: str, schema: pa.Schema, keys: dict[str, Any]) -> Table:
    """Return a table, made when it is not there."""
    wanted = assign_fresh_schema_ids(Catalog._convert_schema_if_needed(schema))
    if catalog.table_exists(name):
        table = catalog.load_table(name)
        for difference in _differences(wanted, table.schema()):
            raise BadUsage(f"{name} has another schema: {difference}; choose another --namespace")
        return table
    names = wanted.name_mapping.model_dump_json()  # the files hold no numbers of columns
    properties = {**_PROPERTIES, TableProperties.DEFAULT_NAME_MAPPING: names}
    for column in STATISTICS:
        if column in schema.names:  # a catalog refuses to hear of another
            properties[f"{TableProperties.METRICS_MODE_COLUMN_CONF_PREFIX}.{column}"] = "full"
    with (
        catalog.create_table_transaction(name, wanted, properties=properties) as transaction,
        transaction.update_spec() as spec,
    ):
        for column, transform in keys.items():
            spec.add_field(column, transform)
    return catalog.load_table(name)


def _differences(wanted: Schema, found: Schema) -> Iterator[str]:
    """Say how a table's columns differ from ours; its own optional ones are no difference."""
    there = {field.name: _alone(field) for field in found.fields}
    for position, field in enumerate(map(_alone, wanted.fields), 1):
        other = there.pop(field.name, None)
        if other is None:
            yield f"column {position}, {field.name}, is missing"
        elif (other.field_type, other.required) != (field.field_type, field.required):
            yield f"{field.name} is {_kind(other)}, not {_kind(field)}"
    for other in there.values():
        if other.required:
            yield f"{other.name} is required and is none of ours"


def _alone(field: NestedField) -> NestedField:
    """Return a column with the ids that it has in a schema of its own."""
    return assign_fresh_schema_ids(Schema(field)).fields[0]


def _kind(field: NestedField) -> str:
    return f"{'required' if field.required else 'optional'} {field.field_type}"


def _bring_up_to_date(
    table: Table, root: str, name: str, manifests: Sequence[dict[str, Any]]
) -> Iterator[Registered]:
    """Yield what was done for each run whose files the table did not hold as published."""
    there = _held(table)
    for path in (path for files in there.values() for path in files):
        if not path.startswith(os.path.join(root, "")):
            raise BadUsage(
                f"{'.'.join(table.name())} holds {path}, which is not below {root}: "
                "choose another --namespace for another or a moved DIR"
            )
    as_of = {manifest["run_id"]: manifest["as_of"] for manifest in manifests}
    published = {
        manifest["run_id"]: {
            os.path.join(root, file["path"]) for file in manifest["files"] if file["table"] == name
        }
        for manifest in manifests
    }
    for run_id in [*published, *sorted(there.keys() - published.keys())]:
        old, new = there.get(run_id, {}), published.get(run_id, set())
        added, removed = sorted(new - old.keys()), sorted(old.keys() - new)
        if added or removed:
            told = {"wirefold.run-id": run_id, "wirefold.as-of": as_of.get(run_id, "")}
            _commit(table, added, [old[path] for path in removed], told)
            yield Registered(name, run_id, len(added), len(removed))


def _held(table: Table) -> dict[str, dict[str, DataFile]]:
    """Return the files that a table holds: by run, by path. A file of ours has rows of one run."""
    number = table.schema().find_field("run_id").field_id
    files: dict[str, dict[str, DataFile]] = defaultdict(dict)
    for task in table.scan().plan_files():
        run_id = (task.file.lower_bounds or {}).get(number, b"").decode()
        files[run_id][task.file.file_path] = task.file
    return files


def _commit(
    table: Table, added: Sequence[str], removed: Sequence[DataFile], told: dict[str, str]
) -> None:
    """Add and remove files in one snapshot; RunFailed names the table when its catalog refuses."""
    name = ".".join(table.name())
    try:
        with table.transaction() as transaction:
            update = transaction.update_snapshot(snapshot_properties=told)
            with update.overwrite() if removed else update.fast_append() as snapshot:
                for path in added:
                    snapshot.append_data_file(_data_file(table, path))
                for file in removed:
                    snapshot.delete_data_file(file)
    except (CommitFailedException, ValidationException) as error:
        raise RunFailed(f"{name} was changed by another writer: run this again") from error
    except (RESTError, OSError, SQLAlchemyError) as error:
        fault = _first_line(error)
        raise RunFailed(f"{name}: the catalog failed: {fault}; run this again") from error


def _data_file(table: Table, path: str) -> DataFile:
    try:
        return parquet_file_to_data_file(table.io, table.metadata, path)
    except (ValueError, OSError) as error:
        name = ".".join(table.name())
        raise BadUsage(f"{path} does not fit {name}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
