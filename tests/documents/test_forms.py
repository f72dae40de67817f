"""The access request on paper: printed wherever it stands, however it came there (§7.5)."""

import io
import re

import pytest
from pypdf import PdfReader

from bot.rules.access import State
from bot.rules.documents import AccessRequestForm, ContentReportForm
from bot.rules.filter import register
from bot.services.documents import forms
from bot.services.school import absences
from bot.wording import page
from tests.access.test_access import YES, ask, decide, split_roles
from tests.content.test_content import DONE, report
from tests.filter.test_register import files
from tests.front.test_search import opened
from tests.people import ANN, DEV, HANA, Someone
from tests.school import School, acting
from tests.slack.people import Answer

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys

REASONS = "The lesson is tomorrow, and the answer would be the same."
OVERRULES = {"Approve": "✓ Yes", "Reject": "✗ No"}


def ask_back(school: School, who: Someone) -> None:
    decide(school, who, "Ask a question", {"Your question": "Which lessons?"})


def from_the_list(school: School, who: Someone, button: str) -> Answer:
    """Decide from the window of the record: while a question is open, no message asks for it."""
    record = school.press(who, opened(school, who), "Open", near="AR-1")
    form = school.press(who, record, button)
    done = school.submit(who, form, {"Reasons": REASONS, "Signature": who.name})
    school.deliver()
    return done


def paper(school: School, who: Someone) -> str:
    """What the PDF says that somebody has asked for."""
    record = school.press(who, opened(school, who), "Open", near="AR-1")
    school.press(who, record, "Send me the PDF")
    pages = PdfReader(io.BytesIO(files(school, who)["AR-1.pdf"])).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def authorisers(paper: str) -> list[str]:
    """In which roles somebody has decided."""
    return re.findall(r"Authoriser: (.+?) Approved\?", paper)


@pytest.mark.parametrize("button", OVERRULES)
def test_who_holds_both_roles_decides_with_the_question_open_and_it_is_printed(school: School, button: str) -> None:
    ask(school)
    ask_back(school, HANA)
    from_the_list(school, HANA, button)
    told = paper(school, HANA)
    assert OVERRULES[button] in told
    assert ("Changed in the filter: Not confirmed by anybody" in told) == (button == "Approve")
    assert "Ask the school office to check this code" in told
    assert "Which lessons?" in told
    assert REASONS in told
    roles = {"Approve": "E-Safety Co-ordinator and Headteacher", "Reject": "E-Safety Co-ordinator"}
    assert authorisers(told) == [roles[button]]


@pytest.mark.databases("sqlite", "postgresql")
def test_case_2_whoever_stands_in_signs_in_their_own_office(school: School) -> None:
    hana = acting(school, HANA)
    absences.record(hana, hana.person.person_id, "2026-11-23", "")
    ask(school)
    decide(school, DEV, "Approve", {"Reasons": REASONS, "Signature": DEV.name})
    office = "Deputy headteacher, for the E-Safety Co-ordinator and the headteacher"
    assert authorisers(paper(school, DEV)) == [office]


@pytest.mark.parametrize("button", OVERRULES)
def test_the_reviewer_decides_with_the_question_open_and_it_is_printed(school: School, button: str) -> None:
    split_roles(school)
    ask(school)
    ask_back(school, DEV)
    from_the_list(school, DEV, button)
    told = paper(school, DEV)
    assert OVERRULES[button] in told
    assert authorisers(told) == ["E-Safety Co-ordinator"]


@pytest.mark.parametrize("button", OVERRULES)
def test_the_headteacher_decides_with_the_question_open_and_it_is_printed(school: School, button: str) -> None:
    split_roles(school)
    ask(school)
    decide(school, DEV, "Approve", {"Reasons": "Checked on a school machine.", "Signature": DEV.name})
    ask_back(school, HANA)
    from_the_list(school, HANA, button)
    told = paper(school, HANA)
    assert OVERRULES[button] in told
    assert "Checked on a school machine." in told
    assert authorisers(told) == ["E-Safety Co-ordinator", "Headteacher"]


def test_a_question_that_is_open_and_a_request_taken_back_are_printed(school: School) -> None:
    ask(school)
    ask_back(school, HANA)
    assert "Which lessons?" in paper(school, DEV)
    assert "Changed in the filter" not in paper(school, DEV)  # nothing is decided yet
    sure = school.press(ANN, school.people.message(ANN.user_id, "AR-1"), "Take back")
    school.submit(ANN, sure, {})
    school.deliver()
    assert "taken back" in paper(school, HANA)
    assert "Changed in the filter" not in paper(school, HANA)


def test_every_way_in_which_a_granted_request_stands_begins_with_the_word_that_its_paper_looks_for() -> None:
    granted = {State.APPROVED.name, *(each.name for each in register.State)}
    for name in granted | {each.name for each in State}:
        assert page("access/view").text(f"state_{name.lower()}").startswith("approved") == (name in granted), name


def test_the_form_names_the_office_in_which_somebody_signed(school: School) -> None:
    """Whoever stands in signs as what they are: the deputy is not the headteacher (case 2)."""
    ask(school)
    school.clock.forward(days=8)  # four school days of silence, and the next in line may act too
    school.tick()
    decide(school, DEV, "Approve", {**YES, "Signature": DEV.name})
    form = forms.get(school.context(), "AR-1")
    assert isinstance(form, AccessRequestForm)
    (decision,) = form.decisions
    assert decision.role == "Deputy headteacher, for the E-Safety Co-ordinator and the headteacher"


def test_the_form_names_the_office_of_whoever_completes_a_report_for_another(school: School) -> None:
    report(school)
    school.clock.forward(days=8)
    school.tick()
    opened = school.press(DEV, school.people.message(DEV.user_id, "Open and complete"), "Open and complete").view
    school.submit(DEV, opened, {**DONE, "Signature": DEV.name})
    form = forms.get(school.context(), "CR-4526")
    assert isinstance(form, ContentReportForm)
    assert form.completion is not None
    assert form.completion.staff_name == "Dev Mistry, deputy headteacher, for the E-Safety Co-ordinator"
