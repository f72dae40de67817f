"""Sets a school up, and keeps it set up: the second run of the same settings changes nothing."""

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from bot.changes import HoldersChanged
from bot.clock import school_day
from bot.context import Context
from bot.rules.filter.register import Kind
from bot.rules.people import LONGEST_NAME, Person, Standing, standing
from bot.rules.school import Role
from bot.rules.staff.role_changes import Event
from bot.services import role_changes
from bot.services.features import REACTIONS
from bot.services.filter import register
from bot.services.posting import surfaces
from bot.services.school.people import recognise
from bot.wording import page
from storage import audit, school
from storage.engine import Database
from storage.left_behind import BEGUN_ANEW
from storage.people import accounts as accounts_storage
from storage.people import people
from storage.training import completions

LookUpEmail = Callable[[str], Mapping[str, Any] | None]  # e-mail address → Slack user object, None: no such account


class Roles(enum.Enum):
    """What becomes of roles that differ from those that people hold already."""

    APPLIED = "they are given and taken away"
    SHOWN = "they stay, and what would change is said"


@dataclass(frozen=True, slots=True)
class SetUp:
    """What setting up did, in words; and role holders who have no Slack account that may use the bot.

    `roles_waiting`: what `Roles.SHOWN` left as it was. `remarks`: what differs from school.toml, and why.
    """

    changes: tuple[str, ...]
    not_in_slack: tuple[str, ...]
    roles_waiting: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def set_up(
    database: Database,
    now: datetime,
    settings: Mapping[str, Any],
    holders: set[tuple[str, str]],
    look_up_email: LookUpEmail | None,
    roles: Roles = Roles.APPLIED,
) -> SetUp:
    """Create or update the school that `settings` describe (school.toml as JSON values), in one transaction.

    `holders`: (e-mail address, role). `look_up_email`: asks Slack; None where no token is set. `roles`: of a school
    that has a headteacher already; a new one's are given. Raises Busy.
    """
    emails = sorted({email for email, _ in holders})
    # Slack is asked before the transaction: nobody else waits for the database while Slack thinks.
    accounts = {email: look_up_email(email) for email in emails} if look_up_email else {}
    team_id = str(settings["school"]["slack_team"])
    with database.begin() as connection:
        changes, school_id = _settings(connection, settings, team_id, now)
        context = _context(database, connection, school_id, now)
        linked = _accounts(context, connection, accounts, now)  # who is there decides who is the last head
        given = _Given(context, connection, now, holders)
        waiting = given.named()
        if roles is Roles.APPLIED or given.is_new:
            changes, waiting = [*changes, *waiting], []
            given.make()
        _holders(context, connection, now)
        changes += _filter(database, connection, school_id, settings, now)
        changes += linked
        taken_in, remarks = _places(context, connection, settings, now)
        changes += taken_in
        today = school_day(now, str(settings["school"]["timezone"]))
        completions.note_kinds(connection, school_id, [kind["key"] for kind in settings.get("training", ())], today)
        if changes:
            audit.append(
                connection, school_id, at=now, actor_id=None, action="school.set_up", record=f"school {school_id}"
            )
    living = {email for email, user in accounts.items() if user and standing(user, team_id) is Standing.STAFF}
    missing = tuple(email for email in accounts if email not in living)
    return SetUp(tuple(changes), missing, tuple(waiting), (*given.remarks, *remarks))


def begin_anew(database: Database, now: datetime, team_id: str) -> None:
    """Note that a school does without the records of another database. Raises Busy."""
    with database.begin() as connection:
        found = school.by_team(connection, team_id)
        if found:
            school_id = found[0].school_id
            audit.append(connection, school_id, at=now, actor_id=None, action=BEGUN_ANEW, record=f"school {school_id}")


def _settings(
    connection: Connection, settings: Mapping[str, Any], team_id: str, now: datetime
) -> tuple[list[str], int]:
    known = school.by_team(connection, team_id)
    if known is None:
        return [f"{settings['school']['name']} is set up."], school.add(connection, settings=settings, at=now)
    found, before = known
    changed = sorted(key for key in {*settings, *before} if settings.get(key) != before.get(key))
    if changed:
        school.change(connection, found.school_id, settings=settings)
    told = [f"[{key}] changed." for key in changed if key != "roles"]
    return told + _training_removed(connection, found.school_id, before, settings), found.school_id


def _training_removed(
    connection: Connection, school_id: int, before: Mapping[str, Any], settings: Mapping[str, Any]
) -> list[str]:
    """Say which training is no longer due although it has records: a misspelt key would end a kind, too."""
    keys = [{kind["key"] for kind in each.get("training", ())} for each in (before, settings)]
    recorded = completions.counted(connection, school_id)
    return [
        f"[[training]] {key} is not in school.toml any more. Nothing of it is due; its {recorded[key][1]} records stay."
        for key in sorted(keys[0] - keys[1])
        if key in recorded
    ]


class _Given:
    """The roles that school.toml gives, against those that people hold."""

    def __init__(self, context: Context, connection: Connection, now: datetime, holders: set[tuple[str, str]]) -> None:
        self._context, self._connection, self._now = context, connection, now
        school_id = context.school.school_id
        # An address that somebody has given up is theirs still, until somebody else has it.
        present = accounts_storage.addresses_now(connection, school_id)
        wanted = {(present.get(email, email), role) for email, role in holders}
        before = people.roles(connection, school_id)
        self.is_new = not any(role == Role.HEADTEACHER for _, role in before)
        staying = _last_head(people.every(connection, school_id), before, wanted)
        self.remarks = tuple(
            f"{email} stays headteacher: nobody else whom school.toml names has an account here yet. Run it again then."
            for email in sorted(staying)
        )
        wanted |= {(email, Role.HEADTEACHER.value) for email in staying}
        self._wanted = wanted
        self._new, self._over = sorted(wanted - before), sorted(before - wanted)

    def named(self) -> list[str]:
        """Return what is different, in words."""
        given = [f"{email} is now {_spoken(role)}." for email, role in self._new]
        return given + [f"{email} is no longer {_spoken(role)}." for email, role in self._over]

    def make(self) -> None:
        """Give and take them, and tell those whom it concerns; of a new school nobody."""
        changes = [(email, Role(role), Event.GIVEN) for email, role in self._new]
        changes += [(email, Role(role), Event.TAKEN) for email, role in self._over]
        if self.is_new:  # nobody has worked with Lanyard yet
            people.set_roles(self._connection, self._context.school.school_id, self._wanted)
        elif changes:
            with self._context.within(self._connection, self._now) as tx:
                role_changes.make(tx, changes)


def _holders(context: Context, connection: Connection, now: datetime) -> None:
    """Note who holds a role and was never seen, by the name that [[phones]] gives: a colleague tells them."""
    school_id = context.school.school_id
    # Anew: the settings may have changed since.
    found, names = school.get(connection, school_id), school.phone_names(connection, school_id)
    known = {person.email: person for person in people.every(connection, school_id)}
    with Context(context.database, found, context.now, REACTIONS).within(connection, now) as tx:
        for email in sorted({email for email, _ in people.roles(connection, school_id)}):
            person, name = known.get(email), names.get(email, email[:LONGEST_NAME])
            if person is None:
                people.add(connection, school_id, email=email, name=name, standing=Standing.OUTSIDER)
            elif person.is_named_only and person.name != name:
                people.change(connection, school_id, person.person_id, name=name)
        tx.changed(HoldersChanged())


def _last_head(everybody: Sequence[Person], before: set[tuple[str, str]], wanted: set[tuple[str, str]]) -> set[str]:
    """Return the headteachers who stay, whatever school.toml says: none of the new ones could use the role yet."""
    here = {person.email for person in everybody if person.is_here and not person.perhaps}
    heads = {email for email, role in before if role == Role.HEADTEACHER and email in here}
    new = {email for email, role in wanted if role == Role.HEADTEACHER and email in here}
    return heads if heads and not new else set()


def _filter(
    database: Database, connection: Connection, school_id: int, settings: Mapping[str, Any], now: datetime
) -> list[str]:
    """Take in what the filter blocks and allows already. What is in the register stays as it is."""
    context = _context(database, connection, school_id, now)
    lists = settings.get("filter") or {}
    with context.within(connection, now) as tx:
        return [
            f"{count} {kind} {'line' if count == 1 else 'lines'} taken into the filter register."
            for kind in Kind
            if (count := register.begin(tx, kind, lists.get(kind.value) or ()))
        ]


def _places(
    context: Context, connection: Connection, settings: Mapping[str, Any], now: datetime
) -> tuple[list[str], list[str]]:
    """Take in the school's accounts, and make a place of every use: where pictures appear (§5.1)."""
    with context.within(connection, now) as tx:
        return surfaces.begin(tx, settings)


def _accounts(
    context: Context, connection: Connection, accounts: Mapping[str, Mapping[str, Any] | None], now: datetime
) -> list[str]:
    with context.within(connection, now) as tx:
        return [
            f"{email} is linked to their Slack account."
            for email, user in accounts.items()
            if user and recognise(tx, user, email)
        ]


def _context(database: Database, connection: Connection, school_id: int, now: datetime) -> Context:
    return Context(database, school.get(connection, school_id), lambda: now, REACTIONS)


def _spoken(role: str) -> str:
    return page("help/roles").text(role)
