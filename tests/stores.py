"""A real S3 server, moto's, on loopback, and buckets of it."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.loopback import HOST, free_port, listens

REGION = "eu-south-1"
KEYS = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_DEFAULT_REGION": REGION}


@contextmanager
def s3_found_by_all():
    """Serve S3 where this process and all that it starts find it; give a client. Skips without."""
    boto3 = pytest.importorskip("boto3", reason="the extra `s3` is not installed")
    for name in ("moto", "flask"):
        pytest.importorskip(name, reason=f"{name} is not installed")
    with s3_server() as environment, pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield boto3.client("s3")


@contextmanager
def s3_server() -> Iterator[dict[str, str]]:
    """Serve S3 on a free port of loopback and give the environment by which it is found."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", HOST, "-p", str(port)]
    silent = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=silent, stderr=silent) as process:
        try:
            while process.poll() is None and not listens(port):
                time.sleep(0.1)
            yield KEYS | {"AWS_ENDPOINT_URL": f"http://{HOST}:{port}"}
        finally:
            process.terminate()


class Bucket:
    """A bucket of a test's own."""

    def __init__(self, client, name: str) -> None:
        self.client, self.name = client, name
        client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})

    def __str__(self) -> str:
        return f"s3://{self.name}"

    def put(self, key: str, body: bytes) -> None:
        self.client.put_object(Bucket=self.name, Key=key, Body=body)

    def drop(self, key: str) -> None:
        self.client.delete_object(Bucket=self.name, Key=key)

    def listed(self, prefix: str = "out/") -> list[str]:
        found = self.client.list_objects_v2(Bucket=self.name, Prefix=prefix)
        return [one["Key"] for one in found.get("Contents", [])]

    def rows(self, table: str) -> list[dict]:
        """Return the rows of the files that manifests name, as a reader finds them."""
        rows = []
        for key in self.listed("out/_runs/"):
            if key.endswith("manifest.json"):
                for file in json.loads(self.get(key))["files"]:
                    if file["table"] == table:
                        found = pq.read_table(pa.BufferReader(self.get(f"out/{file['path']}")))
                        rows += found.to_pylist()
        return sorted(rows, key=lambda row: row["source_uri"])

    def get(self, key: str) -> bytes:
        return self.client.get_object(Bucket=self.name, Key=key)["Body"].read()
