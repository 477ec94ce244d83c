"""Tests of transforms/objects.py, on a real S3 server."""

import json
import zlib
from collections import Counter

import pytest

from tests.reading import read_all
from tests.stores import Bucket, s3_found_by_all
from transforms.objects import as_regex
from transforms.pieces import Part
from transforms.read_files import MAX_FILE_BYTES, file_states, read_part
from transforms.remote import BUFFER, created, opened, s3_client
from transforms.sources import Found, find_files, source_kind


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("s3://b/*.txt", "s3://b/a.txt"),
        ("s3://b/**/*.txt", "s3://b/a.txt"),
        ("s3://b/**/*.txt", "s3://b/c/d/a.txt"),
        ("s3://b/c*", "s3://b/c/d/a.txt"),
        ("s3://b/c*/", "s3://b/c/d/a.txt"),
        ("s3://b/[ab].txt", "s3://b/a.txt"),
        ("s3://b/[!b].txt", "s3://b/a.txt"),
        ("s3://b/?.txt", "s3://b/a.txt"),
        ("s3://b/[]].txt", "s3://b/].txt"),
        ("s3://b/[!!].txt", "s3://b/a.txt"),
        ("s3://b/[]*", "s3://b/[]a.txt"),
        ("s3://b/[*", "s3://b/[a.txt"),
        ("s3://b/*(1)+.txt", "s3://b/a(1)+.txt"),
    ],
)
def test_pattern_that_matches(pattern, path):
    assert as_regex(pattern).fullmatch(path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("s3://b/*.txt", "s3://b/c/a.txt"),
        ("s3://b/?", "s3://b//"),
        ("s3://b/[!/]", "s3://b//"),
        ("s3://b/*.txt", "s3://b/atxt"),
        ("s3://b/[ab].txt", "s3://b/c.txt"),
        ("s3://b/c", "s3://b/cd"),
        ("s3://b/[z-a]", "s3://b/b"),
    ],
)
def test_pattern_that_does_not(pattern, path):
    assert not as_regex(pattern).fullmatch(path)


@pytest.fixture(scope="module")
def server():
    with s3_found_by_all() as client:
        yield client


@pytest.fixture
def bucket(server, request):
    return Bucket(server, f"b{zlib.crc32(request.node.name.encode())}")


class TestS3:
    def test_files_of_a_folder(self, bucket):
        bucket.put("desk/", b"")  # how consoles make a folder
        bucket.put("desk/a.txt", b"one")
        bucket.put("desk/sub/b.jsonl", b'{"text": "two"}\n{"text": "three"}\n')
        bucket.put("desk/.hidden", b"no")
        bucket.put("desker/c.txt", b"no")
        desk = f"{bucket}/desk"

        assert [one.place for one in find_files(desk)] == ["desk/a.txt", "desk/sub/b.jsonl"]
        assert [item.text for item in read_all(desk)] == ["one", "two", "three"]
        assert source_kind(desk) == "folder"

    @pytest.mark.parametrize("name", ["with space.txt", "a#1%20?.txt", "[a].txt", "perché+🚀.txt"])
    def test_any_name_can_be_read_and_is_percent_encoded(self, bucket, name):
        bucket.put(f"desk/{name}", b"text")
        path = f"{bucket}/desk/{name}"
        (found,) = find_files(path)

        assert found.named
        assert found.uri.isascii()
        assert not set(found.uri) & set(" #?[")
        assert [item.text for item in read_all(path)] == ["text"]
        assert list(file_states([path])) == [found.uri]

    def test_a_long_file_is_read_in_pieces_and_each_row_once(self, bucket):
        rows = [json.dumps({"id": n, "text": f"{n} " + "x" * 900}) for n in range(3000)]
        bucket.put("rows.jsonl", "\n".join(rows).encode())
        items = read_all(f"{bucket}/rows.jsonl")

        assert Counter(str(item.id) for item in items) == Counter(map(str, range(3000)))

    def test_missing_object_is_not_found(self, bucket):
        (found,) = find_files(f"{bucket}/nothing.txt")

        assert (found.error.reason, found.whole) == ("not_found", True)

    def test_object_that_goes_before_it_is_read_is_a_reject(self, bucket):
        bucket.put("a.txt", b"text")
        found = next(find_files(f"{bucket}/a.txt"))
        bucket.drop("a.txt")
        (refused,) = read_part(Part(found), {}, MAX_FILE_BYTES)

        assert (refused.error.reason, refused.error.retryable) == ("unreadable", True)

    def test_bucket_that_goes_before_it_is_read_is_a_reject(self, bucket):
        gone = f"{bucket}-gone/a.txt"
        (refused,) = read_part(Part(Found(gone, gone, "a", "b", 4, 0.0)), {}, MAX_FILE_BYTES)

        assert refused.error.reason == "unreadable"

    def test_files_of_a_process_share_one_client(self, bucket):
        s3_client.cache_clear()
        for number in range(3):
            with created(f"{bucket}/{number}.txt") as file:
                file.write(b"%d" % number)
        files = [opened(f"{bucket}/{number}.txt") for number in range(3)]

        assert [file.read() for file in files] == [b"0", b"1", b"2"]
        assert s3_client.cache_info().misses == 1

    def test_a_piece_of_a_file_is_fetched_and_little_more(self, bucket):
        bucket.put("long.txt", bytes(4 * BUFFER))
        with opened(f"{bucket}/long.txt") as file:
            file.seek(BUFFER)
            file.read(10)

            assert file.raw.tell() <= 2 * BUFFER


def test_access_that_is_denied_is_a_reject(monkeypatch):
    """Without keys that it knows, moto's server lets the first two requests pass."""
    monkeypatch.setenv("INITIAL_NO_AUTH_ACTION_COUNT", "2")
    with s3_found_by_all() as client:
        bucket = Bucket(client, "denied")
        bucket.put("a.txt", b"text")
        path = f"{bucket}/a.txt"
        (lost,) = find_files(path)
        (refused,) = read_part(Part(Found(path, path, "a", "b", 4, 0.0)), {}, MAX_FILE_BYTES)

    assert (lost.error.reason, refused.error.reason) == ("unreadable", "unreadable")
    assert "(403)" in lost.error.detail
    assert "(403)" in refused.error.detail
