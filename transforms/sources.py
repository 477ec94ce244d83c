"""Find the files that a SOURCE names: a file, a folder, a glob, here or on a remote file system.

Hidden files, the output folder and links to what is found anyway are passed over; devices, FIFOs
and sockets are never opened.
"""

import glob
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from posixpath import basename, dirname
from typing import BinaryIO, Final
from urllib.parse import quote

from transforms.objects import FAULTS, fault_text, find_objects, object_kind
from transforms.paths import SCHEME, is_local, local_path
from transforms.records import ItemError
from transforms.remote import opened

OUTPUT_FOLDERS: Final = ("articles", "duplicates", "rejects", "_runs", "_state")
_WEB: Final = ("http://", "https://")
_SAFE: Final = "/-._~!$&'()*+,;=:@"  # what RFC 3986 lets stand in a path


@dataclass(frozen=True, slots=True)
class Found:
    """A file that can be read."""

    path: str  # to open it with
    uri: str  # absolute, percent-encoded
    place: str  # given folder's name and the path below it
    folder: str  # name of the folder that holds it
    size: int  # bytes
    modified: float  # seconds since 1970, as the file system tells it
    named: bool = False  # given by the user as it is, not found below a folder


@dataclass(frozen=True, slots=True)
class Lost:
    """Something that was to be read and cannot be."""

    uri: str
    error: ItemError
    sample: str = ""
    whole: bool = False  # the SOURCE itself, not a file below it


def source_uri(source: str) -> str:
    """Return a SOURCE as absolute, percent-encoded path or URI, however it was spelled."""
    if source.startswith(_WEB):
        return quote(source, safe=_SAFE + "%?[]")
    if not is_local(source):
        return quote(source, safe=_SAFE)
    return quote(os.fsencode(local_path(source)), safe=_SAFE)


def anywhere(source: str) -> str:
    """Return a SOURCE that names the same files in every process, whatever folder it works in."""
    return source if SCHEME.match(source) else os.path.abspath(source)


def source_kind(source: str) -> str:
    """Return `file`, `folder` or `glob`."""
    if not is_local(source):
        return object_kind(source)
    if os.path.isdir(local_path(source)):
        return "folder"
    exists = os.path.lexists(local_path(source))
    return "glob" if glob.has_magic(source) and not exists else "file"


def find_files(source: str, output: str | None = None) -> Iterator[Found | Lost]:
    """Yield the files that `source` names, in the order of their names, without `output`'s."""
    if not is_local(source):
        yield from _find_remote(source, output)
        return
    path = local_path(source)
    if not os.path.lexists(path):
        yield from _find_glob(path, output)
    elif os.path.isdir(path):
        yield from (_check(each, path) for each in _walk(path, _not_to_read(path, output)))
    else:
        yield _check(path, dirname(path), named=True)


def open_file(path: str) -> BinaryIO:
    """Open a file as it is, packed or not; raises FAULTS, then and while it is read."""
    return opened(path)


# --- this machine ----------------------------------------------------------------------------


def _find_glob(pattern: str, output: str | None) -> Iterator[Found | Lost]:
    """Yield the files that a pattern matches, and those below the folders that it matches."""
    root = dirname(pattern[: re.search(r"[*?[]|$", pattern).start()])  # type: ignore[union-attr]
    hits = sorted(glob.glob(pattern, recursive=True)) if glob.has_magic(pattern) else []
    skipped = _not_to_read(root, output)
    given: set[str] = set()  # `**` matches a folder and what lies in it
    for hit in hits:
        if any(_is_below(os.path.realpath(hit), folder) for folder in skipped):
            continue
        for path in _walk(hit, skipped) if os.path.isdir(hit) else (hit,):
            if path not in given:
                given.add(path)
                yield _check(path, root)
    if not hits:
        yield Lost(source_uri(pattern), ItemError("not_found", "no such file"), whole=True)


def _not_to_read(root: str, output: str | None) -> tuple[str, ...]:
    """Return the folders below `root` that belong to the output.

    That is the whole output folder; but when `root` lies in it, only the folders that runs make.
    """
    if not output:
        return ()
    return _ours(os.path.realpath(root), os.path.realpath(output))


def _ours(root: str, output: str) -> tuple[str, ...]:
    if _is_below(root, output):
        return tuple(os.path.join(output, name) for name in OUTPUT_FOLDERS)
    return (output,)


def _is_below(path: str, folder: str) -> bool:
    return f"{path}/".startswith(f"{folder.rstrip('/')}/")


def _walk(root: str, skipped: Iterable[str]) -> Iterator[str]:
    """Yield the paths of files below a folder: first those in it, then what links lead to."""
    seen = {_identity(folder) for folder in skipped} - {None}
    links: list[str] = []
    folders = [root]
    while folders or links:
        folder = folders.pop() if folders else links.pop(0)
        if not os.path.isdir(folder):  # a link to a file, or to nothing
            if _identity(dirname(os.path.realpath(folder))) not in seen:
                yield folder
            continue
        if _identity(folder) in seen:
            continue
        seen.add(_identity(folder))
        try:
            with os.scandir(folder) as entries:
                names = sorted(
                    (e.path, e.is_symlink(), e.is_dir(follow_symlinks=False))
                    for e in entries
                    if not e.name.startswith(".")
                )
        except OSError:
            yield folder  # refused as unreadable where it is checked
            continue
        links += [path for path, link, _ in names if link]
        folders += [path for path, _, is_folder in reversed(names) if is_folder]
        yield from (path for path, link, is_folder in names if not link and not is_folder)


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _check(path: str, root: str, *, named: bool = False) -> Found | Lost:
    """Return the file with its names, or why it cannot be read; opens nothing."""
    uri = quote(os.fsencode(path), safe=_SAFE)
    try:
        status = os.stat(path)
    except OSError as error:
        reason = "not_found" if isinstance(error, FileNotFoundError) else "unreadable"
        return Lost(uri, ItemError(reason, error.strerror or str(error)), whole=named)
    if stat.S_ISDIR(status.st_mode):
        return Lost(uri, ItemError("unreadable", "the folder cannot be listed"))
    if not stat.S_ISREG(status.st_mode):
        return Lost(uri, ItemError("unsupported_format", "a device, FIFO or socket"), whole=named)
    place = f"{basename(root)}/{os.path.relpath(path, root)}"
    return Found(path, uri, place, basename(dirname(path)), status.st_size, status.st_mtime, named)


# --- other file systems, through Beam --------------------------------------------------------


def _find_remote(source: str, output: str | None) -> Iterator[Found | Lost]:
    try:
        hits, base, named = find_objects(source)
    except (*FAULTS, ValueError) as error:  # ValueError: no file system of that name
        lost = ItemError("unreadable", fault_text(error), retryable=True)
        yield Lost(source_uri(source), lost, whole=True)
        return
    skipped = _ours(base, output.rstrip("/")) if output else ()
    for hit in sorted(hits, key=lambda hit: hit.path):
        below = hit.path[len(base) :].lstrip("/")
        hidden = any(part.startswith(".") for part in below.split("/"))
        if hidden or any(_is_below(hit.path, folder) for folder in skipped):
            continue
        yield Found(
            path=hit.path,
            uri=source_uri(hit.path),
            place=f"{basename(base)}/{below}",
            folder=basename(dirname(hit.path)),
            size=hit.size_in_bytes,
            modified=hit.last_updated_in_seconds or 0.0,
            named=named,
        )
    if not hits:
        yield Lost(source_uri(source), ItemError("not_found", "no such file"), whole=True)
