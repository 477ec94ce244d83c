"""Tests of transforms/dates.py: right, or nothing and a warning."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import AS_OF
from transforms.dates import read_date

DAY = "2024-06-19"
REJECTED = (None, ("date_rejected",))


def read(raw, language=None):
    """Return (ISO form as long as its precision, warnings)."""
    moment, warnings = read_date(raw, AS_OF, language)
    if moment is None:
        return None, warnings
    length = {"year": 4, "month": 7, "day": 10, "second": 19}[moment.precision]
    return moment.at.isoformat()[:length], warnings


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2024-06-19T10:00:00Z", "2024-06-19T10:00:00"),
        ("2024-06-19T10:00:00.123456789+02:00", "2024-06-19T08:00:00"),
        ("2024-06-19 10:00:00 UTC", "2024-06-19T10:00:00"),
        ("2024-06-19 10:00:00+0200", "2024-06-19T08:00:00"),
        ("2024-06-19t10:00z", "2024-06-19T10:00:00"),
        ("20240619T101010Z", "2024-06-19T10:10:10"),
        ("2024-06-19T24:00:00Z", "2024-06-20T00:00:00"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59"),
        ("Wed, 19 Jun 2024 10:00:00 GMT", "2024-06-19T10:00:00"),
        ("Wed, 19 Jun 2024 10:00:00 +0200", "2024-06-19T08:00:00"),
        ("Wed, 19 Jun 2024 10:00:00 CEST", "2024-06-19T08:00:00"),
        ("Wed, 19 Jun 2024 10:00:00 EST", "2024-06-19T15:00:00"),
        ("19 Jun 2024 10:00:00 -0500 (EST)", "2024-06-19T15:00:00"),
        ("2024-06-19 10:00:00 +0200 CEST", "2024-06-19T08:00:00"),
        ("2024-06-19T10:00:00+02:00[Europe/Rome]", "2024-06-19T08:00:00"),
        ("2024-06-19T10:00:00.5Z[UTC]", "2024-06-19T10:00:00"),
        ("19 Jun 24 10:00 GMT", "2024-06-19T10:00:00"),
        ("Wed Jun 19 10:00:00 +0000 2024", "2024-06-19T10:00:00"),
        ("June 19, 2024 10:00 PM PST", "2024-06-20T06:00:00"),
        ("June 19, 2024 12:30 a.m. GMT", "2024-06-19T00:30:00"),
        ("1718790000", "2024-06-19T09:40:00"),
        (1718790000, "2024-06-19T09:40:00"),
        (1718790000.0, "2024-06-19T09:40:00"),
        (1718790000000, "2024-06-19T09:40:00"),
        ("1718790000000000", "2024-06-19T09:40:00"),
        (1718790000000000000, "2024-06-19T09:40:00"),
        (datetime(2024, 6, 19, 12, tzinfo=timezone(timedelta(hours=2))), "2024-06-19T10:00:00"),
        (DAY, DAY),
        ("2024/06/19", DAY),
        ("20240619", DAY),
        (20240619, DAY),
        (date(2024, 6, 19), DAY),
        ("19 giugno 2024", DAY),
        ("mercoledì 19 giugno 2024", DAY),
        ("mer, 19 giu 2024", DAY),
        ("mar 18 giu 2024", "2024-06-18"),
        ("mar 18 mar 2024", "2024-03-18"),
        ("June 19th, 2024", DAY),
        ("19. Juni 2024", DAY),
        ("Mi, 19.06.2024", None),
        ("1. März 2024", "2024-03-01"),
        ("1. Jänner 2024", "2024-01-01"),
        ("19 juin 2024", DAY),
        ("1er août 2023", "2023-08-01"),
        ("19 de junio de 2024", DAY),
        ("quarta-feira, 19 de junho de 2024", DAY),
        ("1 de março de 2024", "2024-03-01"),
        ("woensdag 19 juni 2024", DAY),
        ("19 czerwca 2024 r.", DAY),
        ("7 października 2023", "2023-10-07"),
        ("19 июня 2024 г.", DAY),
        ("1 мая 2024", "2024-05-01"),
        ("2024年6月19日", DAY),
        ("2024년 6월 19일", DAY),
        ("٢٠٢٤-٠٦-١٩", DAY),
        ("19/06/2024", DAY),
        ("06/19/2024", DAY),
        ("06/06/2024", "2024-06-06"),
        ("2024-06", "2024-06"),
        ("06/2024", "2024-06"),
        ("giugno 2024", "2024-06"),
        ("2024", "2024"),
        (1999, "1999"),
    ],
)  # fmt: skip
def test_what_is_clear_is_read(raw, expected):
    assert read(raw) == (REJECTED if expected is None else (expected, ()))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2016/6/29 15:07:41", "2016-06-29T15:07:41"),
        ("2024-06-19T10:00", "2024-06-19T10:00:00"),
        ("19 giugno 2024, ore 9.30", "2024-06-19T09:30:00"),
        ("19. Juni 2024, 15:07 Uhr", "2024-06-19T15:07:00"),
        ("19 juin 2024, 15 h 07", "2024-06-19T15:07:00"),
        ("19 juin 2024 à 15h07", "2024-06-19T15:07:00"),
        ("19 июня 2024 г., 15:07", "2024-06-19T15:07:00"),
        ("June 19, 2024 at 3:07 pm", "2024-06-19T15:07:00"),
        ("19.06.2024 15:30", "2024-06-19T15:30:00"),
        ("2024年6月19日 15:07", "2024-06-19T15:07:00"),
        (datetime(2024, 6, 19, 10), "2024-06-19T10:00:00"),
    ],
)
def test_a_time_without_a_zone_is_taken_as_utc_and_noted(raw, expected):
    assert read(raw) == (expected, ("zone_assumed",))


@pytest.mark.parametrize(
    "raw",
    [
        "0000-00-00", "0000-00-00 00:00:00", "2024-13-45", "31/02/2024", "2023-02-29", "1799-12-31",
        "2024-06-22T12:00:01Z", "9999-12-31", "05/06/2024", "05.06.2024", "05-06-2024", "05/06/24",
        "19 Jun 24", "Wed, 19 Jun 2024 10:00:00 IST", "Wed Jun 19 10:00:00 CST 2024",
        "2024-06-19T10:00:00 Europe/Rome",
        "10:00 19-06-2024 IST", "2024-06-19T10:00:00+15:00", "2024-06-19T25:00:00Z",
        "yesterday", "12 hours ago", "giugno", "19 giugno", "June 2024 or July 2024", "n/a", "null",
        "19. listopada 2023.", "1. lipnja 2023", "19-20 giugno 2024", "0", 0, -1, 7, 123456, True,
        float("nan"), float("inf"), 10**30, "1445-12-13", "2567-06-19", "19 giugno 2024 circa",
        "June 19, 2024 13:00 pm", "\0", "2024-06-19T10:00:00Zx", "{'year': 2024}",
    ],
)  # fmt: skip
def test_what_is_not_clear_is_refused_and_noted(raw):
    assert read(raw) == REJECTED


@pytest.mark.parametrize("raw", [None, "", "  "])
def test_nothing_is_nothing(raw):
    assert read(raw) == (None, ())


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("it", "2024-06-05"),
        ("de-AT", "2024-06-05"),
        ("en-GB", "2024-06-05"),
        ("en_US", "2024-05-06"),
        ("en", None),
        ("es-PA", "2024-05-06"),
        ("fr-CA", None),
        ("xx", None),
        ("../x", None),
    ],
)
def test_the_language_decides_between_day_and_month(language, expected):
    assert read("05/06/2024", language)[0] == expected


@pytest.mark.parametrize(
    ("raw", "language", "expected"),
    [
        ("19/06/24", "it", DAY),
        ("19.06.24, 10:00", "de", "2024-06-19T10:00:00"),
        ("6/19/24", "en-US", DAY),
        ("05/06/98", "fr", "1998-06-05"),
        ("06/19/24", "it", None),
        ("19/06/24", "en", None),
        ("19/06/24", None, None),
    ],
)
def test_a_year_of_two_digits_needs_a_language(raw, language, expected):
    assert read(raw, language)[0] == expected


def test_croatian_october_is_not_polish_november():
    assert read("19 listopada 2023") == ("2023-11-19", ())
    assert read("19. listopada 2023", "pl") == ("2023-11-19", ())
    assert read("19 listopada 2023", "hr") == ("2023-10-19", ())
    assert read("19. listopada 2023") == REJECTED


@pytest.mark.parametrize(
    ("raw", "language", "expected"),
    [
        ("19 juni 2024", "sv-SE", (DAY, ())),
        ("19 ιουνίου 2024, 10:00", "el", ("2024-06-19T10:00:00", ("zone_assumed",))),
        ("19 Haziran 2024", "tr", (DAY, ())),
        ("19. listopada 2023", "hr", ("2023-10-19", ())),
        ("19 Haziran 2024", None, REJECTED),
        ("Haziran 2024", "tr", REJECTED),
        ("dün", "tr", REJECTED),
        ("19 foo 2024", "zz", REJECTED),
        ("19-20 giugno 2024", "it", REJECTED),
    ],
)
def test_other_languages_are_read_when_the_item_says_which(raw, language, expected):
    assert read(raw, language) == expected


@given(st.datetimes(datetime(1970, 1, 1), datetime(2024, 6, 20)))
def test_what_is_written_as_iso_comes_back(moment):
    found, _ = read_date(f"{moment.isoformat()}Z", AS_OF)

    assert found
    assert found.at == moment.replace(tzinfo=UTC)


@given(st.text() | st.integers() | st.floats() | st.from_regex(r"[\d/.:TZ+ -]{4,25}"))
def test_never_fails_and_never_leaves_the_bounds(raw):
    moment, warnings = read_date(raw, AS_OF)

    assert moment is None or datetime(1800, 1, 1, tzinfo=UTC) <= moment.at <= AS_OF + timedelta(2)
    assert set(warnings) <= {"date_rejected", "zone_assumed"}
