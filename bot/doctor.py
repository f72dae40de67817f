"""Looks at everything that the bot needs and names what is wrong, each with its mend."""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.clock import school_day, spoken_day
from bot.errors import Misconfigured
from bot.rules.school import School
from bot.settings import Environment, environment

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from storage.engine import Database

OTHERS = 0o077  # the bits of a file's mode that are not its owner's
TERMS_AHEAD = timedelta(weeks=4)  # before a school year begins, its terms should be known


@dataclass
class Findings:
    """What is fine, what works but could be better, and what is wrong."""

    fine: list[str] = field(default_factory=list)
    to_know: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def examine() -> Findings:
    """Examine settings, database, school and Slack."""
    found = Findings()
    settings = environment()
    for missing in settings.missing():
        found.wrong.append(f"{missing} is not set. Put it into .env")
    if not settings.missing():
        way = "Socket Mode" if settings.slack_app_token else "HTTP"
        found.fine.append(f"The tokens are set; Slack is reached by {way}.")
    workspaces = _database(settings, found)
    if settings.slack_bot_token:
        _slack(settings, workspaces, found)
    return found


def _key(database: "Database", found: Findings) -> None:
    """Offer a new key only while nothing is sealed: from then on only the old one opens it."""
    from storage import keys

    try:
        keys.admit(database)
        found.fine.append("LANYARD_KEY is the key of this database. Keep a copy away from this machine.")
    except Misconfigured as error:
        with database.read() as connection:
            is_free = not keys.holds_sealed(connection)
        offer = f"LANYARD_KEY is not set. Here is a new one for .env: LANYARD_KEY={keys.new()}"
        found.wrong.append(offer if is_free and not database.sealing.key else str(error))


def _database(settings: Environment, found: Findings) -> set[str]:
    """Examine the database; returns the workspaces whose schools are in it, none where it cannot be opened."""
    from storage import audit, keys, left_behind, migrate, reactions, school
    from storage.consent import roll
    from storage.engine import open_database
    from storage.outbox import queue
    from storage.people import people

    try:
        database = open_database(settings.database_url, settings.lanyard_key)
        _files(database.files, found)
        migrate.current(database)  # whether it can be opened at all
        _key(database, found)
        if left := left_behind.warning(database):
            found.wrong.append(left)
        migrate.check(database)
    except Misconfigured as error:
        found.wrong.append(str(error))
        if not settings.lanyard_key:
            found.wrong.append("LANYARD_KEY is not set. Whether a new one will do is seen once the database answers.")
        return set()
    found.fine.append("The database answers and is up to date.")
    if keys.has_old_pages(database):
        found.wrong.append("What is sealed now still lies on old pages of the database. Run: python -m bot migrate")
    with database.look() as connection:
        schools = school.every(connection)
        if not schools:
            found.wrong.append("No school is set up. Run: python -m bot setup school.toml")
        for each in schools:
            pupils, staff = roll.count(connection, each.school_id), len(people.every(connection, each.school_id))
            found.fine.append(f"{each.name}: {staff} people, {pupils} pupils.")
            if not pupils:
                found.wrong.append("The roll is empty. Run: python -m bot import-roll roll.csv --apply")
            if not each.designated_officer:
                found.wrong.append(f"{each.name}: [contacts] designated_officer is empty in school.toml.")
            _calendar(each, found)
            _outside(each, database, connection, found)
            if lost := len(queue.undelivered(connection, each.school_id)):
                found.wrong.append(f"{each.name}: {lost} messages could not be delivered; see the audit trail.")
            for feature, since in reactions.all_owed(connection, each.school_id).items():
                day = spoken_day(school_day(since, each.timezone))
                found.to_know.append(
                    f"{each.name}: {feature} has not followed a change of {day} yet; the next tick makes up for it. "
                    "If this stays, send your log to whoever looks after Lanyard."
                )
            if audit.first_broken(connection, each.school_id):
                found.wrong.append("The audit trail was altered. Run: python -m bot audit verify, and tell the DPO.")
    return {each.workspace for each in schools}


def _files(database: list[Path], found: Findings) -> None:
    """Look whether anybody but the owner may open the files that hold the tokens and the records."""
    # With a star: what SQLite writes beside the database comes and goes.
    mends = {Path(".env"): ".env"} | {path: f"{shlex.quote(str(database[0]))}*" for path in database}
    kept = [path for path in mends if path.is_file()]
    too_open = [path for path in kept if path.stat().st_mode & OTHERS]
    if too_open:
        mend = " ".join(dict.fromkeys(mends[path] for path in too_open))
        found.wrong.append(f"Others on this machine may open {_listed(too_open)}. Run: chmod 600 {mend}")
    elif kept:
        found.fine.append(f"Nobody but the owner may open {_listed(kept)}.")


def _listed(paths: Iterable[Path]) -> str:
    return " and ".join(str(path) for path in paths)


def _calendar(school: School, found: Findings) -> None:
    """Say for which school year no terms are known: this one, or one that is about to begin."""
    from bot.clock import now
    from bot.rules.calendar import school_year

    today = school_day(now(), school.timezone)
    unknown = {school_year(day): None for day in (today, today + TERMS_AHEAD) if not school.calendar.is_known(day)}
    for year in unknown:
        found.to_know.append(
            f"{school.name}: no terms are known for the school year {year}/{(year + 1) % 100:02}, so every weekday but "
            "bank holidays counts as a school day. Run: python -m bot import-terms terms.csv --apply"
        )
    if not unknown:
        last = max(each.last for each in school.calendar.periods)
        found.fine.append(f"{school.name}: the calendar is known up to {spoken_day(last)}.")


def _outside(school: School, database: "Database", connection: "Connection", found: Findings) -> None:
    """Name whoever holds a role and has no account that lives: a colleague tells them, and needs their number."""
    from bot.clock import now
    from bot.context import Context
    from bot.rules.relays import is_outside
    from bot.services import relays
    from bot.services.features import tellings
    from bot.wording import page
    from storage.people import people

    known = {person.email: person for person in people.every(connection, school.school_id)}
    held: dict[str, list[str]] = {}
    for email, role in sorted(people.roles(connection, school.school_id)):
        person = known.get(email)
        if person is None or not person.is_here:
            held.setdefault(email, []).append(page("help/roles").text(role))
    for email, roles in held.items():
        person = known.get(email)
        told = "Somebody at the school is asked to tell them what they have to know."
        if person is None:
            told = "Run setup again, so that somebody at the school is asked to tell them what they have to know."
        elif not is_outside(person, school.phones):
            told = "They have left Slack, so they are told nothing. If they still work here, add them to [[phones]]."
        elif email not in school.phones:
            told += " Their phone number is missing: add them to [[phones]] in school.toml, and run setup."
        found.to_know.append(f"{school.name}: {email} is {' and '.join(roles)} without a living Slack account. {told}")
    with Context(database, school, now, {}).look() as tx:
        if count := relays.untellable(tx, tellings):
            found.to_know.append(f"{school.name}: of {count} things they have to be told, nobody here may tell them.")


def _slack(settings: Environment, workspaces: set[str], found: Findings) -> None:
    import json

    from slack_sdk.errors import SlackClientError

    from bot.app import slack_client
    from handlers.slack.calling import not_accepted

    try:
        answer = slack_client(settings).auth_test()
    except SlackClientError as error:
        found.wrong.append(not_accepted("SLACK_BOT_TOKEN", error))
        return
    found.fine.append(f"Slack knows the bot in the workspace {answer.get('team', '?')} ({answer.get('team_id', '?')}).")
    _app_token(settings, found)
    team_id = str(answer.get("team_id"))
    if workspaces and team_id not in workspaces:
        found.wrong.append(
            f"The token belongs to the workspace {team_id}, but school.toml says {', '.join(sorted(workspaces))}."
        )
    granted = {scope for scope in str(answer.headers.get("x-oauth-scopes", "")).split(",") if scope}
    manifest = json.loads((Path(__file__).parent.parent / "manifest.json").read_text())
    missing = sorted(set(manifest["oauth_config"]["scopes"]["bot"]) - granted) if granted else []
    if missing:
        lacking = ", ".join(missing)
        found.wrong.append(f"The Slack app lacks {lacking}. Paste manifest.json into its page and install it again.")


def _app_token(settings: Environment, found: Findings) -> None:
    from slack_sdk.errors import SlackClientError

    from bot.app import slack_client
    from handlers.slack.calling import not_accepted

    if not settings.slack_app_token:
        return
    try:
        slack_client(settings).apps_connections_open(app_token=settings.slack_app_token)
        found.fine.append("Slack accepts SLACK_APP_TOKEN.")
    except SlackClientError as error:
        found.wrong.append(f"{not_accepted('SLACK_APP_TOKEN', error)} It needs the scope connections:write.")
