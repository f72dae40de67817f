"""Each reminder is told once: whatever happens to the calendar, to Slack, to two ticks at once, or to the program."""

import pytest
from sqlalchemy import func, select

from bot.school_file import read_school
from bot.services import reminders
from bot.services.school import calendar
from bot.services.school import setting_up as school_service
from storage import audit, numbers
from storage.outbox import outcomes, queue
from storage.outbox import reminders as storage
from tests.access.test_access import ask
from tests.people import DEV, HANA
from tests.reminders.test_reminders import at, digest, digests, quiet, silent
from tests.school import SAMPLE, School, at_once


@pytest.fixture
def school(school: School) -> School:
    """A school in which only requests and the filter remind."""
    return quiet(school)


def test_two_ticks_at_once_tell_once(school: School) -> None:
    ask(school)
    at(school, 2026, 11, 25, 8, 0)
    done: list[reminders.Reminded] = []
    assert at_once(*[lambda: done.append(reminders.morning(school.context()))] * 4) == []
    assert sorted(each.people for each in done) == [0, 0, 0, 1]
    with school.database.read() as connection:
        rows = connection.execute(queue.outbox.select().where(queue.outbox.c.notice == "reminders.digest")).all()
        told = connection.execute(storage.told.select()).all()
    assert len(rows) == 1
    assert sorted(each.feature for each in told) == ["access", "monday"]  # the week comes with the first of it


def test_a_digest_that_slack_did_not_take_comes_with_the_next_ones_things(school: School) -> None:
    ask(school)
    at(school, 2026, 11, 25, 8, 0)
    school.slack.fail_next("conversations.open", status=503, times=100)
    school.tick()  # told in the tables, but Slack is out
    school.slack.stop_failing("conversations.open")
    at(school, 2026, 11, 25, 20, 0)
    school.deliver()
    assert digests(school) == []
    ask(school)
    at(school, 2026, 11, 27, 8, 0)
    school.tick()
    (message,) = digests(school)  # one, with what came due meanwhile
    assert message.fallback == "2 things to do in Lanyard"


def closes(school: School, *days: str) -> None:
    """Lanyard learns of days without school, as by an import."""
    rows = "".join(f"inset,{day},{day},\n" for day in days)
    calendar.apply(school.context(), "days.csv", f"type,start,end,title\n{rows}".encode())


def test_a_new_inset_day_moves_the_day_and_tells_nothing_twice(school: School) -> None:
    silent(school)  # told on Wednesday, the second school day
    closes(school, "2026-11-25")
    for day in (26, 27, 30):
        at(school, 2026, 11, day, 8, 0)
        school.tick()
    at(school, 2026, 12, 2, 8, 0)  # a week after it was told; but it is due on Thursday by now
    school.tick()
    assert len(digests(school)) == 1
    at(school, 2026, 12, 3, 8, 0)
    school.tick()
    at(school, 2026, 12, 4, 8, 0)
    school.tick()
    assert len(digests(school)) == 2
    with school.database.read() as connection:  # nothing was begun that nobody needs
        begun = connection.execute(select(numbers.number.c.last).where(numbers.number.c.kind == "RD")).scalar_one()
        assert begun == len({each.digest for each in connection.execute(storage.told.select())})


def test_a_term_that_ends_later_does_not_announce_the_review_again(school: School) -> None:
    def spring_ends(last_day: str) -> None:
        rows = f"term,2026-09-02,2026-12-18,Autumn\nterm,2027-01-05,{last_day},Spring\n"
        calendar.apply(school.context(), "terms.csv", f"type,start,end,title\n{rows}".encode())

    def announced() -> int:
        with school.database.read() as connection:
            return sum(each.feature == "policy" for each in connection.execute(storage.told.select()))

    settings = read_school(SAMPLE / "school.toml")
    written = settings.model_dump(mode="json") | {"training": []}
    written["policy"] |= {"next_review": "Spring 2027", "remind_before_days": [90]}
    school_service.set_up(school.database, school.clock(), written, settings.holders(), None)
    spring_ends("2027-03-25")
    at(school, 2027, 1, 11, 8, 0)
    school.tick()
    once = announced()
    assert once > 0
    spring_ends("2027-03-24")
    at(school, 2027, 1, 12, 8, 0)
    school.tick()
    assert announced() == once


def as_it_was(school: School, was: str = "20261125") -> None:
    """What older versions wrote: everything is known by the day it is due."""
    with school.database.begin() as connection:
        for table, names in (
            (storage.told, ("told_key", "reference")),
            (storage.put_off, ("reference",)),
            (storage.hand_over, ("reference",)),
        ):
            values = {name: func.replace(table.c[name], "from20261123", was) for name in names}
            connection.execute(table.update().values(values))


def test_what_was_in_a_digest_that_slack_never_took_is_told_the_next_morning_once(school: School) -> None:
    ask(school)
    at(school, 2026, 11, 25, 8, 0)
    school.slack.fail_next("chat.postMessage", error="msg_too_long", times=1)
    for hour in (8, 9, 15):  # not again on the same day
        at(school, 2026, 11, 25, hour, 0)
        school.tick()
    assert digests(school) == []
    at(school, 2026, 11, 26, 8, 0)
    school.slack.fail_next("chat.postMessage", error="msg_too_long", times=1)
    school.tick()
    assert digests(school) == []
    at(school, 2026, 11, 27, 8, 0)
    school.tick()
    assert "*AR-1 waits for you*" in digest(school).text
    at(school, 2026, 11, 30, 8, 0)
    school.tick()
    assert len(digests(school)) == 1
    with school.database.read() as connection:
        lost = [notice for notice, _, _ in outcomes.undelivered(connection, 1)]
        assert lost == ["reminders.digest"] * 2
        assert [action for action, _ in audit.entries(connection, 1)].count("outbox.given_up") == 2


def test_what_was_read_is_not_told_again_when_its_message_cannot_be_changed(school: School) -> None:
    silent(school, requests=2)
    school.slack.fail_next("chat.update", error="channel_not_found", times=100)
    form = school.press(HANA, digest(school), "Later", near="AR-1").view
    school.submit(HANA, form, {"Remind me again": "Next school day: Thu 26 Nov 2026"})
    school.deliver()
    school.slack.stop_failing("chat.update")
    at(school, 2026, 11, 26, 8, 0)
    school.tick()
    assert digest(school).fallback == "1 thing to do in Lanyard"
    assert len(digests(school)) == 2


def test_the_digest_of_who_has_left_goes_to_the_next_in_line(school: School) -> None:
    ask(school)
    at(school, 2026, 11, 25, 8, 0)
    school.slack.change_user(HANA.user_id, deleted=True)
    school.tick()
    school.deliver()
    at(school, 2026, 11, 26, 8, 0)
    school.tick()
    assert "*AR-1 waits for you*" in digest(school, DEV).text
