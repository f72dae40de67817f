"""Sets a school up, and keeps it set up: the second run of the same settings changes nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from bot.clock import school_day
from bot.context import Context
from bot.rules.filter.register import Kind
from bot.rules.people import Standing, standing
from bot.services.features import REACTIONS
from bot.services.filter import register
from bot.services.school.people import recognise
from bot.wording import page
from storage import audit, school
from storage.engine import Database
from storage.left_behind import BEGUN_ANEW
from storage.people import people
from storage.training import completions

LookUpEmail = Callable[[str], Mapping[str, Any] | None]  # e-mail address → Slack user object, None: no such account


@dataclass(frozen=True, slots=True)
class SetUp:
    """What setting up did, in words; and role holders who have no Slack account that may use the bot."""

    changes: tuple[str, ...]
    not_in_slack: tuple[str, ...]


def set_up(
    database: Database,
    now: datetime,
    settings: Mapping[str, Any],
    holders: set[tuple[str, str]],
    look_up_email: LookUpEmail | None,
) -> SetUp:
    """Create or update the school that `settings` describe (school.toml as JSON values), in one transaction.

    `holders`: (e-mail address, role). `look_up_email`: asks Slack; None where no token is set. Raises Busy.
    """
    emails = sorted({email for email, _ in holders})
    # Slack is asked before the transaction: nobody else waits for the database while Slack thinks.
    accounts = {email: look_up_email(email) for email in emails} if look_up_email else {}
    team_id = str(settings["school"]["slack_team"])
    with database.begin() as connection:
        changes, school_id = _settings(connection, settings, team_id, now)
        changes += _roles(connection, school_id, holders)
        changes += _filter(database, connection, school_id, settings, now)
        changes += _accounts(connection, school_id, team_id, accounts, now)
        today = school_day(now, str(settings["school"]["timezone"]))
        completions.note_kinds(connection, school_id, [kind["key"] for kind in settings.get("training", ())], today)
        if changes:
            audit.append(
                connection, school_id, at=now, actor_id=None, action="school.set_up", record=f"school {school_id}"
            )
    living = {email for email, user in accounts.items() if user and standing(user, team_id) is Standing.STAFF}
    return SetUp(tuple(changes), tuple(email for email in accounts if email not in living))


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
    """Say which training is due no more though it has records: a key that was only misspelt would end a kind, too."""
    keys = [{kind["key"] for kind in each.get("training", ())} for each in (before, settings)]
    recorded = completions.counted(connection, school_id)
    return [
        f"[[training]] {key} is not in school.toml any more. Nothing of it is due; its {recorded[key][1]} records stay."
        for key in sorted(keys[0] - keys[1])
        if key in recorded
    ]


def _roles(connection: Connection, school_id: int, holders: set[tuple[str, str]]) -> list[str]:
    before = people.roles(connection, school_id)
    if before != holders:
        people.set_roles(connection, school_id, holders)
    given = [f"{email} is now {_spoken(role)}." for email, role in sorted(holders - before)]
    return given + [f"{email} is no longer {_spoken(role)}." for email, role in sorted(before - holders)]


def _filter(
    database: Database, connection: Connection, school_id: int, settings: Mapping[str, Any], now: datetime
) -> list[str]:
    """Take in what the filter blocks and allows already. What is in the register stays as it is."""
    context = Context(database, school.get(connection, school_id), lambda: now, REACTIONS)
    lists = settings.get("filter") or {}
    with context.within(connection, now) as tx:
        return [
            f"{count} {kind} {'line' if count == 1 else 'lines'} taken into the filter register."
            for kind in Kind
            if (count := register.begin(tx, kind, lists.get(kind.value) or ()))
        ]


def _accounts(
    connection: Connection,
    school_id: int,
    team_id: str,
    accounts: Mapping[str, Mapping[str, Any] | None],
    now: datetime,
) -> list[str]:
    return [
        f"{email} is linked to their Slack account."
        for email, user in accounts.items()
        if user and recognise(connection, school_id, team_id, user, now)
    ]


def _spoken(role: str) -> str:
    return page("help/roles").text(role)
