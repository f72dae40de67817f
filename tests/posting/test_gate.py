"""May we post it? One answer with the mend; logged when it is out; taken down when a parent says no."""

import pytest

from tests.people import ANN, HANA, OLU
from tests.posting.gate import AS_TOLD, FATIMA, FEED, JACK, JAMIE_ROBERTS, TRUE, check, log, message, withdraw
from tests.posting.gate import open_take_down as opened
from tests.school import School

BOTH = pytest.mark.databases("sqlite", "postgresql")
pytestmark = pytest.mark.databases("sqlite")


@BOTH
@pytest.mark.policy("4.7", "4.13")
def test_a_picture_of_two_children_with_a_yes_may_go(school: School) -> None:
    shown = check(school).view
    assert shown is not None
    assert f"✅ *Go.* It may be posted: {FEED}." in shown.text
    letter = message(school, ANN, f"Your picture for {FEED}: go.")
    assert FATIMA not in letter.text
    done = log(school, ANN, letter)
    assert "PO-1 is logged." in done.text
    assert "PO-1" in message(school, ANN, "Posted:").text
    record = school.press(ANN, message(school, ANN, "PO-1: published"), "Open").view
    assert record is not None
    for words in (FEED, "https://x.example/huntington/1", f"{FATIMA} (Reception Acorns), {JACK} (2 Cedar)"):
        assert words in record.text


@BOTH
@pytest.mark.policy("4.5", "4.6", "4.7")
def test_from_a_check_to_an_empty_list(school: School) -> None:
    """Checked go → the mother withdraws by phone → posted all the same → told to take it down, an older post too."""
    log(school, OLU, check(school, OLU).view)
    shown = check(school).view
    withdraw(school)
    stale = message(school, ANN, f"Do not post your picture for {FEED} as it is")
    assert FATIMA not in stale.text
    done = log(school, ANN, shown)
    assert "Take PO-2 down now." in done.text
    assert FATIMA in done.text
    told = message(school, OLU, "Pictures have to come down: 3 lines in 2 lists")
    assert FATIMA not in told.text
    assert f"TD-1* · {FEED}: 2 of 2 still to do" in told.text
    assert "TD-2* · look by hand" in told.text
    taken = school.press(ANN, done, "I took it down").view
    school.submit(ANN, taken)
    school.deliver()
    view = opened(school, OLU, told, "TD-1")
    assert f"PO-1: {FATIMA} (Reception Acorns)" in str(view.payload)
    assert "PO-2" in view.text  # by Ann herself
    ticked = school.submit(OLU, view, {"Tick what": [f"PO-1: {FATIMA} (Reception Acorns)"], "What was done": "Removed"})
    assert "TD-1 · School Twitter feed: done" in ticked.text
    by_hand = opened(school, OLU, message(school, OLU, "Pictures have to come down"), "TD-2")
    looked = school.submit(
        OLU, by_hand, {"Tick what": [f"{FATIMA} (Reception Acorns)"], "What was done": "Nothing found"}
    )
    school.deliver()
    assert "Nothing of this is left to take down" in message(school, OLU, "Nothing of this is left").text
    assert "Nothing has to come down" in school.press(HANA, school.more(HANA).view, "What has to come down").text
    note = school.press(OLU, looked, "Note to the parents").view
    assert note is not None
    assert "2 pictures were removed" in note.text
    assert JACK not in note.text
    assert "PO-1: taken down" in school.press(OLU, message(school, OLU, "PO-1"), "Open").text


@pytest.mark.policy("4.9")
def test_who_has_no_yes_for_anything_is_only_left_out(school: School) -> None:
    shown = check(school, names=f"{FATIMA}, {JAMIE_ROBERTS}").view
    assert shown is not None
    assert "Go after changes" in shown.text
    assert f"leave out {JAMIE_ROBERTS} (6 Hazel)" in shown.text
    assert "crop these" not in shown.text


@pytest.mark.policy("4.4", "4.9")
def test_who_has_a_yes_for_something_else_may_be_cropped(school: School) -> None:
    shown = check(school, names="Finlay Jones, Jack McKenzie", medium="Video").view
    assert shown is not None
    assert "leave out Finlay Jones (1 Beech)" in shown.text
    assert "You may crop these at the edge or cover them instead: Finlay Jones (1 Beech)" in shown.text
    done = log(school, ANN, shown, **AS_TOLD)
    assert "is logged" in done.text
    assert "Take" not in done.text
    record = school.press(ANN, message(school, ANN, "PO-1: published"), "Open").text
    assert "Finlay" not in record  # left out, as the answer said


@BOTH
@pytest.mark.policy("4.6", "4.7")
@pytest.mark.parametrize("again", [False, True])
def test_whoever_was_not_left_out_is_logged_and_comes_down(school: School, again: bool) -> None:
    """Whatever the answer was, and however often it was asked: without a word that it was changed, all are in it."""
    shown = check(school, names=f"{JAMIE_ROBERTS}, {FATIMA}").view
    if again:
        shown = school.press(ANN, shown, "Check again").view
    done = log(school, ANN, shown)
    assert "Take PO-1 down now." in done.text
    assert JAMIE_ROBERTS in done.text
    assert "TD-1" in message(school, OLU, "Pictures have to come down").text


def test_posted_although_the_answer_was_no(school: School) -> None:
    shown = check(school, names=JAMIE_ROBERTS, count=1).view
    done = log(school, ANN, shown)
    assert f"It shows {JAMIE_ROBERTS} (6 Hazel)" in done.text


def test_checked_again_after_it_was_posted_nobody_is_forgotten(school: School) -> None:
    shown = check(school).view
    withdraw(school)
    again = school.press(ANN, message(school, ANN, "Do not post your picture"), "Check again").view
    assert again is not None
    assert "Go after changes" in again.text
    assert f"It shows {FATIMA}" in log(school, ANN, again).text
    assert shown is not None


@pytest.mark.policy("4.7")
def test_nobody_in_it_may_be_shown_there(school: School) -> None:
    shown = check(school, names=JAMIE_ROBERTS, count=1).view
    assert shown is not None
    assert "Do not post it as it is" in shown.text
    assert "nobody in it may be shown there" in shown.text


@pytest.mark.policy("4.10", "4.11", "4.12", "5.2")
@pytest.mark.parametrize(
    ("untrue", "mend"),
    [
        (0, "Take out every name"),
        (1, "suitably dressed"),
        (2, "positive and about school life"),
        (3, "from further away"),
        (4, "Ask the adults"),
    ],
)
def test_what_is_not_true_has_to_be_mended_first(school: School, untrue: int, mend: str) -> None:
    true = [each for number, each in enumerate(TRUE) if number != untrue]
    shown = check(school, true=true).view
    assert shown is not None
    assert "Do not post it as it is" in shown.text
    assert mend in shown.text


@pytest.mark.policy("4.8")
def test_a_personal_phone_is_reminded_of(school: School) -> None:
    shown = check(school, taken="A personal phone").view
    assert shown is not None
    assert "Remove it from the phone as soon as it is posted" in shown.text


def test_nothing_is_ticked_beforehand(school: School) -> None:
    form = school.command(ANN, "/post-check", "").view
    assert form is not None
    assert "initial_options" not in str(form.payload)
