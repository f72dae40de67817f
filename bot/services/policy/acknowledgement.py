"""“I have read and understood”: who is asked for which version of the policy, who has answered, the proof (§10.3)."""

import enum
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.clock import school_day, school_time
from bot.context import Context, Look, Transaction
from bot.errors import Conflict, NotFound, Refused
from bot.notices import Notice
from bot.rules import overview
from bot.rules.buttons import ANY_BUTTON, is_its_own
from bot.rules.documents import File, What
from bot.rules.overview import Figures, SchoolDays
from bot.rules.people import Person, Standing
from bot.rules.policy.changes import Change
from bot.rules.policy.clauses import Policy
from bot.rules.policy.versions import State
from bot.rules.reminders.stages import Item, Plan, reached
from bot.rules.reminders.week import WEEK, Week
from bot.rules.school import Role
from bot.services import welcome
from bot.services.policy import current as policy_versions
from bot.sheets import writing
from storage import school
from storage.people import people
from storage.policy import acknowledgement
from storage.policy import versions as policy
from storage.policy.acknowledgement import Asked
from storage.policy.versions import Version

DUE_AFTER = timedelta(days=14)  # [K] calendar days after being asked; for the headteacher to confirm
PLAN = Plan(before_days=(7,), overdue_every_days=7, escalate_after_days=14)
SEES_ALL = (Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER, Role.ADMIN_TEAM)
NO_ACCOUNT = "not yet: not in Slack"  # asked as soon as they are
HEADER = ("Name", "E-mail", "Version", "Approved on", "In force from", "Asked on", "Read and understood")


class Format(enum.StrEnum):
    """What a list leaves Lanyard as."""

    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one person is asked to read: what changed or, for who never had the version before, the whole policy."""

    version: Version
    changes: tuple[Change, ...]
    whole: Policy | None
    acknowledged_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Return whether it can still be acknowledged."""
        return self.version.state is State.IN_FORCE and self.acknowledged_at is None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the school is with one version. `waiting`: name, and the day by which it is due."""

    version: Version
    done: int
    waiting: tuple[tuple[str, date], ...]
    without_account: tuple[str, ...]  # on the staff list, but not in Slack yet: asked when they are


def ask_everybody(tx: Transaction, version: Version) -> int:
    """Ask all staff who were not asked yet to read the version in force; returns how many. The school is locked.

    Whoever is welcomed to Lanyard today is asked tomorrow.
    """
    new = _to_ask(tx, version)
    acknowledgement.ask(tx.connection, tx.school_id, version.number, [each.person_id for each in new], tx.now)
    tx.notify(Notice.ACKNOWLEDGEMENT_ASKED, version.number, new)
    return len(new)


def tick(context: Context) -> None:
    """Ask who has joined since the version came into force, as a part of induction (§9.2): each of them once."""
    with context.look() as tx:
        version = policy.in_force(tx.connection, tx.school_id)
        if version is None:
            return
        if not _to_ask(tx, version):
            return
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        current = policy.in_force(tx.connection, tx.school_id)
        if current:
            ask_everybody(tx, current)


def _to_ask(tx: Look, version: Version) -> list[Person]:
    known = {asked.person_id for asked in acknowledgement.of_version(tx.connection, tx.school_id, version.number)}
    new = [person for person in tx.everybody() if person.is_here and person.person_id not in known]
    settling = welcome.settling(tx) if new else ()
    return [person for person in new if person.person_id not in settling]


def _is_to_read(version: Version, token: str | None) -> bool:
    return version.state in {State.IN_FORCE, State.SUPERSEDED} and is_its_own(token, version.imported_at)


def reading(context: Context, number: int, token: str | None = ANY_BUTTON) -> Reading:
    """Return what this person is asked to read in one version. Raises NotFound, Busy."""
    school_id, person = context.school.school_id, context.person
    with context.database.look() as connection:
        version = policy.get(connection, school_id, number)
        mine = acknowledgement.of_person(connection, school_id, person.person_id)
    if version is None or not _is_to_read(version, token):
        raise NotFound("There is no such version of the policy.")
    at = next((each.acknowledged_at for each in mine if each.version == number), None)
    knew_the_last = any(each.version == version.replaces for each in mine)
    whole = None if knew_the_last else policy_versions.document(context, version)
    return Reading(version, policy_versions.changes_of(context, version), whole, at)


def acknowledge(context: Context, number: int, token: str | None = ANY_BUTTON) -> Reading:
    """Note that this person has read and understood a version, once. Raises Conflict, NotFound."""
    person = context.person
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        version = policy.get(tx.connection, tx.school_id, number)
        mine = {each.version: each for each in acknowledgement.of_person(tx.connection, tx.school_id, person.person_id)}
        if version is None or not _is_to_read(version, token):
            raise NotFound("There is no such version of the policy.")
        known = mine.get(number)
        if known is None or known.acknowledged_at is None:
            if version.state is not State.IN_FORCE:
                raise Conflict("There is a newer version of the policy by now. Please read that one.")
            if known is None:  # whoever reads it before being asked
                acknowledgement.ask(tx.connection, tx.school_id, number, [person.person_id], tx.now)
            acknowledgement.acknowledge(tx.connection, tx.school_id, number, person.person_id, tx.now)
            tx.audit("acknowledgement.given", f"policy version {number}")
            tx.reminders_changed(f"acknowledgement-{number}-{context.person.person_id}-")
            tx.told_otherwise(number, Notice.ACKNOWLEDGEMENT_ASKED, person=person)
    return reading(context, number)


def acknowledged_at(context: Context, number: int) -> datetime | None:
    """Return when this person acknowledged a version. Raises Busy."""
    with context.database.read() as connection:
        mine = acknowledgement.of_person(connection, context.school.school_id, context.person.person_id)
    return next((each.acknowledged_at for each in mine if each.version == number), None)


def progress(context: Context) -> Progress:
    """Return who has read the version in force and who has not. Raises NotFound, Refused, Busy."""
    _check(context)
    school_id = context.school.school_id
    with context.database.look() as connection:
        version = policy.in_force(connection, school_id)
        if version is None:
            raise NotFound("No version of the policy has been imported yet.")
        everybody = people.every(connection, school_id)
        asked = {each.person_id: each for each in acknowledgement.of_version(connection, school_id, version.number)}
    staff = [each for each in everybody if each.standing is Standing.STAFF]
    mine = [(each, asked.get(each.person_id)) for each in staff if each.account]
    waiting = [
        (each.name, _due(context.school.timezone, found)) for each, found in mine if found and not found.acknowledged_at
    ]
    done = sum(bool(found and found.acknowledged_at) for _, found in mine)
    without = tuple(each.name for each in staff if not each.account)
    return Progress(version, done, tuple(sorted(waiting, key=lambda each: (each[1], each[0]))), without)


def due_items(tx: Look, reader: Person | None = None) -> Iterator[Item]:
    """Return a reminder for everybody who has not acknowledged the version in force, where one is due today."""
    version = policy.in_force(tx.connection, tx.school_id)
    if version is None:
        return
    here = {person.person_id for person in tx.everybody() if person.is_here}
    for asked in _asked(tx, version, reader):
        due = _due(tx.school.timezone, asked)
        stage = reached(due, tx.today, PLAN)
        if stage is None or asked.acknowledged_at or asked.person_id not in here:
            continue
        yield Item(
            feature="acknowledgement",
            key=f"acknowledgement-{version.number}",
            person_id=asked.person_id,
            due=due,
            stage=stage,
            words={"title": tx.school.policy.title, "label": version.label},
            action="acknowledgement.open",
            value=version.button,
        )


def week(tx: Look, _person: Person, monday: date) -> Week:
    """Return how many should have read the version in force by now, and how many did in the week before a Monday."""
    version = policy.in_force(tx.connection, tx.school_id)
    here = {person.person_id for person in tx.everybody() if person.is_here}
    late = sum(
        asked.person_id in here and asked.acknowledged_at is None and _due(tx.school.timezone, asked) < tx.today
        for asked in (acknowledgement.of_version(tx.connection, tx.school_id, version.number) if version else ())
    )
    first, before = tx.midnight(monday - WEEK), tx.midnight(monday)
    return Week(reading=late, read=acknowledgement.given_between(tx.connection, tx.school_id, first, before))


def figures(tx: Look, _first: date, _days: SchoolDays) -> Figures:
    """Count all the staff, those included who are not in Slack yet: they have not read it either."""
    version = policy.in_force(tx.connection, tx.school_id)
    if version is None:
        return Figures()
    staff = {person.person_id for person in tx.everybody() if person.standing is Standing.STAFF}
    asked = acknowledgement.of_version(tx.connection, tx.school_id, version.number)
    done = sum(each.person_id in staff and each.acknowledged_at is not None for each in asked)
    return Figures(reading=overview.reading(version.label, done, len(staff) - done))


def _asked(tx: Look, version: Version, reader: Person | None) -> list[Asked]:
    if reader is None:
        return acknowledgement.of_version(tx.connection, tx.school_id, version.number)
    mine = acknowledgement.of_person(tx.connection, tx.school_id, reader.person_id)
    return [asked for asked in mine if asked.version == version.number]


def export(context: Context, kind: Format) -> bytes:
    """Return the proof, a row for each person and version, leavers too. Raises Refused, Busy.

    Of the version in force everybody on the staff list has one, asked or not: whoever has no Slack account, too.
    """
    _check(context)
    with context.begin() as tx:
        versions = {each.number: each for each in policy.every(tx.connection, tx.school_id)}
        everybody = {each.person_id: each for each in tx.everybody()}
        asked = acknowledgement.every(tx.connection, tx.school_id)
        rows = [*_not_asked(tx, asked), *_rows(asked, versions, everybody, context.school.timezone)]
        tx.audit("acknowledgement.exported", f"{len(rows)} rows")
    if kind is Format.CSV:
        return writing.write_csv(HEADER, rows)
    return writing.write_xlsx("Acknowledgements", HEADER, rows)


FILES: Mapping[What, Callable[[Context, str], File]] = {
    What.ACKNOWLEDGEMENTS: lambda context, *_: File(
        f"acknowledgements-{context.today()}.xlsx", export(context, Format.XLSX)
    )
}


def _not_asked(tx: Look, asked: Collection[Asked]) -> Iterator[tuple[writing.Cell, ...]]:
    """Yield a row for everybody on the staff list who was not asked yet to read the version in force."""
    version = policy.in_force(tx.connection, tx.school_id)
    if version is None:
        return
    known = {each.person_id for each in asked if each.version == version.number}
    since = school_day(version.in_force_at, tx.school.timezone) if version.in_force_at else None
    staff = (each for each in tx.everybody() if each.standing is Standing.STAFF and each.person_id not in known)
    for person in sorted(staff, key=lambda each: (each.name, each.person_id)):
        read = "not yet" if person.account else NO_ACCOUNT
        yield (person.name, person.email, version.label, version.approved_on, since, None, read)


def _rows(
    asked: list[Asked], versions: Mapping[int, Version], everybody: Mapping[int, Person], zone: str
) -> Iterator[tuple[writing.Cell, ...]]:
    for each in sorted(asked, key=lambda row: (-row.version, everybody[row.person_id].name, row.person_id)):
        person, version = everybody[each.person_id], versions[each.version]
        since = school_day(version.in_force_at, zone) if version.in_force_at else None
        read = school_time(each.acknowledged_at, zone) if each.acknowledged_at else None
        told = (person.name, person.email, version.label, version.approved_on, since, school_day(each.at, zone))
        yield (*told, f"{read:%d/%m/%Y %H:%M}" if read else "not yet")


def _due(zone: str, asked: Asked) -> date:
    return school_day(asked.at, zone) + DUE_AFTER


def _check(context: Context) -> None:
    # Without an actor it is the command line, which only whoever runs the server can reach.
    if context.actor and not context.actor.person.holds(*SEES_ALL):
        raise Refused("Only the headteacher, the deputy and the admin team see who has read the policy.")
