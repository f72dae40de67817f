"""The school's calendar at work: imported, shown, kept; and messages that keep to working hours."""

from datetime import UTC, date, datetime

import pytest

from bot.context import Context
from bot.errors import BadFile
from bot.services.features import REACTIONS
from bot.services.school import calendar
from bot.services.school import people as people_service
from storage import audit
from storage.engine import Database
from tests.access.test_access import ask
from tests.content.test_content import report
from tests.people import ANN, DEV, HANA, Someone
from tests.school import MadeUpClock, School, context

HEADER = "type,start,end,title\n"


def at(school: School, *instant: int) -> None:
    school.clock.instant = datetime(*instant, tzinfo=UTC)  # type: ignore[misc, arg-type]


def inbox(school: School, who: Someone = HANA) -> list[str]:
    return [message.text for message in school.people.inbox(who.user_id)]


def test_an_import_shows_first_and_replaces_whole_school_years(school: School) -> None:
    written = (HEADER + "term,2026-09-03,2026-10-23,Autumn 1\nterm,2027-08-30,2027-10-22,Autumn 1\n").encode()
    seen = calendar.preview(school.context(), "terms.csv", written)
    assert seen.years == ("2026/27", "2027/28")
    assert len(seen.removed) == 9
    assert "term, Thu 3 Sep 2026 to Fri 23 Oct 2026: Autumn 1" in seen.added
    assert len(school.context().school.calendar.periods) == 9  # only shown
    calendar.apply(school.context(), "terms.csv", written)
    assert len(school.context().school.calendar.periods) == 2
    again = calendar.apply(school.context(), "terms.csv", written)
    assert (again.added, again.removed, again.unchanged) == ((), (), 2)
    with school.database.read() as connection:
        actions = [action for action, _ in audit.entries(connection, 1)]
    assert actions.count("calendar.imported") == 2  # the furnishing, and this one


def test_other_years_stay_and_a_single_day_is_added(school: School) -> None:
    calendar.apply(school.context(), "t.csv", (HEADER + "term,2027-09-02,2027-10-22,Autumn 1\n").encode())
    calendar.apply(school.context(), "t.csv", (HEADER + "closed,2026-11-24,2026-11-24,Snow\n").encode())
    known = school.context().school.calendar
    assert len(known.periods) == 11
    assert not known.is_school_day(date(2026, 11, 24))
    assert known.is_school_day(date(2026, 11, 25))
    assert known.is_known(date(2027, 9, 2))


def test_who_keeps_the_school_in_memory_learns_of_it(school: School) -> None:
    def kept() -> Context:
        directory = school.bot.router.directory
        actor = people_service.identify(
            school.database, school.clock, directory.user, team_id="T0SCHOOL", slack_user=ANN.user_id
        )
        return Context(school.database, actor.school, school.clock, REACTIONS, actor)

    assert kept().school.calendar.is_school_day(date(2026, 11, 24))
    calendar.apply(school.context(), "t.csv", (HEADER + "inset,2026-11-24,2026-11-24,\n").encode())
    assert not kept().school.calendar.is_school_day(date(2026, 11, 24))


def test_a_bad_file_changes_nothing(school: School) -> None:
    before = school.context().school
    with pytest.raises(BadFile):
        calendar.apply(school.context(), "t.ics", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n")
    with pytest.raises(BadFile, match="is not one"):
        calendar.preview(school.context(), "terms.ics", b"Terms\nAutumn")
    for nothing in (HEADER.encode(), b"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nEND:VCALENDAR\n"):
        with pytest.raises(BadFile, match="no term"):
            calendar.preview(school.context(), "t.csv", nothing)
    assert school.context().school == before


@pytest.mark.parametrize(
    "bad",
    ["term,2027-01-05,soon,Spring 1", "trem,2027-01-05,2027-02-12,Spring 1", "term,2026-12-18,2027-02-12,Spring 1"],
)
def test_a_term_that_is_refused_leaves_no_hole(school: School, bad: str) -> None:
    before = school.context().school
    written = f"{HEADER}term,2026-09-03,2026-12-18,Autumn\n{bad}\ninset,2026-09-03,2026-09-03,\n".encode()
    seen = calendar.preview(school.context(), "t.csv", written)
    done = calendar.apply(school.context(), "t.csv", written)
    assert done == seen
    assert (done.added, done.removed, done.lost) == ((), (), (3,))
    assert done.problems[0].line == 3
    assert school.context().school == before
    assert before.calendar.is_school_day(date(2027, 1, 12))


def test_an_inset_day_that_is_refused_keeps_no_term_out(school: School) -> None:
    rows = "term,2026-09-03,2026-12-18,Autumn\nterm,2026-09-03,2026-12-18,Again\ninset,soon,2026-09-03,\n"
    done = calendar.apply(school.context(), "t.csv", (HEADER + rows).encode())
    assert [each.line for each in done.problems] == [3, 4]
    assert len(school.context().school.calendar.periods) == 1


def test_without_a_calendar_weekdays_but_bank_holidays(database: Database, clock: MadeUpClock) -> None:
    from bot.school_file import read_school
    from bot.services.school import setting_up as school_service
    from tests.school import SAMPLE

    settings = read_school(SAMPLE / "school.toml").model_dump(mode="json")
    school_service.set_up(database, clock(), settings, set(), None)
    known = context(database, clock).school.calendar
    assert not known.is_known(date(2026, 10, 28))
    assert known.is_school_day(date(2026, 10, 28))
    assert not known.is_school_day(date(2026, 12, 25))


def test_whoever_asks_in_the_evening_has_asked_in_the_evening(school: School) -> None:
    at(school, 2026, 11, 27, 18, 0)
    ask(school)
    assert any("AR-1 waits for you" in text for text in inbox(school))


@pytest.mark.parametrize(
    ("asked", "noticed", "opens"),
    [
        ((2026, 11, 23, 9, 0), (2026, 11, 27, 17, 0), (2026, 11, 30, 8, 0)),  # Friday evening
        ((2026, 12, 11, 9, 0), (2026, 12, 18, 20, 0), (2027, 1, 5, 8, 0)),  # Christmas, and an INSET day
        ((2027, 3, 17, 9, 0), (2027, 3, 27, 12, 0), (2027, 4, 12, 7, 0)),  # Easter, and the clocks go forward
    ],
)
def test_what_the_timetable_finds_waits_for_the_school_to_open(
    school: School, asked: tuple[int, ...], noticed: tuple[int, ...], opens: tuple[int, ...]
) -> None:
    at(school, *asked)
    ask(school)
    at(school, *noticed)
    school.tick()  # silent for four school days: the deputy may decide, too
    assert not any("AR-1" in text for text in inbox(school, DEV))
    at(school, *opens)
    school.clock.forward(seconds=-1)
    school.bot.sender.deliver()
    assert not any("AR-1" in text for text in inbox(school, DEV))
    school.clock.forward(seconds=1)
    school.deliver()
    assert any("AR-1 waits for you" in text for text in inbox(school, DEV))


def test_a_report_does_not_wait(school: School) -> None:
    at(school, 2026, 11, 28, 22, 0)
    report(school)
    assert any("CR-4526" in text for text in inbox(school))


def test_a_reminder_that_an_outage_kept_back_is_not_sent_at_night(school: School) -> None:
    ask(school)
    at(school, 2026, 11, 25, 8, 0)
    school.slack.fail_next("conversations.open", status=503, times=100)
    school.tick()
    school.slack.stop_failing("conversations.open")
    at(school, 2026, 11, 25, 21, 0)
    school.deliver()
    assert not any("to do" in text for text in inbox(school))
    at(school, 2026, 11, 26, 8, 0)
    school.deliver()
    assert any("AR-1 waits for you*" in text for text in inbox(school))


def test_a_message_that_lies_there_is_brought_up_to_date_at_any_hour(school: School) -> None:
    ask(school)
    letter = school.people.message(HANA.user_id, "AR-1 waits for you")
    at(school, 2026, 11, 23, 22, 0)
    sure = school.press(ANN, school.people.message(ANN.user_id, "AR-1"), "Take back").view
    school.submit(ANN, sure, {})
    school.deliver()
    assert "Nothing more for you to do" in str(getattr(school.people.now(letter), "text", ""))
