"""Reads the staff list from a table."""

import re
from collections.abc import Mapping
from datetime import date

from bot.errors import BadFile
from bot.reading.cells import Days, Fault, Words
from bot.reading.columns import Finding, places_of
from bot.reading.staff.rows import Member, StaffList
from bot.sheets.tables import Sheet

# Our column → the headers that mean it.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "Email": ("email", "e mail", "email address", "e mail address", "work email"),
    "Name": ("name", "full name", "staff name"),
    "Role": ("role", "job", "job title", "post"),
    "Classes": ("classes", "class", "registration group", "teaches"),
    "Started": ("started", "start date", "date of entry", "joined"),
}
REQUIRED = ("Email", "Name")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_BETWEEN_CLASSES = re.compile(r"[;|/]")


def read(sheet: Sheet) -> StaffList:
    """Read a staff list. Raises BadFile where a required column is missing."""
    places = _places(sheet.header)
    members: dict[str, Member] = {}
    problems: list[Finding] = []
    for line, cells in sheet.rows:
        found = {name: cells[place].strip() if place < len(cells) else "" for name, place in places.items()}
        member = _member(line, found, problems)
        if member is None:
            continue
        if member.email in members:
            problems.append(Finding(line, "Email", "this address is in the list twice; the first row counts"))
            continue
        members[member.email] = member
    return StaffList(tuple(members.values()), tuple(problems))


def _places(header: tuple[str, ...]) -> dict[str, int]:
    places = places_of(header, COLUMNS)
    missing = [name for name in REQUIRED if name not in places]
    if missing:
        raise BadFile(f"This is not a staff list: there is no column {' and no column '.join(missing)}.")
    return places


def _member(line: int, found: Mapping[str, str], problems: list[Finding]) -> Member | None:
    days, words = Days(set()), Words(set(), 200)
    started, name, job = days[found.get("Started", "")], words[found["Name"]], words[found.get("Role", "")]
    wrong = {"Started": started, "Name": name, "Role": job}
    faults = [Finding(line, column, value.said) for column, value in wrong.items() if isinstance(value, Fault)]
    email = found["Email"].lower()
    if len(email) > 254 or not _ADDRESS.fullmatch(email):
        faults.append(Finding(line, "Email", "this is not an e-mail address"))
    if not name:
        faults.append(Finding(line, "Name", "the name is missing"))
    if faults:
        problems += faults
        return None
    written = (each.strip() for each in _BETWEEN_CLASSES.split(found.get("Classes", "")))
    classes = tuple(sorted({each for each in written if each}))
    return Member(email, str(name), str(job), started if isinstance(started, date) else None, classes, line)
