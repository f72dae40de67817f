"""Reads a table of past training: who or which class, what, when, who gave it."""

from collections.abc import Mapping
from datetime import date

from bot.errors import BadFile
from bot.reading.cells import Days, Fault, Words
from bot.reading.columns import places_of
from bot.reading.training.rows import Told, TrainingTable
from bot.rules.training import PROVIDER
from bot.sheets.tables import Sheet

# Our column → the headers that mean it.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "Email": ("email", "e mail", "email address", "e mail address", "work email"),
    "Name": ("name", "full name", "staff name"),
    "Class": ("class", "registration group", "reg group", "form"),
    "Training": ("training", "course", "kind", "training course"),
    "Date": ("date", "done on", "completed", "completed on", "completion date", "date completed"),
    "Provider": ("provider", "given by", "trainer", "delivered by"),
}
REQUIRED = ("Training", "Date")
WHO = ("Email", "Class")  # at least one of these


def read(sheet: Sheet) -> TrainingTable:
    """Read the table. Raises BadFile where a required column is missing."""
    places = _places(sheet.header)
    days, words = Days(set()), Words(set(), PROVIDER)
    rows: list[Told] = []
    for line, cells in sheet.rows:
        found = {name: cells[place].strip() if place < len(cells) else "" for name, place in places.items()}
        done_on, provider = days[found["Date"]], words[found.get("Provider", "")]
        rows.append(
            Told(
                line,
                training=found["Training"],
                email=found.get("Email", "").lower(),
                name=found.get("Name", ""),
                class_name=found.get("Class", ""),
                done_on=done_on if isinstance(done_on, date) else None,
                provider="" if isinstance(provider, Fault) else provider,
                day_fault=done_on.said if isinstance(done_on, Fault) else "",
                provider_fault=provider.said if isinstance(provider, Fault) else "",
            )
        )
    return TrainingTable(tuple(rows))


def _places(header: tuple[str, ...]) -> dict[str, int]:
    places = places_of(header, COLUMNS)
    missing = [name for name in REQUIRED if name not in places]
    missing += [] if set(WHO) & set(places) else ["Email"]
    if missing:
        raise BadFile(f"This is not a list of training: there is no column {' and no column '.join(missing)}.")
    return places
