"""Whether a row of the staff list is about the colleague whose address it has: an address alone does not tell.

A column that was sorted by itself must not give one colleague's training and records another one's name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.reading.columns import Finding
from bot.reading.roll.who import ASK
from bot.reading.staff.rows import Member
from bot.rules.staff.persons import name_of

Name = frozenset[str]


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody on record, as far as a staff list can be compared with them."""

    name: str
    started_on: date | None = None


def doubted(members: Sequence[Member], known: Mapping[str, Colleague]) -> tuple[Finding, ...]:
    """Name the rows that may be about somebody else. `known`: e-mail address → who has it on record.

    | the address is on record under another name, and                    | such as                           |
    |---------------------------------------------------------------------|-----------------------------------|
    | the row's name is that of a colleague who has no row of their own   | a column was sorted by itself     |
    | the name on record is on another line (that line is refused too)    | the same, with somebody new in it |
    | not a word of the name is the same, and the start date differs      | a mailbox that has passed on      |
    """
    return tuple(sorted(_Doubts(members, known).find(), key=lambda found: found.line))


class _Doubts:
    def __init__(self, members: Sequence[Member], known: Mapping[str, Colleague]) -> None:
        self.known = known
        self.names = {email: name_of(colleague.name) for email, colleague in known.items()}
        at_home = {member.email for member in members if self.names.get(member.email) == name_of(member.name)}
        self.strangers = [member for member in members if member.email not in at_home]
        self.absent = {name for email, name in self.names.items() if email not in at_home}
        self.called: dict[Name, list[Member]] = {}
        for member in self.strangers:
            self.called.setdefault(name_of(member.name), []).append(member)

    def find(self) -> Iterator[Finding]:
        told: set[Name] = set()
        for member in self.strangers:
            if not (was := self.known.get(member.email)):
                continue
            name = self.names[member.email]
            others = self.called.get(name, ())
            if said := self._against(member, was, others):
                yield Finding(member.line, "Email", f"{said}. {ASK}.", was.name)
            for other in () if name in told else others:  # said once of a name, however many have it
                if other.email not in self.known:
                    said = f"this name is on record for the address on line {member.line}"
                    yield Finding(other.line, "Name", f"{said}. {ASK}.")
            told.add(name)

    def _against(self, member: Member, was: Colleague, others: Sequence[Member]) -> str:
        if others:
            return f"this address is on record for somebody whose name is on line {others[0].line}"
        if name_of(member.name) in self.absent:
            return "this address is on record for somebody else, and this name for another address"
        moved = was.started_on and member.started_on and was.started_on != member.started_on
        if moved and not name_of(member.name) & self.names[member.email]:
            return "this address is on record for somebody with another name and start date"
        return ""
