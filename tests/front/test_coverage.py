"""The page about the clauses is true: what is said to work is proved, and what is proved is said."""

import pytest

from tests import coverage
from tests.coverage import PAGE, Clause, Mark, State, StrayMarkError, Table, marks, marks_in, page, problems, table

CLAUSES = {1: 2, 2: 4, 3: 3, 4: 15, 5: 24, 6: 10, 7: 5, 8: 9, 9: 7, 10: 3}  # section → numbered clauses: 82


def test_every_clause_is_there_once_in_the_order_of_the_policy() -> None:
    numbers = [f"{section}.{clause}" for section, count in CLAUSES.items() for clause in range(1, count + 1)]
    assert [clause.number for clause in table().clauses] == numbers
    assert list(table().sections) == [str(section) for section in CLAUSES]
    assert {clause.how for clause in table().clauses} == {"does", "helps"}
    assert {clause.will for clause in table().clauses} <= {"", "does", "helps"}


def test_what_works_is_proved_and_what_is_proved_is_a_clause_that_works() -> None:
    assert problems(table(), marks()) == []


def test_the_page_is_written() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(table(), marks()), "run: python -m tests.coverage"


# ── the checker itself ─────────────────────────────────────────────────────────────────────────────────────────────

SMALL = Table(
    clauses=(
        Clause("7.4", "A", "does", later="Later.", by=("cases",)),
        Clause("7.5", "B", "does", today="Now."),
        Clause("7.6", "C", "helps", today="Now.", later="Later.", by=("cases",)),
    ),
    sections={"7": "The web filter"},
    features={"cases": "Cases"},
)
PROVED = (Mark("7.5", "test_one", "test_a.py"), Mark("7.6", "test_two_things", "journeys/test_b.py"))


def test_nothing_is_wrong_where_each_says_what_the_other_does() -> None:
    assert problems(SMALL, PROVED) == []
    assert [clause.state for clause in SMALL.clauses] == [State.TO_COME, State.WORKS, State.PART]


@pytest.mark.parametrize(
    ("proved", "told"),
    [
        (PROVED[:1], "§7.6 is said to work: which test proves it?"),
        ((*PROVED, Mark("7.50", "test_c", "test_a.py")), "test_a.py, test_c: the policy has no clause 7.50"),
        ((*PROVED, Mark("7.4", "test_c", "test_a.py")), "§7.4 is proved by a test: say in clauses.toml"),
    ],
)
def test_what_is_wrong_is_named(proved: tuple[Mark, ...], told: str) -> None:
    (wrong,) = problems(SMALL, proved)
    assert told in wrong


@pytest.mark.parametrize(
    "clause",
    [
        Clause("7.7", "D", "does"),
        Clause("7.7", "D", "does", later="Later."),
        Clause("7.7", "D", "does", later="Later.", by=("magic",)),
    ],
)
def test_what_is_to_come_needs_a_feature(clause: Clause) -> None:
    assert problems(Table((clause,), SMALL.sections, SMALL.features), ()) != []


def test_a_mark_is_read_where_it_stands() -> None:
    source = (
        "@pytest.mark.policy('4.6', '4.10')\n@pytest.mark.parametrize('x', [1])\ndef test_a(x): ...\n"
        "class TestB:\n    @pytest.mark.policy('5.1')\n    def test_c(self): ...\n"
        "'@pytest.mark.policy(\"9.9\")'\n"
    )
    assert [(mark.clause, mark.test) for mark in marks_in(source, "x.py")] == [
        ("4.6", "test_a"),
        ("4.10", "test_a"),
        ("5.1", "test_c"),
    ]


@pytest.mark.parametrize(
    "source",
    [
        "@pytest.mark.policy\ndef test_a(): ...",
        "@pytest.mark.policy()\ndef test_a(): ...",
        "@pytest.mark.policy(4.1)\ndef test_a(): ...",
        "@pytest.mark.policy(CLAUSE)\ndef test_a(): ...",
        "@pytest.mark.policy(clause='4.1')\ndef test_a(): ...",
        "@pytest.mark.policy('4.1')\ndef helper(): ...",
        "pytestmark = pytest.mark.policy('4.1')",
    ],
)
def test_a_mark_that_proves_nothing_is_refused(source: str) -> None:
    with pytest.raises(StrayMarkError):
        list(marks_in(source, "x.py"))


def test_the_page_names_state_and_proof() -> None:
    written = page(SMALL, PROVED)
    assert "| 7.5 | B | *Does:* Now. | ✔ works | [One](../tests/test_a.py) |" in written
    proof = "[Two things](../tests/journeys/test_b.py)"
    assert f"| 7.6 | C | *Helps:* Now. *Will help (cases):* Later. | ◐ in part | {proof} |" in written
    assert "| 7.4 | A | *Will do (cases):* Later. | ○ to come |  |" in written
    assert "has 3 numbered clauses" in written
    assert coverage.MEANS.keys() == set(State)
