"""Reporting inappropriate content: the right people learn of it, and nobody else (§5.5, 6.7, 7.3; KCSIE; UKCIS)."""

import pytest
from sqlalchemy import select

from bot.rules.content import PROCEDURES
from bot.services import content, record_turns
from bot.services.school.people import identify
from handlers.slack import windows
from storage import audit, records
from storage import content as storage
from storage.spine.record_texts import record_text
from tests.access.test_access import split_roles
from tests.people import ANN, BEN, COL, DEV, HANA, OLU, OZ, STAFF, Someone
from tests.reminders.test_reminders import at
from tests.school import School, context_of
from tests.slack.people import Answer, Forged, Sight

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys

FORM = {
    "Full URL(s)": "https://bad.example/game\nhttps://worse.example/clip",
    "Nature of inappropriate content": "A violent game.",
}
NOT_ILLEGAL = "No"
DONE = {"Action taken": "Asked for both sites to be blocked; spoke to the class.", "Signature": "Hana Rees"}


def report(
    school: School, who: Someone = ANN, about: str = "A pupil", *, meant: str | list[str] = "Yes", **changes: str
) -> Answer:
    """Report something. `meant`: the answer where a name on the form may be a colleague's, and is asked about."""
    first = school.command(who, "/report-content").view
    form = school.submit(who, first, {"Could it be": NOT_ILLEGAL, "Who is this about": about}).view
    assert form is not None
    if "Which colleague" in form.text:
        form = school.submit(who, form, {"Or": "Somebody who is not in this list"}).view
    answer = school.submit(who, form, {**FORM, **changes})
    if answer.view and "Do you mean" in answer.view.text:
        answer = school.submit(who, answer.view, {"Do you mean": meant})
    school.deliver()
    return answer


def shown(answer: Answer) -> str:
    assert answer.view is not None
    return answer.view.text


def inbox(school: School, who: Someone) -> str:
    return "\n".join(message.text for message in school.people.inbox(who.user_id))


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.policy("5.5")
def test_ann_reports_hana_completes_and_signs(school: School) -> None:
    assert "CR-4526 is on its way.* It waits for Hana Rees" in shown(report(school))
    letter = school.people.message(HANA.user_id, "CR-4526 waits for you")
    assert "bad.example" not in letter.text + letter.fallback
    assert "violent" not in letter.text
    record = school.press(HANA, letter, "Open and complete").view
    assert record is not None
    for told in ("https://bad.example/game", "https://worse.example/clip", "A violent game.", "not known"):
        assert told in record.text
    wrong = school.submit(HANA, record, {"Action taken": ".", "Signature": "Ann Teacher"})
    assert set(wrong.errors) == {"action", "signature"}
    done = school.submit(HANA, record, DONE)
    assert "CR-4526: dealt with" in shown(done)
    school.deliver()
    assert "Your report CR-4526: dealt with" in inbox(school, ANN)
    assert "The filter is yours to change" in inbox(school, HANA)
    seen = school.press(ANN, school.people.message(ANN.user_id, "CR-4526"), "Open").view
    assert seen is not None
    assert "Signed: Hana Rees" in seen.text


@pytest.mark.policy("5.5", "6.7")
def test_where_another_is_the_coordinator_the_head_is_told_too(school: School) -> None:
    split_roles(school)
    assert "It waits for Dev Mistry" in shown(report(school))
    told = school.people.message(HANA.user_id, "CR-4526")
    assert "waits for you" not in told.text
    seen = school.press(HANA, told, "Open").view
    assert seen is not None
    assert "A violent game." in seen.text
    assert "CR-4526" not in inbox(school, COL)


def test_perhaps_illegal_stops_at_once_and_keeps_nothing(school: School) -> None:
    first = school.command(ANN, "/report-content").view
    stop = school.submit(ANN, first, {"Could it be": "Yes, or I am not sure", "Who is this about": "A pupil"})
    assert "Do not look at it again" in shown(stop)
    assert "Speak *now*, in person or by phone, to Hana Rees" in shown(stop)
    assert "report.iwf.org.uk" in shown(stop)
    school.deliver()
    assert "urgent: open it now and speak to whoever reported it" in inbox(school, HANA)
    with school.database.read() as connection:
        row = connection.execute(select(storage.content_form)).one()
        assert row.urls == []
        assert connection.execute(select(record_text)).all() == []


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.policy("6.7")
def test_a_report_about_the_head_goes_to_the_chair_and_the_head_learns_nothing(school: School) -> None:
    assert "It waits for Col Evans" in shown(report(school, about="The headteacher"))
    letter = school.people.message(COL.user_id, "CR-4526 waits for you")
    assert inbox(school, HANA) == ""
    assert "CR-4526" not in school.home(HANA).text
    for button in ("Open and complete",):
        peek = school.press(HANA, letter, button, sight=Sight.FORGED)
        assert "violent" not in peek.text + (peek.view.text if peek.view else "")
    hana = identify(
        school.database, school.clock, school.bot.router.directory.user, team_id="T0SCHOOL", slack_user=HANA.user_id
    )
    with context_of(school, hana).look() as tx:
        assert record_turns.waiting(tx, PROCEDURES, hana.person, content.DESK.opens) == ()
    record = school.press(COL, letter, "Open and complete").view
    done = school.submit(COL, record, {"Action taken": "Advice taken from the LADO.", "Signature": "Col Evans"})
    assert "dealt with" in shown(done)
    school.deliver()
    assert inbox(school, HANA) == ""


def test_a_report_about_head_and_chair_shows_the_designated_officer(school: School) -> None:
    told = shown(report(school, about="The headteacher and the chair of governors"))
    assert "Nobody at the school is told" in told
    assert "01632 960 001" in told
    for someone in STAFF:
        if someone is not ANN:
            assert inbox(school, someone) == ""


def test_the_heads_own_report_goes_to_the_deputy(school: School) -> None:
    assert "It waits for Dev Mistry" in shown(report(school, HANA))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"Full URL(s)": "no address at all"}, "urls"),
        ({"Full URL(s)": " ".join(f"https://n{n}.example/" for n in range(40))}, "urls"),
        ({"Full URL(s)": "javascript:alert(1)"}, "urls"),
        ({"Nature of inappropriate content": "…"}, "nature"),
    ],
)
def test_a_slip_is_told_under_its_field(school: School, changes: dict[str, str], field: str) -> None:
    answer = report(school, ANN, "A pupil", **changes)
    assert [*map(windows.name, answer.errors)] == [field]
    with school.database.read() as connection:
        assert connection.execute(select(records.record)).all() == []


@pytest.mark.databases("sqlite", "postgresql")
def test_the_same_form_twice_makes_one_report(school: School) -> None:
    sent = report(school)
    assert "CR-4526" in str(school.people.again(sent).body)
    with school.database.read() as connection:
        assert [action for action, _ in audit.entries(connection, 1)].count("content.reported") == 1


@pytest.mark.databases("sqlite", "postgresql")
def test_others_and_outsiders_see_nothing(school: School) -> None:
    report(school)
    letter = school.people.message(ANN.user_id, "CR-4526")
    for someone in (BEN, DEV, COL):
        peek = school.press(someone, letter, "Open", sight=Sight.FORGED)
        assert "violent" not in peek.text + (peek.view.text if peek.view else "")
    for value in ("2", "x", ""):
        assert "violent" not in school.press(ANN, letter, "Open", value=Forged(value)).text
    assert "own staff" in school.command(OZ, "/report-content", channel=None).text


@pytest.mark.databases("sqlite", "postgresql")
def test_it_is_completed_once(school: School) -> None:
    report(school)
    record = school.press(HANA, school.people.message(HANA.user_id, "CR-4526"), "Open and complete").view
    school.submit(HANA, record, DONE)
    late = school.submit(HANA, record, {**DONE, "Action taken": "Something else."}, sight=Sight.AS_SHOWN)
    assert "completed by now" in str(late.body)


def test_if_the_chair_has_left_a_report_about_the_head_goes_to_nobody_else(school: School) -> None:
    school.slack.change_user(COL.user_id, deleted=True)
    report(school, about="The headteacher")
    for someone in STAFF:
        if someone not in (ANN, COL):
            assert inbox(school, someone) == ""


def test_what_waits_for_two_school_days_is_in_the_mornings_digest_of_those_who_complete_it(school: School) -> None:
    report(school)
    report(school, about="The headteacher")
    at(school, 2026, 11, 25, 8, 0)
    school.tick()
    assert "CR-4526 waits for you*, since Mon 23 Nov 2026" in inbox(school, HANA)
    assert "CR-5417 waits for you*" in inbox(school, COL)
    at(school, 2027, 1, 15, 9, 0)  # long overdue: still nothing of it for whom it is about
    school.tick()
    assert "CR-5417" not in inbox(school, HANA) + school.home(HANA).text + inbox(school, DEV)


def test_a_report_about_the_head_stays_unknown_to_her_while_the_chair_is_on_leave(school: School) -> None:
    report(school, about="The headteacher")
    away = school.press(OLU, school.more(OLU), "Who is away?").view
    school.submit(OLU, away, {"Colleague who is away": COL.name, "First day": "2026-11-23"})
    at(school, 2026, 12, 15, 9, 0)
    school.tick()
    assert "CR-4526" not in inbox(school, HANA) + school.home(HANA).text


def test_while_all_who_complete_it_are_on_leave_the_next_in_line_does(school: School) -> None:
    away = school.press(OLU, school.more(OLU), "Who is away?").view
    school.submit(OLU, away, {"Colleague who is away": HANA.name, "First day": "2026-11-23"})
    report(school)  # came in while she was away
    at(school, 2026, 11, 25, 8, 0)
    school.tick()
    assert "CR-4526" not in inbox(school, COL)
    digest = school.people.message(DEV.user_id, "CR-4526 waits for you*")
    record = school.press(DEV, digest, "Open").view
    done = school.submit(DEV, record, {**DONE, "Signature": DEV.name})
    assert "CR-4526: dealt with" in shown(done)


def test_nobody_stands_in_for_whom_a_report_must_be_kept_from(school: School) -> None:
    away = school.press(OLU, school.more(OLU), "Who is away?").view
    school.submit(OLU, away, {"Colleague who is away": HANA.name, "First day": "2026-11-23"})
    report(school, ANN, **{"Name of individual": DEV.name})
    report(school, DEV)
    at(school, 2026, 11, 25, 8, 0)
    school.tick()
    for number in (4526, 5417):
        assert f"CR-{number} waits for you*" in inbox(school, COL)
        assert f"CR-{number} waits for you*" not in inbox(school, DEV)
    assert "CR-4526" not in inbox(school, DEV) + school.home(DEV).text


def test_what_was_done_is_shown_in_full(school: School) -> None:
    report(school, ANN, **{"Nature of inappropriate content": "A <game> & more. " * 170 + "That was it."})
    record = school.press(HANA, school.people.message(HANA.user_id, "CR-4526 waits"), "Open and complete").view
    view = school.submit(HANA, record, {**DONE, "Action taken": "R&D <b> & " * 290 + "done"}).view
    assert view is not None
    assert "& more. That was it." in view.text
    assert "& done\nSigned: Hana Rees" in view.text
