"""Undo where two do it at once, twice, after something newer, with a second account, or as a guest by now."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from bot.errors import Conflict, Refused
from bot.rules.consent.ledger import EntryKey, EntryKind
from bot.services.consent import ledger, roll_import, undo
from storage.consent.undo import struck_out
from tests.consent import test_undo_import as imports
from tests.consent.test_imports import sample
from tests.consent.test_ledger import BY_PHONE, EVERYTHING, FATIMA, ON_PAPER, open_record, record
from tests.consent.test_undo import TYPED, answer, fatima, newest_key, seen, strikes
from tests.people import DEV, HANA, OLU, Someone
from tests.school import School, acting, at_once
from tests.staff import test_namesakes as namesakes
from tests.staff.test_accounts import changed

OLU2 = Someone("U0OLU9", "Ms Olu Adeyemi", "o.adeyemi@huntington.example")


def leaver(school: School) -> int:
    olu = acting(school, OLU)
    roll_import.apply(olu, "roll.csv", sample(lambda rows: rows.pop(0)))
    school.clock.forward(minutes=1)
    (number,) = roll_import.confirm_leavers(olu, [fatima(school)], date(2026, 11, 20))
    return number


def flagged(school: School) -> EntryKey:
    school.clock.forward(minutes=1)
    form = school.press(OLU, open_record(school), "Never photograph").view
    school.submit(OLU, form, {"Reasons": "Adoption: see the head's file."})
    return newest_key(school)


def strike(school: School, who: Someone, key: EntryKey, newest: int | None = None) -> Any:
    pupil_id, context = fatima(school), acting(school, who)
    until = undo.entry(context, pupil_id, key).record.newest if newest is None else newest
    return lambda: undo.strike_out(context, pupil_id, key, TYPED, shown_until=until)


def with_two_accounts(school: School) -> None:
    namesakes.second(school, OLU, OLU2)
    assert "one person" in namesakes.answer(school, HANA, OLU2.name, "The same person")


# ── leavers ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_strike_a_leaver_out_at_once(school: School) -> None:
    number, contexts = leaver(school), [acting(school, who) for who in (OLU, HANA)]
    one, other = (lambda context=each: undo.strike_out_leavers(context, [number], TYPED) for each in contexts)
    wrong = at_once(one, other)
    assert [type(each) for each in wrong] == [Conflict]
    assert len(strikes(school)) == 1
    assert "*Do not include*" not in answer(school)


def test_a_leaver_is_struck_out_with_the_other_account_and_a_guest_strikes_nothing_out(school: School) -> None:
    number = leaver(school)
    with_two_accounts(school)
    done: Any = school.press(OLU2, open_record(school, OLU2), "See the history").view
    asked: Any = school.press(OLU2, done, "Recorded in error", near="Last day on the roll").view
    changed(school, OLU2.user_id, is_restricted=True)
    assert "own staff" in school.submit(OLU2, asked, {"What was wrong": TYPED}).body
    assert not strikes(school)
    changed(school, OLU2.user_id, is_restricted=False)
    assert "Struck out." in school.submit(OLU2, asked, {"What was wrong": TYPED}).text
    with pytest.raises(Conflict, match="struck out already"):
        undo.strike_out_leavers(acting(school, OLU2), [number], TYPED)


# ── the flag ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_strike_a_flag_out_at_once_and_once_more(school: School) -> None:
    key = flagged(school)
    wrong = at_once(strike(school, DEV, key), strike(school, HANA, key))
    assert [type(each) for each in wrong] == [Conflict]
    assert len(strikes(school)) == 1
    newest = ledger.history(acting(school, HANA), fatima(school)).newest
    with pytest.raises(Conflict, match="struck out already"):
        strike(school, HANA, key, newest)()


def test_a_flag_is_struck_out_after_a_newer_entry_only_once_that_was_seen(school: School) -> None:
    key = flagged(school)
    early = strike(school, DEV, key)
    record(school, {**BY_PHONE, EVERYTHING: "No, or withdrawn"})
    with pytest.raises(Conflict, match="recorded about this child meanwhile"):
        early()
    assert "*Do not include*" in answer(school)
    strike(school, DEV, key)()
    assert "*Do not include*" in answer(school)  # what is newer stands


def test_a_deputy_who_has_become_a_guest_strikes_no_flag_out(school: School) -> None:
    flagged(school)
    asked: Any = school.press(DEV, seen(school, DEV), "Recorded in error", near="flag raised").view
    changed(school, DEV.user_id, is_restricted=True)
    assert "own staff" in school.submit(DEV, asked, {"What was wrong": TYPED}).body
    assert not strikes(school)


# ── entries and imports, with a second account ─────────────────────────────────────────────────────────────────────


def test_what_was_recorded_with_the_one_account_is_their_own_to_undo_with_the_other(school: School) -> None:
    record(school, {**ON_PAPER, "School website": "Yes: photo and video"})
    key, newest = newest_key(school), ledger.history(acting(school, OLU), fatima(school)).newest
    with_two_accounts(school)
    done = undo.undo(acting(school, OLU2), fatima(school), key, shown_until=newest)
    assert isinstance(done, undo.Undone)
    with pytest.raises(Conflict, match="struck out already"):
        undo.undo(acting(school, OLU2), fatima(school), key, shown_until=newest)
    with school.database.read() as connection:
        assert connection.execute(select(struck_out.c.source_id)).scalar_one() == key.number


def test_until_the_office_has_answered_the_other_account_is_not_the_offices(school: School) -> None:
    record(school, {**ON_PAPER, "Twitter/X": "No, or withdrawn"})
    key = newest_key(school)
    namesakes.second(school, OLU, OLU2)
    with pytest.raises(Refused):
        undo.entry(acting(school, OLU2), fatima(school), key)


def test_an_import_is_undone_with_the_other_account_once(school: School) -> None:
    number = imports.import_it(school, imports.WITHOUT_FLAG)
    with_two_accounts(school)
    assert imports.undo(school, number, OLU2)
    with pytest.raises(Conflict, match="undone already"):
        imports.undo(school, number, OLU2)


def test_a_newer_decision_stays_when_what_was_before_it_is_struck_out(school: School) -> None:
    record(school, {**ON_PAPER, "Twitter/X": "No, or withdrawn"})
    key = newest_key(school)
    school.clock.forward(minutes=20)
    record(school, {**BY_PHONE, EVERYTHING: "No, or withdrawn"})
    strike(school, HANA, key)()
    assert f"*Do not include* {FATIMA}" in answer(school)
    assert key.kind is EntryKind.DECIDED
