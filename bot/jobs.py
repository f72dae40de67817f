"""The timetable, and only the timetable. What is due lives in tables; a second run does nothing twice."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.clock import Now, spoken_instant
from bot.context import Context
from bot.errors import Busy
from bot.logs import log, silence, where
from bot.services import reminders
from bot.services.features import FEATURES, REACTIONS
from bot.services.school import housekeeping
from bot.services.school.housekeeping import Accounts
from storage import records, school
from storage.engine import Database, Durability
from storage.outbox import signs
from storage.outbox.signs import Sign

EVERY = timedelta(minutes=15)
EVERY_MINUTE = timedelta(minutes=1)  # what is urgent does not wait for the next quarter of an hour
STOPS_WITHIN = timedelta(seconds=4.5)  # a little longer than a call to Slack may take from then on
FIRST_AFTER = timedelta(minutes=1)  # what came due while nothing ran need not wait for a quarter of an hour


def tick(database: Database, at: Callable[[str], datetime]) -> Iterator[str]:
    """Do what is due in every school and tell what was done. `at`: the school's time zone → aware instant.

    What fails in one school is logged, and keeps neither the next job nor the next school waiting.
    """
    with database.read() as connection:
        schools = school.every(connection)
    for each in schools:
        instant = at(each.timezone)
        context = Context(database, each, lambda instant=instant: instant, REACTIONS)  # type: ignore[misc]
        for name, job in IN_EVERY_SCHOOL.items():
            done = f"{name} {FAILED}"
            with _contained(name, school=each.school_id):
                try:
                    done = job(context)
                except Busy:
                    done = f"{name} {WAITS}"
            yield f"{each.name}: {done}"


def hurry(database: Database, at: Callable[[str], datetime]) -> None:
    """Have the next in line asked about urgent records that nobody has. The next tick makes up for an outage.

    One question to the database while nothing is urgent. `at`: as in `tick`.
    """
    instant = at("UTC")
    with database.read() as connection:
        due = records.schools_in_a_hurry(connection, instant - EVERY, instant)
        schools = [each for each in school.every(connection) if each.school_id in due] if due else []
    for each in schools:
        for feature in FEATURES:
            with _contained("hurrying", school=each.school_id):
                feature.hurry(Context(database, each, lambda: instant, REACTIONS))


def _tidied(context: Context) -> str:
    """Have every feature do what the clock asks of it."""
    failed = housekeeping.tidy(context)
    return f"tidying {FAILED}" if failed else "what was due by the clock is done"


def _reminded(context: Context) -> str:
    """Remind, and say of whom and what."""
    calendar, instant = context.school.calendar, context.now()
    if not calendar.is_open(instant):
        opens = spoken_instant(calendar.when_open(instant), context.school.timezone)
        return f"out of school hours: reminders wait until {opens}"
    done = reminders.morning(context)
    people, things = ("person" if done.people == 1 else "people"), ("thing" if done.things == 1 else "things")
    return f"{done.people} {people} reminded of {done.things} {things}"


IN_EVERY_SCHOOL: Mapping[str, Callable[[Context], str]] = {"tidying": _tidied, "reminding": _reminded}
FAILED = "failed; the log says where"
WAITS = "waits: the database cannot be reached just now"


def came_round(database: Database, now: datetime) -> None:
    """Note that everything due was done, or was tried, at this instant: `status` tells when that was last."""
    with database.begin(Durability.QUICK) as connection:
        signs.note(connection, Sign.TICK, now)


@contextmanager
def _contained(job: str, **ids: int) -> Iterator[None]:
    """Log a fault by its type and place, never by its words, and let whatever comes next have its turn."""
    try:
        yield
    except Busy:
        pass  # the database has said itself that it is out of reach; what is due is as due at the next tick
    except Exception:
        log.error("job failed", job=job, where=where(), **ids)


def start(
    database: Database,
    accounts: Accounts,
    clear_away: Callable[[Callable[[], bool]], int],
    clock: Now,
) -> Callable[[], bool]:
    """Start ticking in the background; returns how to stop it, which tells whether all that was begun is done."""
    from apscheduler.schedulers.background import BackgroundScheduler

    stopping, idle, not_hurrying = threading.Event(), threading.Event(), threading.Event()
    idle.set()
    not_hurrying.set()

    def run() -> None:
        idle.clear()
        try:
            with _contained("tick"):
                for _ in tick(database, lambda _zone: clock()):
                    if stopping.is_set():
                        return  # the rest is as due after the next start
                came_round(database, clock())
            with _contained("files"):
                clear_away(stopping.is_set)
            with _contained("people"):  # last: a Slack that does not answer keeps nobody's reminders waiting
                housekeeping.refresh_people(database, clock, accounts, stopping.is_set)
        finally:
            idle.set()

    def run_hurry() -> None:
        not_hurrying.clear()
        try:
            with _contained("hurry"):
                hurry(database, lambda _zone: clock())
        finally:
            not_hurrying.set()

    def stop() -> bool:
        stopping.set()
        scheduler.shutdown(wait=False)
        return all(done.wait(STOPS_WITHIN.total_seconds()) for done in (idle, not_hurrying))

    silence(["apscheduler"])
    # In memory and for ticking only: what is due is asked of the tables (see docs/decisions).
    scheduler = BackgroundScheduler(timezone="UTC")
    first = datetime.now(UTC) + FIRST_AFTER  # the scheduler's own clock, which no test makes up
    # However late (a laptop that slept), a tick is done: what is due waits in tables.
    late: dict[str, Any] = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
    scheduler.add_job(run, "interval", seconds=EVERY.total_seconds(), next_run_time=first, **late)
    scheduler.add_job(run_hurry, "interval", seconds=EVERY_MINUTE.total_seconds(), **late)
    scheduler.start()
    return stop
