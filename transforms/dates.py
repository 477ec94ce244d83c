"""Dates as the press writes them, and never a wrong one: what is unclear is refused.

In order: ISO 8601 and its relatives, epoch numbers, month names (RFC 822 among them), numbers
between slashes or dots where only one reading is possible or the language says which.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import Final

from transforms.months import FILLERS, MONTHS, TWO_FACED, ZONES, day_first, fold

EARLIEST: Final = datetime(1800, 1, 1, tzinfo=UTC)
LATEST_AHEAD: Final = timedelta(days=2)  # after the run's as-of: embargoes and clocks that are off
RawDate = str | int | float | datetime | date


@dataclass(frozen=True, slots=True)
class Moment:
    """A date as read: the start of its span in UTC, and how long the span is.

    `zoned` is false when a time of day came without a zone.
    """

    at: datetime
    precision: str  # second, day, month or year
    zoned: bool = True


def read_date(
    raw: RawDate | None, as_of: datetime, language: str | None = None
) -> tuple[Moment | None, tuple[str, ...]]:
    """Return the moment that `raw` names beyond doubt, or None; and warnings.

    `language` (BCP 47) decides the order of day and month in `05/06/2024`. Something that is no
    date, or lies before 1800 or more than two days after `as_of`, warns with `date_rejected`.
    """
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None, ()
    try:
        moment = _read(raw, language)
    except (ValueError, OverflowError, OSError):  # no such day, hour or year
        moment = None
    if moment is None or not EARLIEST <= moment.at <= as_of + LATEST_AHEAD:
        return None, ("date_rejected",)
    return moment, () if moment.zoned else ("zone_assumed",)


def _read(raw: RawDate, language: str | None) -> Moment | None:
    if isinstance(raw, str):
        return _read_text(raw.strip(), language)
    if isinstance(raw, datetime):
        return _moment(raw.replace(tzinfo=None), raw.tzinfo)
    if isinstance(raw, date):
        return Moment(datetime(raw.year, raw.month, raw.day, tzinfo=UTC), "day")
    if isinstance(raw, bool):
        return None
    return _number(f"{raw:.6f}" if isinstance(raw, float) else str(raw), language)


def _read_text(text: str, language: str | None) -> Moment | None:
    if match := _ISO.fullmatch(text):
        return _iso(match)
    text = _COMMENT.sub(r"\1", " ".join(text.split()))
    found = (read(text, language) for read in _READERS)
    return next((moment for moment in found if moment), None)


# What repeats an offset: `+0200 (CEST)` in mails, `+0200 CEST` from Go, `+02:00[Europe/Rome]`.
_COMMENT: Final = re.compile(
    r"(:\d\d(?:[.,]\d+)?(?: ?[+-]\d\d:?\d\d|Z))(?: ?\([^()]*\)| ?\[[^][]*\]| [A-Z]{3,5})$"
)


# --- ISO 8601, RFC 3339, W3C-DTF and what databases print ------------------------------------

_ZONE: Final = r"Z|[+-]\d\d(?::?\d\d)?|(?:UTC|GMT)(?:[+-]\d\d?(?::?\d\d)?)?|[A-Z]{3,5}"
_ISO: Final = re.compile(
    r"(\d{4})(?:[-/.](\d\d?)(?:[-/.](\d\d?)"
    rf"(?:[T ]+(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*({_ZONE})?)?)?)?",
    re.IGNORECASE,
)


def _iso(match: re.Match[str]) -> Moment | None:
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    if day is None:
        precision = "year" if month is None else "month"
        return Moment(datetime(int(year), int(month or 1), 1, tzinfo=UTC), precision)
    if hour is None:
        return Moment(datetime(int(year), int(month), int(day), tzinfo=UTC), "day")
    micro = int((fraction or "0")[:6].ljust(6, "0"))
    naive = _clock(date(int(year), int(month), int(day)), int(hour), int(minute), int(second or 0))
    offset = _zone(zone)
    return None if zone and offset is None else _moment(naive.replace(microsecond=micro), offset)


def _clock(day: date, hour: int, minute: int, second: int) -> datetime:
    """Return the time; a leap second is the last second before it, 24:00 the next midnight."""
    if (hour, minute, second) == (24, 0, 0):
        return datetime(day.year, day.month, day.day) + timedelta(days=1)
    return datetime(day.year, day.month, day.day, hour, minute, 59 if second == 60 else second)


def _moment(naive: datetime, zone: object) -> Moment:
    if zone is None:
        return Moment(naive.replace(tzinfo=UTC), "second", zoned=False)
    return Moment(naive.replace(tzinfo=zone).astimezone(UTC), "second")  # type: ignore[arg-type]


def _zone(text: str | None) -> timezone | None:
    """Return the zone that a name or offset means; None for none, unknown and ambiguous ones."""
    if not text:
        return None
    name = text.upper()
    if name in ZONES:
        return timezone(timedelta(minutes=ZONES[name]))
    match = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d\d?)(?::?(\d\d))?", name)
    if not match:
        return None
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    if minutes > 14 * 60:  # no place on earth is further from Greenwich
        return None
    return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes))


# --- numbers: epochs and 20240619 ------------------------------------------------------------

_COMPACT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?(Z|[+-]\d\d:?\d\d)?)?")
_EPOCH_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH: Final = re.compile(r"\d{9,19}(?:\.\d+)?")


def _number(text: str, _language: str | None) -> Moment | None:
    """Read 20240619, 20240619T150741Z, or seconds, milli-, micro- or nanoseconds since 1970."""
    if re.fullmatch(r"[12]\d{3}", text):
        return Moment(datetime(int(text), 1, 1, tzinfo=UTC), "year")
    match = _COMPACT.fullmatch(text)
    if match and "1800" <= match[1] < "2100" and "01" <= match[2] <= "12":
        year, month, day, hour, minute, second, zone = match.groups()
        if hour is None:
            return Moment(datetime(int(year), int(month), int(day), tzinfo=UTC), "day")
        day_ = date(int(year), int(month), int(day))
        naive = _clock(day_, int(hour), int(minute), int(second or 0))
        return _moment(naive, _zone(zone))
    if not _EPOCH.fullmatch(text):
        return None
    digits = len(text.partition(".")[0])
    unit = 0 if digits <= 10 else 3 if digits <= 13 else 6 if digits <= 16 else 9
    micros = int(Decimal(text).scaleb(6 - unit))
    return Moment(_EPOCH_START + timedelta(microseconds=micros), "second")


# --- month names -----------------------------------------------------------------------------

_TIME: Final = re.compile(
    r"(?<![\w.:/+-])(?:(\d\d?)(?::| ?h ?)(\d\d)(?::(\d\d)(?:\.\d+)?)?"
    r"|(\d\d?)\.(\d\d)(?!\.?\d)|(\d\d?)(?=\s?[ap]m\b))"
    rf"(?![\d/])\s*(?:uhr|hs?|hrs|ore)?\b\.?\s*([ap]\.?m\b\.?)?\s*(?:\(?({_ZONE})\)?(?!\w))?",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_CJK: Final = re.compile(r"(\d{4})\s?[年년]\s?(\d\d?)\s?[月월]\s?(\d\d?)\s?[日일]")
_TOKEN: Final = re.compile(r"[^\W\d_]+|\d+")
_ORDINAL: Final = re.compile(r"(?<=\d)(?:st|nd|rd|th|er)\b")
_SHORT_YEAR: Final = re.compile(r"(?:\w+\.?,? )?(\d\d?)[ -]\w+[ -](\d\d)(?:,? |$)")


def _named(text: str, language: str | None) -> Moment | None:
    """Read a date with the name of a month: `Wed, 19 Jun 2024 10:00:00 +0200`, `19 giugno 2024`.

    Every word must be known, and there must be one month, one year and at most one day.
    """
    text = _CJK.sub(r"\1-\2-\3", text)
    if match := _ISO.fullmatch(text):
        return _iso(match)
    time = _TIME.search(text)
    rest = text if time is None else f"{text[: time.start()]} {text[time.end() :]}"
    rest = _ORDINAL.sub("", fold(rest))
    tokens = _TOKEN.findall(rest)
    month = _month([token for token in tokens if not token.isdigit()], rest, language)
    numbers = [token for token in tokens if token.isdigit()]
    years = [number for number in numbers if len(number) == 4]
    days = [number for number in numbers if len(number) <= 2]
    if not years and time and (match := _SHORT_YEAR.match(rest)):  # RFC 822 had two digits
        days, years = [match[1]], [f"{'20' if match[2] < '50' else '19'}{match[2]}"]
    if month is None or len(years) != 1 or len(numbers) != len(days) + 1 or len(days) > 1:
        return None
    year = int(years[0])
    if not days:
        return None if time else Moment(datetime(year, month, 1, tzinfo=UTC), "month")
    return _with_time(year, month, int(days[0]), time)


def _month(words: list[str], rest: str, language: str | None) -> int | None:
    """Return the only month among the words, when all others are known to say nothing."""
    months = {word for word in words if word in MONTHS}
    if len(months) > 1:  # `mar 19 giu`: a Tuesday
        months -= FILLERS
    if len(months) != 1 or any(word not in MONTHS and word not in FILLERS for word in words):
        return None
    (month,) = months
    if month in TWO_FACED and (language or ("?" if re.search(r"\d\.", rest) else "pl"))[:2] != "pl":
        return None
    return MONTHS[month]


def _with_time(year: int, month: int, day: int, time: re.Match[str] | None) -> Moment | None:
    if time is None:
        return Moment(datetime(year, month, day, tzinfo=UTC), "day")
    hour, minute = int(time[1] or time[4] or time[6]), int(time[2] or time[5] or 0)
    if time[7]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if time[7][0] in "pP" else 0)
    offset = _zone(time[8])
    if time[8] and offset is None:
        return None
    return _moment(_clock(date(year, month, day), hour, minute, int(time[3] or 0)), offset)


# --- numbers between slashes, dots or dashes -------------------------------------------------

_SLASHED: Final = re.compile(r"(\d\d?)([/.-])(\d\d?)\2(\d{4}|\d\d)(?!\d)[,T]?\s*(.*)")
_MONTH_YEAR: Final = re.compile(r"(\d\d?)[/.-](\d{4})")


def _slashed(text: str, language: str | None) -> Moment | None:
    """Read 25/12/2024; 05/06/2024 and 25/12/24 only when the language says which comes first."""
    if match := _MONTH_YEAR.fullmatch(text):
        return Moment(datetime(int(match[2]), int(match[1]), 1, tzinfo=UTC), "month")
    match = _SLASHED.fullmatch(text)
    if not match:
        return None
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    known = day_first(language)
    if len(match[4]) == 2:
        year += 2000 if year < 50 else 1900  # as RFC 5322 reads them
    elif first > 12 or first == second or second > 12:  # only one reading is a date
        known = second <= 12
    if known is None:
        return None
    day, month = (first, second) if known else (second, first)
    time = _TIME.fullmatch(match[5])
    return None if match[5] and not time else _with_time(year, month, day, time)


# --- other languages, when the item says which one it is in -----------------------------------

_OWN: Final = frozenset(("en", "it", "de", "fr", "es", "pt", "nl", "pl", "ru"))
_STRICT: Final = {
    "STRICT_PARSING": True,
    "REQUIRE_PARTS": ["day", "month", "year"],
    "PARSERS": ["absolute-time"],
}


@lru_cache(maxsize=1024)  # 1 ms each
def _foreign(text: str, language: str | None) -> Moment | None:
    """Read a day in a language that dateparser knows; guessing the language is where it errs."""
    name = re.split("[-_]", (language or "").lower())[0]
    if not name or name in _OWN or not _WORD.search(text):
        return None
    from dateparser import parse  # noqa: PLC0415 - 0.7 s that only such dates are worth

    time = _TIME.search(text)
    day = text if time is None else f"{text[: time.start()]} {text[time.end() :]}"
    found = parse(day, languages=[name], settings=_STRICT)  # ValueError: it knows no such language
    if found is None or str(found.year) not in text:
        return None
    return _with_time(found.year, found.month, found.day, time)


_READERS: Final[tuple[Callable[[str, str | None], Moment | None], ...]] = (
    _number,
    _named,
    _slashed,
    _foreign,
)
