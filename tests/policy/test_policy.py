"""The school's own policy: imported, asked, and reviewed by everybody who has to sign (§10)."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.errors import BadInput
from bot.rules.reminders.stages import Item
from bot.school_file import read_school
from bot.services.policy import documents, reviews
from storage import audit
from tests import policies
from tests.front.test_views import shape
from tests.people import ANN, HANA, OLU, OZ, STAFF, Someone
from tests.school import SAMPLE, School
from tests.slack.people import Answer, Forged, Sight

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys

TEXT = policies.text().encode()
APPROVED = "2026-11-23"


def imported(school: School, content: bytes = TEXT, label: str = "2026-11") -> None:
    documents.import_document(school.context(), content, label=label, approved_on=school.context().today())
    school.deliver()


def trail(school: School) -> list[str]:
    with school.database.read() as connection:
        return [action for action, _ in audit.entries(connection, 1) if action.startswith("policy.")]


def items(school: School) -> list[Item]:
    with school.context().begin() as tx:
        return list(reviews.due_items(tx))


def names(school: School, found: list[Item]) -> list[str]:
    from storage.people import people

    with school.database.read() as connection:
        known = people.names(connection, 1)
    return sorted(known[each.person_id] for each in found)


def opened(school: School) -> None:
    form = school.press(HANA, school.command(HANA, "/policy"), "Review").view
    school.submit(HANA, form, {})
    school.deliver()


def school_context(school: School, who: Someone) -> Any:
    from bot.rules.people import Actor
    from storage.people import people
    from tests.school import context_of

    with school.database.read() as connection:
        person = people.by_email(connection, 1, who.email)
    assert person is not None
    return context_of(school, Actor(person, school.context().school, 0))


# ── asking ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.databases("sqlite", "postgresql")
def test_the_clauses_are_quoted_with_their_numbers(school: School) -> None:
    imported(school)
    told = school.command(ANN, "/policy", "phone photos").text
    assert "*§2.3* · Pictures of children" in told
    assert ">Photos are taken with school cameras." in told
    assert "version 2026-11" in told
    assert "§3.1" not in told
    assert "*§3.4* · Staff online · On private accounts" in school.command(ANN, "/policy", "befriended").text


FOR_PEOPLE_TO_KEEP = """
3. What the words mean

3.1. Social media is every place online where people answer one another: class platforms, blogs, forums, feeds.

3.2. Online bullying is hurting somebody on purpose with messages, pictures or films.

3.3. Our community is everybody who learns, works or governs here, their parents, and those who have left.

5. Staff

5.6. Nobody is on a feed while teaching.

5.8. At playtime a look at one's phone is fine.

5.10. Children do not watch us scrolling.

5.24. Letters of the school leave from the office address, private ones from one's own.
"""


@pytest.mark.policy("3.1", "3.2", "3.3", "5.6", "5.8", "5.10", "5.24")
@pytest.mark.parametrize(
    ("words", "clause", "quoted"),
    [
        ("forums", "3.1", "class platforms, blogs, forums"),
        ("bullying", "3.2", "hurting somebody on purpose"),
        ("our community", "3.3", "those who have left"),
        ("while teaching", "5.6", "Nobody is on a feed"),
        ("playtime", "5.8", "is fine"),
        ("scrolling", "5.10", "Children do not watch us"),
        ("office address", "5.24", "private ones from one's own"),
    ],
)
def test_what_only_people_can_keep_is_quoted_and_confirmed_by_all_staff(
    school: School, words: str, clause: str, quoted: str
) -> None:
    for someone in STAFF:
        school.command(someone, "/lanyard")
    imported(school, FOR_PEOPLE_TO_KEEP.encode())
    told = school.command(ANN, "/policy", words).text
    assert f"*§{clause}*" in told
    assert quoted in told
    for someone in STAFF:
        letter = school.people.message(someone.user_id, "Please read the Social Media Policy")
        form = school.press(someone, letter, "Read and confirm").view
        assert form is not None
        assert f"*§{clause}*" in form.text
        assert "recorded that you have read and understood" in str(school.submit(someone, form, {}).body)


@pytest.mark.databases("sqlite", "postgresql")
def test_a_new_version_answers_at_once(school: School) -> None:
    imported(school)
    assert "surnames never stand" in school.command(ANN, "/policy", "2.2").text
    imported(school, policies.text(policies.changed()).encode(), "2026-12")
    told = school.command(ANN, "/policy", "2.2").text
    assert "names never stand" in told
    assert "surnames" not in told
    assert "version 2026-12" in told


def test_nothing_found_offers_the_sections(school: School) -> None:
    imported(school)
    answer = school.command(ANN, "/policy", "xylophone")
    assert "The policy does not say “xylophone”" in answer.text
    assert "2. Pictures of children" in answer.text
    section = school.press(ANN, answer, "Read", value="1:2").view
    assert section is not None
    assert "*§2.4a*" in section.text
    assert "*§3.1*" not in section.text


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.parametrize(
    "words", ["<!channel> phone", "*_~` phone", "phone " * 500, "<https://evil.example|phone>", "&amp;"]
)
def test_hostile_words_do_no_harm(school: School, words: str) -> None:
    imported(school)
    answer = school.command(ANN, "/policy", words)
    assert answer.status == 200
    assert "<!channel>" not in str(answer.body)
    assert "<https://evil" not in str(answer.body)


def test_without_words_the_policy_at_a_glance(school: School) -> None:
    imported(school)
    told = school.command(ANN, "/policy")
    assert "version 2026-11" in told.text
    assert "Approved Mon 23 Nov 2026" in told.text
    assert "Next review: Fri 23 Nov 2029" in told.text
    assert "You have not confirmed yet" in told.text
    for hidden in ("Who has read it?", "Review", "Import a version"):
        assert hidden not in told.buttons
    assert {"Who has read it?", "Review", "Import a version"} <= set(school.command(HANA, "/policy").buttons)


@pytest.mark.policy("10.2")
def test_before_any_import_it_says_so_and_the_review_is_overdue(school: School) -> None:
    told = school.command(ANN, "/policy", "phones").text
    assert "has not been imported yet" in told
    assert "overdue* since Sun 31 Mar 2024" in told


def test_outsiders_get_nothing(school: School) -> None:
    imported(school)
    told = school.command(OZ, "/policy", "phone photos", channel=None).text
    assert "own staff" in told
    assert "cameras" not in told


def test_a_very_long_clause_is_quoted_whole(school: School) -> None:
    words = " ".join(f"word{number}&" for number in range(700))
    imported(school, f"1. Rules\n\n1.1. Zebras {words} end.\n\n1.2. Short.".encode())
    told = school.command(ANN, "/policy", "zebras").text
    assert "word699&" in told.replace("&amp;", "&")
    longest = " ".join(f"word{number}" for number in range(3000))
    imported(school, f"1. Rules\n\n1.1. Zebras {longest} end.\n\n1.2. Short.".encode(), "longest")
    answer = school.command(ANN, "/policy", "zebras")
    window = school.press(ANN, answer, "Read").view
    assert window is not None
    while "Next page" in window.text:
        turned = school.press(ANN, window, "Next page").view
        assert turned is not None
        window = turned
    assert "word2999 end." in window.text


def test_from_all_that_is_due_to_a_section_and_back_are_no_more_than_three_windows(school: School) -> None:
    imported(school)
    school.clock.forward(days=3 * 366)
    school.tick()
    every = school.press(HANA, school.more(HANA), "All that is due").view
    not_open = school.press(HANA, every, "policy.review").view
    review = school.submit(HANA, not_open).view
    contents = school.press(HANA, review, "policy.contents").view
    section = school.press(HANA, contents, "Read", near="Pictures of children").view
    assert section is not None
    assert ">Photos are taken with school cameras." in section.text
    again = school.press(HANA, section, "All sections").view
    assert again is not None
    assert "Pictures of children" in again.text
    assert len(school.slack.views.stack(HANA.user_id)) == 3


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.parametrize("value", ["", "x", "1", "1:99", "9:0", "1:-1", "1:0:99", "1:1:1:1", "9" * 30])
def test_forged_buttons_get_an_answer(school: School, value: str) -> None:
    imported(school)
    answer = school.command(ANN, "/policy")
    told = school.press(ANN, answer, "Read", value=Forged(value), near="1. Why")
    assert told.status == 200
    assert "IT lead" not in told.text


# ── importing ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("content", [TEXT, policies.word(), policies.pdf()], ids=["text", "word", "pdf"])
def test_the_preview_says_what_was_found_and_changes_nothing(school: School, content: bytes) -> None:
    seen = documents.preview(school.context(), content, label="2026-11", approved_on=school.context().today())
    assert (len(seen.document.numbered), seen.document.clause_count()) == (4, policies.CLAUSES)
    assert seen.document.missing() == policies.MISSING
    assert documents.overview(school.context()).version is None
    assert trail(school) == []


@pytest.mark.databases("sqlite", "postgresql")
def test_the_same_document_twice_changes_nothing(school: School) -> None:
    imported(school)
    before = len(trail(school))
    again = documents.import_document(school.context(), TEXT, label="2026-11", approved_on=school.context().today())
    assert again.is_known
    assert len(trail(school)) == before


def test_a_label_is_used_once_and_an_approval_does_not_lie_ahead(school: School) -> None:
    imported(school)
    context = school.context()
    with pytest.raises(BadInput, match="There is a version 2026-11 already"):
        documents.preview(context, policies.word(), label="2026-11", approved_on=context.today())
    with pytest.raises(BadInput, match="cannot lie ahead"):
        documents.preview(context, TEXT, label="next", approved_on=context.today() + timedelta(days=1))
    with pytest.raises(BadInput, match="before 1990"):
        documents.preview(context, TEXT, label="next", approved_on=date(1900, 11, 23))
    for label in ("", " ", "x" * 41, "<!channel>"):
        with pytest.raises(BadInput, match="Call the version something short"):
            documents.preview(context, TEXT, label=label, approved_on=context.today())


def sent_in_slack(school: School, who: Someone, content: bytes, label: str = "2026-11") -> Answer:
    form = school.press(who, school.command(who, "/policy"), "Import a version").view
    file = school.slack.add_file("policy.docx", content, who.user_id)
    return school.submit(who, form, {"The document": [file], "Version": label, "Approved on": APPROVED})


@pytest.mark.databases("sqlite", "postgresql")
def test_olu_imports_it_in_slack(school: School) -> None:
    sent_in_slack(school, OLU, policies.word())
    window = school.top(OLU)
    assert window is not None
    assert "Version 2026-11: 4 sections, 19 clauses" in window.text
    assert "Missing numbers: 3.5" in window.text
    assert "nothing to compare it with" in window.text
    assert "has not been imported yet" in school.command(ANN, "/policy").text
    sent_in_slack(school, OLU, policies.word())
    done = school.submit(OLU, school.top(OLU), {}).view
    assert done is not None
    assert "Version 2026-11 is in force" in done.text
    assert "Photos are taken" in school.command(ANN, "/policy", "phones").text
    sent_in_slack(school, OLU, policies.word(policies.changed()), "2026-12")
    window = school.top(OLU)
    assert window is not None
    assert "Compared with version 2026-11:* 1 changed · 1 added · 1 removed · 3 with another number" in window.text
    assert "Changed: §2.2" in window.text
    assert trail(school).count("policy.put_in_force") == 1


def test_what_cannot_be_read_is_told_in_the_window(school: School) -> None:
    sent_in_slack(school, HANA, b"%PDF-1.7 half")
    window = school.top(HANA)
    assert window is not None
    assert "cut off or damaged" in window.text
    sent_in_slack(school, HANA, TEXT, "<!channel>")
    window = school.top(HANA)
    assert window is not None
    assert "Call the version something short" in window.text


@pytest.mark.databases("sqlite", "postgresql")
def test_a_draft_is_put_in_force_once_and_forgotten_after_a_day(school: School) -> None:
    sent_in_slack(school, OLU, TEXT)
    first = school.top(OLU)
    done = school.submit(OLU, first, {})
    assert "in force" in str(done.body)
    assert "no longer here" in str(school.people.again(done).body)
    sent_in_slack(school, OLU, policies.word(policies.changed()), "2026-12")
    school.clock.forward(days=1, hours=1)
    documents.tick(school.context())
    late = school.submit(OLU, school.top(OLU), {}, sight=Sight.AS_SHOWN)
    assert "no longer here" in late.text
    assert "version 2026-11" in school.command(ANN, "/policy", "phones").text


def test_only_those_who_may_import(school: School) -> None:
    button = school.command(HANA, "/policy")
    told = school.press(ANN, button, "Import a version", sight=Sight.FORGED)
    assert "This is for the" in told.text


# ── what people read ───────────────────────────────────────────────────────────────────────────────────────────────

HOSTILE = b"""
1. <!channel> & *Rules* {{ 7 * 7 }}

1.1. Nobody <!here> says <https://evil.example|click> & `code` or {% raw %}.

- <@U0HANA> & _friends_

1.2. Zebras & > quotes
"""


def test_the_views(school: School, snapshot: SnapshotAssertion) -> None:
    imported(school, HOSTILE)
    assert shape(school.command(ANN, "/policy", "zebras")) == snapshot(name="answer")
    assert shape(school.command(ANN, "/policy", "<!channel> *nothing*")) == snapshot(name="nothing")
    contents = school.command(HANA, "/policy")
    assert shape(contents) == snapshot(name="contents")
    assert shape(school.press(HANA, contents, "Read", value="1:0")) == snapshot(name="section")
    assert shape(school.press(HANA, school.command(HANA, "/policy"), "Review")) == snapshot(name="not open")
    opened(school)
    assert shape(school.press(HANA, school.command(HANA, "/policy"), "Review")) == snapshot(name="review")
    assert shape(school.press(HANA, school.command(HANA, "/policy"), "Import a version")) == snapshot(name="import")
    sent_in_slack(school, HANA, HOSTILE.replace(b"Zebras", b"Lions"), "next")
    window = school.top(HANA)
    assert window is not None
    shown = {name: window.payload[name] for name in ("title", "blocks", "submit")}
    assert json.dumps(shown, indent=1, ensure_ascii=False) == snapshot(name="preview")


def test_the_settings_are_checked(tmp_path: Path) -> None:
    from bot.errors import Misconfigured

    written = (SAMPLE / "school.toml").read_text(encoding="utf-8").replace('"Spring 2024" ', '"one day" ')
    (tmp_path / "school.toml").write_text(written, encoding="utf-8")
    with pytest.raises(Misconfigured, match="a term \\(Spring 2027\\)"):
        read_school(tmp_path / "school.toml")
