"""Whether a new account at a known address is surely the same person: only where the address is their own."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.rules.staff.persons import OFFICES, is_personal, is_same, may_be_same


@pytest.mark.parametrize(
    ("local", "name"),
    [
        ("ann", "Ann Teacher"),
        ("ann.teacher", "Ann Teacher"),
        ("ateacher", "Ann Teacher"),
        ("annt", "Ann Teacher"),
        ("teachera2", "Ann Teacher"),
        ("gov.smith", "Gwen Smith"),
        ("siobhan", "Siobhán O'Brien"),
        ("obrien", "Siobhán O’Brien"),
    ],
)
def test_an_address_with_the_name_in_it_is_their_own(local: str, name: str) -> None:
    assert is_personal(f"{local}@huntington.example", name)
    assert is_same(f"{local}@huntington.example", name, f"Mrs {name}")


@pytest.mark.parametrize(
    ("local", "known", "shown"),
    [
        ("office", "Olu Adeyemi", "Olu Adeyemi"),
        ("head", "Hana Rees", "Hana Rees"),
        ("head", "Harry Head", "Harry Head"),  # an office's word is an office's, whatever they are called
        ("ann", "Ann Teacher", "Ann Newcomer"),
        ("ann", "Ann Teacher", "Ann"),
        ("r.smith", "Rachel Smith", "Rob Smith"),
        ("class3b", "Ann Teacher", "Ann Teacher"),
        ("ann", "", ""),
        ("annabel", "Ann Teacher", "Ann Teacher"),
    ],
)
def test_where_it_is_not_sure_the_office_is_asked(local: str, known: str, shown: str) -> None:
    assert not is_same(f"{local}@huntington.example", known, shown)


def test_a_middle_name_more_or_less_makes_nobody_another() -> None:
    assert is_same("ann.teacher@x.example", "Ann Teacher", "Ann Mary Teacher")
    assert is_same("ann.teacher@x.example", "Teacher, Ann", "Miss Ann Teacher")


@given(some.sampled_from(sorted(OFFICES)), some.text(max_size=30))
def test_no_name_makes_an_offices_address_anybodys_own(office: str, name: str) -> None:
    assert not is_same(f"{office}@x.example", name, name)


def test_who_is_on_the_list_under_a_new_surname_may_be_the_same() -> None:
    assert may_be_same("Hana Rees", "Hana Jones")
    assert not may_be_same("Olu Adeyemi", "Pat Newcomer")
