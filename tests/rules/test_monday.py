"""The week is told once, on its first school day or as soon as possible after it."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.calendar import NOTHING_KNOWN, Calendar, Kind, Period
from bot.rules.reminders.week import lines, monday_of

DAYS = st.dates(date(2025, 1, 1), date(2028, 1, 1))
PERIODS = st.builds(
    lambda kind, first, length: Period(kind, first, first + timedelta(days=length)),
    st.sampled_from(Kind),
    DAYS,
    st.integers(0, 60),
)
HEAD = 7


def test_on_a_bank_holiday_it_waits_for_tuesday() -> None:
    assert list(lines([HEAD], NOTHING_KNOWN, date(2027, 5, 3))) == []
    (line,) = lines([HEAD], NOTHING_KNOWN, date(2027, 5, 4))
    assert (line.told_key, line.item.due) == ("monday-2027-W18-7", date(2027, 5, 4))


def test_the_first_week_of_a_year_has_one_name() -> None:
    keys = {line.told_key for day in range(4) for line in lines([HEAD], NOTHING_KNOWN, date(2026, 12, 29 + day % 3))}
    keys |= {line.told_key for line in lines([HEAD], NOTHING_KNOWN, date(2027, 1, 1))}
    assert keys == {"monday-2026-W53-7"}


@given(st.lists(PERIODS, max_size=4), DAYS)
def test_it_is_ready_from_the_weeks_first_school_day_on_and_always_the_same(periods: list[Period], day: date) -> None:
    calendar = Calendar(tuple(periods))
    week = [monday_of(day) + timedelta(days=number) for number in range(7)]
    told = {each: list(lines([HEAD], calendar, each)) for each in week}
    first = next((each for each in week if calendar.is_school_day(each)), None)
    for each in week:
        assert bool(told[each]) is (first is not None and each >= first)
        assert all(line.item.due == line.item.stage.on == first for line in told[each])
    assert len({line.told_key for found in told.values() for line in found}) <= 1


@given(DAYS, DAYS)
def test_two_weeks_never_share_a_key(one: date, other: date) -> None:
    def keys(day: date) -> set[str]:
        friday = monday_of(day) + timedelta(days=6)
        return {line.told_key for line in lines([HEAD], NOTHING_KNOWN, friday)}

    assert bool(keys(one) & keys(other)) is (monday_of(one) == monday_of(other) and bool(keys(one)))
