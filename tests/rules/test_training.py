"""What is due for whom, and on which day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadInput
from bot.rules.people import Person, Standing
from bot.rules.reminders.stages import reached
from bot.rules.school import Audience, Role, Training
from bot.rules.training import (
    EARLIEST,
    FIRST_ROUND,
    KEEPERS,
    PARENTS,
    PLAN,
    REFRESHER,
    Completion,
    Due,
    Learner,
    Round,
    State,
    Subject,
    due,
    item_key,
    may_open,
    months_later,
    read,
)
from bot.rules.training_rounds import read_round

INDUCTION = Training("induction", "Induction", Audience.STAFF, due_days_after_joining=14)
YEARLY = Training("online-safety", "Refresher", Audience.STAFF, every_months=12)
AT_RISK = Training("at-risk", "At risk", Audience.TEACHERS, every_months=12)
LESSON = Training("lesson", "Lesson", Audience.CLASSES, every_months=12)
EVENING = Training("parents", "Parents", Audience.PARENTS, every_months=12)
KINDS = (INDUCTION, YEARLY, AT_RISK, LESSON, EVENING)
SET_UP = date(2026, 11, 23)
NOTED = {kind.key: SET_UP for kind in KINDS}
ANN = Learner(Subject(1), date(2021, 9, 1), teaches=True)
BEN = Learner(Subject(2), date(2026, 9, 2))
NOBODY_KNOWS = Learner(Subject(3))
DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))


def one(kind: Training, learner: Learner, *done: date, rounds: tuple[Round, ...] = ()) -> Due:
    completions = [Completion(kind.key, learner.subject, day) for day in done]
    (found,) = due([kind], NOTED, [learner], completions, rounds)
    return found


def test_induction_counts_from_the_start_date() -> None:
    assert one(INDUCTION, BEN).on == date(2026, 9, 16)
    assert one(INDUCTION, BEN, date(2026, 9, 10)).on is None
    assert one(INDUCTION, BEN, date(2026, 9, 10)).state(SET_UP) is State.DONE


def test_who_joined_long_before_the_register_is_not_chased_for_an_induction() -> None:
    assert one(INDUCTION, ANN).on is None
    assert one(INDUCTION, ANN).state(SET_UP) is State.NOT_ASKED
    assert one(INDUCTION, NOBODY_KNOWS).on is None


def test_who_comes_back_is_inducted_anew() -> None:
    assert one(INDUCTION, BEN, date(2019, 9, 3)).on == date(2026, 9, 16)


def test_nobody_is_late_on_day_one() -> None:
    for learner in (ANN, BEN, NOBODY_KNOWS):
        assert one(YEARLY, learner).on == SET_UP + FIRST_ROUND
    newcomer = Learner(Subject(4), date(2027, 1, 4))
    assert one(YEARLY, newcomer).on == date(2027, 2, 3)


def test_a_refresher_is_due_a_year_after_the_last() -> None:
    assert one(YEARLY, ANN, date(2025, 3, 1), date(2026, 3, 1)).on == date(2027, 3, 1)
    assert one(YEARLY, ANN, date(2026, 3, 1)).state(date(2027, 1, 29)) is State.DONE
    assert one(YEARLY, ANN, date(2026, 3, 1)).state(date(2027, 1, 30)) is State.DUE
    assert one(YEARLY, ANN, date(2026, 3, 1)).state(date(2027, 3, 1)) is State.DUE
    assert one(YEARLY, ANN, date(2026, 3, 1)).state(date(2027, 3, 2)) is State.OVERDUE


def test_each_kind_is_for_its_own() -> None:
    learners = [ANN, BEN, Learner(Subject(class_name="3B")), Learner(PARENTS)]
    found = [(each.kind.key, each.subject) for each in due(KINDS, NOTED, learners, [], [])]
    assert found == [
        ("induction", Subject(1)),
        ("induction", Subject(2)),
        ("online-safety", Subject(1)),
        ("online-safety", Subject(2)),
        ("at-risk", Subject(1)),
        ("lesson", Subject(class_name="3B")),
        ("parents", PARENTS),
    ]


def test_an_extra_round_is_due_for_who_was_there() -> None:
    extra = Round("online-safety", date(2027, 1, 11), date(2027, 1, 25))
    assert one(YEARLY, ANN, date(2026, 12, 1), rounds=(extra,)).on == date(2027, 1, 25)
    assert one(YEARLY, ANN, date(2027, 1, 11), rounds=(extra,)).on == date(2028, 1, 11)
    assert one(YEARLY, Learner(Subject(9), date(2027, 1, 12)), rounds=(extra,)).on == date(2027, 2, 11)
    assert one(INDUCTION, ANN, rounds=(Round("induction", SET_UP, SET_UP),)).on == SET_UP
    assert one(YEARLY, ANN, date(2026, 12, 1), rounds=(extra,)).plan is REFRESHER
    assert one(YEARLY, ANN, date(2027, 1, 11), rounds=(extra,)).plan is PLAN


@given(DAYS, st.integers(1, 120))
def test_months_are_never_skipped_or_shortened_by_more_than_three_days(day: date, months: int) -> None:
    later = months_later(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@given(st.none() | DAYS, st.lists(DAYS, max_size=4), st.lists(st.tuples(DAYS, st.integers(0, 60)), max_size=3))
def test_a_day_more_recorded_never_brings_the_due_day_nearer(
    begun_on: date | None, done: list[date], started: list[tuple[date, int]]
) -> None:
    learner = Learner(Subject(1), begun_on)
    rounds = tuple(Round("online-safety", day, day + timedelta(days=wait)) for day, wait in started)
    after = max([*done, *(each.started_on for each in rounds)], default=SET_UP)
    before, now = one(YEARLY, learner, *done, rounds=rounds), one(YEARLY, learner, *done, after, rounds=rounds)
    assert before.on is not None
    assert now.on == months_later(after, 12)
    assert now.last == after
    if not rounds and begun_on is None and done:
        assert now.on >= before.on


@given(st.none() | DAYS, DAYS)
def test_nothing_is_late_before_a_register_is_a_month_old_but_this_years_inductions(
    begun_on: date | None, noted_on: date
) -> None:
    learner = Learner(Subject(1), begun_on, teaches=True)
    for found in due(KINDS, dict.fromkeys(NOTED, noted_on), [learner, Learner(PARENTS)], [], []):
        if found.kind is not INDUCTION:
            assert found.on is not None
            assert found.on >= noted_on + FIRST_ROUND
        elif found.on and begun_on:
            assert found.on == begun_on + timedelta(days=14)
            assert (noted_on - begun_on).days < 366


@given(DAYS, st.integers(-60, 60))
def test_what_is_escalated_is_overdue_and_what_is_done_is_not_spoken_of(last: date, off: int) -> None:
    found = one(YEARLY, ANN, last)
    assert found.on
    today = found.on + timedelta(days=off)
    stage = reached(found.on, today, PLAN)
    assert (stage is None) == (found.state(today) is State.DONE)
    if stage and stage.escalated:
        assert found.state(today) is State.OVERDUE


def test_a_reminders_key_holds_no_name() -> None:
    assert item_key(YEARLY, Subject(7)) == "training-online-safety"
    key = item_key(LESSON, Subject(class_name="Reception Acorns"))
    assert key.startswith("training-lesson-class-")
    assert "Acorns" not in key


TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"done_on": "2026-11-24", "provider": "Boost"}, {"done_on": "still to come"}),
        ({"done_on": "1989-12-31", "provider": "Boost"}, {"done_on": "before 1990"}),
        ({"done_on": "2026-09-01", "provider": "Boost"}, {"done_on": "first day"}),
        ({"done_on": "", "provider": ""}, {"done_on": "Choose a day", "provider": "few words"}),
        ({"done_on": "2026-02-30", "provider": "!!"}, {"done_on": "Choose a day", "provider": "few words"}),
        ({"done_on": "2026-11-23", "provider": "x" * 201}, {"provider": "at most 200 letters"}),
    ],
)
def test_what_cannot_be_is_told_at_its_field(fields: dict[str, str], wrong: dict[str, str]) -> None:
    with pytest.raises(BadInput) as told:
        read(fields, TODAY, date(2026, 9, 2))
    assert told.value.fields.keys() == wrong.keys()
    assert all(words in told.value.fields[name] for name, words in wrong.items())


def test_today_and_the_first_day_will_do() -> None:
    assert read({"done_on": "2026-11-23", "provider": " Boost  online "}, TODAY).provider == "Boost online"
    assert read({"done_on": "2026-09-02", "provider": "Boost"}, TODAY, date(2026, 9, 2)).done_on == date(2026, 9, 2)
    assert read({"done_on": EARLIEST.isoformat(), "provider": "Boost"}, TODAY).done_on == EARLIEST


@pytest.mark.parametrize("day", ["", "2026-11-22", "2028-01-01"])
def test_a_refresher_needs_a_reason_and_a_day_ahead(day: str) -> None:
    with pytest.raises(BadInput) as told:
        read_round({"reason": " ", "due_on": day}, TODAY)
    assert told.value.fields.keys() == {"reason", "due_on"}
    assert read_round({"reason": "IN-2", "due_on": "2026-12-07"}, TODAY) == ("IN-2", date(2026, 12, 7))


@given(
    st.sets(st.sampled_from(Role)),
    st.sampled_from([Subject(1), Subject(2), Subject(class_name="3B"), Subject(class_name="4C"), PARENTS]),
)
def test_evidence_is_opened_by_its_owner_its_classs_teacher_and_the_keepers(roles: set[Role], subject: Subject) -> None:
    who = Person(1, "Ann", "ann@huntington.example", None, Standing.STAFF, frozenset(roles), ("3B",), None)
    theirs = subject in {Subject(1), Subject(class_name="3B")}
    coordinates = subject == PARENTS and Role.E_SAFETY_COORDINATOR in roles
    assert may_open(who, subject) == (theirs or coordinates or bool(roles & KEEPERS))
