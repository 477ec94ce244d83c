"""Tests of transforms/formats/streams.py."""

import bz2
import gzip
import io
import lzma
import resource
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from transforms.formats import streams
from transforms.formats.streams import BOMB_BYTES, Overlong, Range, lines, open_stream
from transforms.records import ItemError

PACK = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}
TEXT = "".join(f"Riga {n}: perché no?\n" for n in range(5000)).encode()


def read(data, packing="", max_bytes=1 << 40):
    return open_stream(io.BytesIO(data), packing, max_bytes).read()


def refusal(data, packing="", max_bytes=1 << 40):
    with pytest.raises(ItemError) as caught:
        read(data, packing, max_bytes)
    return caught.value.reason


@pytest.mark.parametrize("packing", PACK)
class TestEveryPacking:
    def test_unpacks(self, packing):
        assert read(PACK[packing](TEXT), packing) == TEXT

    def test_unpacks_parts_one_after_another(self, packing):
        assert read(PACK[packing](TEXT) + PACK[packing](b"end"), packing) == TEXT + b"end"

    def test_bounds_the_length(self, packing):
        assert refusal(PACK[packing](TEXT), packing, len(TEXT) - 1) == "too_large"
        assert read(PACK[packing](TEXT), packing, len(TEXT)) == TEXT


@pytest.mark.parametrize("packing", [packing for packing in PACK if packing])
class TestDamage:
    def test_a_missing_end_is_noticed(self, packing):
        packed = PACK[packing](TEXT)

        assert refusal(packed[: len(packed) // 2], packing) == "bad_archive"
        assert refusal(packed[:-3], packing) == "bad_archive"

    def test_what_was_unpacked_before_is_given(self, packing):
        packed = PACK[packing](TEXT) + PACK[packing](TEXT)[:-3]
        found = lines(open_stream(io.BytesIO(packed), packing, 1 << 40), 100)

        assert next(found) == "Riga 0: perché no?\n".encode()

    def test_noise_is_refused(self, packing):
        assert refusal(b"this is not packed at all", packing) == "bad_archive"

    def test_a_bomb_is_stopped_early(self, packing):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        stream = open_stream(io.BytesIO(bomb(packing)), packing, 1 << 40)
        with pytest.raises(ItemError, match="decompression_bomb"):
            list(iter(lambda: stream.read(1 << 20), b""))

        assert stream.raw._total <= BOMB_BYTES + (1 << 20)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB


def bomb(packing):
    """Pack 96 MiB of nothing."""
    block = bytes(1 << 20)
    if packing == ".gz":
        packer = zlib.compressobj(9, wbits=31)
    elif packing == ".bz2":
        return bz2.compress(block) * 96
    elif packing == ".xz":
        packer = lzma.LZMACompressor(preset=0)
    else:
        packer = zstandard.ZstdCompressor().compressobj()
    return b"".join([*(packer.compress(block) for _ in range(96)), packer.flush()])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32", "utf-8"])
def test_marked_encodings_come_as_utf_8(encoding):
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    text = TEXT.decode()

    assert read((mark + text).encode(encoding)) == TEXT


def test_a_file_that_cannot_be_read_is_refused():
    class Broken(io.BytesIO):
        def read1(self, size=-1):
            raise OSError("Input/output error")

    with pytest.raises(ItemError, match="unreadable"):
        open_stream(Broken(), "", 100).read()


@given(st.binary(max_size=50), st.integers(0, 60), st.none() | st.integers(0, 60))
def test_a_range_is_a_slice(data, start, end):
    end = None if end is None else max(start, end)

    assert io.BufferedReader(Range(io.BytesIO(data), start, end)).read() == data[start:end]


@given(st.lists(st.binary(max_size=9).filter(lambda line: b"\n" not in line)), st.integers(1, 5))
def test_lines_are_counted_right_even_when_too_long(parts, longest):
    streams.CHUNK, chunk = 2, streams.CHUNK
    try:
        found = list(lines(io.BytesIO(b"\n".join(parts)), longest))
    finally:
        streams.CHUNK = chunk
    expected = parts if not parts or parts[-1] else parts[:-1]

    assert len(found) == len(expected)
    for line, part in zip(found, expected, strict=True):
        assert isinstance(line, Overlong) == (len(part) > longest)
        assert isinstance(line, Overlong) or line.rstrip(b"\n") == part
