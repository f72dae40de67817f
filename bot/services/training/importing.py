"""Takes past training into the register from a table. What is in it already is left as it is."""

from dataclasses import dataclass

from bot.bounded import files
from bot.context import Context, Look
from bot.reading.columns import Finding
from bot.reading.training.judge import judge
from bot.reading.training.rows import Done, Known, TrainingTable
from bot.rules.people import Standing
from bot.rules.staff.persons import name_of
from bot.rules.training import Learner, Subject
from storage.consent import roll
from storage.people import accounts, people
from storage.training import completions


@dataclass(frozen=True, slots=True)
class TrainingDifference:
    """What an import changes, in completions."""

    new: int
    known: int
    problems: tuple[Finding, ...]


def preview(context: Context, file_name: str, content: bytes) -> TrainingDifference:
    """Say what the import would add. Raises BadFile."""
    table = files.training(file_name, content)
    with context.look() as tx:
        return _difference(tx, table)[0]


def apply(context: Context, file_name: str, content: bytes) -> TrainingDifference:
    """Import, in one transaction; a second run adds nothing. Raises BadFile, Busy."""
    table = files.training(file_name, content)
    with context.begin() as tx:
        difference, new = _difference(tx, table)
        for row in new:
            completions.add(
                tx.connection,
                tx.school_id,
                row.kind,
                row.subject,
                done_on=row.done_on,
                provider=row.provider,
                recorded_by=context.actor.person.person_id if context.actor else None,
                at=tx.now,
                form_id=f"import:{tx.now.isoformat()}:{row.line}",
            )
        if new:
            tx.audit("training.imported", f"{len(new)} completions")
        return difference


def _difference(tx: Look, table: TrainingTable) -> tuple[TrainingDifference, list[Done]]:
    begun = people.first_days(tx.connection, tx.school_id)
    staff = [person for person in tx.everybody() if person.standing is Standing.STAFF]
    by_address = {person.email: person for person in staff}
    # A table of past training has the addresses of then: one that somebody has given up is theirs still.
    for former, present in accounts.addresses_now(tx.connection, tx.school_id).items():
        by_address.setdefault(former, by_address[present])
    known = Known(
        colleagues={
            address: Learner(Subject(person.person_id), begun.get(person.person_id))
            for address, person in by_address.items()
        },
        names={address: name_of(person.name) for address, person in by_address.items()},
        classes={
            name.lower(): Learner(Subject(class_name=name), since)
            for name, since in roll.classes(tx.connection, tx.school_id, tx.today).items()
        },
    )
    read = judge(table, tx.school, known, tx.today)
    recorded = completions.standing(tx.connection, tx.school_id)
    there = {(each.kind_key, each.subject, each.done_on) for each in recorded}
    new = []
    for row in read.rows:
        what = (row.kind.key, row.subject, row.done_on)
        if what not in there:
            new.append(row)
            there.add(what)
    return TrainingDifference(len(new), len(read.rows) - len(new), read.problems), new
