"""Reads the school's terms, INSET days and closures from a file: CSV, XLSX, or a calendar (.ics).

What cannot be understood for certain is refused by its line, with what to do: a guess here would send reminders into
the holidays, or none in term. A term that is refused leaves a hole in which nobody would be reminded of anything, so
its line is told apart (`lost`).
"""

import codecs
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from bot.clock import spoken_day
from bot.errors import BadFile
from bot.reading.columns import Finding
from bot.reading.terms import table
from bot.reading.terms.found import CalendarFile, Found
from bot.rules.calendar import Kind, Period
from bot.sheets import reading

LONGEST = timedelta(weeks=20)  # [K] England's longest term, the autumn's, is some sixteen weeks with its half-term
FAR_OFF = timedelta(days=3 * 366)  # terms are published one or two years ahead


def read(file_name: str, content: bytes, today: date) -> CalendarFile:
    """Read a file of terms. Raises BadFile where it is neither a table of terms nor a calendar."""
    problems: list[Finding] = []
    lost: set[int] = set()
    if content.removeprefix(codecs.BOM_UTF8).lstrip()[:15].upper() == b"BEGIN:VCALENDAR":
        from bot.reading.terms import ics  # the library that reads these is loaded only when there is one

        found = ics.read(content, problems, lost)
    elif file_name.lower().endswith((".ics", ".ical")):
        raise BadFile("This file is named as a calendar but is not one. Export it again from the calendar, as .ics.")
    else:
        found = table.read(reading.read(file_name, content), problems, lost)
    periods = tuple(_sound(found, today, problems, lost))
    return CalendarFile(periods, tuple(sorted(problems, key=lambda problem: problem.line)), frozenset(lost))


def _sound(found: Iterable[Found], today: date, problems: list[Finding], lost: set[int]) -> Iterator[Period]:
    """Return the periods that can be true, and refuse the others. Of two terms that overlap the earlier line counts."""
    terms: list[Found] = []
    seen: set[tuple[Kind, date, date]] = set()
    for each in found:
        wrong = _wrong(each, today) or _overlap(each, terms)
        period = each.period
        if wrong:
            problems.append(wrong)
            near = _sharing_days(period, terms) if period.first <= period.last else []
            if period.kind is Kind.TERM and not any(_within(period, term.period) for term in near):
                lost.add(each.line)
            continue
        if period.kind is Kind.TERM:
            insort(terms, each, key=lambda term: term.period.first)
        if (period.kind, period.first, period.last) not in seen:
            seen.add((period.kind, period.first, period.last))
            yield period


def _within(period: Period, other: Period) -> bool:
    """Return whether a term adds no day to another one: the same line twice."""
    return other.holds(period.first) and other.holds(period.last)


def _wrong(found: Found, today: date) -> Finding | None:
    period = found.period
    if period.last < period.first:
        said = f"it ends on {spoken_day(period.last)}, before it begins. Correct one of the two days."
        return Finding(found.line, found.ends, said)
    for column, day in ((found.starts, period.first), (found.ends, period.last)):
        if not today - FAR_OFF <= day <= today + FAR_OFF:
            said = f"{spoken_day(day)} is more than three years away. Is the year right?"
            return Finding(found.line, column, said)
    if period.last - period.first > LONGEST:
        weeks = LONGEST.days // 7
        return Finding(found.line, found.ends, f"it lasts longer than {weeks} weeks. Give each half-term its own line.")
    return None


def _overlap(found: Found, terms: list[Found]) -> Finding | None:
    if found.period.kind is not Kind.TERM or not (others := _sharing_days(found.period, terms)):
        return None
    other = min(others, key=lambda other: other.line)
    days = f"{spoken_day(other.period.first)} to {spoken_day(other.period.last)}"
    said = f"this term overlaps with the one in line {other.line} ({days}), which counts. Correct one of the two."
    return Finding(found.line, found.starts, said)


def _sharing_days(period: Period, terms: list[Found]) -> list[Found]:
    """Return the terms that share a day with a period. `terms`: in order, and none shares a day with another."""
    start = bisect_left(terms, period.first, key=lambda term: term.period.last)
    end = bisect_right(terms, period.last, key=lambda term: term.period.first)
    return terms[start:end]
