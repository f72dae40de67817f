"""The timetable, and only the timetable. What is due lives in tables; a second run does nothing twice."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from bot.clock import Now, spoken_instant
from bot.context import Context
from bot.errors import LanyardError
from bot.logs import log
from bot.services import housekeeping, reminders
from bot.services.housekeeping import Accounts
from storage import school
from storage.engine import Database

EVERY = timedelta(minutes=15)
FIRST_AFTER = timedelta(minutes=1)  # what came due while nothing ran need not wait for a quarter of an hour


def tick(database: Database, at: Callable[[str], datetime]) -> Iterator[str]:
    """Do what is due in every school and tell what was done. `at`: the school's time zone → aware instant."""
    with database.read() as connection:
        schools = school.every(connection)
    for each in schools:
        instant = at(each.timezone)
        context = Context(database, each, lambda instant=instant: instant)  # type: ignore[misc]
        done = housekeeping.tidy(context)
        yield f"{each.name}: {done.uploads} stale uploads emptied, {done.look_ups} old look-ups removed"
        yield f"{each.name}: {_reminded(context)}"


def _reminded(context: Context) -> str:
    """Remind, and say of whom and what."""
    calendar, instant = context.school.calendar, context.now()
    if not calendar.is_open(instant):
        opens = spoken_instant(calendar.when_open(instant), context.school.timezone)
        return f"out of school hours: reminders wait until {opens}"
    done = reminders.morning(context)
    people, things = ("person" if done.people == 1 else "people"), ("thing" if done.things == 1 else "things")
    return f"{done.people} {people} reminded of {done.things} {things}"


def start(
    database: Database,
    accounts: Accounts,
    clear_away: Callable[[], int],
    clock: Now,
) -> Callable[[], None]:
    """Start ticking in the background; returns how to stop it."""
    from apscheduler.schedulers.background import BackgroundScheduler

    def run() -> None:
        try:
            housekeeping.refresh_people(database, clock, accounts)
            for _ in tick(database, lambda _zone: clock()):
                pass
            clear_away()
        except LanyardError as error:
            log.error("tick failed", error=type(error).__name__)

    # In memory and for ticking only: what is due is asked of the tables (see docs/decisions).
    scheduler = BackgroundScheduler(timezone="UTC")
    first = datetime.now(UTC) + FIRST_AFTER  # the scheduler's own clock, which no test makes up
    scheduler.add_job(
        run, "interval", seconds=EVERY.total_seconds(), max_instances=1, coalesce=True, next_run_time=first
    )
    scheduler.start()
    return lambda: scheduler.shutdown(wait=True)
