"""No name of the roll or the staff is left in a text, however it is written; everything else stays. ICO's form."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules import redaction

CHILDREN = ["Fatima van Dijk", "Zoë O’Neill", "Ann-Marie Lee-Jones", "Rose Hall", "May Wood", "Al Ng", "Ece Yildiz"]
STAFF = ["Ann Teacher", "Hana Rees"]
NAMES = redaction.of(CHILDREN, STAFF)
FILLERS = st.sampled_from(["the list", "went to", "a school", "on Monday", "26 pupils,", "twice.", "(see above)", "—"])


@given(st.lists(st.one_of(FILLERS, st.sampled_from([*CHILDREN, *STAFF]), st.sampled_from(CHILDREN).map(str.upper))))
def test_no_name_is_left_and_all_else_stays(words: list[str]) -> None:
    text = " ".join(words)
    made = NAMES.apply(text)
    for name in (*CHILDREN, *STAFF):
        assert name.casefold() not in made.casefold()
    assert NAMES.found([made]) == ()
    assert [each for each in words if each not in {*CHILDREN, *STAFF, *map(str.upper, CHILDREN)}] == [
        each for each in words if each in made and "[" not in each and each not in {*CHILDREN, *STAFF}
    ]


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("Fatima was on it.", "[a child] was on it."),
        ("fatima van dijk's mother", "[a child]'s mother"),
        ("FATIMA VAN DIJK", "[a child]"),
        ("Lee-Jones and Zoë", "[a child] and [a child]"),
        ("Mrs Teacher told Hana Rees", "Mrs [a member of staff] told [a member of staff]"),
        ("a teacher in the hall, it may rise", "a teacher in the hall, it may rise"),  # words, no names
        ("In May the Hall was shut.", "In [a child] the [a child] was shut."),  # rather one too many
        ("Dijkstra and Roseanne", "Dijkstra and Roseanne"),  # only whole words
        ("Al Ng", "[a child]"),  # a short name as a whole
        ("Also Al, also al.", "Also [a child], also al."),  # … and a part of it with a capital
        ("Zoe O'Neill and ZOË O‘NEILL", "[a child] and [a child]"),  # as telephones type it, and without accents
        ("Aylin YILDIZ, yıldız, Yıldız", "Aylin [a child], yıldız, [a child]"),
        ("", ""),
    ],
)
def test_how_names_are_written(text: str, made: str) -> None:
    assert NAMES.apply(text) == made


def test_signs_in_names_are_no_pattern() -> None:
    odd = redaction.of(["A.*b (Bob) Smith", "C++ [x]"], [])
    assert odd.apply("A.*b (Bob) Smith and Aaab") == "[a child] and Aaab"
    assert re.fullmatch(r".*", odd.apply("C++ [x]"))


def test_where_nobody_is_known_nothing_is_changed() -> None:
    nobody = redaction.of([], [])
    assert nobody.apply("Fatima") == "Fatima"
    assert nobody.found(["Fatima"]) == ()
