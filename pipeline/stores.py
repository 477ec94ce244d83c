"""Reach other file systems, and tell before a run what they lack (`open_stores`).

Beam finds out after minutes of trying again.
"""

from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from typing import Final

from apache_beam import version
from apache_beam.options.pipeline_options import PipelineOptions

from pipeline.errors import BadUsage, RunFailed
from transforms.paths import is_local
from transforms.remote import FileSystems, s3

_WEB: Final = ("http://", "https://")
_PACKAGES: Final = {  # scheme: a module that it needs, and where that comes from
    "s3": ("boto3", "wirefold[s3]"),
    "gs": ("apitools", f"apache-beam[gcp]=={version.__version__}"),
}
_NO_KEYS: Final = (
    "no credentials for s3://: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
)


def open_stores(sources: Iterable[str], output: str, flags: Sequence[str]) -> None:
    """Let Beam's `flags` (`--s3_endpoint_url`) say how file systems are reached, and look at them.

    Raises BadUsage where a package, credentials or the bucket of `output` are missing, RunFailed
    when a store does not answer. A SOURCE that is not there, or may not be read by us, is the
    run's to tell: a reject, and exit 4.
    """
    open_store("--output", output, flags)
    for source in sources:
        if not source.lower().startswith(_WEB):
            _reach("SOURCE", source)


def open_store(what: str, directory: str, flags: Sequence[str] = ()) -> None:
    """Do the same for one output folder, which the message calls `what`."""
    FileSystems.set_options(PipelineOptions(list(flags)))
    if not _reach(what, directory):
        raise BadUsage(f"{what} {directory!r}: there is no bucket {_bucket(directory)!r}")


def _reach(what: str, path: str) -> bool:
    """Return False for an `s3://` path whose bucket is not there; raises as `open_stores`."""
    if is_local(path):
        return True
    scheme = path.partition("://")[0]
    module, package = _PACKAGES.get(scheme, ("", ""))
    if module and not find_spec(module):
        raise BadUsage(f'{scheme}:// needs a package: pip install "{package}"')
    try:
        FileSystems.get_filesystem(path)
    except ValueError as error:
        raise BadUsage(f"{what} {path!r}: no file system of this scheme is known") from error
    return scheme != "s3" or _has_bucket(what, path)


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
