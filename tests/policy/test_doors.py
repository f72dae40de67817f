"""`/policy 4.6`: the clause, and what one can do about it in Lanyard, as buttons."""

import pytest

import handlers
from bot.services import features
from bot.wording import page
from handlers.requests import Kind
from tests import coverage, policies
from tests.people import ANN, HANA, OLU, OZ, PRIYA, Someone
from tests.policy.test_policy import imported
from tests.school import School

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys

RULES = """
4. Pictures

4.2. The office keeps the list.

4.6. What is out there already comes down, where that can be done.

4.14. Slips with data are looked into.

7. The filter

7.5. Who needs a site asks for it.

10. Reviews

10.1. Every third year all of this is looked at.
"""
LONG = "\n\n".join(["9. Training", *(f"9.{number}. Zebras {number}." for number in range(1, 13))])


def doors() -> list[features.Door]:
    return [door for feature in features.FEATURES for door in feature.clauses]


# ── the table ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_door_is_a_button_with_words_for_whoever_may_press_it() -> None:
    routes = {route.name: route for route in handlers.routes() if route.kind is Kind.BUTTON}
    for door in doors():
        assert door.roles == routes[door.opens].roles, door.opens
    named = {door.opens.replace(".", "_") for door in doors()}
    assert named | {"intro"} == set(page("policy/doors").blocks())
    assert len(named) == len(doors())


def test_the_doors_are_those_of_the_clauses_for_which_lanyard_does_something() -> None:
    table = {clause.number: clause for clause in coverage.table().clauses}
    behind = {number for door in doors() for number in door.clauses}
    assert behind <= set(table)
    done = {number for number, clause in table.items() if clause.today and clause.how == "does"}
    assert done <= behind


# ── what is seen ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("who", "typed", "buttons"),
    [
        (ANN, "4.6", ["Check photo consent"]),
        (ANN, "§4.6", ["Check photo consent"]),
        (OLU, "clause 4.6", ["Check photo consent", "Consent record"]),
        (PRIYA, "4.2", ["Check photo consent", "Consent record", "Look-up log"]),
        (ANN, "7.5", ["Open a blocked site"]),
        (OLU, "7.5", ["Open a blocked site", "Web filter"]),
        (HANA, "10.1", ["Review of the policy"]),
        (ANN, "10.1", []),
        (ANN, "4.14", []),
        (ANN, "looked", []),
    ],
)
def test_a_clause_comes_with_what_one_can_do_about_it(
    school: School, who: Someone, typed: str, buttons: list[str]
) -> None:
    imported(school, RULES.encode())
    answer = school.command(who, "/policy", typed)
    assert answer.buttons == buttons
    assert ("What you can do about it here:" in answer.text) is bool(buttons)
    for button in buttons:
        again = school.command(who, "/policy", typed)
        assert school.press(who, again, button).view is not None


@pytest.mark.databases("sqlite", "postgresql")
def test_a_section_is_shown_as_a_whole(school: School) -> None:
    imported(school, LONG.encode())
    for typed in ("section 9", "9", "Section 9."):
        told = school.command(ANN, "/policy", typed)
        assert "*Section 9 of the policy*" in told.text
        assert all(f"Zebras {number}." in told.text for number in range(1, 13))
        assert told.buttons == []
    assert school.command(ANN, "/policy", "zebras").text.count("Zebras") == 5
    assert "The policy does not say “section 8”" in school.command(ANN, "/policy", "section 8").text


def test_a_section_longer_than_a_message_says_where_all_of_it_is(school: School) -> None:
    clauses = "\n\n".join(f"9.{number}. Zebras {number} {'run ' * 150}." for number in range(1, 41))
    imported(school, f"9. Training\n\n{clauses}".encode())
    told = school.command(ANN, "/policy", "section 9")
    shown = told.text.count("Zebras")
    assert 5 < shown < 40
    assert f"These are the first {shown} of 40 clauses." in told.text
    assert "Zebras 1 " in told.text
    window = school.press(ANN, told, "Read").view
    assert window is not None
    assert "Zebras 1 " in window.text


@pytest.mark.parametrize("typed", ["4.6.6.6", "section 99", "§", "§§4.6", "99.999", "4." * 50, "section <!channel>"])
def test_a_number_that_there_is_not_opens_nothing(school: School, typed: str) -> None:
    imported(school, RULES.encode())
    answer = school.command(ANN, "/policy", typed)
    assert answer.status == 200
    assert "What you can do about it here:" not in answer.text
    assert "<!channel>" not in str(answer.body)


def test_outsiders_are_offered_nothing(school: School) -> None:
    imported(school, RULES.encode())
    assert school.command(OZ, "/policy", "4.6", channel=None).buttons == []


@pytest.mark.databases("sqlite", "postgresql")
def test_the_schools_own_document_is_quoted(school: School) -> None:
    imported(school, policies.text().encode())
    assert "*§2.2*" in school.command(ANN, "/policy", "2.2").text
