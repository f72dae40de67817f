"""The school's calendar: terms, INSET days, bank holidays, working hours, and "the next school day at 08:00".

Without terms for a school year, every weekday of it that is not an English bank holiday counts as a school day.
"""

import enum
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from bot.clock import SCHOOL_YEAR_STARTS

OPENS, CLOSES = time(8, 0), time(16, 30)  # working hours of the school, in its own time zone
SATURDAY = 5
LONGEST_WITHOUT_SCHOOL = timedelta(days=400)


class Kind(enum.StrEnum):
    """What a period of the calendar is."""

    TERM = "term"
    INSET = "inset"  # staff are trained, pupils stay at home: no school day
    CLOSED = "closed"  # an occasional day, a polling day, snow


@dataclass(frozen=True, slots=True)
class Period:
    """Some days in a row, both ends included."""

    kind: Kind
    first: date
    last: date
    title: str = ""

    def holds(self, day: date) -> bool:
        """Return whether a day lies in this period."""
        return self.first <= day <= self.last

    @property
    def school_year(self) -> int:
        """Return the school year that it belongs to, judged by its middle day: some terms begin in August."""
        return school_year(self.first + (self.last - self.first) / 2)


@dataclass(frozen=True, slots=True)
class Calendar:
    """All that is known of a school's days. `timezone`: its IANA name."""

    periods: tuple[Period, ...] = ()
    timezone: str = "Europe/London"

    def is_known(self, day: date) -> bool:
        """Return whether the school has given any term of this day's school year."""
        year = school_year(day)
        return any(year == each.school_year for each in self._of(Kind.TERM))

    def is_school_day(self, day: date) -> bool:
        """Return whether pupils come to school on a day."""
        if day.weekday() >= SATURDAY or day in bank_holidays(day.year):
            return False
        if any(each.holds(day) for each in self.periods if each.kind is not Kind.TERM):
            return False
        return not self.is_known(day) or any(each.holds(day) for each in self._of(Kind.TERM))

    def school_days_between(self, first: date, last: date) -> int:
        """Return how many school days lie after `first`, up to and including `last`."""
        days = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
        return sum(self.is_school_day(day) for day in days)

    def school_days_after(self, day: date, count: int) -> date:
        """Return the school day that comes `count` school days after a day."""
        for number in range(1, LONGEST_WITHOUT_SCHOOL.days):
            later = day + timedelta(days=number)
            count -= self.is_school_day(later)
            if count == 0:
                return later
        raise ValueError("a school without school days")

    def school_days_before(self, day: date, count: int) -> date:
        """Return the latest day with `count` school days after it, up to and including `day`; at most 400 back."""
        for number in range(LONGEST_WITHOUT_SCHOOL.days):
            earlier = day - timedelta(days=number)
            if count <= 0:
                return earlier
            count -= self.is_school_day(earlier)
        return day - LONGEST_WITHOUT_SCHOOL

    def last_school_day(self, day: date) -> date:
        """Return the last school day up to and with a day; 400 days at most."""
        return self.school_days_before(day, 1) + timedelta(days=1)

    def next_morning(self, instant: datetime) -> datetime:
        """Return when the next school day opens, at or after an aware instant: 08:00 school time, as aware UTC."""
        zone = ZoneInfo(self.timezone)
        day = instant.astimezone(zone).date()
        for number in range(LONGEST_WITHOUT_SCHOOL.days):
            opens = datetime.combine(day + timedelta(days=number), OPENS, zone).astimezone(UTC)
            if opens >= instant and self.is_school_day(day + timedelta(days=number)):
                return opens
        raise ValueError("a school without a school day in a year")

    def is_open(self, instant: datetime) -> bool:
        """Return whether an aware instant lies in the working hours of a school day."""
        local = instant.astimezone(ZoneInfo(self.timezone))
        return OPENS <= local.time() < CLOSES and self.is_school_day(local.date())

    def when_open(self, instant: datetime) -> datetime:
        """Return the instant itself within working hours, else the next school day at 08:00 school time; UTC."""
        return instant.astimezone(UTC) if self.is_open(instant) else self.next_morning(instant)

    def _of(self, kind: Kind) -> tuple[Period, ...]:
        return tuple(each for each in self.periods if each.kind is kind)


NOTHING_KNOWN = Calendar()


def school_year(day: date) -> int:
    """Return the year in which a day's school year began."""
    return day.year if (day.month, day.day) >= SCHOOL_YEAR_STARTS else day.year - 1


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """Return the bank holidays of England in a year, worked out here: no network is asked."""
    from holidays import country_holidays

    return frozenset(country_holidays("GB", subdiv="ENG", years=year))
