"""Those whom a report is about learn nothing of it, however they are named and whatever they become later (KCSIE)."""

import pytest

from bot.errors import Conflict, NotFound
from bot.rules.content import About
from bot.rules.documents import ContentReportForm
from bot.rules.filter.register import Kind, Narrowed
from bot.school_file import read_school
from bot.services import content
from bot.services.filter import lists, register
from bot.services.records import ANY_BUTTON
from bot.services.school import setting_up as school_service
from handlers.slack import windows
from tests.content.test_content import DONE, FORM, inbox, report
from tests.filter.test_register import opened
from tests.front.test_search import opened as records_opened
from tests.people import ANN, BEN, CARA, COL, DEV, HANA, OLU, PRIYA, STAFF, Someone
from tests.reminders.test_reminders import at, digest
from tests.school import SAMPLE, School, acting
from tests.slack.views import View

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys


def with_roles(school: School, *, away: set[tuple[str, str]], given: set[tuple[str, str]]) -> None:
    settings = read_school(SAMPLE / "school.toml")
    holders = (settings.holders() - away) | given
    school_service.set_up(school.database, school.clock(), settings.model_dump(mode="json"), holders, None)


def done_by_hana(school: School, name: str = "CR-4526") -> None:
    record = school.press(HANA, school.people.message(HANA.user_id, f"{name} waits"), "Open and complete").view
    school.submit(HANA, record, DONE)
    school.deliver()


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.parametrize("subject", [DEV, OLU, PRIYA])
def test_a_named_colleague_who_may_see_the_register_does_not_find_the_report_there(
    school: School, subject: Someone
) -> None:
    report(school, ANN, "A member of staff", **{"Name of individual": subject.name})
    done_by_hana(school)
    text = opened(school, subject).text
    assert "CR-4526" not in text
    assert "bad.example" not in text


@pytest.mark.databases("sqlite", "postgresql")
def test_olu_named_has_no_filter_line_on_home(school: School) -> None:
    report(school, ANN, "A member of staff", **{"Name of individual": OLU.name})
    before = school.home(OLU).text
    done_by_hana(school)
    assert school.home(OLU).text == before


@pytest.mark.parametrize(
    "written",
    ["Mrs Rees", "Hana", "H. Rees", "Hana Rees (headteacher)", "Miss Hana Rees", "the head", "Rees, Hana"],
)
def test_the_head_named_as_people_name_her_is_not_told(school: School, written: str) -> None:
    report(school, ANN, "A member of staff", **{"Name of individual": written})
    assert "CR-4526" not in inbox(school, HANA)


@pytest.mark.parametrize("written", ["Mr Mistry", "Dev", "Dev Mistri"])
def test_a_deputy_named_loosely_does_not_find_it(school: School, written: str) -> None:
    report(school, ANN, "A member of staff", **{"Name of individual": written})
    assert "CR-4526" not in records_opened(school, DEV).text


def test_two_people_named_in_the_field(school: School) -> None:
    both = ["Hana Rees, headteacher", "Dev Mistry, deputy headteacher"]
    report(school, ANN, "A member of staff", meant=both, **{"Name of individual": "Hana Rees and Dev Mistry"})
    assert "CR-4526" not in inbox(school, HANA)


def test_a_report_chosen_as_about_a_pupil_that_names_the_head(school: School) -> None:
    report(school, ANN, "A pupil", **{"Name of individual": "Hana Rees"})
    assert "CR-4526" not in inbox(school, HANA)


def test_about_the_coordinator_who_is_the_head_goes_to_the_chair(school: School) -> None:
    report(school, ANN, "The E-Safety Co-ordinator")
    assert "CR-4526" in inbox(school, COL)
    assert "CR-4526" not in inbox(school, DEV)


def test_about_the_coordinator_who_is_the_head_the_pdf_does_not_say_that_the_head_was_told(school: School) -> None:
    from bot.services.documents import forms

    report(school, ANN, "The E-Safety Co-ordinator")
    form = forms.get(school.context(), "CR-4526")
    assert isinstance(form, ContentReportForm)
    assert form.head_told_at is None


def test_who_was_the_coordinator_does_not_see_it_when_the_role_moves_on(school: School) -> None:
    report(school, ANN, "The E-Safety Co-ordinator")
    assert "CR-4526" not in inbox(school, HANA)
    with_roles(
        school,
        away={(HANA.email, "e_safety_coordinator")},
        given={(DEV.email, "e_safety_coordinator")},
    )
    assert "CR-4526" not in school.home(HANA).text
    assert "CR-4526" not in records_opened(school, HANA).text
    with pytest.raises(NotFound):
        content.DESK.get(acting(school, HANA), 4526, ANY_BUTTON)


@pytest.mark.databases("sqlite", "postgresql")
def test_who_was_head_does_not_see_it_when_the_role_moves_on(school: School) -> None:
    """Hana stops being head, stays in school and becomes chair or deputy."""
    report(school, ANN, "The headteacher")
    with_roles(
        school,
        away={(HANA.email, "headteacher"), (HANA.email, "e_safety_coordinator"), (COL.email, "chair_of_governors")},
        given={(DEV.email, "headteacher"), (HANA.email, "chair_of_governors"), (BEN.email, "e_safety_coordinator")},
    )
    with pytest.raises(NotFound):
        content.DESK.get(acting(school, HANA), 4526, ANY_BUTTON)


def test_about_staff_named_a_new_head_of_that_name(school: School) -> None:
    """Dev is named; Dev then becomes head: §6.7's 'told' must not include him."""
    report(school, ANN, "A member of staff", **{"Name of individual": "Dev Mistry"})
    with_roles(school, away={(HANA.email, "headteacher")}, given={(DEV.email, "headteacher")})
    with pytest.raises(NotFound):
        content.DESK.get(acting(school, DEV), 4526, ANY_BUTTON)


def test_a_reporter_who_is_named_and_reports_himself_is_fine(school: School) -> None:
    report(school, DEV, "A member of staff", **{"Name of individual": "Dev Mistry"})
    assert content.DESK.get(acting(school, DEV), 4526, ANY_BUTTON)


def test_the_message_to_the_chair_does_not_name_who_reported_the_head(school: School) -> None:
    """Whoever can export Slack's messages may be the head, or work for the head."""
    report(school, about="The headteacher")
    assert "Ann" not in inbox(school, COL)


def test_a_subject_who_is_also_the_it_lead_reads_no_name_in_any_message(school: School) -> None:
    report(school, ANN, "A member of staff", **{"Name of individual": DEV.name})
    for who in (HANA, ANN, COL):
        for message in school.people.inbox(who.user_id):
            assert "Dev" not in message.text + message.fallback


def test_whoever_a_report_was_about_reads_the_line_but_not_why_when_they_keep_the_filter_later(school: School) -> None:
    report(school, ANN, "A member of staff", **{"Name of individual": "Ben Carter"})
    done_by_hana(school)
    with_roles(
        school,
        away={(HANA.email, "e_safety_coordinator")},
        given={(BEN.email, "e_safety_coordinator"), (BEN.email, "admin_team")},
    )
    seen = opened(school, BEN)
    assert "bad.example" in seen.text  # without it, the list that he pastes would open the site again
    school.clock.forward(days=14)
    school.tick()
    ben, olu = acting(school, BEN), acting(school, OLU)
    history, steps = register.history(ben, 3)
    told = [
        seen.text,
        school.home(BEN).text,
        inbox(school, BEN),
        str(history),
        str(steps),
        lists.reasons(ben).decode(),
    ]
    for word, his, hers in (("CR-4526", 0, 2), ("reported", 0, 2), ("§7.3", 2, 0), ("bad.example", 1, 1)):
        found = [register.overview(whose, Narrowed(words=(word,))).total for whose in (ben, olu)]
        assert found == [his, hers], word  # by the words that each of them reads, and no others
    assert history.entry == "bad.example"
    assert "web filter is still to be changed" in inbox(school, BEN)
    assert not [text for text in told if "CR-4526" in text or "was reported" in text]
    assert b"bad.example" in lists.filter_list(ben, Kind.BLOCKED)
    assert b"CR-4526" in lists.reasons(olu)


def test_when_the_chair_is_gone_before_the_message_comes_the_reporter_learns_it_and_the_head_nothing(
    school: School,
) -> None:
    first = school.command(ANN, "/report-content").view
    form = school.submit(ANN, first, {"Could it be": "No", "Who is this about": "The headteacher"}).view
    school.submit(ANN, form, FORM)
    school.slack.change_user(COL.user_id, deleted=True)
    school.people.event("user_change", user=school.slack.user_object(COL.user_id))
    school.deliver()
    assert [inbox(school, each) for each in STAFF if each is not ANN] == [""] * (len(STAFF) - 1)
    told = school.people.message(ANN.user_id, "there is something for you to do")
    seen = school.press(ANN, told, "Open").view
    assert seen is not None
    assert "Nobody at the school can deal with this report" in seen.text
    assert "01632 960 001" in seen.text
    earlier, later = school.people.inbox(ANN.user_id)
    assert "There is a later message about it below" in earlier.text
    assert "something for you to do" in later.text


def test_when_the_chair_goes_later_the_reporter_is_reminded_alone(school: School) -> None:
    for someone in STAFF:
        school.command(someone, "/lanyard")
    first = school.command(ANN, "/report-content").view
    form = school.submit(ANN, first, {"Could it be": "No", "Who is this about": "The headteacher"}).view
    school.submit(ANN, form, FORM)
    school.deliver()
    school.slack.change_user(COL.user_id, deleted=True)
    school.people.event("user_change", user=school.slack.user_object(COL.user_id))
    school.clock.forward(days=3)
    school.tick()
    told = school.people.message(ANN.user_id, "nobody at the school can deal with it now")
    seen = school.press(ANN, told, "Open").view
    assert seen is not None
    assert "01632 960 001" in seen.text
    for other in STAFF:
        if other not in {ANN, COL}:
            assert "CR-4526" not in inbox(school, other)


# ── whom is it about? asked, never guessed ─────────────────────────────────────────────────────────────────────────


def which(school: School, who: Someone = ANN, illegal: str = "No") -> View:
    first = school.command(who, "/report-content").view
    asked = school.submit(who, first, {"Could it be": illegal, "Who is this about": "A member of staff"}).view
    assert asked is not None
    return asked


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.parametrize(
    "written",
    ["Mrs Rhys", "Hanna Reese", "HANAREES", "H. R.", "Mrs R", "rees hanna", "the head boy", "a parent, Mrs Rees"],
)
def test_a_name_that_may_be_a_colleagues_is_asked_about_and_a_yes_keeps_it_from_her(
    school: School, written: str
) -> None:
    report(school, ANN, "Somebody else", **{"Name of individual": written})
    assert "CR-4526" not in inbox(school, HANA) + records_opened(school, HANA).text
    assert "CR-4526" in inbox(school, COL)


@pytest.mark.parametrize(
    "written",
    ["the head boy", "principal of another school", "a parent, Mrs Rees (no relation)", "Hanna Reece, Year 3"],
)
@pytest.mark.parametrize("about", ["A pupil", "Somebody else"])
def test_a_no_leaves_it_a_pupils_or_a_parents(school: School, written: str, about: str) -> None:
    report(school, ANN, about, meant="No, somebody else", **{"Name of individual": written})
    assert "CR-4526 waits for you" in inbox(school, HANA)
    done_by_hana(school)
    view = content.DESK.get(acting(school, HANA), 4526)
    assert (view.form.individual, view.record.parts) == (written, frozenset())


def test_a_misspelt_colleague_in_the_office_reads_no_line_of_it(school: School) -> None:
    report(school, ANN, "Somebody else", **{"Name of individual": "Mrs Adeyemy"})
    done_by_hana(school)
    text = opened(school, OLU).text
    assert "CR-4526" not in text
    assert "bad.example" not in text


def test_nothing_that_was_typed_is_lost_when_a_name_is_asked_about(school: School) -> None:
    form = school.submit(
        ANN,
        school.command(ANN, "/report-content").view,
        {"Could it be": "No", "Who is this about": "Somebody else, or not known"},
    ).view
    asked = school.submit(ANN, form, {**FORM, "Name of individual": "Mrs Rhys"}).view
    assert asked is not None
    assert "Do you mean Hana Rees, headteacher and E-Safety Co-ordinator?" in asked.text
    other = school.submit(ANN, asked, {"Do you mean": "No, somebody else", "Name of individual": "Mr Mystery"}).view
    assert other is not None
    assert "Do you mean Dev Mistry" in other.text, "another name is another question"
    sent = school.submit(ANN, other, {"Do you mean": "Yes"})
    assert "CR-4526 is on its way" in sent.text
    school.deliver()
    assert "CR-4526" not in records_opened(school, DEV).text
    record = school.press(HANA, school.people.message(HANA.user_id, "CR-4526 waits"), "Open and complete").view
    assert record is not None
    assert "A violent game." in record.text


def test_a_colleague_is_chosen_from_the_list(school: School) -> None:
    form = school.submit(ANN, which(school), {"Colleague": HANA.name}).view
    assert form is not None
    assert "Name of individual" not in form.text
    school.submit(ANN, form, FORM)
    school.deliver()
    assert "CR-4526" not in inbox(school, HANA)
    seen = school.press(COL, school.people.message(COL.user_id, "CR-4526 waits"), "Open and complete").view
    assert seen is not None
    assert "Hana Rees" in seen.text


def test_whoever_would_rather_not_say_is_told_whom_to_speak_to_and_nothing_is_kept(school: School) -> None:
    told = school.submit(ANN, which(school), {"Or": "I would rather not say here"}).view
    assert told is not None
    assert "Nothing was sent" in told.text
    assert "chair of governors" in told.text
    school.deliver()
    assert "CR-" not in inbox(school, HANA) + inbox(school, COL) + inbox(school, ANN)


def test_what_may_be_illegal_and_is_a_colleagues_is_kept_from_that_colleague(school: School) -> None:
    stop = school.submit(ANN, which(school, illegal="Yes, or I am not sure"), {"Colleague": HANA.name}).view
    assert stop is not None
    assert "Col Evans" in stop.text
    school.deliver()
    assert "CR-4526" not in inbox(school, HANA)


def test_neither_or_both_is_said_where_it_was_chosen(school: School) -> None:
    asked = which(school)
    assert [*map(windows.name, school.submit(ANN, asked, {}).errors)] == ["colleague"]
    both = {"Colleague": HANA.name, "Or": "Somebody who is not in this list"}
    assert [*map(windows.name, school.submit(ANN, asked, both).errors)] == ["otherwise"]


def test_whoever_a_report_is_about_takes_over_no_line_of_it(school: School) -> None:
    """Ben is named, joins the office later, and is not offered what would name the report to her (case 10)."""
    report(school, ANN, "A member of staff", **{"Name of individual": "Ben Carter"})
    record = school.press(HANA, school.people.message(HANA.user_id, "CR-4526 waits"), "Open and complete").view
    school.submit(HANA, record, DONE)
    with_roles(school, away=set(), given={(BEN.email, "admin_team"), (CARA.email, "admin_team")})
    at(school, 2026, 11, 25, 8, 0)
    school.tick()
    form = school.press(HANA, digest(school), "Hand over", near="still to be changed").view
    assert form is not None
    offered = str(form.payload)
    assert CARA.name in offered
    assert BEN.name not in offered


def test_what_may_be_illegal_is_the_safeguarding_leads_first(school: School) -> None:
    """KCSIE part two, UKCIS: whoever leads on safeguarding deals with it; nobody else does while they are here."""
    with_roles(school, away=set(), given={(CARA.email, "safeguarding_lead")})
    acting(school, CARA)
    first = school.command(ANN, "/report-content").view
    ticked = {"Could it be": "Yes, or I am not sure", "Who is this about": "A pupil"}
    stop = school.submit(ANN, first, ticked).view
    assert stop is not None
    assert "to Cara Singh" in stop.text
    assert "go to the police or to the council's children's services yourself" in stop.text
    school.deliver()
    assert "CR-4526, urgent" in inbox(school, CARA)
    report(school, BEN)
    assert "CR-5417" not in inbox(school, CARA), "of anything else the E-Safety Co-ordinator deals with"


@pytest.mark.databases("sqlite", "postgresql")
def test_a_safeguarding_lead_whom_it_is_about_is_kept_out_of_it(school: School) -> None:
    with_roles(school, away=set(), given={(CARA.email, "safeguarding_lead")})
    acting(school, CARA)
    stop = school.submit(ANN, which(school, illegal="Yes, or I am not sure"), {"Colleague": CARA.name}).view
    assert stop is not None
    assert "to Hana Rees" in stop.text
    school.deliver()
    assert "CR-4526" not in inbox(school, CARA)


def test_a_colleague_who_is_nobody_any_more_is_asked_for_again(school: School) -> None:
    """Two accounts became one person between two windows: a report must not go out with nobody kept from it."""
    fields = {"urls": "https://bad.example/", "nature": "Violent.", "individual": "Dev Mistry"}
    with pytest.raises(Conflict):
        content.report(acting(school, ANN), About.STAFF, fields, form_id="one", colleagues=[999])
    assert "CR-" not in inbox(school, HANA)
