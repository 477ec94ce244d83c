"""Beam's `FileSystems`, ready in every process: import it from here.

Beam makes a new client of S3 for every file, 0.17 s of CPU where the file itself takes 0.006. With
`opened` and `created` all files of a process share one (docs/decisions.md).
"""

import os
from copy import copy
from functools import lru_cache
from typing import BinaryIO, Final

from apache_beam.io.aws.clients.s3.boto3_client import Client  # there without boto3, too
from apache_beam.io.aws.s3io import S3IO
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions

__all__ = ["BUFFER", "FileSystems", "created", "opened", "s3", "s3_client"]

# Bytes asked for at once. With Beam's 16 MiB a file cut into pieces of 1 MB is fetched eight times.
BUFFER: Final = 1 << 20
_AS_IT_IS: Final = CompressionTypes.UNCOMPRESSED

# The workers of a pool are told no options, and without any Beam's client for S3 does not work.
if FileSystems._pipeline_options is None:
    FileSystems.set_options(PipelineOptions([]))


def opened(path: str) -> BinaryIO:
    """Open a file of any file system to be read, as it is, packed or not."""
    file: BinaryIO = (
        s3().open(path, read_buffer_size=BUFFER)
        if path.startswith("s3://")
        else FileSystems.open(path, compression_type=_AS_IT_IS)
    )
    return file


def created(path: str) -> BinaryIO:
    """Open a file of any file system to be written, as it is."""
    file: BinaryIO = (
        s3().open(path, "wb")
        if path.startswith("s3://")
        else FileSystems.create(path, compression_type=_AS_IT_IS)
    )
    return file


@lru_cache(maxsize=1)
def s3_client(options: PipelineOptions, environment: frozenset[tuple[str, str]]) -> Client:
    """Return Beam's client of S3, made once in a process for the same `AWS_...` and options."""
    return Client(options=options)


def s3() -> S3IO:
    """Return access to one file: Beam's client keeps a download, boto3's below it is shared."""
    environment = frozenset(one for one in os.environ.items() if one[0].startswith("AWS_"))
    return S3IO(client=copy(s3_client(FileSystems._pipeline_options, environment)))
