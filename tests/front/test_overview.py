"""The school overview: who may have it, what it counts, what it must not tell, and how it can be read by everybody."""

import io
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from pypdf import PdfReader

from bot import commands
from bot.errors import Refused
from bot.rules.overview import FEW, Count, Counts, Overview
from bot.services import overview
from bot.services.documents import overview_page
from bot.services.policy import acknowledgement, reviews
from bot.services.training import register
from tests.access import test_access
from tests.content import test_content
from tests.documents.test_documents import squeezed, structure, tags, words
from tests.people import ANN, BEN, CARA, COL, DEV, GWEN, HANA, OLU, OZ, PRIYA, Someone
from tests.policy import test_policy
from tests.school import School, acting
from tests.slack.people import Sight
from tests.slack.views import View
from tests.training.test_training import REFRESHER

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys

READERS = (HANA, DEV, GWEN, COL, PRIYA)
OTHERS = (ANN, OLU, BEN)


def at(school: School, *instant: int) -> None:
    school.clock.instant = datetime(*instant, tzinfo=UTC)  # type: ignore[misc, arg-type]


def seen(school: School, who: Someone = HANA) -> Overview:
    return overview.get(acting(school, who))


def window(school: School, who: Someone = HANA) -> View:
    shown = school.press(who, school.more(who), "School overview").view
    assert shown is not None
    return shown


def trained(school: School, emails: Iterable[Someone], done_on: str = "2026-11-20") -> None:
    """The office records the refresher for these people."""
    olu = acting(school, OLU)
    names = {each.email for each in emails}
    chosen = [each.person_id for each in register.colleagues(olu) if each.email in names]
    fields = {"done_on": done_on, "provider": "Boost"}
    register.record_several(olu, "online-safety", chosen, fields, form_id=f"form {len(chosen)} {done_on}")


def files(school: School, who: Someone) -> dict[str, bytes]:
    school.deliver()
    return {file.name: file.content for file in school.slack.shared_with(who.user_id)}


# ── who may have it ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.policy("2.1")
def test_head_deputy_governors_and_dpo_have_it_and_nobody_else(school: School) -> None:
    for who in READERS:
        assert "overdue since Sun 31 Mar 2024" in window(school, who).text
    for who in OTHERS:
        assert "School overview" not in school.home(who).text + school.more(who).text
        told = school.press(who, school.home(COL), "School overview", sight=Sight.FORGED)
        assert "overdue" not in told.text + (told.view.text if told.view else "")
        with pytest.raises(Refused):
            overview.get(acting(school, who))
    told = school.press(OZ, school.home(COL), "School overview", sight=Sight.FORGED)
    assert "own staff" in told.text + (told.view.text if told.view else "")
    shown = window(school)
    for name in ("Send me the PDF", "Send me the picture"):
        for who in (OZ, ANN):
            school.press(who, shown, name, sight=Sight.FORGED)
    assert files(school, ANN) == files(school, OZ) == {}


def test_who_loses_the_role_before_it_is_made_gets_no_file(school: School) -> None:
    school.press(DEV, window(school, DEV), "Send me the PDF")
    school.slack.change_user(DEV.user_id, deleted=True)
    assert files(school, DEV) == {}


# ── what it counts ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.databases("sqlite", "postgresql")
def test_training_is_counted_and_one_or_two_people_are_never_told_apart(school: School) -> None:
    def refresher(who: Someone = HANA) -> Counts | None:
        return next(each for each in seen(school, who).training if each.name == REFRESHER).counts

    assert refresher() == Counts(Count(0, 0), Count(9, 9), Count(0, 0))  # due 30 days after it was set up
    trained(school, [HANA, DEV, OLU, ANN, BEN])
    at(school, 2027, 1, 11, 9, 0)
    assert refresher() == Counts(Count(5, 5), Count(0, 0), Count(4, 4))
    assert "5 of 9 done (55%), 4 overdue" in window(school).text
    trained(school, [PRIYA, COL], done_on="2027-01-08")
    assert refresher() == refresher(GWEN) == Counts(Count(7, 8), Count(0, 0), FEW)
    text = window(school, GWEN).text
    assert "7 or 8 of 9 done (77% or more), fewer than 3 overdue" in text
    assert "*None of the 4 teachers is up to date with “Identifying pupils at risk”" in text  # the weakest comes first
    for somebody in (*READERS, ANN, CARA):
        assert somebody.name not in text


@pytest.mark.databases("sqlite", "postgresql")
def test_how_soon_requests_are_answered_by_term_in_school_days(school: School) -> None:
    at(school, 2026, 7, 14, 9, 0)  # last summer: Tuesday to Thursday
    test_access.ask(school)
    at(school, 2026, 7, 16, 9, 0)
    test_access.decide(school, HANA, "Approve", test_access.YES)
    at(school, 2026, 10, 22, 9, 0)  # this autumn, over the half-term holiday: Thursday to the Tuesday after
    test_access.ask(school)
    at(school, 2026, 11, 3, 9, 0)
    test_access.decide(school, HANA, "Reject", test_access.YES)
    at(school, 2026, 11, 23, 9, 0)
    test_access.ask(school)
    test_access.ask(school)
    school.press(ANN, school.people.message(ANN.user_id, "AR-4"), "Take back")
    (summer, autumn) = seen(school).access
    assert (summer.term, summer.came, summer.still_open, summer.median, summer.longest) == ("Summer 2026", 1, 0, 2.0, 2)
    assert (autumn.term, autumn.longest, autumn.median) == ("Autumn 2026", 2, 2.0)
    assert "Summer 2026: 1 came, dealt with in 2 school days." in window(school).text


@pytest.mark.databases("sqlite", "postgresql")
def test_the_filter_and_the_review_are_counted(school: School) -> None:
    test_access.ask(school)
    test_access.decide(school, HANA, "Approve", test_access.YES)
    at(school, 2026, 11, 25, 9, 0)
    text = window(school, COL).text
    assert "1 line is still to be changed in the web filter, for 2 school days" in text
    assert "overdue since Sun 31 Mar 2024; no review is open" in text
    reviews.open_review(acting(school, HANA))
    assert (
        "nobody has signed yet; waits for the governor, the headteacher, the E-Safety Co-ordinator and the"
        in window(school, GWEN).text
    )
    reviews.sign(acting(school, HANA), 1, shown_for="2021-03-04", remarks="", signature=HANA.name)
    text = window(school, GWEN).text
    assert "signed by the headteacher and the E-Safety Co-ordinator; waits for the governor and the data" in text


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.policy("2.1")
def test_who_has_read_the_version_in_force_is_counted_with_the_same_care(school: School) -> None:
    assert "No version of the policy has been imported yet" in window(school).text
    test_policy.imported(school)
    assert "Version 2026-11: none of the 9 staff has read and understood it" in window(school).text
    for who in (HANA, DEV):
        acknowledgement.acknowledge(acting(school, who), 1)
    assert "Version 2026-11: fewer than 3 of 9 staff have read" in window(school, COL).text
    acknowledgement.acknowledge(acting(school, ANN), 1)
    assert "Version 2026-11: 3 of 9 staff have read" in window(school, COL).text


# ── what it must not tell ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_report_about_the_head_changes_nothing_that_anybody_gets(school: School) -> None:
    test_content.report(school)
    before = {who.name: (window(school, who).text, seen(school, who)) for who in READERS}
    pdf = overview_page.make_pdf(acting(school, HANA))
    test_content.report(school, ANN, "The headteacher")
    test_content.report(school, ANN, "A member of staff", **{"Name of individual": "Dev Mistry"})
    test_content.report(school, ANN, "The chair of governors")
    at(school, 2026, 11, 23, 9, 15)
    assert {who.name: (window(school, who).text, seen(school, who)) for who in READERS} == before
    assert overview_page.make_pdf(acting(school, HANA)) == pdf
    test_content.report(school, BEN, "A pupil")
    assert seen(school).reports[-1].came == 2


# ── as a page and as a picture ─────────────────────────────────────────────────────────────────────────────────────


def test_the_pdf_is_one_page_that_a_screen_reader_reads(school: School) -> None:
    test_access.ask(school)
    school.press(GWEN, window(school, GWEN), "Send me the PDF")
    ((name, pdf),) = files(school, GWEN).items()
    assert name == "school-overview-2026-11-23.pdf"
    reader = PdfReader(io.BytesIO(pdf))
    assert len(reader.pages) == 1
    text = squeezed(words(pdf))
    for told in (
        "Overdue",
        "Was due Sun 31 Mar 2024",
        "Huntington Community Primary School",
        REFRESHER,
        "Autumn 2026",
        "Mon 23 Nov 2026",
    ):
        assert squeezed(told) in text
    found = tags(pdf)
    assert found.count("/H1") == 1
    assert found.count("/Figure") == 3
    assert found.count("/Table") == 3
    alternatives = list(structure(pdf, "/Alt"))
    assert len(alternatives) == 3
    assert any(
        "Online safety refresher (all staff): 0 of 9 done (0%), 9 due within 30 days" in each for each in alternatives
    )
    assert any("Autumn 2026: 1 came, still open" in each for each in alternatives)


def test_the_picture_comes_with_its_figures_in_words_and_goes_with_them(school: School) -> None:
    school.press(COL, window(school, COL), "Send me the picture")
    ((name, png),) = files(school, COL).items()
    assert name == "school-overview-2026-11-23.png"
    assert png.startswith(b"\x89PNG")
    (file,) = school.slack.shared_with(COL.user_id)
    assert "overdue since Sun 31 Mar 2024" in file.alternative
    letter = school.people.message(COL.user_id, "as a picture")
    for words_of_it in (letter.text, letter.fallback):
        assert "overdue since Sun 31 Mar 2024" in words_of_it
        assert "Online safety refresher (all staff): 0 of 9 done" in words_of_it
    school.clock.forward(hours=25)
    school.bot.clear_away()
    assert files(school, COL) == {}
    assert "967" not in school.people.message(COL.user_id, "as a picture").text


def test_names_that_the_school_gave_are_no_markup_on_the_page(school: School) -> None:
    from tests.training.test_training import set_up

    def rename(settings: dict[str, Any]) -> None:
        settings["training"][1]["name"] = "#panic() & *Bold* <x>"
        settings["school"]["name"] = "St John's & Co <School>"

    set_up(school, rename)
    pdf = overview_page.make_pdf(acting(school, HANA))
    assert squeezed("#panic() & *Bold* <x>") in squeezed(words(pdf))
    assert squeezed("St John's & Co <School>") in squeezed(words(pdf))
    assert "#panic() &amp; *Bold* &lt;x&gt;" in str(window(school).payload)


def test_the_command_line_writes_both(school: School, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    monkeypatch.setenv("DATABASE_URL", school.database.url.render_as_string(hide_password=False))
    run = CliRunner()
    for name, begins in (("o.pdf", b"%PDF"), ("o.png", b"\x89PNG")):
        done = run.invoke(commands.app, ["overview", "--out", str(tmp_path / name)])
        assert done.exit_code == 0, done.output
        assert (tmp_path / name).read_bytes().startswith(begins)
