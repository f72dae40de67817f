"""School days, working hours and the next school morning."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.calendar import Calendar, Kind, Period, school_year

TERMS = Calendar(
    (
        Period(Kind.TERM, date(2026, 9, 2), date(2026, 10, 23), "Autumn 1"),
        Period(Kind.TERM, date(2026, 11, 2), date(2026, 12, 18), "Autumn 2"),
        Period(Kind.INSET, date(2026, 11, 2), date(2026, 11, 2), "INSET day"),
        Period(Kind.CLOSED, date(2026, 12, 1), date(2026, 12, 1), "Polling day"),
    )
)


@pytest.mark.parametrize(
    ("day", "is_one"),
    [
        (date(2026, 9, 1), False),  # before term, in a school year that is known
        (date(2026, 9, 2), True),
        (date(2026, 10, 23), True),
        (date(2026, 10, 26), False),  # half-term
        (date(2026, 11, 2), False),  # INSET
        (date(2026, 11, 3), True),
        (date(2026, 11, 28), False),  # Saturday
        (date(2026, 12, 1), False),  # closed
        (date(2026, 12, 25), False),
        (date(2027, 8, 3), False),  # the same school year, no term
        (date(2027, 9, 7), True),  # a school year of which nothing is known: a weekday
        (date(2027, 12, 27), False),  # a bank holiday of that year
    ],
)
def test_school_days(day: date, is_one: bool) -> None:
    assert TERMS.is_school_day(day) is is_one


def test_without_terms_weekdays_outside_bank_holidays() -> None:
    assert Calendar().is_school_day(date(2026, 10, 26))
    assert not Calendar().is_school_day(date(2026, 12, 28))  # the substitute for Boxing Day, a Saturday
    assert not Calendar().is_known(date(2026, 10, 26))


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ((2026, 11, 23, 7, 59), (2026, 11, 23, 8, 0)),
        ((2026, 11, 23, 8, 0), (2026, 11, 23, 8, 0)),
        ((2026, 11, 23, 8, 1), (2026, 11, 24, 8, 0)),
        ((2026, 10, 23, 12, 0), (2026, 11, 3, 8, 0)),  # over half-term, the clock change and the INSET day
        ((2026, 10, 23, 6, 30), (2026, 10, 23, 7, 0)),  # summer time: 08:00 there is 07:00 UTC
    ],
)
def test_the_next_school_morning(asked: tuple[int, ...], answer: tuple[int, ...]) -> None:
    assert TERMS.next_morning(_utc(asked)) == _utc(answer)


def test_working_hours() -> None:
    assert TERMS.is_open(_utc((2026, 11, 23, 8, 0)))
    assert TERMS.is_open(_utc((2026, 11, 23, 16, 29)))
    assert not TERMS.is_open(_utc((2026, 11, 23, 16, 30)))
    assert TERMS.is_open(_utc((2026, 10, 23, 7, 0)))
    assert not TERMS.is_open(_utc((2026, 11, 28, 12, 0)))  # a Saturday
    assert TERMS.when_open(_utc((2026, 11, 28, 12, 0))) == _utc((2026, 11, 30, 8, 0))
    assert TERMS.when_open(_utc((2026, 11, 23, 12, 0))) == _utc((2026, 11, 23, 12, 0))
    assert TERMS.when_open(_utc((2026, 11, 27, 17, 0))) == _utc((2026, 11, 30, 8, 0))


@given(st.integers(0, 3 * 365 * 24 * 60))
def test_a_morning_is_open_and_not_earlier(minutes: int) -> None:
    instant = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    morning = TERMS.next_morning(instant)
    assert morning >= instant
    assert TERMS.is_open(morning)
    assert TERMS.next_morning(morning) == morning
    assert TERMS.when_open(TERMS.when_open(instant)) == TERMS.when_open(instant)


def test_days_between_are_counted_as_school_days() -> None:
    assert TERMS.school_days_between(date(2026, 10, 22), date(2026, 11, 4)) == 3
    assert TERMS.school_days_between(date(2026, 11, 4), date(2026, 11, 4)) == 0


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_a_school_year_begins_in_september(day: date) -> None:
    assert date(school_year(day), 9, 1) <= day < date(school_year(day) + 1, 9, 1)


def _utc(parts: tuple[int, ...]) -> datetime:
    year, month, day, hour, minute = parts
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@given(st.integers(0, 3 * 365))
def test_the_last_school_day_up_to_a_day(number: int) -> None:
    day = date(2026, 1, 1) + timedelta(days=number)
    last = TERMS.last_school_day(day)
    assert last <= day
    assert TERMS.is_school_day(last)
    assert TERMS.school_days_between(last, day) == 0


@given(st.integers(0, 3 * 365), st.integers(1, 6))
def test_so_many_school_days_before(number: int, count: int) -> None:
    day = date(2026, 1, 1) + timedelta(days=number)
    earlier = TERMS.school_days_before(day, count)
    assert TERMS.school_days_between(earlier, day) == count
    assert TERMS.school_days_between(earlier + timedelta(days=1), day) == count - 1
