"""The Arrow schemas of all files: published tables, staged rows, sketches, verdicts.

The order of columns is a contract (warehouses load by position): new ones only at the end.
"""

from typing import Final

import pyarrow as pa

SCHEMA_VERSION: Final = "1"
INSTANT: Final = pa.timestamp("us", tz="UTC")


def _required(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)


MENTION: Final = pa.struct(
    [_required("text", pa.string()), _required("start", pa.int32()), _required("end", pa.int32())]
)
ENTITY: Final = pa.struct(
    [
        _required("name", pa.string()),
        _required("label", pa.string()),
        pa.field("country", pa.string()),
        _required("count", pa.int32()),
        _required("mentions", pa.list_(MENTION)),
    ]
)
REUSE_LINK: Final = pa.struct(
    [
        _required("article_id", pa.string()),
        _required("kind", pa.string()),
        _required("coverage", pa.float32()),
        _required("coverage_other", pa.float32()),
    ]
)

ARTICLES: Final = pa.schema(
    [
        _required("article_id", pa.string()),
        _required("source", pa.string()),
        _required("source_uri", pa.string()),
        pa.field("url", pa.string()),
        pa.field("title", pa.string()),
        pa.field("summary", pa.string()),
        _required("authors", pa.list_(pa.string())),
        _required("tags", pa.list_(pa.string())),
        _required("text", pa.string()),
        pa.field("published_at", INSTANT),
        pa.field("published_precision", pa.string()),
        _required("event_at", INSTANT),
        pa.field("fetched_at", INSTANT),
        _required("language", pa.string()),
        _required("language_confidence", pa.float32()),
        _required("entities", pa.list_(ENTITY)),
        _required("story_id", pa.string()),
        pa.field("duplicate_of", pa.string()),
        _required("reuse", pa.string()),
        _required("reuse_of", pa.list_(REUSE_LINK)),
        _required("copies", pa.int32()),
        _required("revision", pa.int32()),
        _required("content_hash", pa.string()),
        _required("warnings", pa.list_(pa.string())),
        _required("run_id", pa.string()),
    ],
    metadata={"wirefold.schema_version": SCHEMA_VERSION},
)

REJECTS: Final = pa.schema(
    [
        _required("source_uri", pa.string()),
        _required("step", pa.string()),
        _required("reason", pa.string()),
        _required("detail", pa.string()),
        _required("sample", pa.string()),
        _required("run_id", pa.string()),
        _required("retryable", pa.bool_()),
    ],
    metadata={"wirefold.schema_version": SCHEMA_VERSION},
)

# What FoldWireCopy knows of an article: staged beside its text, kept under _state/ for later runs.
# The last five columns are the sketch proper: `sketch_texts(texts).columns()` gives them.
SKETCHES: Final = pa.schema(
    [
        _required("article_id", pa.string()),
        _required("content_hash", pa.string()),
        _required("source", pa.string()),
        _required("event_at", INSTANT),
        pa.field("published_precision", pa.string()),  # null where event_at is the run's time
        _required("language", pa.string()),
        pa.field("title", pa.string()),
        pa.field("story_id", pa.string()),  # null until published
        _required("length", pa.int32()),  # characters of the text
        _required("letters", pa.int32()),  # letters that were sketched
        _required("hashes", pa.list_(pa.uint32())),  # ascending
        _required("positions", pa.list_(pa.uint16())),
        _required("numbers", pa.list_(pa.int32())),
        _required("number_positions", pa.list_(pa.uint16())),
    ]
)

# What FoldWireCopy says of an article of this run. Who is not named is an original without links.
VERDICTS: Final = pa.schema(
    [
        _required("article_id", pa.string()),
        _required("content_hash", pa.string()),
        _required("story_id", pa.string()),
        pa.field("duplicate_of", pa.string()),
        _required("reuse", pa.string()),
        _required("reuse_of", pa.list_(REUSE_LINK)),
        _required("copies", pa.int32()),
    ]
)

_FILE: Final = pa.dictionary(pa.int32(), pa.string())  # a path: thousands of rows have the same

# A staged row that this run publishes: where it rests, and which version of its item it is.
KEPT: Final = pa.schema(
    [
        _required("articles", _FILE),  # path of the staged rows
        _required("sketches", _FILE),  # path of their sketches
        _required("row", pa.int64()),  # number of the row in both
        _required("article_id", pa.string()),
        _required("content_hash", pa.string()),
        _required("event_at", INSTANT),
        _required("language", pa.string()),
        _required("revision", pa.int32()),
        pa.field("story_id", pa.string()),  # of the item's earlier version; null for a new item
    ]
)

# A kept row with its verdict: all that is left to know before it is published.
DECIDED: Final = pa.schema(
    [
        *(field for field in KEPT if field.name != "story_id"),
        *list(VERDICTS)[2:],
    ]
)

# What later runs remember of every published version, without limit.
VERSIONS: Final = pa.schema(
    [
        _required("article_id", pa.string()),
        _required("content_hash", pa.string()),
        _required("revision", pa.int32()),
        _required("story_id", pa.string()),
    ]
)
