"""`/policy 4.6`: the clause, and what one can do about it in Lanyard, as buttons."""

import pytest

import handlers
from bot.reading.policy.read import read
from bot.rules.policy.clauses import Clause, Policy, Section
from bot.rules.policy.ours import SPEAKS, Correspondence
from bot.services import features
from bot.wording import page
from handlers.requests import Kind
from tests import coverage, policies
from tests.demo import furniture
from tests.people import ANN, HANA, OLU, OZ, PRIYA, Someone
from tests.policy.test_policy import imported, sent_in_slack
from tests.school import School

pytestmark = pytest.mark.databases("sqlite")  # but where storage is the point, and in whole journeys

RULES = """
4. Pictures

4.2. The office keeps a record of consent.

4.6. Posts that are out there already come down, where that can be done.

4.14. Slips with data are looked into.

7. The filter

7.5. Who needs a site that is blocked asks for it.

10. Reviews

10.1. Every third year the governors review all of this.
"""
OTHERWISE = """
1. Online

1.1. Pupils do not use phones.

1.2. A teacher who needs a web site that the filter blocks makes a request.

2. Pictures

2.1. Parents give their consent to photos in writing. The office keeps a record of it.

2.2. Staff are kind to each other.

4. School meals

4.6. Menus are published each half term.

7.5. Allergies are written on the board.

9. Learning

9.1. New staff read this at their induction.
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


def test_every_clause_that_has_a_door_is_known_by_what_it_speaks_of() -> None:
    assert set(SPEAKS) == {number for door in doors() for number in door.clauses}
    asked_for = {clause.number: clause.asks for clause in coverage.table().clauses}
    one_by_one = [
        Correspondence(Policy((Section("1", "", (Clause(f"99.{number}", asked_for[number]),)),))) for number in SPEAKS
    ]
    found = {number: each.of(f"99.{number}") for number, each in zip(SPEAKS, one_by_one, strict=True)}
    assert [number for number, ours in found.items() if number not in ours] == []


def test_a_policy_numbered_as_ours_is_known_by_its_numbers() -> None:
    ours = Correspondence(read(furniture.policy().encode()))
    assert ours.other == ()
    assert [number for number in SPEAKS if ours.of(number) != {number}] == []
    assert [ours.of(number) for number in ("3.1", "4.15", "8.1", "5.24")] == [frozenset()] * 4


# ── what is seen ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("who", "typed", "buttons"),
    [
        (ANN, "4.6", ["Check photo consent"]),
        (ANN, "§4.6", ["Check photo consent"]),
        (OLU, "clause 4.6", ["Check photo consent", "Consent record", "What has to come down"]),
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


@pytest.mark.parametrize(
    ("who", "typed", "buttons"),
    [
        (ANN, "1.2", ["Open a blocked site"]),
        (OLU, "1.2", ["Open a blocked site", "Web filter"]),
        (OLU, "2.1", ["Check photo consent", "Consent record", "Check a picture"]),
        (HANA, "9.1", ["Training register"]),
        (OLU, "1.1", []),
        (OLU, "2.2", []),
        (OLU, "4.6", []),
        (OLU, "7.5", []),
        (OLU, "section 2", []),
        (OLU, "photos", []),
    ],
)
def test_in_a_policy_with_other_numbers_the_buttons_stand_where_it_speaks_of_them(
    school: School, who: Someone, typed: str, buttons: list[str]
) -> None:
    imported(school, OTHERWISE.encode())
    answer = school.command(who, "/policy", typed)
    assert answer.buttons == buttons
    for button in buttons:
        assert school.press(who, school.command(who, "/policy", typed), button).view is not None


def test_a_new_version_with_other_numbers_moves_the_buttons(school: School) -> None:
    imported(school, RULES.encode())
    assert school.command(ANN, "/policy", "4.6").buttons == ["Check photo consent"]
    imported(school, OTHERWISE.encode(), "2026-12")
    assert school.command(ANN, "/policy", "4.6").buttons == []


@pytest.mark.parametrize("what", [furniture.policy(), OTHERWISE])
def test_whoever_imports_is_told_of_numbers_that_are_not_ours(school: School, what: str) -> None:
    sent_in_slack(school, OLU, what.encode())
    told = school.top(OLU)
    assert told is not None
    is_ours = what != OTHERWISE
    assert ("Numbers that Lanyard's own words use." in told.text) is not is_ours
    assert ("4.6, 4.7" in told.text) is not is_ours


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
