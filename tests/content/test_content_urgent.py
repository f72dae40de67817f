"""What may not wait: “I have it” within a quarter of an hour, or the next in line is asked, too (UKCIS; KCSIE)."""

from datetime import timedelta

import pytest

from bot import jobs
from bot.errors import Conflict, Refused
from bot.rules.content import About
from bot.services import content
from bot.services.records import ANY_BUTTON
from storage import records
from tests.content.test_content import inbox, report, shown
from tests.people import ANN, BEN, COL, DEV, HANA, Someone
from tests.reminders.test_reminders import at, quiet
from tests.school import School, acting, at_once
from tests.slack.world import Message
from tests.staff.test_absences_rights import write

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys

URGENT = "urgent: open it now"


@pytest.fixture
def school(school: School) -> School:
    """A school in which only requests, reports and the filter remind."""
    return quiet(school)


def met(school: School, who: Someone = ANN, about: str = "A pupil") -> None:
    first = school.command(who, "/report-content").view
    school.submit(who, first, {"Could it be": "Yes, or I am not sure", "Who is this about": about})
    school.deliver()


def minute(school: School) -> None:
    jobs.hurry(school.database, lambda _zone: school.clock())
    school.deliver()


def letter(school: School, who: Someone) -> Message:
    return school.people.message(who.user_id, "CR-4526, urgent")


def token(school: School, who: Someone) -> str:
    return content.DESK.get(acting(school, who), 4526, ANY_BUTTON).record.token


@pytest.mark.databases("sqlite", "postgresql")
def test_a_head_who_falls_ill_at_seven_is_covered_by_nine_without_being_written_down(school: School) -> None:
    at(school, 2026, 11, 24, 7, 10)
    met(school)
    at(school, 2026, 11, 24, 7, 39)
    minute(school)
    assert URGENT in inbox(school, HANA)
    assert URGENT not in inbox(school, DEV)
    at(school, 2026, 11, 24, 7, 41)  # half an hour, out of hours
    minute(school)
    assert URGENT in inbox(school, DEV)
    assert URGENT not in inbox(school, COL)
    minute(school)
    assert inbox(school, DEV).count(URGENT) == 1
    done = school.press(DEV, letter(school, DEV), "I have it")
    assert "Dev Mistry has it, since Tue 24 Nov 2026, 07:41" in shown(done)
    school.deliver()
    assert "Dev Mistry has it" in letter(school, HANA).text
    assert "Dev Mistry has it" in letter(school, DEV).text
    assert "I have it" not in letter(school, HANA).text
    record = school.press(DEV, letter(school, DEV), "Open and complete").view  # he still sees it
    finished = school.submit(DEV, record, {"Action taken": "Rang the police.", "Signature": "Dev Mistry"})
    assert "dealt with" in shown(finished)


def test_whoever_says_so_in_time_has_it_alone(school: School) -> None:
    at(school, 2026, 11, 24, 10, 0)
    met(school)
    at(school, 2026, 11, 24, 10, 14)
    minute(school)
    assert URGENT not in inbox(school, DEV)
    school.press(HANA, letter(school, HANA), "I have it")
    at(school, 2026, 11, 24, 10, 40)
    minute(school)
    school.tick()
    assert URGENT not in inbox(school, DEV)
    assert "Hana Rees has it" in letter(school, HANA).text


def test_a_quarter_of_an_hour_in_working_hours_and_the_tick_makes_up_for_an_outage(school: School) -> None:
    at(school, 2026, 11, 24, 10, 0)
    met(school)
    at(school, 2026, 11, 24, 12, 0)
    minute(school)  # the minutes were missed
    assert URGENT not in inbox(school, DEV)
    school.tick()
    assert URGENT in inbox(school, DEV)


def test_what_is_not_urgent_waits_its_days_and_cannot_be_taken(school: School) -> None:
    report(school)
    school.clock.forward(hours=2)
    minute(school)
    assert inbox(school, DEV) == ""
    with pytest.raises(Refused):
        content.take(acting(school, HANA), 4526, token=token(school, HANA))


def test_about_the_head_only_the_chair_is_asked_however_long_he_is_silent(school: School) -> None:
    met(school, BEN, "The headteacher")
    school.clock.forward(minutes=20)
    minute(school)
    assert inbox(school, HANA) == inbox(school, DEV) == ""
    assert URGENT in inbox(school, COL)


@pytest.mark.databases("sqlite", "postgresql")
def test_two_at_once_and_once_more(school: School) -> None:
    met(school)
    school.clock.forward(minutes=16)
    minute(school)
    hana, dev, key = acting(school, HANA), acting(school, DEV), token(school, HANA)
    wrong = at_once(lambda: content.take(hana, 4526, token=key), lambda: content.take(dev, 4526, token=key))
    assert [type(each) for each in wrong] == [Conflict]
    with school.context().look() as tx:
        found = records.get(tx.connection, 1, "CR", 4526)
        assert found
        (step,) = records.steps(tx.connection, [found.record_id])[found.record_id]
    first, second = (hana, dev) if step.person_id == hana.person.person_id else (dev, hana)
    assert content.take(first, 4526, token=key).record.version == found.version  # pressed once more
    with pytest.raises(Conflict, match="has it already"):
        content.take(second, 4526, token=key)


def test_an_absence_written_down_makes_it_no_later(school: School) -> None:
    write(school, HANA, HANA)
    school.clock.forward(minutes=1)
    met(school)
    assert URGENT in inbox(school, DEV)  # who stands in is asked at once


@pytest.mark.databases("sqlite", "postgresql")
def test_it_goes_down_the_line_until_somebody_has_it(school: School) -> None:
    """Co-ordinator and headteacher, then the deputy, then the chair; whoever was asked sees who took it."""
    at(school, 2026, 11, 24, 10, 0)
    met(school)
    for minutes, asked, not_yet in ((16, DEV, COL), (16, COL, None)):
        school.clock.forward(minutes=minutes)
        minute(school)
        assert URGENT in inbox(school, asked)
        assert not_yet is None or URGENT not in inbox(school, not_yet)
    assert "nobody has said yet" not in inbox(school, ANN)
    school.press(COL, letter(school, COL), "I have it")
    school.deliver()
    for someone in (HANA, DEV, COL):
        assert "Col Evans has it" in letter(school, someone).text
        assert "I have it" not in letter(school, someone).text
        assert inbox(school, someone).count("CR-4526, urgent") == 1
    assert "Col Evans has it" in inbox(school, ANN)
    school.clock.forward(minutes=40)
    minute(school)
    school.tick()
    assert "nobody has said yet" not in inbox(school, ANN)
    record = school.press(DEV, letter(school, DEV), "Open and complete").view  # whoever was asked can still complete it
    school.submit(DEV, record, {"Action taken": "Rang the police.", "Signature": "Dev Mistry"})
    school.deliver()
    assert "dealt with" in inbox(school, ANN)


def test_at_the_end_of_the_line_the_reporter_is_told_whom_to_phone(school: School) -> None:
    at(school, 2026, 11, 24, 10, 0)
    met(school)
    for _ in range(3):
        school.clock.forward(minutes=16)
        minute(school)
    told = inbox(school, ANN)
    assert told.count("nobody has said yet that they have it") == 1
    assert "Please phone now" in told
    for name in ("Hana Rees", "Dev Mistry", "Col Evans", "01632 960 001", "999"):
        assert name in told
    school.clock.forward(hours=3)
    minute(school)
    school.tick()
    assert inbox(school, ANN).count("nobody has said yet that they have it") == 1
    school.press(DEV, letter(school, DEV), "I have it")  # late, and still told
    school.deliver()
    assert "nobody has said yet that they have it" not in inbox(school, ANN)
    assert "Dev Mistry has it" in inbox(school, ANN)


def test_of_the_head_the_reporter_is_told_when_the_chair_is_silent(school: School) -> None:
    met(school, BEN, "The headteacher")
    school.clock.forward(minutes=16)
    minute(school)
    assert "nobody has said yet" in inbox(school, BEN)
    assert "Col Evans" in inbox(school, BEN)
    assert inbox(school, HANA) == inbox(school, DEV) == ""


def test_whoever_had_it_and_steps_aside_has_it_no_more(school: School) -> None:
    at(school, 2026, 11, 24, 10, 0)
    met(school)
    school.press(HANA, letter(school, HANA), "I have it")
    content.step_aside(acting(school, HANA), 4526, token=token(school, HANA))
    school.deliver()
    assert URGENT in inbox(school, DEV)
    assert "Hana Rees has it" not in inbox(school, DEV)
    school.clock.forward(minutes=16)
    minute(school)
    assert URGENT in inbox(school, COL)
    school.press(COL, letter(school, COL), "I have it")
    school.deliver()
    assert "Col Evans has it" in letter(school, DEV).text
    assert "CR-4526, urgent" not in inbox(school, HANA)


@pytest.mark.databases("sqlite", "postgresql")
def test_two_ticks_at_once_go_on_by_one(school: School) -> None:
    at(school, 2026, 11, 24, 10, 0)
    met(school)
    school.clock.forward(minutes=16)
    now = school.clock()
    assert at_once(*[lambda: jobs.hurry(school.database, lambda _zone: now)] * 2) == []
    with school.database.read() as connection:
        found = records.get(connection, 1, "CR", 4526)
    assert found
    assert (found.hurried, found.next_at) == (1, now + timedelta(minutes=15))


@pytest.mark.databases("sqlite", "postgresql")
def test_the_same_form_once_more_hurries_nobody(school: School) -> None:
    at(school, 2026, 11, 24, 10, 0)
    ann = acting(school, ANN)
    made = content.report_illegal(ann, About.PUPIL, form_id="once")
    content.take(acting(school, HANA), made.record.number, token=made.record.token)
    school.clock.forward(minutes=1)
    again = content.report_illegal(acting(school, ANN), About.PUPIL, form_id="once")
    assert (again.record.number, again.record.next_at) == (made.record.number, None)
