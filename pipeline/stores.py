"""Tell before a run what an object store lacks: credentials, a bucket to write to.

Beam finds out after minutes of trying again.
"""

from collections.abc import Iterable
from typing import Final

from pipeline.config import is_local
from pipeline.errors import BadUsage, RunFailed
from transforms.remote import FileSystems, s3

_WEB: Final = ("http://", "https://")
_NO_KEYS: Final = (
    "no credentials for s3://: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
)


def check_stores(sources: Iterable[str], output: str) -> None:
    """Raise BadUsage where credentials, or the bucket of `output`, are missing.

    `open_file_systems` comes first. Raises RunFailed when a store does not answer. A SOURCE that
    is not there, or may not be read by us, is the run's to tell: a reject, and exit 4.
    """
    check_bucket("--output", output)
    for source in sources:
        if not is_local(source) and not source.lower().startswith(_WEB):
            _check_source(source)


def check_bucket(what: str, path: str) -> None:
    """Raise BadUsage when the bucket of `path`, called `what`, is not there."""
    if path.startswith("s3://") and not _has_bucket(what, path):
        raise BadUsage(f"{what} {path!r}: there is no bucket {_bucket(path)!r}")


def _bucket(path: str) -> str:
    return path.removeprefix("s3://").partition("/")[0]


def _has_bucket(what: str, path: str) -> bool:
    """Ask S3 for a bucket.

    Access denied is let pass: some objects of the bucket may be open to us all the same.
    """
    from botocore.exceptions import (  # noqa: PLC0415  an extra
        BotoCoreError,
        ClientError,
        NoCredentialsError,
        ParamValidationError,
        PartialCredentialsError,
        ProfileNotFound,
    )

    try:
        s3().client.client.head_bucket(Bucket=_bucket(path))
    except ClientError as error:
        return bool(error.response["ResponseMetadata"]["HTTPStatusCode"] != 404)
    except ParamValidationError as error:
        raise BadUsage(f"{what} {path!r}: {_bucket(path)!r} is no name of a bucket") from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise BadUsage(f"{what} {path!r}: {_NO_KEYS}") from error
    except ProfileNotFound as error:
        raise BadUsage(f"{what} {path!r}: {error}") from error
    except (BotoCoreError, ValueError) as error:  # ValueError: an endpoint that is no URL
        raise RunFailed(f"{what} {path!r}: {error}") from error
    return True


def _check_source(source: str) -> None:
    try:
        FileSystems.get_filesystem(source)
    except ValueError as error:
        raise BadUsage(f"SOURCE {source!r}: no file system of this scheme is known") from error
    if source.startswith("s3://"):
        _has_bucket("SOURCE", source)
