"""The headteacher's week: one message on its first school morning, a window behind it, and the same live on Home."""

from datetime import UTC, datetime

import pytest

from bot.errors import Refused
from bot.rules.reminders.digest import Why
from bot.rules.training import Subject
from bot.school_file import read_school
from bot.services import monday, reminders
from bot.services.school import absences
from bot.services.school import setting_up as school_service
from bot.services.training import completions
from storage.outbox import queue
from storage.outbox import reminders as storage
from tests.access import test_access
from tests.content import test_content
from tests.people import ANN, BEN, CARA, COL, DEV, GWEN, HANA, OLU, OZ, PRIYA, STAFF, Someone
from tests.policy import test_policy
from tests.school import SAMPLE, School, acting, at_once
from tests.slack.people import Sight
from tests.slack.views import View
from tests.slack.world import Message
from tests.training.test_training import REFRESHER

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys

DONE = {"provider": "Boost"}


def at(school: School, *instant: int) -> None:
    school.clock.instant = datetime(*instant, tzinfo=UTC)  # type: ignore[misc, arg-type]


def weeks(school: School, who: Someone = HANA) -> list[Message]:
    return [message for message in school.people.inbox(who.user_id) if "*Your week*" in message.text]


def digests(school: School, who: Someone = HANA) -> list[Message]:
    inbox = school.people.inbox(who.user_id)
    return [each for each in inbox if "Your week" in each.fallback or "to do in Lanyard" in each.fallback]


def window(school: School, who: Someone = HANA) -> View:
    shown = school.press(who, school.more(who), "Open the week").view
    assert shown is not None
    return shown


def recorded(school: School, who: Someone, day: str, form_id: str = "form") -> None:
    context = acting(school, who)
    subject = Subject(context.person.person_id)
    completions.record(context, "online-safety", subject, {**DONE, "done_on": day}, form_id=form_id + who.name)


# ── when ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.databases("sqlite", "postgresql")
def test_every_week_one_message_on_its_first_school_morning(school: School) -> None:
    at(school, 2026, 11, 23, 7, 59)
    school.tick()
    assert weeks(school) == []
    for day in range(23, 28):
        at(school, 2026, 11, day, 8, 0)
        school.tick()
        school.tick()
    assert len(weeks(school)) == 1
    at(school, 2026, 11, 30, 8, 0)
    school.tick()
    assert len(weeks(school)) == 2
    assert "last week was Mon 23 Nov 2026 to Sun 29 Nov 2026" in weeks(school)[-1].text
    for who in STAFF:
        assert who is HANA or weeks(school, who) == []


def test_after_a_bank_holiday_it_comes_on_tuesday_and_after_an_outage_as_soon_as_possible(school: School) -> None:
    at(school, 2027, 5, 3, 9, 0)  # the early May bank holiday
    school.tick()
    assert weeks(school) == []
    at(school, 2027, 5, 4, 8, 0)
    school.tick()
    assert len(weeks(school)) == 1
    at(school, 2027, 5, 13, 14, 0)  # down from Wednesday to Thursday of the week after
    school.tick()
    school.tick()
    assert len(weeks(school)) == 2
    at(school, 2027, 5, 14, 8, 0)
    school.tick()
    assert len(weeks(school)) == 2


def test_it_takes_the_place_of_her_digest(school: School) -> None:
    test_access.ask(school)
    at(school, 2026, 11, 30, 8, 0)
    school.tick()
    (message,) = digests(school)
    assert message.text.index("*Your week*") < message.text.index("*AR-1 waits for you*")
    assert "1 request to decide" in message.text
    record = school.press(HANA, message, "Open the oldest").view
    assert record is not None
    assert "volcano-cam.example" in record.text
    assert "volcano" not in message.text


def test_with_nothing_to_do_she_still_gets_it(school: School) -> None:
    settings = read_school(SAMPLE / "school.toml")
    quiet = settings.model_copy(update={"training": (), "policy": None}).model_dump(mode="json")
    school_service.set_up(school.database, school.clock(), quiet, settings.holders(), None)
    school.tick()
    (message,) = digests(school)
    assert message.fallback == "Your week in Lanyard"
    for told in ("*Waiting:* ✅ nothing.", "*Overdue:* ✅ nothing.", "*Last week:* nothing was recorded."):
        assert told in message.text
    assert "to do" not in message.text
    assert "Nothing." in window(school).text


@pytest.mark.databases("sqlite", "postgresql")
def test_two_ticks_at_once_send_one(school: School) -> None:
    done: list[reminders.Reminded] = []
    assert at_once(*[lambda: done.append(reminders.morning(school.context()))] * 4) == []
    assert sum(each.people > 0 for each in done) == 1
    with school.database.read() as connection:
        told = connection.execute(storage.told.select().where(storage.told.c.why == Why.WEEK)).all()
        sent = connection.execute(queue.outbox.select().where(queue.outbox.c.notice == "reminders.digest")).all()
    assert len(told) == 1
    assert len(sent) == len({each.person_id for each in sent})
    school.deliver()
    assert len(digests(school)) == 1


def test_the_deputy_has_it_while_the_head_is_away(school: School) -> None:
    absences.record(acting(school, HANA), acting(school, HANA).person.person_id, "2026-11-23", "")
    school.tick()
    assert weeks(school) == []
    assert len(weeks(school, DEV)) == 1


# ── what ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_counts_change_when_cara_records_her_overdue_refresher(school: School) -> None:
    completions.mine(acting(school, CARA))  # the school has the kind since Monday: due for all 30 days later
    at(school, 2027, 1, 11, 8, 0)
    school.tick()
    (message,) = weeks(school)
    assert f"{REFRESHER}: 9" in message.text
    assert f"{REFRESHER}: 9 overdue" in window(school).text
    overdue = monday.get(acting(school, HANA)).overdue
    recorded(school, CARA, "2027-01-08")
    assert f"{REFRESHER}: 8 overdue" in window(school).text
    assert f"{overdue - 1} overdue" in school.home(HANA).text
    assert "0 training" not in message.text
    late = school.press(HANA, window(school), "Who is overdue?", near=REFRESHER).view
    assert late is not None
    assert "Cara Singh" not in late.text
    assert "Ben Carter" in late.text


@pytest.mark.databases("sqlite", "postgresql")
def test_what_happened_last_week_is_counted(school: School) -> None:
    test_access.ask(school)
    test_access.ask(school)
    test_access.decide(school, HANA, "Approve", test_access.YES)
    test_content.report(school)
    record = school.press(HANA, school.people.message(HANA.user_id, "CR-4526 waits"), "Open and complete").view
    school.submit(HANA, record, test_content.DONE)
    recorded(school, ANN, "2026-11-20")
    assert "Nothing was recorded." in window(school).text  # of the week before
    at(school, 2026, 11, 30, 8, 0)
    school.tick()
    (message,) = weeks(school)
    told = "*Last week:* 2 requests made · 1 decided · 1 report made · 1 report dealt with · training recorded once."
    assert told in message.text
    assert "• 2 requests made" in window(school).text
    assert "Requests and reports" in str(school.press(HANA, message, "Requests and reports").view)


def test_who_should_have_read_the_policy_is_overdue_after_a_fortnight(school: School) -> None:
    for who in STAFF:
        school.command(who, "/lanyard")
    test_policy.imported(school)
    assert "should have read" not in window(school).text
    at(school, 2026, 12, 9, 8, 0)
    assert "9 of the staff should have read the policy by now" in window(school).text
    assert school.press(HANA, window(school), "Who has read it?").view is not None


def test_the_window_leads_to_each_thing(school: School) -> None:
    test_access.ask(school)
    test_content.report(school)
    shown = window(school)
    assert "*AR-1*, a request to open a blocked site, since Mon 23 Nov 2026" in shown.text
    assert "*CR-4526*, a report of unsuitable content, since Mon 23 Nov 2026" in shown.text
    assert "The policy's review is overdue since Sun 31 Mar 2024" in shown.text
    for name, near, told in (
        ("Open", "AR-1", "volcano-cam.example"),
        ("Open", "CR-4526", "https://bad.example/game"),
        ("See the review", None, "review"),
        ("School overview", None, "overdue since Sun 31 Mar 2024"),
    ):
        opened = school.press(HANA, window(school), name, **({"near": near} if near else {})).view
        assert opened is not None
        assert told in opened.text
    for hidden in ("volcano", "bad.example", "violent"):
        assert hidden not in shown.text


# ── for nobody else ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_report_about_the_head_leaves_no_trace(school: School) -> None:
    at(school, 2026, 11, 25, 9, 0)
    test_content.report(school, ANN, "The headteacher")
    test_content.report(school, ANN, "A member of staff", **{"Name of individual": "Hana Rees"})
    letter = school.people.message(COL.user_id, "CR-4526 waits for you")
    record = school.press(COL, letter, "Open and complete").view
    school.submit(COL, record, {**test_content.DONE, "Signature": "Col Evans"})
    at(school, 2026, 11, 30, 8, 0)
    school.tick()
    for text in (weeks(school)[-1].text, weeks(school)[-1].fallback, window(school).text):
        assert "report" not in text.replace("Requests and reports", "")
        assert "CR-" not in text
    seen = monday.get(acting(school, HANA))
    assert (seen.waits, seen.reported, seen.dealt_with) == (0, 0, 0)


def test_nobody_else_has_it(school: School) -> None:
    school.tick()
    (message,) = weeks(school)
    for who in (ANN, BEN, OLU, PRIYA, COL, GWEN, OZ):
        told = school.press(who, message, "Open the week", sight=Sight.FORGED)
        assert "overdue" not in told.text + (told.view.text if told.view else "")
    assert "own staff" in school.press(OZ, message, "Open the week", sight=Sight.FORGED).text
    for who in (ANN, OLU, COL):
        assert "overdue in the school" not in school.home(who).text
        assert "Open the week" not in school.more(who).text
        with pytest.raises(Refused):
            monday.get(acting(school, who))
    assert "overdue in the school" in school.home(DEV).text
    assert "Open the week" in school.more(DEV).text
