"""Two at the same moment: two people, or one form that Slack delivers twice. Nothing is done twice, nothing breaks."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.context import Context
from bot.rules.content import About
from bot.rules.training import Subject
from bot.services import content
from bot.services.access import requests
from bot.services.filter import register
from bot.services.training import completions, rounds
from storage import audit
from storage.filter import register as storage
from tests.people import ANN, BEN, DEV, HANA
from tests.school import School, acting, at_once

ASKED = {"url": "https://volcano.example/", "content": "A volcano.", "reasons": "Year 3.", "risks": "None: a film."}
REPORTED = {"urls": "https://bad.example/", "nature": "Violent.", "individual": ""}
DONE = {"done_on": "2026-11-20", "provider": "Boost"}


def _block(context: Context, line: str, form_id: str) -> None:
    register.add(context, "blocked", line, reason="Agreed with the governors.", until="", form_id=form_id)


def _record_training(context: Context, form_id: str) -> None:
    kind = next(each for each in context.school.training if each.audience.value == "staff")
    mine = Subject(person_id=context.person.person_id)
    completions.record(context, kind.key, mine, DONE, form_id=form_id)


def _start_round(context: Context, form_id: str) -> None:
    kind = next(each for each in context.school.training if each.audience.value == "staff")
    due_on = str(context.today() + timedelta(days=30))
    rounds.start(context, [kind.key], {"reason": "An incident.", "due_on": due_on}, form_id=form_id)


FORMS: dict[str, Callable[[Context, str], object]] = {
    "a request": lambda context, form: requests.ask(context, ASKED, form_id=form),
    "a report": lambda context, form: content.report(context, About.PUPIL, REPORTED, form_id=form),
    "lines by hand": lambda context, form: _block(context, f"{form}.example", form),
    "training": _record_training,
    "a refresher": _start_round,
}

DONE_AS = {"access.asked", "content.reported", "register.proposed", "training.recorded", "training.refresher_started"}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_delivered_twice_at_once_is_done_once(school: School, form: str) -> None:
    hana, submit = acting(school, HANA), FORMS[form]
    for number in range(5):
        assert at_once(*[lambda: submit(hana, f"v{number}")] * 4) == []  # noqa: B023 - done before the next round
    with school.database.read() as connection:
        trail = Counter(audit.entries(connection, 1))
    assert [times for (action, _), times in trail.items() if action in DONE_AS] == [1] * 5


def own(context: Context) -> str:
    with context.look() as tx:
        return requests.DESK.mine(tx, context.person, 1)[0].name


def test_the_first_records_of_a_school_at_once(school: School) -> None:
    people = [acting(school, who) for who in (ANN, BEN, DEV, HANA)]
    asked = [lambda context=each: requests.ask(context, ASKED, form_id=context.person.name) for each in people]
    assert at_once(*asked) == []
    assert {own(each) for each in people} == {
        "AR-1",
        "AR-2",
        "AR-3",
        "AR-4",
    }


def test_records_of_different_kinds_at_once(school: School) -> None:
    ann, hana = acting(school, ANN), acting(school, HANA)
    for number in range(5):
        acts = [
            lambda: requests.ask(ann, ASKED, form_id=f"A{number}"),  # noqa: B023 - done before the next round
            lambda: content.report(ann, About.PUPIL, REPORTED, form_id=f"C{number}"),  # noqa: B023
            lambda: _block(hana, f"x{number}.example", f"R{number}"),  # noqa: B023
        ]
        assert at_once(*acts) == []


def test_two_people_block_the_same_site_at_once(school: School) -> None:
    hana, dev = acting(school, HANA), acting(school, DEV)
    for number in range(5):
        line = f"x{number}.example"
        acts = [lambda: _block(hana, line, f"H{number}"), lambda: _block(dev, line, f"D{number}")]  # noqa: B023
        assert at_once(*acts) == []
    with school.database.read() as connection:
        entries = [each.entry for each in storage.every(connection, 1) if each.entry.startswith("x")]
    assert sorted(entries) == [f"x{number}.example" for number in range(5)]
