"""Reads terms, INSET days and closures from a calendar (.ics, RFC 5545).

Each event is read by itself, so that one broken one spoils no other. An event counts only if it is whole days and its
title or category says for certain what it is.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Event

from bot.errors import BadFile, BadInput
from bot.reading.cells import tidy
from bot.reading.columns import Finding, plain
from bot.reading.terms.found import Found
from bot.reading.terms.table import KINDS, TITLE
from bot.rules.calendar import Kind, Period

ZONE = ZoneInfo("Europe/London")
MOST_EVENTS = 5000
LIKE_A_TERM = timedelta(weeks=3)  # [K] no half-term of a school is shorter, and nothing else of its calendar as long
SAVE_AGAIN = "Export the calendar once more."

# What a title says in full, the first that fits; None: it speaks of terms, but not of their days.
# Half-term is a holiday in English schools; but some number their half terms, and mean the weeks of teaching.
_YEAR = r"( 20\d\d( 20\d\d| \d\d)?)?"
_TITLES: tuple[tuple[re.Pattern[str], Kind | None], ...] = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r".*\b(begins?|starts?|ends?|end of|first day|last day|finish(es)?|opens?|returns?|breaks? up)\b.*", None),
        (r".*\b(inset|staff training|training day|staff development day)\b.*", Kind.INSET),
        (rf".*\b(holidays?|break){_YEAR}|(school )?(is )?(closed|closure)\b.*", Kind.CLOSED),
        (r"(school )?(occasional|polling|snow) day", Kind.CLOSED),
        (rf"(\w+ )?half term{_YEAR}", Kind.CLOSED),
        (rf"(autumn|spring|summer|school)?( term)?( time)?( \d)?{_YEAR}", Kind.TERM),
        (rf"term( \d)?{_YEAR}( autumn| spring| summer)?", Kind.TERM),
    )
)
_NOT_EVENTS = ("VTODO", "VJOURNAL", "VFREEBUSY")


def read(content: bytes, problems: list[Finding], lost: set[int]) -> Iterator[Found]:
    """Return every event that is a term, an INSET day or a closure. Raises BadFile where the calendar is cut off.

    What is wrong goes into `problems`; `lost` takes the lines of refused events that may be terms.
    """
    lines = content.decode("utf-8-sig", errors="replace").splitlines()
    if not any(line.strip().upper() == "END:VCALENDAR" for line in lines):
        raise BadFile(f"This calendar is cut off: its end is missing. {SAVE_AGAIN}")
    for count, (line, name, written) in enumerate(_components(lines)):
        if count >= MOST_EVENTS:
            raise BadFile(f"This calendar has more than {MOST_EVENTS:,} events. Export the school year's terms only.")
        try:
            period = _period(name, written)
        except BadInput as error:
            problems.append(Finding(line, _summary(written), str(error)))
            if _may_be_term(name, written):
                lost.add(line)
            continue
        if period:
            yield Found(line, period, f"{period.title or 'event'}, DTSTART", f"{period.title or 'event'}, DTEND")


def _components(lines: list[str]) -> Iterator[tuple[int, str, str]]:
    """Part a calendar into (line on which it begins, name, text) of each event, to-do and so on."""
    began, name = 0, ""
    for number, line in enumerate(lines, 1):
        keyword, _, value = line.strip().upper().partition(":")
        if keyword == "BEGIN" and not name and value in {"VEVENT", *_NOT_EVENTS}:
            began, name = number, value
        elif keyword == "END" and name and value in {name, "VCALENDAR"}:
            whole = value == name
            yield began, name if whole else "", "\r\n".join(lines[began - 1 : number if whole else number - 1])
            name = ""


def _period(name: str, written: str) -> Period | None:
    """Return what an event says; None where it is called off. Raises BadInput, saying what to do."""
    if name in _NOT_EVENTS:
        raise BadInput("this is not an event. Leave it out of the file, or make it an all-day event.")
    event = _event(name, written)
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return None
    if any(repeating in event for repeating in ("RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID")):
        raise BadInput("this event repeats. Enter each one as an event of its own.")
    first, last = _days(event)
    title = tidy(str(event.get("SUMMARY", "")))[:TITLE]
    return Period(_kind(event, title), first, last, title)


def _event(name: str, written: str) -> Event:
    try:
        event: Any = Event.from_ical(written) if name else None
        values = [event.decoded(each) for each in ("DTSTART", "DTEND", "DURATION") if each in event] if event else []
    except Exception:  # whatever a library may raise on a broken file: the person is told which event it is
        event, values = None, []
    if event is None or event.name != "VEVENT" or event.errors or not values:
        raise BadInput("this event cannot be read. Make it again, as an all-day event.")
    return event  # type: ignore[no-any-return]


def _days(event: Any) -> tuple[date, date]:
    """Return the first and the last day of an event. Raises BadInput unless it is whole days at the school."""
    if "DTSTART" not in event:
        raise BadInput("it has no first day (DTSTART). Make it again, as an all-day event.")
    if "DTEND" in event and "DURATION" in event:
        raise BadInput("it has an end and a duration. Keep one of them.")
    if isinstance(event.get("DTSTART"), list) or isinstance(event.get("DTEND"), list):
        raise BadInput("it has two starts or two ends. Make it again, as an all-day event.")
    start = _midnight(event["DTSTART"])
    if "DTEND" in event:
        after = _midnight(event["DTEND"])
        if isinstance(event["DTEND"].dt, datetime) is not isinstance(event["DTSTART"].dt, datetime):
            raise BadInput("one of start and end has a time of day, the other has none. Make it an all-day event.")
    else:
        after = start + _length(event)
    if after <= start:
        raise BadInput("it ends before or as it begins: the end (DTEND) of whole days is the day after the last one.")
    return start, after - timedelta(days=1)


def _length(event: Any) -> timedelta:
    """An event of whole days without an end lasts one day (RFC 5545, 3.6.1)."""
    length = event.decoded("DURATION") if "DURATION" in event else timedelta(days=1)
    if not isinstance(length, timedelta) or length % timedelta(days=1):
        raise BadInput("it does not last whole days. Make it an all-day event.")
    if "DURATION" not in event and isinstance(event["DTSTART"].dt, datetime):
        raise BadInput("it has a time of day and no end. Make it an all-day event.")
    return length


def _midnight(given: Any) -> date:
    """Return a day; a time of day is understood only if it is midnight at the school."""
    value = given.dt
    if not isinstance(value, datetime):
        return value  # type: ignore[no-any-return]
    zone = str(given.params.get("TZID", ""))
    if zone and value.tzinfo is None:
        raise BadInput(f"Lanyard does not know its time zone ({zone[:40]}). Make it an all-day event.")
    local = value.astimezone(ZONE) if value.tzinfo else value
    if local.time() != time(0):
        other = f" in another time zone ({zone[:40]})" if zone and zone != ZONE.key else ""
        raise BadInput(f"it has a time of day{other}. Make it an all-day event.")
    return local.date()


def _may_be_term(name: str, written: str) -> bool:
    """Return whether a refused event may have been a term: it says so, or says nothing and lasts as long as one."""
    try:
        event = _event(name, written)
    except BadInput:
        return name not in _NOT_EVENTS and _said(None, _summary(written)) is Kind.TERM
    kind = _said(event, tidy(str(event.get("SUMMARY", ""))))
    try:
        first, last = _days(event)
    except BadInput:
        return kind is Kind.TERM
    return kind is Kind.TERM or (kind is None and last - first >= LIKE_A_TERM)


def _said(event: Any, title: str) -> Kind | None:
    """Return what an event's categories or title say that it is; None where they do not. `event`: None: unreadable."""
    for category in _categories(event) if event is not None else ():
        if category in KINDS:
            return KINDS[category]
    words = plain(title)
    if not words:
        return None
    return KINDS.get(words) or next((kind for pattern, kind in _TITLES if pattern.fullmatch(words)), None)


def _kind(event: Any, title: str) -> Kind:
    found = _said(event, title)
    if found is None:
        raise BadInput(
            "Lanyard cannot tell whether this is a term, an INSET day or a closure. Put the word Term, INSET or "
            "Closed into its title, with its first and last day. Leave out events of any other kind."
        )
    return found


def _categories(event: Any) -> list[str]:
    given = event.get("CATEGORIES", [])
    lists = given if isinstance(given, list) else [given]
    return [plain(str(word)) for each in lists for word in getattr(each, "cats", [])]


def _summary(written: str) -> str:
    """Return what an unreadable event calls itself, to find it by."""
    unfolded = re.sub(r"\r\n[ \t]", "", written)
    found = re.search(r"^SUMMARY(?:;[^:\r\n]*)?:(.*)$", unfolded, re.MULTILINE | re.IGNORECASE)
    return tidy(found[1].replace("\\", ""))[:TITLE] if found else ""
