"""The diagrams in docs/ show what the tables say."""

from tests.states import PAGE, page


def test_the_diagrams_are_those_of_the_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.states"
