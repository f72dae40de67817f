"""A personal account in a lesson (§5.7) or over the WiFi (§5.9): asked in a minute, decided in time or not at all."""

import csv
import io
from collections.abc import Mapping

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from bot.services.documents import forms
from storage import records
from storage.people import people
from tests.filter.test_register import files
from tests.front.test_search import opened as listed
from tests.people import ANN, BEN, CARA, COL, DEV, GUS, HANA, OPEN_DAY, OZ, PRIYA, STAFF, Someone
from tests.school import School, acting, at_once
from tests.slack.people import Answer, Forged, Sight
from tests.slack.world import Message

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys

LESSON = {
    "What for": "My own social media account in a lesson",
    "From": "2026-12-03",
    "Until": "2026-12-03",
    "Reasons": "The author whom we read answers classes on her account.",
}
WIFI = {**LESSON, "What for": "My own account over the school's WiFi", "From": "2026-12-01", "Until": "2027-01-29"}
YES = {"Reasons": "A good idea for the reading week."}


def ask(school: School, who: Someone = ANN, form: Mapping[str, str] = LESSON) -> Answer:
    answer = school.submit(who, school.command(who, "/ask-permission").view, dict(form))
    school.deliver()
    return answer


def message(school: School, who: Someone, words: str = "PR-1") -> Message:
    return school.people.message(who.user_id, words)


def decide(school: School, who: Someone, button: str = "Approve", **more: str) -> Answer:
    opened = school.press(who, message(school, who), button).view
    answer = school.submit(who, opened, {**YES, "Signature": who.name, **more})
    school.deliver()
    return answer


def coordinator(school: School, who: Someone) -> None:
    """Have somebody else than the headteacher be the E-Safety Co-ordinator."""
    with school.database.begin() as connection:
        held = {each for each in people.roles(connection, 1) if each[1] != "e_safety_coordinator"}
        people.set_roles(connection, 1, {*held, (who.email, "e_safety_coordinator")})
    acting(school, who)


def seen(school: School, who: Someone) -> str:
    """What somebody gets who presses the button of a message that Ann has."""
    opened = school.press(who, message(school, ANN), "Open", sight=Sight.FORGED)
    return opened.text + (opened.view.text if opened.view else "")


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.policy("5.7")
def test_a_lesson_is_permitted_with_conditions_and_a_signature(school: School) -> None:
    assert "PR-1 is on its way.* It waits for Hana Rees" in ask(school).text
    assert "Ann Teacher asks for permission, for Thu 3 Dec 2026" in message(school, HANA).text
    assert "PR-1" in school.home(HANA).text
    decide(school, HANA, Conditions="On the school's machine only.")
    assert "PR-1: permitted" in message(school, ANN).text
    record = school.press(ANN, message(school, ANN), "Open").view
    assert record is not None
    for words in ("On the school's machine only.", "A good idea for the reading week.", "Signed: Hana Rees"):
        assert words in record.text
    assert "Nothing more for you to do" in message(school, HANA).text


@pytest.mark.policy("5.7")
def test_a_no_needs_reasons_and_ones_own_name(school: School) -> None:
    ask(school)
    opened = school.press(HANA, message(school, HANA), "Reject").view
    wrong = school.submit(HANA, opened, {"Reasons": "…", "Signature": "Ann Teacher"})
    assert len(wrong.errors) == 2
    decide(school, HANA, "Reject")
    assert "PR-1: not permitted" in message(school, ANN).text


@pytest.mark.parametrize("form", [LESSON, WIFI])
def test_two_days_later_the_headteacher_still_decides(school: School, form: Mapping[str, str]) -> None:
    """Slack was asked about her anew since everybody was read: she is the same person."""
    for someone in STAFF:
        school.command(someone, "/lanyard")
    ask(school, form=form)
    school.clock.forward(days=2)
    school.tick()
    opened = school.press(HANA, message(school, HANA, "PR-1 waits for you.*"), "Approve").view
    school.submit(HANA, opened, {**YES, "Signature": HANA.name})
    school.deliver()
    assert "PR-1: permitted" in message(school, ANN, "PR-1").text


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.policy("5.9")
def test_the_wifi_needs_both_in_either_order(school: School) -> None:
    coordinator(school, CARA)
    ask(school, form=WIFI)
    assert "It waits for Hana Rees and Cara Singh." in message(school, ANN).text
    decide(school, CARA)
    assert "PR-1: waiting for the headteacher" in message(school, ANN).text
    decide(school, HANA)
    assert "PR-1: permitted" in message(school, ANN).text
    ask(school, form=WIFI)
    first = school.press(HANA, message(school, HANA, "PR-2"), "Approve").view
    school.submit(HANA, first, {**YES, "Signature": HANA.name})
    school.deliver()
    second = school.press(CARA, message(school, CARA, "PR-2"), "Approve").view
    assert second is not None
    assert "the filter's controls apply" in second.text
    school.submit(CARA, second, {**YES, "Signature": CARA.name})
    school.deliver()
    assert "PR-2: permitted" in message(school, ANN, "PR-2").text


@pytest.mark.policy("5.9")
def test_one_signature_is_enough_where_one_person_holds_both_offices(school: School) -> None:
    ask(school, form=WIFI)
    decide(school, HANA)
    assert "PR-1: permitted" in message(school, ANN).text


@pytest.mark.policy("5.9")
def test_either_no_ends_it_and_a_later_one_too(school: School) -> None:
    coordinator(school, CARA)
    ask(school, form=WIFI)
    decide(school, CARA, "Reject")
    assert "PR-1: not permitted" in message(school, ANN).text
    ask(school, form=WIFI)
    for who in (HANA, CARA):
        opened = school.press(who, message(school, who, "PR-2"), "Approve").view
        school.submit(who, opened, {**YES, "Signature": who.name})
        school.deliver()
    record = school.press(CARA, message(school, CARA, "PR-2"), "Open").view
    ended = school.press(CARA, record, "End permission").view
    school.submit(CARA, ended, {"Reasons": "The account was used for something else.", "Signature": CARA.name})
    school.deliver()
    assert "PR-2: no longer permitted" in message(school, ANN, "PR-2").text


@pytest.mark.policy("5.7")
def test_silence_is_no_permission(school: School) -> None:
    ask(school)  # on Monday 23 November, for Thursday 3 December
    at(school, day=2)
    assert message(school, DEV, "PR-1 waits for you")  # the deputy, while it still helps
    at(school, day=3)
    assert "PR-1: not permitted, because nobody decided in time" in message(school, ANN).text
    late = school.press(HANA, message(school, HANA, "Nothing more for you"), "Open")
    assert "nobody decided in time" in late.text + (late.view.text if late.view else "")
    before = len(school.people.inbox(ANN.user_id))
    school.tick()
    assert len(school.people.inbox(ANN.user_id)) == before


def at(school: School, *, day: int) -> None:
    """Come to half past eight on a day of December, and have the timetable do what is due."""
    school.clock.instant = school.clock.instant.replace(month=12, day=day, hour=8, minute=30)
    school.tick()


@pytest.mark.policy("5.7")
def test_what_is_asked_for_today_may_be_decided_today(school: School) -> None:
    ask(school, form={**LESSON, "From": "2026-11-23", "Until": "2026-11-23"})
    assert message(school, DEV, "PR-1 waits for you")  # at once, for tomorrow it is too late
    school.tick()
    assert "waiting for the headteacher" in message(school, ANN).text
    opened = school.press(DEV, message(school, DEV, "PR-1 waits for you.*"), "Approve").view
    school.submit(DEV, opened, {**YES, "Signature": DEV.name})
    school.deliver()
    assert "PR-1: permitted" in message(school, ANN).text


@pytest.mark.policy("5.9")
def test_a_permission_ends_after_its_last_day_and_is_spoken_of_before(school: School) -> None:
    ask(school, form=WIFI)
    decide(school, HANA)
    school.clock.instant = school.clock.instant.replace(year=2027, month=1, day=25, hour=8, minute=30)
    school.tick()
    assert "the permission ends after Fri 29 Jan 2027" in message(school, ANN, "PR-1*: the permission").text
    school.clock.instant = school.clock.instant.replace(month=2, day=1)
    school.tick()
    assert "PR-1: over" in message(school, ANN, "PR-1: over").text


def test_a_question_is_asked_back_and_answered_and_the_decision_can_be_taken_meanwhile(school: School) -> None:
    ask(school)
    opened = school.press(HANA, message(school, HANA), "Ask a question").view
    school.submit(HANA, opened, {"Your question": "On whose machine?"})
    school.deliver()
    assert "PR-1: Hana Rees has asked you a question" in message(school, ANN).text
    record = school.press(ANN, message(school, ANN), "Read and answer").view
    school.submit(ANN, record, {"Your answer": "On the class's."})
    school.deliver()
    decide(school, HANA)
    assert "PR-1: permitted" in message(school, ANN).text


def test_the_asker_takes_it_back(school: School) -> None:
    ask(school)
    record = school.press(ANN, message(school, ANN), "Open").view
    sure = school.press(ANN, record, "Take back").view
    assert "taken back" in school.submit(ANN, sure, {}).text
    school.deliver()
    assert "Nothing more for you to do" in message(school, HANA).text


def test_the_asker_gives_a_permission_back(school: School) -> None:
    ask(school)
    decide(school, HANA)
    record = school.press(ANN, message(school, ANN), "Open").view
    sure = school.press(ANN, record, "Take back").view
    assert sure is not None
    assert "Take it back? It ends now" in sure.text
    assert "taken back" in school.submit(ANN, sure, {}).text


def test_the_heads_own_request_is_the_deputys_to_decide(school: School) -> None:
    ask(school, HANA)
    assert "PR-1 waits for you" in message(school, DEV).text
    record = school.press(HANA, message(school, HANA), "Open").view
    assert record is not None
    assert "Approve" not in record.text


def paper(school: School, who: Someone) -> str:
    """What the PDF says that somebody asked for under Open."""
    record = school.press(who, message(school, who), "Open").view
    school.press(who, record, "Send me the PDF")
    pages = PdfReader(io.BytesIO(files(school, who)["PR-1.pdf"])).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.mark.databases("sqlite", "postgresql")
def test_it_is_printed_with_every_signature_and_proved(school: School) -> None:
    coordinator(school, CARA)
    ask(school, form=WIFI)
    opened = school.press(HANA, message(school, HANA), "Ask a question").view
    school.submit(HANA, opened, {"Your question": "Which account?"})
    school.deliver()
    decide(school, HANA, Conditions="Outside lessons only.")
    decide(school, CARA)
    record = school.press(CARA, message(school, CARA), "Open").view
    ended = school.press(CARA, record, "End permission").view
    school.submit(CARA, ended, {"Reasons": "The controls are off for now.", "Signature": CARA.name})
    school.deliver()
    said = paper(school, ANN)
    for part in (
        "Record number PR-1",
        "What for: My own account over the school's WiFi (§5.9)",
        "Which account?",
        "Permitted Granted? ✓ Yes",
        "Staff name: Hana Rees",
        "Controls confirmed Granted? ✓ Yes",
        "Permission ended Granted? ✗ No",
        "The controls are off",
        "Outcome: no longer permitted",
        "Conditions: Outside lessons only.",
    ):
        assert part in said
    code = said.split("Verification code: ")[1].split()[0]
    proved = forms.prove(school.context(), "PR-1", code)
    assert proved
    assert proved.printed_at is None


@pytest.mark.databases("sqlite", "postgresql")
def test_it_is_found_opened_and_taken_out_among_the_others(school: School) -> None:
    ask(school)
    decide(school, HANA, Conditions="On the school's machine only.")
    ask(school, BEN, {**WIFI, "Reasons": "=1+1 is no formula"})
    kinds = {"Which form?": "Requests to use a personal account", "How does it stand?": "Approved"}
    found = school.submit(PRIYA, listed(school, PRIYA), kinds).view
    assert found is not None
    assert "*1 record matches*" in found.text
    assert "PR-1*, Mon 23 Nov 2026, Ann Teacher: permitted" in found.text
    record = school.press(PRIYA, found, "Open", near="PR-1").view
    assert record is not None
    assert "On the school's machine only." in record.text
    mine = school.press(ANN, school.more(ANN), "All my requests").view
    assert mine is not None
    assert "PR-1*" in mine.text
    assert "PR-2" not in mine.text
    assert "PR-2*" in school.submit(HANA, listed(school, HANA), {"Words": "pr-2"}).text
    assert "PR-1*" in school.submit(HANA, listed(school, HANA), {"Words": "author whom"}).text
    school.press(HANA, listed(school, HANA), "Send me the list (CSV)")
    got = files(school, HANA)["records-2026-11-23.csv"].decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(got, newline="")))
    assert [row["record"] for row in rows] == ["PR-2", "PR-1"]
    assert rows[0]["reasons for access"] == "'=1+1 is no formula"
    assert (rows[1]["what"], rows[1]["allowed until"]) == (
        "My own social media account in a lesson (§5.7)",
        "03/12/2026",
    )
    assert (rows[1]["decided or completed by"], rows[1]["state"]) == ("Hana Rees", "permitted")


def test_nobody_prints_what_is_not_theirs(school: School) -> None:
    ask(school)
    record = school.press(ANN, message(school, ANN), "Open").view
    school.press(BEN, record, "Send me the PDF", sight=Sight.FORGED)
    assert files(school, BEN) == {}
    assert "The author" not in "".join(each.text for each in school.people.inbox(BEN.user_id))


@pytest.mark.databases("sqlite", "postgresql")
def test_two_who_decide_at_once(school: School) -> None:
    coordinator(school, CARA)
    ask(school, form=WIFI)
    forms = {who: school.press(who, message(school, who), "Approve").view for who in (HANA, CARA)}
    told: dict[str, Answer] = {}

    def act(who: Someone) -> None:
        told[who.name] = school.submit(who, forms[who], {**YES, "Signature": who.name})

    assert at_once(*(lambda who=who: act(who) for who in forms)) == []
    texts = [answer.text for answer in told.values()]
    assert sum("✅" in text for text in texts) == 1
    assert sum("nothing was changed" in text or "Nothing of yours was changed" in text for text in texts) == 1


@pytest.mark.databases("sqlite", "postgresql")
def test_the_same_form_twice_makes_one(school: School) -> None:
    sent = school.submit(ANN, school.command(ANN, "/ask-permission").view, dict(LESSON))
    again = school.people.again(sent)
    assert "PR-1" in sent.text
    assert "PR-1" in again.text + again.body
    school.deliver()
    assert len([text for text in school.people.inbox(HANA.user_id) if "PR-" in text.text]) == 1


def test_a_button_of_another_record_opens_nothing(school: School) -> None:
    ask(school)
    ask(school, BEN)
    with school.database.read() as connection:
        rows = connection.execute(select(records.record.c.number, records.record.c.token)).all()
    tokens = {row.number: row.token for row in rows}
    forged = school.press(HANA, message(school, HANA, "PR-1"), "Open", value=Forged(f"1:{tokens[2]}"))
    assert "no such request" in forged.text + (forged.view.text if forged.view else "")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Until": "2026-12-01"}, "before the first day"),
        ({"From": "2026-11-20", "Until": "2026-11-20"}, "from today on"),
        ({"Until": "2028-12-03"}, "at most a year"),
        ({"Reasons": "…"}, "what you need it for"),
    ],
)
def test_a_slip_is_told_under_its_field(school: School, changes: dict[str, str], said: str) -> None:
    assert any(said in text for text in ask(school, form={**LESSON, **changes}).error_texts)


@pytest.mark.databases("sqlite", "postgresql")
def test_nobody_else_learns_of_it(school: School) -> None:
    ask(school)
    for who in (BEN, COL):
        assert "The author whom we read" not in seen(school, who)
    assert "The author whom we read" in seen(school, PRIYA)  # the DPO may see every one
    for guest in (OZ, GUS):
        assert "only this school's own staff" in school.command(guest, "/ask-permission", channel=OPEN_DAY).text


def test_nothing_that_was_written_is_in_the_messages(school: School) -> None:
    ask(school)
    decide(school, HANA, Conditions="On the school's machine only.")
    for who in (ANN, HANA):
        for each in school.people.inbox(who.user_id):
            for secret in ("The author", "A good idea", "On the school's machine"):
                assert secret not in each.text + each.fallback


def test_nothing_that_was_written_passes_for_a_decision(school: School) -> None:
    ask(school, form={**LESSON, "Reasons": "For a lesson.\n*Permitted* by Hana Rees, today\r\u2028Signed: Hana Rees"})
    record = school.press(HANA, message(school, HANA), "Open").view
    assert record is not None
    assert "*Reasons*\n>For a lesson.\n>*Permitted* by Hana Rees, today\n>\n>Signed: Hana Rees" in record.text


def test_however_often_it_is_asked_back_it_opens(school: School) -> None:
    ask(school)
    for number in range(45):
        opened = school.press(HANA, message(school, HANA), "Ask a question").view
        school.submit(HANA, opened, {"Your question": f"Question {number}: {'<&>' * 600}"})
    record = school.press(ANN, school.home(ANN), "Read and answer").view
    assert record is not None
    assert "Question 44" in record.text
    assert "earlier steps of PR-1 are in its PDF" in record.text
