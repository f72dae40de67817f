"""The training register: due, recorded, done; an INSET day at once; refreshers; the export (§9)."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from bot.errors import BadInput, Refused
from bot.rules.reminders.stages import Item
from bot.school_file import SchoolFile
from bot.services.school import setting_up as school_service
from bot.services.training import completions, due
from bot.services.training import register as training_register
from storage import audit
from storage import school as school_storage
from storage.people import people
from storage.training import completions as storage
from tests.people import ANN, BEN, CARA, COL, GUS, HANA, OLU, OZ, PRIYA, Someone
from tests.school import School, acting
from tests.slack.people import Answer, Forged, Sight
from tests.slack.views import View

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys

REFRESHER, INDUCTION = "Online safety refresher", "Social Media Policy induction"
LESSON, AT_RISK = "Pupils' annual E-Safety lesson", "Identifying pupils at risk"
BOOST = {"Done on": "2026-11-20", "Provider": "Boost, online"}


def window(school: School, who: Someone, text: str = "") -> View:
    opened = school.command(who, "/training", text).view
    assert opened
    return opened


def record(school: School, who: Someone, near: str, entries: dict[str, Any] | None = None) -> Answer:
    form = school.press(who, window(school, who), "Record", near=near).view
    return school.submit(who, form, {**BOOST, **(entries or {})})


def register(school: School, who: Someone) -> View:
    shown = school.press(who, window(school, who), "The school's training").view
    assert shown
    return shown


def shown(answer: Answer) -> str:
    assert answer.view
    return answer.view.text


def items(school: School, who: Someone) -> list[Item]:
    with school.context().begin() as tx:
        person = people.by_email(tx.connection, tx.school_id, who.email)
        assert person
        return [each for each in due.due_items(tx) if each.person_id == person.person_id]


def trail(school: School) -> list[str]:
    with school.database.read() as connection:
        return [action for action, _ in audit.entries(connection, 1) if action.startswith("training.")]


def entries(school: School) -> list[storage.Entry]:
    with school.database.read() as connection:
        return storage.entries(connection, 1)


def set_up(school: School, change: Callable[[dict[str, Any]], object]) -> tuple[str, ...]:
    """Change school.toml and set the school up again; return what that told."""
    with school.database.read() as connection:
        found = school_storage.by_team(connection, "T0SCHOOL")
    assert found
    settings: dict[str, Any] = json.loads(json.dumps(found[1]))
    change(settings)
    holders = SchoolFile.model_validate(settings).holders()
    return school_service.set_up(school.database, school.clock(), settings, holders, None).changes


# ── my training ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.policy("2.2", "9.3")
def test_cara_is_late_with_her_refresher_records_it_and_is_late_no_more(school: School) -> None:
    assert f"⏳ *{REFRESHER}*\nDue Wed 23 Dec 2026. Nothing recorded yet." in window(school, CARA).text
    school.clock.forward(days=42)  # Monday 4 January
    (item,) = [each for each in items(school, CARA) if each.key == "training-online-safety"]
    assert (item.stage.name, item.stage.overdue_days, item.stage.escalated) == ("overdue-1", 12, False)
    assert (item.action, item.value, item.words["training"]) == ("training.done", "online-safety", REFRESHER)
    opened = window(school, CARA)
    assert f"⚠️ *{REFRESHER}*\nOverdue since Wed 23 Dec 2026." in opened.text
    home = school.home(CARA).text  # induction, refresher, at-risk, her class's lesson
    assert home.count("overdue (due") == 3
    assert "1 more is due" in home
    form = school.press(CARA, opened := window(school, CARA), "Record", near=REFRESHER).view
    done = school.submit(CARA, form, {"Done on": "2027-01-04", "Provider": "Boost, online"})
    assert f"✅ *{REFRESHER}*: done on Mon 4 Jan 2027. Next due Tue 4 Jan 2028." in shown(done)
    below = school.people.now(opened)  # the window below shows it too
    assert f"✅ *{REFRESHER}*\nDone on Mon 4 Jan 2027. Next due Tue 4 Jan 2028." in below.text
    assert "training-online-safety" not in {each.key for each in items(school, CARA)}
    home = school.home(CARA).text
    assert home.count("overdue (due") == 3
    assert "due\n" not in home
    assert trail(school) == ["training.recorded"]


@pytest.mark.policy("9.2")
def test_ben_joined_in_september_so_his_induction_is_overdue_and_goes_to_the_head(school: School) -> None:
    assert f"⚠️ *{INDUCTION}*\nOverdue since Wed 16 Sep 2026." in window(school, BEN).text
    (item,) = [each for each in items(school, BEN) if each.key == "training-induction"]
    assert item.stage.escalated
    record(school, BEN, INDUCTION, {"Done on": "2026-09-04", "Provider": "Hana Rees"})
    assert f"✅ *{INDUCTION}*\nDone on Fri 4 Sep 2026." in window(school, BEN).text


def test_nobody_is_chased_for_an_induction_of_long_ago(school: School) -> None:
    assert f"➖ *{INDUCTION}*" in window(school, ANN).text
    assert "training-induction" not in {each.key for each in items(school, ANN)}


@pytest.mark.policy("9.1")
def test_whoever_teaches_a_class_is_asked_to_learn_who_may_be_at_risk(school: School) -> None:
    assert f"⏳ *{AT_RISK}*\nDue Wed 23 Dec 2026. Nothing recorded yet." in window(school, ANN).text
    assert AT_RISK not in window(school, OLU).text  # the office teaches nobody
    record(school, ANN, AT_RISK)
    assert f"✅ *{AT_RISK}*\nDone on Fri 20 Nov 2026." in window(school, ANN).text


@pytest.mark.parametrize(
    ("who", "day", "told"),
    [
        (ANN, "2026-11-24", "That day is still to come"),
        (ANN, "1987-05-05", "before 1990"),
        (BEN, "2026-09-01", "before the first day at this school"),
    ],
)
def test_a_day_that_cannot_be_is_told_under_the_field(school: School, who: Someone, day: str, told: str) -> None:
    answer = record(school, who, REFRESHER, {"Done on": day, "Provider": "…"})
    assert set(answer.errors) == {"done_on", "provider"}
    assert told in answer.errors["done_on"]
    assert entries(school) == []


@pytest.mark.databases("sqlite", "postgresql")
def test_a_form_delivered_twice_records_once(school: School) -> None:
    sent = record(school, ANN, REFRESHER)
    assert "done on Fri 20 Nov 2026" in str(school.people.again(sent).body)
    assert len(entries(school)) == 1


@pytest.mark.policy("2.4", "8.9")
def test_the_button_of_a_reminder_leads_to_the_form(school: School) -> None:
    """The reminder engine takes the button's name and value from the item."""
    school.clock.forward(days=1)
    (item,) = [each for each in items(school, ANN) if "class" in each.key]
    assert (item.action, item.value) == ("training.done", "pupil-esafety:3B")
    form = school.press(ANN, school.more(ANN), "My training", forge={"action_id": item.action, "value": item.value})
    assert "3B: Pupils' annual E-Safety lesson" in shown(form)


@pytest.mark.databases("sqlite", "postgresql")
def test_a_correction_is_an_entry_of_its_own(school: School) -> None:
    record(school, ANN, REFRESHER)
    form = school.press(ANN, window(school, ANN), "Correct an entry").view
    wrong = school.submit(ANN, form, {"Really done on": "2026-12-01", "Why": "!"})
    assert set(wrong.errors) == {"done_on", "provider", "why"}
    done = school.submit(ANN, form, {"Really done on": "2026-11-13", "Provider": "Boost", "Why": "A week earlier"})
    assert "done on Fri 13 Nov 2026" in shown(done)
    form = school.press(ANN, window(school, ANN), "Correct an entry").view
    other = school.press(ANN, window(school, ANN), "Correct an entry").view
    done = school.submit(ANN, other, {"Why": "It was another course"})
    assert "no longer counts" in shown(done)
    assert f"⏳ *{REFRESHER}*\nDue Wed 23 Dec 2026. Nothing recorded yet." in window(school, ANN).text
    assert [(each.done_on, each.voids) for each in entries(school)] == [
        (date(2026, 11, 20), None),
        (date(2026, 11, 13), 1),
        (None, 2),
    ]
    late = school.submit(ANN, form, {"Why": "Once more"}, sight=Sight.AS_SHOWN)
    assert "corrected this entry already" in str(late.error_texts) + late.text


def test_an_entry_of_somebody_who_left_meanwhile_is_corrected_without_a_mishap(
    school: School, log: io.StringIO
) -> None:
    record(school, ANN, REFRESHER)
    form = school.press(HANA, window(school, HANA, "Ann"), "Correct an entry").view
    school.slack.change_user(ANN.user_id, deleted=True)
    school.people.event("user_change", user=school.slack.user_object(ANN.user_id))
    done = school.submit(HANA, form, {"Why": "It was another course"})
    assert "no longer counts" in shown(done)
    assert log.getvalue() == ""


def test_what_the_office_recorded_is_not_anns_to_correct(school: School) -> None:
    form = school.press(OLU, window(school, OLU, "Ann"), "Record", near=REFRESHER).view
    school.submit(OLU, form, BOOST)
    told = school.press(ANN, window(school, ANN), "Correct an entry")
    assert "There is no entry here that you can correct" in shown(told)


# ── classes and parents ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.policy("2.4", "6.1", "6.6", "6.8", "8.9", "9.4")
def test_a_lesson_is_recorded_by_the_classs_teacher(school: School) -> None:
    answer = record(school, ANN, LESSON, {"Provider": "PSHE lesson"})
    assert f"✅ *3B: {LESSON}*: done on Fri 20 Nov 2026. Next due Sat 20 Nov 2027." in shown(answer)
    assert "training-pupil-esafety" not in {each.key.rpartition("-class")[0] for each in items(school, ANN)}


def test_another_classs_lesson_is_refused(school: School) -> None:
    opened = window(school, ANN)
    form = school.press(ANN, opened, "Record", value=Forged("pupil-esafety:3H"), near=LESSON).view
    told = school.submit(ANN, form, BOOST)
    assert "the lesson of a class that you teach" in str(told.error_texts)
    assert entries(school) == []


def test_a_class_that_nobody_is_in_is_not_there(school: School) -> None:
    form = school.press(OLU, window(school, OLU), "Record", value=Forged("pupil-esafety:9Z"), near="refresher").view
    assert "No pupil is in that class now" in str(school.submit(OLU, form, BOOST).error_texts)


@pytest.mark.policy("2.3", "6.9", "9.6")
def test_the_parents_session_is_recorded_once_for_the_school(school: School) -> None:
    assert "Parents' E-Safety session" not in window(school, ANN).text
    record(school, HANA, "Parents' E-Safety session", {"Provider": "Police schools officer"})
    assert "✅ *Parents' E-Safety session*" in window(school, OLU).text
    forged = school.press(ANN, window(school, ANN), "Record", value=Forged("parents"), near=REFRESHER).view
    assert "You can record your own training" in str(school.submit(ANN, forged, BOOST).error_texts)


# ── the register ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.databases("sqlite", "postgresql")
def test_the_head_sees_how_many_and_who(school: School) -> None:
    shown_to_head = register(school, HANA)
    assert f"*{INDUCTION}* · everybody who works here" in shown_to_head.text
    assert "⚠️ 1 overdue · ⏳ 1 due · none done yet · ➖ 7 not asked" in shown_to_head.text
    late = school.press(HANA, shown_to_head, "Who is overdue?", near=INDUCTION).view
    assert late
    assert "• Ben Carter, since Wed 16 Sep 2026" in late.text


def test_dpo_and_governors_see_how_many_and_never_who(school: School) -> None:
    for who in (PRIYA, COL):
        seen = register(school, who)
        assert "⚠️ 1 overdue" in seen.text
        assert not {"Who is overdue?", "Record for several", "Start a refresher"} & set(_buttons(seen))
        with pytest.raises(Refused):
            training_register.late(acting(school, who), "induction")
        with pytest.raises(Refused):
            training_register.export(acting(school, who), "csv")


def _buttons(view: View) -> list[str]:
    found = [element for block in view.blocks for element in (*block.get("elements", ()), block.get("accessory") or {})]
    return [each["text"]["text"] for each in found if each.get("type") == "button"]


def test_one_colleague_does_not_see_anothers_record(school: School) -> None:
    record(school, CARA, REFRESHER)
    opened = window(school, ANN, "Cara")  # the name is not heard
    assert "*Your training*" in opened.text
    assert "Cara" not in opened.text
    asked = school.press(ANN, opened, "Correct an entry", value=Forged("person:6"))
    assert "There is no entry here" in shown(asked)
    forged = school.press(
        ANN, window(school, ANN), "Correct an entry", forge={"action_id": "training.person", "value": "6"}
    )
    assert "Fri 20 Nov" not in shown(forged)
    assert "This is for the" in shown(forged)
    with pytest.raises(Refused):
        completions.of_person(acting(school, ANN), 6)


@pytest.mark.databases("sqlite", "postgresql")
def test_the_office_finds_a_colleague_by_name_and_in_the_list(school: School) -> None:
    assert "*Training of Ben Carter*" in window(school, OLU, "ben").text
    assert "Nobody here is called “Zoe”" in window(school, OLU, "Zoe").text
    picked = school.press(OLU, register(school, OLU), "Choose a colleague", "Ben Carter").view
    assert picked
    form = school.press(OLU, picked, "Record", near=REFRESHER).view
    done = school.submit(OLU, form, BOOST)
    assert f"✅ *{REFRESHER}, Ben Carter*: done on Fri 20 Nov 2026." in shown(done)
    assert f"✅ *{REFRESHER}*" in window(school, BEN).text
    assert "training.record_seen" in trail(school)


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.policy("2.2", "9.3")
def test_an_inset_day_is_recorded_at_once_and_a_retry_changes_nothing(school: School) -> None:
    form = school.press(OLU, register(school, OLU), "Record for several").view
    early = school.submit(OLU, form, {"Training": REFRESHER, "Done on": "2026-11-02", "Provider": "In school"})
    assert "Not at the school yet on that day: Cara Singh" in early.errors["done_on"]
    there = ["Ann Teacher", "Ben Carter", "Dev Mistry", "Hana Rees", "Olu Adeyemi"]
    entered = {"Training": REFRESHER, "Done on": "2026-11-02", "Provider": "In school", "Who took part?": there}
    sent = school.submit(OLU, form, entered)
    assert "is recorded for 5 people, done on Mon 2 Nov 2026" in shown(sent)
    again = school.people.again(sent)
    assert "is recorded for 5 people" in str(again.body)
    assert len(entries(school)) == 5
    assert f"✅ *{REFRESHER}*\nDone on Mon 2 Nov 2026." in window(school, ANN).text
    assert f"⏳ *{REFRESHER}*" in window(school, CARA).text
    form = school.press(OLU, register(school, OLU), "Record for several").view
    sent = school.submit(OLU, form, {**entered, "Who took part?": [*there, "Gwen Smith"]})
    assert "recorded for 1 person" in shown(sent)
    assert "recorded for 1 person" in str(school.people.again(sent).body)


def test_everybody_is_ticked_at_first(school: School) -> None:
    form = school.press(HANA, register(school, HANA), "Record for several").view
    sent = school.submit(HANA, form, {"Training": AT_RISK, "Provider": "In school"})
    assert "is recorded for 9 people, done on Mon 23 Nov 2026" in shown(sent)


def test_nobody_ticked_is_told_at_the_boxes(school: School) -> None:
    form = school.press(HANA, register(school, HANA), "Record for several").view
    with pytest.raises(AssertionError, match=r"Who took part\?: is required"):
        school.submit(HANA, form, {"Provider": "In school", "Who took part?": []})
    fields = {"done_on": "2026-11-23", "provider": "In school"}
    with pytest.raises(BadInput) as refused:
        training_register.record_several(acting(school, HANA), "online-safety", [], fields, form_id="x")
    assert set(refused.value.fields) == {"people:0"}


def test_a_kind_that_is_removed_keeps_its_records_and_is_due_no_more(school: School) -> None:
    record(school, BEN, REFRESHER)
    form = school.press(ANN, window(school, ANN), "Record", near=REFRESHER).view
    told = set_up(school, lambda settings: settings["training"].pop(1))
    assert "[[training]] online-safety is not in school.toml any more" in " ".join(told)
    assert REFRESHER not in window(school, BEN).text
    school.clock.forward(days=500)
    assert "training-online-safety" not in {each.key for each in items(school, BEN)}
    late = school.submit(ANN, form, BOOST, sight=Sight.AS_SHOWN)
    assert "no such training any more" in str(late.error_texts) + late.text
    assert f"*{REFRESHER}* · no longer in the school's settings\n1 record kept" in register(school, HANA).text
    rows = list(csv.reader(io.StringIO(training_register.export(acting(school, HANA), "csv").decode("utf-8-sig"))))
    assert [row[:4] for row in rows if row[0] == REFRESHER] == [[REFRESHER, BEN.name, BEN.email, "done"]]


@pytest.mark.databases("sqlite", "postgresql")
def test_a_leaver_is_not_due_and_stays_in_the_export(school: School) -> None:
    record(school, BEN, REFRESHER)
    school.slack.change_user(BEN.user_id, deleted=True)
    school.people.event("user_change", user=school.slack.user_object(BEN.user_id))
    assert items(school, BEN) == []
    assert "Ben Carter" not in shown(school.press(HANA, register(school, HANA), "Record for several"))
    rows = training_register.export(acting(school, HANA), "csv").decode("utf-8-sig")
    assert [line for line in rows.splitlines() if "Ben Carter" in line and "done" in line]
    assert "overdue" not in [row[3] for row in csv.reader(io.StringIO(rows)) if row[1] == "Ben Carter"]


# ── outsiders ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_outsiders_get_nothing(school: School) -> None:
    opened = window(school, HANA)
    for outsider in (OZ, GUS):
        assert "own staff" in school.command(outsider, "/training", channel=None).text
        pressed = school.press(outsider, opened, "The school's training", sight=Sight.FORGED)
        assert "refresher" not in pressed.text + (pressed.view.text if pressed.view else "")
    assert entries(school) == []


def test_the_shortcut_and_home_lead_there(school: School) -> None:
    shortcut = school.shortcut(ANN, "training.form").view
    assert shortcut
    assert "*Your training*" in shortcut.text
    assert "*Your training*" in shown(school.press(ANN, school.more(ANN), "My training"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda kinds: kinds.append({**kinds[0], "name": "Another"}), "called the same"),
        (lambda kinds: kinds.append({**kinds[0], "key": "other"}), "called the same"),
        (lambda kinds: kinds[3].update(due_days_after_joining=3), "for staff and teachers"),
        (lambda kinds: kinds[1].update(every_months=0), "greater than or equal to 1"),
        (lambda kinds: kinds[1].update(audience="pupils"), "audience"),
        (
            lambda kinds: kinds.extend({**kinds[0], "key": f"k{n}", "name": f"Kind {n}"} for n in range(16)),
            "at most 20",
        ),
    ],
)
def test_a_slip_in_the_settings_is_named(
    school: School, change: Callable[[list[dict[str, Any]]], object], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        set_up(school, lambda settings: change(settings["training"]))
