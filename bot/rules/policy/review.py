"""The review of the policy: when it is due, who signs, and the steps it takes. Policy §10.1, 10.2, 2.1.

Not a record on the spine: nobody asks for it, four people sign the same thing beside each other, and it is kept from
nobody; it would use nothing of the line, of silence or of the gate.
"""

import enum
import re
from calendar import monthrange
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from bot.rules import steps
from bot.rules.calendar import Calendar
from bot.rules.calendar import Kind as PeriodKind
from bot.rules.people import Person
from bot.rules.school import Role


class State(enum.StrEnum):
    """How far a review has got."""

    OPEN = "open"
    COMPLETED = "completed"
    CALLED_OFF = "called off"


class Event(enum.StrEnum):
    """What moves it on."""

    SIGN = "sign"
    SIGN_LAST = "sign as the last"
    CALL_OFF = "call off"


STEPS: Mapping[tuple[State, Event], State] = {
    (State.OPEN, Event.SIGN): State.OPEN,
    (State.OPEN, Event.SIGN_LAST): State.COMPLETED,
    (State.OPEN, Event.CALL_OFF): State.CALLED_OFF,
}

TURNS: Mapping[State, str] = {State.OPEN: "every reviewer who has not signed yet"}

# §10.1: the committee, with the headteacher, the E-Safety Co-ordinator and the data protection officer. One governor
# signs for the committee that the policy names.
REVIEWERS = (Role.GOVERNOR, Role.HEADTEACHER, Role.E_SAFETY_COORDINATOR, Role.DATA_PROTECTION_OFFICER)


def next_state(state: State, event: Event) -> State:
    """Return the state after an event. Raises Conflict where this cannot happen any more."""
    return steps.take(STEPS, state, event, "review")


def outstanding(signed: Collection[Role]) -> tuple[Role, ...]:
    """Return the roles for which nobody has signed yet."""
    return tuple(role for role in REVIEWERS if role not in signed)


def signs_for(person: Person, signed: Collection[Role]) -> tuple[Role, ...]:
    """Return the roles for which this person can sign now: several in one step, each once."""
    return tuple(role for role in outstanding(signed) if person.holds(role))


def asked(everybody: Iterable[Person], signed: Collection[Role]) -> list[Person]:
    """Return the staff who can still sign."""
    return [each for each in everybody if each.is_here and signs_for(each, signed)]


# ── when it is due ─────────────────────────────────────────────────────────────────────────────────────────────────

SEASONS: Mapping[str, tuple[int, int]] = {"autumn": (12, 31), "spring": (3, 31), "summer": (7, 31)}  # last days [K]
MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)

_NAMED = re.compile(r"([a-z]+)\.?(?:\s+term)?,?\s+(\d{4})")


def read_due(written: str, calendar: Calendar) -> date:
    """Return the last day of "Spring 2024", "March 2024" or "2024-03-31". Raises ValueError for other words.

    The school's own calendar knows a term's last day better than the usual one.
    """
    words = " ".join(written.split()).casefold()
    try:
        return date.fromisoformat(words)
    except ValueError:
        pass
    named = _NAMED.fullmatch(words)
    if not named:
        raise ValueError("write a day (2027-03-31), a month (March 2027) or a term (Spring 2027)")
    name, year = named[1], int(named[2])
    if name in SEASONS:
        return _end_of_term(name, year, calendar)
    months = [number for number, month in enumerate(MONTHS, 1) if len(name) >= 3 and month.startswith(name)]
    if len(months) != 1 or not 1900 <= year <= 2200:
        raise ValueError("write a day (2027-03-31), a month (March 2027) or a term (Spring 2027)")
    return date(year, months[0], monthrange(year, months[0])[1])


def _end_of_term(season: str, year: int, calendar: Calendar) -> date:
    if not 1900 <= year <= 2200:
        raise ValueError("write the year in four digits, such as Spring 2027")
    known = [
        period.last
        for period in calendar.periods
        if period.kind is PeriodKind.TERM and season in period.title.casefold() and period.last.year == year
    ]
    return max(known, default=date(year, *SEASONS[season]))


def years_later(day: date, years: int) -> date:
    """Return the same day some years later; 29 February becomes the 28th."""
    last = monthrange(day.year + years, day.month)[1]
    return date(day.year + years, day.month, min(day.day, last))
