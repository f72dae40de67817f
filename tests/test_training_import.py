"""Past lessons and parents' sessions come in with the table of past training: by class, and for the school."""

from datetime import date

import pytest

from bot.errors import BadFile
from bot.rules.training import PARENTS, Subject
from bot.services import training_import
from storage import training
from tests.people import ANN
from tests.school import School, acting

PAST = """Class,Training,Date,Provider,Email
3b,Pupils' annual E-Safety lesson,14/09/2026,Ann,
9Z,pupil-esafety,14/09/2026,Ann,
,pupil-esafety,14/09/2026,Ann,ann@huntington.example
,parents,15/09/2026,Boost,
3B,induction,15/09/2026,,ann@huntington.example
3B,parents,15/09/2026,again,
"""


def test_lessons_and_the_parents_session(school: School) -> None:
    done = training_import.apply(school.context(), "past.csv", PAST.encode())
    assert (done.new, done.known) == (3, 1)
    assert [(each.line, each.column) for each in done.problems] == [(3, "Class"), (4, "Class")]
    with school.database.read() as connection:
        found = {(each.kind_key, each.subject, each.done_on) for each in training.standing(connection, 1)}
    assert found == {
        ("pupil-esafety", Subject(class_name="3B"), date(2026, 9, 14)),
        ("parents", PARENTS, date(2026, 9, 15)),
        ("induction", Subject(acting(school, ANN).person.person_id), date(2026, 9, 15)),
    }
    assert training_import.apply(school.context(), "past.csv", PAST.encode()).new == 0


def test_without_people_and_classes_it_is_no_list_of_training(school: School) -> None:
    with pytest.raises(BadFile, match="no column Email"):
        training_import.preview(school.context(), "past.csv", b"Training,Date\nparents,2026-09-15\n")
