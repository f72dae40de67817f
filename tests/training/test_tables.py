"""Past training comes in as a table, and the register goes out as one."""

import csv
import io
from datetime import date
from typing import Any

import openpyxl
import pytest

from bot.errors import BadFile
from bot.rules.training import PARENTS, Subject
from bot.services.school import staff_import
from bot.services.training import importing, register
from bot.services.training import importing as training_import
from storage.training import completions
from storage.training import completions as training
from tests.people import ANN, BEN, CARA, OLU
from tests.school import School, acting
from tests.staff.test_accounts import changed
from tests.training.test_training import REFRESHER, entries, record, trail, window

PAST = """Email,Training,Date,Provider
ann@huntington.example,Online safety refresher,01/03/2026,Boost
BEN@huntington.example,online-safety,2026-09-03,
nobody@huntington.example,online-safety,2026-09-03,x
dev.x@huntington.example,Knitting,31/02/2026,x
head@huntington.example,pupil-esafety,2026-09-03,x
cara@huntington.example,induction,2026-11-08,x
cara@huntington.example,induction,2026-12-24,x
ann@huntington.example,Online safety refresher,2026-03-01,again
"""


def test_past_training_is_imported_and_bad_rows_are_named(school: School) -> None:
    previewed = importing.preview(school.context(), "past.csv", PAST.encode())
    assert entries(school) == []
    done = importing.apply(school.context(), "past.csv", PAST.encode())
    assert done == previewed
    assert (done.new, done.known) == (2, 1)
    assert [(each.line, each.column) for each in done.problems] == [
        (4, "Email"),
        (5, "Email"),
        (5, "Training"),
        (5, "Date"),
        (6, "Class"),
        (7, "Date"),
        (8, "Date"),
    ]
    assert importing.apply(school.context(), "past.csv", PAST.encode()).new == 0
    assert f"✅ *{REFRESHER}*\nDone on Sun 1 Mar 2026. Next due Mon 1 Mar 2027." in window(school, ANN).text
    with pytest.raises(BadFile):
        importing.preview(school.context(), "roll.csv", b"Name,Class\nx,y\n")


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_the_export_holds_no_formula(school: School) -> None:
    staff = 'Email,Name,Role,Classes,Started\nann@huntington.example,"=HYPERLINK(""x"")",Teacher,3B,2021-09-01\n'
    staff_import.apply(school.context(), "staff.csv", staff.encode())
    record(school, ANN, REFRESHER, {"Provider": "@SUM(1+1)"})
    text = register.export(acting(school, OLU), "csv").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    (row,) = [each for each in rows if each["State"] == "done"]
    assert row["For"] == '\'=HYPERLINK("x")'
    assert row["Provider"] == "'@SUM(1+1)"
    assert row["Done on"] == "20/11/2026"
    assert {each["State"] for each in rows} == {"done", "due", "overdue"}
    sheet: Any = openpyxl.load_workbook(
        io.BytesIO(register.export(acting(school, OLU), "xlsx")), data_only=False
    ).active
    cells = [cell for line in sheet.iter_rows() for cell in line]
    assert all(cell.data_type != "f" for cell in cells)
    assert '=HYPERLINK("x")' in {cell.value for cell in cells}
    assert trail(school).count("training.exported") == 2


def test_addresses_sorted_by_themselves_give_nobody_a_colleagues_training(school: School) -> None:
    table = (
        "Name,Email,Training,Date\n"
        "Ben Carter,ann@huntington.example,online-safety,14/09/2026\n"
        '"Teacher, Ann",ben@huntington.example,online-safety,14/09/2026\n'
        "Mrs C Singh,cara@huntington.example,online-safety,10/11/2026\n"
    )
    done = training_import.apply(school.context(), "past.csv", table.encode())
    assert [(found.line, found.column) for found in done.problems] == [(2, "Email"), (3, "Email")]
    assert "the name on this line is another's. Please check" in done.problems[0].message
    assert done.new == 1
    with school.database.read() as connection:
        assert {found.subject.person_id for found in training.standing(connection, 1)} == {
            acting(school, CARA).person.person_id
        }


LESSONS = """Class,Training,Date,Provider,Email
3b,Pupils' annual E-Safety lesson,14/09/2026,Ann,
9Z,pupil-esafety,14/09/2026,Ann,
,pupil-esafety,14/09/2026,Ann,ann@huntington.example
,parents,15/09/2026,Boost,
3B,induction,15/09/2026,,ann@huntington.example
3B,parents,15/09/2026,again,
"""


def test_lessons_and_the_parents_session(school: School) -> None:
    done = importing.apply(school.context(), "past.csv", LESSONS.encode())
    assert (done.new, done.known) == (3, 1)
    assert [(each.line, each.column) for each in done.problems] == [(3, "Class"), (4, "Class")]
    with school.database.read() as connection:
        found = {(each.kind_key, each.subject, each.done_on) for each in completions.standing(connection, 1)}
    assert found == {
        ("pupil-esafety", Subject(class_name="3B"), date(2026, 9, 14)),
        ("parents", PARENTS, date(2026, 9, 15)),
        ("induction", Subject(acting(school, ANN).person.person_id), date(2026, 9, 15)),
    }
    assert importing.apply(school.context(), "past.csv", LESSONS.encode()).new == 0


def test_without_people_and_classes_it_is_no_list_of_training(school: School) -> None:
    with pytest.raises(BadFile, match="no column Email"):
        importing.preview(school.context(), "past.csv", b"Training,Date\nparents,2026-09-15\n")


def test_past_training_under_an_address_that_somebody_has_given_up_is_theirs(school: School) -> None:
    school.home(ANN)
    changed(school, ANN.user_id, email="ann.newname@huntington.example")
    row = f"Email,Training,Date,Provider,Name\n{ANN.email},online-safety,2026-03-01,Boost,{{}}\n"
    for name in ("", ANN.name):
        previewed = importing.preview(school.context(), "past.csv", row.format(name).encode())
        assert (previewed.new, previewed.problems) == (1, ())
    (problem,) = importing.preview(school.context(), "past.csv", row.format(BEN.name).encode()).problems
    assert "another's" in problem.message  # the line of somebody else, whose address was sorted by itself
    assert importing.apply(school.context(), "past.csv", row.format("").encode()).new == 1
    assert f"✅ *{REFRESHER}*\nDone on Sun 1 Mar 2026." in window(school, ANN).text
    assert importing.apply(school.context(), "past.csv", row.format("").encode()).new == 0


def test_an_address_that_somebody_else_has_now_is_not_the_one_of_before(school: School) -> None:
    school.home(ANN)
    changed(school, ANN.user_id, email="ann.newname@huntington.example")
    school.home(BEN)
    changed(school, BEN.user_id, email=ANN.email)  # it has passed on
    row = f"Email,Training,Date,Provider\n{ANN.email},online-safety,2026-03-01,Boost\n"
    importing.apply(school.context(), "past.csv", row.encode())
    assert "Sun 1 Mar 2026" not in window(school, ANN).text
