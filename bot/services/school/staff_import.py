"""Brings the staff list up to date. Nobody is removed: who leaves loses access through Slack, at once."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.engine import Connection

from bot.bounded import files
from bot.context import Context
from bot.reading.columns import Finding
from bot.reading.staff.rows import Member, StaffList
from bot.reading.staff.who import Colleague, doubted
from bot.rules.people import Standing
from storage.consent import roll
from storage.people import accounts, people


@dataclass(frozen=True, slots=True)
class StaffDifference:
    """What an import of the staff list changes: e-mail addresses, for these are what the office knows people by."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: int
    not_listed: tuple[str, ...]
    problems: tuple[Finding, ...]
    unknown_classes: tuple[str, ...]  # taught by somebody, but no pupil is in them: misspelt?


def preview(context: Context, file_name: str, content: bytes) -> StaffDifference:
    """Say what the import would change. Raises BadFile."""
    listed = files.staff(file_name, content)
    with context.database.look() as connection:
        school_id = context.school.school_id
        listed = _as_they_are(connection, school_id, listed)
        return _difference(listed, people.staff_record(connection, school_id), roll.class_names(connection, school_id))


def apply(context: Context, file_name: str, content: bytes) -> StaffDifference:
    """Import the staff list, in one transaction. Raises BadFile, Busy."""
    listed = files.staff(file_name, content)
    with context.begin() as tx:
        listed = _as_they_are(tx.connection, tx.school_id, listed)
        known = people.staff_record(tx.connection, tx.school_id)
        difference = _difference(listed, known, roll.class_names(tx.connection, tx.school_id))
        for member in listed.members:
            if member.email in {*difference.added, *difference.changed}:
                _write(tx.connection, tx.school_id, member, known.get(member.email))
        if difference.added or difference.changed:
            tx.audit("people.imported", f"school {tx.school_id}")
        return difference


def _as_they_are(connection: Connection, school_id: int, listed: StaffList) -> StaffList:
    """Return the list with the present address of everybody listed under a former one: they are not second people."""
    present = accounts.addresses_now(connection, school_id)
    members = tuple(replace(member, email=present.get(member.email, member.email)) for member in listed.members)
    return replace(listed, members=members)


def _difference(listed: StaffList, known: dict[str, people.StaffRow], on_roll: set[str]) -> StaffDifference:
    known = {email: row for email, row in known.items() if row.is_listed}
    colleagues = {email: Colleague(row.facts[0], row.facts[2]) for email, row in known.items()}
    doubts = doubted(listed.members, colleagues)
    lines = {doubt.line for doubt in doubts}
    members = [member for member in listed.members if member.line not in lines]
    added = tuple(member.email for member in members if member.email not in known)
    changed = tuple(
        member.email for member in members if member.email in known and known[member.email].facts != _facts(member)
    )
    taught = {name for member in members for name in member.classes}
    there = {member.email for member in listed.members}
    return StaffDifference(
        added,
        changed,
        unchanged=len(members) - len(added) - len(changed),
        not_listed=tuple(sorted(email for email in known if email not in there)),
        problems=(*listed.problems, *doubts),
        unknown_classes=tuple(sorted(taught - on_roll)) if on_roll else (),
    )


def _facts(member: Member) -> people.Facts:
    return member.name, member.job, member.started_on, member.classes


def _write(connection: Connection, school_id: int, member: Member, known: people.StaffRow | None) -> None:
    facts = {"name": member.name, "job": member.job, "started_on": member.started_on}
    if known:
        person_id = known.person_id
        listed: dict[str, Any] = {} if known.is_listed else {"standing": Standing.STAFF}
        people.change(connection, school_id, person_id, **facts, **listed)
    else:
        person_id = people.add(connection, school_id, email=member.email, **facts)  # type: ignore[arg-type]
    people.set_classes(connection, school_id, person_id, member.classes)
