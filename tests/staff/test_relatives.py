"""Relatives at school: declared by each, seen by nobody else, and kept from what concerns them (§7.5; KCSIE)."""

import pytest
from sqlalchemy import select

from bot.errors import NotFound
from bot.services import content, overview
from bot.services.access import requests
from bot.services.filter import register
from bot.services.records import ANY_BUTTON
from storage import audit
from storage.people.relatives import relative
from tests.access.test_access import YES, ask, decide
from tests.content.test_content import DONE, inbox, report
from tests.front.test_search import opened as records_opened
from tests.people import ANN, BEN, COL, DEV, HANA, OLU, STAFF, Someone
from tests.school import School, acting
from tests.slack.people import Answer, Sight
from tests.slack.views import View

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys

PUPIL = "Jamie Nowak"


def window(school: School, who: Someone) -> View:
    view = school.press(who, school.more(who), "My relatives").view
    assert view is not None
    return view


def declare(school: School, who: Someone, **entries: str) -> Answer:
    answer = school.submit(who, window(school, who), entries)
    school.deliver()
    return answer


def reported(school: School, individual: str) -> Answer:
    return report(school, ANN, "A pupil", **{"Name of individual": individual})


def shown(answer: Answer) -> str:
    assert answer.view is not None
    return answer.view.text


@pytest.mark.databases("sqlite", "postgresql")
def test_each_sees_their_own_and_nobody_elses(school: School) -> None:
    assert "Your list is empty" in window(school, HANA).text
    assert "*Dev Mistry*" in shown(declare(school, HANA, **{"A colleague": DEV.name}))
    assert f"*{PUPIL}, 3B* (pupil)" in shown(declare(school, HANA, **{"Or a pupil": "jamie  NOWAK"}))
    for other in (DEV, OLU, COL, ANN):
        assert "Your list is empty" in window(school, other).text
        assert "relative" not in inbox(school, other)
    ended = school.press(HANA, window(school, HANA), "Take off", near="Dev Mistry").view
    assert ended is not None
    assert "Dev Mistry" not in ended.text
    assert PUPIL in window(school, HANA).text
    with school.database.read() as connection:
        rows = connection.execute(select(relative.c.until).order_by(relative.c.id)).scalars().all()
        trail = str(audit.entries(connection, 1))
    assert [until is None for until in rows] == [False, True]  # appended, and ended
    assert "relatives.declared" in trail
    assert PUPIL not in trail
    assert DEV.name not in trail


@pytest.mark.parametrize(
    ("entries", "field"),
    [
        ({}, "colleague"),
        ({"Or a pupil": "Nobody Atall"}, "name"),
        ({"Or a pupil": "Jamie"}, "name"),
        ({"Or a pupil": PUPIL, "The pupil's class": "6A"}, "class"),
    ],
)
def test_a_slip_is_told_under_its_field_and_nobody_is_guessed(
    school: School, entries: dict[str, str], field: str
) -> None:
    assert set(declare(school, HANA, **entries).errors) == {field}
    assert "Your list is empty" in window(school, HANA).text


def test_whoever_is_related_to_the_pupil_does_not_deal_with_the_report(school: School) -> None:
    declare(school, HANA, **{"Or a pupil": PUPIL})
    assert "It waits for Dev Mistry" in shown(reported(school, f"{PUPIL}, 3B"))
    assert "CR-4526" not in inbox(school, HANA) + school.home(HANA).text + records_opened(school, HANA).text
    assert inbox(school, HANA) == ""  # not even that there is something which is not for her
    counted = overview.get(acting(school, DEV)).reports  # for nobody, as Hana reads it too
    assert sum(times.came for times in counted) == 0
    with pytest.raises(NotFound):
        content.DESK.get(acting(school, HANA), 4526, ANY_BUTTON)
    assert content.DESK.get(acting(school, DEV), 4526, ANY_BUTTON).form.head_told_at is None
    for other in STAFF:
        if other is not HANA:
            assert "relative" not in inbox(school, other)


@pytest.mark.databases("sqlite", "postgresql")
def test_a_relative_declared_later_takes_the_messages_back_and_the_next_is_told(school: School) -> None:
    reported(school, PUPIL)
    letter = school.people.message(HANA.user_id, "CR-4526 waits for you")
    declare(school, HANA, **{"Or a pupil": PUPIL})
    assert "There is nothing here for you any more" in inbox(school, HANA)
    assert "CR-4526" not in inbox(school, HANA)
    assert (
        "There is no such report of yours" in school.press(HANA, letter, "Open and complete", sight=Sight.AS_SHOWN).text
    )
    waits = school.people.message(DEV.user_id, "CR-4526 waits for you")
    school.submit(DEV, school.press(DEV, waits, "Open and complete").view, {**DONE, "Signature": DEV.name})
    # Taken off the list again, she is in line as before.
    school.press(HANA, window(school, HANA), "Take off", near=PUPIL)
    assert content.completion(content.DESK.get(acting(school, HANA), 4526, ANY_BUTTON)) is not None


def test_a_relative_declared_after_a_decision_changes_no_decision(school: School) -> None:
    reported(school, PUPIL)
    form = school.press(HANA, school.people.message(HANA.user_id, "CR-4526 waits"), "Open and complete").view
    school.submit(HANA, form, DONE)
    school.deliver()
    declare(school, HANA, **{"Or a pupil": PUPIL})
    assert "CR-4526" not in inbox(school, HANA) + records_opened(school, HANA).text
    done = content.completion(content.DESK.get(acting(school, ANN), 4526))
    assert done is not None
    assert done.signature == HANA.name


@pytest.mark.policy("7.5")
def test_nobody_decides_what_a_relative_asks_for(school: School) -> None:
    declare(school, HANA, **{"A colleague": ANN.name})
    assert "It waits for Dev Mistry" in shown(ask(school))
    assert "waits for you" not in inbox(school, HANA)
    # What was asked is no secret from the headteacher; only the decision is another's.
    assert not requests.DESK.get(acting(school, HANA), 1).may
    decide(school, DEV, "Approve", {**YES, "Signature": DEV.name})
    assert "AR-1: approved" in inbox(school, ANN)
    ask(school, BEN)
    assert "AR-2 waits for you" in inbox(school, HANA)


def test_where_everybody_in_a_line_is_barred_the_form_says_so_and_a_report_is_kept(school: School) -> None:
    for someone in (HANA, DEV, COL):
        declare(school, someone, **{"A colleague": ANN.name})
    form = school.command(ANN, "/request-access").view
    from tests.access.test_access import FORM

    refused = school.submit(ANN, form, FORM)
    assert "Nobody at the school can decide this at present" in refused.text + str(refused.body)
    told = shown(report(school))
    assert "01632 960 001" in told  # whom to speak to instead: the local authority's designated officer


def test_a_report_of_ones_own_relative_stays_ones_own_word(school: School) -> None:
    declare(school, ANN, **{"Or a pupil": PUPIL})
    reported(school, PUPIL)
    assert "A violent game." in content.DESK.get(acting(school, ANN), 4526, ANY_BUTTON).form.nature


@pytest.mark.databases("sqlite", "postgresql")
def test_no_line_of_the_filter_tells_a_relative_who_reads_its_list(school: School) -> None:
    declare(school, OLU, **{"Or a pupil": PUPIL})
    reported(school, f"{PUPIL}, 3B")
    record = school.press(HANA, school.people.message(HANA.user_id, "CR-4526 waits"), "Open and complete").view
    assert record is not None
    assert "Somebody who must not know of this report can read that list" in record.text
    school.submit(HANA, record, DONE)
    school.deliver()
    assert [entry.entry for entry in register.overview(acting(school, OLU)).to_do] == []


def test_a_line_that_is_there_already_is_in_no_figure_once_a_reader_must_not_know_why(school: School) -> None:
    reported(school, f"{PUPIL}, 3B")
    record = school.press(HANA, school.people.message(HANA.user_id, "CR-4526 waits"), "Open and complete").view
    school.submit(HANA, record, DONE)
    assert overview.get(acting(school, DEV)).filter.waiting > 0
    declare(school, COL, **{"Or a pupil": PUPIL})
    assert overview.get(acting(school, DEV)).filter.waiting == 0
