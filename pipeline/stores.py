"""Tell before a run what an object store lacks: credentials, a bucket, an object.

Beam finds out after minutes of trying again.
"""

from collections.abc import Iterable
from typing import Final

from pipeline.config import is_local
from pipeline.errors import BadUsage, RunFailed
from transforms.remote import FileSystems, s3
from transforms.sources import Lost, find_files

_WEB: Final = ("http://", "https://")
_NO_KEYS: Final = (
    "no credentials for s3://: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
)


def check_stores(sources: Iterable[str], output: str) -> None:
    """Raise BadUsage when a SOURCE on another file system is not there, or a bucket is not.

    `open_file_systems` comes first. Raises RunFailed when a store does not answer. What answers,
    but may not be listed or read by us, is the run's to tell.
    """
    check_bucket("--output", output)
    for source in sources:
        if not is_local(source) and not source.lower().startswith(_WEB):
            _check_source(source)


def check_bucket(what: str, path: str) -> None:
    """Ask S3 for the bucket of `path`, called `what`. Raises as `check_stores`.

    Access denied is let pass: some objects of the bucket may be open to us all the same.
    """
    if not path.startswith("s3://"):
        return
    from botocore.exceptions import (  # noqa: PLC0415  an extra
        BotoCoreError,
        ClientError,
        NoCredentialsError,
        ParamValidationError,
        PartialCredentialsError,
        ProfileNotFound,
    )

    bucket = path.removeprefix("s3://").partition("/")[0]
    try:
        s3().client.client.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            raise BadUsage(f"{what} {path!r}: there is no bucket {bucket!r}") from error
    except ParamValidationError as error:
        raise BadUsage(f"{what} {path!r}: {bucket!r} is no name of a bucket") from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise BadUsage(f"{what} {path!r}: {_NO_KEYS}") from error
    except ProfileNotFound as error:
        raise BadUsage(f"{what} {path!r}: {error}") from error
    except (BotoCoreError, ValueError) as error:  # ValueError: an endpoint that is no URL
        raise RunFailed(f"{what} {path!r}: {error}") from error


def _check_source(source: str) -> None:
    try:
        FileSystems.get_filesystem(source)
    except ValueError as error:
        raise BadUsage(f"SOURCE {source!r}: no file system of this scheme is known") from error
    check_bucket("SOURCE", source)
    first = next(find_files(source), None)
    if isinstance(first, Lost) and first.error.reason == "not_found":
        raise BadUsage(f"SOURCE {source!r}: no such file or folder")
