"""A window that Slack opens no more, changes no more or has closed: told plainly, and no alarm."""

import io

import pytest

from bot import logs
from tests.access.test_access import YES, ask
from tests.people import ANN, HANA, OLU
from tests.school import School
from tests.slack.people import Sight

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # no database has to do with it

LATE = "That took too long, and Slack did not open the window."
WORDS = ("expired_trigger_id", "trigger_expired", "exchanged_trigger_id", "trigger_exchanged")


@pytest.fixture
def log(school: School) -> io.StringIO:
    """What is logged from now on."""
    logs.log.stream = io.StringIO()
    return logs.log.stream


def told(school: School) -> str:
    """What Ann has been told beside what is in front of her, once the rest is done."""
    school.bot.router.drain()
    return "\n".join(message.text for message in school.slack.visible(ANN.user_id))


@pytest.mark.parametrize("word", WORDS)
def test_a_command_whose_window_comes_too_late(school: School, log: io.StringIO, word: str) -> None:
    school.slack.fail_next("views.open", error=word)
    assert school.command(ANN, "/request-access").view is None
    assert LATE in told(school)
    assert school.slack.history(school.slack.dm_of(ANN.user_id)) == []  # beside the command, for her alone
    assert '"error"' not in log.getvalue()
    assert "too late" in log.getvalue()


@pytest.mark.parametrize("word", WORDS)
def test_a_button_of_home_whose_window_comes_too_late(school: School, log: io.StringIO, word: str) -> None:
    home = school.home(ANN)
    school.slack.fail_next("views.open", error=word)
    school.press(ANN, home, "More")
    assert LATE in told(school)
    assert '"error"' not in log.getvalue()


def test_a_button_of_a_window_and_a_shortcut_whose_windows_come_too_late(school: School, log: io.StringIO) -> None:
    window = school.press(ANN, school.more(ANN), "My training").view
    school.slack.fail_next("views.push", error="expired_trigger_id")
    school.press(ANN, window, "Record", near="Online safety refresher")
    assert told(school).count(LATE) == 1
    assert school.top(ANN) == window  # nothing of it is lost
    school.slack.fail_next("views.open", error="expired_trigger_id")
    school.shortcut(ANN, "training.form")
    assert told(school).count(LATE) == 2
    assert '"error"' not in log.getvalue()


def test_a_button_of_a_message_whose_window_comes_too_late(school: School, log: io.StringIO) -> None:
    ask(school)
    school.deliver()
    message = school.people.message(HANA.user_id, "AR-1")
    school.slack.fail_next("views.open", error="expired_trigger_id")
    school.press(HANA, message, "Reject")
    school.bot.router.drain()
    beside = school.people.message(HANA.user_id, LATE)
    assert beside.only_for == HANA.user_id
    assert school.people.now(message).text == message.text
    assert '"error"' not in log.getvalue()


def test_a_trigger_is_used_once(school: School) -> None:
    school.slack.fail_next("views.open", lose_reply=True)
    school.command(ANN, "/request-access")
    assert len(school.slack.called("views.open")) == 1


def waiting_for_the_filter(school: School) -> object:
    ask(school)
    school.deliver()
    form = school.press(HANA, school.people.message(HANA.user_id, "AR-1"), "Approve").view
    school.submit(HANA, form, YES)
    school.deliver()
    return school.press(HANA, school.home(HANA), "register.open:waiting").view


def test_a_second_press_shows_how_it_stands_after_the_first(school: School, log: io.StringIO) -> None:
    window = waiting_for_the_filter(school)
    first = school.press(HANA, window, "Filter is changed")
    again = school.press(HANA, window, "Filter is changed", sight=Sight.AS_SHOWN)
    assert "did not reach you" not in again.text
    assert again.view is not None
    assert first.view is not None
    assert '"error"' not in log.getvalue()


def test_a_press_that_slack_delivers_again_does_not_undo_what_is_shown_since(school: School) -> None:
    form = school.press(OLU, school.more(OLU), "absences.open").view
    away = school.submit(OLU, form, {"colleague": "Dev"}).view
    back = school.press(OLU, away, "Is back")
    shown = school.submit(OLU, back.view, {"Colleague who is away": "Priya"}).view
    assert shown is not None
    school.people.again(back)
    assert school.slack.views.find(shown.id) == shown


def test_a_window_that_was_closed_meanwhile_is_no_alarm(school: School, log: io.StringIO) -> None:
    form = school.press(OLU, school.more(OLU), "absences.open").view
    away = school.submit(OLU, form, {"colleague": "Dev"}).view
    school.slack.fail_next("views.update", error="not_found")
    school.press(OLU, away, "Is back")
    assert '"error"' not in log.getvalue()
    assert "Dev Mistry" not in school.press(OLU, school.more(OLU), "absences.open").text
