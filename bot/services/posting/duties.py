"""What is still to be done about a post: the phone is to be cleared (§4.8), a breach is to be weighed (§4.14)."""

from collections.abc import Iterator
from datetime import datetime

from bot.context import Context, Look
from bot.errors import Refused
from bot.notices import Notice
from bot.rules.people import Person
from bot.rules.posting import posts as rules
from bot.rules.posting.posts import FEATURE, PROCEDURES, Task
from bot.rules.school import Role
from bot.rules.turns import Waiting
from bot.services import records
from bot.services.posting.posts import DESK, Post
from bot.services.record_views import RecordView
from storage import records as storage
from storage.posting.posts import pupils
from storage.records import Record
from storage.spine import record_tasks


def tick(context: Context) -> None:
    """Ask at the end of the day whether the phone is cleared. Raises Busy."""
    with context.look() as tx:
        due = _due(tx)
    if due:
        with context.begin() as tx:
            for found in _due(tx):
                poster = tx.person(found.asker_id)
                tx.notify(Notice.POSTING_STANDS, found.number, [poster] if poster else [], occasion="phone")


def _due(tx: Look) -> list[Record]:
    return [found for found, due in _open(tx, Task.PHONE) if due is not None and due <= tx.now]


def open_tasks(tx: Look, record_id: int) -> frozenset[Task]:
    """Return what is still to be done about a post."""
    return frozenset(Task(task.what) for task in record_tasks.tasks(tx.connection, record_id) if task.done_at is None)


def of(context: Context, view: RecordView[Post]) -> frozenset[Task]:
    """Return what is still to be done about a post, as far as it is this person's to know."""
    with context.look() as tx:
        tasks = open_tasks(tx, view.record.record_id)
        return frozenset(task for task in tasks if _is_theirs(tx, task, view.record, context.person))


def do(context: Context, number: int, token: str, task: Task) -> RecordView[Post]:
    """Note that something is done. Raises NotFound, Refused."""
    with context.begin() as tx:
        view = DESK.seen(tx, context.person, number, token)
        if not _is_theirs(tx, task, view.record, context.person):
            raise Refused("This is not yours to confirm.")
        if record_tasks.do_task(tx.connection, view.record.record_id, task, by=tx.actor_id, at=tx.now):
            tx.audit("posting.phone_cleared" if task is Task.PHONE else "posting.breach_weighed", view.name)
            tx.told_otherwise(number, Notice.POSTING_STANDS)
        return DESK.seen(tx, context.person, number, token)


def _is_theirs(tx: Look, task: Task, found: Record, person: Person) -> bool:
    if task is Task.PHONE and found.asker_id == person.person_id:
        return True
    return any(each.person_id == person.person_id for each in _asked(tx, task, found))


def _asked(tx: Look, task: Task, found: Record) -> list[Person]:
    """Return who sees to it: of a line the first with somebody here, but for whoever posted it, or is a relative."""
    poster = tx.person(found.asker_id)
    line: tuple[Role, ...] = rules.WEIGHERS if task is Task.BREACH else rules.HEARS_OF_PHONES
    if task is Task.PHONE and poster and poster.holds(Role.HEADTEACHER):
        line = (Role.CHAIR_OF_GOVERNORS,)
    barred = {found.asker_id}
    if task is Task.BREACH:
        barred |= records.related(tx, pupils(tx.connection, [found.record_id])[found.record_id])
    here = [each for each in tx.everybody() if each.is_here and each.person_id not in barred]
    groups = ([each for each in here if each.holds(role)] for role in line)
    return next((group for group in groups if group), [])


def waiting(tx: Look, person: Person) -> Iterator[Waiting]:
    """Yield what waits for somebody: their own phone, and what others have left undone.

    A phone that was not cleared by the next school morning is the headteacher's; what may be a breach, the data
    protection officer's.
    """
    for task in Task:
        for found, due in _open(tx, task):
            if task is Task.PHONE and due is not None:
                is_late = tx.school.calendar.is_school_day(tx.today) and due < tx.midnight(tx.today)
                is_own = found.asker_id == person.person_id
                if not (is_own or (is_late and _is_theirs(tx, task, found, person))):
                    continue
            elif not _is_theirs(tx, task, found, person):
                continue
            yield Waiting(FEATURE, found.name, DESK.opens, records.value_of(found), found.asked_at)


def _open(tx: Look, task: Task) -> list[tuple[Record, datetime | None]]:
    due = record_tasks.open_tasks(tx.connection, tx.school_id, task)
    if not due:
        return []
    found = storage.of_ids(
        tx.connection, tx.school_id, due, storage.record.c.kind == next(iter(PROCEDURES.values())).kind
    )
    return [(each, due[each.record_id]) for each in found]
