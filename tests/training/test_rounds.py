"""A refresher that was started by mistake is stopped: nothing of it is due any more, and what was done stays (§9.7)."""

import csv
import io
from typing import Any

import pytest

from bot.context import Context
from bot.errors import BadInput, Conflict, NotFound, Refused
from bot.services.training import register as training_register
from bot.services.training import rounds
from storage import audit
from storage.training import rounds as storage
from tests.people import ANN, CARA, COL, DEV, GUS, HANA, OLU, OZ, PRIYA, Someone
from tests.school import School, acting, at_once
from tests.slack.people import Answer, Sight
from tests.slack.views import View
from tests.training.test_proposals import propose
from tests.training.test_training import (
    AT_RISK,
    LESSON,
    REFRESHER,
    items,
    record,
    register,
    set_up,
    shown,
    trail,
    window,
)

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys

ONCE_MORE = {"Reason": "After IN-2", "Due on": "2026-12-04"}
MISTAKEN = {"Reason": "It was the other school's"}


def start(school: School, **fields: Any) -> None:
    form = school.press(HANA, register(school, HANA), "Start a refresher").view
    school.submit(HANA, form, {**ONCE_MORE, **fields})


def stop(school: School, who: Someone, **fields: Any) -> Answer:
    form = school.press(who, register(school, who), "Stop").view
    return school.submit(who, form, {**MISTAKEN, **fields})


def due(school: School, who: Someone) -> set[str]:
    return {each.key for each in items(school, who)}


def running(school: School) -> int:
    with school.database.read() as connection:
        return len(storage.rounds(connection, 1))


@pytest.mark.databases("sqlite", "postgresql")
def test_the_head_stops_a_refresher_and_nobody_is_asked_for_it(school: School) -> None:
    record(school, ANN, REFRESHER)
    school.clock.forward(days=1)
    start(school)
    assert "training-online-safety" in due(school, ANN)
    record(school, CARA, REFRESHER, {"Done on": "2026-11-24"})  # meanwhile, and it stays
    seen = register(school, HANA)
    assert f"🔁 *Refresher, due Fri 4 Dec 2026:* {REFRESHER}, " in seen.text
    assert "Started on Tue 24 Nov 2026 by Hana Rees. Reason: After IN-2" in seen.text
    sent = school.submit(HANA, school.press(HANA, seen, "Stop").view, MISTAKEN)
    assert f"⏹️ *The refresher has been stopped:*\n• {REFRESHER}\n• {AT_RISK}\n" in shown(sent)
    assert "stopped" in str(school.people.again(sent).body)
    below = school.people.now(seen).text  # the register below shows it too
    assert "⏹️ *Refresher, stopped;* it was due Fri 4 Dec 2026" in below
    assert "stopped on Tue 24 Nov 2026 by Hana Rees. Reason: It was the other school's" in below
    assert "training-online-safety" not in due(school, ANN)
    assert f"✅ *{REFRESHER}*\nDone on Fri 20 Nov 2026. Next due Sat 20 Nov 2027." in window(school, ANN).text
    assert f"✅ *{REFRESHER}*\nDone on Tue 24 Nov 2026." in window(school, CARA).text
    assert trail(school).count("training.refresher_stopped") == 4
    assert trail(school).count("training.recorded") == 2
    rows = list(csv.reader(io.StringIO(training_register.export(acting(school, HANA), "csv").decode("utf-8-sig"))))
    assert sum(row[3] == "done" for row in rows) == 2
    with school.database.read() as connection:
        written = " ".join(f"{action} {about}" for action, about in audit.entries(connection, 1))
    assert "other school" not in written


def test_the_mornings_digest_says_that_it_is_settled(school: School) -> None:
    record(school, ANN, REFRESHER)
    school.clock.forward(days=1)
    start(school)
    school.clock.forward(days=1)
    school.tick()
    digest = school.people.message(ANN.user_id, REFRESHER)
    assert "Settled" not in digest.text
    stop(school, HANA)
    school.deliver()
    assert f"✅ Settled: *{REFRESHER}*" in school.people.now(digest).text


def test_one_kind_is_stopped_and_the_others_run_on(school: School) -> None:
    record(school, ANN, REFRESHER)
    school.clock.forward(days=1)
    start(school)
    stop(school, DEV, **{"What is to be": [LESSON]})
    assert "training-online-safety" in due(school, ANN)
    seen = register(school, DEV)
    assert f"⏹️ {LESSON}: stopped on Tue 24 Nov 2026 by Dev Mistry." in seen.text
    form = school.press(DEV, seen, "Stop").view
    assert form
    assert LESSON not in form.text
    school.submit(DEV, form, MISTAKEN)
    assert "🔁" not in register(school, DEV).text
    assert running(school) == 0


def test_head_and_deputy_stop_it_one_after_the_other_and_the_later_one_is_told(school: School) -> None:
    start(school)
    old = register(school, HANA)
    hers = school.press(HANA, old, "Stop").view
    assert hers
    stop(school, DEV)
    late = school.submit(HANA, hers, MISTAKEN, sight=Sight.AS_SHOWN)
    assert "stopped this already" in str(late.error_texts) + late.text
    school.people.close(HANA.user_id, hers)
    again = school.press(HANA, old, "Stop", sight=Sight.AS_SHOWN)
    assert "⏹️ *Refresher, stopped;*" in shown(again)
    assert trail(school).count("training.refresher_stopped") == 4


@pytest.mark.databases("sqlite", "postgresql")
def test_head_and_deputy_stop_it_at_once_and_one_wins(school: School) -> None:
    hana, dev = acting(school, HANA), acting(school, DEV)
    for number in range(5):
        fields = {"reason": "After IN-2", "due_on": "2026-12-04"}
        rounds.start(hana, ["online-safety", "parents"], fields, form_id=f"S{number}")
        found = rounds.shown(hana)[0]
        ids = [each.round_id for each in found.rounds]

        def stops(who: Context, form_id: str, first: int = found.number, ids: list[int] = ids) -> None:
            rounds.stop(who, first, ids, {"reason": "A mistake"}, form_id=form_id)

        acts = [lambda n=number: stops(hana, f"H{n}"), lambda n=number: stops(dev, f"D{n}")]
        (lost,) = at_once(*acts)
        assert isinstance(lost, Conflict)
        assert at_once(*[lambda n=number: stops(hana, f"T{n}")] * 2) != []
    assert trail(school).count("training.refresher_stopped") == 10


@pytest.mark.databases("sqlite", "postgresql")
def test_a_form_delivered_twice_at_once_stops_it_once(school: School) -> None:
    hana = acting(school, HANA)
    rounds.start(hana, ["parents"], {"reason": "IN-2", "due_on": "2026-12-04"}, form_id="S")
    (found,) = rounds.shown(hana)
    ids = [each.round_id for each in found.rounds]
    acts = [lambda: rounds.stop(hana, found.number, ids, {"reason": "A mistake"}, form_id="F")] * 4
    assert at_once(*acts) == []
    assert trail(school).count("training.refresher_stopped") == 1


def test_the_proposal_that_led_to_it_says_so(school: School) -> None:
    propose(school)
    letter = school.people.message(HANA.user_id, "IN-2")
    school.submit(HANA, school.press(HANA, letter, "Start a refresher").view, {"Due on": "2026-12-04"})
    stop(school, HANA, **{"What is to be": [LESSON]})
    school.deliver()
    assert "after IN-2: started.*" in school.people.now(letter).text  # some of it runs on
    stop(school, HANA)
    school.deliver()
    assert "after IN-2: started, and stopped again.*" in school.people.now(letter).text
    assert "proposed" not in register(school, HANA).text


def test_stopping_needs_a_reason_and_something_to_stop(school: School) -> None:
    start(school)
    assert set(stop(school, HANA, Reason="?").errors) == {"reason"}
    with pytest.raises(AssertionError, match=r"What is to be stopped\?: is required"):
        stop(school, HANA, **{"What is to be": []})
    hana = acting(school, HANA)
    (found,) = rounds.shown(hana)
    with pytest.raises(BadInput) as refused:
        rounds.stop(hana, found.number, [], {"reason": "A mistake"}, form_id="x")
    assert set(refused.value.fields) == {"kinds:0"}
    assert running(school) == 4


def test_a_refresher_that_is_not_there_is_not_stopped(school: School) -> None:
    start(school)
    hana = acting(school, HANA)
    with pytest.raises(NotFound):
        rounds.stop(hana, 99, [99], {"reason": "A mistake"}, form_id="x")
    (found,) = rounds.shown(hana)
    with pytest.raises(BadInput):
        rounds.stop(hana, found.number, [99], {"reason": "A mistake"}, form_id="x")
    assert running(school) == 4


def test_only_head_and_deputy_see_and_stop_one(school: School) -> None:
    start(school)
    hers = register(school, HANA)
    number = str(rounds.shown(acting(school, HANA))[0].number)
    for who in (OLU, PRIYA, COL):
        assert "After IN-2" not in register(school, who).text
        forge = {"action_id": "training.stop", "value": number}
        pressed = school.press(who, window(school, who), "Correct an entry", forge=forge)
        assert "This is for the" in shown(pressed)
        with pytest.raises(Refused):
            rounds.stop(acting(school, who), int(number), [int(number)], {"reason": "No"}, form_id="x")
        assert rounds.shown(acting(school, who)) == []
    for outsider in (OZ, GUS):
        pressed = school.press(outsider, hers, "Stop", sight=Sight.FORGED)
        assert "After IN-2" not in pressed.text + (pressed.view.text if pressed.view else "")
    assert running(school) == 4


def test_a_kind_that_left_the_settings_can_be_stopped(school: School) -> None:
    start(school)
    set_up(school, lambda settings: settings["training"].pop(1))
    form: View | None = school.press(HANA, register(school, HANA), "Stop").view
    assert form
    assert REFRESHER in form.text
    school.submit(HANA, form, MISTAKEN)
    assert running(school) == 0
