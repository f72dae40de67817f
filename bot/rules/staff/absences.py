"""Who may write whom down as away, and when somebody stands in for them: an absence promotes nobody. Policy §7.5.

Everybody writes themselves down, and that counts at once. Where somebody else does, it counts from the morning of the
next school day, so that the person, who is told at once, can undo it; and never for whoever wrote it.
"""

import enum
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.rules.calendar import Calendar
from bot.rules.people import Person
from bot.rules.school import Role

Line = tuple[Role, ...]

# [K] Who writes others down; for the headteacher to confirm.
USUAL = frozenset({Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER, Role.ADMIN_TEAM})
ONLY: Mapping[Role, frozenset[Role]] = {
    Role.HEADTEACHER: frozenset({Role.ADMIN_TEAM, Role.GOVERNOR}),
    Role.CHAIR_OF_GOVERNORS: frozenset({Role.ADMIN_TEAM, Role.GOVERNOR}),
}
# A headteacher may be a governor too: what is said of the headteacher waits for the chair (KCSIE part four).
NEVER: Mapping[Role, frozenset[Role]] = {Role.CHAIR_OF_GOVERNORS: frozenset({Role.HEADTEACHER})}
STRUCK_SHOWN = timedelta(days=30)  # [K] how long what was struck out stays in the window; the table keeps it


class Why(enum.Enum):
    """Why somebody may not write a colleague down."""

    NOT_THEIRS = "it is for others to do"
    STANDS_IN = "they would stand in"
    WAITS = "something of theirs waits with that colleague"


@dataclass(frozen=True, slots=True)
class Absent:
    """Somebody for whom the next in line may act too.

    `written_by`: on whose word, perhaps their own; None where no message of ours reaches them. `since`: when it began,
    aware, UTC: what is confidential and came in before waits for them; None where it counts for everything.
    """

    person_id: int
    written_by: int | None = None
    since: datetime | None = None

    @property
    def is_others_word(self) -> bool:
        """Return whether somebody else has written it down."""
        return self.written_by is not None and self.written_by != self.person_id


def stands_in(line: Line, roles: Collection[Role], for_roles: Collection[Role]) -> bool:
    """Return whether somebody with these roles is asked in a line only after somebody with those."""
    mine, theirs = _place(line, roles), _place(line, for_roles)
    return mine is not None and theirs is not None and mine > theirs


def why_not(writer: Person, person: Person, lines: Iterable[Line]) -> Why | None:
    """Return why somebody may not write a colleague down, by their roles; None where they may.

    `lines`: those in which an absence brings in the next.
    """
    if writer.person_id == person.person_id:
        return None
    if any(stands_in(line, writer.roles, person.roles) for line in lines):
        return Why.STANDS_IN
    never = {role for held in person.roles for role in NEVER.get(held, ())}
    return None if writer.roles & writers(person.roles) and not writer.roles & never else Why.NOT_THEIRS


def writers(roles: Collection[Role]) -> frozenset[Role]:
    """Return the roles that may write somebody with these down, unless they would stand in."""
    return next((writing for role, writing in ONLY.items() if role in roles), USUAL)


def allowed(role: Role, lines: Collection[Line]) -> list[Role]:
    """Return the roles, in the order of the enum, that may write down whoever holds one, and would not stand in."""
    fits = writers({role}) - NEVER.get(role, frozenset())
    return [each for each in Role if each in fits and not any(stands_in(line, {each}, {role}) for line in lines)]


def begins_on(calendar: Calendar, today: date, first: date) -> date:
    """Return the day on whose morning somebody else's word begins to count: the next school day.

    Not today's, however early it is: the person has to have had a day on which to say that they are here.
    """
    return calendar.school_days_after(max(today, first - timedelta(days=1)), 1)


def _place(line: Line, roles: Collection[Role]) -> int | None:
    return next((place for place, role in enumerate(line) if role in roles), None)
