"""What was recorded in error is struck out: it stays to be seen and counts for nothing. Nobody writes a false entry."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from bot.errors import Conflict
from bot.rules.consent.ledger import EntryKey, EntryKind, State
from bot.rules.school import Media
from bot.services.consent import ledger, roll_import, undo
from storage.consent import history, imports
from storage.consent import ledger as ledger_storage
from storage.consent.undo import struck_out
from storage.people import people as people_storage
from tests.consent.test_imports import ROLL, sample, stands
from tests.consent.test_imports_slack import sent
from tests.consent.test_ledger import BY_PHONE, EVERYTHING, FATIMA, ON_PAPER, open_record, record, trail
from tests.people import ANN, DEV, HANA, OLU, PRIYA, Someone
from tests.school import School, acting, at_once
from tests.slack.people import Forged, Sight

TYPED = "The form was of Fatima Dijkstra in 4 Oak."
TOLD = "Something that kept a child out of pictures was struck out"


def seen(school: School, who: Someone = OLU) -> Any:
    """Return the history as somebody who keeps the record sees it."""
    if who in (DEV, PRIYA):
        asked = school.command(who, "/consent-record", FATIMA).view
        return school.submit(who, asked, {"What would you": "See the history"}).view
    return school.press(who, open_record(school, who), "See the history").view


def fatima(school: School) -> int:
    return ledger.find(acting(school, OLU), FATIMA).pupils[0].pupil_id


def newest_key(school: School) -> EntryKey:
    with school.database.read() as connection:
        return history.of_pupil(connection, 1, fatima(school))[0].key


def strikes(school: School) -> list[Any]:
    with school.database.read() as connection:
        return list(connection.execute(select(struck_out)))


def answer(school: School) -> str:
    return school.command(ANN, "/consent", FATIMA).text


@pytest.mark.policy("4.2", "4.4")
def test_a_withdrawal_of_the_wrong_child_is_struck_out_and_the_head_is_told(school: School) -> None:
    before = answer(school)
    record(school, {**BY_PHONE, EVERYTHING: "No, or withdrawn"})
    assert f"*Do not include* {FATIMA}" in answer(school)
    school.clock.forward(days=1)
    shown = seen(school)
    asked: Any = school.press(OLU, shown, "Recorded in error", near="Spoken").view
    assert "This entry keeps Fatima van Dijk out of pictures" in asked.text
    assert "Twitter/X: ✅ yes" in asked.text  # how it would stand
    assert "Write down why" in school.submit(OLU, asked, {"What was wrong": "…"}).error_texts[0]
    done = school.submit(OLU, asked, {"What was wrong": TYPED})
    assert "Struck out." in done.text
    assert "The headteacher is told" in done.text
    assert answer(school) == before
    assert "Letters still to come" not in school.home(OLU).text  # the letter goes with it
    told = seen(school, HANA).text
    assert "🚫 *Recorded in error: struck out, counts for nothing*\nBy Olu Adeyemi, Tue 24 Nov 2026, 09:15" in told
    assert f">{TYPED}" in told
    assert "~⛔ Withdrawn: School website (photo), Twitter/X, Tapestry" in told
    school.deliver()
    letter = school.people.message(HANA.user_id, TOLD)
    assert "Fatima" not in letter.text
    assert "Dijkstra" not in str(letter)
    opened = school.press(HANA, letter, "Open")
    assert FATIMA in opened.text
    assert [each for each in trail(school) if "struck" in each] == ["ledger.struck_out"]


@pytest.mark.policy("4.5")
def test_what_lanyard_said_on_that_day_stays_explainable(school: School) -> None:
    record(school, {**ON_PAPER, "Twitter/X": "No, or withdrawn"})
    school.clock.forward(days=2)
    asked: Any = school.press(OLU, seen(school), "Recorded in error", near="· Form").view
    school.submit(OLU, asked, {"What was wrong": TYPED})
    earlier = school.submit(OLU, seen(school), {"How did it stand": "2026-11-23"}).text
    today, known = earlier.split("As far as the school knew on Mon 23 Nov 2026")
    assert "Twitter/X: ✅ yes" in today
    assert "Twitter/X: ⛔ withdrawn" in known


def test_a_slip_is_undone_where_it_was_recorded_and_a_yes_needs_no_reason(school: School) -> None:
    before = answer(school)
    done = record(school, {**ON_PAPER, "School website": "Yes: photo and video"})
    assert answer(school) != before
    undone = school.press(OLU, done.view, "Undo")
    assert "Undone." in undone.text
    assert answer(school) == before
    assert len(strikes(school)) == 1
    again = school.press(OLU, done.view, "Undo", sight=Sight.AS_SHOWN)
    assert "struck out already, Mon 23 Nov 2026, 09:15" in again.text
    assert len(strikes(school)) == 1
    school.deliver()
    assert not [each for each in school.people.inbox(HANA.user_id) if TOLD in each.text]


def test_undoing_a_no_asks_why_and_tells_the_head(school: School) -> None:
    done = record(school, {**ON_PAPER, "Twitter/X": "No, or withdrawn"})
    asked: Any = school.press(OLU, done.view, "Undo").view
    assert "keeps Fatima van Dijk out of pictures" in asked.text
    assert not strikes(school)
    assert school.submit(OLU, asked, {"What was wrong": "…"}).error_texts
    assert "Struck out." in school.submit(OLU, asked, {"What was wrong": TYPED}).text
    school.deliver()
    assert school.people.message(HANA.user_id, TOLD)


def test_a_yes_that_hid_another_yes_asks_why_all_the_same(school: School) -> None:
    """A parent's Yes that runs out stands in the way of the office's older Yes."""
    done = record(school, {**ON_PAPER, "Twitter/X": "Yes: photo and video", "Until which day": "2026-11-30"})
    assert "out of pictures" in school.press(OLU, done.view, "Undo").text


def test_after_ten_minutes_it_says_where_instead(school: School) -> None:
    done = record(school, {**ON_PAPER, "School website": "Yes: photo and video"})
    school.clock.forward(minutes=10)
    late = school.press(OLU, done.view, "Undo")
    assert "more than ten minutes ago" in late.text
    assert not strikes(school)
    shown: Any = school.press(OLU, late.view, "See the history").view
    assert "What was wrong with it?" in school.press(OLU, shown, "Recorded in error", near="· Form").text


def test_after_a_newer_entry_undo_shows_first_what_would_stand(school: School) -> None:
    first = record(school, {**ON_PAPER, "School website": "Yes: photo and video"})
    view = school.slack.views.top(OLU.user_id)
    ledger.record(
        acting(school, HANA),
        fatima(school),
        {"use-press": "no", "decided_by": "Noor van Dijk", "relationship": "Mother", "method": "form"},
        request_id="another",
    )
    asked: Any = school.press(OLU, view or first.view, "Undo").view
    assert asked.title == "Recorded in error"
    ledger.record(
        acting(school, HANA),
        fatima(school),
        {"use-twitter": "no", "decided_by": "Noor van Dijk", "relationship": "Mother", "method": "form"},
        request_id="one more",
    )
    refused = school.submit(OLU, asked, {"What was wrong": TYPED})
    assert "recorded about this child meanwhile" in str(refused.error_texts)
    assert not strikes(school)


def test_two_strike_out_the_same_at_once_and_it_is_struck_out_once(school: School) -> None:
    record(school, {**ON_PAPER, "Twitter/X": "No, or withdrawn"})
    key, pupil_id = newest_key(school), fatima(school)
    newest = undo.entry(acting(school, OLU), pupil_id, key).record.newest

    def one(who: Someone) -> Any:
        context = acting(school, who)
        return lambda: undo.strike_out(context, pupil_id, key, TYPED, shown_until=newest)

    wrong = at_once(one(OLU), one(HANA))
    assert [type(each) for each in wrong] == [Conflict]
    assert len(strikes(school)) == 1


def test_the_same_entry_is_struck_out_by_somebody_else_meanwhile(school: School) -> None:
    record(school, {**ON_PAPER, "Twitter/X": "No, or withdrawn"})
    asked: Any = school.press(OLU, seen(school), "Recorded in error", near="· Form").view
    undo.strike_out(acting(school, HANA), fatima(school), newest_key(school), TYPED, shown_until=asked_newest(asked))
    assert "struck out already" in str(school.submit(OLU, asked, {"What was wrong": TYPED}).error_texts)
    # What the head has done herself the deputy is told.
    school.deliver()
    assert school.people.message(DEV.user_id, TOLD)


def asked_newest(view: Any) -> int:
    import json

    return int(json.loads(view.payload["private_metadata"])["newest"])


def test_whoever_has_become_a_guest_strikes_nothing_out(school: School) -> None:
    record(school, {**ON_PAPER, "Twitter/X": "No, or withdrawn"})
    asked: Any = school.press(OLU, seen(school), "Recorded in error", near="· Form").view
    school.slack.change_user(OLU.user_id, is_restricted=True)
    school.clock.forward(hours=13)  # nobody is believed for longer
    assert "own staff" in school.submit(OLU, asked, {"What was wrong": TYPED}).body
    assert not strikes(school)


def test_whoever_has_lost_the_role_strikes_nothing_out(school: School) -> None:
    record(school, {**ON_PAPER, "Twitter/X": "No, or withdrawn"})
    asked: Any = school.press(OLU, seen(school), "Recorded in error", near="· Form").view
    with school.database.begin() as connection:
        holders = people_storage.roles(connection, 1)
        people_storage.set_roles(connection, 1, {each for each in holders if each[0] != OLU.email})
    assert "This is for the" in str(school.submit(OLU, asked, {"What was wrong": TYPED}).error_texts)
    assert not strikes(school)


def test_the_flag_is_struck_out_by_head_or_deputy_alone(school: School) -> None:
    school.clock.forward(minutes=1)
    form = school.press(OLU, open_record(school), "Never photograph").view
    done = school.submit(OLU, form, {"Reasons": "Adoption: see the head's file."})
    assert "Undo" not in done.text
    shown = seen(school)
    assert "Never photograph: flag raised" in shown.text
    key = newest_key(school)
    value = f"{fatima(school)}:{key.kind}:{key.number}"
    forged = school.press(OLU, shown, "Recorded in error", near="Import", value=Forged(value))
    assert "Only the headteacher or the deputy headteacher" in forged.text
    asked: Any = school.press(DEV, seen(school, DEV), "Recorded in error", near="flag raised").view
    assert "Struck out." in school.submit(DEV, asked, {"What was wrong": "The flag was for her sister."}).text
    assert "✅ Twitter/X: *yes*" in answer(school)
    assert "sister" not in seen(school, OLU).text  # nor why it was in error: it tells why it was raised
    assert "sister" in seen(school, PRIYA).text
    school.deliver()
    assert school.people.message(HANA.user_id, TOLD)


def test_nobody_strikes_out_over_the_heads_ruling_but_the_head(school: School) -> None:
    father = {**BY_PHONE, "Who decided": "Piet van Dijk", "Who is this": "Father"}
    record(school, {**ON_PAPER, EVERYTHING: "Yes"})
    record(school, {**father, "Twitter/X": "No, or withdrawn"})
    before = seen(school)
    settle = school.press(HANA, open_record(school, HANA), "Settle the disagreement").view
    school.submit(HANA, settle, {"Your decision": "No, they may not", "Reasons": "The father objects."})
    assert "Recorded in error" not in seen(school).text
    with school.database.read() as connection:
        ruling, no, *_ = history.of_pupil(connection, 1, fatima(school))
    for each in (ruling, no):
        value = f"{fatima(school)}:{each.key.kind}:{each.key.number}"
        told = school.press(OLU, before, "Recorded in error", near="Import", value=Forged(value), sight=Sight.AS_SHOWN)
        assert "The headteacher has decided on this" in told.text
    asked: Any = school.press(HANA, seen(school, HANA), "Recorded in error", near="Headteacher's decision").view
    assert "Twitter/X: ⚠️ disputed" in asked.text
    assert "Struck out." in school.submit(HANA, asked, {"What was wrong": "Ruled on the wrong child."}).text
    assert "Parents disagree" in school.home(HANA).text


def test_a_dispute_that_was_none_is_over_and_a_no_after_it_is_no_withdrawal(school: School) -> None:
    """What was struck out counts for nothing anywhere: not on Home, not for what a parent once agreed to."""
    record(
        school, {**BY_PHONE, "Who decided": "Piet van Dijk", "Who is this": "Father", EVERYTHING: "No, or withdrawn"}
    )
    record(school, {**ON_PAPER, "Twitter/X": "Yes: photo and video"})
    assert "Parents disagree" in school.home(HANA).text
    asked: Any = school.press(OLU, seen(school), "Recorded in error", near="Spoken").view
    school.submit(OLU, asked, {"What was wrong": TYPED})
    assert "Parents disagree" not in school.home(HANA).text
    assert "Letter received" not in school.home(OLU).text


def test_a_letter_is_not_received_for_what_was_struck_out(school: School) -> None:
    record(school, {**BY_PHONE, "Twitter/X": "No, or withdrawn"})
    home = school.home(OLU)
    asked: Any = school.press(OLU, seen(school), "Recorded in error", near="Spoken").view
    school.submit(OLU, asked, {"What was wrong": TYPED})
    told = school.press(OLU, home, "Letter received", sight=Sight.AS_SHOWN)
    assert "struck out as recorded in error" in told.text
    assert "ledger.paper_received" not in trail(school)


def test_an_import_struck_out_for_one_child_comes_again_with_the_next_file(school: School) -> None:
    asked: Any = school.press(OLU, seen(school), "Recorded in error", near="Import").view
    school.submit(OLU, asked, {"What was wrong": "The file was last year's."})
    assert stands(school, FATIMA)["twitter", Media.PHOTO] is State.NOT_RECORDED
    assert stands(school, "Jack McKenzie")["press", Media.PHOTO] is State.YES  # of the same import
    assert FATIMA in school.press(OLU, school.home(OLU), "See who").text
    assert roll_import.apply(acting(school, OLU), "roll.csv", ROLL).decisions
    assert stands(school, FATIMA)["twitter", Media.PHOTO] is State.YES


def test_the_database_weighs_as_the_rules_do_on_every_day(school: School) -> None:
    """The look-up's own statement and the rules, which the history goes by, agree whatever was struck out."""
    from bot.rules.consent import undo as rules

    record(school, {**ON_PAPER, "Twitter/X": "No, or withdrawn", "From which day": "2026-11-10"})
    record(school, {**BY_PHONE, "Who decided": "Piet van Dijk", EVERYTHING: "No, or withdrawn"})
    ledger.set_flag(acting(school, HANA), fatima(school), raised=True, reasons="For a while.")
    ledger.set_flag(acting(school, HANA), fatima(school), raised=False, reasons="No longer.")
    pupil_id = fatima(school)

    def agree() -> None:
        with school.database.read() as connection:
            every = history.of_pupil(connection, 1, pupil_id)
            on_roll = history.on_roll(connection, 1, pupil_id)
            for day in (date(2026, 10, 1), date(2026, 11, 12), date(2026, 11, 23), date(2026, 12, 1)):
                there, decided = ledger_storage.standing(connection, 1, [pupil_id], day)[pupil_id]
                several = ledger_storage.standing(connection, 1, [pupil_id, pupil_id + 1], day)[pupil_id]
                assert (there, sorted(decided)) == (several[0], sorted(several[1]))
                weighed, counting = rules.standing(every, on_roll, day)
                assert (there, sorted(decided)) == (weighed, sorted(counting))

    with school.database.read() as connection:
        every = history.of_pupil(connection, 1, pupil_id)
    agree()
    for each in every:
        newest = undo.entry(acting(school, HANA), pupil_id, each.key).record.newest
        undo.strike_out(acting(school, HANA), pupil_id, each.key, TYPED, shown_until=newest)
        agree()
    assert set(stands(school, FATIMA).values()) == {State.NOT_RECORDED}


# ── leavers ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.policy("4.1")
def test_a_child_who_never_left_is_back_on_the_roll(school: School) -> None:
    done = school.submit(OLU, sent(school, sample(lambda rows: rows.pop(0))))
    before = answer(school)
    asked: Any = school.press(OLU, done, "Who has left?")
    left = school.submit(OLU, asked, {"Have left": [FATIMA], "Last day": "2026-11-20"})
    assert f"*Do not include* {FATIMA}" in answer(school)
    why: Any = school.press(OLU, left.view, "Undo").view
    assert FATIMA in why.text
    assert school.submit(OLU, why, {"What was wrong": "…"}).error_texts
    assert "One child is on the roll again" in school.submit(OLU, why, {"What was wrong": "She was ill."}).text
    assert answer(school) == before
    (missing,) = roll_import.leavers(acting(school, OLU))
    assert (missing.name, missing.since) == (FATIMA, date(2026, 11, 23))  # as it was before
    with pytest.raises(Conflict, match="struck out already"):
        undo.strike_out_leavers(acting(school, HANA), [1], "She was ill.")
    school.deliver()
    assert school.people.message(HANA.user_id, TOLD)
    told = seen(school).text
    assert "Last day on the roll" in told
    assert "She was ill." in told


def test_a_leaver_is_struck_out_in_the_history_later_but_not_over_a_newer_file(school: School) -> None:
    olu, pupil_id = acting(school, OLU), fatima(school)
    roll_import.apply(olu, "roll.csv", sample(lambda rows: rows.pop(0)))
    school.clock.forward(minutes=1)
    (number,) = roll_import.confirm_leavers(olu, [pupil_id], date(2026, 11, 20))
    school.clock.forward(days=3)
    asked: Any = school.press(OLU, seen(school), "Recorded in error", near="Last day on the roll").view
    assert "keeps Fatima van Dijk out of pictures" in asked.text
    with school.database.begin() as connection:
        imports.change_pupils(connection, 1, [(pupil_id, {"left_on": date(2026, 11, 19)})])
    refused = school.submit(OLU, asked, {"What was wrong": TYPED})
    assert "A newer file" in str(refused.error_texts)
    with school.database.begin() as connection:
        imports.change_pupils(connection, 1, [(pupil_id, {"left_on": date(2026, 11, 20)})])
    assert "Struck out." in school.submit(OLU, asked, {"What was wrong": TYPED}).text
    assert stands(school, FATIMA)["twitter", Media.PHOTO] is State.YES
    assert EntryKey(EntryKind.LEFT, number) == newest_key(school)
