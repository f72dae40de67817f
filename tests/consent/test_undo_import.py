"""An import of the wrong file is undone as one step; what was recorded since stays, and is listed first."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.errors import BadInput, Conflict, NotFound, Refused
from bot.rules.consent.ledger import State, Verdict
from bot.rules.consent.undo_import import Built
from bot.rules.school import Media
from bot.services import relatives
from bot.services.consent import ledger, roll_import, undo_import
from storage import audit
from storage.consent import imports, roll
from storage.consent import ledger as ledger_storage
from tests.consent.test_imports import ONE_MORE, ROLL, TWO_CHILDREN, Rows, sample, stands
from tests.consent.test_imports_slack import sent
from tests.consent.test_ledger import open_record
from tests.people import ANN, DEV, HANA, OLU, OZ, PRIYA, Someone
from tests.school import School, acting, at_once

WHY = "It was last year's file."
TOLD = "An import was undone"
JACK, FATIMA = "Jack McKenzie", "Fatima van Dijk"


def wrong(rows: Rows) -> None:
    """One child missing, one renamed, in another class and with a No, one flagged, and the two dates of one changed."""
    rows.pop(0)
    rows[1] |= {"Legal Surname": "Smith", "Preferred Surname": "Smith", "Registration Group": "3B"}
    rows[1] |= {"Local press - Photo": "No"}
    rows[2] |= {"Never Photograph": "Yes"}
    rows[3] |= {"Date of Leaving": "20/11/2026"}


WRONG = sample(wrong)
WITHOUT_FLAG = sample(lambda rows: rows[2].update({"Local press - Photo": "No", "Registration Group": "3B"}))


def import_it(school: School, content: bytes = WRONG, who: Someone = OLU) -> int:
    """Import a file; returns the import's number."""
    context = acting(school, who)
    number = roll_import.apply_upload(context, roll_import.keep_upload(context, "roll.csv", content)).number
    assert number
    return number


def undo(school: School, number: int, who: Someone = OLU, why: str = WHY) -> bool:
    context = acting(school, who)
    return undo_import.undo_import(context, number, why, shown_until=undo_import.extent(context, number).newest)


def everything(school: School) -> Any:
    """Return all that look-ups and the next import go by."""
    hidden = {"undone_at"}
    with school.database.read() as connection:
        rows = list(connection.execute(select(roll.pupil).where(roll.pupil.c.undone_at.is_(None))))
        pupils = {row.id: {k: v for k, v in row._mapping.items() if k not in hidden} for row in rows}
        today = school.context().today()
        standing = ledger_storage.standing(connection, 1, sorted(pupils), today)
        found = {each: (on_roll, sorted(made)) for each, (on_roll, made) in standing.items()}
        names = [replace(each, former=()) for each in roll.named(connection, 1, today)]
        recorded = ledger_storage.recorded_matters(
            connection, 1, today, [use.key for use in school.context().school.uses]
        )
        return pupils, found, names, roll.classes(connection, 1, today), recorded, roll.count(connection, 1)


@pytest.mark.policy("4.2")
def test_the_wrong_file_is_undone_as_one_step_and_the_head_is_told(school: School) -> None:
    before = everything(school)
    content = sample(lambda rows: rows[2].update({"Local press - Photo": "No", "Registration Group": "3B"}))
    done = school.submit(OLU, sent(school, content))
    assert stands(school, JACK)["press", Media.PHOTO] is State.REFUSED
    asked: Any = school.press(OLU, done.view, "Undo this import").view
    assert "the details of 1 child go back to what they were" in asked.text
    assert "1 consent decision is struck out" in asked.text
    assert "Something has been built on it" not in asked.text
    assert "Write down why" in school.submit(OLU, asked, {"What was wrong": "…"}).error_texts[0]
    undone = school.submit(OLU, asked, {"What was wrong": WHY})
    assert "The import is undone." in undone.text
    assert everything(school) == before
    school.deliver()
    letter = school.people.message(HANA.user_id, TOLD)
    assert "Jack" not in letter.text
    opened = school.press(HANA, letter, "Open")
    assert JACK in opened.text
    assert WHY in opened.text
    with school.database.read() as connection:
        trail = [entry for entry in audit.entries(connection, 1) if entry[0].startswith("imports.undo")]
    assert [action for action, _ in trail] == ["imports.undo_seen", "imports.undone", "imports.undo_seen"]
    assert WHY not in str(trail)


def test_everything_an_import_brought_goes_and_the_right_file_can_come(school: School) -> None:
    before = everything(school)
    number = import_it(school)
    assert everything(school) != before
    assert undo(school, number, HANA)
    assert everything(school) == before
    again = roll_import.apply(acting(school, OLU), "roll.csv", WRONG)
    assert (again.renamed, again.moved, again.flags, len(again.missing)) == (1, 1, 1, 1)


def test_a_child_whom_the_wrong_file_brought_is_found_nowhere_and_may_come_again(school: School) -> None:
    before = everything(school)
    number = import_it(school, (TWO_CHILDREN.replace(",Yes,Yes", ",Yes,") + ONE_MORE).encode())
    assert "✅" in school.command(ANN, "/consent", "Cal Yew for website photo").text
    assert not undo(school, number)  # nobody is shown who was not: the head need not know
    assert everything(school) == before
    assert "No child at the school is called" in school.command(ANN, "/consent", "Cal Yew for website photo").text
    found = roll_import.apply(acting(school, OLU), "roll.csv", TWO_CHILDREN.encode())
    assert len(found.new) == 2
    assert "*Do not include* Ada Quill" in school.command(ANN, "/consent", "Ada Quill for website photo").text


def test_what_was_built_on_it_is_listed_and_stays(school: School) -> None:
    olu, hana = acting(school, OLU), acting(school, HANA)
    number = import_it(school, (TWO_CHILDREN.replace(",Yes,Yes", ",Yes,") + ONE_MORE).encode())
    ada, ben = (ledger.find(olu, name).pupils[0].pupil_id for name in ("Ada Quill", "Ben Wren"))
    school.command(ANN, "/consent", "Cal Yew")  # a look-up is nothing
    yes = {"use-website": "yes", "decided_by": "Jo Quill", "relationship": "Mother", "method": "form"}
    ledger.record(olu, ada, yes, request_id="one")
    relatives.declare(acting(school, ANN), None, "Ben Wren", "")
    fatima = ledger.find(olu, FATIMA).pupils[0].pupil_id
    roll_import.confirm_leavers(olu, [fatima], olu.today())
    found = undo_import.extent(olu, number)
    listed = {(pupil.name, built) for pupil, built in found.later}
    assert listed == {("Ada Quill", Built.DECIDED), ("Ben Wren", Built.NAMED), (FATIMA, Built.LEFT)}
    assert found.new == 1
    undo_import.undo_import(olu, number, WHY, shown_until=found.newest)
    olu = acting(school, OLU)
    assert ledger.find(olu, "Ada Quill").certain
    assert ledger.find(olu, "Ben Wren").certain
    assert not ledger.find(olu, "Cal Yew").certain
    assert stands(school, "Ada Quill")["website", Media.PHOTO] is State.YES  # the mother's, not the file's
    assert stands(school, "Ben Wren")["website", Media.PHOTO] is State.NOT_RECORDED
    assert [each.who for each in relatives.mine(acting(school, ANN)).relatives] == ["Ben Wren, 3B"]
    assert ledger.history(hana, ben).occasions[0].struck


def test_the_list_is_shown_before_anything_and_again_where_it_has_grown(school: School) -> None:
    done = school.submit(OLU, sent(school, WITHOUT_FLAG))
    asked: Any = school.press(OLU, done.view, "Undo this import").view
    jack = ledger.find(acting(school, OLU), JACK).pupils[0].pupil_id
    no = {"use-press": "no", "decided_by": "Di McKenzie", "relationship": "Mother", "method": "form"}
    ledger.record(acting(school, HANA), jack, no, request_id="one")
    refused = school.submit(OLU, asked, {"What was wrong": WHY})
    assert "relies on this import was recorded meanwhile" in str(refused.error_texts)
    opened = school.press(OLU, school.more(OLU), "Import the roll")
    asked = school.press(OLU, opened, "Undo this import", near="Olu Adeyemi").view
    assert "Something has been built on it since (1)" in asked.text
    assert f"• {JACK} · 3B: a later decision stays" in asked.text
    assert "The import is undone." in school.submit(OLU, asked, {"What was wrong": WHY}).text
    assert stands(school, JACK)["press", Media.PHOTO] is State.WITHDRAWN


def test_a_newer_file_stays_and_an_older_import_cannot_take_it_back(school: School) -> None:
    first = import_it(school, WITHOUT_FLAG)
    second = import_it(school, ROLL)
    olu = acting(school, OLU)
    assert {built for _, built in undo_import.extent(olu, first).later} == {Built.DECIDED, Built.FILE}
    before = everything(school)
    assert undo(school, first)
    pupils, *_ = everything(school)
    assert pupils == before[0]
    assert stands(school, JACK)["press", Media.PHOTO] is State.YES
    undo(school, second)
    assert stands(school, JACK)["press", Media.PHOTO] is State.YES


def test_an_import_with_a_flag_is_heads_or_deputys_to_undo(school: School) -> None:
    number = import_it(school)
    olu = acting(school, OLU)
    with pytest.raises(Refused, match="never photograph"):
        undo_import.extent(olu, number)
    with pytest.raises(Refused, match="never photograph"):
        undo_import.undo_import(olu, number, WHY, shown_until=0)
    assert undo(school, number, DEV)
    school.deliver()
    assert school.people.message(HANA.user_id, TOLD)


def test_an_import_under_the_heads_ruling_is_the_heads_to_undo(school: School) -> None:
    olu, hana = acting(school, OLU), acting(school, HANA)
    number = import_it(school, WITHOUT_FLAG)
    jack = ledger.find(olu, JACK).pupils[0].pupil_id
    for name, said in (("Di McKenzie", "yes"), ("Al McKenzie", "no")):
        entry = {"use-press": said, "decided_by": name, "relationship": "Parent", "method": "form"}
        ledger.record(olu, jack, entry, request_id=name)
    newest = ledger.get(hana, jack).newest
    ledger.settle(hana, jack, Verdict.NO, "The court has decided so.", shown_until=newest, request_id="ruling")
    for who in (OLU, DEV):
        with pytest.raises(Refused, match="Only the headteacher can undo it"):
            undo(school, number, who)
    undo(school, number, HANA)
    assert stands(school, JACK)["press", Media.PHOTO] is State.REFUSED  # the ruling stays


def test_undone_once_whoever_else_tries(school: School) -> None:
    number = import_it(school, WITHOUT_FLAG)
    olu, hana = acting(school, OLU), acting(school, HANA)
    went_wrong = at_once(
        lambda: undo_import.undo_import(olu, number, WHY, shown_until=0),
        lambda: undo_import.undo_import(hana, number, WHY, shown_until=0),
    )
    assert [type(each) for each in went_wrong] == [Conflict]
    with pytest.raises(Conflict, match="undone already, Mon 23 Nov 2026"):
        undo_import.extent(hana, number)
    assert [each.number for each in undo_import.recent(olu) if each.undone_at] == [number]


def test_nobody_else_undoes_an_import(school: School) -> None:
    number = import_it(school, WITHOUT_FLAG)
    for who in (ANN, PRIYA):
        with pytest.raises(Refused):
            undo(school, number, who)
    with pytest.raises(NotFound):
        undo_import.extent(acting(school, OLU), 4711)
    with pytest.raises(BadInput):
        undo(school, number, why="…")
    opened = school.press(OLU, school.more(OLU), "Import the roll")
    asked: Any = school.press(OLU, opened, "Undo this import", near="Olu Adeyemi").view
    school.slack.change_user(OLU.user_id, is_restricted=True)
    school.clock.forward(hours=13)
    assert "own staff" in school.submit(OLU, asked, {"What was wrong": WHY}).body
    assert stands(school, JACK)["press", Media.PHOTO] is State.REFUSED
    assert "own staff" in school.people.command(OZ.user_id, "/consent", JACK).body


def test_an_import_from_before_this_was_kept_says_what_to_do_instead(school: School) -> None:
    number = import_it(school, WITHOUT_FLAG)
    with school.database.begin() as connection:
        connection.execute(update(imports.roll_import).values(pupils_after=None, pupils_until=None))
    window: Any = school.press(OLU, school.more(OLU), "imports.open").view
    assert "They cannot be undone as a whole" in window.text
    assert "Recorded in error" in window.text
    assert "Cannot be undone as a whole: see above" in window.text
    assert "Undo this import" not in window.text
    with pytest.raises(Conflict, match="child by child"):
        undo_import.extent(acting(school, OLU), number)
    history = school.press(OLU, open_record(school, OLU, JACK), "See the history").view
    asked: Any = school.press(OLU, history, "Recorded in error", near="Import").view
    assert "Struck out." in school.submit(OLU, asked, {"What was wrong": WHY}).text  # that is the way out


def test_an_import_that_was_undone_is_shown_as_such(school: School) -> None:
    number = import_it(school, WITHOUT_FLAG)
    undo(school, number)
    window: Any = school.press(OLU, school.more(OLU), "imports.open").view
    assert "Undone Mon 23 Nov 2026, 09:15." in window.text
    assert "before Lanyard kept" not in window.text
