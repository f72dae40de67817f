"""Training: what is due for me and my class, recording it, and what the reminders speak of. Policy §9."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from bot.context import Context, Look, Transaction
from bot.errors import Conflict, NotFound, Refused
from bot.rules import training as rules
from bot.rules.people import Person, Standing
from bot.rules.school import Audience, Training
from bot.rules.training import KEEPERS, PARENTS, RECORDERS, Due, Learner, State, Subject
from bot.services import evidence
from storage import school
from storage.consent import roll
from storage.people import people
from storage.training import completions, rounds
from storage.training.completions import Entry

ENTRIES_SHOWN = 10
NOT_STAFF = "There is no such member of staff."


@dataclass(frozen=True, slots=True)
class Mine:
    """What one person's training looks like: their own, their classes', and the parents' where they see to it."""

    person: Person
    dues: tuple[Due, ...]
    starts_unknown: bool

    def how_many(self, today: date, state: State) -> int:
        """Return how many stand so."""
        return sum(each.state(today) is state for each in self.dues)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was recorded, and when it is due next."""

    entry_id: int
    kind_name: str
    subject: Subject
    done_on: date | None
    next_due: date | None


def mine(context: Context) -> Mine:
    """Return the training of the person who asks."""
    with context.look() as tx:
        return of(tx, context.person)


def of_person(context: Context, person_id: int) -> Mine:
    """Return a colleague's training, for those who keep the register. Raises Refused, NotFound."""
    if not context.person.holds(*KEEPERS):
        raise Refused("Only those who keep the register may see somebody else's training.")
    with context.begin() as tx:
        person = staff_member(tx, person_id)
        tx.audit("training.record_seen", f"person {person_id}")
        return of(tx, person)


def record(context: Context, kind_key: str, subject: Subject, fields: Mapping[str, str], *, form_id: str) -> Recorded:
    """Record one completion: one's own, one's class's, or anybody's by those who keep the register.

    Raises BadInput with a message for each field, NotFound, Refused. The same form delivered twice records once.
    """
    recorder = context.person
    with context.begin() as tx:
        kind = kind_of(tx, kind_key)
        _may_record(recorder, kind, subject)
        learner = _learner(tx, kind, subject)
        school.lock(tx.connection, tx.school_id)  # the same form may be delivered twice at once
        known = completions.of_form(tx.connection, tx.school_id, form_id)
        if known is None:
            entry = rules.read(fields, tx.today, learner.begun_on)
            values = {"done_on": entry.done_on, "provider": entry.provider, "recorded_by": recorder.person_id}
            made = completions.add(tx.connection, tx.school_id, kind, subject, at=tx.now, form_id=form_id, **values)  # type: ignore[arg-type]
            tx.audit("training.recorded", f"training {made}")
            tx.reminders_changed(rules.reminder(kind, subject))
            known = completions.of_form(tx.connection, tx.school_id, form_id)
        return _recorded(tx, learner, known)


def add_evidence(context: Context, entry_id: int, name: str, content: bytes) -> None:
    """Keep the file that proves an entry, sealed. Raises BadFile, Misconfigured, NotFound."""
    with context.begin() as tx:
        entry = completions.get(tx.connection, tx.school_id, entry_id)
        if entry is None or not _may_correct(context.person, entry):
            raise NotFound("There is no such entry of yours.")
        evidence.keep(tx, "training", entry_id, name, content)


def correctable(context: Context, subject: Subject) -> list[Entry]:
    """Return the newest entries about a subject that this person may correct: their own, or all for the keepers."""
    with context.database.read() as connection:
        found = completions.newest(connection, context.school.school_id, subject, ENTRIES_SHOWN)
    return [each for each in found if _may_correct(context.person, each)]


def correct(context: Context, entry_id: int, fields: Mapping[str, str], *, form_id: str) -> Recorded:
    """Correct an entry by a new one, which says why. Without a day: it did not take place.

    Raises BadInput for "done_on", "provider", "why"; Conflict where it is corrected already; NotFound.
    """
    with context.begin() as tx:
        old = completions.get(tx.connection, tx.school_id, entry_id)
        if old is None or not _may_correct(context.person, old):
            raise NotFound("There is no such entry of yours.")
        kind = tx.school.training_of(old.kind_key) or Training(old.kind_key, old.kind_name, Audience.STAFF)
        begun_on = people.first_days(tx.connection, tx.school_id).get(old.subject.person_id or 0)
        school.lock(tx.connection, tx.school_id)  # the same form may be delivered twice at once
        known = completions.of_form(tx.connection, tx.school_id, form_id)
        if known is None:
            done_on, provider, why = rules.read_correction(fields, tx.today, begun_on)
            values = {"done_on": done_on, "provider": provider, "recorded_by": context.person.person_id, "why": why}
            values |= {"at": tx.now, "form_id": form_id, "voids": entry_id}
            made = completions.add(tx.connection, tx.school_id, kind, old.subject, **values)  # type: ignore[arg-type]
            if made is None:
                raise Conflict("Somebody else has corrected this entry already. Nothing of yours was changed.")
            tx.audit("training.corrected", f"training {made}")
            tx.reminders_changed(rules.reminder(kind, old.subject))
            known = completions.of_form(tx.connection, tx.school_id, form_id)
        return _recorded(tx, Learner(old.subject, begun_on), known)


# ── what the register's other use cases share ──────────────────────────────────────────────────────────────────────


def staff(tx: Look) -> list[Person]:
    """Return everybody who works here, in Slack or on the staff list, by name; no guests, no leavers."""
    return [each for each in tx.everybody() if each.standing is Standing.STAFF]


def staff_member(tx: Transaction, person_id: int) -> Person:
    """Return one member of staff. Raises NotFound."""
    found = people.by_id(tx.connection, tx.school_id, person_id)
    if found is None or found.standing is not Standing.STAFF:
        raise NotFound(NOT_STAFF)
    return found


def kind_of(tx: Transaction, key: str) -> Training:
    """Return a kind of training that the school has now. Raises NotFound."""
    kind = tx.school.training_of(key)
    if kind is None:
        raise NotFound("The school has no such training any more. What was recorded of it stays in the register.")
    return kind


def learners(tx: Look, everybody: Iterable[Person]) -> list[Learner]:
    """Return people, all classes and the parents, as the rules want them."""
    begun = people.first_days(tx.connection, tx.school_id)
    found = [Learner(Subject(each.person_id), begun.get(each.person_id), bool(each.classes)) for each in everybody]
    return [*found, *_classes(tx), Learner(PARENTS)]


def dues(tx: Look, who: Iterable[Learner], person_id: int | None = None) -> list[Due]:
    """Return how every kind stands for these. `person_id`: of the people, only this one is asked about."""
    kinds = tx.school.training
    known = completions.noted_kinds(tx.connection, tx.school_id)
    noted = {kind.key: known.get(kind.key, tx.today) for kind in kinds}  # the tick writes down what is new
    done = completions.standing(tx.connection, tx.school_id, person_id)
    return rules.due(kinds, noted, who, done, rounds.rounds(tx.connection, tx.school_id))


def dues_of(tx: Look, person: Person) -> list[Due]:
    """Return how every kind stands for one person and their classes; worked out once.

    Of those who record for everybody: also for every class and for the parents.
    """

    def read() -> list[Due]:
        own = Learner(Subject(person.person_id), _first_day(tx, person), bool(person.classes))
        sees_all = person.holds(*RECORDERS[Audience.CLASSES])
        others = [*_classes(tx), Learner(PARENTS)] if sees_all else _classes(tx, person.classes)
        return dues(tx, [own, *others], person.person_id)

    found: list[Due] = tx.once(f"training of {person.person_id}", read)
    return found


# ── the parts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def of(tx: Look, person: Person) -> Mine:
    """Return a person's training: their own, their classes', and the parents' where they see to it."""
    found = dues_of(tx, person)
    sees_parents = person.holds(*RECORDERS[Audience.PARENTS])
    shown = [each for each in found if each.subject.person_id or each.subject.class_name in person.classes]
    shown += [each for each in found if each.subject == PARENTS and sees_parents]
    return Mine(person, tuple(shown), starts_unknown=_first_day(tx, person) is None)


def _first_day(tx: Look, person: Person) -> date | None:
    found: date | None = tx.once(
        f"first day of {person.person_id}",
        lambda: people.first_day(tx.connection, tx.school_id, person.person_id),
    )
    return found


def _classes(tx: Look, only: Iterable[str] | None = None) -> list[Learner]:
    known = roll.classes(tx.connection, tx.school_id, tx.today, only)
    return [Learner(Subject(class_name=name), since) for name, since in known.items()]


def _may_record(recorder: Person, kind: Training, subject: Subject) -> None:
    own = kind.is_personal and subject.person_id == recorder.person_id
    own_class = kind.audience is Audience.CLASSES and subject.class_name in recorder.classes
    if not own and not own_class and not recorder.holds(*RECORDERS[kind.audience]):
        raise Refused("You can record your own training, and the lesson of a class that you teach.")


def _may_correct(person: Person, entry: Entry) -> bool:
    return entry.done_on is not None and (person.holds(*KEEPERS) or entry.recorded_by == person.person_id)


def _learner(tx: Transaction, kind: Training, subject: Subject) -> Learner:
    """Return whom a completion is about, checked to exist. Raises NotFound."""
    if kind.is_personal:
        person = staff_member(tx, subject.person_id or 0)
        begun = people.first_days(tx.connection, tx.school_id)
        return Learner(subject, begun.get(person.person_id), teaches=True)
    classes = roll.classes(tx.connection, tx.school_id, tx.today)
    if kind.audience is Audience.CLASSES and (subject.person_id or subject.class_name not in classes):
        raise NotFound("No pupil is in that class now.")
    if kind.audience is Audience.PARENTS and subject != PARENTS:
        raise NotFound("The parents' session is recorded for the school.")
    return Learner(subject, classes.get(subject.class_name))


def _recorded(tx: Transaction, learner: Learner, entry: Entry | None) -> Recorded:
    if entry is None:
        raise Conflict("This was recorded already. Nothing was changed.")
    found = dues(tx, [learner], learner.subject.person_id)
    next_due = next((each.on for each in found if each.kind.key == entry.kind_key), None)
    return Recorded(entry.entry_id, entry.kind_name, entry.subject, entry.done_on, next_due)
