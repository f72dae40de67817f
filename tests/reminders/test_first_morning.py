"""A calm first morning: each colleague of a new school is welcomed once, and has a digest at most beside it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import jobs
from bot.services import welcome
from bot.services.school import absences
from storage.outbox import outcomes
from tests.conftest import copied
from tests.people import ANN, BEN, CARA, COL, DEV, GWEN, HANA, OLU, OZ, PRIYA, STAFF, Someone
from tests.policy.test_policy import imported
from tests.school import MadeUpClock, School, acting, at_once, begin, open_school
from tests.slack.people import Sight
from tests.slack.world import Message

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys

OFFICES = (HANA, DEV, OLU, PRIYA, COL, GWEN)
ASKED = "Please read the Social Media Policy"
NIA = Someone("U0NEW", "Nia New", "nia@huntington.example")


@pytest.fixture
def new(request: pytest.FixtureRequest, kind: str, tmp_path: Path, clock: MadeUpClock) -> Iterator[School]:
    """The invented school, set up just now: the first morning is still to come."""
    clock.instant = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)  # on Sunday evening
    for database in copied(request, kind, tmp_path, "begun", lambda database: begin(database, clock)):
        yield from open_school(database, clock)


def at(school: School, *instant: int) -> None:
    school.clock.instant = datetime(*instant, tzinfo=UTC)  # type: ignore[misc, arg-type]


def inbox(school: School, who: Someone) -> list[Message]:
    """What came unasked: an answer is for one person's eyes."""
    return [message for message in school.people.inbox(who.user_id) if message.only_for is None]


def welcomes(school: School, who: Someone) -> list[Message]:
    return [message for message in inbox(school, who) if message.fallback == "Welcome to Lanyard"]


def digests(school: School, who: Someone) -> list[Message]:
    return [each for each in inbox(school, who) if "to do in" in each.fallback or "Your week" in each.fallback]


def welcomed(school: School) -> int:
    return sum(len(welcomes(school, who)) for who in STAFF)


def morning(school: School, *day: int, quarters: int = 8) -> None:
    """A tick every quarter of an hour, from eight o'clock on."""
    at(school, *day, 8, 0)
    for _ in range(quarters):
        began = school.clock()
        school.tick()
        school.clock.instant = began + jobs.EVERY


# ── a new school ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.databases("sqlite", "postgresql")
def test_on_the_first_morning_each_gets_a_welcome_and_a_digest_at_most(new: School) -> None:
    new.tick()  # on Sunday
    assert [inbox(new, who) for who in STAFF] == [[]] * len(STAFF)
    at(new, 2026, 11, 23, 8, 0)
    new.tick()
    new.tick()
    morning(new, 2026, 11, 23)
    for who in STAFF:
        first, *others = inbox(new, who)
        assert first.fallback == "Welcome to Lanyard"
        assert others == digests(new, who)
        assert len(others) <= 1
    told = {who: digests(new, who)[0].text for who in STAFF if digests(new, who)}
    # The review is overdue, and so are the inductions of those who joined this year: nothing else is told yet.
    assert set(told) == {HANA, COL, GWEN, BEN, CARA}
    assert "Overdue since Sun 31 Mar 2024" in told[HANA]
    for text in told.values():
        assert "22 Dec" not in text
    assert "Online safety refresher*\nDue Tue 22 Dec 2026" in new.home(ANN).text


def test_the_policy_is_to_be_read_from_the_next_day_on(new: School) -> None:
    imported(new)
    morning(new, 2026, 11, 23)
    assert not [each for who in STAFF for each in inbox(new, who) if ASKED in each.text]
    assert max(len(inbox(new, who)) for who in STAFF) == 2
    at(new, 2026, 11, 24, 0, 15)
    new.tick()
    assert not [each for who in STAFF for each in inbox(new, who) if ASKED in each.text]
    morning(new, 2026, 11, 24)
    for who in STAFF:
        assert len([each for each in inbox(new, who) if ASKED in each.text]) == 1
    assert welcomed(new) == len(STAFF)


@pytest.mark.databases("sqlite", "postgresql")
def test_a_few_are_welcomed_at_a_time_and_those_who_hold_an_office_first(new: School) -> None:
    new.tick()  # whoever is on the staff list is found in Slack
    at(new, 2026, 11, 23, 8, 0)
    for number in range(40):
        new.slack.add_user(f"U1{number:04}", f"Colleague {number:03}", f"c{number}@huntington.example")
        new.command(Someone(f"U1{number:04}", "", ""), "/lanyard", channel=None)
    with new.context().look() as tx:
        first, last = welcome.to_come(tx)[0], welcome.to_come(tx)[-1]
        assert len(welcome.to_come(tx)) == len(STAFF) + 40
    assert (first.email, last.email) == (COL.email, "c39@huntington.example")
    # One job alone: a digest has the welcome of its reader go before it.
    welcome.tick(new.context())
    with new.database.read() as connection:
        assert outcomes.waiting(connection) == welcome.AT_ONCE
    new.deliver()
    assert {who for who in STAFF if welcomes(new, who)} < set(OFFICES)
    for _ in range(9):
        new.clock.forward(minutes=15)
        new.tick()
    with new.context().look() as tx:
        assert welcome.to_come(tx) == []
    assert new.clock() < datetime(2026, 11, 23, 10, 30, tzinfo=UTC)


def test_it_says_in_three_lines_what_lanyard_is_and_both_buttons_lead_on(new: School) -> None:
    morning(new, 2026, 11, 23)
    (message,) = welcomes(new, ANN)
    assert message.text.splitlines()[:3] == [
        "*Welcome to Lanyard*: the social media policy of Huntington Community Primary School, here in Slack.",
        "What is yours to do, such as your training, comes as one list, on a school morning.",
        "Before you use a picture of a child, press *Check photo consent*. For all else, press *What I can do*.",
    ]
    for who in STAFF:
        assert who.name not in message.text + message.fallback
    form = new.press(ANN, message, "Check photo consent").view
    assert form is not None
    assert "Pupils" in form.text
    helped = new.press(ANN, message, "What I can do").view
    assert helped is not None
    assert "`/training`" in helped.text
    assert "/consent-record" not in helped.text
    assert "/consent-record" in str(new.press(OLU, welcomes(new, OLU)[0], "What I can do").view)


def test_an_outsider_gets_neither_the_welcome_nor_what_is_behind_it(new: School) -> None:
    morning(new, 2026, 11, 23)
    assert inbox(new, OZ) == []
    told = new.press(OZ, welcomes(new, ANN)[0], "What I can do", sight=Sight.FORGED)
    assert "/training" not in told.text + (told.view.text if told.view else "")
    assert "own staff" in told.text


# ── when ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("instant", "next_morning"),
    [
        ((2026, 11, 28, 10, 0), (2026, 11, 30, 8, 0)),  # Saturday
        ((2026, 12, 22, 10, 0), (2027, 1, 5, 8, 0)),  # Christmas holidays, bank holiday, INSET day
        ((2027, 2, 16, 10, 0), (2027, 2, 22, 8, 0)),  # half-term
        ((2026, 11, 23, 16, 30), (2026, 11, 24, 8, 0)),
        ((2026, 11, 23, 7, 59), (2026, 11, 23, 8, 0)),
    ],
)
def test_nobody_is_welcomed_in_holidays_or_in_the_evening(
    new: School, instant: tuple[int, ...], next_morning: tuple[int, ...]
) -> None:
    at(new, *instant)
    while new.clock() < datetime(*next_morning, tzinfo=UTC):  # type: ignore[misc, arg-type]
        new.tick()
        assert [inbox(new, who) for who in STAFF] == [[]] * len(STAFF)
        new.clock.forward(hours=23)
    at(new, *next_morning)
    new.tick()
    assert welcomes(new, HANA)


def test_what_an_outage_has_kept_back_waits_for_the_morning(new: School) -> None:
    at(new, 2026, 11, 23, 16, 29)
    welcome.tick(new.context())
    at(new, 2026, 11, 23, 22, 0)
    new.deliver()
    assert welcomed(new) == 0
    at(new, 2026, 11, 24, 8, 0)
    new.deliver()
    assert welcomed(new) == welcome.AT_ONCE


# ── once ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_newcomer_is_welcomed_once_and_so_is_nobody_else_again(new: School) -> None:
    imported(new)
    morning(new, 2026, 11, 23)
    before = {who: len(inbox(new, who)) for who in STAFF}
    at(new, 2026, 12, 1, 8, 30)
    new.slack.add_user(*NIA)
    new.command(NIA, "/lanyard", channel=None)
    for _ in range(4):
        new.tick()
        new.clock.forward(minutes=15)
    assert [each.fallback for each in inbox(new, NIA)] == ["Welcome to Lanyard"]
    assert all(not welcomes(new, who)[1:] for who in STAFF)
    assert before[ANN] == 1
    morning(new, 2026, 12, 2)
    morning(new, 2026, 12, 3)
    assert len(welcomes(new, NIA)) == 1
    assert len([each for each in inbox(new, NIA) if ASKED in each.text]) == 1


def test_whoever_is_away_is_welcomed_once_they_are_back(new: School) -> None:
    new.tick()
    at(new, 2026, 11, 23, 7, 0)
    absences.record(acting(new, ANN), acting(new, ANN).person.person_id, "2026-11-23", "2026-11-24")
    morning(new, 2026, 11, 23)
    assert not welcomes(new, ANN)
    morning(new, 2026, 11, 25)
    assert len(welcomes(new, ANN)) == 1


@pytest.mark.databases("sqlite", "postgresql")
def test_two_ticks_at_once_welcome_each_once(new: School) -> None:
    new.tick()
    at(new, 2026, 11, 23, 8, 0)
    assert at_once(*[lambda: welcome.tick(new.context())] * 4) == []
    new.deliver()
    assert welcomed(new) == welcome.AT_ONCE
    assert all(len(welcomes(new, who)) <= 1 for who in STAFF)


@pytest.mark.databases("sqlite", "postgresql")
def test_nobody_is_welcomed_at_a_school_that_upgrades_in_the_middle_of_the_year(school: School) -> None:
    for day in (23, 24):
        morning(school, 2026, 11, day)
    school.slack.add_user(*NIA)
    school.command(NIA, "/lanyard", channel=None)
    morning(school, 2026, 11, 25)
    assert not [who for who in (*STAFF, NIA) if welcomes(school, who)]
    assert digests(school, HANA)


# ── what is due in a month ─────────────────────────────────────────────────────────────────────────────────────────


def told_on_the_sixteenth(school: School) -> Message:
    """Ann's one digest, a week before her training is due, and none before."""
    at(school, 2026, 12, 15, 8, 0)
    school.tick()
    assert digests(school, ANN) == []
    at(school, 2026, 12, 16, 8, 0)
    school.tick()
    school.tick()
    (message,) = digests(school, ANN)
    return message


def test_training_that_is_due_in_a_month_is_on_home_and_told_a_week_before(school: School) -> None:
    for day in (date for date in range(23, 31) if date not in {28, 29}):
        at(school, 2026, 11, day, 8, 0)
        school.tick()
    assert digests(school, ANN) == []
    assert "*Online safety refresher*\nDue Wed 23 Dec 2026" in school.home(ANN).text
    message = told_on_the_sixteenth(school)
    assert "*Online safety refresher*\nDue Wed 23 Dec 2026" in message.text


def test_whoever_is_asked_instead_of_somebody_reads_why(school: School) -> None:
    school.tick()
    at(school, 2026, 12, 16, 8, 0)
    school.tick()
    (message,) = [each for each in digests(school, OLU) if "lesson" in each.text]
    told = "for 2 Cedar (no teacher of 2 Cedar is on the staff list, so the office is asked)"
    assert told in message.text
    assert "is on the staff list" not in digests(school, ANN)[-1].text
    assert "2 Cedar" not in message.fallback


def test_what_is_due_in_a_month_can_be_put_off_until_a_week_before(school: School) -> None:
    school.tick()
    window = school.press(ANN, school.more(ANN), "All that is due").view
    form = school.press(ANN, window, "Later", near="Online safety refresher").view
    assert form is not None
    assert "In a week: Mon 30 Nov 2026" in form.text
    done = school.submit(ANN, form, {"Remind me again": "A week before it is due: Wed 16 Dec 2026"}).view
    assert done is not None
    assert "reminded again on Wed 16 Dec 2026" in done.text
    message = told_on_the_sixteenth(school)
    assert message.text.count("Online safety refresher") == 1
    again = school.press(ANN, message, "Later", near="Online safety refresher").view
    assert again is not None
    assert "A week before" not in again.text  # it lies behind us


def test_a_window_that_was_open_for_long_says_that_its_day_has_come(school: School) -> None:
    window = school.press(ANN, school.more(ANN), "All that is due").view
    form = school.press(ANN, window, "Later", near="Online safety refresher").view
    school.clock.instant += timedelta(days=16)
    answer = school.submit(ANN, form, {"Remind me again": "A week before it is due: Wed 16 Dec 2026"})
    assert "That day is too near by now" in str(answer.error_texts)
