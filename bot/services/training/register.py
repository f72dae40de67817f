"""The school's training register: how many, who is late, a whole INSET day at once, and the export. Policy §9."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.clock import school_day
from bot.context import Context, Look, Transaction
from bot.errors import BadInput, NotFound, Refused
from bot.rules import training as rules
from bot.rules.documents import File, What
from bot.rules.people import Person
from bot.rules.school import Audience, Training
from bot.rules.training import COUNTERS, KEEPERS, Due, State, Subject
from bot.services.training.completions import dues, kind_of, learners, staff
from bot.sheets import writing
from bot.sheets.writing import Cell
from storage.people import people
from storage.training import completions, evidence

HEADER = (
    *("Training", "For", "E-mail", "State", "Done on", "Due on", "Provider"),
    *("Recorded by", "Recorded on", "Evidence (SHA-256)", "Correction"),
)
IMPORTED = "import"
PARENTS = "Parents"


@dataclass(frozen=True, slots=True)
class Line:
    """One kind, counted. `removed`: it is in school.toml no more, and only its records are left."""

    key: str
    name: str
    audience: Audience
    counts: Mapping[State, int]
    records: int
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Register:
    """The school's training at a glance. `start_unknown`: how many people have no start date in the staff list."""

    lines: tuple[Line, ...]
    start_unknown: int


@dataclass(frozen=True, slots=True)
class Late:
    """Who or which class is late with a kind, since when."""

    due: Due
    name: str


def register(context: Context) -> Register:
    """Return the counts, for those who may see them. Raises Refused."""
    if not context.person.holds(*COUNTERS):
        raise Refused("Only the headteacher, the office and the governors see how the school stands.")
    with context.look() as tx:
        everybody = staff(tx)
        found = dues(tx, learners(tx, everybody))
        recorded = completions.counted(tx.connection, tx.school_id)
        begun = people.first_days(tx.connection, tx.school_id)
        present = [_line(kind, found, recorded, tx) for kind in tx.school.training]
        gone = [
            Line(key, name, Audience.STAFF, {}, count, removed=True)
            for key, (name, count) in recorded.items()
            if tx.school.training_of(key) is None
        ]
        unknown = sum(begun[each.person_id] is None for each in everybody)
        return Register((*present, *gone), unknown)


def late(context: Context, kind_key: str) -> tuple[Training, list[Late]]:
    """Return who is late with a kind, the longest first, for those who keep the register. Raises NotFound, Refused."""
    _keeper(context)
    with context.begin() as tx:
        kind = kind_of(tx, kind_key)
        everybody = staff(tx)
        names = {each.person_id: each.name for each in everybody}
        found = [each for each in dues(tx, learners(tx, everybody)) if each.kind.key == kind_key]
        tx.audit("training.late_seen", f"kind {kind_key}")
        behind = [Late(each, _name(each.subject, names)) for each in found if each.state(tx.today) is State.OVERDUE]
        return kind, sorted(behind, key=lambda each: (each.due.on, each.name))


def colleagues(context: Context) -> list[Person]:
    """Return everybody who works here, by name, for those who keep the register. Raises Refused."""
    _keeper(context)
    with context.look() as tx:
        return staff(tx)


def called(context: Context, words: str) -> list[Person]:
    """Return who is meant by a name or a part of one. Raises Refused."""
    wanted = words.casefold().split()
    return [each for each in colleagues(context) if all(word in each.name.casefold() for word in wanted)]


def record_several(
    context: Context, kind_key: str, person_ids: Iterable[int], fields: Mapping[str, str], *, form_id: str
) -> int:
    """Record one kind for many people at once, as after an INSET day; returns for how many.

    Whoever has the same training on the same day already is left as they are; a form delivered twice records once.
    Raises BadInput for "done_on", "provider", "people:0"; NotFound, Refused.
    """
    _keeper(context)
    ticked = set(person_ids)
    with context.begin() as tx:
        kind = kind_of(tx, kind_key)
        if not kind.is_personal:
            raise NotFound("This training is recorded for a class or for the school, not for each person.")
        entry = rules.read(fields, tx.today)
        chosen = [each for each in staff(tx) if each.person_id in ticked]
        if not chosen:
            raise BadInput("Tick who took part.", fields={"people:0": "Tick at least one person."})
        _all_there(tx, chosen, entry)
        forms = [f"{form_id}:{each.person_id}" for each in chosen]
        if before := completions.recorded_by_forms(tx.connection, tx.school_id, forms):
            return before
        there = _already(tx, kind, entry)
        new = [each for each in chosen if each.person_id not in there]
        for person in new:
            values = {"done_on": entry.done_on, "provider": entry.provider, "recorded_by": context.person.person_id}
            values |= {"at": tx.now, "form_id": f"{form_id}:{person.person_id}"}
            completions.add(tx.connection, tx.school_id, kind, Subject(person.person_id), **values)  # type: ignore[arg-type]
        tx.audit("training.recorded_several", f"{len(new)} people")
        tx.reminders_changed(f"{rules.item_key(kind, Subject())}-")
        return len(new)


def export(context: Context, kind: Literal["csv", "xlsx"]) -> bytes:
    """Return the whole register as a file: what was recorded, and what is due. Raises Refused.

    On the command line whoever may run it may export; in Slack those who keep the register.
    """
    if context.actor:
        _keeper(context)
    with context.begin() as tx:
        rows = [*_recorded_rows(tx), *_due_rows(tx)]
        tx.audit("training.exported", f"{len(rows)} rows")
    if kind == "csv":
        return writing.write_csv(HEADER, rows)
    return writing.write_xlsx("Training register", HEADER, rows)


# ── the parts ──────────────────────────────────────────────────────────────────────────────────────────────────────


FILES: Mapping[What, Callable[[Context, str], File]] = {
    What.TRAINING: lambda context, *_: File(f"training-{context.today()}.xlsx", export(context, "xlsx"))
}


def _keeper(context: Context) -> None:
    if not context.person.holds(*KEEPERS):
        raise Refused("Only the headteacher, the deputy and the office keep the training register.")


def _line(kind: Training, found: list[Due], recorded: Mapping[str, tuple[str, int]], tx: Look) -> Line:
    counts = Counter(each.state(tx.today) for each in found if each.kind.key == kind.key)
    return Line(kind.key, kind.name, kind.audience, counts, recorded.get(kind.key, ("", 0))[1])


def _all_there(tx: Transaction, chosen: list[Person], entry: rules.Entry) -> None:
    begun = people.first_days(tx.connection, tx.school_id)
    early = [each.name for each in chosen if rules.day_fault(entry.done_on, tx.today, begun[each.person_id])]
    if early:
        told = f"Not at the school yet on that day: {', '.join(early[:5])}. Untick them, or choose another day."
        raise BadInput("Not everybody was at the school.", fields={"done_on": told})


def _already(tx: Transaction, kind: Training, entry: rules.Entry) -> set[int | None]:
    done = completions.standing(tx.connection, tx.school_id)
    same = [each for each in done if each.kind_key == kind.key and each.done_on == entry.done_on]
    return {each.subject.person_id for each in same}


def _recorded_rows(tx: Transaction) -> Iterator[tuple[Cell, ...]]:
    everybody = {each.person_id: each for each in tx.everybody()}
    names = {number: each.name for number, each in everybody.items()}
    files = evidence.of_feature(tx.connection, tx.school_id, "training")
    entries = completions.entries(tx.connection, tx.school_id)
    corrected = {each.voids: each for each in entries if each.voids}
    for each in entries:
        correction = corrected.get(each.entry_id)
        state = "corrected" if correction else "done" if each.done_on else "did not take place"
        person = everybody.get(each.subject.person_id or 0)
        yield (
            *(each.kind_name, _name(each.subject, names), person.email if person else "", state),
            *(each.done_on, None, each.provider, names.get(each.recorded_by or 0, IMPORTED)),
            school_day(each.recorded_at, tx.school.timezone),
            " ".join(file.sha256 for file in files.get(each.entry_id, ())),
            each.why or (f"see below: {correction.why}" if correction else ""),
        )


def _due_rows(tx: Transaction) -> Iterator[tuple[Cell, ...]]:
    everybody = {each.person_id: each for each in staff(tx)}
    names = {number: each.name for number, each in everybody.items()}
    for each in dues(tx, learners(tx, everybody.values())):
        if each.on is None:
            continue
        person = everybody.get(each.subject.person_id or 0)
        state = "overdue" if each.on < tx.today else "due"
        who = (each.kind.name, _name(each.subject, names), person.email if person else "")
        yield (*who, state, None, each.on, "", "", None, "", "")


def _name(subject: Subject, names: Mapping[int, str]) -> str:
    if subject.person_id is not None:
        return names.get(subject.person_id, "")
    return subject.class_name or PARENTS
