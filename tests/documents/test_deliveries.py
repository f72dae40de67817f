"""Files in somebody's own conversation: brought once, taken away again whatever happens, and never tried for ever."""

import io
import json

import pytest
from sqlalchemy import Table, insert, update

from bot.clock import school_day
from bot.notices import Notice
from bot.rules.access import State
from bot.rules.documents import What
from bot.rules.reminders.digest import Why
from bot.services.documents import deliveries
from handlers.slack.calling import NoReplyError
from handlers.slack.files import upload
from storage.outbox import outcomes, queue, reminders
from storage.outbox.deliveries import delivery
from storage.records import record as request
from tests.access.test_access import YES, ask, decide
from tests.filter.test_register import files, opened
from tests.front.test_search import opened as records_opened
from tests.people import DEV, HANA
from tests.school import School, acting, at_once

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys


def _asked(school: School) -> int:
    """How many files were asked for."""
    with school.database.read() as connection:
        return len(connection.execute(delivery.select()).all())


def _still_waiting(school: School) -> int:
    with school.database.read() as connection:
        return outcomes.waiting(connection)


def _ask_for_the_pdf(school: School) -> None:
    record = school.press(DEV, records_opened(school, DEV), "Open", near="AR-1")
    school.press(DEV, record, "Send me the PDF")


def test_an_empty_list_is_said_to_be_empty(school: School) -> None:
    school.press(HANA, opened(school, HANA), "Allowed list")  # on the first day nothing is allowed
    assert files(school, HANA) == {}
    assert "is empty" in school.people.message(HANA.user_id, "list of allowed sites").text
    assert _still_waiting(school) == 0


def test_a_file_that_can_never_be_made_is_said_and_not_tried_again(school: School, log: io.StringIO) -> None:
    hana = acting(school, HANA)
    deliveries.ask(hana, What.RECORDS_CSV, "{}", press_id="1")  # narrowed to what no window of ours has written
    school.deliver()
    assert "could not be made" in school.people.message(HANA.user_id, "list of requests").text
    assert _still_waiting(school) == 0
    assert '"error": "BadInput"' in log.getvalue()


@pytest.mark.databases("sqlite", "postgresql")
def test_the_three_lists_come_with_one_press_and_once(school: School) -> None:
    ask(school)
    decide(school, HANA, "Approve", YES)
    told = school.press(HANA, opened(school, HANA), "All three lists")
    assert "3 files are on their way" in told.text
    school.people.again(told)
    wanted = {"blocked-2026-11-23.txt", "allowed-2026-11-23.txt", "filter-reasons-2026-11-23.csv"}
    assert set(files(school, HANA)) == wanted
    assert len(school.slack.shared_with(HANA.user_id)) == 3
    school.clock.forward(hours=25)
    assert school.bot.clear_away() == 3


@pytest.mark.databases("sqlite", "postgresql")
def test_a_press_delivered_twice_brings_one_file(school: School) -> None:
    pressed = school.press(HANA, opened(school, HANA), "Blocked list")
    school.people.again(pressed)
    assert len(files(school, HANA)) == _asked(school) == 1
    school.press(HANA, opened(school, HANA), "Blocked list")  # once more, and meant so
    school.deliver()
    assert len(school.slack.shared_with(HANA.user_id)) == 2


@pytest.mark.databases("sqlite", "postgresql")
def test_a_press_delivered_twice_at_once_brings_one_file(school: School) -> None:
    hana = acting(school, HANA)
    for number in range(5):
        press = f"1:{number}"
        assert at_once(*[lambda: deliveries.ask(hana, What.BLOCKED, press_id=press)] * 4) == []  # noqa: B023 - now
    assert _asked(school) == 5


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
def test_a_file_whose_answer_got_lost_is_taken_away_too(school: School, method: str) -> None:
    school.press(HANA, opened(school, HANA), "Blocked list")
    school.slack.fail_next(method, lose_reply=True)
    files(school, HANA)
    school.clock.forward(minutes=5)
    assert list(files(school, HANA)) == ["blocked-2026-11-23.txt"]
    assert len(school.slack.shared_with(HANA.user_id)) == 1  # not the lost one beside it
    school.clock.forward(hours=25)
    assert school.bot.clear_away() == 1
    assert files(school, HANA) == {}


def test_a_file_that_never_came_whole_comes_however_late(school: School) -> None:
    school.press(HANA, opened(school, HANA), "Blocked list")
    school.slack.fail_next("files.completeUploadExternal", lose_reply=True, times=500)
    school.deliver()
    school.clock.forward(hours=25)
    assert school.bot.clear_away() == 1  # what came, although Slack did not say so
    school.slack.stop_failing("files.completeUploadExternal")
    assert list(files(school, HANA)) == ["blocked-2026-11-24.txt"]
    assert "is here" in school.people.message(HANA.user_id, "list of blocked sites").text


def test_files_that_slack_does_not_let_go_keep_no_later_one(school: School, log: io.StringIO) -> None:
    school.press(HANA, opened(school, HANA), "Blocked list")
    assert files(school, HANA)
    old = {"school_id": 1, "person_id": 1, "what": "blocked", "subject": "", "asked_at": school.clock()}
    old |= {"sent_at": school.clock(), "remove_at": school.clock()}
    with school.database.begin() as connection:
        rows = [{**old, "number": 1000 + each, "file_id": f"F{each}"} for each in range(deliveries.AT_ONCE)]
        connection.execute(insert(delivery), rows)
    school.clock.forward(hours=25)
    school.slack.fail_next("files.delete", error="cant_delete_file", times=deliveries.AT_ONCE)
    assert school.bot.clear_away() == 0
    assert school.bot.clear_away() == 1
    assert files(school, HANA) == {}
    assert log.getvalue().count("file stays") == deliveries.AT_ONCE
    school.clock.forward(hours=25)  # they are asked about again
    assert school.bot.clear_away() == deliveries.AT_ONCE


def test_a_limit_of_slacks_ends_the_round(school: School) -> None:
    for button in ("Blocked list", "Reasons (CSV)"):
        school.press(HANA, opened(school, HANA), button)
    assert len(files(school, HANA)) == 2
    school.clock.forward(hours=25)
    school.slack.fail_next("files.delete", retry_after=3)
    assert school.bot.clear_away() == 0
    assert school.bot.clear_away() == 2


@pytest.mark.parametrize("value", ["", "AR-", "AR-²", "AR-٣", "CR-" + "9" * 10, "AR-1\n", "XX-1", "ar-1", "AR--1"])
def test_a_name_that_is_no_records_is_not_even_asked_for(school: School, value: str) -> None:
    ask(school)
    window = records_opened(school, HANA)
    told = school.press(HANA, window, "Open", near="AR-1", forge={"action_id": "deliveries.form", "value": value})
    assert "out of date" in told.text
    assert _asked(school) == 0


def test_a_file_is_sent_to_slack_and_nobody_else(school: School) -> None:
    with pytest.raises(NoReplyError, match="not an address of Slack's"):
        upload(school.bot.client, "https://evil.example/upload", b"secret")


@pytest.mark.parametrize(
    ("table", "newer", "named"),
    [
        (request, {"state": "awaiting the governors"}, "*AR-1 as a PDF could not be made:*"),
        (delivery, {"what": "hologram"}, "*The file could not be made:*"),
    ],
)
def test_a_file_that_breaks_in_the_making_is_said_once_with_a_code(
    school: School, log: io.StringIO, table: Table, newer: dict[str, str], named: str
) -> None:
    ask(school)
    _ask_for_the_pdf(school)
    with school.database.begin() as connection:
        connection.execute(update(table).values(**newer))  # as a newer version of Lanyard may have written it
    assert files(school, DEV) == {}
    told = school.people.message(DEV.user_id, "could not be made").text
    assert named in told
    logged = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["event"] for line in logged] == ["file not made"]
    assert f"give your IT lead this code: {logged[0]['code']}" in told
    assert "governors" not in log.getvalue()
    assert _still_waiting(school) == 0
    school.clock.forward(days=1)
    assert school.deliver() == 0  # nobody tries it two hundred times
    with school.database.begin() as connection:
        connection.execute(update(request).values(state=State.AWAITING_REVIEW))
    _ask_for_the_pdf(school)
    assert list(files(school, DEV)) == ["AR-1.pdf"]


@pytest.mark.databases("sqlite", "postgresql")
def test_a_message_that_always_breaks_is_given_up_in_the_end(school: School, log: io.StringIO) -> None:
    hana = acting(school, HANA).person.person_id
    day = school_day(school.clock(), "Europe/London")
    told = {"school_id": 1, "told_key": "x", "reference": "x", "digest": 7, "reader_id": hana, "owner_id": hana}
    told |= {"why": Why.OWN, "feature": "gone", "words": {}, "due": day, "told_at": school.clock()}
    with school.database.begin() as connection:
        connection.execute(insert(reminders.told).values(**told))
        queue.put(connection, 1, [queue.New("x", Notice.REMINDERS_DIGEST, 7, hana, school.clock())])
    for _ in range(205):
        school.bot.sender.deliver()
        school.clock.forward(minutes=16)
    assert _still_waiting(school) == 0
    assert log.getvalue().count("not sent") == 200
