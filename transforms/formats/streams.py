"""Streams of bytes: unpacked within bounds, recoded to UTF-8, cut into lines."""

import bz2
import codecs
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final

import zstandard

from transforms.records import SAMPLE_BYTES, ItemError

CHUNK: Final = 1 << 20  # bytes read at once
# A stream that unpacks to this much is a bomb when it is also this many times its packed size.
# News as JSON lines shrinks 3 to 10 times, 50 at most when it repeats itself; gzip reaches 1,032.
BOMB_BYTES: Final = 64 << 20
BOMB_RATIO: Final = 250
_BAD_ARCHIVE: Final = (
    EOFError,
    OSError,
    zlib.error,
    lzma.LZMAError,
    zstandard.ZstdError,
)


class Raw(io.RawIOBase):
    """A stream that is told by one function: up to `size` bytes, none at the end."""

    def take(self, size: int) -> bytes:
        raise NotImplementedError

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        data = self.take(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Zstandard(Raw):
    """Frames of zstd one after another; unlike the library's reader it notices a missing end."""

    _STEP = 1 << 10  # packed bytes at once: they unpack to at most 32 MiB (128 KiB per 4 bytes)

    def __init__(self, packed: BinaryIO) -> None:
        self._packed, self._rest, self._out = packed, b"", memoryview(b"")
        self._frame: zstandard.ZstdDecompressionObj | None = None

    def take(self, size: int) -> bytes:
        while not self._out:
            data = self._rest or self._packed.read(self._STEP)
            self._rest = b""
            if not data and self._frame:
                raise EOFError("the last frame has no end")
            if not data:
                return b""
            self._frame = self._frame or zstandard.ZstdDecompressor().decompressobj()
            self._out = memoryview(self._frame.decompress(data))
            if self._frame.eof:
                self._rest, self._frame = self._frame.unused_data, None
        data, self._out = self._out[:size].tobytes(), self._out[size:]
        return data


UNPACKERS: Final[dict[str, Callable[[Any], Any]]] = {
    ".gz": lambda packed: gzip.GzipFile(fileobj=packed),
    ".bz2": bz2.BZ2File,
    ".xz": lzma.LZMAFile,
    ".zst": _Zstandard,
}


class Stream(Raw):
    """A file's unpacked bytes, in UTF-8 when it begins with a mark of UTF-16 or UTF-32.

    More than `max_bytes` raise ItemError `too_large`; what unpacks to absurd lengths
    `decompression_bomb`; damage `bad_archive`, or `unreadable` where nothing is packed.
    """

    def __init__(self, file: BinaryIO | Raw, packing: str, max_bytes: int) -> None:
        self._file, self._packing, self._max_bytes = file, packing, max_bytes
        inner = UNPACKERS[packing](file) if packing else file
        # One step at a time: a longer read would lose what comes before the damage.
        self._read = getattr(inner, "read1", inner.read)
        self._total = 0

    def take(self, size: int) -> bytes:
        try:
            data = self._read(size)
        except _BAD_ARCHIVE as error:
            reason = "bad_archive" if self._packing else "unreadable"
            raise ItemError(reason, str(error) or type(error).__name__) from error
        self._total += len(data)
        packed = self._file.tell() if self._packing else 0
        if packed and self._total > max(BOMB_BYTES, BOMB_RATIO * packed):
            detail = f"{packed} bytes unpack to more than {self._total}"
            raise ItemError("decompression_bomb", detail)
        if self._total > self._max_bytes:
            raise ItemError("too_large", f"more than {self._max_bytes} bytes")
        return data


class Range(Raw):
    """The bytes of a file from `start` up to `end` (to the end of the file, when None)."""

    def __init__(self, file: BinaryIO, start: int, end: int | None) -> None:
        file.seek(start)
        self._file, self._left = file, None if end is None else end - start

    def take(self, size: int) -> bytes:
        data = self._file.read(size if self._left is None else min(size, self._left))
        if self._left is not None:
            self._left -= len(data)
        return data


class _Recoded(Raw):
    """Bytes of another encoding as UTF-8."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file, self._rest = file, b""
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def take(self, size: int) -> bytes:
        while not self._rest:
            data = self._file.read(CHUNK)
            self._rest = self._decoder.decode(data, final=not data).encode("utf-8", "replace")
            if not data and not self._rest:
                return b""
        data, self._rest = self._rest[:size], self._rest[size:]
        return data


_WIDE: Final = (
    codecs.BOM_UTF32_LE,
    codecs.BOM_UTF32_BE,
    codecs.BOM_UTF16_LE,
    codecs.BOM_UTF16_BE,
)


def is_wide(head: bytes) -> bool:
    """Tell whether a file begins with the mark of UTF-16 or UTF-32."""
    return head.startswith(_WIDE)


def open_stream(
    file: BinaryIO | Raw, packing: str, max_bytes: int, buffer: int = CHUNK
) -> "io.BufferedReader[Raw]":
    """Return the bytes of a file unpacked, within bounds, without mark; UTF-16 and -32 as UTF-8."""
    stream: io.BufferedReader[Raw]
    stream = io.BufferedReader(Stream(file, packing, max_bytes), buffer)
    head = stream.peek(4)[:4]
    if head.startswith(codecs.BOM_UTF8):
        stream.read(3)
    elif is_wide(head):
        encoding = "utf-32" if head.startswith(_WIDE[:2]) else "utf-16"
        return io.BufferedReader(_Recoded(stream, encoding), CHUNK)
    return stream


class Overlong(bytes):
    """The beginning of a line that is longer than it may be."""


def lines(stream: BinaryIO, max_bytes: int) -> Iterator[bytes]:
    """Yield lines with their ends; of one longer than `max_bytes` its beginning, as Overlong."""
    while line := stream.readline(max_bytes + 1):
        if len(line) <= max_bytes or line.endswith(b"\n"):
            yield line
            continue
        head = Overlong(line[:SAMPLE_BYTES])
        while line and not line.endswith(b"\n"):
            line = stream.readline(CHUNK)
        yield head
