"""The headteacher's week: told once in each week, with the digest of its first school morning."""

from collections.abc import Collection, Iterator
from datetime import date, timedelta

from bot.rules.calendar import Calendar
from bot.rules.reminders.digest import Line, Why
from bot.rules.reminders.stages import Item, Stage
from bot.rules.school import Role

FEATURE = "monday"
# Who may see the school's week. It is told to the first of these who is not away (`digest.heads`).
READERS = frozenset({Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER})
WEEK = timedelta(days=7)


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def lines(readers: Collection[int], calendar: Calendar, today: date) -> Iterator[Line]:
    """Return the week's line for each of these people, from the week's first school day on.

    Like every stage it asks what is reached, not what day it is: after a Monday that was missed it comes on Tuesday.
    """
    if not readers:
        return
    monday = monday_of(today)
    days = (monday + timedelta(days=number) for number in range(today.weekday() + 1))
    first = next((day for day in days if calendar.is_school_day(day)), None)
    if first is None:
        return
    year, week, _ = monday.isocalendar()
    key = f"{FEATURE}-{year}-W{week:02}"
    for person_id in readers:
        item = Item(FEATURE, key, person_id, first, Stage("week", first))
        yield Line(person_id, Why.WEEK, item, f"{key}-{person_id}")
