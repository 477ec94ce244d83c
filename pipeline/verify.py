"""Re-check an output folder against its manifests: `verify`."""

import os
from collections.abc import Iterable, Iterator
from hashlib import file_digest
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.errors import BadUsage
from pipeline.output import TABLES, OutputFolder
from pipeline.publish import settle
from transforms.paths import is_local, local_path
from transforms.schemas import ARTICLES, REJECTS

_LINKS: Final = ["article_id", "story_id", "duplicate_of", "reuse_of"]
_NOTHING: Final = pa.schema([ARTICLES.field(name) for name in _LINKS]).empty_table()


def verify(directory: str) -> list[str]:
    """Return a sentence for everything that is off; an empty list means all is well.

    Of an output folder on an object store, all files that manifests name are brought here first.

    Checked: that each file of a manifest is there with its rows, bytes, hash and columns; that no
    other file lies in the tables; that each run's counts add up; that each row's story, original
    and links are published articles.
    """
    if is_local(directory):
        output = OutputFolder(local_path(directory))
        settle(output)
        return _problems(output, list(_files(output.root)))
    from pipeline.home import opened_store  # noqa: PLC0415  (both import Beam)
    from pipeline.stores import open_store  # noqa: PLC0415

    open_store("DIR", directory)
    with opened_store(directory) as store:
        there = store.bring_tables()
        if not there and not store.folder.manifests():
            raise BadUsage(f"DIR {directory!r}: no such folder")
        return _problems(store.folder, there)


def _problems(output: OutputFolder, there: Iterable[str]) -> list[str]:
    manifests = output.manifests()
    files = [file for manifest in manifests for file in manifest["files"]]
    known = {file["path"] for file in files}
    return [
        *(problem for manifest in manifests for problem in _counts(manifest)),
        *(problem for file in files for problem in _file(output.root, file)),
        *(f"{path}: no manifest names it" for path in there if path not in known),
        *_links(output.root, [file for file in files if file["table"] != "rejects"]),
    ]


def _counts(manifest: dict[str, Any]) -> Iterator[str]:
    name, counts = f"run {manifest['run_id']}", manifest["counts"]
    told = sum(counts[kind] for kind in ("articles", "duplicates", "unchanged", "rejects"))
    if told != counts["read"]:
        yield f"{name}: read {counts['read']} items, but tells of {told}"
    for table in TABLES:
        rows = sum(file["rows"] for file in manifest["files"] if file["table"] == table)
        if rows != counts[table]:
            yield f"{name}: counts {counts[table]} {table}, but its files hold {rows}"


def _file(root: str, file: dict[str, Any]) -> Iterator[str]:
    path = os.path.join(root, file["path"])
    if not os.path.exists(path):
        yield f"{file['path']}: is missing"
        return
    with open(path, "rb") as opened:
        digest = file_digest(opened, "sha256").hexdigest()
    if digest != file["sha256"]:
        yield f"{file['path']}: its content is not what was published"
        return
    found = pq.read_metadata(path)
    if found.num_rows != file["rows"]:
        yield f"{file['path']}: holds {found.num_rows} rows, not {file['rows']}"
    if os.path.getsize(path) != file["bytes"]:
        yield f"{file['path']}: has {os.path.getsize(path)} bytes, not {file['bytes']}"
    wanted = REJECTS if file["table"] == "rejects" else ARTICLES
    if found.schema.to_arrow_schema().names[: len(wanted)] != wanted.names:
        yield f"{file['path']}: has other columns than this version writes"


def _files(root: str) -> Iterator[str]:
    """Yield the files of the tables, by their paths below the output folder."""
    for table in TABLES:
        for folder, _, names in sorted(os.walk(os.path.join(root, table))):
            for name in sorted(names):
                yield os.path.relpath(os.path.join(folder, name), root)


def _links(root: str, files: list[dict[str, Any]]) -> Iterator[str]:
    """Name the links to articles that are not published: of a story, an original, a passage."""
    rows = {"articles": _NOTHING, "duplicates": _NOTHING}
    for file in files:
        table = _readable(os.path.join(root, file["path"]))
        if table is not None:
            rows[file["table"]] = pa.concat_tables([rows[file["table"]], table])
    articles = rows["articles"]["article_id"].unique()
    everything = pa.concat_tables(rows.values())
    for name in ("story_id", "duplicate_of"):
        lost = everything.filter(
            pc.and_(
                pc.is_valid(everything[name]),
                pc.invert(pc.is_in(everything[name], value_set=articles)),
            )
        )
        for one in lost.select(["article_id", name]).to_pylist():
            yield f"{name} of {one['article_id']} points to {one[name]}, which is not published"
    owners = everything["article_id"].take(pc.list_parent_indices(everything["reuse_of"]))
    targets = pc.struct_field(pc.list_flatten(everything["reuse_of"]), "article_id")
    missing = pc.invert(pc.is_in(targets, value_set=everything["article_id"].unique()))
    for owner, target in zip(owners.filter(missing), targets.filter(missing), strict=True):
        yield f"reuse_of of {owner} points to {target}, which is not published"


def _readable(path: str) -> pa.Table | None:
    """Read the links of a file; None for one that `_file` has already named."""
    try:
        return pq.read_table(path, columns=_LINKS).cast(_NOTHING.schema)
    except (OSError, pa.ArrowException):
        return None
