"""Whoever cannot be told is replaced by the next in line who was not tried yet; at the end somebody is told of that."""

import threading
import time
from dataclasses import replace

from sqlalchemy import select

from bot.notices import Notice
from bot.services.outbox.rounds import Round
from storage.outbox import queue
from tests.access.test_access import FORM, YES
from tests.content import test_content
from tests.people import ANN, CARA, COL, DEV, HANA, OLU, Someone
from tests.school import School, acting

COORDINATOR = "e_safety_coordinator"


def rows(school: School, notice: Notice) -> list[tuple[str, str]]:
    """Return (name, state) of every message of a kind, the oldest first."""
    with school.context().look() as tx:
        names = {person.person_id: person.name for person in tx.everybody()}
        sent = select(queue.outbox).where(queue.outbox.c.notice == notice).order_by(queue.outbox.c.id)
        return [(names[row.person_id], row.state) for row in tx.connection.execute(sent)]


def without_account(school: School, *whom: Someone) -> None:
    """Have people on the staff list who have never been seen in Slack."""
    for who in whom:
        school.slack.users.pop(who.user_id)
    with school.database.begin() as connection:
        from storage.people import people

        for person in people.every(connection, 1):
            if person.email in {who.email for who in whom}:
                people.change(connection, 1, person.person_id, account=None, standing=person.standing)


def gone(school: School, who: Someone) -> None:
    """Have somebody leave without anybody having told Lanyard."""
    school.slack.users[who.user_id] = replace(school.slack.users[who.user_id], deleted=True)


def ask(school: School, who: Someone = ANN) -> str:
    return school.submit(who, school.command(who, "/request-access").view, FORM).text


def inbox(school: School, who: Someone, words: str) -> list[str]:
    return [message.text for message in school.people.inbox(who.user_id) if words in message.text]


def test_head_and_deputy_without_an_account_are_passed_over(school: School) -> None:
    without_account(school, HANA, DEV)
    assert "It waits for Col Evans" in ask(school)
    school.deliver()
    assert rows(school, Notice.ACCESS_WAITS) == [("Col Evans", "sent")]
    form = school.press(COL, school.people.message(COL.user_id, "AR-1"), "Approve").view
    assert "approved" in school.submit(COL, form, {**YES, "Signature": "Col Evans"}).text


def test_nobody_who_could_decide_has_an_account(school: School) -> None:
    without_account(school, HANA, DEV, COL)
    assert "Nobody at the school can decide this at present" in ask(school)


def test_a_head_who_leaves_after_the_review_is_followed_by_the_deputy_not_the_reviewer(school: School) -> None:
    with school.database.begin() as connection:
        from storage.people import people

        held = people.roles(connection, 1)
        people.set_roles(connection, 1, {*((e, r) for e, r in held if r != COORDINATOR), (CARA.email, COORDINATOR)})
    acting(school, CARA)
    ask(school)
    school.deliver()
    form = school.press(CARA, school.people.message(CARA.user_id, "AR-1"), "Approve").view
    school.submit(CARA, form, {**YES, "Signature": CARA.name})
    gone(school, HANA)
    school.deliver()
    school.deliver()
    assert inbox(school, DEV, "AR-1 waits for you")
    assert not inbox(school, CARA, "AR-1 waits for you")
    assert rows(school, Notice.ACCESS_WAITS)[-1] == ("Dev Mistry", "sent")


def test_an_account_of_which_slack_knows_nothing_is_passed_over(school: School) -> None:
    ask(school)
    school.slack.users.pop(HANA.user_id)
    school.deliver()
    assert rows(school, Notice.ACCESS_WAITS) == [("Hana Rees", "given up"), ("Dev Mistry", "sent")]


def test_at_the_end_of_the_line_it_is_given_up_once_and_everybody_concerned_knows(school: School) -> None:
    for who in (HANA, DEV, COL):
        school.slack.refuse(who.user_id, "cannot_dm_bot")
    ask(school)
    school.deliver()
    for _ in range(3):
        school.clock.forward(days=1)
        school.tick()
    told = [(name, state) for name, state in rows(school, Notice.ACCESS_WAITS)]
    assert told == [("Hana Rees", "given up"), ("Dev Mistry", "given up"), ("Col Evans", "given up")]
    (said,) = inbox(school, ANN, "nobody who could decide this can be reached")
    assert "speak to the school office" in said
    opened = school.press(ANN, school.people.message(ANN.user_id, "nobody who could decide"), "Open").view
    assert opened is not None
    assert "Nobody who could decide this can be reached" in opened.text
    home = school.home(OLU).text
    assert {name for name in ("Hana Rees", "Dev Mistry", "Col Evans") if name in home} == {
        "Hana Rees",
        "Dev Mistry",
        "Col Evans",
    }


def test_who_could_not_be_told_may_still_decide_and_so_may_the_next(school: School) -> None:
    school.slack.refuse(HANA.user_id, "cannot_dm_bot")
    ask(school)
    school.deliver()
    assert inbox(school, DEV, "AR-1 waits for you")
    assert "AR-1" in school.home(HANA).text
    form = school.press(DEV, school.people.message(DEV.user_id, "AR-1"), "Approve").view
    assert "approved" in school.submit(DEV, form, {**YES, "Signature": DEV.name}).text


def test_the_asker_is_never_brought_in(school: School) -> None:
    ask(school, DEV)  # Dev is in the line himself
    gone(school, HANA)
    school.deliver()
    school.deliver()
    assert [name for name, _ in rows(school, Notice.ACCESS_WAITS)] == ["Hana Rees", "Col Evans"]


def test_a_report_about_the_head_whose_chair_has_no_account_tells_the_reporter_whom_to_phone(school: School) -> None:
    without_account(school, COL)
    first = school.command(ANN, "/report-content").view
    form = school.submit(ANN, first, {"Could it be": "No", "Who is this about": "The headteacher"}).view
    said = school.submit(ANN, form, test_content.FORM).text
    assert "designated officer" in said
    school.deliver()
    assert rows(school, Notice.CONTENT_WAITS) == []
    assert not inbox(school, HANA, "CR-")
    assert not inbox(school, DEV, "CR-")


def test_stopping_does_not_wait_for_a_slack_that_hangs(school: School) -> None:
    ask(school)
    sending = Round(school.bot.sender)
    with school.slack.lock:  # the made-up Slack takes the request, and does not answer
        sending.start()
        sending.wake()
        _until(lambda: bool(rows(school, Notice.ACCESS_WAITS)[0][1] == queue.SENDING))
        began = time.monotonic()
        stopping = threading.Thread(target=sending.stop)
        stopping.start()
        stopping.join(5)
        assert not stopping.is_alive()
        assert time.monotonic() - began < 5
    assert sending.stop()  # Slack answers again: what hung comes to its end, before the database is closed


def _until(is_so: object) -> None:
    deadline = time.monotonic() + 5
    while not is_so() and time.monotonic() < deadline:  # type: ignore[operator]
        threading.Event().wait(0.01)
