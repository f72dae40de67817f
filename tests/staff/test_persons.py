"""A person is a person across accounts: what is theirs stays theirs, and what is kept from them stays kept."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from bot.errors import NotFound
from bot.school_file import SchoolFile, read_school
from bot.services import content
from bot.services.records import ANY_BUTTON
from bot.services.school import housekeeping, setting_up, staff_import
from storage import audit
from storage.people import joining, people
from tests.access.test_access import YES, ask
from tests.content.test_content import inbox, report
from tests.people import ANN, BEN, COL, DEV, HANA, OLU, STAFFROOM, Someone
from tests.school import SAMPLE, School, acting, at_once
from tests.slack.people import Sight
from tests.staff.test_accounts import NOT_STAFF, changed
from tests.training.test_training import REFRESHER, entries, record


def made_anew(school: School, who: Someone, name: str = "") -> Someone:
    """Delete somebody's account and make another one under their address. Slack tells nobody whose it is."""
    school.slack.change_user(who.user_id, deleted=True, email=f"deleted.{who.email}")
    anew = Someone(f"{who.user_id}2", name or who.name, who.email)
    come(school, anew)
    return anew


def come(school: School, who: Someone) -> None:
    school.slack.add_user(*who)
    school.slack.change_channel(STAFFROOM, members={*school.slack.channels[STAFFROOM].members, who.user_id})


def answer(school: School, who: Someone, newcomer: Someone, button: str) -> str:
    window = school.press(who, school.home(who), "Open", near=f"Who is {newcomer.name}?").view
    done = school.press(who, window, button).view
    assert done is not None
    school.deliver()
    return done.text


def named(school: School, name: str) -> list[tuple[int, str, str | None]]:
    with school.database.read() as connection:
        every = people.every(connection, 1)
    return [(person.person_id, person.email, person.account) for person in every if person.name == name]


def actions(school: School) -> list[str]:
    with school.database.read() as connection:
        return [action for action, _ in audit.entries(connection, 1)]


def set_up(school: School, holders: set[tuple[str, str]] | None = None, **more: object) -> setting_up.SetUp:
    settings = read_school(SAMPLE / "school.toml")
    given = settings.holders() if holders is None else holders
    look_up = school.bot.router.directory.user_by_email
    written = settings.model_dump(mode="json")
    return setting_up.set_up(school.database, school.clock(), written, given, look_up, **more)  # type: ignore[arg-type]


# ── an account that is made anew ───────────────────────────────────────────────────────────────────────────────────


def test_a_persons_account_made_anew_keeps_classes_requests_and_training(school: School) -> None:
    ask(school, ANN)
    record(school, ANN, REFRESHER)
    anew = made_anew(school, ANN)
    home = school.home(anew).text
    assert "Your classes: 3B" in home
    assert "AR-1" in home
    assert len(entries(school)) == 1
    assert [account for _, _, account in named(school, ANN.name)] == [anew.user_id]
    assert "persons.account_made_anew" in actions(school)
    assert NOT_STAFF in school.command(ANN, "/consent", "Jamie").text  # the old one is closed


def test_the_head_made_anew_does_not_approve_her_own_request(school: School) -> None:
    """Security 5: head@ may be anybody's, so the office is asked; until then nothing, and afterwards the same bars."""
    ask(school, HANA)
    letter = school.people.message(DEV.user_id, "AR-1 waits for you")
    anew = made_anew(school, HANA)
    assert "a member of staff for now" in school.home(anew).text
    assert "You are here as *a member of staff*" in school.home(anew).text
    school.deliver()
    told = school.people.message(OLU.user_id, "uses the address of a colleague")
    assert HANA.name not in told.text + told.fallback  # who is meant is in the window, not in Slack's history
    assert "one person" in answer(school, OLU, anew, "The same person")
    assert "headteacher" in school.home(anew).text
    assert len(named(school, HANA.name)) == 1
    form = school.press(DEV, letter, "Approve").view  # it is the deputy's, as before
    assert form is not None
    forged = school.submit(anew, form, {**YES, "Signature": HANA.name}, sight=Sight.FORGED)
    assert "not yours to decide" in str(forged.body) + forged.text
    assert "approved" not in school.home(anew).text.lower()


@pytest.mark.parametrize("said", ["The same person", "not yet"])
def test_of_whom_a_report_speaks_is_kept_from_it_whatever_the_account(school: School, said: str) -> None:
    """Security 6."""
    report(school, about="A member of staff")
    school.press(HANA, school.people.message(HANA.user_id, "CR-4526 waits"), "Open and complete")
    form = school.press(HANA, school.top(HANA), "It is about a colleague").view
    school.submit(HANA, form, {"Colleague": DEV.name})
    anew = made_anew(school, DEV)
    school.home(anew)
    changed(school, HANA.user_id, deleted=True)  # now it would be the deputy's
    if said == "The same person":
        answer(school, OLU, anew, said)
        assert "deputy headteacher" in school.home(anew).text
    school.deliver()
    assert "CR-4526" not in inbox(school, anew) + school.home(anew).text
    with pytest.raises(NotFound):
        content.DESK.get(acting(school, anew), 4526, ANY_BUTTON)


def test_a_mailbox_that_passes_on_gives_the_successor_nothing_but_its_roles(school: School) -> None:
    ask(school, OLU)
    pat = made_anew(school, OLU, "Pat Newcomer")
    assert "AR-1" not in school.home(pat).text
    assert "This is for the" in school.command(pat, "/consent-record", "Jamie Nowak", channel=None).text
    assert "is not *Olu Adeyemi*" in answer(school, HANA, pat, "Somebody else")
    assert "admin team" in school.home(pat).text
    assert "AR-1" not in school.home(pat).text
    assert len(named(school, OLU.name)) == 1


def test_another_ann_with_anns_address_is_asked_about(school: School) -> None:
    school.home(ANN)
    other = made_anew(school, ANN, "Ann Newcomer")
    assert "Your classes" not in school.home(other).text
    answer(school, OLU, other, "Somebody else")
    assert "Your classes" not in school.home(other).text


def test_nobody_answers_about_themselves_and_an_answer_counts_once(school: School) -> None:
    anew = made_anew(school, HANA)
    school.home(anew)
    windows = {who: school.press(who, school.home(who), "Open", near=f"Who is {anew.name}?").view for who in (OLU, DEV)}
    school.deliver()
    letter = school.people.message(OLU.user_id, "uses the address of a colleague")
    refused = school.press(anew, letter, "Who is this?", sight=Sight.FORGED)
    assert "This is for the" in refused.text
    school.press(OLU, windows[OLU], "The same person")
    late = school.press(DEV, windows[DEV], "Somebody else")
    assert "Somebody else has answered this already" in late.text
    school.deliver()
    assert "Somebody has answered" in school.people.message(OLU.user_id, "Somebody has answered").text
    assert f"Who is {anew.name}?" not in school.home(DEV).text


def test_what_the_newcomer_did_meanwhile_is_the_persons_afterwards(school: School) -> None:
    ask(school, HANA)
    anew = made_anew(school, HANA)
    ask(school, anew)
    record(school, anew, REFRESHER)
    before = named(school, HANA.name)
    answer(school, OLU, anew, "The same person")
    gone = next(number for number, _, account in before if account == anew.user_id)
    home = school.home(anew).text
    assert "AR-1" in home
    assert "AR-2" in home
    with school.database.read() as connection:
        for table, column in joining.references():
            left = select(func.count()).select_from(table).where(column == gone)
            assert connection.execute(left).scalar_one() == 0, f"{table.name}.{column.name}"


# ── two accounts of one person ─────────────────────────────────────────────────────────────────────────────────────


def test_an_old_account_that_comes_back_is_still_hers(school: School) -> None:
    ask(school, ANN)
    anew = made_anew(school, ANN)
    school.home(anew)
    school.slack.change_user(ANN.user_id, deleted=False, email="ann.old@huntington.example")
    assert "AR-1" in school.home(ANN).text
    assert "AR-1" in school.home(anew).text
    assert len(named(school, ANN.name)) == 1


def test_a_second_account_that_is_a_guests_lets_nobody_in_and_shuts_nobody_out(school: School) -> None:
    anew = made_anew(school, ANN)
    school.home(anew)
    school.slack.change_user(ANN.user_id, deleted=False, is_restricted=True, email="ann.old@huntington.example")
    assert NOT_STAFF in school.command(ANN, "/consent", "Jamie").text
    assert NOT_STAFF not in school.command(anew, "/consent", "Jamie", channel=None).text


def test_two_accounts_become_one_where_slack_gives_the_address_of_one_to_the_other(school: School) -> None:
    second = Someone("U0ANN3", ANN.name, "a.teacher@huntington.example")
    come(school, second)
    ask(school, ANN)
    record(school, second, REFRESHER)
    assert len(named(school, ANN.name)) == 2
    school.slack.change_user(ANN.user_id, deleted=True, email="gone@huntington.example")
    changed(school, second.user_id, email=ANN.email)
    home = school.home(second).text
    assert "AR-1" in home
    assert "Your classes: 3B" in home
    assert len(named(school, ANN.name)) == 1


# ── addresses ──────────────────────────────────────────────────────────────────────────────────────────────────────


def listed(school: School, change: Callable[[str], str]) -> None:
    staff_import.apply(school.context(), "staff.csv", change((SAMPLE / "staff.csv").read_text()).encode())


def test_an_address_in_the_file_before_slack_changes_it_makes_no_second_person(school: School) -> None:
    """Handed case 04."""
    new = "hana.jones@huntington.example"
    listed(school, lambda text: text.replace(HANA.email, new))
    changed(school, HANA.user_id, email=new)
    holders = {(new if email == HANA.email else email, role) for email, role in read().holders()}
    for _ in range(2):
        assert set_up(school, holders).not_in_slack == ()
    school.clock.forward(days=1)
    school.tick()
    assert "headteacher" in school.home(HANA).text
    assert [email for _, email, _ in named(school, HANA.name)] == [new]


def read() -> SchoolFile:
    return read_school(SAMPLE / "school.toml")


def test_both_addresses_in_the_settings_and_then_slack_changes_it(school: School) -> None:
    """Security 12."""
    new = "hana.jones@huntington.example"
    both = read().holders() | {(new, role) for email, role in read().holders() if email == HANA.email}
    set_up(school, both)
    changed(school, HANA.user_id, email=new)
    assert "headteacher" in school.home(HANA).text
    school.clock.forward(days=1)
    school.tick()
    assert set_up(school, both).changes == ()
    assert "headteacher" in school.home(HANA).text


def test_settings_that_still_have_the_old_address_take_no_role_away(school: School) -> None:
    changed(school, HANA.user_id, email="hana.newname@huntington.example")
    assert set_up(school).changes == ()
    assert "headteacher" in school.home(HANA).text


def test_a_staff_list_that_still_has_the_old_address_makes_no_second_person(school: School) -> None:
    changed(school, HANA.user_id, email="hana.newname@huntington.example")
    told = staff_import.preview(school.context(), "staff.csv", (SAMPLE / "staff.csv").read_bytes())
    assert told.added == ()
    assert told.not_listed == ()
    listed(school, lambda text: text.replace("Headteacher", "Head"))
    assert [email for _, email, _ in named(school, HANA.name)] == ["hana.newname@huntington.example"]


def test_where_the_workspace_hides_addresses_people_are_known_by_the_one_they_were_found_by(school: School) -> None:
    for who in (HANA, ANN):
        school.slack.change_user(who.user_id, hides_address=True)
    newcomer = Someone("U0SAM", "Sam Supply", "sam.supply@huntington.example")
    school.slack.add_user(*newcomer, hides_address=True)
    home = school.home(newcomer)  # before the staff list knows of Sam
    assert "Good morning Sam" in home.text
    listed(school, lambda text: f"{text}{newcomer.email},Sam Supply,Class teacher,3H,2026-11-23\n")
    holders = {*read().holders(), (newcomer.email, "senior_leader")}
    assert set_up(school, holders).not_in_slack == ()
    home = school.home(newcomer)
    assert "senior leader" in home.text
    assert "Your classes: 3H" in home.text
    assert len(named(school, newcomer.name)) == 1
    school.clock.forward(days=1)
    school.tick()
    assert "headteacher" in school.home(HANA).text
    assert set_up(school, holders).changes == ()


def test_the_timetable_finds_whose_address_is_hidden(school: School) -> None:
    newcomer = Someone("U0SAM", "Sam Supply", "sam.supply@huntington.example")
    school.slack.add_user(*newcomer, hides_address=True)
    school.home(newcomer)
    listed(school, lambda text: f"{text}{newcomer.email},Sam Supply,Class teacher,3H,2026-11-23\n")
    housekeeping.refresh_people(school.database, school.clock, school.bot.router.directory)
    assert "Your classes: 3H" in school.home(newcomer).text
    assert len(named(school, newcomer.name)) == 1


def test_an_address_that_passes_on_between_two_colleagues_makes_neither_the_other(school: School) -> None:
    ask(school, OLU)
    school.slack.change_user(OLU.user_id, deleted=True, email="gone@huntington.example")
    changed(school, BEN.user_id, email=OLU.email)
    home = school.home(BEN).text
    assert "admin team" not in home
    assert "AR-1" not in home


def test_the_address_of_a_closed_account_is_nobodys_new_one(school: School) -> None:
    """Somebody renames an account as they close it: the roles stay with the address, for whoever comes."""
    changed(school, OLU.user_id, deleted=True, email="olu.gone@huntington.example")
    with school.database.read() as connection:
        assert (OLU.email, "admin_team") in people.roles(connection, 1)


# ── two at once ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_first_requests_of_a_new_account_make_one_person_and_one_question(school: School) -> None:
    anew = made_anew(school, HANA)
    assert at_once(*[lambda: school.home(anew)] * 2) == []
    assert [account for _, _, account in named(school, HANA.name)].count(anew.user_id) == 1
    assert actions(school).count("persons.asked") == 1


def test_two_who_answer_at_once_give_one_answer(school: School) -> None:
    anew = made_anew(school, HANA)
    school.home(anew)
    windows = {who: school.press(who, school.home(who), "Open", near=f"Who is {anew.name}?").view for who in (OLU, DEV)}
    acts = [
        lambda who=who, said=said: school.press(who, windows[who], said)
        for who, said in ((OLU, "The same person"), (DEV, "Somebody else"))
    ]
    assert at_once(*acts) == []
    done = actions(school)
    assert done.count("persons.joined") + done.count("persons.told_apart") == 1


def test_where_the_office_is_in_doubt_itself_the_head_is_asked(school: School) -> None:
    school.home(made_anew(school, OLU, "Pat Newcomer"))
    school.deliver()
    assert "uses the address of a colleague" in inbox(school, HANA)
    assert "uses the address of a colleague" not in inbox(school, COL)


def test_whoever_became_a_guest_with_the_question_open_answers_nothing(school: School) -> None:
    anew = made_anew(school, HANA)
    school.home(anew)
    window = school.press(OLU, school.home(OLU), "Open", near=f"Who is {anew.name}?").view
    changed(school, OLU.user_id, is_restricted=True)
    assert NOT_STAFF in school.press(OLU, window, "The same person").text
    assert "headteacher" not in school.home(anew).text
    assert "one person" in answer(school, DEV, anew, "The same person")
