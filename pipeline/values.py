"""How the values of flags are written: text to duration, time, size, ...

Each raises ArgumentTypeError with a sentence that names the value and what is allowed.
"""

import re
from argparse import ArgumentTypeError
from datetime import UTC, datetime, timedelta
from typing import Final

from pipeline.config import RUNNERS

_SECONDS: Final = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_BYTES: Final = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def duration(text: str) -> timedelta:
    """Read `7d`, `90s`, `1h30m` or plain seconds."""
    parts = re.findall(r"([0-9]+(?:\.[0-9]+)?)([wdhms])", text)
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        parts = [(text, "s")]
    elif not parts or "".join(map("".join, parts)) != text:
        raise ArgumentTypeError(
            f"{text!r} is not a duration: write a number and w, d, h, m or s, such as 7d or 90s"
        )
    try:
        return timedelta(seconds=sum(float(number) * _SECONDS[unit] for number, unit in parts))
    except OverflowError as error:
        raise ArgumentTypeError(f"{text!r} is too long") from error


def instant(text: str) -> datetime:
    """Read an RFC 3339 time; the answer is in UTC."""
    try:
        found = datetime.fromisoformat(text.upper())
        zoned = found.astimezone(UTC)
    except (ValueError, OverflowError):
        found = None
    if found is None or found.utcoffset() is None or not re.search("[T ]", text.upper()):
        raise ArgumentTypeError(f"{text!r} is not an RFC 3339 time, such as 2024-06-20T12:00:00Z")
    return zoned


def size(text: str) -> int:
    """Read a number of bytes: `500000`, `200M`, `10G` (powers of 1024)."""
    found = re.fullmatch(r"([0-9]+)\s*([KMGT]?)(i?B)?", text, re.IGNORECASE)
    if not found:
        raise ArgumentTypeError(
            f"{text!r} is not a size: write a number of bytes and K, M, G or T, such as 10G"
        )
    return int(found[1]) * _BYTES[found[2].upper()]


def number(text: str) -> float:
    """Read a number."""
    try:
        return float(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a number") from error


def whole(text: str) -> int:
    """Read a whole number."""
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def listed(text: str) -> tuple[str, ...]:
    """Read names with commas between."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def log_format(text: str) -> str:
    """Read the form of log lines."""
    if text not in ("text", "json"):
        raise ArgumentTypeError(f"{text!r} is not one of text, json")
    return text


def verbatim(text: str) -> tuple[str]:
    """Read one value as it is."""
    return (text,)


def mapping(text: str) -> tuple[tuple[str, str]]:
    """Read `field=column`."""
    field, equals, column = text.partition("=")
    if not (field and equals and column):
        raise ArgumentTypeError(f"{text!r} is not FIELD=COLUMN, such as text=body")
    return ((field, column),)


def runner(text: str) -> str:
    """Read a runner's name as Beam does: in any case, `Runner` at its end may be missing."""
    named = {name.lower(): name for name in RUNNERS}
    return named.get(text.lower()) or named.get(f"{text.lower()}runner") or text
