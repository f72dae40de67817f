"""Where pictures appear, and who looks after each place. Policy §5.1, 5.3."""

import pytest

from bot.services.posting import surfaces
from tests.people import ANN, BEN, HANA, OLU, PRIYA, Someone
from tests.posting.gate import FATIMA, FEED, check, log, withdraw
from tests.school import School
from tests.slack.views import View

pytestmark = pytest.mark.databases("sqlite")

HALL = {
    "Name": "Display in the hall",
    "What are parents asked": "Displays in school",
    "May pictures be taken": "No, school devices only",
}


def register(school: School) -> View:
    view = school.press(OLU, school.more(OLU).view, "Where pictures appear").view
    assert view is not None
    return view


def looked_after_by(school: School, form: View | None, who: Someone) -> dict[str, list[str]]:
    """Return the field with one colleague in it, whom the picker has to have offered first."""
    school.home(who)
    (offered,) = school.suggest(OLU, form, "Who looks after it", who.name)
    return {"Who looks after it": [offered]}


def add(school: School, who: Someone | None = None) -> View:
    form = school.press(OLU, register(school), "Add a place").view
    more = looked_after_by(school, form, who) if who else {}
    done = school.submit(OLU, form, {**HALL, **more}).view
    assert done is not None
    return done


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.policy("5.1")
def test_every_account_and_every_use_is_there_from_the_start(school: School) -> None:
    shown = register(school).text
    assert f"*{FEED}* · parents are asked for “Twitter/X”" in shown
    assert "Looked after by Hana Rees, Olu Adeyemi" in shown
    assert "*School website* · parents are asked for “School website”" in shown
    assert shown.count("Twitter/X") == 1  # the account is the place of that use
    assert "Passwords do not belong here" in shown


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.policy("5.1")
def test_a_place_is_added_looked_after_by_a_colleague_and_closed(school: School) -> None:
    added = add(school, BEN)
    assert "*Display in the hall* · parents are asked for “Displays in school”" in added.text
    assert "Looked after by Ben Carter" in added.text
    form = school.command(ANN, "/post-check", "").view
    assert form is not None
    assert "Display in the hall" in str(form.payload)
    change = school.press(OLU, added, "Change", near="Display in the hall").view
    closed = school.press(OLU, change, "Close this place").view
    assert closed is not None
    assert "~Display in the hall~ · closed" in closed.text
    form = school.command(ANN, "/post-check", "").view
    assert form is not None
    assert "Display in the hall" not in str(form.payload)


def test_two_places_of_one_name_are_refused_under_the_field(school: School) -> None:
    add(school)
    form = school.press(OLU, register(school), "Add a place").view
    assert "already" in str(school.submit(OLU, form, HALL).errors)


def test_what_parents_are_asked_for_a_place_stays(school: School) -> None:
    """What was posted there rests on it."""
    change = school.press(OLU, add(school), "Change", near="Display in the hall").view
    wrong = school.submit(OLU, change, {"What are parents asked": "Local press"})
    assert "Close this place" in str(wrong.errors)


@pytest.mark.policy("5.3")
def test_only_those_who_keep_the_register_see_it(school: School) -> None:
    for who in (ANN, BEN, PRIYA):
        assert "Where pictures appear" not in str(school.more(who).view)


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.policy("4.6")
def test_a_take_down_goes_to_whoever_looks_after_the_place_now(school: School) -> None:
    log(school, ANN, check(school).view)
    withdraw(school)
    assert "TD-1" in school.people.message(HANA.user_id, "Pictures have to come down").text
    change = school.press(OLU, register(school), "Change", near=FEED).view
    school.submit(OLU, change, looked_after_by(school, change, BEN))
    school.deliver()
    told = school.people.message(BEN.user_id, "Pictures have to come down")
    assert FATIMA not in told.text
    assert FATIMA in school.press(BEN, told, "Open").text
    assert "Nothing of this is left" in school.people.message(HANA.user_id, "left to take down").text


def test_setup_says_what_differs_and_changes_nothing(school: School) -> None:
    """The register is kept in Slack once it was taken in."""
    change = school.press(OLU, register(school), "Change", near=FEED).view
    school.submit(OLU, change, looked_after_by(school, change, BEN))
    settings = {
        "uses": [{"key": "twitter", "name": "Twitter/X"}],
        "accounts": [
            {"key": "twitter", "name": "Feed", "url": "", "custodians": [HANA.email]},
            {"key": "loose", "name": "Loose", "url": "", "custodians": []},
        ],
    }
    with school.context().begin() as tx:
        done, noted = surfaces.begin(tx, settings)
    remarks = "\n".join(noted)
    assert done == []
    assert "kept in Slack now, and differ" in remarks
    assert "loose was left out: write use =" in remarks
    assert "Looked after by Ben Carter" in register(school).text


@pytest.mark.policy("5.1")
def test_the_register_is_looked_through_once_a_year(school: School) -> None:
    assert "Once a year" not in register(school).text
    school.clock.forward(days=365)
    school.tick()
    told = school.people.message(OLU.user_id, "it is looked through once a year")
    shown = school.press(OLU, told, "Look through it").view
    assert shown is not None
    assert "Who has left?" in shown.text
    done = school.press(OLU, shown, "All of this is right").view
    assert done is not None
    assert "Once a year" not in done.text


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.policy("5.1")
def test_who_may_post_is_asked_for_granted_and_ended(school: School) -> None:
    told = check(school).text
    assert f"*{FEED}* is looked after by Hana Rees, Olu Adeyemi" in told
    form = school.command(ANN, "/ask-permission", "").view
    entries = {
        "What for": "To post on one of the school's accounts (§5.1)",
        "Where": FEED,
        "Until": "2027-07-20",
        "Reasons": "I post for Oaks.",
    }
    assert "PR-1" in school.submit(ANN, form, entries).text
    school.deliver()
    waits = school.people.message(HANA.user_id, "PR-1")
    form = school.press(HANA, waits, "Approve").view
    school.submit(HANA, form, {"Reasons": "Agreed.", "Signature": "Hana Rees"})
    school.deliver()
    assert "May post, too: Ann Teacher (PR-1)" in register(school).text
    assert "is looked after by" not in check(school, names=FATIMA, count=1).text
    opened = school.press(HANA, waits, "Open").view
    form = school.press(HANA, opened, "End permission").view
    school.submit(HANA, form, {"Reasons": "Another year.", "Signature": "Hana Rees"})
    assert "May post, too" not in register(school).text


def test_posting_for_the_school_is_asked_for_one_of_its_places(school: School) -> None:
    form = school.command(ANN, "/ask-permission", "").view
    entries = {"What for": "To post on one of the school's accounts (§5.1)", "Until": "2027-07-20", "Reasons": "Oaks."}
    assert "Choose on which" in str(school.submit(ANN, form, entries).body)
    lesson = {**entries, "What for": "My own social media account in a lesson (§5.7)", "Where": FEED}
    assert "it is only for posting for the school" in str(school.submit(ANN, form, lesson).body)


@pytest.mark.policy("5.1")
def test_who_gets_the_school_back_in_is_kept_and_never_a_password(school: School) -> None:
    change = school.press(OLU, register(school), "Change", near=FEED).view
    done = school.submit(OLU, change, {"Who gets the school": "office@huntington.example"}).view
    assert done is not None
    assert "To get back in: office@huntington.example" in done.text
    assert change is not None
    assert "Never a password" in str(change.payload)
