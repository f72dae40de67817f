"""The unique pupil number: what is right, what is wrong, and what a slip of the finger cannot get past."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reading.roll import upn

DIGITS = "0123456789"


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """Any right number, temporary ones too."""
    middle = draw(st.text(DIGITS, min_size=11, max_size=11))
    rest = middle + draw(st.sampled_from(DIGITS + upn.ALPHABET))
    return upn.check_letter(f"A{rest}") + rest


@pytest.mark.parametrize("right", ["B801200005001", "P207000016049", "H896200026001", "U89620002600A"])
def test_right(right: str) -> None:
    assert upn.fault(right) == ""


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("A801200005001", "does not fit"),
        ("B80120000500", "this one has 12"),
        ("", "this one has 0"),
        ("B8012000050012", "this one has 14"),
        ("BB01200005001", "a letter"),
        ("I801200005001", "a letter"),
        ("B80120000500O", "a letter"),
        ("B80120000500١", "a letter"),  # an Arabic digit
    ],
)
def test_wrong(wrong: str, said: str) -> None:
    assert said in upn.fault(wrong)


def test_spaces_and_small_letters_are_mended() -> None:
    assert upn.normalise(" b801 2000 05001\t") == "B801200005001"


def test_a_temporary_number_ends_in_a_letter() -> None:
    assert upn.is_temporary("U89620002600A")
    assert not upn.is_temporary("H896200026001")


def test_an_authority_that_is_not_known() -> None:
    assert upn.authority_known("B801200005001")
    assert not upn.authority_known("B999200005001")


@given(numbers(), st.integers(1, 12), st.sampled_from(DIGITS + upn.ALPHABET))
def test_one_wrong_character_is_seen(right: str, place: int, typed: str) -> None:
    wrong = right[:place] + typed + right[place + 1 :]
    # A letter counts like some digit: only these pairs, at the end of a temporary number, look alike to the sum.
    alike = upn.check_letter(f"A{wrong[1:]}") == right[0] if not upn.fault(wrong) else False
    assert upn.fault(wrong) or wrong == right or (place == 12 and alike and typed.isalpha() != right[12].isalpha())


@given(numbers(), st.sampled_from(upn.ALPHABET))
def test_a_wrong_first_letter_is_seen(right: str, typed: str) -> None:
    assert upn.fault(typed + right[1:]) or typed == right[0]


@given(numbers(), st.integers(1, 10))
def test_two_digits_the_wrong_way_round_are_seen(right: str, place: int) -> None:
    wrong = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
    assert upn.fault(wrong) or wrong == right
