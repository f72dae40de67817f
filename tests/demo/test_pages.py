"""README and the pages to begin with: short, and each leads to the other."""

import re

import pytest

from tests.browser.workspace import PROJECT

README = (PROJECT / "README.md").read_text(encoding="utf-8")
TEMPLATES = PROJECT / "templates"
BEHIND = {"teacher": "teachers", "office": "office", "headteacher": "headteacher"}  # page to begin with → reference
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def page(name: str) -> str:
    return (PROJECT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def test_readme_is_short_and_begins_with_a_question_and_its_answer() -> None:
    assert len(README.split()) <= 1500
    first_screen = README.splitlines()[:25]
    question = next(number for number, line in enumerate(first_screen) if line.startswith("/consent "))
    answer = next(number for number, line in enumerate(first_screen) if line.startswith("> ") and "⛔" in line)
    assert question < answer
    assert any("](docs/screenshots/consent-answer.png)" in line for line in first_screen)


@pytest.mark.parametrize(("start", "reference"), BEHIND.items())
def test_a_page_to_begin_with_is_one_page_and_leads_on(start: str, reference: str) -> None:
    begins = page(f"start-{start}")
    assert len(begins.split()) <= 330  # one page of paper
    for heading in (
        "# Start here: ",
        "## The four things you will do",
        "## If something went wrong",
        "## Whom to ask",
    ):
        assert f"\n{heading}" in f"\n{begins}"
    assert re.findall(r"^\d\.", begins, re.MULTILINE) == ["1.", "2.", "3.", "4."]
    assert f"]({reference}.md)" in begins
    assert f"](start-{start}.md)" in "\n".join(page(reference).splitlines()[:5])
    assert f"](docs/start-{start}.md)" in README


@pytest.mark.parametrize("start", BEHIND)
def test_what_it_says_to_press_is_a_button_somewhere(start: str) -> None:
    labels = {line.strip() for path in TEMPLATES.rglob("*.j2") for line in path.read_text("utf-8").splitlines()}
    # What begins a line of a list is its heading; a class is called as the school calls it.
    without_headings = re.sub(r"^(?:\d\.|-) \*\*[^*]+\*\*", "", page(f"start-{start}"), flags=re.MULTILINE)
    bold = {" ".join(words.split()) for words in re.findall(r"\*\*([^*]+)\*\*", without_headings)}
    pressed = {words for words in bold if not words.endswith("?")} - {"3B"}
    assert len(pressed) > 2
    assert pressed <= labels


@pytest.mark.parametrize("name", ["README.md", *(f"docs/start-{start}.md" for start in BEHIND)])
def test_what_is_linked_is_there(name: str) -> None:
    written = PROJECT / name
    linked = LINK.findall(written.read_text(encoding="utf-8"))
    assert linked
    assert [target for target in linked if not (written.parent / target).exists()] == []
