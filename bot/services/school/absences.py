"""Who is away: written down by themselves, or by somebody who gains nothing by it; undone with one press.

Whoever is away is not reminded, and the next in line stands in: from when, and for what, say `rules.staff.absences` and
the gate. What waits for nobody else is listed for the headteacher.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.changes import AbsenceChanged
from bot.context import Context, Look, Transaction
from bot.errors import BadInput, Conflict, NotFound
from bot.notices import Notice
from bot.rules.buttons import value_of
from bot.rules.forms import Wrong, read_reasons
from bot.rules.people import Person
from bot.rules.procedures import is_among
from bot.rules.reminders import digest
from bot.rules.school import Role
from bot.rules.staff import absences as rules
from bot.rules.staff.absences import Line, Why
from bot.services import record_turns, records
from bot.services.desks import DESKS
from storage import school
from storage.people import absences, questions
from storage.people.absences import Absence

SEES_ALL = frozenset({Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER, Role.ADMIN_TEAM})
LONGEST_ABSENCE = timedelta(days=3 * 366)
# Where an absence brings in the next: whoever changes the filter may do so at any time, and a review has no line.
LINES: frozenset[Line] = frozenset(
    line for desk in DESKS.values() for way in desk.ways.values() for line in way.every_line
) | {digest.LISTED_TO}
IS_HERE = "The person says that they are here."
NOT_YOURS = "This is not yours to change."
REFUSED = {
    Why.NOT_THEIRS: "Ask the office, or the colleague, to write this down.",
    Why.STANDS_IN: "You would stand in for this colleague. Ask the office, or the colleague, to write this down.",
    Why.WAITS: "Something of yours waits with this colleague. Ask somebody else, or the colleague, to write this down.",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One absence as somebody sees it. `struck_by`: "" unless struck out; `button`: what opens this very one."""

    absence: Absence
    name: str
    by: str
    struck_by: str
    is_mine: bool
    may_change: bool

    @property
    def button(self) -> str:
        """Return what its buttons carry: they change this very absence, and none that a restore put in its place."""
        return _button(self.absence)


@dataclass(frozen=True, slots=True)
class Away:
    """Who is away or will be, what was struck out lately, and whom this person may write down besides themselves."""

    absences: tuple[Shown, ...]
    struck: tuple[Shown, ...]
    colleagues: tuple[Person, ...]  # this person too; nobody else: they write themselves down only


def current(context: Context) -> Away:
    """Return the absences that this person may see: their own, and of those whom they may write down."""
    me = context.person
    with context.look() as tx:
        known = absences.current(tx.connection, tx.school_id, tx.today)
        struck = absences.struck_since(tx.connection, tx.school_id, tx.now - rules.STRUCK_SHOWN)
        colleagues = tuple(person for person in digest.staff(tx.everybody()) if _sees(me, person))
        return Away(tuple(_shown(tx, me, known)), tuple(_shown(tx, me, struck)), colleagues)


def get(context: Context, absence_id: int) -> Shown:
    """Return one absence, for whoever it is of or may change it. Raises NotFound."""
    with context.look() as tx:
        found = absences.get(tx.connection, tx.school_id, absence_id)
        shown = list(_shown(tx, context.person, [found])) if found else []
        if not shown:
            raise NotFound(NOT_YOURS)
        return shown[0]


def record(context: Context, person_id: int | None, first: str, last: str) -> None:
    """Write down that somebody is away: whoever acts, at once; somebody else from the next school morning.

    A colleague is told at once. `person_id`: None where nobody but oneself can be chosen. `first`, `last`: YYYY-MM-DD;
    `last`: "" while nobody knows. Raises BadInput for each field. The same twice is written down once.
    """
    me = context.person
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)  # two may write the same down at once
        staff = list(digest.staff(tx.everybody()))
        form = Wrong({"first": first, "last": last})
        days = _absent_days(form, tx.today)
        if person_id is None and len([person for person in staff if _sees(me, person)]) <= 1:
            person_id = me.person_id  # nobody else is to choose from
        away = next((person for person in staff if person.person_id == person_id), None)
        form.check("colleague", away is not None, "Choose a colleague.")
        why = _why_not(tx, me, away) if away else None
        if why is not None:
            form.says("colleague", REFUSED[why])
        form.raise_if_any()
        if away is not None and not _is_there(tx, me, away, days):
            _add(tx, me, away, days)


def end(context: Context, absence_id: int, token: str) -> None:
    """Note that somebody is back: what was not told is told in the next digest. Raises NotFound, Conflict."""
    me = context.person
    with context.begin() as tx:
        found = _changeable(tx, me, absence_id, token)
        if not absences.end(tx.connection, tx.school_id, absence_id, tx.now):
            raise Conflict("This is over already, so nothing was changed.")
        tx.audit("absences.ended", f"absence {absence_id}")
        _changed(tx, me, found)


def strike(context: Context, absence_id: int, token: str, why: str = "") -> None:
    """Strike out what was written down in error: it counts for nothing from now on, and stays to be seen.

    `why`: needed unless the person themselves strikes it out, with one press. Decisions of stand-ins stand. Raises
    BadInput, Conflict, NotFound.
    """
    me = context.person
    with context.begin() as tx:
        found = _changeable(tx, me, absence_id, token)
        reason = IS_HERE if found.person_id == me.person_id and not why.strip() else read_reasons(why)
        if not absences.strike(tx.connection, tx.school_id, absence_id, by=me.person_id, why=reason, at=tx.now):
            raise Conflict("This was struck out already, so nothing was changed.")
        tx.audit("absences.struck_out", f"absence {absence_id}")
        _changed(tx, me, found)


# ── the parts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _add(tx: Transaction, me: Person, away: Person, days: tuple[date, date | None]) -> None:
    is_own = me.person_id == away.person_id
    begins = tx.now if is_own else _morning(tx, rules.begins_on(tx.school.calendar, tx.today, days[0]))
    made = absences.add(
        tx.connection,
        tx.school_id,
        person_id=away.person_id,
        days=days,
        recorded_by=me.person_id,
        at=tx.now,
        stands_in_at=begins,
    )
    tx.audit("absences.recorded", f"absence {made}")
    if not is_own:
        tx.notify(Notice.ABSENCE_WRITTEN, made, [away])
    tx.changed(AbsenceChanged(away.person_id))


def _morning(tx: Look, day: date) -> datetime:
    return tx.school.calendar.next_morning(tx.midnight(day))


def _changed(tx: Transaction, me: Person, found: Absence) -> None:
    tx.told_otherwise(found.absence_id, Notice.ABSENCE_WRITTEN)
    if found.is_own and found.person_id != me.person_id:  # nothing that was told says so yet
        away = [person for person in tx.everybody() if person.person_id == found.person_id]
        tx.notify(Notice.ABSENCE_WRITTEN, found.absence_id, away, occasion="changed")
    tx.changed(AbsenceChanged(found.person_id))


def _is_there(tx: Look, me: Person, away: Person, days: tuple[date, date | None]) -> bool:
    """Return whether the very same is written down. Raises BadInput where other days of theirs overlap.

    People may write themselves down even where somebody else has done so: their own word counts at once.
    """
    known = absences.current(tx.connection, tx.school_id, tx.today)
    mine = [each for each in known if each.person_id == away.person_id and each.overlaps(*days)]
    if any((each.recorded_by, each.first, each.last) == (me.person_id, *days) for each in mine):
        return True
    if any(each.is_own or me.person_id != away.person_id for each in mine):
        raise BadInput("Already there.", fields={"first": "They are written down for these days already: see above."})
    return False


def _why_not(tx: Look, me: Person, away: Person) -> Why | None:
    """Return why somebody may not write a colleague down, as far as they may know.

    A refusal must not tell somebody that a waiting record speaks of them: the absence just does not count for it.
    """
    why = rules.why_not(me, away, LINES)
    if me.person_id != away.person_id and questions.doubles(tx.connection, tx.school_id, me.person_id):
        return Why.NOT_THEIRS  # perhaps they hold other offices, too: somebody else is to write it down
    if why is None and me.person_id != away.person_id and _has_something_with(tx, me, away):
        return Why.WAITS
    return why


def _has_something_with(tx: Look, me: Person, away: Person) -> bool:
    return any(
        is_among(away, records.asked(tx, desk.ways, found))
        for desk in DESKS.values()
        for found in record_turns.waiting_of(tx, desk.ways, me)
    )


def _sees(me: Person, person: Person) -> bool:
    return me.holds(*SEES_ALL) or rules.why_not(me, person, LINES) is None


def _shown(tx: Look, me: Person, found: Sequence[Absence]) -> Iterator[Shown]:
    people = {person.person_id: person for person in tx.everybody()}
    for absence in found:
        person = people[absence.person_id]
        if _sees(me, person):
            yield Shown(
                absence,
                person.name,
                by=people[absence.recorded_by].name,
                struck_by=people[absence.struck_by].name if absence.struck_by else "",
                is_mine=person.person_id == me.person_id,
                may_change=_may_change(me, person),
            )


def _may_change(me: Person, person: Person) -> bool:
    """Return whether somebody may end or strike out a colleague's absence: those who may write it down."""
    return rules.why_not(me, person, LINES) is None


def _changeable(tx: Transaction, me: Person, absence_id: int, token: str) -> Absence:
    """Return an absence that this person may change. Raises NotFound."""
    found = absences.get(tx.connection, tx.school_id, absence_id)
    person = tx.person(found.person_id) if found else None
    if found is None or person is None or _button(found) != f"{absence_id}:{token}" or not _may_change(me, person):
        raise NotFound(NOT_YOURS)
    return found


def _button(absence: Absence) -> str:
    return value_of(absence.absence_id, absence.recorded_at)


def _absent_days(form: Wrong, today: date) -> tuple[date, date | None]:
    days = {name: form.day_if_any(name) for name in ("first", "last")}
    began, last = days["first"] or today, days["last"]
    form.check("last", last is None or began <= last, "This is before the first day.", relies_on="first")
    form.check("last", last is None or last >= today, "This is over already.", relies_on="first")
    for name, day in days.items():
        is_near = day is None or abs(day - today) <= LONGEST_ABSENCE
        form.check(name, is_near, "This is more than three years away. Is the year right?")
    return began, last
