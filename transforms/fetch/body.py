"""Unpack a response body up to a limit: a bomb costs what the limit allows, not what it holds."""

import io
import zlib
from collections.abc import Callable
from typing import Final

import brotli
import zstandard

from transforms.records import ItemError

MAX_WINDOW: Final = 8 << 20  # bytes of memory that a zstd stream may ask for (RFC 9659)
PIECE: Final = 1 << 20  # brotli builds what it returns from blocks: twice the memory
ACCEPTED: Final = "gzip, deflate, br, zstd"


def unpack(data: bytes, encoding: str, limit: int) -> bytes:
    """Return the body that `data` holds in a Content-Encoding, at most `limit` bytes.

    More raises ItemError `too_large`, damage `bad_body`. A stream that ends early gives what there
    is of it.
    """
    names = [name.strip().lower() for name in encoding.split(",") if name.strip()]
    if len(names) > 2:  # nothing serious packs more than twice
        raise ItemError("bad_body", f"packed {len(names)} times: {encoding[:80]}")
    for name in reversed(names):
        if name == "identity" or not data:
            continue
        if name not in _UNPACKERS:
            raise ItemError("bad_body", f"unknown encoding {name[:40]!r}")
        try:
            data = _UNPACKERS[name](data, limit + 1)
        except (zlib.error, brotli.error, zstandard.ZstdError) as error:
            raise ItemError("bad_body", f"{name}: {error}") from error
    if len(data) > limit:
        raise ItemError("too_large", f"more than {limit} bytes")
    return data


def _gzip(data: bytes, limit: int) -> bytes:
    parts: list[bytes] = []
    while data.startswith(b"\x1f\x8b") and limit > 0:  # several members in a row are one file
        unpacker = zlib.decompressobj(31)
        parts.append(unpacker.decompress(data, limit))
        limit -= len(parts[-1])
        data = unpacker.unused_data
    return b"".join(parts) or data  # a body that is not packed, whatever its header says


def _deflate(data: bytes, limit: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, limit)
    except zlib.error:  # without the zlib header, as some servers understand it
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, limit)


def _brotli(data: bytes, limit: int) -> bytes:
    unpacker, parts, size = brotli.Decompressor(), [], 0
    while part := unpacker.process(data, output_buffer_limit=min(PIECE, limit - size)):
        parts.append(part)
        size += len(part)
        data = b""
        if size >= limit:
            raise ItemError("too_large", f"more than {limit - 1} bytes")
    return b"".join(parts)


def _zstd(data: bytes, limit: int) -> bytes:
    unpacker = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW)
    with unpacker.stream_reader(io.BytesIO(data), read_across_frames=True) as stream:
        return stream.read(limit)


_UNPACKERS: Final[dict[str, Callable[[bytes, int], bytes]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
