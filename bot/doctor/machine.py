"""The machine: tokens, files, key, database, whether Lanyard keeps time."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from bot.clock import now, spoken_instant
from bot.doctor.findings import SET_UP, Findings, listed
from bot.errors import Misconfigured
from bot.rules.school import School
from bot.settings import Environment
from bot.status import TICK_WITHIN
from storage import keys, left_behind, migrate, school
from storage.engine import Database, open_database
from storage.outbox import signs
from storage.outbox.signs import Sign

OTHERS = 0o077  # the bits of a file's mode that are not its owner's


def tokens(settings: Environment, found: Findings) -> None:
    """Look whether the tokens are there."""
    for missing in settings.missing():
        found.wrong(f"{missing} is not set. Put it into .env")
    if not settings.missing():
        way = "Socket Mode" if settings.slack_app_token else "HTTP"
        found.fine(f"The tokens are set; Slack is reached by {way}.")


def database(settings: Environment, found: Findings) -> Database | None:
    """Examine files, key and database; returns it where it can be asked about schools."""
    try:
        opened = open_database(settings.database_url, settings.lanyard_key)
        files(opened.files, found)
        migrate.current(opened)  # whether it can be opened at all
        _key(opened, found)
        if left := left_behind.warning(opened):
            found.wrong(left)
        if migrate.current(opened) is None:
            found.wrong(f"No school is set up. {SET_UP}")
            return None
        migrate.check(opened)
    except Misconfigured as error:
        found.wrong(str(error))
        if not settings.lanyard_key:
            found.wrong("LANYARD_KEY is not set. Whether a new one will do is seen once the database answers.")
        return None
    found.fine("The database answers and is up to date.")
    if keys.has_old_pages(opened):
        found.wrong("What is sealed now still lies on old pages of the database. Run: python -m bot migrate")
    return opened


def schools(database: Database) -> list[School]:
    """Return every school."""
    with database.read() as connection:
        return school.every(connection)


def files(database: Sequence[Path], found: Findings) -> None:
    """Look whether anybody but the owner may open the files that hold the tokens and the records."""
    # With a star: what SQLite writes beside the database comes and goes.
    mends = {Path(".env"): ".env"} | {path: f"{shlex.quote(str(database[0]))}*" for path in database}
    kept = [path for path in mends if path.is_file()]
    too_open = [path for path in kept if path.stat().st_mode & OTHERS]
    if too_open:
        mend = " ".join(dict.fromkeys(mends[path] for path in too_open))
        found.wrong(f"Others on this machine may open {listed(too_open)}. Run: chmod 600 {mend}")
    elif kept:
        found.fine(f"Nobody but the owner may open {listed(kept)}.")


def life(database: Database, schools: Sequence[School], found: Findings) -> None:
    """Say when the timetable last came round: whether Lanyard runs."""
    with database.read() as connection:
        at = signs.noted(connection, Sign.TICK)
    zone = schools[0].timezone if schools else "Europe/London"
    if at is None:
        found.know("Lanyard has not run yet. Run: python -m bot run")
    elif now() - at > TICK_WITHIN:
        found.know(
            f"Last round of the timetable: {spoken_instant(at, zone)}. Lanyard does not run. Run: python -m bot run"
        )
    else:
        found.fine(f"Last round of the timetable: {spoken_instant(at, zone)}.")


def _key(database: Database, found: Findings) -> None:
    """Offer a new key only while nothing is sealed: from then on only the old one opens it."""
    try:
        keys.admit(database)
        found.fine("LANYARD_KEY is the key of this database. Keep a copy away from this machine.")
    except Misconfigured as error:
        with database.read() as connection:
            is_free = not keys.holds_sealed(connection)
        offer = f"LANYARD_KEY is not set. Here is a new one for .env: LANYARD_KEY={keys.new()}"
        found.wrong(offer if is_free and not database.sealing.key else str(error))
