"""Tests of transforms/read_files.py: the PTransform and its planning."""

import gzip
import io
import json
import tracemalloc

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.testing.test_pipeline import TestPipeline as BeamPipeline
from apache_beam.testing.util import assert_that, equal_to
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import AS_OF, counters
from tests.reading import read_all
from transforms.formats import FORMATS
from transforms.formats.origin import Refused
from transforms.read_files import (
    MAX_FILE_BYTES,
    Part,
    ReadFiles,
    _Read,
    file_states,
    plan,
    read_part,
)
from transforms.reasons import REJECTS, WARNINGS
from transforms.records import Article, SourceRead
from transforms.text import clean


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "a.txt").write_text("Uno.")
    (folder / "b.jsonl").write_text('{"text": "Due."}\n{broken\n\n{"text": "Tre."}\n')
    (folder / "c.bin").write_bytes(b"\0\1")
    return folder


def test_reads_a_folder_into_articles_rejects_and_a_count(folder):
    uri = str(folder)
    pipeline = BeamPipeline(runner="FnApiRunner")
    read = pipeline | ReadFiles([uri], AS_OF)
    assert_that(
        read.articles | beam.Map(lambda a: (a.source_uri, a.text, a.source)),
        equal_to(
            [
                (f"{uri}/a.txt", "Uno.", "desk"),
                (f"{uri}/b.jsonl#1", "Due.", "desk"),
                (f"{uri}/b.jsonl#4", "Tre.", "desk"),
            ]
        ),
        label="articles",
    )
    assert_that(
        read.rejects | beam.Map(lambda r: (r.source_uri, r.step, r.reason)),
        equal_to(
            [
                (f"{uri}/b.jsonl#2", "ReadFiles", "bad_json"),
                (f"{uri}/c.bin", "ReadFiles", "unsupported_format"),
            ]
        ),
        label="rejects",
    )
    assert_that(read.sources, equal_to([SourceRead(uri=uri, kind="folder", items=5)]), label="sums")
    result = pipeline.run()
    result.wait_until_finish()

    assert counters(result) == {
        "articles": 3,
        "rejected_bad_json": 1,
        "rejected_unsupported_format": 1,
    }


def test_a_missing_source_is_one_reject_and_a_failed_source(tmp_path):
    uri = str(tmp_path / "nothing")
    with BeamPipeline(runner="FnApiRunner") as pipeline:
        read = pipeline | ReadFiles([uri], AS_OF)
        assert_that(read.rejects | beam.Map(lambda r: r.reason), equal_to(["not_found"]))
        expected = [SourceRead(uri=uri, kind="file", status="failed", items=1)]
        assert_that(read.sources, equal_to(expected), label="sources")


def test_a_file_that_vanishes_after_planning_is_refused(folder):
    (piece,) = plan(str(folder / "a.txt"), None, MAX_FILE_BYTES)
    (folder / "a.txt").unlink()
    (part,) = piece.parts
    assert isinstance(part, Part)
    (refused,) = read_part(part, {}, MAX_FILE_BYTES)

    assert isinstance(refused, Refused)
    assert refused.error.reason == "unreadable"


def test_the_state_of_every_file_is_told_by_uri(folder):
    states = file_states([str(folder), str(folder / "gone.txt")])

    expected = {str(p): (p.stat().st_size, p.stat().st_mtime) for p in folder.iterdir()}
    assert states == expected | {str(folder / "gone.txt"): (-1, 0.0)}


def test_only_the_files_that_are_wanted_are_read(folder):
    wanted = str(folder / "a.txt")

    (piece,) = plan(str(folder), None, MAX_FILE_BYTES, frozenset({wanted}))

    assert [part.file.uri for part in piece.parts] == [wanted]


def outcome(path):
    """Return the articles, rejects and number of items of a source."""
    read = _Read(AS_OF, {}, MAX_FILE_BYTES)
    found = [out for piece in plan(str(path), None, MAX_FILE_BYTES) for out in read.process(piece)]
    tagged = [out for out in found if not isinstance(out, Article)]
    return (
        [out for out in found if isinstance(out, Article)],
        [out.value for out in tagged if out.tag == "rejects"],
        sum(out.value.items for out in tagged if out.tag == "sources"),
    )


def parquet(**columns):
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


BOMB = gzip.compress(b"a" * (80 << 20))
BAD_FILES = {  # content -> (texts, reasons)
    "empty.txt": (b"", [], ["empty"]),
    "blank.txt": (b" \n\t ", [], ["empty"]),
    "blank.html": (b"\n", [], ["empty"]),
    "no text.html": (b"<html><body></body></html>", [], ["no_text"]),
    "binary.txt": (bytes(range(256)) * 20, [], ["binary"]),
    "binary.jsonl": (bytes(range(256)) * 20, [], ["binary"]),
    "binary.csv": (bytes(range(256)) * 20, [], ["binary"]),
    "nul.txt": (b"Il ponte" * 20 + b"\0.", ["Il ponte" * 20 + "."], []),
    "utf16.txt": ("perché".encode("utf-16"), ["perché"], []),
    "utf16.jsonl": ('{"text": "perché"}\n{"text": "b"}'.encode("utf-16"), ["perché", "b"], []),
    "utf16.csv": ("title;text\nA;perché\n".encode("utf-16"), ["perché"], []),
    "latin1.txt": ("perché la città è così".encode("latin-1"), ["perché la città è così"], []),
    "truncated.txt.gz": (gzip.compress(b"Il ponte. " * 99)[:-9], [], ["bad_archive"]),
    "truncated.jsonl.gz": (
        gzip.compress(b'{"text": "a"}\n' * 3)[:-8], ["a", "a", "a"], ["bad_archive"]
    ),
    "not packed.jsonl.gz": (b'{"text": "a"}', [], ["bad_archive"]),
    "bomb.txt.gz": (BOMB, [], ["decompression_bomb"]),
    "bomb.jsonl.gz": (BOMB, [], ["decompression_bomb"]),
    "bomb.csv.gz": (BOMB, [], ["decompression_bomb"]),
    "bomb.parquet.gz": (BOMB, [], ["decompression_bomb"]),
    "middle.jsonl": (b'{"text": "a"}\n{"text\n{"text": "c"}\n', ["a", "c"], ["bad_json"]),
    "surrogate.jsonl": (b'{"text": "a\\ud800"}', ["a\ufffd"], []),
    "quote.csv": (b'title,text\nA,a\n"B,b\nC,c\n', ["a", "c"], ["bad_csv"]),
    "no text.csv": (b"title,url\nA,b\n", [], ["no_text_column"]),
    "no text.parquet": (parquet(title=["a"]), [], ["no_text_column"]),
    "truncated.parquet": (parquet(text=["a"])[:-9], [], ["bad_parquet"]),
    "null.parquet": (parquet(text=["a", None]), ["a"], ["no_text"]),
    "path.jsonl": (b'{"text": "a", "language": "../../x", "source": "../../x"}', ["a"], []),
    "\U0001f680 line\nbreak.txt": (b"a", ["a"], []),
    "format.docx": (b"PK", [], ["unsupported_format"]),
    "name": (b"a", [], ["unsupported_format"]),
    "feeds.opml": (b"<opml/>", [], ["unsupported_format"]),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_input_costs_itself_only(tmp_path, name):
    data, texts, reasons = BAD_FILES[name]
    (tmp_path / name).write_bytes(data)
    articles, rejects, items = outcome(tmp_path)

    assert [article.text for article in articles] == texts
    assert [reject.reason for reject in rejects] == reasons
    assert items == len(texts + reasons)
    assert {reject.reason for reject in rejects} <= set(REJECTS)
    assert {word for article in articles for word in article.warnings} <= set(WARNINGS)


VALID = {
    ".txt": " date 2024-06 Il ponte è chiuso.".encode(),
    ".html": b"<html lang=it><title>T</title><p>Il ponte.</p><script>x</script></html>",
    ".xml": b"""<rss version="2.0"><channel><item><title>T</title>
        <description>a &lt;b&gt;</description>
        <pubDate>Wed, 19 Jun 2024 10:00:00 GMT</pubDate></item>
        </channel></rss>""",
    ".json": b'[{"text": "a", "date": 1718790000, "tags": ["b"]}, {"text": "c"}]',
    ".jsonl": '{"text": "perché", "source": {"name": "BBC"}}\n{"text": "b"}\n'.encode(),
    ".csv": b'title,text\n"A ""q""","two\nlines"\nB,b\n',
    ".tsv": b'title\ttext\nA\t"b\n',
    ".parquet": parquet(text=["a", "b"], date=["2024-06-19", None]),
}
JUNK = st.binary(max_size=8) | st.sampled_from(
    [
        b'"',
        b"\n",
        b"\r",
        b"<",
        b"&#1;",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"[" * 99,
        b"<a:>",
        b"\\ud800",
    ]
)


@settings(max_examples=200)
@given(st.data(), st.sampled_from(sorted(VALID)), st.sampled_from(sorted(FORMATS)))
def test_whatever_is_in_a_file_ends_as_articles_or_rejects(tmp_path_factory, data, kind, suffix):
    content = VALID[kind]
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(content))] * 2)))
    content = content[:start] + data.draw(JUNK) + content[end:]
    packing = data.draw(st.sampled_from(["", "", ".gz"]))
    path = tmp_path_factory.mktemp("junk") / f"a{suffix}{packing}"
    path.write_bytes(
        gzip.compress(content)[: data.draw(st.none() | st.just(-4))] if packing else content
    )
    articles, rejects, items = outcome(path)

    assert len(articles) + len(rejects) == items
    assert {reject.reason for reject in rejects} <= set(REJECTS)
    for article in articles:
        repr(article).encode()
        assert article.text == clean(article.text) != ""


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "a.txt").symlink_to("/proc/self/mem")  # opens, but its first byte cannot be read
    (refused,) = read_all(tmp_path)

    assert refused.error.reason == "unreadable"


FEED = b"""<rss version="2.0"><channel><title>ANSA</title><item><title>Il ponte</title>
<link>https://a.example/1</link><description>Chiuso.</description></item></channel></rss>"""
JSON_FEED = b"""{"version": "https://jsonfeed.org/version/1.1", "title": "ANSA",
"items": [{"id": "1", "content_text": "Chiuso."}]}"""


@pytest.mark.parametrize("name", ["a.xml", "a.rss", "a.atom", "a.txt", "a.html", "a.json", "a"])
@pytest.mark.parametrize("data", [FEED, JSON_FEED])
def test_a_saved_feed_is_known_by_its_content(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    (item,) = read_all(tmp_path / name)

    assert (item.default_source, item.url or item.id) in [
        ("ANSA", "https://a.example/1"),
        ("ANSA", "1"),
    ]


def test_xml_that_is_no_feed_is_refused(tmp_path):
    (tmp_path / "a.xml").write_text("<x/>")
    (refused,) = read_all(tmp_path)

    assert (refused.error.reason, refused.sample) == ("not_a_feed", "<x/>")


def test_memory_does_not_grow_with_a_file_of_lines(tmp_path):
    path = tmp_path / "long.jsonl"
    line = json.dumps({"text": "Il ponte. " * 100}) + "\n"
    with path.open("w") as file:
        for _ in range(15):
            file.write(line * 1000)
    tracemalloc.start()
    rows = 0
    for piece in plan(str(path), None, MAX_FILE_BYTES):
        for part in piece.parts:
            rows += sum(1 for _ in read_part(part, {}, MAX_FILE_BYTES))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert rows == 15_000
    assert peak < path.stat().st_size / 2
