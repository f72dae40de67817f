"""A record's way, as data: states, what moves it from one to the next, whose turn each of these is, who may know of it.

A procedure is a value. What it says is used by `bot/services/records.py` alone, and nothing here knows a feature.
"""

import enum
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from bot.errors import Conflict
from bot.notices import Notice
from bot.rules import deciding
from bot.rules.people import Person
from bot.rules.school import Role

Line = tuple[Role, ...]  # the first role with somebody here is asked; the next may act too when these are silent
State = enum.StrEnum
Event = enum.StrEnum


class Turn(enum.Enum):
    """Whose turn something is, where it is no line of roles."""

    ASKER = "whoever asked"
    CLOCK = "nobody: the clock, or what has changed elsewhere"


class Part(enum.StrEnum):
    """What somebody is to a record, from a moment on and perhaps until another."""

    SUBJECT = "subject"  # of whom it speaks: never learns of it from us
    RECUSED = "recused"  # stepped out: knows no more than that
    RELATIVE = "relative"  # related to somebody of whom it speaks
    HANDLER = "handler"  # was brought in to deal with it, whatever their role


DENIED = frozenset(
    {Part.SUBJECT, Part.RECUSED, Part.RELATIVE}
)  # these beat every role, every line and every other part


class Sight(enum.IntEnum):
    """How much of a record somebody may see: nothing, their own half, that it is there, everything."""

    NONE = 0
    OWN = 1
    FACT = 2
    FULL = 3


@dataclass(frozen=True)
class Procedure:
    """One kind of record's way. `name`: stored with each record; `kind`: as its number begins, "PR".

    `turns`: state → event → whose turn it is, of which lines perhaps; a state that stands in no turn is final.
    `signed`: events that need reasons and a signature. `both`: (event by one line, the same by another) → the event of
    one who is in both: one signature is enough. `readers`: roles that may see every record, and how much of it.
    `waits`: what those in line are told; `stands`: what the asker is told. `awaited`: events that somebody is waited
    for; what a line may do beside is nobody's turn. `next_after`: school days of silence until the next may act too.
    """

    name: str
    kind: str
    feature: str
    first: State
    steps: Mapping[tuple[State, Event], State]
    turns: Mapping[State, Mapping[Event, tuple[Line, ...] | Turn]]
    signed: frozenset[Event]
    waits: Notice
    stands: Notice
    readers: Mapping[Role, Sight]
    both: Mapping[tuple[Event, Event], Event]
    awaited: frozenset[Event]
    next_after: timedelta = deciding.NEXT_AFTER

    def next_state(self, state: State, event: Event) -> State:
        """Return the state after an event. Raises Conflict where this cannot happen any more."""
        try:
            return self.steps[state, event]
        except KeyError:
            raise Conflict(f"This is {state.value} by now, so nothing was changed.") from None

    def lines(self, state: State) -> dict[Event, tuple[Line, ...]]:
        """Return the events that lines of roles may take in a state, each with its lines."""
        return {event: whose for event, whose in self.turns.get(state, {}).items() if not isinstance(whose, Turn)}

    def awaits(self, state: State) -> dict[Event, tuple[Line, ...]]:
        """Return the events that somebody is waited for in a state, each with its lines."""
        return {event: lines for event, lines in self.lines(state).items() if event in self.awaited}

    @cached_property
    def awaiting(self) -> frozenset[State]:
        """Return the states in which a decision is waited for."""
        return frozenset(state for state in self.turns if self.awaits(state))

    @cached_property
    def deciding_roles(self) -> frozenset[Role]:
        """Return who may ever be waited for."""
        lines = (line for state in self.turns for some in self.awaits(state).values() for line in some)
        return frozenset(role for line in lines for role in line)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a record's gate hangs on. `parts`: (part, person), as they hold now; `is_silent`: the next may act too."""

    procedure: Procedure
    state: State
    asker_id: int
    parts: frozenset[tuple[Part, int]]
    is_silent: bool

    @property
    def denied(self) -> frozenset[int]:
        """Return who may not know of it."""
        return frozenset(person_id for part, person_id in self.parts if part in DENIED)

    @property
    def barred(self) -> frozenset[int]:
        """Return who never decides: whoever asked, and whoever may not know."""
        return self.denied | {self.asker_id}


def groups(line: Line, people: Iterable[Person], barred: Collection[int]) -> list[tuple[Person, ...]]:
    """Return the people of each role of a line, in order, without the barred and those met earlier."""
    return list(deciding.people_of(line, people, barred))


def deciders(facts: Facts, event: Event, people: Iterable[Person], absent: Collection[int]) -> tuple[Person, ...]:
    """Return who may take one event now: the first in line; with the next one too where these have been silent."""
    several = 2 if facts.is_silent else 1
    lines = facts.procedure.lines(facts.state).get(event, ())
    found = (deciding.asked(groups(line, people, facts.barred), absent, several) for line in lines)
    return tuple(dict.fromkeys(person for asked in found for person in asked))


def may(facts: Facts, person: Person, people: Collection[Person], absent: Collection[int]) -> frozenset[Event]:
    """Return what a person may do with a record now."""
    if person.person_id in facts.denied or not person.is_here:
        return frozenset()
    found: set[Event] = set()
    for event, whose in facts.procedure.turns.get(facts.state, {}).items():
        is_askers = whose is Turn.ASKER and person.person_id == facts.asker_id
        if is_askers or (not isinstance(whose, Turn) and person in deciders(facts, event, people, absent)):
            found.add(event)
    for (one, other), together in facts.procedure.both.items():
        if {one, other} <= found and (facts.state, together) in facts.procedure.steps:
            found.add(together)
    return frozenset(found)


def sight(facts: Facts, person: Person, people: Collection[Person], absent: Collection[int]) -> Sight:
    """Return how much of a record a person may see: the one gate. Its twin in SQL: `storage.records.visible_to`.

    Denies first; then what somebody is to the record, then the line, then roles. Whoever once took a step does not see
    for ever: a step is no part.
    """
    if person.person_id in facts.denied or not person.is_here:
        return Sight.NONE
    if (Part.HANDLER, person.person_id) in facts.parts:
        return Sight.FULL
    lines = facts.procedure.lines(facts.state)
    if any(person in deciders(facts, event, people, absent) for event in lines):
        return Sight.FULL
    own = Sight.OWN if person.person_id == facts.asker_id else Sight.NONE
    return max([own, *(facts.procedure.readers[role] for role in person.roles if role in facts.procedure.readers)])
