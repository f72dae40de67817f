"""Clocks that the law sets, as data: how long, in what unit, from which fact on, and when they end.

A clock runs across the states of a record, over holidays and the change of the clocks: what it starts from is a fact,
such as when the school became aware, not when somebody opened a record.
"""

import calendar as months
import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.rules.calendar import SATURDAY, Calendar, bank_holidays

Pause = tuple[datetime, datetime]  # from when until when it stood still, aware instants
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Unit(enum.StrEnum):
    """What a clock counts."""

    HOURS = "hours"  # real ones: holidays and nights count, and the change of the clocks moves nothing
    DAYS = "days"  # the day after is the first
    WORKING_DAYS = "working days"  # neither a weekend nor an English bank holiday
    SCHOOL_DAYS = "school days"
    MONTHS = "calendar months"  # to the same day of a later month, or to its last


class Starts(enum.StrEnum):
    """From which fact a clock runs."""

    AWARE = "the school became aware"
    ALLEGED = "the allegation was made"
    RECEIVED = "the request was received"
    COMPLAINED = "the complaint was received"


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock. `rolls`: a last day on a weekend or bank holiday gives way to the next working day.

    `pauses`: it stands still while something is waited for; `extends`: by how many units more, once, with reasons;
    `warns`: how long before its end somebody is told, the longest first; `source`: the law or guidance, and
    `checked_on`: when that was read last.
    """

    name: str
    length: int
    unit: Unit
    starts: Starts
    source: str
    checked_on: date
    rolls: bool = False
    pauses: bool = False
    extends: int = 0
    warns: tuple[timedelta, ...] = ()


READ = date(2026, 11, 26)
BREACH_TO_ICO = Clock(
    "telling the Information Commissioner",
    72,
    Unit.HOURS,
    Starts.AWARE,
    "UK GDPR Art 33",
    READ,
    warns=(48 * HOUR, 24 * HOUR, 6 * HOUR),
)
DESIGNATED_OFFICER = Clock(
    "telling the designated officer", 1, Unit.WORKING_DAYS, Starts.ALLEGED, "KCSIE part four", READ, warns=(4 * HOUR,)
)
SUBJECT_ACCESS = Clock(
    "answering a subject access request",
    1,
    Unit.MONTHS,
    Starts.RECEIVED,
    "UK GDPR Art 12(3)",
    READ,
    pauses=True,
    extends=2,
    warns=(14 * DAY, 7 * DAY, 2 * DAY),
)
EDUCATIONAL_RECORD = Clock(
    "handing out the educational record",
    15,
    Unit.SCHOOL_DAYS,
    Starts.RECEIVED,
    "Education (Pupil Information) Regulations 2005, reg. 5",
    READ,
    warns=(7 * DAY, 2 * DAY),
)
COMPLAINT = Clock(
    "acknowledging a data protection complaint",
    30,
    Unit.DAYS,
    Starts.COMPLAINED,
    "Data Protection Act 2018 s164A",
    READ,
    rolls=True,
    warns=(7 * DAY, 2 * DAY),
)
CLOCKS = (BREACH_TO_ICO, DESIGNATED_OFFICER, SUBJECT_ACCESS, EDUCATIONAL_RECORD, COMPLAINT)


def ends(
    clock: Clock, start: datetime, days: Calendar, *, pauses: Sequence[Pause] = (), is_extended: bool = False
) -> datetime:
    """Return when a clock has run out, as an aware instant in UTC: of a last day, the midnight after it.

    `days`: the school's calendar, for its zone and its school days; `pauses`: in their order, none within another.
    """
    length = clock.length + (clock.extends if is_extended else 0)
    stood = list(pauses) if clock.pauses else []
    if clock.unit is Unit.HOURS:
        end = start.astimezone(UTC) + length * HOUR
        for since, until in stood:
            if start <= since < end:
                end += until - since
        return end
    zone = ZoneInfo(days.timezone)
    last = _last_day(clock.unit, start.astimezone(zone).date(), length, days)
    for since, until in stood:
        if start <= since < _midnight_after(last, zone):
            last += until.astimezone(zone).date() - since.astimezone(zone).date()
    while clock.rolls and not is_working_day(last):
        last += DAY
    return _midnight_after(last, zone)


def warned_at(clock: Clock, end: datetime) -> tuple[datetime, ...]:
    """Return when somebody is told that it will run out, and that it has, the earliest first."""
    return (*(end - before for before in clock.warns), end)


def since_then(start: datetime, now: datetime) -> int:
    """Return how many whole hours have passed since a fact, real ones; 0 before it."""
    return max(0, int((now - start) / HOUR))


def is_working_day(day: date) -> bool:
    """Return whether a day is neither on a weekend nor a bank holiday in England."""
    return day.weekday() < SATURDAY and day not in bank_holidays(day.year)


def _last_day(unit: Unit, first: date, length: int, days: Calendar) -> date:
    if unit is Unit.DAYS:
        return first + length * DAY
    if unit is Unit.MONTHS:
        month = first.month - 1 + length
        year, month = first.year + month // 12, month % 12 + 1
        return date(year, month, min(first.day, months.monthrange(year, month)[1]))
    if unit is Unit.SCHOOL_DAYS:
        return days.school_days_after(first, length)
    last = first
    while length:
        last += DAY
        length -= is_working_day(last)
    return last


def _midnight_after(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + DAY, time.min, zone).astimezone(UTC)
