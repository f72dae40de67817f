"""What was recorded in error: who may strike an entry out, what then stands, and when somebody has to know. Policy §4.

A struck-out entry counts for nothing, on whatever day is asked about. What Lanyard said while nobody knew better stays
to be seen: `standing(…, known_at=…)`.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta

from bot.rules.consent.form import DECIDERS, RECORDERS
from bot.rules.consent.ledger import (
    Decision,
    EntryKey,
    EntryKind,
    Method,
    Occasion,
    OnRoll,
    State,
    Verdict,
    states,
)
from bot.rules.people import Person
from bot.rules.school import Role, Use

UNDO_FOR = timedelta(minutes=10)  # after recording: a slip is seen at once, or much later
STRIKERS = RECORDERS | DECIDERS

Standing = tuple[OnRoll, list[Decision]]


def standing(
    occasions: Iterable[Occasion],
    on_roll: OnRoll,
    day: date,
    *,
    known_at: datetime | None = None,
    without: Collection[EntryKey] = (),
) -> Standing:
    """Return (on roll and flag on a day, every decision that counts).

    `on_roll`: as it holds now; `known_at`: as far as anybody knew at that instant; `without`: as if these were struck
    out, too.
    """
    every = list(occasions)
    counting = [each for each in every if each.key not in without and each.counts(known_at)]
    flags = [each for each in counting if each.key.kind is EntryKind.FLAG and each.effective_from <= day]
    newest = max(flags, key=lambda each: (each.effective_from, each.key.number), default=None)
    raised = newest is not None and bool(newest.raised)
    stands = on_roll._replace(never_photograph=raised, left_on=_left_on(on_roll, every, counting))
    return stands, [decision for each in counting for decision in each.decisions]


def _left_on(on_roll: OnRoll, every: Sequence[Occasion], counting: Sequence[Occasion]) -> date | None:
    """Return the last day on roll: what a file says stands by itself, what somebody said only while it counts."""
    said = {each.effective_from for each in every if each.key.kind is EntryKind.LEFT}
    left = [each for each in counting if each.key.kind is EntryKind.LEFT]
    if on_roll.left_on is None:
        # It counts here and does not hold now: it has been struck out since, or the child has come back.
        since_struck = [each for each in left if each.struck]
        return since_struck[-1].effective_from if since_struck else None
    if on_roll.left_on in said and on_roll.left_on not in {each.effective_from for each in left}:
        return None
    return on_roll.left_on


def keeps_out(occasion: Occasion) -> bool:
    """Tell whether an entry is of the kind that keeps a child out of pictures."""
    return (
        any(verdict is not Verdict.YES for verdict in occasion.verdicts.values())
        or occasion.raised is True
        or occasion.key.kind is EntryKind.LEFT
    )


def shown_again(before: Standing, after: Standing, uses: Sequence[Use], today: date) -> bool:
    """Tell whether any picture may be used after a change that might not be used before: today, or on a day to come."""
    return any(_more_is_yes(before, after, uses, day) for day in _days(today, before, after))


def _more_is_yes(before: Standing, after: Standing, uses: Sequence[Use], day: date) -> bool:
    was, will = (states(decisions, on_roll, uses, day) for on_roll, decisions in (before, after))
    return any(will[matter] is State.YES and was[matter] is not State.YES for matter in will)


def _days(today: date, *stands: Standing) -> set[date]:
    """Return today and each later day on which anything about these begins or ends."""
    found: set[date | None] = {today}
    for on_roll, decisions in stands:
        found |= {on_roll.joined_on, on_roll.decisions_from, _after(on_roll.left_on)}
        found |= {decision.effective_from for decision in decisions}
        found |= {_after(decision.expires_on) for decision in decisions}
    return {day for day in found if day is not None and day >= today}


def _after(day: date | None) -> date | None:
    return day + timedelta(days=1) if day is not None else None


def rulings_over(occasion: Occasion, occasions: Iterable[Occasion]) -> list[Occasion]:
    """Return the headteacher's rulings that an entry is, or that were made after it about the same."""
    if occasion.key.kind is not EntryKind.DECIDED:
        return []
    newest = max(decision.number for decision in occasion.decisions)
    matters = set(occasion.verdicts)
    return [
        each
        for each in occasions
        if each.method is Method.RULING
        and each.struck is None
        and matters & set(each.verdicts)
        and max(decision.number for decision in each.decisions) >= newest
    ]


def may_strike_out(person: Person, occasion: Occasion, occasions: Iterable[Occasion]) -> bool:
    """Tell whether somebody may strike an entry out: nobody over a ruling but the headteacher.

    [K] The deputy who made a ruling in the headteacher's place may strike out that very ruling, too: it is their own
    slip.
    """
    if occasion.key.kind is EntryKind.FLAG:
        return person.holds(*DECIDERS)  # as they alone lift it
    if occasion.key.kind is EntryKind.LEFT:
        return person.holds(*RECORDERS)
    rulings = rulings_over(occasion, occasions)
    if not rulings:
        return person.holds(*RECORDERS)
    own = rulings == [occasion] and occasion.recorded_by == person.person_id
    return person.holds(Role.HEADTEACHER) or (own and person.holds(*DECIDERS))
