"""The overview's sentences are sentences with nothing, with one and with many."""

from dataclasses import replace
from datetime import date

import pytest

from bot.rules.overview import Count, Counts, Filter, Overview, Progress, Review, Times, reading
from bot.rules.school import Audience, Role
from bot.services.documents import overview_words
from bot.services.documents.overview_page import PAGE

NOTHING = Overview("A school", date(2026, 11, 23), (), None, None, (), (), Filter(0))


def counts(done: int, due: int, overdue: int) -> Counts:
    return Counts(*(Count(number, number) for number in (done, due, overdue)))


def training(audience: Audience, of: int, *numbers: int) -> Progress:
    return Progress("Lesson", audience, of, counts(*numbers))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (training(Audience.PARENTS, 1, 1, 0, 0), "Lesson (the school's parents): done"),
        (training(Audience.PARENTS, 1, 0, 1, 0), "Lesson (the school's parents): due within 30 days"),
        (training(Audience.PARENTS, 1, 0, 0, 1), "Lesson (the school's parents): overdue"),
        (training(Audience.CLASSES, 2, 1, 0, 1), "Lesson (classes): 1 of 2 done (50%), 1 overdue"),
        (training(Audience.CLASSES, 9, 0, 9, 0), "Lesson (classes): 0 of 9 done (0%), 9 due within 30 days"),
        (Progress("Lesson", Audience.STAFF, 0, None), "Lesson (all staff): nobody is asked for it at present"),
    ],
)
def test_training(found: Progress, said: str) -> None:
    assert overview_words.say(replace(NOTHING, training=(found,))).training == (said,)


@pytest.mark.parametrize(
    ("done", "said"),
    [
        (0, "None of the 9 staff is up to date with “Lesson”"),
        (4, "4 of 9 staff are up to date with “Lesson”"),
        (9, "All 9 staff are up to date with “Lesson”"),
    ],
)
def test_the_headline(done: int, said: str) -> None:
    found = training(Audience.STAFF, 9, done, 0, 9 - done)
    told = overview_words.say(replace(NOTHING, training=(found,))).headline
    assert told == f"{said}; nobody has said when the policy is to be reviewed."


@pytest.mark.parametrize(
    ("done", "said"),
    [
        (0, "none of the 9 staff has read and understood it"),
        (2, "fewer than 3 of 9 staff have read and understood it"),
        (5, "5 of 9 staff have read and understood it"),
        (9, "all 9 staff have read and understood it"),
    ],
)
def test_reading(done: int, said: str) -> None:
    told = overview_words.say(replace(NOTHING, reading=reading("2", done, 9 - done))).reading
    assert told == f"Version 2: {said}"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Times("Autumn 2026", 0, 0), "Autumn 2026: none"),
        (Times("Autumn 2026", 1, 1), "Autumn 2026: 1 came, still open"),
        (Times("Autumn 2026", 2, 2), "Autumn 2026: 2 came, all still open"),
        (Times("Autumn 2026", 1, 0, 0.0, 0), "Autumn 2026: 1 came, dealt with in less than a school day"),
        (Times("Autumn 2026", 2, 1, 1.0, 1), "Autumn 2026: 2 came, dealt with in 1 school day, 1 still open"),
        (
            Times("Autumn 2026", 7, 0, 1.5, 4),
            "Autumn 2026: 7 came, usually dealt with in 1.5 school days, at most 4 school days",
        ),
    ],
)
def test_times(found: Times, said: str) -> None:
    assert overview_words.say(replace(NOTHING, access=(found,))).access == (said,)


@pytest.mark.parametrize(
    ("waiting", "longest", "said", "small"),
    [
        (0, 0, "Nothing is to be changed in the web filter", "Nothing is to be changed."),
        (
            *(1, 0, "1 line is still to be changed in the web filter, for less than a school day"),
            "Line of the filter; it has waited less than a school day",
        ),
        (
            *(1, 1, "1 line is still to be changed in the web filter, for 1 school day"),
            "Line of the filter; it has waited 1 school day",
        ),
        (
            *(5, 2, "5 lines are still to be changed in the web filter, the oldest for 2 school days"),
            "Lines of the filter; the oldest has waited 2 school days",
        ),
    ],
)
def test_the_filter(waiting: int, longest: int, said: str, small: str) -> None:
    assert overview_words.say(replace(NOTHING, filter=Filter(waiting, longest))).filter == said
    told = {"waiting": waiting, "longest": overview_words.days(longest)}
    assert PAGE.text("small_filter", **told) == small


@pytest.mark.parametrize(
    ("days_left", "said"),
    [
        (0, "due today, Mon 23 Nov 2026; no review is open"),
        (1, "due in 1 day, Mon 23 Nov 2026; no review is open"),
        (-1, "1 day overdue: it was due Mon 23 Nov 2026; no review is open"),
        (-2, "2 days overdue: it was due Mon 23 Nov 2026; no review is open"),
    ],
)
def test_the_review(days_left: int, said: str) -> None:
    review = Review(date(2026, 11, 23), days_left)
    assert overview_words.say(replace(NOTHING, review=review)).review == said


def test_a_review_that_all_or_none_have_signed() -> None:
    roles = (Role.HEADTEACHER, Role.GOVERNOR)
    for signed, waiting, said in (
        ((), roles, "nobody has signed yet; waits for the headteacher and the governor"),
        (roles[:1], roles[1:], "signed by the headteacher; waits for the governor"),
        (roles, (), "signed by the headteacher and the governor"),
    ):
        review = Review(date(2026, 11, 23), 5, is_open=True, signed=signed, waiting=waiting)
        told = overview_words.say(replace(NOTHING, review=review)).review
        assert told == f"due in 5 days, Mon 23 Nov 2026; {said}"


def test_no_sentence_ends_in_a_full_stop_of_its_own() -> None:
    """Whoever shows them sets it: two would stand there."""
    found = overview_words.say(NOTHING)
    every = (*found.training, found.reading, found.review, found.filter)
    assert not [each for each in every if each.endswith(".")]
