"""Time: the only module that reads the clock.

Instants are aware datetimes in UTC. A day is a date in the school's own time zone.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Now = Callable[[], datetime]

SCHOOL_YEAR_STARTS = (9, 1)  # 1 September: Education Act 1996 s.579


def now() -> datetime:
    """Return this instant, aware, UTC."""
    return datetime.now(UTC)


def school_day(instant: datetime, timezone: str) -> date:
    """Return the calendar day of an aware instant at the school."""
    return instant.astimezone(ZoneInfo(timezone)).date()


def school_time(instant: datetime, timezone: str) -> datetime:
    """Return an aware instant on the school's own clock."""
    return instant.astimezone(ZoneInfo(timezone))


def spoken_day(day: date) -> str:
    """Return a day as people read it: "Mon 23 Nov 2026"."""
    return f"{day:%a} {day.day} {day:%b %Y}"


def spoken_instant(instant: datetime, timezone: str) -> str:
    """Return an instant as people read it: "Mon 23 Nov 2026, 14:05"."""
    local = school_time(instant, timezone)
    return f"{spoken_day(local.date())}, {local:%H:%M}"
