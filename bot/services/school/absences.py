"""Who is on long absence: they are not reminded, and what waits for them is listed for the headteacher."""

from dataclasses import dataclass
from datetime import date, timedelta

from bot.context import Context
from bot.errors import Refused
from bot.rules.forms import Wrong
from bot.rules.people import Person
from bot.rules.reminders import digest
from bot.rules.school import Role
from storage.people import absences
from storage.people.absences import Absence

KEEPERS = (Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER, Role.ADMIN_TEAM)
LONGEST_ABSENCE = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class Away:
    """Who is away or will be, and everybody who could be."""

    absences: tuple[tuple[Absence, str], ...]  # with the name
    colleagues: tuple[Person, ...]


def current(context: Context) -> Away:
    """Return the long absences that are not over. Raises Refused."""
    _keeper(context)
    with context.look() as tx:
        everybody = tx.everybody()
        names = {each.person_id: each.name for each in everybody}
        found = absences.current(tx.connection, tx.school_id, tx.today)
        return Away(tuple((each, names[each.person_id]) for each in found), tuple(digest.staff(everybody)))


def count(context: Context) -> int:
    """Return how many are away today. Raises Refused."""
    _keeper(context)
    with context.database.read() as connection:
        found = absences.current(connection, context.school.school_id, context.today())
    return sum(each.first <= context.today() for each in found)


def record(context: Context, person_id: int | None, first: str, last: str) -> None:
    """Write down that somebody is on long absence: their reminders go to nobody, and are listed for the headteacher.

    `first`, `last`: YYYY-MM-DD; `last`: "" while nobody knows. Raises Refused; BadInput for each field.
    """
    _keeper(context)
    with context.begin() as tx:
        known = {each.person_id for each in digest.staff(tx.everybody())}
        form = Wrong({"first": first, "last": last})
        days = _absent_days(form, tx.today)
        form.check("colleague", person_id in known, "Choose a colleague.")
        form.raise_if_any()
        by, away = context.person.person_id, person_id or 0
        record = absences.add(
            tx.connection, tx.school_id, person_id=away, first=days[0], last=days[1], recorded_by=by, at=tx.now
        )
        tx.audit("absences.recorded", f"absence {record}")


def end(context: Context, absence_id: int) -> None:
    """Note that somebody is back: what was not told is told in the next digest. Raises Refused."""
    _keeper(context)
    with context.begin() as tx:
        if absences.end(tx.connection, tx.school_id, absence_id, tx.now):
            tx.audit("absences.ended", f"absence {absence_id}")


def _absent_days(form: Wrong, today: date) -> tuple[date, date | None]:
    days = {name: form.day_if_any(name) for name in ("first", "last")}
    began, last = days["first"] or today, days["last"]
    form.check("last", last is None or began <= last, "This is before the first day.", relies_on="first")
    for name, day in days.items():
        is_near = day is None or abs(day - today) <= LONGEST_ABSENCE
        form.check(name, is_near, "This is more than three years away. Is the year right?")
    return began, last


def _keeper(context: Context) -> None:
    if not context.person.holds(*KEEPERS):
        raise Refused("Only the headteacher, the deputy and the office keep these.")
