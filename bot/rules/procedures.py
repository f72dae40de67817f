"""A record's procedure as data: its states, what moves it between them, whose turn each move is, who may know of it.

A procedure is a value. What it says is used by `bot/services/records.py` alone, and nothing here knows a feature.
"""

import enum
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from bot.errors import Conflict
from bot.notices import Notice
from bot.rules import deciding
from bot.rules.people import Person, Relatives
from bot.rules.school import Role
from bot.rules.staff.absences import Absent, stands_in

RECORD_NAME = re.compile("([A-Z]{2})-([0-9]{1,9})")  # of any kind; digits of ours only, as many as a database counts
Line = tuple[Role, ...]  # the first role with somebody here is asked; the next may act too when these are silent
State = enum.StrEnum
Event = enum.StrEnum
UNASKED, ITSELF = 0, "Lanyard"  # who asked for a record that follows from something: no person's id, and a name


class Turn(enum.Enum):
    """Whose turn something is, where it is no line of roles."""

    ASKER = "whoever asked"
    CLOCK = "nobody: the clock, or what has changed elsewhere"


@dataclass(frozen=True, slots=True)
class All:
    """One person who is in every one of these lines: one signature is enough."""

    lines: tuple[Line, ...]


Whose = tuple[Line, ...] | All | Turn  # somebody of each of these lines, whichever is asked first


class Part(enum.StrEnum):
    """What somebody is to a record, from a moment on and perhaps until another."""

    SUBJECT = "subject"  # of whom it speaks: never learns of it from us
    RECUSED = "recused"  # stepped out: knows no more than that
    RELATIVE = "relative"  # related to somebody of whom it speaks
    HANDLER = "handler"  # was brought in to deal with it, whatever their role
    CUSTODIAN = "custodian"  # looks after the place where it is


DENIED = frozenset(
    {Part.SUBJECT, Part.RECUSED, Part.RELATIVE}
)  # these beat every role, every line and every other part
SEEING = frozenset({Part.HANDLER, Part.CUSTODIAN})  # these see it, whatever their role


class Sight(enum.IntEnum):
    """How much of a record somebody may see: nothing, their own half, that it is there, everything."""

    NONE = 0
    OWN = 1
    FACT = 2
    FULL = 3


@dataclass(frozen=True)
class Procedure:
    """The procedure of one kind of record. `name`: stored with each record; `kind`: as its number begins, "PR".

    `turns`: state → event → whose turn it is: anybody in any of some lines, somebody who is in all of them, the asker.
    A state without turns is final. `signed`: events that need reasons and a signature. `readers`: roles that may see
    every record, and how much of it.
    `waits`: what those in line are told; `stands`: what the asker is told; `told`: what others are. `awaited`: events
    that somebody is waited for; whatever else a line may do is nobody's turn. `past`: event → its name in the audit
    trail. `denied`: roles whose holders may not know of it, whoever they are by then. `confidential`: what people write
    is sealed, its number is drawn, and the headteacher hears of it only as one in line. `kept`: taken in even where
    nobody could decide it. `next_after`: school days of silence until the next in line may act too.
    `yes`: the events that grant it; of these the first that somebody may take is their Yes. `spoken`: events that are a
    question to whoever asked, or their answer. `taking`: the event by which somebody says that they have an
    urgent record; nobody is told anew, but every copy says who has it.
    """

    name: str
    kind: str
    feature: str
    first: State
    steps: Mapping[tuple[State, Event], State]
    turns: Mapping[State, Mapping[Event, Whose]]
    signed: frozenset[Event]
    waits: Notice
    stands: Notice
    readers: Mapping[Role, Sight]
    awaited: frozenset[Event]
    past: Mapping[Event, str]
    told: tuple[Notice, ...] = ()
    denied: frozenset[Role] = frozenset()
    confidential: bool = False
    kept: bool = False
    taken_in: str = "asked"
    next_after: timedelta = deciding.NEXT_AFTER
    yes: tuple[Event, ...] = ()
    spoken: frozenset[Event] = frozenset()
    taking: Event | None = None

    def next_state(self, state: State, event: Event) -> State:
        """Return the state after an event. Raises Conflict where this cannot happen any more."""
        try:
            return self.steps[state, event]
        except KeyError:
            raise Conflict(f"This is {state.value} by now, so nothing was changed.") from None

    def lines(self, state: State) -> dict[Event, tuple[Line, ...]]:
        """Return the events that lines of roles may take in a state, each with its lines."""
        return {event: whose for event, whose in self.turns.get(state, {}).items() if isinstance(whose, tuple)}

    def awaits(self, state: State) -> dict[Event, tuple[Line, ...]]:
        """Return the events that lines are waited for in a state, each with them; none while it is the asker's turn."""
        if self.awaits_asker(state):
            return {}
        return {event: lines for event, lines in self.lines(state).items() if event in self.awaited}

    def awaits_asker(self, state: State) -> bool:
        """Return whether a state waits for whoever asked: with a question to answer."""
        return any(whose is Turn.ASKER and event in self.awaited for event, whose in self.turns.get(state, {}).items())

    def roles(self, events: Collection[str]) -> frozenset[Role]:
        """Return the roles of all lines that may ever take one of these events."""
        taken = (whose for turns in self.turns.values() for event, whose in turns.items() if event in events)
        return frozenset(role for whose in taken for role in _roles(whose))

    def is_askers(self, state: State, event: str) -> bool:
        """Return whether an event is for whoever asked to take, in a state."""
        return any(each == event and whose is Turn.ASKER for each, whose in self.turns.get(state, {}).items())

    def has_question(self, state: State, events: Sequence[str]) -> bool:
        """Return whether a question is open. `events`: what has happened so far, oldest first.

        A question may leave a record in its state, for the answer may never come; it is over with the decision.
        """
        spoken = [event for event in events if event in self.spoken]
        is_answerable = any(self.is_askers(state, event) for event in self.spoken)
        return is_answerable and bool(spoken) and not self.is_askers(state, spoken[-1])

    @cached_property
    def awaiting(self) -> frozenset[State]:
        """Return the states in which a decision is waited for."""
        return frozenset(state for state in self.turns if self.awaits(state))

    @cached_property
    def asking(self) -> frozenset[State]:
        """Return the states in which an answer of the asker is waited for."""
        return frozenset(state for state in self.turns if self.awaits_asker(state))

    @cached_property
    def every_line(self) -> frozenset[Line]:
        """Return every line in which somebody may ever be asked."""
        every = (whose for turns in self.turns.values() for whose in turns.values() if not isinstance(whose, Turn))
        return frozenset(line for whose in every for line in (whose.lines if isinstance(whose, All) else whose))

    @cached_property
    def deciding_roles(self) -> frozenset[Role]:
        """Return the roles that may ever be waited for."""
        lines = (line for state in self.turns for some in self.awaits(state).values() for line in some)
        return frozenset(role for line in lines for role in line)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a record's gate depends on. `parts`: (part, person), as they hold now; `several`: how many groups may act.

    One, while those asked first are not silent. `asker_id`: UNASKED where it follows from something.
    `pupils`: those of whom it speaks; `relatives`: person → to whom they are related, by their own word; `asked_at`:
    when it came in; None: it comes in now.
    """

    procedure: Procedure
    state: State
    asker_id: int
    parts: frozenset[tuple[Part, int]]
    several: int
    pupils: frozenset[int] = frozenset()
    relatives: Mapping[int, Relatives] = field(default_factory=dict)
    asked_at: datetime | None = None

    @property
    def denied(self) -> frozenset[int]:
        """Return who may not know of it, by what they are to it."""
        return frozenset(person_id for part, person_id in self.parts if part in DENIED)

    @property
    def subjects(self) -> frozenset[int]:
        """Return the staff of whom it speaks."""
        return frozenset(person_id for part, person_id in self.parts if part is Part.SUBJECT)

    @property
    def related(self) -> frozenset[int]:
        """Return who may not know of it because they are related to somebody of whom it speaks."""
        return frozenset(
            person_id
            for person_id, of_theirs in self.relatives.items()
            if of_theirs.colleagues & self.subjects or of_theirs.pupils & self.pupils
        )

    @property
    def kept_from(self) -> frozenset[int]:
        """Return who may not know of it, for either reason."""
        return self.denied | self.related

    @property
    def barred(self) -> frozenset[int]:
        """Return who never decides: whoever asked, whoever may not know, and whoever is related to one of these."""
        of_asker = {who for who, of_theirs in self.relatives.items() if self.asker_id in of_theirs.colleagues}
        return (self.kept_from | of_asker | {self.asker_id}) - {UNASKED}

    def line(self, line: Line, people: Iterable[Person]) -> list[tuple[Person, ...]]:
        """Return the people of each role of a line, without whoever asked and whoever may not know."""
        may_know = [person for person in people if not person.roles & self.procedure.denied]
        return groups(line, may_know, self.barred)

    def counting(self, people: Iterable[Person], absences: Iterable[Absent]) -> tuple[Absent, ...]:
        """Return the absences that bring in the next in any line of this record.

        For a confidential record an absence counts only if the record came in during it: one that came before waits
        until it has been silent for too long. None counts on the word of whoever asked, of whom the record speaks, or
        who may not know of it for another reason: nobody chooses who decides. Such an absence is not refused when it is
        written down, for that would tell its writer of the record.
        """
        held = [absence for absence in absences if self._came_in_during(absence)]
        if not any(absence.is_others_word for absence in held):
            return tuple(held)
        barred, no_role = self.barred, self.procedure.denied
        may_not_know = {person.person_id for person in people if person.roles & no_role} if no_role else set()
        biased = barred | may_not_know
        return tuple(each for each in held if not (each.is_others_word and each.written_by in biased))

    def _came_in_during(self, absence: Absent) -> bool:
        is_open = not self.procedure.confidential or absence.since is None or self.asked_at is None
        return is_open or self.asked_at >= absence.since  # type: ignore[operator]


def groups(line: Line, people: Iterable[Person], barred: Collection[int]) -> list[tuple[Person, ...]]:
    """Return the people of each role of a line, in order, without the barred and those met earlier."""
    return list(deciding.people_of(line, people, barred))


def is_among(person: Person, people: Iterable[Person]) -> bool:
    """Return whether somebody is one of these, by who they are: what else is known may be newer elsewhere."""
    return any(each.person_id == person.person_id for each in people)


def offices(procedure: Procedure, state: State, event: Event, person: Person) -> tuple[tuple[Role, Role], ...]:
    """Return in which offices somebody takes an event, as pairs: (the office that they hold, the one whose turn it is).

    They differ where somebody stands in: the deputy signs for the headteacher.
    """
    whose = procedure.turns.get(state, {}).get(event, ())
    lines = whose.lines if isinstance(whose, All) else whose if isinstance(whose, tuple) else ()
    held = ((next((role for role in line if role in person.roles), None), line) for line in lines)
    return tuple((role, line[0]) for role, line in held if role is not None)


def deciders(
    facts: Facts, event: Event, people: Collection[Person], absences: Collection[Absent]
) -> tuple[Person, ...]:
    """Return who may take one event now: the first in line, and the next too where these have been silent."""
    whose = facts.procedure.turns.get(facts.state, {}).get(event, ())
    if isinstance(whose, Turn):
        return ()
    lines = whose.lines if isinstance(whose, All) else whose
    counting = facts.counting(people, absences) if absences else ()
    groups_asked = [
        deciding.asked(facts.line(line, people), absent(line, people, counting), facts.several) for line in lines
    ]
    everybody = tuple(dict.fromkeys(person for asked in groups_asked for person in asked))
    if isinstance(whose, All):
        return tuple(person for person in everybody if all(person in asked for asked in groups_asked))
    return everybody


def absent(line: Line, people: Iterable[Person], counting: Collection[Absent]) -> frozenset[int]:
    """Return the people for whom the next in a line may act too. `counting`: from `Facts.counting`.

    Whoever would stand in does not bring themselves in, whatever their roles were when they wrote it down.
    """
    if not any(absence.is_others_word for absence in counting):
        return frozenset(absence.person_id for absence in counting)
    roles = {person.person_id: person.roles for person in people}
    return frozenset(
        each.person_id
        for each in counting
        if not (each.is_others_word and stands_in(line, roles.get(each.written_by or 0, ()), roles[each.person_id]))
    )


def may(facts: Facts, person: Person, people: Collection[Person], absences: Collection[Absent]) -> frozenset[Event]:
    """Return what a person may do with a record now."""
    if person.person_id in facts.denied or not person.is_here:
        return frozenset()
    found: set[Event] = set()
    for event, whose in facts.procedure.turns.get(facts.state, {}).items():
        is_askers = whose is Turn.ASKER and person.person_id == facts.asker_id
        if is_askers or (person.roles & _roles(whose) and is_among(person, deciders(facts, event, people, absences))):
            found.add(event)
    return frozenset(found)


def _roles(whose: Whose) -> frozenset[Role]:
    lines = whose.lines if isinstance(whose, All) else whose if isinstance(whose, tuple) else ()
    return frozenset(role for line in lines for role in line)


def sight(facts: Facts, person: Person, people: Collection[Person], absences: Collection[Absent]) -> Sight:
    """Return how much of a record a person may see: the one gate. Its twin in SQL: `storage.records.visible_to`.

    Denies first; then what somebody is to the record, then the line, then roles. Having taken a step gives no
    lasting sight: a step is not a part.
    """
    if person.person_id in facts.denied or not person.is_here:
        return Sight.NONE
    own = Sight.OWN if person.person_id == facts.asker_id else Sight.NONE
    if person.roles & facts.procedure.denied or person.person_id in facts.related:
        return own  # it is their own word
    if any((part, person.person_id) in facts.parts for part in SEEING):
        return Sight.FULL
    lines = facts.procedure.lines(facts.state)
    if any(is_among(person, deciders(facts, event, people, absences)) for event in lines):
        return Sight.FULL
    return max([own, *(facts.procedure.readers[role] for role in person.roles if role in facts.procedure.readers)])
