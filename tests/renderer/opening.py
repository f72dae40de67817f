"""The invented school on a SQLite file of its own, set up as an IT lead would, with this front before it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import jobs
from bot.context import Context
from bot.school_file import read_school
from bot.services.consent import roll_import
from bot.services.features import REACTIONS
from bot.services.school import calendar, staff_import
from bot.services.school import setting_up as school_service
from storage import migrate, school
from storage.engine import Database, open_database
from tests.people import STAFF
from tests.renderer.accounts import move_in
from tests.renderer.front import Front

KEY = "cmVuZGVyZXJyZW5kZXJlcnJlbmRlcmVycmVuZGVyZXI="  # invented
SAMPLE = Path(__file__).parent.parent / "sample-school"
NAMES = {someone.user_id: someone.name for someone in STAFF}
MONDAY = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)  # a school day in the invented calendar


class Clock:
    """The school's clock: stands still until somebody moves it."""

    def __init__(self) -> None:
        self.instant = MONDAY

    def __call__(self) -> datetime:
        return self.instant

    def forward(self, **by: float) -> None:
        """Move on: `clock.forward(days=1)`."""
        self.wait(timedelta(**by))

    def wait(self, duration: timedelta) -> None:
        """Move on."""
        self.instant += duration


class School:
    """A school that is open: its front, its clock, and its timetable."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database, self.clock = database, clock
        self.front = Front(database, clock, NAMES, clock.wait)

    def tick(self) -> None:
        """Have the timetable do what is due, and deliver it."""
        for _ in jobs.tick(self.database, lambda _zone: self.clock()):
            pass
        self.front.deliver()


@contextmanager
def open_school(folder: Path) -> Iterator[School]:
    """Set the school up in a folder, and open it on a Monday morning in November."""
    database, clock = open_database(f"sqlite:///{folder / 'school.db'}", KEY), Clock()
    migrate.upgrade(database)
    try:
        _furnish(database, clock)
        yield School(database, clock)
    finally:
        database.close()


def _furnish(database: Database, clock: Clock) -> None:
    settings = read_school(SAMPLE / "school.toml")
    written = settings.model_dump(mode="json")
    school_service.set_up(database, clock(), written, settings.holders(), None)
    with database.read() as connection:
        command_line = Context(database, school.every(connection)[0], clock, REACTIONS)
    staff_import.apply(command_line, "staff.csv", (SAMPLE / "staff.csv").read_bytes())
    roll_import.apply(command_line, "roll.csv", (SAMPLE / "roll.csv").read_bytes())
    calendar.apply(command_line, "terms.csv", (SAMPLE / "terms.csv").read_bytes())
    move_in(database, clock(), STAFF)
