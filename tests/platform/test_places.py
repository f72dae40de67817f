"""Messages and conversations that are not there any more: left alone, or opened anew once."""

import io

import pytest

from bot import logs
from storage.outbox import outcomes
from tests.access.test_access import YES
from tests.people import ANN, HANA, OLU
from tests.running.test_outbox import ask, received, still_waiting
from tests.school import School

GONE = ("message_not_found", "cant_update_message", "edit_window_closed")


def rejected(school: School) -> None:
    """AR-1 was told of, and is decided: every copy has to be changed."""
    ask(school)
    school.deliver()
    form = school.press(HANA, school.people.message(HANA.user_id, "AR-1"), "Reject").view
    school.submit(HANA, form, YES)


def given_up(school: School) -> int:
    with school.database.read() as connection:
        return len(outcomes.undelivered(connection, 1))


@pytest.mark.parametrize("word", GONE)
def test_a_message_that_is_gone_is_left_alone(school: School, word: str) -> None:
    logs.log.stream = log = io.StringIO()
    rejected(school)
    school.slack.fail_next("chat.update", error=word, times=2)
    school.deliver()
    assert (still_waiting(school), given_up(school)) == (0, 0)
    assert '"not there"' in log.getvalue()
    assert '"error"' not in log.getvalue()
    assert "take Lanyard's last message" not in school.home(OLU).text
    before = len(school.slack.called("chat.update"))
    school.clock.forward(hours=2)
    school.deliver()
    assert len(school.slack.called("chat.update")) == before


def test_a_message_that_was_deleted_does_not_come_back(school: School) -> None:
    rejected(school)
    school.slack.remove(school.people.message(HANA.user_id, "AR-1"))
    school.deliver()
    assert (received(school), still_waiting(school), given_up(school)) == (0, 0, 0)


def test_an_app_that_was_made_anew_opens_its_conversations_anew(school: School) -> None:
    rejected(school)
    school.slack.make_app_anew()
    ask(school)
    school.deliver()
    assert "AR-2" in "\n".join(message.text for message in school.people.inbox(HANA.user_id))
    assert (still_waiting(school), given_up(school)) == (0, 0)


def test_a_conversation_that_slack_does_not_know_is_opened_anew_once(school: School) -> None:
    ask(school)
    school.slack.fail_next("chat.postMessage", error="channel_not_found")
    school.deliver()
    assert received(school) == 1
    assert (still_waiting(school), given_up(school)) == (0, 0)


def test_whom_slack_knows_and_yet_takes_nothing_for_is_given_up_aloud(school: School) -> None:
    ask(school)
    school.slack.refuse(HANA.user_id, "channel_not_found")
    school.deliver()
    assert given_up(school) == 1
    with school.database.read() as connection:
        told = {row[0] for row in connection.exec_driver_sql("select action from audit")}
    assert "outbox.given_up" in told
    assert "outbox.recipient_left" not in told


@pytest.mark.parametrize("body", [b'{"ok": true}', b'{"ok": true, "ts": null}'])
def test_ok_without_a_place_is_not_sent(school: School, body: bytes) -> None:
    ask(school)
    school.slack.fail_next("chat.postMessage", body=body)
    school.bot.sender.deliver()
    assert still_waiting(school) >= 1
    school.clock.forward(minutes=6)
    for _ in range(3):
        school.deliver()
        school.clock.forward(minutes=6)
    for each in (ANN, HANA):
        assert len([message for message in school.people.inbox(each.user_id) if "AR-1" in message.text]) == 1
    assert still_waiting(school) == 0
