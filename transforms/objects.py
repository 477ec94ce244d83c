"""Objects of a store, `s3://` or `gs://`, read as files through Beam's FileSystems.

A store knows no folders: what the names of its objects share up to a slash is taken for one.
"""

import re
from fnmatch import translate
from glob import has_magic
from posixpath import dirname
from typing import Final, NamedTuple

from apache_beam.io.aws.clients.s3.messages import S3ClientError
from apache_beam.io.filesystem import BeamIOError, FileMetadata

from transforms.remote import FileSystems

try:  # there with Beam's extra `gcp`
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError
except ImportError:
    GoogleAPIError = GoogleAuthError = OSError

# What a file system raises when it cannot list, open or read; the stores' own are no OSError.
FAULTS: Final = (OSError, BeamIOError, S3ClientError, GoogleAPIError, GoogleAuthError)
_WILD: Final = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


class Objects(NamedTuple):
    """What a SOURCE names in a store."""

    hits: list[FileMetadata]
    base: str  # the folder that their places begin with
    named: bool  # one object, given by its name


def find_objects(source: str) -> Objects:
    """Look up an object, a folder or a glob; raises FAULTS, and ValueError for an unknown scheme.

    As on this machine, an object that exists is taken as it is, whatever its name looks like, and
    a pattern that matches a folder means all that is in it.
    """
    if _is_object(source):
        there = FileSystems.get_filesystem(source).metadata(source)
        return Objects([there], dirname(source), named=True)
    if not has_magic(source):
        folder = source.rstrip("/")
        return Objects(_below(f"{folder}/"), folder, named=False)
    prefix = re.split(r"[*?[]", source)[0]
    pattern = as_regex(source)
    hits = [hit for hit in _below(prefix) if pattern.fullmatch(hit.path)]
    return Objects(hits, dirname(prefix), named=False)


def object_kind(source: str) -> str:
    """Return `file`, `folder` or `glob`; what cannot be looked up is called a file."""
    try:
        exists = _is_object(source)
    except (*FAULTS, ValueError):
        exists = True
    return "file" if exists else "glob" if has_magic(source) else "folder"


def fault_text(error: Exception) -> str:
    """Return what a file system complains of, without Beam's wrapping."""
    details = getattr(error, "exception_details", None) or {}
    return "; ".join(str(one) for one in details.values()) or str(error)


def as_regex(pattern: str) -> re.Pattern[str]:
    """Return a regular expression of what a glob matches, and of all that lies below that."""
    pieces = re.split(r"(\*\*/|\*\*|\*|\?|\[!?+\]?+[^]]*\])", pattern)
    translated = [
        re.escape(piece) if number % 2 == 0 else _WILD.get(piece) or _characters(piece)
        for number, piece in enumerate(pieces)
    ]
    return re.compile("".join(translated).rstrip("/") + "(?:/.*)?", re.DOTALL)


def _characters(piece: str) -> str:
    """Translate `[...]`, which never stands for a slash, without what fnmatch wraps around it."""
    return "(?!/)" + translate(piece).removeprefix("(?s:").rpartition(")")[0]


def _is_object(source: str) -> bool:
    system = FileSystems.get_filesystem(source)  # an unknown one is told before anything else
    name = source.partition("://")[2].partition("/")[2]
    return bool(name) and not name.endswith("/") and bool(system.exists(source))


def _below(prefix: str) -> list[FileMetadata]:
    """Return the objects whose names begin with `prefix`, but for those that stand for folders."""
    found = FileSystems.match([f"{prefix}**"])[0].metadata_list
    return [hit for hit in found if not hit.path.endswith("/")]
