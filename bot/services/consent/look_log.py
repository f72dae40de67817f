"""The look-up log, read and taken out by pupil and by colleague. Policy §4.2, 4.14; UK GDPR Art 15.

Reading the log leaves a trace of its own, which stands in it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from bot.clock import school_time
from bot.context import Context, Look
from bot.errors import NotFound, Refused
from bot.rules.consent import looks as rules
from bot.rules.consent.answer import Pupil
from bot.rules.consent.looks import VIEWERS, Entry, Narrowed
from bot.rules.documents import File, What
from bot.rules.people import Person, Standing
from bot.services.consent import roll
from bot.services.consent.ledger import Found
from bot.sheets import writing
from bot.sheets.writing import Cell
from storage.consent import looks
from storage.people import accounts

PAGE = 10
HEADER = (
    *("When", "Who", "E-mail", "On what ground", "Child", "Class"),
    *("Use", "Photo or video", "Children in the list", "Whose log was seen"),
)


class Format(Enum):
    """What kind of file the log becomes."""

    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as it is shown. `pupils`: of a list that is narrowed to one pupil only that one; `count`: of all."""

    entry: Entry
    who: str
    pupils: tuple[Pupil, ...]
    count: int
    use: str
    colleague: str  # whose looks were looked at


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries, the newest first, with whom they are narrowed to."""

    rows: tuple[Row, ...]
    narrowed: Narrowed
    number: int
    has_more: bool
    pupil: Pupil | None
    person: Person | None
    colleagues: tuple[Person, ...]


def page(context: Context, narrowed: Narrowed, number: int = 0) -> Page:
    """Return one page of the log, for the data protection officer; it is noted. Raises NotFound, Refused."""
    _viewer(context)
    with context.look() as tx:
        names = _Names(tx)
        pupil, person = names.narrowed(narrowed)
        most = (number + 1) * PAGE + 1  # one more than is shown: are there older ones?
        found = looks.newest(tx.connection, tx.school_id, narrowed, since=_kept_since(tx), most=most)
        rows = tuple(names.row(entry, narrowed) for entry in found[number * PAGE :][:PAGE])
        shown = Page(rows, narrowed, number, len(found) == most, pupil, person, names.colleagues())
    with context.begin() as tx:
        tx.audit("looks.seen", narrowed.record)
    return shown


def export(context: Context, narrowed: Narrowed, kind: Format) -> bytes:
    """Return the log as a table: who learnt what of whom, when. Raises NotFound, Refused.

    On the command line whoever may run it may export; in Slack the data protection officer.
    """
    if context.actor:
        _viewer(context)
    with context.begin() as tx:
        tx.audit("looks.exported", narrowed.record)
    with context.look() as tx:  # of a long log nobody else is kept waiting
        names = _Names(tx)
        names.narrowed(narrowed)
        found = looks.newest(tx.connection, tx.school_id, narrowed, since=_kept_since(tx))
    rows = (_cells(names.row(entry, narrowed), names, context.school.timezone) for entry in found)
    if kind is Format.CSV:
        return writing.write_csv(HEADER, rows)
    return writing.write_xlsx("Look-ups", HEADER, rows)


FILES: Mapping[What, Callable[[Context, str], File]] = {
    What.LOOKS: lambda context, subject: File(
        f"look-ups-{context.today()}.csv", export(context, rules.again(subject), Format.CSV)
    )
}


def colleagues(context: Context) -> tuple[Person, ...]:
    """Return everybody whose looks may be asked for, leavers too. Raises Refused."""
    _viewer(context)
    with context.look() as tx:
        return _Names(tx).colleagues()


def called(context: Context, words: str) -> Found:
    """Return the pupils who may be meant, leavers too, for the command line."""
    with context.look() as tx:
        index = roll.of(tx)
        found = index.find(words)
        pupils = tuple(roll.pupil(index, each) for each in found.exact or found.near)
        return Found(pupils, certain=len(found.exact) == 1)


def person_called(context: Context, words: str) -> list[Person]:
    """Return whom an e-mail address, present or former, or a name means, leavers too, for the command line."""
    with context.look() as tx:
        wanted = words.casefold().strip()
        found = [each for each in tx.everybody() if wanted in {each.email, each.name.casefold()}]
        former = tx.person(accounts.last_had(tx.connection, tx.school_id, wanted) or 0)
        return found or ([former] if former else [])


# ── the parts ──────────────────────────────────────────────────────────────────────────────────────────────────────


class _Names:
    """Numbers as people read them, as they are called today: whoever has left is still named."""

    def __init__(self, tx: Look) -> None:
        self.index = roll.of(tx)
        self.people = {person.person_id: person for person in tx.everybody()}
        self.uses = {use.key: use.name for use in tx.school.uses}
        self._pupils: dict[int, Pupil] = {}

    def colleagues(self) -> tuple[Person, ...]:
        return tuple(person for person in self.people.values() if person.standing is not Standing.OUTSIDER)

    def narrowed(self, narrowed: Narrowed) -> tuple[Pupil | None, Person | None]:
        """Return whom it is narrowed to. Raises NotFound."""
        pupil_id, person_id = narrowed.pupil_id, narrowed.person_id
        if pupil_id and pupil_id not in self.index:
            raise NotFound("That pupil is not on this school's roll, now or earlier.")
        if person_id and person_id not in self.people:
            raise NotFound("There is no such colleague.")
        return self._pupil(pupil_id) if pupil_id else None, self.people.get(person_id or 0)

    def row(self, entry: Entry, narrowed: Narrowed) -> Row:
        wanted = entry.pupils
        if narrowed.pupil_id:  # of the others in a list nothing is told: this may go to the child's parents
            wanted = (narrowed.pupil_id,)
        elif entry.class_name:
            wanted = ()
        pupils = tuple(self._pupil(each) for each in wanted if each in self.index)
        colleague = self.people.get(entry.colleague_id or 0)
        return Row(
            entry,
            self.people[entry.person_id].name if entry.person_id in self.people else "",
            pupils,
            len(entry.pupils),
            self.uses.get(entry.use_key, entry.use_key),
            colleague.name if colleague else "",
        )

    def _pupil(self, pupil_id: int) -> Pupil:
        if pupil_id not in self._pupils:
            self._pupils[pupil_id] = roll.pupil(self.index, pupil_id)
        return self._pupils[pupil_id]


def _cells(row: Row, names: _Names, timezone: str) -> tuple[Cell, ...]:
    entry, person = row.entry, names.people.get(row.entry.person_id)
    return (
        school_time(entry.at, timezone),
        row.who,
        person.email if person else "",
        entry.purpose.value,
        ", ".join(pupil.name for pupil in row.pupils),
        entry.class_name or ", ".join(dict.fromkeys(pupil.class_name for pupil in row.pupils)),
        row.use,
        entry.media,
        row.count or None,
        row.colleague,
    )


def _viewer(context: Context) -> None:
    if not context.person.holds(*VIEWERS):
        raise Refused("Only the data protection officer sees the look-up log.")


def _kept_since(tx: Look) -> datetime:
    return tx.now - tx.school.look_ups_kept
