"""When looks at classes are worth a look themselves: by class and day, by picture, by role."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadInput
from bot.rules.consent.answer import Purpose
from bot.rules.consent.looks import Looked, Narrowed, Seen, again, is_worth_a_look, looked, most_classes
from bot.rules.people import Person, Standing
from bot.rules.school import LookUpSettings, Role

MONDAY = date(2026, 11, 23)
CLASSES = {
    name: frozenset(range(at * 10, at * 10 + 10)) for at, name in enumerate(("1A", "2A", "3A", "4A", "5A", "6A"))
}
SETTINGS = LookUpSettings()


def check(class_name: str, purpose: Purpose = Purpose.DECLARED, day: date = MONDAY) -> Seen:
    return Seen(day, purpose, class_name, tuple(CLASSES[class_name]))


def person(*roles: Role) -> Person:
    return Person(1, "Ann", "ann@huntington.example", "U1", Standing.STAFF, frozenset({Role.STAFF, *roles}), (), None)


def test_a_class_counts_once_a_day_and_ones_own_never() -> None:
    seen = [check("1A"), check("1A"), check("2A"), check("3A", Purpose.CLASS), check("1A", day=MONDAY + timedelta(1))]
    found = looked(seen, ["3A"], CLASSES)
    assert found.through == {(MONDAY, "1A"), (MONDAY, "2A"), (MONDAY + timedelta(1), "1A")}
    assert found.pictures == 2


def test_a_picture_pressed_for_every_class_is_one_picture() -> None:
    found = looked([check(name) for name in CLASSES], (), CLASSES)
    assert (len(found.through), found.pictures) == (6, 1)
    assert is_worth_a_look(found, 5)
    assert not is_worth_a_look(found, 6)


@pytest.mark.parametrize("purpose", [Purpose.NAMED, Purpose.OFFERED, Purpose.TYPED])
def test_most_of_a_class_by_name_is_as_good_as_its_list(purpose: Purpose) -> None:
    half = [Seen(MONDAY, purpose, "", (pupil,)) for pupil in range(5)]
    assert looked(half, (), CLASSES).through == {(MONDAY, "1A")}
    assert looked(half[:4], (), CLASSES).through == frozenset()
    spread = [each._replace(day=MONDAY + timedelta(at)) for at, each in enumerate(half)]
    assert looked(spread, (), CLASSES).through == frozenset()
    assert looked(half, ["1A"], CLASSES) == Looked(frozenset(), 0)


def test_a_class_without_children_is_not_looked_through() -> None:
    assert looked([Seen(MONDAY, Purpose.NAMED, "", (1,))], (), {"7A": frozenset()}).through == frozenset()


def test_how_many_classes_a_picture_is_by_role_and_the_office_is_exempt() -> None:
    assert most_classes(person(), SETTINGS) == 4
    assert most_classes(person(Role.HEADTEACHER), SETTINGS) == 12
    assert most_classes(person(Role.GOVERNOR), SETTINGS) == 4
    assert most_classes(person(Role.HEADTEACHER, Role.ADMIN_TEAM), SETTINGS) is None
    assert not is_worth_a_look(Looked(frozenset({(MONDAY, str(at)) for at in range(99)}), 0), None)


@given(st.integers(0, 40), st.integers(0, 10), st.integers(1, 20))
def test_more_pictures_never_make_it_worth_a_look_and_more_classes_never_unmake_it(
    classes: int, pictures: int, most: int
) -> None:
    through = frozenset((MONDAY, str(at)) for at in range(classes))
    found = is_worth_a_look(Looked(through, pictures), most)
    assert found or not is_worth_a_look(Looked(through, pictures + 1), most)
    assert not found or is_worth_a_look(Looked(through | {(MONDAY, "one more")}, pictures), most)


@given(st.none() | st.integers(1, 10**9 - 1), st.none() | st.integers(1, 10**9 - 1))
def test_what_the_log_is_narrowed_to_is_read_back(pupil_id: int | None, person_id: int | None) -> None:
    narrowed = Narrowed(pupil_id, person_id)
    assert again(narrowed.written()) == narrowed


@pytest.mark.parametrize("written", ["", "36", "36:5:1", "a:", ":-1", "²:", "1000000000:", " :"])
def test_what_no_button_of_ours_has_written_is_refused(written: str) -> None:
    with pytest.raises(BadInput):
        again(written)


def test_what_the_trail_says_of_it() -> None:
    assert Narrowed().record == "everybody"
    assert Narrowed(36, 5).record == "pupil 36, person 5"
