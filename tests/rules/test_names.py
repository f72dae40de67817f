"""Whom a typed name means, on the sample school's roll (domain notes, photo consent 10)."""

import gc
import re
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.rules.names.folding import fold, words
from bot.rules.names.index import Found, Index, Named
from tests.rules import misspellings

ROLL = [
    Named(
        pupil_id=int(row["Admission Number"]),
        forename=row["Preferred Forename"],
        surname=row["Preferred Surname"],
        legal_forename=row["Legal Forename"],
        legal_surname=row["Legal Surname"],
        former=(),
        class_name=row["Registration Group"],
        on_roll=True,
    )
    for row in misspellings.roll()
]
SCHOOL = Index(ROLL)
BITS = sorted({word for each in ROLL for word in words(f"{each.forename} {each.surname} {each.class_name}")})


def pupil(pupil_id: int, name: str, class_name: str = "3B", **more: object) -> Named:
    """Somebody who is not in the sample: "Forename Surname", the legal name the same unless given."""
    forename, _, surname = name.partition(" ")
    made = Named(pupil_id, forename, surname, forename, surname, (), class_name, on_roll=True)
    return replace(made, **more)  # type: ignore[arg-type]  # the fields are spelt in each call


def names(index: Index, ids: tuple[int, ...] | list[int]) -> list[str]:
    return [f"{index[i].forename} {index[i].surname}" for i in ids]


# Everybody is found by their own name, however it is written


def own_names(named: Named) -> set[tuple[str, str]]:
    return {(named.forename, named.surname), (named.legal_forename, named.legal_surname)}


WRITTEN: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "upper": str.upper,
    "lower": str.lower,
    "no accents": fold,
    "straight": lambda text: text.replace("’", "'"),
    "curly": lambda text: text.replace("'", "’"),
    "no apostrophe": lambda text: text.replace("'", "").replace("’", ""),
    "spaced hyphens": lambda text: text.replace("-", " - "),
}


@given(
    named=st.sampled_from(ROLL),
    how=st.sampled_from(sorted(WRITTEN)),
    surname_first=st.booleans(),
    with_class=st.booleans(),
)
def test_own_name_is_exact(named: Named, how: str, surname_first: bool, with_class: bool) -> None:
    for forename, surname in own_names(named):
        typed = f"{surname}, {forename}" if surname_first else f"{forename} {surname}"
        typed = WRITTEN[how](f"{typed} {named.class_name}" if with_class else typed)
        found = SCHOOL.find(typed)
        assert named.pupil_id in found.exact
        assert not set(found.exact) & set(found.near)
        assert all(SCHOOL[i].class_name == named.class_name for i in found.exact) or not with_class


def test_an_exact_full_name_comes_without_noise() -> None:
    assert not [named for named in ROLL if SCHOOL.find(f"{named.forename} {named.surname}").near]


@given(
    st.one_of(
        st.text(),
        st.lists(st.sampled_from([*BITS, "j", "o", "王", "’", "-", "x" * 300])).map(" ".join),
    )
)
@example("<!channel>")
@example("a " * 200)
def test_find_and_begins_never_fail(text: str) -> None:
    found = SCHOOL.find(text)
    assert not set(found.exact) & set(found.near)
    assert len(found.near) <= 10
    assert len(set(found.exact)) == len(found.exact)
    begun = SCHOOL.begins(text, limit=7)
    assert len(begun) == len(set(begun)) <= 7
    assert set(SCHOOL.find(text, class_name="3B").exact) <= set(SCHOOL.members("3B"))


@pytest.mark.parametrize("text", ["", " ", "<!channel>", "?!…", "x" * 3000, "Jamie " * 500, "\u200b", "'", "3B", "🙂"])
def test_what_is_no_name_finds_nobody(text: str) -> None:
    assert SCHOOL.find(text) == Found((), ())


def test_absurd_input_is_quick() -> None:
    before = time.perf_counter()
    for text in ("x" * 3000, "a " * 1500, "jamie " * 12, "o " * 12, "\u202e" * 3000, "ﷺ" * 200):
        SCHOOL.find(text)
        SCHOOL.begins(text)
    assert time.perf_counter() - before < 0.5  # seconds; about 2 ms is usual


# What counts as a pupil's name


@pytest.mark.parametrize(
    ("typed", "surnames"),
    [
        ("Lloyd", {"Lloyd-Hughes"}),
        ("hughes", {"Lloyd-Hughes"}),
        ("LloydHughes", {"Lloyd-Hughes"}),
        ("van Dijk", {"van Dijk"}),
        ("vandijk", {"van Dijk"}),
        ("Dijk", {"van Dijk"}),
        ("OBrien", {"O'Brien"}),
        ("O Brien", {"O'Brien"}),
        ("O’Brien", {"O'Brien"}),
        ("O'Neill", {"O’Neill"}),
        ("Ó Briain", {"Ó Briain"}),
        ("O'Briain", {"Ó Briain"}),
        ("Al Farsi", {"Al-Farsi"}),
        ("alfarsi", {"Al-Farsi"}),
        ("Saint John", {"St. John"}),
        ("stjohn", {"St. John"}),
        ("Mac Donald", {"MacDonald"}),
        ("nguyen", {"Nguyễn"}),
        ("Li", {"Li"}),
    ],
)
def test_surnames_in_parts_and_in_one(typed: str, surnames: set[str]) -> None:
    assert {SCHOOL[i].surname for i in SCHOOL.find(typed).exact} == surnames


def test_o_brien_leaves_o_briain_near() -> None:
    assert {SCHOOL[i].surname for i in SCHOOL.find("O'Brien").near} == {"Ó Briain"}


@pytest.mark.parametrize(
    ("typed", "exact"),
    [
        ("Siobhan Chen", ["Shiv Chen"]),
        ("Shiv Chen", ["Shiv Chen"]),
        ("Samuel García", ["Sam García"]),
        ("Sammy Garcia", ["Sam García"]),  # of Samuel, his legal name
        ("Samantha García", []),
        ("Benjamin Wright", ["Ben Wright"]),
        ("Jamie J", ["Jamie Johnson", "Jamie Jones", "Jamie Jones"]),
        ("Jamie H", ["Jamie Hussain", "Jamie Lloyd-Hughes"]),
        ("Jones Jamie", ["Jamie Jones", "Jamie Jones"]),
        ("Jones J", []),
        ("J Jones", []),
        ("Jamie McKenzie", ["Jamie McKenzie", "Jamie McKenzie"]),  # twins, in 3B and 3H
        ("Jamie Jones 5 Fir", ["Jamie Jones"]),
        ("Jamie Jones in year 5", ["Jamie Jones"]),
        ("3B Jamie McKenzie", ["Jamie McKenzie"]),
        ("Jamie W (3H)", ["Jamie Wilson"]),
        ("Freya acorns", ["Freya MacDonald"]),
    ],
)
def test_exact(typed: str, exact: list[str]) -> None:
    assert names(SCHOOL, SCHOOL.find(typed).exact) == exact


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("Samantha García", "Sam García"),
        ("J Wilson", "Jamie Wilson"),
        ("Jamie Wilson 3B", "Jamie Wilson"),  # who is in 3H
        ("JamieWilson", "Jamie Wilson"),
        ("Jamie Lee Wilson", "Jamie Wilson"),
    ],
)
def test_offered_but_not_answered(typed: str, first: str) -> None:
    found = SCHOOL.find(typed)
    assert found.exact == ()
    assert names(SCHOOL, found.near)[0] == first


def test_a_real_name_leaves_room_for_the_name_it_may_be_a_slip_for() -> None:
    index = Index([*ROLL, pupil(900, "Jaime Torres")])
    found = index.find("Jaime")
    assert found.exact == (900,)
    assert {index[i].forename for i in found.near} == {"Jamie"}
    found = index.find("Jamie")
    assert 900 not in found.exact
    assert found.near == (900,)
    assert names(index, index.find("Jaime Jones").near)[:2] == ["Jamie Jones", "Jamie Jones"]


def test_class_narrows() -> None:
    assert names(SCHOOL, SCHOOL.find("Jamie", class_name="3H").exact) == [
        "Jamie McKenzie",
        "Jamie Singh",
        "Jamie Wilson",
    ]
    assert SCHOOL.find("Jamie", class_name="9Z") == Found((), ())
    assert SCHOOL.find("Jamie Wilson", class_name="3B").exact == ()


def test_a_word_that_is_both_a_class_and_a_name_is_both() -> None:
    index = Index([pupil(1, "Jamie Elm", "3B"), pupil(2, "Jamie Jones", "4 Elm"), pupil(3, "Jamie Wood", "3B")])
    assert set(index.find("Jamie Elm").exact) == {1, 2}


def test_former_names_and_leavers() -> None:
    index = Index(
        [
            pupil(1, "Ada Stone", former=("Ada O’Neill-Bright", "Adélaïde Black")),
            pupil(2, "Ada Stone", on_roll=False),
            pupil(3, "Ada Rowe", on_roll=False),
            pupil(4, "Ada Zane"),
        ]
    )
    for typed in ("Ada Bright", "oneill ada", "Adelaide Black", "black adelaide", "Ada B"):
        assert index.find(typed).exact == (1,), typed
    assert index.find("Ada Stone").exact == (1, 2)
    assert index.find("Ada").exact == (1, 4, 3, 2)  # on roll, then by surname
    assert index.find("Ada Row").near == (3,)
    assert index.begins("Ada") == [1, 4, 3, 2]


def test_full_names_rank_before_short_forms() -> None:
    index = Index([pupil(1, "Samuel Abbot"), pupil(2, "Sam Zane"), pupil(3, "Samantha Moss"), pupil(4, "Jack Sam")])
    assert index.find("Sam").exact == (4, 2, 1, 3)
    assert index.find("Samuel").exact == (1, 2)
    assert index.find("Sam Abbot").exact == (1,)


def test_short_forms_are_of_forenames() -> None:
    index = Index([pupil(1, "Ben Thomas"), pupil(2, "Thomas Rose")])
    assert index.find("Tom").exact == (2,)
    assert index.find("Rosie").exact == ()


def test_short_names_other_scripts_and_none() -> None:
    index = Index(
        [
            pupil(1, "小明 王"),
            pupil(2, "محمد الفارسي"),
            pupil(3, "Иван Петров"),
            pupil(4, "Bo Ó"),
            pupil(5, "Ây Ẽ"),
            pupil(6, "Suri", surname="", legal_surname=""),
            pupil(7, "? -"),
            pupil(8, "민준 김"),
        ]
    )
    wanted = {
        1: ["王小明", "小明 王", "Xiaoming Wang", "Wang Xiao Ming", "王"],
        2: ["محمد الفارسي", "الفارسي محمد", "مُحَمَّد"],
        3: ["Иван Петров", "ivan petrov", "ПЕТРОВ"],
        4: ["Bo", "bo o", "Ó Bo"],
        5: ["Ay E", "ây", "E Ay"],
        6: ["suri"],
        8: ["김민준", "minjun gim"],
    }
    for pupil_id, ways in wanted.items():
        for typed in ways:
            assert index.find(typed).exact == (pupil_id,), typed
    assert index.find("?") == Found((), ())
    assert len(index) == 8


def test_nobody_enrolled() -> None:
    index = Index([])
    assert index.find("Jamie") == Found((), ())
    assert index.begins("") == []
    assert index.classes == ()


# Type-ahead and classes


def test_begins() -> None:
    assert names(SCHOOL, SCHOOL.begins("jam 3b")) == ["Jamie Đặng", "Jamie McKenzie", "Jamie Nowak"]
    assert names(SCHOOL, SCHOOL.begins("jam jo"))[:3] == ["Jamie Johnson", "Jamie Jones", "Jamie Jones"]
    assert names(SCHOOL, SCHOOL.begins("jo jam"))[:3] == ["Jamie Johnson", "Jamie Jones", "Jamie Jones"]
    assert set(SCHOOL.begins("3b")) == set(SCHOOL.members("3B"))
    assert SCHOOL.begins("recep") == list(SCHOOL.members("Reception Acorns"))
    assert names(SCHOOL, SCHOOL.begins("shivon"))[0] == "Shiv Chen"
    assert names(SCHOOL, SCHOOL.begins("lil"))[:1] == ["Lily Chen"]
    assert SCHOOL.begins("xyzzy") == []
    assert len(SCHOOL.begins("jamie", limit=3)) == 3
    assert SCHOOL.begins("jamie", limit=0) == []


def test_nobody_reads_the_roll_by_going_through_the_alphabet() -> None:
    """Case 13: two letters find whole names only, one finds nobody, nothing typed finds nobody."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    assert not any(SCHOOL.nearest(typed) for typed in (*letters, *map("".join, product(letters, letters))))
    assert SCHOOL.begins("") == SCHOOL.begins(" ") == []
    assert all(SCHOOL.begins(letter) == [] for letter in letters)
    of_two = {first + second: SCHOOL.begins(first + second, limit=999) for first in letters for second in letters}
    assert {typed for typed, found in of_two.items() if found} == {bit for bit in BITS if re.fullmatch("[a-z]{2}", bit)}
    assert all(typed in words(name) for typed, found in of_two.items() for name in names(SCHOOL, found))
    assert all(SCHOOL.begins(f"{first} {second} {first}{second}") == [] for first in letters for second in letters)


def test_two_letters_find_a_whole_name_or_a_class_and_nothing_else() -> None:
    index = Index([pupil(1, "Jo Stone", "3B"), pupil(2, "Joanna Li", "3H"), pupil(3, "Ed Jones", "4 Elm")])
    assert index.begins("jo") == [1]
    assert index.begins("li") == [2]
    assert index.begins("jo 3b") == [1]
    assert index.begins("jo 3h") == index.begins("j 3h") == index.begins("j l") == []
    assert index.begins("3h") == [2]
    assert index.begins("李") == [2]
    assert index.begins("joa")[0] == 2


def test_classes_and_members() -> None:
    assert SCHOOL.classes == ("Reception Acorns", "1 Beech", "2 Cedar", "3B", "3H", "4 Elm", "5 Fir", "6 Hazel")
    assert sum(len(SCHOOL.members(name)) for name in SCHOOL.classes) == len(ROLL)
    assert names(SCHOOL, SCHOOL.members("3B"))[:3] == ["Isla Ahmed", "Aisha Begum", "Łukasz Clarke"]
    assert SCHOOL.members("9Z") == ()
    left = Index([pupil(1, "Ada Stone", "6 Oak", on_roll=False), pupil(2, "Bo Li", "3B")])
    assert (left.classes, left.members("6 Oak")) == (("3B",), ())
    assert left.find("Ada 6 Oak").exact == (1,)


def test_index_is_a_collection() -> None:
    assert len(SCHOOL) == len(ROLL)
    assert 13 in SCHOOL
    assert 999 not in SCHOOL
    assert SCHOOL[13].forename == "Jamie"
    with pytest.raises(KeyError):
        SCHOOL[999]


@pytest.mark.parametrize("pupils", [200, 1000])
def test_what_an_index_weighs_is_about_what_it_takes(pupils: int) -> None:
    roll = [pupil(number, f"{BITS[number % len(BITS)]} {BITS[number * 7 % len(BITS)]}") for number in range(pupils)]
    gc.collect()
    tracemalloc.start()
    try:
        index = Index([replace(each) for each in roll])
        for name in BITS[::10]:
            index.find(name)
        gc.collect()
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert taken / 2 < index.weight < taken * 3
