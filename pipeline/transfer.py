"""Files to and from other file systems, through Beam: several at a time, whole.

Everything here raises RunFailed, which names the URL, when a file system fails.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

from pipeline.errors import RunFailed
from transforms.remote import FileSystems, created, opened

AT_ONCE: Final = 8  # files
Copies = Iterable[tuple[str, str]]  # a path here, and the URL


def bring(copies: Copies) -> None:
    """Copy files here."""
    _at_once(_bring, copies)


def put(copies: Copies) -> None:
    """Copy files there; each is there wholly or not at all."""
    _at_once(_put, copies)


def below(url: str) -> set[str]:
    """Return what lies below a folder, to its depth, by paths below it."""
    with _answering(url):
        (found,) = FileSystems.match([f"{url}/**"])
    return {one.path.removeprefix(f"{url}/") for one in found.metadata_list}


def drop(urls: Iterable[str]) -> None:
    """Delete files that are there."""
    if some := sorted(urls):
        with _answering(some[0]):
            FileSystems.delete(some)


def check_writable(url: str) -> None:
    """Write a file below a folder and delete it again."""
    probe = f"{url}/.probe-{os.urandom(8).hex()}"
    with _answering(url), created(probe) as file:
        file.write(b"wirefold")
    drop([probe])


@contextmanager
def _answering(url: str) -> Iterator[None]:
    """Turn what a file system raises into RunFailed; for nothing but calls of it and copies.

    S3, Google and Hadoop have no error in common: each client raises its own.
    """
    try:
        yield
    except Exception as error:
        raise RunFailed(f"{url}: {error}") from error


def _at_once(copy: Callable[[tuple[str, str]], None], copies: Copies) -> None:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for _ in threads.map(copy, copies):
            pass


def _bring(copy: tuple[str, str]) -> None:
    path, url = copy
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with _answering(url), opened(url) as source, open(path, "wb") as target:
        shutil.copyfileobj(source, target)


def _put(copy: tuple[str, str]) -> None:
    path, url = copy
    with _answering(url), open(path, "rb") as source, created(url) as target:
        shutil.copyfileobj(source, target)
