"""What README and the pages tell people to type is answered in the invented school of the demo."""

import re

import pytest

import handlers
from handlers.requests import Kind
from tests.browser.workspace import PROJECT
from tests.demo import furniture
from tests.people import ANN, HANA, OLU, Someone
from tests.policy.test_policy import imported
from tests.school import School

pytestmark = pytest.mark.databases("sqlite")

PAGES = {
    "README.md": OLU,
    "docs/start-teacher.md": ANN,
    "docs/teachers.md": ANN,
    "docs/start-office.md": OLU,
    "docs/office.md": OLU,
    "docs/start-headteacher.md": HANA,
    "docs/headteacher.md": HANA,
}
TYPED = re.compile(r"(?:`|^)(/[a-z]+(?:-[a-z]+)?(?: [^`\n…]*)?)(?:`|$)", re.MULTILINE)
WIDE = ("Nobody found", "No child at the school", "does not say", "There is no class", "is not understood")
ON_PURPOSE = {"/consent Jaimie Willson"}  # a misspelling, to show what is done about it


def typed(page: str) -> list[str]:
    return sorted(set(TYPED.findall((PROJECT / page).read_text(encoding="utf-8"))) - ON_PURPOSE)


def test_something_is_typed_on_every_page() -> None:
    assert {page for page in PAGES if len(typed(page)) < 2} == set()
    assert "/consent Jamie M 3B for twitter" in typed("README.md")


@pytest.mark.parametrize(("page", "who"), PAGES.items())
def test_what_a_page_says_to_type_is_answered(school: School, page: str, who: Someone) -> None:
    imported(school, furniture.policy().encode())
    wide = {}
    for said in typed(page):
        command, _, text = said.partition(" ")
        answer = school.command(who, command, text)
        shown = answer.text + (answer.view.text if answer.view else "")
        assert shown, said
        if found := [words for words in WIDE if words in shown]:
            wide[said] = found
    assert wide == {}


def test_the_example_in_slacks_own_hint_is_a_child_of_the_demo(school: School) -> None:
    commands = {route.name: route.usage for route in handlers.routes() if route.kind is Kind.COMMAND}
    assert "Jamie McKenzie" in school.command(ANN, "/consent", commands["/consent"]).text


def test_readme_quotes_the_answer_that_is_given(school: School) -> None:
    """All but the line breaks, which a page and a message make in different ways."""
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    quoted = " ".join(re.findall(r"^> ?(.*?)\\?$", readme.partition("Without `for twitter`")[0], re.MULTILINE))
    given = school.command(ANN, "/consent", "Jamie M 3B for twitter").text.replace("[Post it]", "")
    assert " ".join(quoted.replace("*", "").split()) == " ".join(given.replace("*", "").split())
