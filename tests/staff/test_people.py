"""Who may speak to the bot: staff of this school, today; nobody else, ever."""

import pytest

from bot.context import Context
from bot.school_file import read_school
from bot.services.school import housekeeping
from bot.services.school.people import identify
from storage import audit
from storage.people import people
from tests.people import ANN, BEN, GUS, HANA, OLU, OPEN_DAY, OZ, STAFFROOM
from tests.school import SAMPLE, School, context_of
from tests.slack.people import Answer

NOT_STAFF = "only this school's own staff"


def ask(school: School, who: str = ANN.user_id) -> Answer:
    return school.people.command(who, "/consent", "Fatima van Dijk", channel=None)


def roles_of(school: School, email: str) -> set[str]:
    with school.database.read() as connection:
        return {role for holder, role in people.roles(connection, 1) if holder == email}


def test_a_new_colleague_is_let_in_as_staff_on_the_first_day(school: School) -> None:
    school.slack.add_user("U0SAM", "Sam Supply", "sam@huntington.example")
    assert "*Fatima van Dijk*" in ask(school, "U0SAM").text
    refused = school.people.command("U0SAM", "/consent-record", "Fatima van Dijk", channel=None)
    assert "This is for the" in refused.text


@pytest.mark.parametrize(
    "what",
    [
        {"is_restricted": True},
        {"is_ultra_restricted": True},
        {"is_stranger": True},
        {"is_bot": True},
        {"deleted": True},
        {"team_id": "T0OTHER"},
    ],
)
def test_outsiders_are_refused_everywhere(school: School, what: dict[str, object]) -> None:
    school.slack.add_user("U0OUT", "Out Sider", "out@huntington.example", **what)  # type: ignore[arg-type]
    assert NOT_STAFF in ask(school, "U0OUT").text
    # On every surface, not only the command:
    school.people.open_home("U0OUT")
    home = school.slack.home("U0OUT")
    assert home is not None
    assert NOT_STAFF in home.text
    assert "Hello" not in home.text
    for callback in ("consent.form", "ledger.form"):
        window = school.people.shortcut("U0OUT", callback).view
        assert window is not None
        assert NOT_STAFF in window.text


def test_a_guest_gets_no_suggestions_and_cannot_press_somebody_elses_button(school: School) -> None:
    from tests.slack.people import Sight

    form = school.command(ANN, "/consent").view
    assert form is not None
    assert school.people.suggestion(OZ.user_id, form, "Pupils", "fatima", sight=Sight.FORGED).options == []
    asked = school.command(ANN, "/consent", "Jamie", channel=OPEN_DAY)
    told = school.press(GUS, asked, "Show the answer to me only", sight=Sight.FORGED)
    assert "Jamie" not in told.text
    answer = school.submit(OZ, form, {"Or type": "Jamie Nowak"}, sight=Sight.FORGED)
    assert "Nowak" not in answer.text


def test_who_leaves_loses_access_at_once(school: School) -> None:
    assert "*Fatima" in ask(school).text
    school.slack.change_user(ANN.user_id, deleted=True)
    school.people.event("user_change", user=school.slack.user_object(ANN.user_id))
    assert NOT_STAFF in ask(school).text
    with school.database.read() as connection:
        assert audit.entries(connection, 1)[-1][0] == "people.left"


def test_who_becomes_a_guest_loses_access_and_who_comes_back_has_it_again(school: School) -> None:
    for marks, told in (({"is_restricted": True}, NOT_STAFF), ({"is_restricted": False}, "*Fatima")):
        school.slack.change_user(ANN.user_id, **marks)
        school.people.event("user_change", user=school.slack.user_object(ANN.user_id))
        assert told in ask(school).text


def test_a_lost_event_is_made_good_within_half_a_day(school: School) -> None:
    ask(school)
    school.slack.change_user(ANN.user_id, deleted=True)
    assert "*Fatima" in ask(school).text  # Slack itself would not let her in; the event was lost
    school.clock.forward(hours=12)
    assert NOT_STAFF in ask(school).text


def test_the_timetable_notices_who_has_left(school: School) -> None:
    housekeeping.refresh_people(school.database, school.clock, school.bot.router.directory)
    ask(school)
    school.slack.change_user(ANN.user_id, deleted=True)
    school.clock.forward(hours=13)
    changed = housekeeping.refresh_people(school.database, school.clock, school.bot.router.directory)
    assert changed == 1
    assert NOT_STAFF in ask(school).text


def test_a_slack_that_does_not_answer_is_asked_once(school: School) -> None:
    school.clock.forward(days=1)
    school.slack.fail_next("users.info", status=500)
    school.slack.fail_next("users.lookupByEmail", status=500)
    assert housekeeping.refresh_people(school.database, school.clock, school.bot.router.directory) == 0
    assert school.slack.calls == []  # of which only those stand here that were answered


def test_an_account_that_slack_does_not_know_keeps_no_other_waiting(school: School) -> None:
    ask(school)
    school.clock.forward(hours=1)  # Ann was not asked about for longest now
    housekeeping.refresh_people(school.database, school.clock, school.bot.router.directory)
    school.clock.forward(hours=13)
    school.slack.fail_next("users.info", error="user_not_found")
    school.slack.change_user(BEN.user_id, deleted=True)
    assert housekeeping.refresh_people(school.database, school.clock, school.bot.router.directory) == 1
    assert NOT_STAFF in ask(school, BEN.user_id).text


def test_a_tick_asks_about_fifty_people_at_most(school: School) -> None:
    with school.database.begin() as connection:
        for number in range(80):
            address = f"p{number}@huntington.example"
            people.add(connection, 1, email=address, name=f"Person {number}", checked_at=None)
    before = len(school.slack.calls)
    housekeeping.refresh_people(school.database, school.clock, school.bot.router.directory)
    assert len(school.slack.calls) == before + 50
    housekeeping.refresh_people(school.database, school.clock, school.bot.router.directory)
    assert len(school.slack.calls) < before + 100  # nobody is asked about twice


def test_if_slack_does_not_say_who_somebody_is_nothing_is_told(school: School) -> None:
    school.clock.forward(hours=13)
    school.slack.fail_next("users.info", status=500, times=5)
    told = ask(school)
    assert "Slack did not say who you are" in told.text
    assert "Fatima" not in told.text


def test_another_workspace_gets_nothing(school: School) -> None:
    school.people.team_id = "T0FOREIGN"
    assert "Fatima" not in ask(school).text
    school.people.team_id = None
    assert "*Fatima" in ask(school).text


def test_a_forged_or_old_signature_is_turned_away(school: School) -> None:
    school.people.signing_secret = "somebody-elses"
    assert ask(school).status == 401
    school.people.signing_secret = "fake-signing-secret"
    school.people.age_seconds = 600
    assert ask(school).status == 401


def test_roles_come_from_the_settings_by_address(school: School) -> None:
    assert roles_of(school, HANA.email) == {"headteacher", "e_safety_coordinator"}
    assert roles_of(school, ANN.email) == set()


def test_setting_up_twice_changes_nothing(school: School) -> None:
    from bot.services.school import setting_up as service

    settings = read_school(SAMPLE / "school.toml")
    look_up = school.bot.router.directory.user_by_email
    again = service.set_up(
        school.database, school.clock(), settings.model_dump(mode="json"), settings.holders(), look_up
    )
    assert again.changes == ()
    assert again.not_in_slack == ()


def test_a_role_is_handed_over_by_setting_up_again(school: School) -> None:
    from bot.services.school import setting_up as service

    settings = read_school(SAMPLE / "school.toml")
    holders = {each for each in settings.holders() if each[1] != "admin_team"} | {(BEN.email, "admin_team")}
    done = service.set_up(school.database, school.clock(), settings.model_dump(mode="json"), holders, None)
    assert set(done.changes) == {f"{BEN.email} is now admin team.", f"{OLU.email} is no longer admin team."}
    assert "This is for the" in school.command(OLU, "/consent-record", "Fatima van Dijk").text
    assert school.command(BEN, "/consent-record", "Fatima van Dijk").view is not None


def test_a_role_holder_without_an_account_is_named(school: School) -> None:
    from bot.services.school import setting_up as service

    settings = read_school(SAMPLE / "school.toml")
    holders = settings.holders() | {("nobody@huntington.example", "governor"), (OZ.email, "governor")}
    look_up = school.bot.router.directory.user_by_email
    done = service.set_up(school.database, school.clock(), settings.model_dump(mode="json"), holders, look_up)
    assert set(done.not_in_slack) == {"nobody@huntington.example", OZ.email}


def test_a_workspace_without_a_school_is_told_so(school: School) -> None:
    from sqlalchemy import update

    from storage.school import school as table

    with school.database.begin() as connection:
        connection.execute(update(table).values(workspace="T0ELSEWHERE"))
    told = school.command(ANN, "/consent", "Fatima van Dijk", channel=STAFFROOM)
    assert "not set up for this Slack workspace" in told.text


def test_a_mailbox_that_passes_to_a_successor_makes_a_new_person(school: School) -> None:
    """Olu leaves; Pat gets office@. What Olu recorded stays Olu's, and Hana says that Pat is somebody else."""
    school.slack.change_user(OLU.user_id, deleted=True, email="olu.gone@huntington.example")
    school.slack.add_user("U0PAT", "Pat Newcomer", OLU.email)
    school.people.open_home("U0PAT")
    home = school.slack.home("U0PAT")
    assert home is not None
    assert "Good morning Pat" in home.text
    assert "a member of staff for now" in home.text
    assert "admin team" not in home.text
    window = school.press(HANA, school.home(HANA), "Open", near="Who is Pat Newcomer?").view
    school.press(HANA, window, "Somebody else")
    school.people.open_home("U0PAT")
    home = school.slack.home("U0PAT")
    assert home is not None
    assert "admin team" in home.text
    with school.database.read() as connection:
        names = [person.name for person in people.every(connection, 1)]
    assert "Olu Adeyemi" in names


def test_a_new_address_keeps_the_role(school: School) -> None:
    school.slack.change_user(HANA.user_id, email="hana.newname@huntington.example")
    school.people.event("user_change", user=school.slack.user_object(HANA.user_id))
    assert "headteacher" in school.home(HANA).text
    assert roles_of(school, "hana.newname@huntington.example") == {"headteacher", "e_safety_coordinator"}


def test_who_is_kept_in_memory_is_who_works_here_now(school: School) -> None:
    ask(school)
    actor = identify(
        school.database, school.clock, lambda _user: {}, team_id=school.slack.team_id, slack_user=ANN.user_id
    )
    context = context_of(school, actor)

    def names() -> list[str]:
        with context.begin() as tx:
            return [each.name for each in tx.everybody()]

    before = names()
    with pytest.raises(ZeroDivisionError):
        _add_and_fail(context, before)
    assert names() == before  # what was undone was not kept
    with school.database.begin() as connection:
        people.add(connection, 1, email="zoe@huntington.example", name="Zoë Newcomer")
    assert names() == [*before, "Zoë Newcomer"]


def _add_and_fail(context: Context, before: list[str]) -> None:
    with context.begin() as tx:
        people.add(tx.connection, 1, email="abe@huntington.example", name="Zz Newcomer")
        assert [each.name for each in tx.everybody()] == [*before, "Zz Newcomer"]
        raise ZeroDivisionError
