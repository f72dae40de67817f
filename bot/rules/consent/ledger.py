"""What stands for a pupil, a use and a medium, worked out from everything that was ever decided. Policy §4.

Only a recorded, current Yes is a Yes; everything else means: do not use the picture.
"""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from bot.rules.school import Media, Use

Matter = tuple[str, Media]  # (use key, medium): what a parent decides on, each by itself (§4.4)


class Verdict(enum.StrEnum):
    """What a parent or guardian said."""

    YES = "yes"
    NO = "no"
    WITHDRAWN = "withdrawn"


class Method(enum.StrEnum):
    """How the decision reached the school."""

    FORM = "form"
    LETTER = "letter"
    EMAIL = "email"
    SPOKEN = "spoken"
    IMPORT = "import"  # the school's own records: nobody in particular is known to have decided
    RULING = "ruling"  # the headteacher, with reasons, where parents disagree


class State(enum.StrEnum):
    """How a matter stands. Staff who look up are told YES or not YES; the rest is for those who keep the record."""

    YES = "yes"
    NOT_RECORDED = "not recorded"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    DISPUTED = "disputed"
    LEFT = "left the school"
    NOT_STARTED = "not on roll yet"
    NEVER_PHOTOGRAPH = "never photograph"


class Decision(NamedTuple):  # a tuple, for a class answer makes hundreds of them
    """One entry of the ledger. `number` grows in the order of recording."""

    number: int
    pupil_id: int
    use_key: str
    media: Media
    verdict: Verdict
    effective_from: date
    expires_on: date | None
    method: Method
    decided_by: str

    @property
    def matter(self) -> Matter:
        """Return what was decided on."""
        return self.use_key, self.media

    @property
    def decider(self) -> str:
        """Return one spelling for one parent, so that a parent's newer decision replaces the older."""
        return " ".join(self.decided_by.casefold().split())


class OnRoll(NamedTuple):
    """When a pupil is on roll and whether the never-photograph flag is up on the day in question."""

    joined_on: date | None = None
    left_on: date | None = None  # the last day on roll
    never_photograph: bool = False
    decisions_from: date | None = None  # who has come back is asked anew: older decisions no longer count (§4.1)


class EntryKind(enum.StrEnum):
    """What an entry of the history is about."""

    DECIDED = "decided"  # something was decided, on one occasion
    FLAG = "flag"  # never photograph: raised or lifted
    LEFT = "left"  # the child has left the school


class EntryKey(NamedTuple):
    """One entry of a child's history."""

    kind: EntryKind
    number: int


class StruckOut(NamedTuple):
    """When and by whom an entry was struck out, because it was recorded in error, and why."""

    at: datetime
    by: int | None
    reasons: str


@dataclass(frozen=True, slots=True)
class Occasion:
    """One entry of a pupil's history: what was decided on one occasion, the flag raised or lifted, or a leaver."""

    key: EntryKey
    recorded_at: datetime
    recorded_by: int | None
    effective_from: date  # of a leaver: the last day on roll
    method: Method | None = None  # None: nobody decided anything
    decided_by: str = ""
    relationship: str = ""
    wording: str = ""
    reasons: str = ""
    expires_on: date | None = None
    decisions: tuple[Decision, ...] = ()
    raised: bool | None = None
    struck: StruckOut | None = None

    @property
    def verdicts(self) -> Mapping[Matter, Verdict]:
        """Return what was decided on each matter."""
        return {decision.matter: decision.verdict for decision in self.decisions}

    def counts(self, known_at: datetime | None) -> bool:
        """Tell whether this counts today, or counted as far as anybody knew at an instant."""
        if known_at is None:
            return self.struck is None
        return self.recorded_at < known_at and (self.struck is None or self.struck.at >= known_at)


def state(decisions: Iterable[Decision], on_roll: OnRoll, day: date) -> State:
    """Return how one matter of one pupil stands on a day. `decisions` are those of this matter, in any order."""
    overruled = _roll_state(on_roll, day)
    if overruled:
        return overruled
    again = _asked_again(on_roll, day)
    return _ledger_state([each for each in decisions if not again or each.effective_from >= again], day)


def states(decisions: Iterable[Decision], on_roll: OnRoll, uses: Iterable[Use], day: date) -> Mapping[Matter, State]:
    """Return how every matter of the school stands for one pupil on a day."""
    # A use that was taken out of the settings keeps its decisions; nobody asks about it.
    matters = [(use.key, medium) for use in uses for medium in use.media]
    overruled = _roll_state(on_roll, day)
    if overruled:
        return dict.fromkeys(matters, overruled)
    made: dict[Matter, list[Decision]] = {matter: [] for matter in matters}
    again = _asked_again(on_roll, day)
    for decision in decisions:
        mine = made.get((decision.use_key, decision.media))
        if mine is not None and not (again and decision.effective_from < again):
            mine.append(decision)
    return {matter: _ledger_state(mine, day) for matter, mine in made.items()}


def _asked_again(on_roll: OnRoll, day: date) -> date | None:
    """Return from which day decisions count, of a child who has come back; None: all of them."""
    return on_roll.decisions_from if on_roll.decisions_from and on_roll.decisions_from <= day else None


def _roll_state(on_roll: OnRoll, day: date) -> State | None:
    if on_roll.never_photograph:
        return State.NEVER_PHOTOGRAPH
    if on_roll.left_on and on_roll.left_on < day:
        return State.LEFT
    if on_roll.joined_on and day < on_roll.joined_on:
        return State.NOT_STARTED
    return None


def _ledger_state(decisions: Sequence[Decision], day: date) -> State:
    if len(decisions) == 1:  # so it is for nearly everybody: nothing to weigh
        only = decisions[0]
        return _one_state(only, day) if only.effective_from <= day else State.NOT_RECORDED
    if not decisions:
        return State.NOT_RECORDED
    standing = in_force(decisions, day)
    found = {_one_state(decision, day) for decision in standing}
    # Parents disagree: the most restrictive stands until the headteacher decides (domain rule 7).
    if State.YES in found and found & {State.REFUSED, State.WITHDRAWN}:
        return State.DISPUTED
    return max(found, key=_RESTRICTIVE.index, default=State.NOT_RECORDED)


# One parent's lapsed Yes takes nothing from the other parent's current one; a No does.
_RESTRICTIVE = [State.EXPIRED, State.YES, State.REFUSED, State.WITHDRAWN]
_STATES = {Verdict.YES: State.YES, Verdict.NO: State.REFUSED, Verdict.WITHDRAWN: State.WITHDRAWN}


def _one_state(decision: Decision, day: date) -> State:
    if decision.verdict is Verdict.YES and decision.expires_on and decision.expires_on < day:
        return State.EXPIRED
    return _STATES[decision.verdict]


def in_force(decisions: Iterable[Decision], day: date) -> list[Decision]:
    """Return the decisions that count on a day: one for each parent, and what the school's own records say.

    What was recorded later counts more, whatever its date: a withdrawal takes back every Yes before it, also one that
    was to begin only later. A Yes lifts a No only if it was recorded later and does not begin earlier. A ruling ends
    what was recorded before it. The school's own records (imports) count until a named person has decided; their
    newer No stands alone, their newer Yes never lifts a named person's No.
    """
    effective = sorted((each for each in decisions if each.effective_from <= day), key=lambda each: each.number)
    rulings = [place for place, each in enumerate(effective) if each.method is Method.RULING]
    effective = effective[rulings[-1] :] if rulings else effective
    last_named = max((each.number for each in effective if each.method is not Method.IMPORT), default=-1)
    by_decider: dict[str, list[Decision]] = {}
    for each in effective:
        if each.method is not Method.IMPORT or each.number > last_named:
            by_decider.setdefault(each.decider, []).append(each)
    standing = [_one_standing(made) for made in by_decider.values()]
    refused_by_office = [each for each in standing if each.method is Method.IMPORT and each.verdict is not Verdict.YES]
    return refused_by_office or standing


def _one_standing(made: Sequence[Decision]) -> Decision:
    """Return which of one decider's decisions stands; `made` in the order of recording."""
    for no in reversed(made):
        if no.verdict is Verdict.YES:
            continue
        lifted = any(
            yes.verdict is Verdict.YES and yes.number > no.number and yes.effective_from >= no.effective_from
            for yes in made
        )
        if not lifted:
            return no
    return max((each for each in made if each.verdict is Verdict.YES), key=lambda yes: (yes.effective_from, yes.number))
