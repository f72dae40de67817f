"""Clocks of the law: against a slow, plain calculation over ten years, and at the days that catch people out."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules import clocks
from bot.rules.calendar import Calendar, Kind, Period, bank_holidays
from bot.rules.clocks import CLOCKS, Clock, Unit

LONDON = ZoneInfo("Europe/London")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TERMS = Calendar(
    tuple(
        Period(Kind.TERM, date(year, *first), date(year, *last))
        for year in range(2020, 2032)
        for first, last in (((1, 5), (3, 28)), ((4, 14), (7, 20)), ((9, 3), (12, 18)))
    )
)
FIRST, LAST = datetime(2021, 1, 1), datetime(2030, 12, 31)  # noqa: DTZ001 - Hypothesis gives them a zone
instants = st.datetimes(FIRST, LAST, timezones=st.just(UTC))


def at(written: str) -> datetime:
    """An instant, written in school time."""
    return datetime.fromisoformat(written).replace(tzinfo=LONDON).astimezone(UTC)


def slowly(clock: Clock, start: datetime) -> datetime:
    """Count hour by hour, or day by day, as somebody with a wall calendar would."""
    if clock.unit is Unit.HOURS:
        end = start
        for _ in range(clock.length):
            end += HOUR
        return end
    day, left = start.astimezone(LONDON).date(), clock.length
    if clock.unit is Unit.MONTHS:
        wanted, month = day.day, day.month
        while left or day.day != min(wanted, _length(day)):
            day += DAY
            if day.month != month:
                month, left = day.month, left - 1
    while clock.unit is not Unit.MONTHS and left:
        day += DAY
        is_off = day.weekday() in {5, 6} or day in bank_holidays(day.year)
        counts = {
            Unit.DAYS: True,
            Unit.WORKING_DAYS: not is_off,
            Unit.SCHOOL_DAYS: not is_off and any(each.first <= day <= each.last for each in TERMS.periods),
        }
        left -= counts[clock.unit]
    while clock.rolls and (day.weekday() in {5, 6} or day in bank_holidays(day.year)):
        day += DAY
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=LONDON).astimezone(UTC) + timedelta(seconds=1)


def _length(day: date) -> int:
    return ((day.replace(day=1) + 32 * DAY).replace(day=1) - DAY).day


@settings(max_examples=400)
@given(st.sampled_from(CLOCKS), instants)
def test_each_clock_ends_when_somebody_counting_slowly_says(clock: Clock, start: datetime) -> None:
    end = clocks.ends(clock, start, TERMS)
    assert end == slowly(clock, start)
    told = clocks.warned_at(clock, end)
    assert list(told) == sorted(told)
    assert told[-1] == end


@pytest.mark.parametrize(
    ("clock", "start", "end"),
    [
        # The clocks go back within the 72 hours: real hours, so it ends an hour earlier on the wall.
        (clocks.BREACH_TO_ICO, "2026-10-23T16:00", "2026-10-26T15:00"),
        (clocks.BREACH_TO_ICO, "2027-03-26T16:00", "2027-03-29T17:00"),  # … and forward
        (clocks.BREACH_TO_ICO, "2026-12-24T16:00", "2026-12-27T16:00"),  # Christmas stops nothing
        (clocks.SUBJECT_ACCESS, "2027-01-31T10:00", "2027-03-01T00:00"),  # there is no 31 February
        (clocks.SUBJECT_ACCESS, "2028-01-31T10:00", "2028-03-01T00:00"),  # … nor in a leap year: 29 February
        (clocks.SUBJECT_ACCESS, "2026-08-05T10:00", "2026-09-06T00:00"),  # holidays do not extend it
        (clocks.DESIGNATED_OFFICER, "2027-08-27T15:00", "2027-09-01T00:00"),  # Monday is a bank holiday
        (clocks.COMPLAINT, "2027-04-03T10:00", "2027-05-05T00:00"),  # the thirtieth day is a bank holiday Monday
        (clocks.EDUCATIONAL_RECORD, "2026-12-17T10:00", "2027-01-23T00:00"),
    ],
)
def test_days_that_catch_people_out(clock: Clock, start: str, end: str) -> None:
    assert clocks.ends(clock, at(start), TERMS) == at(end)


def test_it_stands_still_only_where_the_law_says_so() -> None:
    start = at("2026-11-02T09:00")
    pause = (at("2026-11-10T09:00"), at("2026-11-13T09:00"))
    still = clocks.ends(clocks.SUBJECT_ACCESS, start, TERMS, pauses=[pause])
    assert still - clocks.ends(clocks.SUBJECT_ACCESS, start, TERMS) == 3 * DAY
    assert clocks.ends(clocks.BREACH_TO_ICO, start, TERMS, pauses=[pause]) == start + 72 * HOUR
    late = (at("2027-03-01T09:00"), at("2027-03-03T09:00"))  # after it has run out
    assert clocks.ends(clocks.SUBJECT_ACCESS, start, TERMS, pauses=[late]) == at("2026-12-03T00:00")


def test_a_complex_request_has_two_months_more() -> None:
    start = at("2026-11-30T09:00")
    assert clocks.ends(clocks.SUBJECT_ACCESS, start, TERMS, is_extended=True) == at("2027-03-01T00:00")


def test_hours_since_awareness_are_real_ones() -> None:
    assert clocks.since_then(at("2026-10-24T12:00"), at("2026-10-25T12:00")) == 25
    assert clocks.since_then(at("2026-10-24T12:00"), at("2026-10-24T11:00")) == 0


def test_every_clock_says_where_it_comes_from() -> None:
    assert all(clock.source and clock.checked_on for clock in CLOCKS)
    assert all(list(clock.warns) == sorted(clock.warns, reverse=True) for clock in CLOCKS)
