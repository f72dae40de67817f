"""What stands in whose morning digest: things put off and handed over, people on long absence, the headteacher's lines.

One digest for each person and day; each line of it is told once.
"""

import enum
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.rules.people import Person
from bot.rules.reminders.stages import Item
from bot.rules.school import Role

LISTED_TO = (Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER)  # the first of these who is not away hears of others' things


class Why(enum.StrEnum):
    """Why a line stands in somebody's digest."""

    OWN = "own"
    ESCALATED = "escalated"  # somebody else's, overdue for so long that the headteacher is told
    AWAY = "away"  # somebody else's, who is on long absence and was not told
    WEEK = "week"  # the headteacher's week, once in each week


@dataclass(frozen=True, slots=True)
class Line:
    """One thing in one person's digest. `told_key`: by which it is told once."""

    reader_id: int
    why: Why
    item: Item
    told_key: str


@dataclass(frozen=True, slots=True)
class Arrangements:
    """What people have arranged about their reminders, and who is here.

    `taken`: an item's reference → who has taken it over; `put_off`: (person, reference) → until which day; `here`:
    everybody who can be told; `away`: those of them on long absence; `heads`: who hears of others' things.
    """

    here: frozenset[int]
    heads: tuple[int, ...] = ()
    away: frozenset[int] = frozenset()
    taken: Mapping[str, int] | None = None
    put_off: Mapping[tuple[int, str], date] | None = None

    def holder(self, item: Item) -> int:
        """Return whose turn it is: who took it over, unless they have left since, or may no longer do it."""
        if not self.taken:
            return item.person_id
        taker = self.taken.get(item.reference, item.person_id)
        may = item.takers is None or taker in item.takers
        return taker if may and taker in self.here else item.person_id

    def changed_hands(self, item: Item) -> bool:
        """Return whether its holder got it from somebody else, handed back included."""
        return self.taken is not None and self.taken.get(item.reference) == self.holder(item)

    def put_off_until(self, item: Item) -> date | None:
        """Return the day until which its holder has put it off, past or future."""
        return self.put_off.get((self.holder(item), item.reference)) if self.put_off else None


def heads(everybody: Sequence[Person], away: Collection[int]) -> tuple[int, ...]:
    """Return who hears of others' things: the headteacher, or the deputy while there is none here."""
    for role in LISTED_TO:
        found = tuple(each.person_id for each in staff(everybody) if each.holds(role) and each.person_id not in away)
        if found:
            return found
    return ()


def staff(everybody: Iterable[Person]) -> Iterator[Person]:
    """Return those who can be told anything: staff with an account."""
    return (person for person in everybody if person.is_here)


def lines(items: Iterable[Item], arranged: Arrangements, today: date) -> Iterator[Line]:
    """Return every line that should have been told by now, to whomever."""
    for item in items:
        holder = arranged.holder(item)
        if holder not in arranged.here:
            # They have no account, so they cannot be told. It must not be forgotten because of that.
            if item.stage.escalated:
                yield from _to_heads(item, Why.ESCALATED, holder, arranged)
            continue
        if holder in arranged.away and item.heeds_absence:
            # Nobody covers for who took it over.
            if not item.stage.is_quiet and (not item.is_covered or holder != item.person_id):
                yield from _to_heads(item, Why.AWAY, holder, arranged)
            continue
        until = arranged.put_off_until(item)
        # Of what is only shown so far one is told who has put it off or taken it over: they have asked for it.
        is_told = not item.stage.is_quiet or until is not None or arranged.changed_hands(item)
        if is_told and (until is None or until <= today):
            yield Line(holder, Why.OWN, item, _own_key(item, arranged, until))
        if item.stage.escalated:
            yield from _to_heads(item, Why.ESCALATED, holder, arranged)


def _own_key(item: Item, arranged: Arrangements, until: date | None) -> str:
    """What was put off is told again on its day; what was handed over is told to the new holder."""
    taken = f"-to-{arranged.holder(item)}" if arranged.changed_hands(item) else ""
    return f"{item.told_key}{taken}" + (f"-again-{until.isoformat()}" if until else "")


def _to_heads(item: Item, why: Why, holder: int, arranged: Arrangements) -> Iterator[Line]:
    for head in arranged.heads if not item.is_private else ():
        if head != holder:
            yield Line(head, why, item, f"{item.told_key}-{why}-{head}")
