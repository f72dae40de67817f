"""The overview's arithmetic: nobody can be told apart, every request has one term, days are school days."""

from collections import defaultdict
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.calendar import NOTHING_KNOWN, Calendar, Kind, Period
from bot.rules.content import USUAL, WAYS, About
from bot.rules.overview import (
    FEW,
    FEWEST,
    Answered,
    Count,
    Counts,
    Progress,
    SchoolDays,
    Term,
    Times,
    may_be_counted,
    reading,
    sayable,
    terms,
    times,
    training,
    used,
)
from bot.rules.people import Person, Standing
from bot.rules.school import Audience, Role, Training
from bot.rules.training import Due, Subject

TODAY = date(2026, 11, 23)
MOST = 14  # people; every way in which so many can stand
COUNTS = st.integers(0, 60)
DAYS = st.dates(date(2024, 9, 1), date(2028, 8, 31))


def head(name: str = "Hana Rees", role: Role = Role.HEADTEACHER) -> Person:
    return Person(1, name, "", "U1", Standing.STAFF, frozenset({Role.STAFF, role}), (), None)


# ── counts of people ───────────────────────────────────────────────────────────────────────────────────────────────


def test_one_and_two_are_few_and_the_first_larger_count_is_loosened_with_them() -> None:
    assert sayable(17, 4, 0) == Counts(Count(17, 17), Count(4, 4), Count(0, 0))
    assert sayable(20, 0, 1) == Counts(Count(19, 20), Count(0, 0), FEW)
    assert sayable(17, 2, 2) == Counts(Count(17, 19), FEW, FEW)
    assert sayable(15, 5, 1) == Counts(Count(14, 15), Count(5, 5), FEW)


def test_a_group_too_small_says_nothing() -> None:
    for counts in ((2, 0, 0), (1, 1, 0), (2, 2, 0), (1, 1, 1), (3, 1, 0), (0, 0, 0)):
        assert sayable(*counts) is None
    assert sayable(3, 0, 0) == Counts(Count(3, 3), Count(0, 0), Count(0, 0))


def test_nobody_who_knows_the_rule_and_the_total_can_work_out_a_small_count() -> None:
    said: dict[tuple[int, Counts | None], set[tuple[int, ...]]] = defaultdict(set)
    for done in range(MOST + 1):
        for due in range(MOST + 1 - done):
            for overdue in range(MOST + 1 - done - due):
                said[done + due + overdue, sayable(done, due, overdue)].add((done, due, overdue))
    for (total, told), possible in said.items():
        for place in range(3):
            values = {each[place] for each in possible}
            if total >= FEWEST and values & {1, 2}:
                assert len(values) > 1, (total, told, possible)


@given(COUNTS, COUNTS, COUNTS)
def test_what_is_said_is_true(done: int, due: int, overdue: int) -> None:
    exact = (done, due, overdue)
    told = sayable(*exact)
    if told is not None:
        assert all(
            said.least <= number <= said.most
            for said, number in zip((told.done, told.due, told.overdue), exact, strict=True)
        )
        progress = Progress("x", Audience.STAFF, sum(exact), told)
        assert progress.percent is not None
        assert progress.percent <= 100 * exact[0] / sum(exact)


def test_training_counts_people_by_state_and_classes_exactly() -> None:
    refresher = Training("online", "Online safety", Audience.STAFF, every_months=12)
    lesson = Training("lesson", "Lesson", Audience.CLASSES, every_months=12)
    day = timedelta(days=1)
    dues = [Due(refresher, Subject(n), TODAY + 200 * day, TODAY - 100 * day) for n in range(5)]
    dues += [Due(refresher, Subject(n), TODAY - day) for n in range(5, 9)]
    dues += [Due(refresher, Subject(9), None)]  # nothing is owed: not asked, so not counted
    dues += [Due(lesson, Subject(class_name="3B"), TODAY - day), Due(lesson, Subject(class_name="3H"), TODAY + day)]
    staff, classes = training([refresher, lesson], dues, TODAY)
    assert (staff.of, staff.percent) == (9, 55)
    assert staff.counts == Counts(Count(5, 5), Count(0, 0), Count(4, 4))
    assert classes.counts == Counts(Count(0, 0), Count(1, 1), Count(1, 1))


def test_who_has_read_the_policy_is_counted_with_the_same_care() -> None:
    assert reading("2026-11", 8, 1).counts == Counts(Count(7, 8), FEW, Count(0, 0))
    assert reading("2026-11", 0, 9).percent == 0
    assert reading("2026-11", 0, 0).percent is None
    assert reading("2026-11", 1, 1).group == FEW
    assert reading("2026-11", 2, 1).group == Count(3, 3)


# ── terms ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_halves_are_one_term_and_what_is_not_given_begins_as_usual() -> None:
    halves = [(2026, 9, 2, 10, 23), (2026, 11, 2, 12, 18), (2027, 1, 4, 2, 12), (2027, 2, 22, 3, 25)]
    calendar = Calendar(tuple(Period(Kind.TERM, date(y, a, b), date(y, c, d)) for y, a, b, c, d in halves))
    assert [(each.name, each.first) for each in terms(calendar, date(2027, 4, 10))] == [
        ("Autumn 2025", date(2025, 9, 1)),
        ("Spring 2026", date(2026, 1, 1)),
        ("Summer 2026", date(2026, 4, 1)),
        ("Autumn 2026", date(2026, 9, 2)),
        ("Spring 2027", date(2027, 1, 4)),
        ("Summer 2027", date(2027, 4, 1)),
    ]
    assert terms(calendar, date(2026, 11, 23))[-1].name == "Autumn 2026"


def test_a_half_belongs_to_the_term_in_whose_months_its_middle_lies() -> None:
    for month in {*range(1, 13)} - {8}:  # holidays
        year = 2026 if month >= 9 else 2027
        half = Period(Kind.TERM, date(year, month, 10), date(year, month, 20))
        season = "Spring" if month <= 3 else "Summer" if month <= 7 else "Autumn"
        begun = {term.name: term.first for term in terms(Calendar((half,)), date(2027, 8, 31))}
        assert begun[f"{season} {year}"] == half.first


PERIODS = st.builds(
    lambda kind, first, length: Period(kind, first, first + timedelta(days=length)),
    st.sampled_from(Kind),
    DAYS,
    st.integers(0, 400),
)


@given(st.lists(PERIODS, max_size=8), DAYS, st.lists(DAYS, max_size=20))
def test_whatever_the_calendar_every_request_of_two_years_has_one_term(
    periods: list[Period], today: date, came: list[date]
) -> None:
    calendar = Calendar(tuple(periods))
    found = terms(calendar, today)
    assert [each.first for each in found] == sorted(each.first for each in found)
    assert len({each.name for each in found}) == len(found) <= 6
    if found:
        counted = times(found, [Answered(day, None) for day in came], SchoolDays(calendar, today, today))
        assert sum(each.came for each in counted) == sum(day >= found[0].first for day in came)
        assert [each.term for each in counted] == [each.name for each in found]


def test_terms_in_which_nothing_ever_came_are_left_out_of_last_year_only() -> None:
    def row(*came: int) -> tuple[Times, ...]:
        return tuple(Times(str(number), count, 0) for number, count in enumerate(came))

    assert used(row(0, 0, 1, 0), row(0, 0, 0, 0)) == (row(0, 0, 1, 0)[2:], row(0, 0, 0, 0)[2:])
    assert used(row(0, 0, 0, 0, 0), row(0, 0, 0, 0, 0)) == (row(0, 0, 0, 0, 0)[3:],) * 2
    assert used(row(0, 0, 0), row(0, 0, 0)) == (row(0, 0, 0)[2:],) * 2  # on 1 September, before the first term


# ── response times ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_median_and_longest_are_school_days() -> None:
    friday, monday = date(2026, 11, 20), date(2026, 11, 23)
    found = [Answered(friday, friday), Answered(friday, monday), Answered(friday, date(2026, 11, 27))]
    (told,) = times([Term("Autumn 2026", date(2026, 9, 1))], [*found, Answered(monday, None)], days())
    assert told == Times("Autumn 2026", came=4, still_open=1, median=1.0, longest=5)


def days(calendar: Calendar = NOTHING_KNOWN) -> SchoolDays:
    return SchoolDays(calendar, date(2024, 9, 1), date(2028, 8, 31))


@given(DAYS, DAYS)
def test_days_counted_once_are_the_calendars_days(first: date, last: date) -> None:
    if first <= last:
        assert days().between(first, last) == NOTHING_KNOWN.school_days_between(first, last)


# ── reports that somebody must not learn of ────────────────────────────────────────────────────────────────────────


def test_a_report_about_a_reader_is_counted_for_nobody() -> None:
    readers = [head(), head("Dev Mistry", Role.DEPUTY_HEADTEACHER)]
    for about, way in WAYS.items():
        expected = about in {About.PUPIL, About.STAFF, About.UNKNOWN}
        assert may_be_counted(way.name, (), readers) is expected
    assert not may_be_counted(USUAL.name, {readers[1].person_id}, readers)
    assert may_be_counted(USUAL.name, {4711}, readers)
