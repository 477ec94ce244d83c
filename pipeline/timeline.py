"""The time axis of a report: by hour, day, month or year, whatever shows most (`timeline`)."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

Counts = Mapping[str, Counter[date]]  # by table; of days, or of hours (datetimes)

# Hours, days and months while they are so many days at most: a column stays a few pixels wide.
HOURS: Final = 3
DAYS: Final = 93
MONTHS: Final = 8 * 365
STRAYS: Final = 20  # one row in so many may be older than the axis: dates go wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Numbers by equal spans of time, without holes."""

    unit: str
    names: list[str]
    series: dict[str, list[int]]  # by table
    before: int  # rows that are older than the first span
    oldest: date | None  # of them

    @property
    def most(self) -> int:
        """The largest number of rows in a span."""
        return max(map(sum, zip(*self.series.values(), strict=True)))

    @property
    def peak(self) -> str:
        """The name of the first span with so many."""
        sums = list(map(sum, zip(*self.series.values(), strict=True)))
        return self.names[sums.index(self.most)]


def timeline(days: Counts, hours: Counts) -> Timeline | None:
    """Return the rows by the finest unit that fits; None when there are none.

    The axis ends with the last row. What is much older than the rest is only counted.
    """
    together = Counter[date]()
    for one in days.values():
        together.update(one)
    if not together:
        return None
    first, last = _first(together), max(together)
    span = (last - first).days + 1
    unit = next((name for name, limit in _LIMITS.items() if span <= limit), "year")
    counts: Counts = hours if unit == "hour" else days
    names = list(dict.fromkeys(map(_NAMES[unit], _steps(unit, first, counts))))
    series = {}
    for table, some in counts.items():
        named = Counter[str]()
        for moment, number in some.items():
            named[_NAMES[unit](moment)] += number
        series[table] = [named[name] for name in names]
    older = {day: number for day, number in together.items() if _NAMES[unit](day) < names[0]}
    return Timeline(
        unit=unit,
        names=names,
        series=series,
        before=sum(older.values()),
        oldest=min(older, default=None),
    )


_LIMITS: Final = {"hour": HOURS, "day": DAYS, "month": MONTHS}
_NAMES: Final[dict[str, Callable[[date], str]]] = {
    "hour": lambda moment: f"{moment:%Y-%m-%d %H:00}",
    "day": lambda moment: moment.isoformat()[:10],
    "month": lambda moment: moment.isoformat()[:7],
    "year": lambda moment: moment.isoformat()[:4],
}


def _first(together: Counter[date]) -> date:
    """Return the first day of the axis: at most one row in STRAYS is older."""
    spare = together.total() // STRAYS
    for day in sorted(together):
        spare -= together[day]
        if spare < 0:
            return day
    return max(together)


def _steps(unit: str, first: date, counts: Counts) -> list[date]:
    """Return moments from the first day to the last row, one in each span at least."""
    if unit != "hour":
        last = max(day for some in counts.values() for day in some)
        return [first + timedelta(days=at) for at in range((last - first).days + 1)]
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    moments = [m for some in counts.values() for m in some if isinstance(m, datetime)]
    return [start + timedelta(hours=at) for at in range(_hours(max(moments) - start) + 1)]


def _hours(span: timedelta) -> int:
    return int(span.total_seconds() // 3600)
