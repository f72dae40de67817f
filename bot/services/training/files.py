"""Certificates and other evidence of the training register: which are kept, and opened by those who may. Policy §9."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.context import Context, Look, Transaction
from bot.errors import NotFound, Refused
from bot.rules import documents
from bot.rules import training as rules
from bot.rules.documents import What
from bot.rules.evidence import EXTENSIONS
from bot.rules.people import Person, Standing
from bot.rules.school import Audience
from bot.rules.training import KEEPERS, PARENTS, RECORDERS, Subject
from bot.services import evidence as sealed
from storage.people import people
from storage.training import completions, evidence
from storage.training.completions import Entry
from storage.training.evidence import Kept

FEATURE = "training"  # as `evidence.feature` has it
PAGE = 10
NONE_OF_YOURS = "There is no such file that you may open."


@dataclass(frozen=True, slots=True)
class File:
    """A file with the completion that it proves. `name`: the colleague's; "" for one's own, a class, the parents."""

    kept: Kept
    entry: Entry
    name: str
    is_corrected: bool

    @property
    def extension(self) -> str:
        """Return what kind of file it is: "pdf"."""
        return EXTENSIONS[self.kept.kind]


@dataclass(frozen=True, slots=True)
class Page:
    """Some files, the newest first."""

    files: tuple[File, ...]
    number: int
    has_more: bool


def exist(context: Context) -> bool:
    """Return whether the school keeps any file at all: without one nobody is offered to open any."""
    with context.database.read() as connection:
        return evidence.exist(connection, context.school.school_id, FEATURE)


def of_person(context: Context, person_id: int, page: int = 0) -> Page:
    """Return the files about one person and their classes, to that person or a keeper. Raises NotFound, Refused."""
    if person_id != context.person.person_id:
        _keeper(context.person)
        with context.begin() as tx:
            person = _colleague(tx, person_id)
            return _about(tx, context.person, person, page)
    with context.look() as tx:
        return _about(tx, context.person, context.person, page)


def of_school(context: Context, page: int = 0) -> Page:
    """Return the files of the whole register, leavers' too, for the keepers. Raises Refused."""
    _keeper(context.person)
    with context.begin() as tx:
        tx.audit("training.files_seen", f"page {page}")
        return _page(tx, context.person, None, page)


def check(context: Context, evidence_id: int) -> None:
    """Raise NotFound unless this person may open this file: they are not told whether there is one."""
    with context.look() as tx:
        _openable(tx, context.person, evidence_id)


def opened(context: Context, evidence_id: int) -> tuple[str, bytes]:
    """Return a name that tells on nobody, and the file as it was sent; the opening is noted.

    Raises NotFound, and Misconfigured where the key is missing or another.
    """
    with context.begin() as tx:
        _openable(tx, context.person, evidence_id)
        kept, content = sealed.opened(tx, evidence_id)
    return f"evidence-{evidence_id}.{EXTENSIONS[kept.kind]}", content


FILES: Mapping[What, Callable[[Context, str], documents.File]] = {
    What.EVIDENCE: lambda context, subject: documents.File(*opened(context, int(subject)))
}

# ── the parts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _keeper(person: Person) -> None:
    if not person.holds(*KEEPERS):
        raise Refused("Only the headteacher, the deputy and the office see everybody's certificates.")


def _about(tx: Look, asker: Person, person: Person, page: int) -> Page:
    about = [Subject(person.person_id), *(Subject(class_name=name) for name in person.classes)]
    if person == asker and person.holds(*RECORDERS[Audience.PARENTS]):
        about.append(PARENTS)
    return _page(tx, asker, completions.numbers_about(tx.connection, tx.school_id, about), page)


def _colleague(tx: Transaction, person_id: int) -> Person:
    found = people.by_id(tx.connection, tx.school_id, person_id)
    if found is None or found.standing is not Standing.STAFF:
        raise NotFound("There is no such member of staff.")
    tx.audit("training.files_seen", f"person {person_id}")
    return found


def _openable(tx: Look, person: Person, evidence_id: int) -> None:
    kept = evidence.facts(tx.connection, tx.school_id, evidence_id)
    entry = completions.get(tx.connection, tx.school_id, kept.record) if kept and kept.feature == FEATURE else None
    if entry is None or not rules.may_open(person, entry.subject):
        raise NotFound(NONE_OF_YOURS)


def _page(tx: Look, asker: Person, records: list[int] | None, number: int) -> Page:
    found = evidence.newest(
        tx.connection, tx.school_id, FEATURE, records, limit=PAGE + 1, offset=number * PAGE
    )  # one more than is shown: are there older ones?
    shown = found[:PAGE]
    entries, corrected = completions.of_numbers(tx.connection, tx.school_id, [each.record for each in shown])
    names = people.names(tx.connection, tx.school_id)
    names.pop(asker.person_id, None)
    files = (
        File(each, entry, names.get(entry.subject.person_id or 0, ""), entry.entry_id in corrected)
        for each in shown
        if (entry := entries.get(each.record))
    )
    return Page(tuple(files), number, len(found) > PAGE)
