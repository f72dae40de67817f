"""What stands, from everything that was ever decided."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.consent.ledger import Decision, Method, OnRoll, State, Verdict, in_force, state, states
from bot.rules.school import Media, Use

DAY = date(2026, 11, 23)
HERE = OnRoll(joined_on=date(2024, 9, 3))
MUM, DAD, NOBODY = "Noor van Dijk", "Piet van Dijk", ""
Y, N, W = Verdict.YES, Verdict.NO, Verdict.WITHDRAWN


def made(*entries: tuple[str, Verdict], **more: object) -> list[Decision]:
    """Decisions in the order of recording, one a day from 1 September."""
    return [
        Decision(
            number=number,
            pupil_id=1,
            use_key="website",
            media=Media.PHOTO,
            verdict=verdict,
            effective_from=date(2026, 9, 1) + timedelta(days=number),
            expires_on=more.get("expires_on"),  # type: ignore[arg-type]
            method=Method.FORM if decider else Method.IMPORT,
            decided_by=decider,
        )
        for number, (decider, verdict) in enumerate(entries)
    ]


def ruling(verdict: Verdict, number: int) -> Decision:
    day = date(2026, 9, 1) + timedelta(days=number)
    return Decision(number, 1, "website", Media.PHOTO, verdict, day, None, Method.RULING, "")


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        (made(), State.NOT_RECORDED),
        (made((MUM, Y)), State.YES),
        (made((MUM, N)), State.REFUSED),
        (made((MUM, Y), (MUM, W)), State.WITHDRAWN),
        (made((MUM, W), (MUM, Y)), State.YES),
        (made((MUM, Y), (DAD, N)), State.DISPUTED),
        (made((DAD, N), (MUM, Y)), State.DISPUTED),
        (made((MUM, Y), (DAD, Y)), State.YES),
        (made((MUM, N), (DAD, N)), State.REFUSED),
        (made((NOBODY, Y)), State.YES),
        (made((NOBODY, Y), (MUM, W)), State.WITHDRAWN),  # the parent's word replaces the old file's
        (made((NOBODY, N), (MUM, Y)), State.YES),
        (made((MUM, Y), (NOBODY, N)), State.REFUSED),  # the office's newer No stands
        (made((MUM, W), (NOBODY, Y)), State.DISPUTED),  # a file never brings a Yes back
        (made((NOBODY, N), (NOBODY, Y)), State.YES),
        ([*made((MUM, Y), (DAD, N)), ruling(Y, 5)], State.YES),
        ([*made((MUM, Y), (DAD, N)), ruling(N, 5)], State.REFUSED),
        ([ruling(Y, 0), *made((MUM, Y), (MUM, Y), (DAD, N))[2:]], State.DISPUTED),
        (made((MUM, Y), expires_on=DAY), State.YES),  # the last day is still good
        (made((MUM, Y), expires_on=DAY - timedelta(days=1)), State.EXPIRED),
    ],
)
def test_how_one_matter_stands(decisions: list[Decision], expected: State) -> None:
    assert state(decisions, HERE, DAY) is expected


def dated(*entries: tuple[str, Verdict, int]) -> list[Decision]:
    """Decisions in the order of recording, each with the day of November from which it counts."""
    return [
        made((decider, verdict))[0]._replace(number=number, effective_from=date(2026, 11, day))
        for number, (decider, verdict, day) in enumerate(entries)
    ]


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        (dated((MUM, Y, 22), (MUM, W, 20)), State.WITHDRAWN),  # recorded later, dated earlier: a phone call counts
        (dated((MUM, Y, 23), (MUM, W, 21), (MUM, Y, 22)), State.YES),
        (dated((MUM, W, 21), (MUM, Y, 20)), State.WITHDRAWN),  # an older form that comes late lifts nothing
        (dated((MUM, W, 20), (MUM, Y, 20)), State.YES),
        (dated((MUM, Y, 1), (MUM, W, 30)), State.YES),  # withdrawn for a later day
        ([*dated((MUM, Y, 1), (DAD, N, 2)), ruling(Y, 2), *dated((DAD, N, 1))[:0]], State.YES),
        (
            [*dated((MUM, Y, 1), (DAD, N, 2)), ruling(Y, 2), dated((DAD, N, 1))[0]._replace(number=9)],
            State.DISPUTED,  # dad's letter is dated before the ruling and was recorded after it
        ),
    ],
)
def test_what_is_recorded_later_counts_more_than_its_date(decisions: list[Decision], expected: State) -> None:
    assert state(decisions, HERE, DAY) is expected


def test_a_withdrawal_takes_back_a_yes_that_was_to_begin_later() -> None:
    decisions = dated((MUM, Y, 27), (MUM, W, 24))
    assert state(decisions, HERE, date(2026, 11, 30)) is State.WITHDRAWN


@pytest.mark.parametrize(
    ("on_roll", "expected"),
    [
        (OnRoll(left_on=DAY), State.YES),
        (OnRoll(left_on=DAY - timedelta(days=1)), State.LEFT),
        (OnRoll(joined_on=DAY), State.YES),
        (OnRoll(joined_on=DAY + timedelta(days=1)), State.NOT_STARTED),
        (OnRoll(never_photograph=True), State.NEVER_PHOTOGRAPH),
        (OnRoll(decisions_from=date(2026, 9, 1)), State.YES),
        (OnRoll(decisions_from=DAY), State.NOT_RECORDED),  # who has come back is asked anew
        (OnRoll(decisions_from=DAY + timedelta(days=1)), State.YES),
    ],
)
def test_the_roll_and_the_flag_overrule_a_yes(on_roll: OnRoll, expected: State) -> None:
    assert state(made((MUM, Y)), on_roll, DAY) is expected


def test_the_same_parent_written_otherwise_is_the_same_parent() -> None:
    assert state(made(("Noor  van Dijk", Y), ("noor van dijk ", W)), HERE, DAY) is State.WITHDRAWN


entries = st.lists(st.tuples(st.sampled_from([MUM, DAD, NOBODY]), st.sampled_from(list(Verdict))), max_size=8)


@given(entries)
def test_whoever_said_no_last_is_never_overruled_by_a_file_or_another_parent(found: list[tuple[str, Verdict]]) -> None:
    stands = state(made(*found), HERE, DAY)
    newest = {decider: verdict for decider, verdict in found if decider}
    if any(verdict is not Y for verdict in newest.values()):
        assert stands is not State.YES


@given(entries)
def test_a_yes_was_said_by_somebody(found: list[tuple[str, Verdict]]) -> None:
    if state(made(*found), HERE, DAY) is State.YES:
        assert Y in [verdict for _, verdict in found]


@given(entries, st.randoms(use_true_random=False))
def test_the_order_of_reading_does_not_matter(found: list[tuple[str, Verdict]], shuffle: object) -> None:
    decisions = made(*found)
    mixed = decisions.copy()
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    assert state(mixed, HERE, DAY) is state(decisions, HERE, DAY)


@given(entries)
def test_what_comes_later_changes_nothing_about_an_earlier_day(found: list[tuple[str, Verdict]]) -> None:
    decisions = made(*found)
    for day in (date(2026, 9, 1) + timedelta(days=n) for n in range(len(found))):
        known = [decision for decision in decisions if decision.effective_from <= day]
        assert state(known, HERE, day) is state(decisions, HERE, day)


@given(entries)
def test_no_parent_counts_twice(found: list[tuple[str, Verdict]]) -> None:
    deciders = [decision.decider for decision in in_force(made(*found), DAY)]
    assert len(deciders) == len(set(deciders))


def test_each_use_and_medium_stands_by_itself() -> None:
    website = Use("website", "School website", (Media.PHOTO, Media.VIDEO))
    stands = states(made((MUM, Y)), HERE, (website,), DAY)
    assert stands == {("website", Media.PHOTO): State.YES, ("website", Media.VIDEO): State.NOT_RECORDED}
