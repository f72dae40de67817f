"""Roles given and taken away: by whoever may (`rules.staff.role_changes`), or by `setup`; told to both sides."""

from collections.abc import Collection
from dataclasses import dataclass

from bot.changes import HoldersChanged
from bot.context import Context, Transaction
from bot.errors import NotFound, Refused
from bot.notices import Notice
from bot.rules.people import Person
from bot.rules.school import Role
from bot.rules.staff import role_changes as rules
from bot.rules.staff.role_changes import Event
from storage import school
from storage.people import accounts, people, questions, role_changes
from storage.people.role_changes import RoleChange

DOUBLE = "The office is asked first whether you and this colleague are one person. Ask somebody else meanwhile."


@dataclass(frozen=True, slots=True)
class Told:
    """One change, as one person reads of it. `by`: "" for setup."""

    change: RoleChange
    who: str
    by: str
    is_own: bool


def change(context: Context, person_id: int, role: Role, event: Event) -> None:
    """Give a role to a colleague, or take it away. Raises NotFound, Refused.

    Where it is so already, nothing happens. The window for it will come with the administration of the school.
    """
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)  # two heads who take each other's role at once
        tx.kept.clear()
        everybody = people.every(tx.connection, tx.school_id)
        whom = next((person for person in everybody if person.person_id == person_id), None)
        by = next(person for person in everybody if person.person_id == context.person.person_id)
        if whom is None:
            raise NotFound("There is no such colleague.")
        why = rules.refused(by, event, role, whom, everybody)
        if why:
            raise Refused(why)
        if person_id in questions.doubles(tx.connection, tx.school_id, by.person_id):
            raise Refused(DOUBLE)  # perhaps it is their own
        if whom.holds(role) is not (event is Event.GIVEN):
            make(tx, [(whom.email, role, event)])


def make(tx: Transaction, changes: Collection[tuple[str, Role, Event]]) -> None:
    """Make changes that somebody may make, and tell those whom they concern, before and after them.

    (address, role, what happens). The headteachers of before and of after are told, each once: so a head who loses the
    role hears of it, too.
    """
    before = _heads(people.every(tx.connection, tx.school_id))
    numbers = []
    for email, role, event in changes:
        made = RoleChange(email, role, event, tx.actor_id, tx.now)
        numbers.append((role_changes.make(tx.connection, tx.school_id, made), email))
        tx.audit(f"roles.{event}", f"role change {numbers[-1][0]}")
    tx.kept.clear()
    tx.changed(HoldersChanged())
    everybody = people.every(tx.connection, tx.school_id)
    heads = before | _heads(everybody)
    for number, email in numbers:
        concerned = (person for person in everybody if person.email == email or person.person_id in heads)
        by = tx.actor_id
        tx.notify(
            Notice.ROLE_CHANGED,
            number,
            [person for person in everybody if person.person_id == by and person.email != email]
            + [person for person in concerned if person.is_here and person.person_id != by],
        )


def get(context: Context, number: int) -> Told:
    """Return one change, as this person reads of it: whoever was told. Raises NotFound."""
    with context.look() as tx:
        found = role_changes.get(tx.connection, tx.school_id, number)
        if found is None:
            raise NotFound("There is no such change of a role.")
        names = people.names(tx.connection, tx.school_id)
        whom = people.by_email(tx.connection, tx.school_id, found.email)
        whose = whom.person_id if whom else accounts.last_had(tx.connection, tx.school_id, found.email)
        by = names.get(found.changed_by, "") if found.changed_by else ""
        return Told(found, names.get(whose or 0, found.email), by, is_own=whose == context.person.person_id)


def _heads(everybody: Collection[Person]) -> set[int]:
    return {person.person_id for person in everybody if person.is_here and person.holds(Role.HEADTEACHER)}
