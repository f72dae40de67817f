"""Whom an import concerns, by name: of a file that waits for its *Apply*, and of one that was applied. Policy §4.2.

Shown to whoever imports, in their window, at their terminal or in a file of their own. Nothing else ever holds it.
"""

import enum
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from bot.clock import school_day
from bot.context import Context, Look
from bot.errors import BadInput, Conflict, NotFound
from bot.reading.roll import named
from bot.reading.roll.difference import Difference
from bot.reading.roll.named import Named, Names, News
from bot.rules.documents import File, What
from bot.services.consent import roll_import
from bot.sheets import writing
from bot.wording import page
from storage.consent import imports, imports_named, imports_undo
from storage.consent.imports_undo import Changed, Import

WORDS = page("imports/names")
HEADER = ("What is new", "Name", "Class", "Until now", "A Yes becomes a No for")
NAMES = frozenset({"forename", "surname", "legal_forename", "legal_surname"})
PLACES = frozenset({"class_name", "year_group"})


class Of(enum.StrEnum):
    """What the names are of."""

    UPLOAD = "upload"  # a file that waits
    IMPORT = "import"  # one that was applied


class Subject(NamedTuple):
    """What a list of names is asked for: a file that waits, or an import."""

    of: Of
    number: int

    def __str__(self) -> str:
        """Return it as a button carries it."""
        return f"{self.of}:{self.number}"


def subject(written: str) -> Subject:
    """Read what a button carries. Raises BadInput for what none of ours does."""
    found = re.fullmatch(r"(upload|import):([0-9]{1,9})", written)
    if found is None:
        raise BadInput("That button is out of date. Please open the import again.")
    return Subject(Of(found[1]), int(found[2]))


def of_difference(context: Context, found: Difference) -> Names:
    """Return whom a difference concerns."""
    return named.names(found, context.school.uses)


def of_import(context: Context, number: int) -> Names:
    """Return whom an import concerned. Raises Conflict, NotFound, Refused, Busy."""
    roll_import.check(context)
    with context.look() as tx:
        made = imports_undo.get(tx.connection, tx.school_id, number)
        if made is None:
            raise NotFound("There is no such import.")
        if not made.can_be_undone:
            raise Conflict("That import was undone, or was made before Lanyard kept what an import changes.")
        return named.in_order(_news(tx, made))


def export(names: Names, kind: str) -> bytes:
    """Return names as a table. `kind`: "csv" or "xlsx"."""
    rows = [
        (WORDS.text(what.value), each.name, each.class_name, each.was, "; ".join(each.uses))
        for what, those in names.items()
        for each in those
    ]
    return writing.write_csv(HEADER, rows) if kind == "csv" else writing.write_xlsx("Import", HEADER, rows)


def _file(context: Context, written: str) -> File:
    asked = subject(written)
    if asked.of is Of.UPLOAD:
        names = of_difference(context, roll_import.preview_upload(context, asked.number))
    else:
        names = of_import(context, asked.number)
    with context.begin() as tx:
        tx.audit("imports.names_exported", f"{asked.of} {asked.number}")
    is_empty = not any(names.values())
    return File(f"import-{context.today()}.xlsx", b"" if is_empty else export(names, "xlsx"))


FILES: Mapping[What, Callable[[Context, str], File]] = {What.ROLL_NAMES: _file}


# ── what is known of an import afterwards ──────────────────────────────────────────────────────────────────────────


def _news(tx: Look, made: Import) -> dict[News, list[Named]]:
    connection, school_id = tx.connection, tx.school_id
    new = imports_undo.new_pupils(connection, school_id, made)
    changed = {each.pupil_id: each for each in imports_undo.changes(connection, school_id, made.import_id)}
    withdrawn = imports_named.withdrawn(connection, school_id, made)
    there = imports_named.children(connection, school_id, {*new, *changed, *withdrawn})
    news: dict[News, list[Named]] = {each: [] for each in News}
    for pupil_id, child in there.items():
        now = child._replace(**_of_child(changed.get(pupil_id), "after"))
        was = now._replace(**_of_child(changed.get(pupil_id), "before"))
        name = f"{now.forename} {now.surname}"
        if pupil_id in withdrawn:
            uses = named.called(withdrawn[pupil_id], tx.school.uses)
            news[News.WITHDRAWN].append(Named(name, now.class_name, uses=uses))
        if pupil_id not in changed:
            continue
        facts = set(changed[pupil_id].after)
        if facts & PLACES:
            places = (was.class_name, was.year_group), (now.class_name, now.year_group)
            news[News.MOVED].append(named.moved(name, *places))
        if facts & NAMES:
            before = f"{was.forename} {was.surname}"
            news[News.RENAMED].append(Named(name, now.class_name, before if before != name else ""))
    news[News.NEW] = [Named(f"{there[each].forename} {there[each].surname}", there[each].class_name) for each in new]
    news[News.MISSING] = list(_missing(tx, made))
    return news


def _of_child(changed: Changed | None, when: str) -> dict[str, str]:
    """Return what an import changed of what a child is known by: "before" or "after" it."""
    facts = getattr(changed, when) if changed else {}
    return {name: str(value) for name, value in facts.items() if name in imports_named.Child._fields}


def _missing(tx: Look, made: Import) -> Iterator[Named]:
    day = school_day(made.at, tx.school.timezone)
    for pupil in imports.missing(tx.connection, tx.school_id):
        if pupil.since and pupil.since <= day:
            yield named.missing(pupil)
