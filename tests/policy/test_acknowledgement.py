"""“I have read and understood”: everybody is asked, sees what changed, confirms once, and it can be proved (§10.3)."""

import io
import json
from pathlib import Path

import openpyxl
import pytest
from syrupy.assertion import SnapshotAssertion

from bot.errors import Conflict, NotFound, Refused
from bot.rules.reminders.stages import Item
from bot.services.policy import acknowledgement, documents
from bot.services.policy.acknowledgement import Format
from bot.services.school import staff_import
from tests import policies
from tests.front.test_views import shape
from tests.people import ANN, BEN, CARA, COL, HANA, OLU, OZ, STAFF, Someone
from tests.policy.test_policy import imported, school_context
from tests.school import School
from tests.slack.people import Answer, Forged, Sight
from tests.slack.world import Message

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys

SECOND = policies.text(policies.changed()).encode()
CONFIRM = "Read and understood"


@pytest.fixture
def school(school: School) -> School:
    """The invented school, in which everybody has used Lanyard once: before that nobody can be written to."""
    for someone in STAFF:
        school.command(someone, "/lanyard")
    return school


def letter(school: School, who: Someone = ANN) -> Message:
    return school.people.message(who.user_id, "Social Media Policy")


def confirmed(school: School, who: Someone = ANN) -> Answer:
    form = school.press(who, letter(school, who), "Read and confirm").view
    answer = school.submit(who, form, {})
    school.deliver()
    return answer


def items(school: School) -> list[Item]:
    with school.context().begin() as tx:
        return list(acknowledgement.due_items(tx))


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.policy("2.1", "10.3")
def test_everybody_is_asked_and_ann_confirms(school: School) -> None:
    imported(school)
    for someone in STAFF:
        assert "Please read the Social Media Policy" in letter(school, someone).text
    form = school.press(ANN, letter(school), "Read and confirm").view
    assert form is not None
    assert "§2.3" in form.text
    assert form.payload["submit"]["text"] == CONFIRM
    done = school.submit(ANN, form, {}).view
    assert done is not None
    assert "recorded that you have read and understood" in done.text
    school.deliver()
    assert "You have read and understood" in letter(school).text
    assert "Please read" in letter(school, BEN).text  # only her own message changes
    assert "✅ You confirmed on Mon 23 Nov 2026" in school.command(ANN, "/policy").text


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.policy("10.3")
def test_a_new_version_tells_what_changed_clause_by_clause(school: School) -> None:
    imported(school)
    confirmed(school)
    imported(school, SECOND, "2026-12")
    assert "has changed: 3 clauses.* Version 2026-12" in letter(school).text
    form = school.press(ANN, letter(school), "Read and confirm").view
    assert form is not None
    for told in (
        "*Changed: §2.2*",
        "Children's names never stand",
        "Children's surnames never stand",
        "*New: §2.8*",
        "*§2.8 is now §2.9*",
        "*Removed: §3.6*",
    ):
        assert told in form.text
    assert "§1.1" not in form.text
    older = school.people.message(BEN.user_id, "newer version")
    assert "than 2026-11" in older.text
    confirmed(school)
    assert "version 2026-12" in letter(school).text


def test_a_heading_that_changed_is_shown(school: School) -> None:
    imported(school)
    text = policies.text().replace("On private accounts", "On accounts of their own")
    imported(school, text.encode(), "2026-12")
    assert "has changed: only numbers or headings" in letter(school).text
    form = school.press(ANN, letter(school), "Read and confirm").view
    assert form is not None
    assert "*§3.3: the heading is now* “On accounts of their own”. Before, it was “On private accounts”." in form.text


@pytest.mark.databases("sqlite", "postgresql")
def test_sent_twice_is_recorded_once(school: School) -> None:
    imported(school)
    answer = confirmed(school)
    assert "recorded" in str(school.people.again(answer).body)
    assert acknowledgement.progress(school.context()).done == 1
    again = school.press(ANN, letter(school), "Open").view
    assert again is not None
    assert again.payload.get("submit") is None


def test_an_old_version_cannot_be_confirmed_any_more(school: School) -> None:
    imported(school)
    form = school.press(ANN, letter(school), "Read and confirm").view
    imported(school, SECOND, "2026-12")
    late = school.submit(ANN, form, {}, sight=Sight.AS_SHOWN)
    assert "newer version of the policy by now" in late.text
    with pytest.raises(Conflict):
        acknowledgement.acknowledge(school_context(school, ANN), 1)
    with pytest.raises(NotFound):
        acknowledgement.acknowledge(school_context(school, ANN), 9)


def test_a_long_policy_is_turned_page_by_page_and_confirmed_on_the_last(school: School) -> None:
    clauses = "\n\n".join(f"1.{number}. Clause {number}: {'so it is. ' * 30}" for number in range(1, 150))
    imported(school, f"1. Rules\n\n{clauses}".encode())
    form = school.press(ANN, letter(school), "Read and confirm").view
    assert form is not None
    seen = form.text
    while "Next page" in form.text:
        assert form.payload.get("submit") is None
        turned = school.press(ANN, form, "Next page").view
        assert turned is not None
        form = turned
        seen += form.text
    assert all(f"*§1.{number}*" in seen for number in range(1, 150))
    assert "Back" in form.text
    done = school.submit(ANN, form, {}).view
    assert done is not None
    assert "Thank you" in done.text


@pytest.mark.policy("9.2")
def test_who_joins_later_is_asked_for_the_whole_policy(school: School) -> None:
    imported(school)
    imported(school, SECOND, "2026-12")
    newcomer = Someone("U0NEW", "Nia New", "nia@huntington.example")
    school.slack.add_user(*newcomer)
    school.command(newcomer, "/policy", channel=None)
    school.tick()
    school.tick()
    found = [
        each for each in school.people.inbox(newcomer.user_id) if "Please read the Social Media Policy" in each.text
    ]
    assert len(found) == 1
    form = school.press(newcomer, found[0], "Read and confirm").view
    assert form is not None
    assert "§1.1" in form.text
    assert len([each for each in school.people.inbox(ANN.user_id) if "Version 2026-12" in each.text]) == 1


def test_whoever_has_not_read_it_is_reminded_weekly_and_then_the_head(school: School) -> None:
    imported(school)
    confirmed(school)
    assert items(school) == []
    school.clock.forward(days=7)
    first = items(school)
    assert len(first) == len(STAFF) - 1
    assert {(each.stage.name, each.action, each.value) for each in first} == {
        ("before-7", "acknowledgement.open", "1:20261123091500000000")
    }
    assert {str(each.due) for each in first} == {"2026-12-07"}
    school.clock.forward(days=14)
    assert {each.stage.name for each in items(school)} == {"overdue-1"}
    assert not items(school)[0].stage.escalated
    school.clock.forward(days=7)
    assert items(school)[0].stage.escalated
    school.slack.change_user(BEN.user_id, deleted=True)
    school.command(BEN, "/lanyard")  # a leaver who is asked about
    assert len(items(school)) == len(STAFF) - 2


@pytest.mark.policy("2.1")
def test_the_head_sees_who_has_not(school: School) -> None:
    imported(school)
    confirmed(school)
    confirmed(school, OLU)
    window = school.press(HANA, school.command(HANA, "/policy"), "Who has read it?").view
    assert window is not None
    assert f"2 of {len(STAFF)} members of staff" in window.text
    assert "• Ben Carter, due Mon 7 Dec 2026" in window.text
    assert "Ann Teacher" not in window.text
    told = school.press(ANN, school.command(HANA, "/policy"), "Who has read it?", sight=Sight.FORGED)
    assert "This is for the" in told.text
    with pytest.raises(Refused):
        acknowledgement.export(school_context(school, CARA), Format.CSV)
    with pytest.raises(Refused):
        acknowledgement.progress(school_context(school, COL))


def test_the_proof_for_each_person_and_version(school: School) -> None:
    imported(school)
    confirmed(school)
    imported(school, SECOND, "2026-12")
    rows = acknowledgement.export(school.context(), Format.CSV).decode("utf-8-sig").splitlines()
    assert rows[0] == "Name,E-mail,Version,Approved on,In force from,Asked on,Read and understood"
    assert len(rows) == 1 + 2 * len(STAFF)
    anns = [row for row in rows if row.startswith("Ann Teacher")]
    assert anns[0].endswith("2026-12,23/11/2026,23/11/2026,23/11/2026,not yet")
    assert anns[1].startswith(
        "Ann Teacher,ann@huntington.example,2026-11,23/11/2026,23/11/2026,23/11/2026,23/11/2026 09:15"
    )
    book = openpyxl.load_workbook(io.BytesIO(acknowledgement.export(school_context(school, HANA), Format.XLSX)))
    assert book.worksheets[0].max_row == 1 + 2 * len(STAFF)


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.policy("10.3")
def test_the_proof_lists_everybody_on_the_staff_list(school: School) -> None:
    """Whoever is not in Slack cannot be asked, and has not read it: an inspector must not have to know of them."""
    imported(school)
    row = "Email,Name,Role,Classes,Started\nnew@huntington.example,=Nia New,Teacher,,2021-09-01\n"
    staff_import.apply(school.context(), "staff.csv", row.encode())

    def rows() -> list[str]:
        return acknowledgement.export(school.context(), Format.CSV).decode("utf-8-sig").splitlines()

    assert "'=Nia New,new@huntington.example,2026-11,23/11/2026,23/11/2026,,not yet: not in Slack" in rows()
    assert len(rows()) == 1 + len(STAFF) + 1
    imported(school, SECOND, "2026-12")
    assert len(rows()) == 1 + 2 * len(STAFF) + 1
    assert len([row for row in rows() if "not in Slack" in row]) == 1  # of the version in force only


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.parametrize("value", ["", "x", "9", "1:x", "-1", "1:99", "9" * 30])
def test_forged_values_and_outsiders_get_nothing(school: School, value: str) -> None:
    imported(school)
    told = school.press(ANN, letter(school), "Read and confirm", value=Forged(value))
    assert told.status == 200
    assert "IT lead" not in told.text
    forged = school.press(OZ, letter(school), "Read and confirm", sight=Sight.FORGED)
    assert "own staff" in forged.text + (forged.view.text if forged.view else "")
    assert "cameras" not in forged.text
    with pytest.raises(AssertionError):
        letter(school, OZ)


def test_on_the_command_line(school: School, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from bot.commands import app

    monkeypatch.setenv("DATABASE_URL", school.database.url.render_as_string(hide_password=False))
    document = tmp_path / "policy.docx"
    document.write_bytes(policies.word())
    command = ["import-policy", str(document), "--version", "2021-03", "--approved", "2021-03-04"]
    seen = CliRunner().invoke(app, command)
    assert "4 sections, 19 numbered clauses" in seen.output, seen.output
    assert "Nothing was changed yet" in seen.output
    assert "say something else here or are missing:\n  1.1, 2.1" in seen.output
    assert documents.overview(school_context(school, ANN)).version is None
    done = CliRunner().invoke(app, [*command, "--apply"])
    assert "Version 2021-03 is in force" in done.output
    assert "nothing to change" in CliRunner().invoke(app, [*command, "--apply"]).output
    out = tmp_path / "list.csv"
    assert "is written" in CliRunner().invoke(app, ["export-acknowledgements", "--out", str(out)]).output
    assert len(out.read_text(encoding="utf-8-sig").splitlines()) == 1 + len(STAFF)


def test_the_views(school: School, snapshot: SnapshotAssertion) -> None:
    hostile = "1. <!channel> & *R*\n\n1.1. Nobody <@U0HANA> & `x` says <https://evil.example|y>.\n\n1.2. Stays."
    imported(school, hostile.encode())
    assert shape(school.press(ANN, letter(school), "Read and confirm")) == snapshot(name="whole")
    imported(school, hostile.replace("Nobody", "Someone & <!here>").replace("1.2", "1.3").encode(), "<2>"[1:2])
    assert json.dumps(letter(school).blocks, indent=1, ensure_ascii=False) == snapshot(name="letter")
    assert shape(school.press(ANN, letter(school), "Read and confirm")) == snapshot(name="changes")
    assert shape(school.press(HANA, school.command(HANA, "/policy"), "Who has read it?")) == snapshot(name="progress")
