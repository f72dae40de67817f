"""How Lanyard is, in five lines for a monitor: whether it hears Slack, keeps time, and gets rid of its messages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import spoken_instant
from storage import school
from storage.consent import imports_pieces
from storage.consent.imports_pieces import Unfinished
from storage.engine import Database
from storage.outbox import outcomes, queue, signs
from storage.outbox.signs import Sign

SLACK_WITHIN = timedelta(minutes=10)  # it notes once a minute that it hears Slack, and asks after five of silence
TICK_WITHIN = timedelta(minutes=35)  # two rounds of the timetable, and a little
WAITING_WITHIN = timedelta(minutes=30)
MOST_TRIES = 8  # of one message: several minutes without an answer
RECENTLY = timedelta(days=1)  # a message that was given up on longer ago is `doctor`'s to name


@dataclass(frozen=True)
class Status:
    """Five lines, one more for an import of the roll that is not finished, and whether somebody should look."""

    lines: tuple[str, ...]
    is_well: bool


def of(database: Database, now: datetime) -> Status:
    """Return how it is. Raises Busy. `now`: aware, UTC."""
    with database.read() as connection:
        schools = school.every(connection)
        zone = schools[0].timezone if schools else "Europe/London"
        slack, tick = (signs.noted(connection, sign) for sign in (Sign.SLACK, Sign.TICK))
        waiting = outcomes.oldest_waiting(connection, now)
        closed_until = queue.asked_for_time(connection, now)
        lost, lately = outcomes.given_up(connection, now - RECENTLY)
        megabytes = signs.size(connection) / 1_000_000
        unfinished = [
            (each, found) for each in schools if (found := imports_pieces.unfinished(connection, each.school_id))
        ]

    def ago(at: datetime | None) -> str:
        return f"{spoken_instant(at, zone)} ({_minutes(now - at)} ago)" if at else "never"

    lines = (
        f"Last contact with Slack: {ago(slack)}",
        f"Last tick: {ago(tick)}",
        f"Oldest waiting message: {_waiting(waiting, ago)}"
        + (f"; Slack has asked for time until {spoken_instant(closed_until, zone)}" if closed_until else ""),
        f"Given up on: {lost}" + (f", {lately} of them since yesterday" if lately else ""),
        f"Size of the database: {megabytes:.1f} MB",
    )
    halves = tuple(_import(each.timezone, found, now) for each, found in unfinished)
    has_stopped = any(not found.is_at_work(now) for _, found in unfinished)
    is_stuck = waiting is not None and (now - waiting.due_at > WAITING_WITHIN or waiting.tries >= MOST_TRIES)
    is_well = _is_recent(slack, now, SLACK_WITHIN) and _is_recent(tick, now, TICK_WITHIN)
    return Status(lines + halves, is_well and not is_stuck and not lately and not has_stopped)


def _import(zone: str, found: Unfinished, now: datetime) -> str:
    came = f"{found.children_done:,} of {found.children:,} children"
    at = spoken_instant(found.at, zone)
    if found.is_at_work(now):
        return f"Import of the roll, {at}: {came} so far"
    return f"Import of the roll, {at}: stopped after {came}. Import the same file again, and it is finished"


def waits(database: Database, now: datetime) -> str:
    """Return what is said of the messages that were not sent; "" where there are none. Raises Busy."""
    with database.read() as connection:
        waiting = outcomes.oldest_waiting(connection, now + timedelta(days=1))
        count = outcomes.waiting(connection)
    if not count:
        return ""
    why = f": {waiting.trouble}" if waiting and waiting.trouble else ""
    verb = "message waits" if count == 1 else "messages wait"
    return f"{count} {verb}{why}. The next tick, or Lanyard as it runs, sends what is due"


def _waiting(waiting: outcomes.Waiting | None, ago: Callable[[datetime], str]) -> str:
    if waiting is None:
        return "none"
    tries = "once" if waiting.tries == 1 else f"{waiting.tries} times"
    trouble = f" ({waiting.trouble})" if waiting.trouble else ""
    return f"due {ago(waiting.due_at)}, tried {tries}{trouble}" if waiting.tries else f"due {ago(waiting.due_at)}"


def _is_recent(at: datetime | None, now: datetime, within: timedelta) -> bool:
    return at is not None and now - at <= within


def _minutes(passed: timedelta) -> str:
    minutes = max(int(passed.total_seconds() // 60), 0)
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} days"
    if hours:
        return f"{hours} h {rest} min"
    return f"{rest} min"
