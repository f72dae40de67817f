"""docs/data-protection.md says what is so: each table has its row, each way to a child a statement. UK GDPR Art 30."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text

from tests import declared
from tests.columns import PAGE, page, tables
from tests.school import School

DOCUMENT = (Path(__file__).parents[2] / "docs" / "data-protection.md").read_text(encoding="utf-8")


def section(number: str) -> str:
    """Return one section of the document."""
    return DOCUMENT.partition(f"\n## {number}. ")[2].partition("\n## ")[0]


def named(cells: str) -> list[str]:
    return re.findall(r"`(\w+)`", cells)


def test_every_table_has_one_row_and_no_row_is_without_a_table() -> None:
    rows = [line.split("|")[1] for line in section("2").splitlines() if line.startswith("| `")]
    assert sorted(name for cells in rows for name in named(cells)) == [table.name for table in tables()]


def test_the_page_of_columns_is_that_of_the_code() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.columns, and read data-protection.md again"


def test_what_is_encrypted_is_what_the_document_says() -> None:
    sealed = {table.name for table in tables() if "sealed" in table.c}
    rows = [line for line in section("2").splitlines() if line.startswith("| `")]
    assert {named(row.split("|")[1])[0] for row in rows if "**encrypted with `LANYARD_KEY`" in row} == sealed


def test_rows_are_removed_from_the_tables_that_the_document_names_and_no_others() -> None:
    told = DOCUMENT.partition("Rows are removed by Lanyard itself")[2].partition("`upload`")[0]
    assert set(_emptied()) == set(named(told))


def _emptied() -> Iterator[str]:
    """Yield the table of each statement of ours that removes rows."""
    by_object = {id(table): table.name for table in tables()}
    for module in declared.modules():
        for node in ast.walk(declared.tree(module)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "delete":
                which = vars(module).get(ast.unparse(node.args[0]))
                # One of several in turn: `for each in (look_up, look_up_list)`.
                yield from [by_object[id(which)]] if which is not None else _in_turn(module.__name__)


def _in_turn(module: str) -> tuple[str, ...]:
    # A school without records goes with all that is left of it; what that may be, `storage.empty_school` says.
    return {"storage.consent.look_ups": ("look_up", "look_up_list"), "storage.empty_school": ()}[module]


def statements() -> list[str]:
    written = re.findall(r"```sql\n(.*?)```", section("6"), flags=re.DOTALL)
    return [each.strip() for block in written for each in block.split(";") if each.strip()]


def test_what_is_held_of_a_child_is_found_by_the_documents_own_statements(school: School) -> None:
    with school.database.read() as connection:
        for statement in statements():
            connection.execute(text(statement)).all()
    asked = set(re.findall(r"(?:FROM|JOIN) (\w+)", " ".join(statements())))
    of_a_child = {t.name for t in tables() for key in t.foreign_keys if key.column.table.name == "pupil"}
    assert of_a_child - asked == set()
    assert {"look_up_list", "audit", "consent_source"} <= asked


def test_the_columns_that_it_sends_its_reader_to_are_there() -> None:
    known = {f"{table.name}.{column.name}" for table in tables() for column in table.columns}
    written = {name for name in re.findall(r"`(\w+\.\w+)`", section("6")) if name.partition(".")[0] in _names()}
    assert written
    assert written <= known


def _names() -> set[str]:
    return {table.name for table in tables()}
