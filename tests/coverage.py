"""What Lanyard does for each clause of the policy, and the tests that prove it: `python -m tests.coverage` writes it.

The clauses are in `clauses.toml`. A test says which of them it proves: `@pytest.mark.policy("4.6", "4.7")`. The marks
are read from the source of the tests, so that all of them are known whichever tests are run.
"""

import ast
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.people import OZ, STAFF

TESTS = Path(__file__).parent
TABLE = TESTS / "clauses.toml"
PAGE = TESTS.parent / "docs" / "coverage.md"


class State(StrEnum):
    """How far a clause has come."""

    WORKS = "✔ works"
    PART = "◐ in part"
    TO_COME = "○ to come"


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause. `asks`: what it asks for, in our words; `by`: the features that bring what is to come.

    `how`: whether Lanyard "does" what it asks for or only "helps"; `will`: the same of what is to come, if it differs.
    """

    number: str
    asks: str
    how: str
    today: str = ""
    later: str = ""
    will: str = ""
    by: tuple[str, ...] = ()

    @property
    def state(self) -> State:
        """Return how far it has come."""
        if self.today:
            return State.PART if self.later else State.WORKS
        return State.TO_COME


@dataclass(frozen=True, slots=True)
class Table:
    """Every clause in the order of the policy; section → heading; feature to come → what it is."""

    clauses: tuple[Clause, ...]
    sections: Mapping[str, str]
    features: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Mark:
    """That a test proves a clause. `file`: from the folder of the tests."""

    clause: str
    test: str
    file: str


def table(path: Path = TABLE) -> Table:
    """Read the table."""
    written = tomllib.loads(path.read_text(encoding="utf-8"))
    clauses = (Clause(**{**clause, "by": tuple(clause.get("by", ()))}) for clause in written["clause"])
    sections = {str(section["number"]): section["name"] for section in written["section"]}
    return Table(tuple(clauses), sections, written["features"])


# ── the marks ──────────────────────────────────────────────────────────────────────────────────────────────────────


class StrayMarkError(Exception):
    """A mark that does not stand on a test, or names a clause otherwise than in words."""


def marks(folder: Path = TESTS) -> tuple[Mark, ...]:
    """Return the marks of all tests, by file and line. Raises StrayMarkError."""
    paths = sorted(folder.rglob("*.py"))
    return tuple(
        mark
        for path in paths
        for mark in marks_in(path.read_text(encoding="utf-8"), path.relative_to(folder).as_posix())
    )


def marks_in(source: str, file: str) -> Iterator[Mark]:
    """Give the marks of one file. Raises StrayMarkError."""
    tree = ast.parse(source)
    stray = {node.lineno for node in ast.walk(tree) if isinstance(node, ast.Attribute) and _is_mark(node)}
    for test in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        for decorator in test.decorator_list:
            if test.name.startswith("test_") and isinstance(decorator, ast.Call) and _is_mark(decorator.func):
                stray.discard(decorator.func.lineno)
                for clause in _clauses(decorator, f"{file}, line {decorator.lineno}"):
                    yield Mark(clause, test.name, file)
    if stray:
        raise StrayMarkError(f"{file}, line {min(stray)}: put the mark on a test, with the clauses that it proves")


def _is_mark(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "policy" and ast.unparse(node) == "pytest.mark.policy"


def _clauses(mark: ast.Call, place: str) -> Iterator[str]:
    if mark.keywords or not mark.args:
        raise StrayMarkError(f"{place}: name the clauses, each by itself")
    for argument in mark.args:
        if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
            raise StrayMarkError(f'{place}: write the number of a clause as a text, such as "4.10"')
        yield argument.value


# ── what has to hold ───────────────────────────────────────────────────────────────────────────────────────────────


def problems(found: Table, proved: Iterable[Mark]) -> list[str]:
    """Say what is wrong between table and marks; nothing where each says what the other does."""
    by_clause = _by_clause(proved)
    known = {clause.number for clause in found.clauses}
    wrong = [
        f"{mark.file}, {mark.test}: the policy has no clause {mark.clause}"
        for number, proofs in by_clause.items()
        for mark in proofs
        if number not in known
    ]
    for clause in found.clauses:
        has_proof = clause.number in by_clause
        if clause.today and not has_proof:
            wrong.append(f"§{clause.number} is said to work: which test proves it?")
        if has_proof and not clause.today:
            wrong.append(f"§{clause.number} is proved by a test: say in clauses.toml what works today")
        if bool(clause.later) != bool(clause.by) or not set(clause.by) <= set(found.features):
            wrong.append(f"§{clause.number}: what is to come needs a feature that brings it")
        if not (clause.today or clause.later):
            wrong.append(f"§{clause.number}: say what works today, or what is to come")
    return wrong


def _by_clause(proved: Iterable[Mark]) -> dict[str, list[Mark]]:
    by_clause: dict[str, list[Mark]] = {}
    for mark in proved:
        by_clause.setdefault(mark.clause, []).append(mark)
    return by_clause


# ── the page ───────────────────────────────────────────────────────────────────────────────────────────────────────

INTRO = """# What Lanyard does for each clause

For the headteacher and the governors. The Social Media Policy has {count} numbered clauses. For each of them this page
says what it asks for, in our words; what the school can do in Lanyard because of it; and which tests prove that. The
clause itself, in the school's own words, is what `/policy` with its number shows in Slack.

| | clauses | |
|---|---|---|
{counted}

*Does*: Lanyard enforces, decides or records it. *Helps*: it quotes the clause, reminds of it, asks a question, or shows
figures. What only people can do stays with them.

A test is a story that a machine plays through after every change: in a school where everybody is invented. Ann and Ben
teach, Cara assists, Hana is headteacher and E-Safety Co-ordinator, Dev her deputy, Olu the office, Priya the data
protection officer, Col the chair of governors.

What is still to come belongs to one of these:

{features}

The page is written by `python -m tests.coverage` from `tests/clauses.toml` and the marks on the tests.
"""
MEANS = {
    State.WORKS: "all that Lanyard means to do for them works today",
    State.PART: "some of it works today",
    State.TO_COME: "nothing yet",
}


def page(found: Table, proved: Iterable[Mark]) -> str:
    """Return the page."""
    by_clause = _by_clause(proved)
    states = [clause.state for clause in found.clauses]
    counted = "\n".join(f"| {state} | {states.count(state)} | {means} |" for state, means in MEANS.items())
    features = "\n".join(f"- **{name}**: {what}." for name, what in found.features.items())
    parts = [INTRO.format(count=len(states), counted=counted, features=features)]
    for section, name in found.sections.items():
        rows = [
            _row(clause, by_clause.get(clause.number, ()))
            for clause in found.clauses
            if clause.number.partition(".")[0] == section
        ]
        head = "| § | it asks for | Lanyard | today | proved by |\n|---|---|---|---|---|"
        parts.append(f"## {section}. {name}\n\n{head}\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _row(clause: Clause, proofs: Sequence[Mark]) -> str:
    told = [f"*{clause.how.capitalize()}:* {clause.today}"] if clause.today else []
    will = "Will do" if (clause.will or clause.how) == "does" else "Will help"
    told += [f"*{will} ({', '.join(clause.by)}):* {clause.later}"] if clause.later else []
    tests = [f"[{_spoken(mark.test)}](../tests/{mark.file})" for mark in proofs]
    return f"| {clause.number} | {clause.asks} | {' '.join(told)} | {clause.state} | {', '.join(tests)} |"


_NAMES = {who.name.split()[0].lower(): who.name.split()[0] for who in (*STAFF, OZ)} | {"dpo": "DPO", "inset": "INSET"}


def _spoken(test: str) -> str:
    words = [_NAMES.get(word, word) for word in test.removeprefix("test_").split("_")]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


if __name__ == "__main__":
    PAGE.write_text(page(table(), marks()), encoding="utf-8")
