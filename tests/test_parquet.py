"""Tests of transforms/parquet.py."""

from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from transforms.parquet import write_parquet

SCHEMA = pa.schema(
    [pa.field("event_at", pa.timestamp("us", tz="UTC")), pa.field("text", pa.string())]
)


def test_groups_are_row_groups_with_statistics_on_keys_alone(tmp_path):
    table = pa.table({"event_at": [0, 1, 2], "text": ["a", "b", "c"]}).cast(SCHEMA)
    file = write_parquet(str(tmp_path), SCHEMA, [table.slice(0, 2), table.slice(2)])
    data = Path(file.path).read_bytes()
    assert (file.rows, file.bytes, file.sha256) == (3, len(data), sha256(data).hexdigest())
    found = pq.read_metadata(file.path)
    assert [found.row_group(k).num_rows for k in range(found.num_row_groups)] == [2, 1]
    column = {
        found.row_group(0).column(k).path_in_schema: found.row_group(0).column(k) for k in (0, 1)
    }
    assert column["event_at"].compression == "ZSTD"
    assert column["event_at"].statistics.has_min_max
    assert not column["text"].is_stats_set


def test_no_rows_still_make_a_readable_file(tmp_path):
    file = write_parquet(str(tmp_path), SCHEMA, [])
    assert pq.read_table(file.path).num_rows == 0
