"""Opening a blocked site: asked in a minute, decided by the right person with reasons, done in the filter (§7.5)."""

import io
from collections.abc import Mapping
from datetime import timedelta

import pytest
from pypdf import PdfReader

from bot.errors import Misconfigured, NotFound
from bot.rules.access import Event
from bot.school_file import read_school
from bot.services.access import requests
from bot.services.school import setting_up as school_service
from storage import audit, records
from storage.outbox import outcomes
from tests.people import ANN, BEN, COL, DEV, HANA, OZ, Someone
from tests.school import KEY, SAMPLE, School, acting
from tests.slack.people import Answer, Forged, Sight
from tests.slack.world import Message

FORM = {
    "Full URL": "https://volcano-cam.example/live",
    "Site content": "A live camera on a volcano.",
    "Reasons for access": "Year 3 watches volcanoes this half term.",
    "Identified risks and control measures": "Comments below the film: shown full screen, teacher's machine only.",
}
YES = {"Reasons": "Good source; comments are hidden.", "Signature": "Hana Rees"}


def ask(school: School, who: Someone = ANN, **changes: str) -> Answer:
    form = school.command(who, "/request-access").view
    answer = school.submit(who, form, {**FORM, **changes})
    school.deliver()
    return answer


def shown(answer: Answer) -> str:
    """What is in the window now."""
    assert answer.view is not None
    return answer.view.text


def waiting(school: School, who: Someone, words: str = "waits for you.*") -> Message:
    return school.people.message(who.user_id, words)


def decide(school: School, who: Someone, button: str, entries: Mapping[str, str | Forged | None]) -> Answer:
    form = school.press(who, waiting(school, who), button).view
    answer = school.submit(who, form, dict(entries))
    school.deliver()
    return answer


def stands(school: School, who: Someone = ANN) -> str:
    return school.people.message(who.user_id, "AR-1").text


def trail(school: School) -> list[str]:
    with school.database.read() as connection:
        return [action for action, record in audit.entries(connection, 1) if record.startswith("AR-")]


def split_roles(school: School) -> None:
    """Dev becomes E-Safety Co-ordinator, so that two people have to agree."""
    settings = read_school(SAMPLE / "school.toml")
    holders = {each for each in settings.holders() if each[1] != "e_safety_coordinator"}
    holders.add((DEV.email, "e_safety_coordinator"))
    school_service.set_up(school.database, school.clock(), settings.model_dump(mode="json"), holders, None)


def test_what_no_database_can_keep_is_left_out_and_the_form_is_taken(school: School) -> None:
    form = school.command(ANN, "/request-access", "\0https://volcano-cam.example/live").view
    pasted = Forged("A live\0 camera\ud800.")  # as a PDF's text, pasted, may have it
    answer = school.submit(ANN, form, {**FORM, "Site content": pasted})
    assert "AR-1 is on its way" in shown(answer)
    school.deliver()
    decide(school, HANA, "Approve", {"Signature": "Hana Rees", "Reasons": Forged("Good\0 source.")})
    opened = school.press(ANN, school.people.message(ANN.user_id, "AR-1"), "Open").view
    assert opened is not None
    assert "A live camera." in opened.text
    assert "Good source." in opened.text


@pytest.mark.policy("7.5")
def test_ann_asks_hana_holds_both_roles_and_answers_once(school: School) -> None:
    sent = ask(school)
    assert sent.view is not None
    assert "AR-1 is on its way.* It waits for Hana Rees" in sent.view.text
    letter = waiting(school, HANA)
    assert "AR-1 waits for you.* Ann Teacher asks" in letter.text
    assert "volcano" not in letter.text + letter.fallback  # what was asked stays in the window
    done = decide(school, HANA, "Approve", YES)
    assert done.view is not None
    assert "AR-1: approved; the filter is still to be changed" in done.view.text
    assert "approved" in stands(school)
    over = school.people.now(letter)
    assert isinstance(over, Message)
    assert "The filter is yours to change" in over.text
    applied = school.press(HANA, waiting(school, HANA, "filter is to be changed because of AR-1"), "Filter is changed")
    school.deliver()
    assert "nothing has to be changed" in shown(applied)
    assert "approved, and open in the filter" in stands(school)
    assert trail(school) == ["access.asked", "access.approved_for_both"]


@pytest.mark.policy("7.5")
def test_two_people_review_and_approve_where_the_roles_are_two(school: School) -> None:
    split_roles(school)
    assert "It waits for Dev Mistry" in shown(ask(school))
    reviewed = decide(school, DEV, "Approve", {"Reasons": "Checked on a school machine.", "Signature": "dev mistry"})
    assert reviewed.view is not None
    assert "It now waits for Hana Rees" in reviewed.view.text
    approved = decide(school, HANA, "Approve", YES)
    assert approved.view is not None
    assert "approved" in approved.view.text
    assert trail(school) == ["access.asked", "access.approved", "access.approved"]


@pytest.mark.policy("7.5")
def test_nobody_decides_on_their_own_request(school: School) -> None:
    assert "It waits for Dev Mistry" in shown(ask(school, HANA))
    done = decide(school, DEV, "Approve", {"Reasons": "Needed for the open evening.", "Signature": "Dev Mistry"})
    assert done.view is not None
    assert "approved" in done.view.text


def test_the_deputys_own_request_goes_to_the_head(school: School) -> None:
    split_roles(school)
    assert "It waits for Col Evans" in shown(ask(school, DEV))


@pytest.mark.policy("7.5")
def test_a_no_needs_reasons_too_and_ann_reads_them(school: School) -> None:
    ask(school)
    form = school.press(HANA, waiting(school, HANA), "Reject").view
    refused = school.submit(HANA, form, {"Reasons": "!!", "Signature": "Ann Teacher"})
    assert refused.error_texts == [
        "Write down why, so that it can be understood later.",
        "Type your own name as Lanyard knows it: Hana Rees",
    ]
    school.submit(HANA, form, {"Reasons": "The comments cannot be hidden.", "Signature": "Hana Rees"})
    school.deliver()
    assert "not approved" in stands(school)
    record = school.press(ANN, school.people.message(ANN.user_id, "AR-1"), "Open").view
    assert record is not None
    assert "The comments cannot be hidden." in record.text
    assert "Signed: Hana Rees" in record.text


def test_a_question_back_and_its_answer_stay_on_the_record(school: School) -> None:
    ask(school)
    decide(school, HANA, "Ask a question", {"Your question": "Which lessons?"})
    letter = school.people.message(ANN.user_id, "AR-1")
    assert "*AR-1: Hana Rees has asked you a question.* Please read it and answer." in letter.text
    assert "*AR-1: Hana Rees has asked Ann Teacher a question.*" in school.people.message(HANA.user_id, "AR-1").text
    home = school.home(ANN)
    assert "*1 waits for you*" in home.text
    assert home.text.count("AR-1") == 1  # and not among what she asked for as well
    shown = school.press(ANN, home, "Read and answer").view
    assert shown is not None
    assert "Which lessons?" in shown.text
    record = school.press(ANN, letter, "Read and answer").view
    school.submit(ANN, record, {"Your answer": "Geography on Tuesdays."})
    school.deliver()
    form = school.press(HANA, waiting(school, HANA), "Approve").view
    assert form is not None
    assert "Which lessons?" in form.text
    assert "Geography on Tuesdays." in form.text


def test_ann_takes_it_back(school: School) -> None:
    ask(school)
    letter = waiting(school, HANA)
    sure = school.press(ANN, school.people.message(ANN.user_id, "AR-1"), "Take back").view
    school.submit(ANN, sure, {})
    school.deliver()
    assert "taken back" in stands(school)
    late = school.press(HANA, letter, "Approve", sight=Sight.AS_SHOWN).view
    assert late is not None
    assert "There is nothing more to decide" in late.text


def test_two_decide_at_once_and_one_decision_wins(school: School) -> None:
    ask(school)
    yes = school.press(HANA, waiting(school, HANA), "Approve").view
    no = school.press(HANA, waiting(school, HANA), "Reject", sight=Sight.AS_SHOWN).view
    school.submit(HANA, yes, YES, sight=Sight.AS_SHOWN)
    late = school.submit(
        HANA, no, {"Reasons": "On second thoughts no.", "Signature": "Hana Rees"}, sight=Sight.AS_SHOWN
    )
    assert "is approved by now, so nothing was changed" in str(late.body)
    assert trail(school) == ["access.asked", "access.approved_for_both"]


def test_a_form_delivered_twice_makes_one_request(school: School) -> None:
    sent = ask(school)
    assert "AR-1 is on its way" in str(school.people.again(sent).body)
    assert trail(school) == ["access.asked"]
    assert "AR-2 is on its way" in str(ask(school).body)  # the second delivery has taken no number


def test_two_silent_school_days_remind_and_four_bring_in_the_deputy(school: School) -> None:
    ask(school)  # Monday 23 November
    school.clock.forward(days=1)
    school.tick()
    assert not [message for message in school.people.inbox(HANA.user_id) if "waits for you*, since" in message.text]
    school.clock.forward(days=1)
    school.tick()
    school.tick()
    assert (
        len([message for message in school.people.inbox(HANA.user_id) if "waits for you*, since" in message.text]) == 1
    )
    school.clock.forward(days=1)
    school.tick()
    assert not [message for message in school.people.inbox(DEV.user_id) if "AR-1" in message.text]
    school.clock.forward(days=3)  # Sunday: Friday was the fourth school day
    school.tick()
    assert not [message for message in school.people.inbox(DEV.user_id) if "AR-1" in message.text]
    school.clock.forward(days=1)
    school.deliver()
    done = decide(school, DEV, "Approve", {"Reasons": "The head is away.", "Signature": "Dev Mistry"})
    assert done.view is not None
    assert "approved" in done.view.text


def test_a_decider_who_has_just_lost_the_role_is_told_plainly(school: School) -> None:
    ask(school)
    form = school.press(HANA, waiting(school, HANA), "Approve").view
    settings = read_school(SAMPLE / "school.toml")
    holders = {each for each in settings.holders() if each[0] != HANA.email} | {(DEV.email, "headteacher")}
    school_service.set_up(school.database, school.clock(), settings.model_dump(mode="json"), holders, None)
    told = school.submit(HANA, form, YES)
    assert "This is for the" in str(told.error_texts)
    assert trail(school) == ["access.asked"]


def test_a_recipient_who_has_left_hands_on_to_the_next_in_line(school: School) -> None:
    school.slack.change_user(HANA.user_id, deleted=True)
    ask(school)
    assert "AR-1 waits for you" in waiting(school, DEV).text
    with school.database.read() as connection:
        assert [notice.value for notice, _, _ in outcomes.undelivered(connection, 1)] == ["access.waits"]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("javascript:alert(1)", ""),
        ("https://x.example/a b", ""),
        ("http://127.0.0.1/", ""),
        ("http://192.168.0.1/admin", ""),
        ("https://x.example/" + "a" * 2500, ""),
        ("just words", ""),
    ],
)
def test_an_address_that_is_none_is_told_under_the_field(school: School, url: str, told: str) -> None:
    answer = ask(school, ANN, **{"Full URL": url})
    assert set(answer.errors) == {"url"}
    assert told in answer.errors["url"]
    assert trail(school) == []


def test_every_empty_field_is_told_at_once(school: School) -> None:
    form = school.command(ANN, "/request-access").view
    answer = school.submit(ANN, form, dict.fromkeys(FORM, "…"))
    assert set(answer.errors) == {"url", "content", "reasons", "risks"}


def test_forged_numbers_and_outsiders_get_nothing(school: School) -> None:
    ask(school)
    letter = school.people.message(ANN.user_id, "AR-1")
    for value in ("99", "x", "-1", ""):
        told = school.press(ANN, letter, "Open", value=Forged(value))
        assert "volcano" not in told.text
    shown = school.press(BEN, letter, "Open", sight=Sight.FORGED)
    assert "volcano" not in shown.text + (shown.view.text if shown.view else "")
    assert "own staff" in school.command(OZ, "/request-access", channel=None).text
    told = school.press(COL, waiting(school, HANA), "Approve", sight=Sight.FORGED)
    assert "volcano" not in told.text + (told.view.text if told.view else "")


def test_of_two_messages_about_a_request_only_the_later_one_has_buttons(school: School) -> None:
    ask(school)
    decide(school, HANA, "Approve", YES)
    place = school.slack.dm_of(ANN.user_id)
    earlier, later = (each for each in school.slack.messages.values() if each.channel == place)
    assert "AR-1: approved; the filter is still to be changed. There is a later message about it below." in earlier.text
    assert "actions" not in {block["type"] for block in earlier.blocks}
    assert "later message" not in later.text
    assert "actions" in {block["type"] for block in later.blocks}


def test_the_signed_form_is_a_pdf_whose_code_proves_the_record(school: School) -> None:
    from bot.rules.documents import code, spelt, verify
    from bot.services.documents import forms, typeset

    ask(school)
    decide(school, HANA, "Approve", YES)
    form = forms.get(school.context(), "ar-1")
    printed = code(form, "a key")
    pdf = typeset.make_pdf(form, "a key")
    assert pdf.startswith(b"%PDF")
    words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    for told in ("AR-1", "https://volcano-cam.example/live", "Good source; comments are hidden.", "Hana Rees", printed):
        assert told in words
    assert verify(spelt(forms.get(school.context(), "AR-1")), "a key", printed.lower())
    with school.database.begin() as connection:
        connection.execute(records.step.update().values(words="Something else."))
    assert not verify(spelt(forms.get(school.context(), "AR-1")), "a key", printed)


def test_an_older_print_is_proved_when_the_record_has_changed(school: School) -> None:
    from bot.rules.documents import code
    from bot.services.documents import forms
    from storage.outbox.prints import document_print
    from storage.people.people import person
    from storage.school import staff_changed

    def prove(typed: str) -> forms.Proved | None:
        return forms.prove(school.context(), "AR-1", typed)

    ask(school)
    asked_at = school.clock.instant
    asked = forms.printed(school.context(), "AR-1")
    again = forms.printed(school.context(), "AR-1")
    assert asked == again
    assert prove(code(asked, KEY)) == forms.Proved(asked, None)
    school.clock.instant += timedelta(hours=1)
    decide(school, HANA, "Approve", YES)
    never_printed = code(forms.get(school.context(), "AR-1"), KEY)
    with school.database.begin() as connection:
        connection.execute(person.update().where(person.c.name == ANN.name).values(name="Ann Married"))
        staff_changed(connection, 1)
    before = prove(code(asked, KEY))
    assert before is not None
    assert before.form == asked
    assert before.printed_at == asked_at
    assert prove(never_printed) is None
    # A print that somebody made up in the database is no print, and one of another record neither.
    with school.database.begin() as connection:
        connection.execute(document_print.update().values(number=2))
    assert prove(code(asked, KEY)) is None
    with school.database.begin() as connection:
        connection.execute(document_print.update().values(number=1, sealed=b"\0" * 100))
    with pytest.raises(Misconfigured, match="altered"):
        prove(code(asked, KEY))


@pytest.mark.parametrize("name", ["AR-9", "CR-1", "PO-1", "", "AR-1; DROP TABLE"])
def test_a_form_that_is_not_there(school: School, name: str) -> None:
    from bot.services.documents import forms

    with pytest.raises(NotFound):
        forms.get(school.context(), name)
    with pytest.raises(NotFound):
        forms.prove(school.context(), name, "7K3M")


# ── long texts ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_long_question_and_long_reasons_are_shown_in_full(school: School) -> None:
    ask(school, ANN, **{"Reasons for access": "R&D <b> & " * 290 + "for Year 3"})
    form = school.press(HANA, waiting(school, HANA), "Ask a question").view
    school.submit(HANA, form, {"Your question": "Why? " * 590 + "And for how long?"})
    school.deliver()
    answered = school.press(ANN, school.people.message(ANN.user_id, "AR-1"), "Read and answer").view
    assert answered is not None
    assert "R&D <b> & for Year 3" in answered.text
    assert "And for how long?" in answered.text
    school.submit(ANN, answered, {"Your answer": "R&D <b> & " * 290 + "for a week"})
    school.deliver()
    decide(school, HANA, "Approve", {**YES, "Reasons": "R&D <b> & " * 190 + "with care"})
    window = school.press(ANN, school.people.message(ANN.user_id, "AR-1"), "Open").view
    assert window is not None
    assert "for a week" in window.text
    assert "with care\nSigned: Hana Rees" in window.text


def test_of_very_many_steps_the_newest_are_shown_and_the_form_stays_whole(school: School) -> None:
    ask(school)
    for number in range(40):
        view = requests.DESK.get(acting(school, ANN), 1)
        token, state = view.record.token, view.state
        question, answer = {"question": f"Question {number}."}, {"answer": f"Answer {number}."}
        requests.DESK.act(acting(school, HANA), 1, Event.ASK_BACK, question, token=token, shown_for=state)
        requests.DESK.act(acting(school, ANN), 1, Event.ANSWER, answer, token=token, shown_for=state)
    school.deliver()
    form = school.press(HANA, waiting(school, HANA), "Approve").view
    assert form is not None
    assert "20 earlier steps of AR-1 are in its PDF" in form.text
    assert "Answer 39." in form.text
    assert "Question 9." not in form.text
    assert [block["block_id"] for block in form.blocks if block["type"] == "input"][-1] == "signature"
    assert school.submit(HANA, form, YES).status == 200
