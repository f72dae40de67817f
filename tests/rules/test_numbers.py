"""Numbers that are drawn: each once, in an order that only the school's key tells; a gap tells nothing."""

from hypothesis import given
from hypothesis import strategies as st

from storage.numbers import drawn

HALF_OF_FOUR, HALF_OF_FIVE = 4500, 45_000


def test_they_are_of_four_digits_and_of_five_when_half_are_used() -> None:
    first = [drawn(count, b"a school") for count in range(1, HALF_OF_FOUR + 1)]
    assert len(set(first)) == HALF_OF_FOUR
    assert all(1000 <= number <= 9999 for number in first)
    later = [drawn(count, b"a school") for count in range(HALF_OF_FOUR + 1, HALF_OF_FOUR + HALF_OF_FIVE + 2)]
    assert len(set(later)) == len(later)
    assert [len(str(number)) for number in later] == [5] * HALF_OF_FIVE + [6]


@given(st.binary(min_size=16, max_size=32), st.integers(1, 200))
def test_they_neither_rise_nor_lie_near_each_other(secret: bytes, count: int) -> None:
    numbers = [drawn(each, secret) for each in range(count, count + 40)]
    assert numbers != sorted(numbers)
    assert max(numbers) - min(numbers) > 2000


def test_another_school_draws_in_another_order() -> None:
    one, other = ([drawn(count, secret) for count in range(1, 50)] for secret in (b"one school", b"another"))
    assert one != other
