"""Which column of a school's export is which: our own names, those of other systems, and the school's own list."""

import difflib
import enum
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from bot.errors import BadFile
from bot.rules.consent.ledger import Matter
from bot.rules.school import Media, School


class Column(enum.StrEnum):
    """What a roll tells about a pupil, under the header that our sample file uses."""

    UPN = "UPN"
    ADMISSION_NUMBER = "Admission Number"
    LEGAL_FORENAME = "Legal Forename"
    LEGAL_SURNAME = "Legal Surname"
    FORENAME = "Preferred Forename"
    SURNAME = "Preferred Surname"
    BORN = "Date of Birth"
    YEAR = "Year Group"
    CLASS = "Registration Group"
    JOINED = "Date of Entry"
    LEFT = "Date of Leaving"
    NEVER = "Never Photograph"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to tell the person about one place in the file. The message never holds a pupil's name.

    `on_record` does: who of those on record is meant, to be shown beside the message and nowhere else.
    """

    line: int  # as the spreadsheet shows it
    column: str  # the header in the file; "" for the whole row
    message: str
    on_record: str = ""

    def __str__(self) -> str:
        """Say where and what, without a name."""
        place = f"line {self.line}, {self.column}" if self.column else f"line {self.line}"
        return f"{place}: {self.message}"


@dataclass(frozen=True, slots=True)
class Columns:
    """Where everything is. `matters` and `matter_places` run side by side."""

    header: tuple[str, ...]
    places: Mapping[Column, int]
    matters: tuple[Matter, ...]
    matter_places: tuple[int, ...]
    warnings: tuple[Finding, ...]

    def called(self, column: Column) -> str:
        """Return the file's own header of a column."""
        return self.header[self.places[column]] if column in self.places else column.value


# Headers of the systems that English primaries use (SIMS, Arbor, Bromcom, ScholarPack). [K] A school adds its own.
ALIASES: Mapping[Column, tuple[str, ...]] = {
    Column.UPN: ("upn", "unique pupil number", "pupil upn"),
    Column.ADMISSION_NUMBER: ("admission number", "admission no", "admissions number", "adm no", "adno", "adm number"),
    Column.LEGAL_FORENAME: ("legal forename", "legal first name", "legal given name", "legal forenames"),
    Column.LEGAL_SURNAME: ("legal surname", "legal last name", "legal family name"),
    Column.FORENAME: (
        *("preferred forename", "preferred first name", "preferred name", "known as", "known as forename"),
        *("chosen forename", "chosen first name", "chosen name", "known name", "preferred given name"),
    ),
    Column.SURNAME: (
        *("preferred surname", "preferred last name", "known as surname", "chosen surname", "chosen last name"),
        "preferred family name",
    ),
    Column.BORN: ("date of birth", "dob", "birth date", "birthdate", "born"),
    Column.YEAR: (
        "year group",
        "year",
        "yr",
        "nc year",
        "ncy",
        "national curriculum year",
        "year gp",
        "curriculum year",
    ),
    Column.CLASS: (
        *("registration group", "reg group", "reg", "registration form", "reg form", "tutor group", "registration"),
        *("class", "class name", "form", "form group", "current registration group", "registration class"),
    ),
    Column.JOINED: (
        *("date of entry", "entry date", "admission date", "date of admission", "doa", "date on roll", "start date"),
        *("enrolment date", "date joined", "joining date", "date started"),
    ),
    Column.LEFT: ("date of leaving", "leaving date", "leave date", "date left", "dol", "date off roll", "end date"),
    Column.NEVER: ("never photograph", "do not photograph", "never photographed", "no photographs", "no photos"),
}

# The plain word is the legal name, unless the file has a legal name beside it.
_PLAIN_NAMES = {
    **dict.fromkeys(("forename", "first name", "given name", "forenames"), (Column.LEGAL_FORENAME, Column.FORENAME)),
    **dict.fromkeys(("surname", "last name", "family name"), (Column.LEGAL_SURNAME, Column.SURNAME)),
}
_CALLED = {alias: column for column, aliases in ALIASES.items() for alias in aliases}

_MEDIA_WORDS = r"(?P<photo>photos?|photographs?|images?|pictures?|stills?)|(?P<video>videos?|films?|filming)"
_CONSENT = re.compile(rf"(?P<use>.+?)[\s\-–—:|(]+(?:{_MEDIA_WORDS})\s*\)?", re.IGNORECASE)
_IGNORED = {"", "ignore"}
NOTHING = "Nothing was changed."
MOST_COLUMNS = 500  # a whole export of a school's system has some two hundred
LONGEST_TITLE = 500  # letters: some ask the parents' whole question

Key = TypeVar("Key")

_NEEDED = (
    ("forename", (Column.LEGAL_FORENAME, Column.FORENAME)),
    ("surname", (Column.LEGAL_SURNAME, Column.SURNAME)),
    ("class", (Column.CLASS,)),
)


@dataclass(slots=True)
class _Found:
    places: dict[Column, int] = field(default_factory=dict)
    matters: dict[Matter, int] = field(default_factory=dict)
    later: list[tuple[int, tuple[Column, Column]]] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)
    not_asked: list[int] = field(default_factory=list)  # a use that has no videos, say


def settle(header: Sequence[str], line: int, school: School) -> Columns:
    """Find every column. Raises BadFile where a needed one is missing or one is there twice."""
    if len(header) > MOST_COLUMNS or any(len(title) > LONGEST_TITLE for title in header):
        said = f"more than {MOST_COLUMNS} columns, or a header of more than {LONGEST_TITLE} letters"
        raise BadFile(f"The first row of this file is not a list of column headers: it has {said}. {NOTHING}")
    found = _Found()
    own = {plain(title): meaning for title, meaning in school.headers.items()}
    for place, title in enumerate(header):
        _place(found, header, place, own.get(plain(title), title) if title else "", school)
    for place, columns in found.later:
        _put(found.places, next((each for each in columns if each not in found.places), columns[0]), place, header)
    _refuse_if_missing(found, header)
    return Columns(
        header=tuple(header),
        places=found.places,
        matters=tuple(found.matters),
        matter_places=tuple(found.matters.values()),
        warnings=tuple(_warnings(found, header, line, school)),
    )


def plain(title: str) -> str:
    """Return a header without case, punctuation and double spaces: to compare."""
    return re.sub(r"[\W_]+", " ", title.casefold()).strip()


def consent_header(matter: Matter, school: School) -> str:
    """Return the header of a consent column: "School website - Photo"."""
    use = school.use(matter[0])
    return f"{use.name if use else matter[0]} - {matter[1].capitalize()}"


def _place(found: _Found, header: Sequence[str], place: int, title: str, school: School) -> None:
    named = plain(title)
    if named in _IGNORED:
        return
    if named in _CALLED:
        _put(found.places, _CALLED[named], place, header)
    elif named in _PLAIN_NAMES:
        found.later.append((place, _PLAIN_NAMES[named]))
    elif consent := _CONSENT.fullmatch(title.strip()):
        _place_consent(found, header, place, consent, school)
    else:
        found.unknown.append(place)


def _place_consent(found: _Found, header: Sequence[str], place: int, title: re.Match[str], school: School) -> None:
    use = school.use_called(title["use"])
    medium = Media.PHOTO if title["photo"] else Media.VIDEO
    if use is None:
        found.unknown.append(place)
    elif medium in use.media:
        _put(found.matters, (use.key, medium), place, header)
    else:
        found.not_asked.append(place)


def _put(places: dict[Key, int], key: Key, place: int, header: Sequence[str]) -> None:
    if key in places:
        raise BadFile(
            f"Two columns mean the same: “{header[places[key]]}” and “{header[place]}”. Leave one of them out."
        )
    places[key] = place


def _refuse_if_missing(found: _Found, header: Sequence[str]) -> None:
    if not found.places and not found.later:
        # The first row may well be a pupil: it is not repeated here.
        wanted = ", ".join((Column.UPN, Column.LEGAL_FORENAME, Column.LEGAL_SURNAME, Column.CLASS))
        raise BadFile(f"The first row has to hold the column headers, such as {wanted}. Nothing was changed.")
    for what, columns in _NEEDED:
        if not any(column in found.places for column in columns):
            raise BadFile(_missing(what, columns[0], [header[place] for place in found.unknown]))


def _missing(what: str, column: Column, unknown: Sequence[str]) -> str:
    said = (
        f"This file has no column for the {what}: Lanyard looks for “{column.value}” or “{ALIASES[column][1].title()}”."
    )
    near = _nearest(column.value, unknown) or next(filter(None, (_nearest(a, unknown) for a in ALIASES[column])), None)
    return (
        f"{said} Is it “{near}”? Then rename that header. Nothing was changed."
        if near
        else f"{said} Nothing was changed."
    )


def _nearest(title: str, choices: Iterable[str]) -> str | None:
    by_name = {plain(choice): choice for choice in choices}
    near = difflib.get_close_matches(plain(title), by_name, n=1, cutoff=0.75)
    return by_name[near[0]] if near else None


def _warnings(found: _Found, header: Sequence[str], line: int, school: School) -> Iterable[Finding]:
    matters = [(use.key, medium) for use in school.uses for medium in use.media]
    absent = [consent_header(matter, school) for matter in matters if matter not in found.matters]
    free = [column.value for column in Column if column not in found.places] + absent
    others = []
    for place in found.unknown:
        title = header[place]
        near = _nearest(title, free)
        if near:
            yield Finding(line, title, f"this column is not known, so it was left out. Did you mean “{near}”?")
        elif _CONSENT.fullmatch(title):
            yield Finding(line, title, "the school's settings name no such use, so this column was left out.")
        else:
            others.append(title)
    for place in found.not_asked:
        yield Finding(line, header[place], "the school does not ask parents about this, so the column was left out.")
    if absent:
        yield Finding(line, "", f"no column for {', '.join(absent)}: nothing changes there.")
    if Column.UPN not in found.places:
        yield Finding(line, "", "no column for the UPN: pupils are known by admission number, or name and birthday.")
    if others:
        yield Finding(line, "", f"these columns are not needed and were not read: {', '.join(others)}.")


def places_of(header: Sequence[str], known: Mapping[str, Collection[str]]) -> dict[str, int]:
    """Return our column → its place, of those that a file has. `known`: our column → the headers that mean it."""
    titles = [plain(title) for title in header]
    return {
        name: next(place for place, title in enumerate(titles) if title in meant)
        for name, meant in known.items()
        if set(titles) & set(meant)
    }
