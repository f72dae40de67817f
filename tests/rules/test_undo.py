"""What was recorded in error counts for nothing, on whatever day is asked about."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.consent.ledger import (
    Decision,
    EntryKey,
    EntryKind,
    Method,
    Occasion,
    OnRoll,
    State,
    StruckOut,
    Verdict,
    states,
)
from bot.rules.consent.undo import UNDO_FOR, keeps_out, may_strike_out, rulings_over, shown_again, standing
from bot.rules.people import Person, Standing
from bot.rules.school import Media, Role, Use

FIRST = date(2026, 9, 1)
DAYS = [FIRST + timedelta(days=day) for day in range(-2, 24)]
WEBSITE = Use("website", "School website", (Media.PHOTO, Media.VIDEO))
USES = (WEBSITE,)
HERE = OnRoll(joined_on=date(2024, 9, 3))
MATTERS = [("website", Media.PHOTO), ("website", Media.VIDEO)]


@st.composite
def histories(draw: st.DrawFn) -> list[Occasion]:
    """Everything that was ever recorded about a child, one a day; some of it struck out on a later day."""
    found = []
    for number in range(draw(st.integers(0, 6))):
        recorded = datetime(2026, 9, 1, 10, tzinfo=UTC) + timedelta(days=number)
        struck_after = draw(st.none() | st.integers(0, 9))
        struck = None if struck_after is None else StruckOut(recorded + timedelta(days=struck_after, hours=1), 7, "")
        day = FIRST + timedelta(days=number + draw(st.integers(-3, 5)))
        if draw(st.integers(0, 4)) == 0:
            raised = draw(st.booleans())
            key = EntryKey(EntryKind.FLAG, number)
            found.append(Occasion(key, recorded, 1, recorded.date(), raised=raised, struck=struck))
            continue
        decider = draw(st.sampled_from(["Noor van Dijk", "Piet van Dijk", ""]))
        method = Method.FORM if decider else draw(st.sampled_from([Method.IMPORT, Method.RULING]))
        verdict = draw(st.sampled_from(list(Verdict)))
        expires = draw(st.none() | st.integers(0, 9)) if verdict is Verdict.YES else None
        decisions = tuple(
            Decision(
                number * 2 + place,
                1,
                *matter,
                verdict,
                day,
                None if expires is None else day + timedelta(days=expires),
                method,
                decider,
            )
            for place, matter in enumerate(draw(st.lists(st.sampled_from(MATTERS), min_size=1, unique=True)))
        )
        key = EntryKey(EntryKind.DECIDED, number)
        found.append(
            Occasion(key, recorded, 1, day, method=method, decided_by=decider, decisions=decisions, struck=struck)
        )
    return found


def on(occasions: Sequence[Occasion], day: date, **how: object) -> dict[tuple[str, Media], State]:
    on_roll, decisions = standing(occasions, HERE, day, **how)  # type: ignore[arg-type]
    return dict(states(decisions, on_roll, USES, day))


@given(histories())
def test_everything_struck_out_is_as_if_nothing_had_been_recorded(occasions: list[Occasion]) -> None:
    for day in DAYS:
        assert on(occasions, day, without=[each.key for each in occasions]) == on([], day)


@given(histories(), st.data())
def test_what_is_struck_out_counts_as_if_it_had_never_been_written_on_every_day(
    occasions: list[Occasion], data: st.DataObject
) -> None:
    without = data.draw(st.lists(st.sampled_from(occasions), unique=True)) if occasions else []
    left = [each for each in occasions if each not in without and each.struck is None]
    for day in DAYS:
        once = on(occasions, day, without=[each.key for each in without])
        assert once == on(left, day)
        assert once == on(occasions, day, without=[each.key for each in [*without, *without]])


@given(histories())
def test_what_was_said_on_a_day_stays_explainable_whatever_is_struck_out_later(occasions: list[Occasion]) -> None:
    for day in DAYS:
        evening = datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC)
        known = [each for each in occasions if each.recorded_at < evening]
        then = [
            Occasion(**{name: getattr(each, name) for name in each.__slots__} | {"struck": None})
            for each in known
            if each.struck is None or each.struck.at >= evening
        ]
        assert on(occasions, day, known_at=evening) == on(then, day)


@given(histories(), st.data())
def test_whoever_is_shown_again_on_any_day_to_come_is_noticed(occasions: list[Occasion], data: st.DataObject) -> None:
    if not occasions:
        return
    entry = data.draw(st.sampled_from(occasions))
    today = FIRST + timedelta(days=7)
    before, after = (standing(occasions, HERE, today, without=without) for without in ((), (entry.key,)))
    told = shown_again(before, after, USES, today)

    def may(stands: tuple[OnRoll, list[Decision]], day: date) -> set[tuple[str, Media]]:
        return {each for each, state in states(stands[1], stands[0], USES, day).items() if state is State.YES}

    assert told == any(
        may(after, today + timedelta(days=ahead)) - may(before, today + timedelta(days=ahead)) for ahead in range(30)
    )


def entry(number: int, verdict: Verdict, *, method: Method = Method.FORM, by: int = 1) -> Occasion:
    made = Decision(number, 1, *MATTERS[0], verdict, FIRST, None, method, "")
    at = datetime(2026, 9, 1, 10, tzinfo=UTC)
    return Occasion(EntryKey(EntryKind.DECIDED, number), at, by, FIRST, method=method, decisions=(made,))


def flagged(number: int, *, raised: bool) -> Occasion:
    key = EntryKey(EntryKind.FLAG, number)
    return Occasion(key, datetime(2026, 9, 1, 10, tzinfo=UTC), 1, FIRST, raised=raised)


def somebody(role: Role, number: int = 1) -> Person:
    roles = frozenset({Role.STAFF, role})
    return Person(number, "N", "n@s.example", "U1", Standing.STAFF, roles, (), None)


def test_what_keeps_a_child_out() -> None:
    left = Occasion(EntryKey(EntryKind.LEFT, 1), datetime(2026, 9, 1, 10, tzinfo=UTC), 1, FIRST)
    no, withdrawn, yes = (entry(1, verdict) for verdict in (Verdict.NO, Verdict.WITHDRAWN, Verdict.YES))
    assert all(map(keeps_out, (no, withdrawn, left, flagged(1, raised=True))))
    assert not any(map(keeps_out, (yes, flagged(1, raised=False))))


def test_the_last_day_on_roll_goes_with_the_entry_and_stays_where_a_file_says_so() -> None:
    at = datetime(2026, 9, 1, 10, tzinfo=UTC)
    left = Occasion(EntryKey(EntryKind.LEFT, 1), at, 1, FIRST)
    gone = HERE._replace(left_on=FIRST)
    assert standing([left], gone, FIRST)[0].left_on == FIRST
    assert standing([left], gone, FIRST, without=[left.key])[0].left_on is None
    by_file = HERE._replace(left_on=FIRST + timedelta(days=3))
    assert standing([left], by_file, FIRST, without=[left.key])[0].left_on == by_file.left_on
    struck = Occasion(left.key, at, 1, FIRST, struck=StruckOut(at + timedelta(days=2), 1, ""))
    assert standing([struck], HERE, FIRST)[0].left_on is None
    assert standing([struck], HERE, FIRST, known_at=at + timedelta(days=1))[0].left_on == FIRST
    assert standing([left], gone, FIRST, known_at=at)[0].left_on is None  # nobody had said so yet


def test_nobody_strikes_out_over_a_ruling_but_the_head() -> None:
    no, ruling = entry(1, Verdict.NO), entry(2, Verdict.YES, method=Method.RULING, by=5)
    later, other = entry(3, Verdict.NO), entry(4, Verdict.YES)
    every = [no, ruling, later, other]
    office, head, deputy = (somebody(each) for each in (Role.ADMIN_TEAM, Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER))
    for each in (no, ruling):
        assert rulings_over(each, every) == [ruling]
        assert not may_strike_out(office, each, every)
        assert not may_strike_out(deputy, each, every)
        assert may_strike_out(head, each, every)
    own = somebody(Role.DEPUTY_HEADTEACHER, 5)
    assert may_strike_out(own, ruling, every)
    assert not may_strike_out(own, no, every)
    assert may_strike_out(office, later, every)
    struck = entry(2, Verdict.YES, method=Method.RULING)
    struck = Occasion(
        struck.key, struck.recorded_at, 1, FIRST, method=Method.RULING, decisions=struck.decisions,
        struck=StruckOut(struck.recorded_at, 1, ""),
    )  # fmt: skip
    assert may_strike_out(office, no, [no, struck])


def test_the_flag_is_struck_out_by_those_alone_who_lift_it() -> None:
    up = flagged(1, raised=True)
    assert not may_strike_out(somebody(Role.ADMIN_TEAM), up, [up])
    assert not may_strike_out(somebody(Role.DATA_PROTECTION_OFFICER), up, [up])
    assert may_strike_out(somebody(Role.HEADTEACHER), up, [up])
    assert may_strike_out(somebody(Role.DEPUTY_HEADTEACHER), up, [up])


def test_ten_minutes() -> None:
    assert timedelta(minutes=10) == UNDO_FOR
