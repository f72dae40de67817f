"""What is acknowledged arrives, once, whatever happens to the process or to Slack."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.app import build
from bot.notices import Notice
from bot.rules.school import SLACK, Role
from bot.school_file import read_school
from bot.services.outbox.sender import Sender
from bot.services.school.setting_up import set_up
from handlers.notices import Letter
from storage.outbox import outcomes, queue
from tests.access.test_access import FORM, YES, decide
from tests.content import test_content
from tests.people import ANN, BEN, COL, DEV, HANA, OLU, Someone
from tests.school import SAMPLE, School, acting, environment_of


def ask(school: School) -> None:
    """Ann asks; nothing has been sent yet."""
    school.submit(ANN, school.command(ANN, "/request-access").view, FORM)


def another_process(school: School) -> Sender[Letter]:
    """A sender that knows nothing but the database."""
    return build(environment_of(school.slack), clock=school.clock, database=school.database).sender


def received(school: School) -> int:
    return len([message for message in school.people.inbox(HANA.user_id) if "AR-1" in message.text])


def still_waiting(school: School) -> int:
    with school.database.read() as connection:
        return outcomes.waiting(connection)


def test_killed_between_commit_and_send(school: School) -> None:
    ask(school)
    assert received(school) == 0
    another_process(school).deliver()
    assert received(school) == 1


def test_killed_between_claim_and_send(school: School) -> None:
    ask(school)
    with school.database.begin() as connection:
        assert len(queue.claim(connection, SLACK, school.clock(), 10)) == 2
    another_process(school).deliver()
    assert received(school) == 0  # the dead sender's claim still holds
    school.clock.forward(minutes=3)
    another_process(school).deliver()
    assert received(school) == 1


def test_killed_between_send_and_mark(school: School) -> None:
    ask(school)
    school.slack.fail_next("chat.postMessage", lose_reply=True, times=2)
    school.bot.sender.deliver()
    with school.database.begin() as connection:
        # As if the process had died with the reply: claimed, never marked.
        connection.execute(
            queue.outbox.update().values(state=queue.SENDING, claimed_until=school.clock() - timedelta(minutes=1))
        )
    another_process(school).deliver()
    school.clock.forward(minutes=3)
    another_process(school).deliver()
    assert received(school) == 1
    assert still_waiting(school) == 0


def test_an_answer_that_got_lost_is_no_reason_to_tell_twice(school: School) -> None:
    ask(school)
    school.slack.fail_next("chat.postMessage", lose_reply=True, times=2)
    school.bot.sender.deliver()
    assert still_waiting(school) == 2
    school.clock.forward(minutes=1)
    school.bot.sender.deliver()
    for someone in (ANN, HANA):
        assert len(school.people.inbox(someone.user_id)) == 1
    assert still_waiting(school) == 0


def test_a_busy_conversation_keeps_only_itself_waiting(school: School) -> None:
    for _ in range(60):  # more than one batch for Hana, before the first for Dev
        ask(school)
    school.submit(HANA, school.command(HANA, "/request-access").view, FORM)
    assert school.bot.sender.deliver() == 3
    assert len(school.people.inbox(DEV.user_id)) == 1
    with school.database.read() as connection:
        tried = connection.execute(select(func.sum(queue.outbox.c.attempts))).scalar_one()
    assert tried == 3  # nobody's turn was spent on waiting


def test_429_is_obeyed_to_the_second(school: School) -> None:
    ask(school)
    school.slack.fail_next("chat.postMessage", retry_after=30)
    assert school.bot.sender.deliver() == 0  # of two: what Slack says holds for the whole workspace
    assert received(school) == 0
    calls = len(school.slack.called("chat.postMessage"))
    school.clock.forward(seconds=29)
    school.bot.sender.deliver()
    assert len(school.slack.called("chat.postMessage")) == calls
    school.clock.forward(seconds=2)
    school.bot.sender.deliver()
    assert received(school) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 503},
        {"drop_connection": True},
        {"error": "internal_error"},
        {"status": 502, "error": "Received a response in a non-JSON format: <!DOCTYPE html><html><head><title>502"},
    ],
)
def test_a_fault_is_tried_again_and_blocks_nobody(school: School, fault: dict[str, object]) -> None:
    ask(school)
    school.slack.fail_next("conversations.open", times=2, **fault)  # type: ignore[arg-type]
    school.bot.sender.deliver()
    school.clock.forward(minutes=1)
    school.deliver()
    assert received(school) == 1
    assert still_waiting(school) == 0


def test_an_hour_without_slack(school: School) -> None:
    ask(school)
    school.slack.fail_next("conversations.open", status=503, times=100)
    for _ in range(12):
        school.bot.sender.deliver()
        school.clock.forward(minutes=5)
    assert received(school) == 0
    school.slack.stop_failing("conversations.open")
    school.clock.forward(minutes=15)
    school.deliver()
    assert received(school) == 1


def test_two_senders_at_once_send_once(school: School) -> None:
    ask(school)
    one, other = another_process(school), another_process(school)
    assert one.deliver() + other.deliver() == 2  # Hana's and Ann's
    assert received(school) == 1


def test_a_message_that_slack_will_never_take_is_given_up_and_the_next_goes_out(school: School) -> None:
    ask(school)
    school.slack.fail_next("chat.postMessage", error="msg_too_long", times=1)
    school.deliver()
    with school.database.read() as connection:
        assert len(outcomes.undelivered(connection, 1)) == 1
    assert still_waiting(school) == 0


def test_whom_no_message_reaches_is_shown_to_the_office_until_one_does(school: School) -> None:
    ask(school)
    school.slack.fail_next("chat.postMessage", error="msg_too_long", times=1)
    school.deliver()
    with school.database.read() as connection:
        ((_, _, person_id),) = outcomes.undelivered(connection, 1)
    lost = next(each for each in (ANN, HANA) if acting(school, each).person.person_id == person_id)
    warning = f"Lanyard's last message did not reach* {lost.name}."
    assert warning in school.home(OLU).text
    assert "did not take" not in school.home(BEN).text
    ask(school)
    assert warning in school.home(OLU).text  # what is only on its way has reached nobody
    school.deliver()
    assert "did not take" not in school.home(OLU).text


def test_whose_message_could_not_be_brought_up_to_date_is_shown_unless_a_later_one_came(school: School) -> None:
    ask(school)
    school.deliver()
    form = school.press(HANA, school.people.message(HANA.user_id, "AR-1"), "Reject").view
    school.submit(HANA, form, YES)
    school.slack.fail_next("chat.update", error="msg_too_long", times=2)  # Hana's and Ann's; Ann gets a new one, too
    school.deliver()
    assert "Lanyard's last message did not reach* Hana Rees." in school.home(OLU).text


def test_a_message_is_the_earlier_of_two_only_if_both_tell_the_same_person_of_the_same(school: School) -> None:
    ann, hana = (acting(school, each).person.person_id for each in (ANN, HANA))
    stands, other = Notice.ACCESS_STANDS, Notice.PERMISSION_STANDS  # AR-1 and PR-1 have the same number
    told = [(stands, 1, ann), (stands, 1, hana), (stands, 2, ann), (other, 1, ann)]
    with school.database.begin() as connection:
        queue.put(connection, 1, [queue.New(queue.key_of(*each, 1), *each, school.clock()) for each in told])
        messages = queue.claim(connection, SLACK, school.clock(), 10)  # one of each person's
        assert [message.message_id for message in messages] == [1, 2]
        assert not [message for message in messages if queue.has_later(connection, message)]
        again = queue.New(queue.key_of(*told[0], 2), *told[0], school.clock())
        queue.put(connection, 1, [again])
        earlier = [message for message in messages if queue.has_later(connection, message)]
    assert [(message.notice, message.record, message.person_id) for message in earlier] == [told[0]]


def _review_is_bens(school: School) -> None:
    """Ben becomes E-Safety Co-ordinator: he reviews, and may not approve."""
    settings = read_school(SAMPLE / "school.toml")
    holders = {each for each in settings.holders() if each[1] != Role.E_SAFETY_COORDINATOR}
    holders.add((BEN.email, Role.E_SAFETY_COORDINATOR))
    look_up = school.bot.router.directory.user_by_email
    set_up(school.database, school.clock(), settings.model_dump(mode="json"), holders, look_up)


@pytest.mark.parametrize(("asker", "next_one"), [(ANN, DEV), (DEV, COL)])
def test_what_waits_for_a_headteacher_who_has_left_goes_to_whoever_may_approve_it(
    school: School, asker: Someone, next_one: Someone
) -> None:
    _review_is_bens(school)
    school.submit(asker, school.command(asker, "/request-access").view, FORM)
    school.deliver()
    school.slack.change_user(HANA.user_id, deleted=True)
    decide(school, BEN, "Approve", {"Reasons": "Checked on a school machine.", "Signature": BEN.name})
    assert "AR-1 waits for you" in school.people.message(next_one.user_id, "waits for you").text
    told = [message for message in school.people.inbox(BEN.user_id) if "AR-1" in message.text]
    assert len(told) == 1  # he has reviewed it, and is asked nothing more


def test_that_a_report_did_not_arrive_is_told_to_nobody_else(school: School) -> None:
    first = school.command(ANN, "/report-content").view
    form = school.submit(ANN, first, {"Could it be": "No", "Who is this about": "A pupil"}).view
    school.submit(ANN, form, test_content.FORM)
    school.slack.fail_next("chat.postMessage", error="msg_too_long", times=2)
    school.deliver()
    with school.database.read() as connection:
        assert len(outcomes.undelivered(connection, 1)) == 2
    assert "did not take" not in school.home(OLU).text


def test_every_copy_is_brought_up_to_date(school: School) -> None:
    ask(school)
    school.deliver()
    form = school.press(HANA, school.people.message(HANA.user_id, "AR-1"), "Approve").view
    school.submit(HANA, form, YES)
    school.deliver()
    told = [message.text for message in school.people.inbox(HANA.user_id)]
    assert not [text for text in told if "[Approve]" in text]
    assert "approved" in school.people.message(ANN.user_id, "AR-1").text


def test_nothing_that_was_written_is_in_the_history_or_the_outbox(school: School) -> None:
    ask(school)
    school.deliver()
    with school.database.read() as connection:
        kept = str(connection.execute(queue.outbox.select()).all())
    exported = "".join(
        message.text + message.fallback
        for someone in (ANN, HANA)
        for message in school.slack.history(school.slack.dm_of(someone.user_id))
    )
    for secret in ("volcano", "Comments below"):
        assert secret not in kept + exported
