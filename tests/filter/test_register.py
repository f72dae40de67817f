"""The web filter's register: what is decided ends with the filter really changed (§7.1, 7.3, 7.5)."""

import csv
import io
import re

import pytest
from openpyxl import load_workbook

from bot.errors import Refused
from bot.rules.filter.register import State
from bot.services.filter import due, register
from storage import audit
from storage.filter import register as storage
from tests.access.test_access import YES, ask, decide, waiting
from tests.content.test_content import DONE, report, shown
from tests.people import ANN, COL, DEV, HANA, OLU, OZ, PRIYA, Someone
from tests.school import School, acting
from tests.slack.people import Sight
from tests.slack.views import View

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys

CHANGE = "filter is to be changed"


def lines(school: School) -> dict[str, str]:
    """Every line of the register and where it stands."""
    with school.database.read() as connection:
        return {each.entry: each.state.value for each in storage.every(connection, 1)}


def opened(school: School, who: Someone) -> View:
    view = school.press(who, school.more(who), "Web filter").view
    assert view is not None
    return view


def complete(school: School, **changes: str) -> View:
    record = school.press(HANA, school.people.message(HANA.user_id, "CR-4526 waits"), "Open and complete").view
    view = school.submit(HANA, record, {**DONE, **changes}).view
    school.deliver()
    assert view is not None
    return view


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.policy("7.1")
def test_what_the_filter_had_before_is_there_from_the_first_day(school: School) -> None:
    assert lines(school) == {"facebook.com": "in the filter", "instagram.com": "in the filter"}
    view = opened(school, HANA)
    assert "The filter is up to date" in view.text
    assert "Blocked: `facebook.com` · in the filter" in view.text


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.policy("7.1", "7.5")
def test_an_approved_site_becomes_a_line_with_its_reasons_and_its_last_day(school: School) -> None:
    ask(school, ANN, **{"Needed until": "2026-12-18"})
    decide(school, HANA, "Approve", YES)
    view = opened(school, HANA)
    assert "To do in Smoothwall" in view.text
    assert "allowed list: put in `volcano-cam.example` (AR-1)" in view.text
    assert "until Fri 18 Dec 2026" in view.text
    assert "Good source; comments are hidden. (AR-1)" in view.text
    done = school.press(HANA, view, "Filter is changed").view
    assert done is not None
    assert "The filter is up to date" in done.text
    assert lines(school)["volcano-cam.example"] == "in the filter"
    school.deliver()
    assert "approved, and open in the filter" in school.people.message(ANN.user_id, "AR-1").text
    assert "done.* Nothing more" in waiting(school, HANA, "The web filter, AR-1").text


@pytest.mark.policy("7.3")
def test_a_reported_site_goes_to_the_block_register(school: School) -> None:
    report(school)
    view = complete(school)
    assert "bad.example · to be put into the filter" in view.text
    letter = waiting(school, HANA, CHANGE)
    assert "because of CR-4526*: 2 lines" in letter.text
    assert "bad.example" not in letter.text + letter.fallback
    done = school.press(HANA, letter, "Filter is changed").view
    assert done is not None
    assert lines(school) | {"bad.example": "in the filter", "worse.example": "in the filter"} == lines(school)
    again = school.press(HANA, letter, "Filter is changed", sight=Sight.AS_SHOWN).view
    assert again is not None
    assert "nothing has to be changed" in again.text
    steps = [action for action, _ in _trail(school) if action == "register.confirm_applied"]
    assert len(steps) == 2  # once for each line, however often the button is pressed


def test_a_whole_platform_is_looked_at_twice_and_nothing_typed_is_lost(school: School) -> None:
    report(school, ANN, **{"Full URL(s)": "https://www.youtube.com/watch?v=x1"})
    view = complete(school, **{"Block in the filter": "youtube.com"})
    assert "covers the whole of a platform" in view.text
    assert "Asked for both sites to be blocked" in view.text  # what was typed is still there
    assert "youtube.com" not in lines(school)
    done = school.submit(HANA, view, {"Is that what you mean?": ["Yes, use these lines all the same"]})
    assert "dealt with" in shown(done)
    assert lines(school)["youtube.com"] == "to be put into the filter"


def test_the_page_and_not_the_platform_is_proposed(school: School) -> None:
    ask(school, ANN, **{"Full URL": "https://www.youtube.com/watch?v=x1"})
    form = school.press(HANA, waiting(school, HANA), "Approve").view
    assert form is not None
    assert "youtube.com/watch?v=x1" in form.text
    bad = school.submit(HANA, form, {**YES, "Allow in the filter": "not a site"})
    assert set(bad.errors) == {"lines"}
    wide = school.submit(HANA, form, {**YES, "Allow in the filter": "youtube.com"}).view
    assert wide is not None
    assert "covers the whole of a platform" in wide.text
    narrowed = school.submit(HANA, wide, {"Allow in the filter": "youtube.com/watch?v=x1"})
    assert "approved" in shown(narrowed)
    assert lines(school)["youtube.com/watch?v=x1"] == "to be put into the filter"


def test_a_confidential_report_leaves_no_trace_in_the_list(school: School) -> None:
    report(school, about="The headteacher")
    record = school.press(COL, school.people.message(COL.user_id, "CR-4526 waits"), "Open and complete").view
    assert record is not None
    assert "does not go on the school's list" in record.text
    school.submit(COL, record, {"Action taken": "Advice taken from the LADO.", "Signature": "Col Evans"})
    school.deliver()
    assert set(lines(school)) == {"facebook.com", "instagram.com"}
    assert not [message for message in school.people.inbox(HANA.user_id) if CHANGE in message.text]


def test_an_allowance_runs_out_and_is_taken_out_again(school: School) -> None:
    ask(school, ANN, **{"Needed until": "2026-11-25"})
    decide(school, HANA, "Approve", YES)
    school.press(HANA, waiting(school, HANA, CHANGE), "Filter is changed")
    school.clock.forward(days=2)
    school.tick()
    assert lines(school)["volcano-cam.example"] == "in the filter"  # its last day
    school.clock.forward(days=1)
    school.tick()
    school.tick()
    assert lines(school)["volcano-cam.example"] == "to be taken out of the filter"
    assert "no longer to be open" in school.people.message(ANN.user_id, "AR-1").text
    view = opened(school, HANA)
    assert "allowed list: take out `volcano-cam.example`" in view.text
    school.press(HANA, view, "Filter is changed")
    school.deliver()
    assert lines(school)["volcano-cam.example"] == "taken out of the filter"
    assert "no longer open in the filter" in school.people.message(ANN.user_id, "AR-1").text


def test_a_line_that_another_record_needs_stays(school: School) -> None:
    ask(school, ANN, **{"Needed until": "2026-11-24"})
    decide(school, HANA, "Approve", YES)
    ask(school, ANN)
    second = school.press(HANA, waiting(school, HANA, "AR-2 waits"), "Approve").view
    school.submit(HANA, second, YES)
    school.press(HANA, opened(school, HANA), "Filter is changed")
    school.clock.forward(days=2)
    school.tick()
    assert "The filter is up to date" in opened(school, HANA).text
    with school.database.read() as connection:
        states = [each.state.value for each in storage.every(connection, 1) if each.entry == "volcano-cam.example"]
        story = storage.steps(connection, 1, 3)
    assert states == ["taken out of the filter", "in the filter"]
    assert story[-1].words == "The line stays in the filter because of AR-2."


def test_what_runs_out_soon_is_due_for_a_reminder(school: School) -> None:
    ask(school, ANN, **{"Needed until": "2026-12-18"})
    decide(school, HANA, "Approve", YES)
    school.press(HANA, waiting(school, HANA, CHANGE), "Filter is changed")
    with school.context().begin() as tx:
        assert list(due.due_items(tx)) == []
    school.clock.forward(days=13)
    with school.context().begin() as tx:
        (item,) = due.due_items(tx)
    assert (item.stage.name, item.words["what"], item.words["record"]) == ("before-14", "expires", "AR-1")


def test_a_filter_that_nobody_changes_is_due_for_a_reminder(school: School) -> None:
    ask(school)
    decide(school, HANA, "Approve", YES)
    school.clock.forward(days=3)
    with school.context().begin() as tx:
        (item,) = due.due_items(tx)
    assert (item.stage.name, item.words["what"]) == ("due", "waits")


@pytest.mark.databases("sqlite", "postgresql")
def test_lines_by_hand_need_reasons_and_are_added_once(school: School) -> None:
    form = school.press(HANA, opened(school, HANA), "Add lines").view
    empty = school.submit(HANA, form, {"Which list?": "Blocked", "Lines": "games.example", "Reasons": "!!"})
    assert set(empty.errors) == {"reasons"}
    broad = school.submit(HANA, form, {"Reasons": "Agreed with the governors.", "Lines": "tiktok.com"}).view
    assert broad is not None
    assert "whole of a platform" in broad.text
    added = school.submit(HANA, broad, {"Is that what you mean?": ["Yes, use these lines all the same"]})
    assert "1 line is on the list" in shown(added)
    assert "1 line is on the list" in str(school.people.again(added).body)
    assert lines(school)["tiktok.com"] == "to be put into the filter"
    with school.database.read() as connection:
        assert len(storage.every(connection, 1)) == 3


def test_lines_that_are_blocked_already_are_named(school: School) -> None:
    form = school.press(HANA, opened(school, HANA), "Add lines").view
    entries = {"Which list?": "Blocked", "Lines": "Facebook.com\nnew.example", "Reasons": "Agreed with the governors."}
    meant = {"Is that what you mean?": ["Yes, use these lines all the same"]}
    added = shown(school.submit(HANA, school.submit(HANA, form, entries).view, meant))
    assert "1 line is on the list" in added
    assert "This line was blocked already, and nothing was added for it:\n• `facebook.com`" in added
    form = school.press(HANA, opened(school, HANA), "Add lines").view
    again = shown(school.submit(HANA, school.submit(HANA, form, entries).view, meant))
    assert "0 lines" not in again
    assert "These lines were blocked already" in again


def test_a_yes_to_one_broad_line_is_no_yes_to_a_broader_one(school: School) -> None:
    ask(school, ANN, **{"Full URL": "https://www.youtube.com/watch?v=x1"})
    form = school.press(HANA, waiting(school, HANA), "Approve").view
    unsigned = school.submit(HANA, form, {**YES, "Signature": "Hanna", "Allow in the filter": "youtube.com"})
    assert "Type your own name" in unsigned.text
    wide = school.submit(HANA, form, {"Signature": "Hana Rees"}).view
    ticked = {"Is that what you mean?": ["Yes, use these lines all the same"]}
    wider = school.submit(HANA, wide, {**ticked, "Allow in the filter": "com"})
    assert "“com” is not a site but an ending" in shown(wider)
    assert "com" not in lines(school)
    back = school.submit(HANA, wider.view, {"Allow in the filter": "youtube.com"})
    assert "whole of a platform" in shown(back)
    school.submit(HANA, back.view, {"Is that what you mean?": ["Yes, use these lines all the same"]})
    assert lines(school)["youtube.com"] == "to be put into the filter"


@pytest.mark.databases("sqlite", "postgresql")
def test_a_line_is_taken_out_with_reasons_and_the_story_is_told(school: School) -> None:
    view = opened(school, HANA)
    entry = school.press(HANA, view, "Open", near="facebook.com").view
    taken = school.submit(HANA, entry, {"Reasons for taking": "The school has a page of its own there now."}).view
    assert taken is not None
    assert "To be taken out by Hana Rees" in taken.text
    assert "The school has a page of its own there now." in taken.text
    assert "to be taken out of the filter" in lines(school).values()


def test_blocked_and_allowed_at_once_is_said(school: School) -> None:
    ask(school, ANN, **{"Full URL": "https://www.facebook.com/volcanoes"})
    decide(school, HANA, "Approve", YES)
    assert "“facebook.com” is blocked" in opened(school, HANA).text


@pytest.mark.databases("sqlite", "postgresql")
def test_lines_are_narrowed_by_list_state_and_words(school: School) -> None:
    ask(school)
    decide(school, HANA, "Approve", YES)
    view = opened(school, HANA)
    allowed = school.submit(HANA, view, {"Which list?": "Allowed"}).view
    assert allowed is not None
    assert "*1 line*" in allowed.text
    assert "facebook" not in allowed.text
    none = school.submit(HANA, allowed, {"A word in": "castle"}).view
    assert none is not None
    assert "No line matches" in none.text


@pytest.mark.databases("sqlite", "postgresql")
def test_the_list_is_turned_page_by_page(school: School) -> None:
    for number in range(3):
        window = school.press(HANA, opened(school, HANA), "Add lines").view
        many = "\n".join(f"s{number}-{line}.example" for line in range(7))
        added = {"Which list?": "Blocked", "Lines": many, "Reasons": "Seen by a pupil, and not for children."}
        school.submit(HANA, window, added)
    view, seen = opened(school, HANA), []
    for last in (8, 16, 23):
        shown_now = view.text.split("23 lines")[-1]
        seen += re.findall(r"s\d-\d\.example|facebook\.com|instagram\.com", shown_now)
        assert len(set(seen)) == last
        if last < 23:
            view = school.press(HANA, view, "Older").view or view
    back = school.press(HANA, view, "Newer").view
    assert back is not None
    assert "9 to 16" in back.text


def test_who_may_look_who_may_confirm_and_who_gets_nothing(school: School) -> None:
    ask(school)
    decide(school, HANA, "Approve", YES)
    assert "Web filter" not in school.more(ANN).text
    assert "Filter is changed" not in opened(school, PRIYA).text
    assert "Add lines" not in opened(school, OLU).text
    letter = waiting(school, HANA, CHANGE)
    told = school.press(ANN, letter, "Filter is changed", sight=Sight.FORGED)
    assert "volcano" not in told.text
    assert lines(school)["volcano-cam.example"] == "to be put into the filter"
    done = school.press(OLU, opened(school, OLU), "Filter is changed").view  # the office may change the filter
    assert done is not None
    assert lines(school)["volcano-cam.example"] == "in the filter"
    for nobody in (ANN, COL):
        with pytest.raises(Refused):
            register.overview(acting(school, nobody))
        with pytest.raises(Refused):
            register.confirm(acting(school, nobody), {1: State.PROPOSED})
    assert "own staff" in school.press(OZ, letter, "Filter is changed", sight=Sight.FORGED).text


# ── as files ───────────────────────────────────────────────────────────────────────────────────────────────────────


def files(school: School, who: Someone) -> dict[str, bytes]:
    school.deliver()
    return {file.name: file.content for file in school.slack.shared_with(who.user_id)}


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.policy("7.1")
def test_the_lists_come_as_files_and_are_taken_away_after_a_day(school: School) -> None:
    ask(school, ANN, **{"Reasons for access": "=HYPERLINK(1)"})
    decide(school, HANA, "Approve", {**YES, "Reasons": "=1+1 is no formula"})
    for button in ("Blocked list", "Allowed list", "Reasons (CSV)", "Everything (Excel)"):
        told = school.press(HANA, opened(school, HANA), button)
        assert "on its way" in told.text
    got = files(school, HANA)
    assert got["blocked-2026-11-23.txt"] == b"facebook.com\ninstagram.com\n"
    assert got["allowed-2026-11-23.txt"] == b"volcano-cam.example\n"
    rows = list(csv.DictReader(io.StringIO(got["filter-reasons-2026-11-23.csv"].decode("utf-8-sig"), newline="")))
    assert rows[-1]["reason"] == "'=1+1 is no formula"
    assert rows[-1]["record number"] == "AR-1"
    sheet = load_workbook(io.BytesIO(got["filter-register-2026-11-23.xlsx"])).active
    assert sheet is not None
    assert [row[2].value for row in sheet.iter_rows(min_row=2)] == [
        "facebook.com",
        "instagram.com",
        "volcano-cam.example",
    ]
    assert "is here" in school.people.message(HANA.user_id, "list of blocked sites").text
    school.clock.forward(hours=25)
    assert school.bot.clear_away() == 4
    assert files(school, HANA) == {}
    assert "has been taken away" in school.people.message(HANA.user_id, "list of blocked sites").text
    assert school.bot.clear_away() == 0


def test_a_record_comes_as_a_pdf_to_those_who_may_see_it_and_to_nobody_else(school: School) -> None:
    ask(school)
    decide(school, HANA, "Approve", YES)
    record = school.press(ANN, school.people.message(ANN.user_id, "AR-1"), "Open").view
    school.press(ANN, record, "Send me the PDF")
    assert files(school, ANN)["AR-1.pdf"].startswith(b"%PDF")
    school.press(COL, record, "Send me the PDF", sight=Sight.FORGED)  # Col has not seen this window
    assert files(school, COL) == {}
    assert "no longer allowed to have it" in "".join(message.text for message in school.people.inbox(COL.user_id))


def test_a_file_is_brought_when_slack_is_back(school: School) -> None:
    school.press(HANA, opened(school, HANA), "Blocked list")
    school.slack.fail_next("files.getUploadURLExternal", retry_after=3)
    school.slack.fail_next("files.completeUploadExternal", status=500)
    assert files(school, HANA) == {}
    school.clock.forward(seconds=60)
    assert list(files(school, HANA)) == ["blocked-2026-11-23.txt"]
    school.clock.forward(hours=25)
    school.slack.fail_next("files.delete", status=500)
    assert school.bot.clear_away() == 0
    assert school.bot.clear_away() == 1


def test_somebody_who_has_left_gets_no_file(school: School) -> None:
    school.press(DEV, opened(school, DEV), "Blocked list")
    school.slack.change_user(DEV.user_id, deleted=True)
    assert files(school, DEV) == {}
    school.clock.forward(hours=1)
    assert files(school, DEV) == {}


def _trail(school: School) -> list[tuple[str, str]]:
    with school.database.read() as connection:
        return list(audit.entries(connection, 1))


def test_the_training_register_comes_as_a_file_to_those_who_keep_it(school: School) -> None:
    window = school.press(OLU, school.more(OLU), "My training").view
    register_window = school.press(OLU, window, "training.register").view
    school.press(OLU, register_window, "Send me the register (Excel)")
    got = files(school, OLU)["training-2026-11-23.xlsx"]
    sheet = load_workbook(io.BytesIO(got)).active
    assert sheet is not None
    assert "Ann Teacher" in {cell.value for row in sheet.iter_rows() for cell in row}
    school.press(ANN, register_window, "Send me the register (Excel)", sight=Sight.FORGED)
    assert files(school, ANN) == {}


def test_a_very_long_line_is_copied_from_the_file_and_shown_in_full_in_its_window(school: School) -> None:
    line = "games.example/x?" + "a=1&" * 480 + "end"
    form = school.press(HANA, opened(school, HANA), "Add lines").view
    school.submit(HANA, form, {"Which list?": "Blocked", "Lines": line, "Reasons": "R&D <b> & " * 190 + "agreed"})
    view = opened(school, HANA)
    assert "put in `games.example/x?a=1&" in view.text
    assert "a very long line: see the list as a file" in view.text
    entry = school.press(HANA, view, "Open", near="games.example").view
    assert entry is not None
    assert "a=1&end`" in entry.text
    assert "& agreed\nDecided by Hana Rees" in entry.text
