"""From something that went wrong with data to the Commissioner's file and the lesson learned. Policy §4.14."""

from typing import Any

import pytest
from sqlalchemy import select

from bot.rules.breaches import Kind, Whose, Written
from bot.services import breaches
from storage.spine.record_texts import record_text
from tests.consent.test_imports import sample
from tests.consent.test_imports_slack import sent
from tests.people import ANN, BEN, CARA, COL, DEV, HANA, OLU, PRIYA, Someone
from tests.posting.gate import FATIMA, check, log, withdraw
from tests.school import School, acting
from tests.slack.people import Answer, Sight
from tests.slack.views import View

BOTH = pytest.mark.databases("sqlite", "postgresql")
pytestmark = pytest.mark.databases("sqlite")
SENT = "Sent or given to the wrong person"
FORM: dict[str, Any] = {
    "What kind": SENT,
    "What happened": "A class list of Reception went to another school's office. Fatima van Dijk is on it.",
    "Whose data": ["Children's"],
    "How many": "26",
    "What data": ["Names and how to reach somebody", "Health or special needs"],
}


def fill_in(school: School, who: Someone = ANN, **more: Any) -> Answer:
    form = school.press(who, school.more(who).view, "Something went wrong with data").view
    named = {FIELDS[key]: value for key, value in more.items()}
    answer = school.submit(who, form, {**FORM, **named})
    school.deliver()
    return answer


FIELDS = {
    "aware": "Aware since",
    "time": "Aware at",
    "delay": "Reasons for delay",
    "contained": "What was done at once",
    "caused": "Who caused it",
    "kind": "What kind",
    "whose": "Whose data",
}


def letter(school: School, who: Someone, words: str = "waits for you: a data breach") -> Any:
    return school.people.message(who.user_id, words)


def opened(school: School, who: Someone = PRIYA) -> View:
    view = school.press(who, letter(school, who), "Open").view
    assert view is not None
    return view


def do(school: School, who: Someone, button: str, **entries: Any) -> Answer:
    form = school.press(who, opened(school, who), button).view
    answer = school.submit(who, form, entries)
    school.deliver()
    return answer


DECIDED = {"How likely": "A risk is unlikely", "Reasons": "It came back unopened.", "Signature": "Priya Nair"}


@BOTH
@pytest.mark.policy("4.14")
def test_from_a_wrong_letter_to_the_lesson_learned(school: School) -> None:
    told = fill_in(school).text
    assert "is logged.* Priya Nair was told just now." in told
    assert "Thu 26 Nov 2026, 09:15" in told
    shown = opened(school).text
    assert "0 of 72 hours have passed" in shown
    assert "UK GDPR, Article 33" in shown
    assert "Still to do:* Contained, People told, or why not, Lesson learned" in shown
    do(school, PRIYA, "I have it")
    do(school, PRIYA, "Contained", **{"In words": "The other school has shredded it."})
    assert "not be reported" not in opened(school).text
    done = do(school, PRIYA, "Do not report it", **DECIDED)
    assert "not reported, with reasons" in done.text

    def again() -> View:
        view = school.press(PRIYA, letter(school, PRIYA, "DB-"), "Open").view
        assert view is not None
        return view

    assert "A risk is unlikely" in again().text
    refused = school.submit(PRIYA, school.press(PRIYA, again(), "Close it").view, {})
    assert "Still to do before it can be closed: People told, or why not and Lesson learned" in refused.text
    for button in ("People told, or why not", "Lesson learned"):
        school.submit(PRIYA, school.press(PRIYA, again(), button).view, {"In words": "Two people read it first."})
    assert "closed" in school.submit(PRIYA, school.press(PRIYA, again(), "Close it").view, {}).text
    school.deliver()
    assert "closed" in letter(school, ANN, "DB-").text


@BOTH
@pytest.mark.policy("4.14")
def test_the_commissioners_file_names_nobody(school: School) -> None:
    fill_in(school, contained="Ben Carter phoned Mrs van Dijk at once.")
    do(school, PRIYA, "Contained", **{"In words": "fatima van dijk and Jack McKenzie were on it, said Ann."})
    shown = school.press(PRIYA, opened(school), "The Commissioner's file").view
    assert shown is not None
    assert "*These names were found and replaced:*" in shown.text
    school.press(PRIYA, shown, "Send me the file")
    school.deliver()
    (file,) = [each for each in school.slack.shared_with(PRIYA.user_id) if each.name.startswith("DB-")]
    text = file.content.decode()
    for name in ("Fatima", "fatima", "Dijk", "McKenzie", "Carter", "Ann", "Nair"):
        assert name not in text
    assert text.index("What has happened") < text.index("When did you discover it") < text.index("Categories of")
    assert "[a child]" in text
    assert "[a member of staff]" in text
    assert "26" in text


@pytest.mark.policy("4.14")
def test_a_post_with_a_child_who_may_not_be_shown_becomes_a_breach(school: School) -> None:
    shown = check(school).view
    withdraw(school)
    log(school, ANN, shown)
    record = school.press(PRIYA, school.home(PRIYA), "Open", near="PO-1").view
    form = school.press(PRIYA, record, "Log a breach").view
    school.submit(PRIYA, form, {**FORM, "What kind": "A picture or a name was published"})
    school.deliver()
    assert "*Came from*\n>PO-1" in opened(school).text
    assert "PO-1" not in school.home(PRIYA).text  # it need not be weighed once more
    assert {"I have it", "Do not report it"} <= set(_buttons(opened(school)))  # who logged it may decide


def _buttons(view: View) -> list[str]:
    return [each["text"]["text"] for block in view.blocks for each in block.get("elements", ()) if "value" in each]


@pytest.mark.policy("4.14")
@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"aware": "2026-11-24"}, "This is in the future"),
        ({"aware": "2010-11-24"}, "more than six years ago"),
        ({"time": "noon"}, "Write the time as on the clock"),
        ({"aware": "2026-11-19"}, "It is more than 72 hours ago: say why"),
        ({"whose": []}, "required"),
    ],
)
def test_what_cannot_be_is_said_under_its_field(school: School, entries: dict[str, Any], said: str) -> None:
    try:
        told = str(fill_in(school, **entries).body)
    except AssertionError as refused_by_slack:
        told = str(refused_by_slack)
    assert said in told


@BOTH
@pytest.mark.policy("4.14")
def test_who_deals_with_it_is_told_as_the_hours_run_out_also_at_night_and_on_sunday(school: School) -> None:
    fill_in(school, aware="2026-11-23", time="09:00")
    for hours, words in ((25, "25 of 72 hours"), (24, "49 of 72 hours"), (18, "67 of 72 hours"), (6, "hours are over")):
        school.clock.forward(hours=hours)
        school.tick()
        assert words in letter(school, PRIYA, words).text
    before = len(school.people.inbox(PRIYA.user_id))
    school.tick()
    assert len(school.people.inbox(PRIYA.user_id)) == before
    late = school.press(PRIYA, opened(school), "Report it").view
    decided = {**DECIDED, "How likely": "A risk is likely", "Reasons for delay": "The school was closed."}
    done = school.submit(PRIYA, late, decided)
    assert "to be reported to the Information Commissioner" in done.text


def test_once_it_is_decided_the_clock_is_silent_and_new_facts_open_it_again(school: School) -> None:
    fill_in(school)
    do(school, PRIYA, "Do not report it", **DECIDED)
    school.clock.forward(hours=49)
    school.tick()
    assert not [each for each in school.people.inbox(PRIYA.user_id) if "of 72 hours" in each.text]
    view = school.press(PRIYA, letter(school, PRIYA, "not reported"), "Open").view
    form = school.press(PRIYA, view, "New facts").view
    school.submit(PRIYA, form, {"Reasons": "It was copied.", "Signature": "Priya Nair"})
    school.deliver()
    assert "waits for you" in letter(school, PRIYA).text


def test_where_harm_is_likely_it_has_to_be_reported(school: School) -> None:
    fill_in(school)
    told = do(school, PRIYA, "Do not report it", **{**DECIDED, "How likely": "A high risk"})
    assert "the Information Commissioner has to be told" in str(told.body)


@BOTH
@pytest.mark.policy("4.14")
def test_whoever_caused_it_does_not_decide_and_a_colleague_never_learns_of_it(school: School) -> None:
    fill_in(school, caused=PRIYA.name)
    assert "a data breach" in letter(school, HANA).text
    assert not [each for each in school.people.inbox(PRIYA.user_id) if "DB-" in each.text]
    assert "DB-" not in school.home(PRIYA).text
    forged = school.press(PRIYA, letter(school, HANA), "Open", sight=Sight.FORGED)
    assert "class list" not in str(forged.body)


def test_who_logs_their_own_breach_sees_it_and_somebody_else_decides(school: School) -> None:
    fill_in(school, PRIYA, caused=PRIYA.name)
    assert "a data breach" in letter(school, HANA).text
    view = school.press(PRIYA, letter(school, PRIYA, "DB-"), "Open").view
    assert view is not None
    assert "Do not report it" not in view.text


def test_others_find_nothing(school: School) -> None:
    fill_in(school)
    for who in (BEN, CARA, OLU, DEV, COL):
        forged = school.press(who, letter(school, PRIYA), "Open", sight=Sight.FORGED)
        assert "class list" not in str(forged.body)
        assert "DB-" not in school.home(who).text
    assert FATIMA not in str([each.text for each in school.people.inbox(PRIYA.user_id)])


def test_the_same_form_twice_is_one_breach_and_its_words_are_sealed(school: School) -> None:
    written = Written(Kind.SENT, (Whose.CHILDREN,), (), None, school.clock.instant, "Fatima's list went out.", "", "")
    numbers = {breaches.log(acting(school, ANN), written, caused_by=None, form_id="one").name for _ in range(2)}
    assert len(numbers) == 1
    with school.database.read() as connection:
        kept = connection.execute(select(record_text)).all()
    assert len(kept) == 1
    assert b"Fatima" not in kept[0].sealed


def test_where_the_dpo_is_away_somebody_stands_in_at_once(school: School) -> None:
    view = school.press(PRIYA, school.more(PRIYA), "I am away").view
    school.submit(PRIYA, view, {"First day": "2026-11-23"})
    fill_in(school)
    assert "a data breach" in letter(school, HANA).text


def test_nobody_says_that_they_have_it(school: School) -> None:
    fill_in(school)
    school.clock.forward(minutes=16)
    school.tick()
    assert "a data breach" in letter(school, HANA).text


@pytest.mark.policy("4.14")
def test_the_letter_to_the_parents_names_no_child_and_says_whom_to_ask(school: School) -> None:
    fill_in(school)
    do(school, PRIYA, "Contained", **{"In words": "Jack McKenzie's father has deleted it."})
    shown = school.press(PRIYA, opened(school), "Letter to the people").view
    assert shown is not None
    assert "McKenzie" not in shown.text
    assert "Fatima" not in shown.text
    assert "[a child]'s father has deleted it." in shown.text
    assert "Priya Nair, our data protection officer" in shown.text
    forged = school.press(ANN, opened(school), "Letter to the people", sight=Sight.FORGED)
    assert "shredded" not in str(forged.body)
    assert "What happened" not in str(forged.body)


@pytest.mark.policy("4.14")
def test_the_overview_counts_breaches_few_as_such_and_none_that_is_kept_from_a_reader(school: School) -> None:
    def told() -> str:
        view = school.press(HANA, school.more(HANA).view, "School overview").view
        assert view is not None
        return view.text

    assert "Data breaches" not in told()
    fill_in(school, caused=DEV.name)  # who reads the overview
    assert "Data breaches" not in told()
    fill_in(school)
    assert "Autumn 2026: fewer than 3 data breaches and near misses." in told()
    for who in (ANN, BEN):
        fill_in(school, who)
    assert "Autumn 2026: 3 data breaches and near misses, 3 of them not decided yet." in told()


@pytest.mark.policy("4.14")
def test_to_be_reported_is_not_reported_and_the_hours_go_on_until_it_is(school: School) -> None:
    fill_in(school, aware="2026-11-23", time="09:00")
    decided = {**DECIDED, "How likely": "A risk is likely"}
    assert "to be reported to the Information Commissioner" in do(school, PRIYA, "Report it", **decided).text
    school.clock.forward(hours=49)
    school.tick()
    told = letter(school, PRIYA, "49 of 72 hours")
    assert "The Commissioner has to be told by Thu 26 Nov 2026, 09:00" in told.text

    def again() -> View:
        view = school.press(PRIYA, told, "Open").view
        assert view is not None
        return view

    for button in ("Contained", "People told, or why not", "Lesson learned"):
        school.submit(PRIYA, school.press(PRIYA, again(), button).view, {"In words": "It was done."})
    refused = school.submit(PRIYA, school.press(PRIYA, again(), "Close it").view, {})
    assert "Still to do before it can be closed: Told the Commissioner" in refused.text
    form = school.press(PRIYA, again(), "Told the Commissioner").view
    school.submit(PRIYA, form, {"In words": "Case IC-123, today."})
    school.clock.forward(hours=48)
    before = len(school.people.inbox(PRIYA.user_id))
    school.tick()
    assert "over" not in str([each.text for each in school.people.inbox(PRIYA.user_id)[before:]])
    assert "closed" in school.submit(PRIYA, school.press(PRIYA, again(), "Close it").view, {}).text


def test_a_relative_of_the_child_neither_decides_nor_reads(school: School) -> None:
    for relative in (PRIYA, HANA):
        mine = school.press(relative, school.more(relative).view, "My relatives").view
        school.submit(relative, mine, {"Or a pupil": FATIMA})
    told = fill_in(school).text  # which names her in full
    assert "Dev Mistry was told just now" in told
    for who in (PRIYA, HANA):
        assert "DB-" not in school.home(who).text
        forged = school.press(who, letter(school, DEV), "Open", sight=Sight.FORGED)
        assert "class list" not in str(forged.body)


def test_a_deputy_who_logs_one_sees_how_it_goes_on(school: School) -> None:
    fill_in(school, DEV)
    view = school.press(DEV, letter(school, DEV, "DB-"), "Open").view
    assert view is not None
    assert "class list" in view.text
    assert "Do not report it" not in view.text


def test_dates_and_the_schools_name_stay_in_the_file(school: School) -> None:
    rows = sample(lambda rows: rows[0].update({"Preferred Forename": "Nov", "Legal Surname": "Huntington"}))
    shown = sent(school, rows)
    school.submit(OLU, shown)
    fill_in(school, contained="Nov was told.")
    text = school.press(PRIYA, opened(school), "The Commissioner's file").text
    assert "Mon 23 Nov 2026, 09:15" in text
    assert "Huntington Community Primary School" in text
    assert "[a child] was told." in text


def test_reasons_have_as_much_room_as_is_left(school: School) -> None:
    fill_in(school)
    long = {**DECIDED, "Reasons": "a" * 1900, "Whose advice": "b" * 500}
    told = str(do(school, PRIYA, "Do not report it", **long).body)
    assert "Please use at most 1" in told
    assert "this has 1900" in told
