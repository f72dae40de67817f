"""Looking leaves a trace: what was offered, what was answered, and who is told of whoever looks through every class."""

import string

import pytest
from sqlalchemy import select

from storage.consent import look_ups
from tests.consent.test_consent import logged, offered
from tests.people import ANN, OLU
from tests.school import School, at_once


def rows(school: School) -> int:
    """Return how many rows the lists' log has."""
    return len(offered(school))


# ── names that are offered while somebody types: case 13 ───────────────────────────────────────────────────────────


def test_going_through_the_alphabet_finds_nobody(school: School) -> None:
    form = school.command(ANN, "/consent").view
    assert all(school.suggest(ANN, form, "Pupils", letter) == [] for letter in string.ascii_lowercase)
    assert logged(school) == []  # nobody was offered


@pytest.mark.policy("1.1")
def test_a_minute_of_typing_in_one_window_is_one_row(school: School) -> None:
    form = school.command(ANN, "/consent").view
    shown = {
        label
        for typed in ("jam", "jami", "jamie", "jami", "fat")
        for label in school.suggest(ANN, form, "Pupils", typed)
    }
    assert logged(school) == [("", "", "while typing")]
    assert len(offered(school)[0]) == len(shown) > 16
    school.clock.forward(minutes=1)
    school.suggest(ANN, form, "Pupils", "jamie")
    assert rows(school) == 2
    again = school.command(ANN, "/consent").view
    school.suggest(ANN, again, "Pupils", "jamie")
    assert rows(school) == 3


def test_two_people_who_type_at_the_same_minute_are_two_rows(school: School) -> None:
    for who, form, field in ((ANN, school.command(ANN, "/consent").view, "Pupils"), (OLU, picker(school), "Pupil")):
        assert school.suggest(who, form, field, "jamie")
    assert rows(school) == 2


def picker(school: School) -> object:
    return school.command(OLU, "/consent-record").view


def test_letters_that_arrive_at_once_lose_nobody(school: School) -> None:
    form = school.command(ANN, "/consent").view
    typed = ("jam", "fat", "ais", "oll")
    wrong = at_once(*(lambda each=each: school.suggest(ANN, form, "Pupils", each) for each in typed))
    assert wrong == []
    assert rows(school) == 1
    each = {found for text in typed for found in school.suggest(ANN, form, "Pupils", text)}
    assert len(offered(school)[0]) == len(each)


def test_the_log_holds_numbers_and_never_what_was_typed(school: School) -> None:
    form = school.command(ANN, "/consent").view
    school.suggest(ANN, form, "Pupils", "fatima v")
    school.command(ANN, "/consent", "Jamie")
    school.command(ANN, "/consent", "Jmie Novak")
    with school.database.read() as connection:
        kept = [str(tuple(row)) for row in connection.execute(select(look_ups.look_up_list))]
    assert len(kept) == 3
    assert not [row for row in kept if "atima" in row or "amie" in row or "ovak" in row]


def test_without_the_log_no_name_is_offered(school: School) -> None:
    form = school.command(ANN, "/consent").view
    assert school.suggest(ANN, form, "Pupils", "jamie")
    with school.database.durable.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE look_up_list RENAME TO look_up_gone")
    assert school.suggest(ANN, form, "Pupils", "jamie") == []
    assert "amie" not in school.command(ANN, "/consent", "Jamie").text


def test_names_to_choose_from_in_the_record_are_a_look_too(school: School) -> None:
    school.command(OLU, "/consent-record", "Jamie")
    assert logged(school) == [("", "", "offered")]


def test_whom_the_answer_offers_beside_itself_is_logged(school: School) -> None:
    school.command(ANN, "/consent", "Jaime Nowak")
    assert [purpose for _, _, purpose in logged(school)] in (["offered"], ["by name", "offered"])


def test_the_lists_are_forgotten_with_the_rest_of_the_log(school: School) -> None:
    school.command(ANN, "/consent", "Jamie")
    school.command(ANN, "/consent", "3B for website")
    school.clock.forward(days=366)
    school.tick()
    assert logged(school) == []
