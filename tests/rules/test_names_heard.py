"""Names as they are misspelt, shortened and heard."""

import pytest

from bot.rules.names.folding import fold
from bot.rules.names.short import FULL_OF, SHORT_OF, sound, sounds
from tests.rules import misspellings
from tests.rules.test_names import SCHOOL

# Misspellings


@pytest.mark.parametrize("half", ["tuning", "held_out"])
def test_right_pupil_in_the_first_five(half: str) -> None:
    cases = misspellings.read(half)
    missed = []
    for case in cases:
        found = SCHOOL.find(case.typed)
        if int(case.admission) not in (found.exact + found.near)[:5]:
            missed.append(case)
    assert len(cases) >= 100
    assert len(missed) <= 0.05 * len(cases), missed


@pytest.mark.parametrize("half", ["tuning", "held_out"])
def test_a_misspelling_is_never_exact(half: str) -> None:
    for case in misspellings.read(half):
        if case.kind in misspellings.MISSPELT:
            assert SCHOOL.find(case.typed).exact == (), case


def test_the_files_are_what_the_generator_makes() -> None:
    for half, cases in zip(("tuning", "held_out"), misspellings.halves(), strict=True):
        assert set(misspellings.read(half)) == set(cases)


# The tables


def test_short_names_are_folded_and_not_their_own() -> None:
    for name, forms in SHORT_OF.items():
        assert {fold(each) for each in (name, *forms)} == {name, *forms}
        assert name not in forms
    assert {"oliver"} == set(FULL_OF["ollie"])


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("voychik", "wojcik"),
        ("reese", "rhys"),
        ("mateush", "mateusz"),
        ("ashling", "aisling"),
        ("mackenzie", "mckenzie"),
        ("nox", "knox"),
        ("ren", "wren"),
        ("witney", "whitney"),
        ("salter", "psalter"),
        ("kloe", "chloe"),
        ("kalid", "khalid"),
        ("michell", "mitchell"),
        ("shmidt", "schmidt"),
        ("sofia", "sophia"),
        ("tomas", "thomas"),
        ("simson", "simpson"),
        ("lam", "lamb"),
        ("nite", "knight"),
        ("hues", "hughes"),
        ("jeorge", "george"),
        ("jac", "jack"),
        ("sindy", "cindy"),
        ("kentin", "quentin"),
        ("aleks", "alex"),
        ("sara", "zara"),
        ("lili", "lily"),
        ("keden", "kayden"),
        ("lora", "laura"),
        ("ruben", "reuben"),
        ("harlo", "harlow"),
        ("sara", "sarah"),
        ("clar", "clare"),
    ],
)
def test_sound(heard: str, written: str) -> None:
    assert sound(heard) in sounds(written)
