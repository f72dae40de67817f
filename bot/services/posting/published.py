"""What is still published is looked at once a year, and when a Yes has run out or a child has left. Policy §4.6.

Early Warning Working Group, May 2026: a regular audit of everything already published.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from bot.changes import ConsentChanged, Posted
from bot.context import Context, Look, Transaction
from bot.errors import BadInput, Conflict
from bot.rules.people import Person
from bot.rules.posting import posts as rules
from bot.rules.posting.posts import FEATURE, PROCEDURES
from bot.rules.posting.surfaces import KEEPERS, Surface
from bot.rules.reminders.stages import Item, Plan, reached
from bot.services import records
from bot.services.posting import posts, surfaces
from bot.services.posting.posts import DESK, Post
from bot.services.record_views import RecordView
from storage import records as record_storage
from storage.posting import posts as storage
from storage.records import Record

SHOWN = 50  # posts at a time: the rest comes once these are done
REMINDED = Plan(before_days=())  # from the day on which it is to be looked at


@dataclass(frozen=True, slots=True)
class ToLookAt:
    """What somebody is to look at: the posts, at most `SHOWN`, and how many there are in all."""

    posts: tuple[RecordView[Post], ...]
    count: int


def get(context: Context) -> ToLookAt:
    """Return what this person is to look at: of the places that they look after, or everything for the office."""
    with context.look() as tx:
        found = _of(tx, context.person)
        return ToLookAt(tuple(DESK.views(tx, context.person, found[:SHOWN])), len(found))


def keep(context: Context, post_ids: Collection[int], *, is_down: bool) -> ToLookAt:
    """Note of posts that they may stay for another year, or that they were taken down. Raises BadInput, Conflict."""
    with context.begin() as tx:
        if not post_ids:
            raise BadInput("Tick what you mean.", fields={"posts": "Tick what you mean."})
        chosen = [found for found in _of(tx, context.person) if found.record_id in post_ids]
        if not chosen:
            raise Conflict("Somebody else has looked at all of these by now. Nothing of yours was changed.")
        for found in chosen:
            if is_down:
                posts.remove(tx, found)
                tx.changed(Posted(found.record_id))
            else:
                _set(tx, found, replace(_form(tx, found), look_on=tx.today))
            tx.audit("posting.looked_at", found.name)
        tx.kept.clear()
        left = _of(tx, context.person)
        return ToLookAt(tuple(DESK.views(tx, context.person, left[:SHOWN])), len(left))


def consent_changed(tx: Transaction, change: ConsentChanged) -> None:
    """Have the posts that show somebody looked at when their Yes runs out or they have left."""
    shown = {each.post_id for each in storage.shown(tx.connection, tx.school_id, sorted(change.pupils))}
    for found in record_storage.of_ids(tx.connection, tx.school_id, shown, record_storage.record.c.id > 0):
        form = _form(tx, found)
        _set(tx, found, replace(form, look_on=form.posted_on), sooner=form.look_on)


def _form(tx: Look, found: Record) -> rules.Form:
    return storage.posts.of_records(tx.connection, [found.record_id])[found.record_id]


def _set(tx: Transaction, found: Record, form: rules.Form, *, sooner: object = None) -> None:
    """Note from when on a post is looked at again. `form.look_on`: since when; `sooner`: never later than this."""
    (in_it,) = storage.pupils(tx.connection, [found.record_id]).values()
    use_key = next(each.use_key for each in surfaces.every(tx) if each.surface_id == form.surface_id)
    ends = posts.ends(tx, in_it, (use_key, form.medium))
    again = rules.look_on(form.look_on, ends)
    if sooner is None or again < sooner:  # type: ignore[operator]
        storage.posts.change(tx.connection, found.record_id, look_on=again)


def _of(tx: Look, person: Person) -> list[Record]:
    """Return what somebody is to look at by today, the longest overdue first."""
    due = storage.to_look_at(tx.connection, tx.school_id, tx.today)
    if not due:
        return []
    forms = storage.posts.of_records(tx.connection, due)
    known = {each.surface_id: each for each in surfaces.every(tx)}
    mine = [each for each in due if _is_theirs(tx, known[forms[each].surface_id], person)]
    found = record_storage.of_ids(tx.connection, tx.school_id, mine, records.visible(tx, PROCEDURES, person))
    return sorted(found, key=lambda each: due.index(each.record_id))


def _is_theirs(tx: Look, place: Surface, person: Person) -> bool:
    return bool(person.roles & KEEPERS) or any(
        each.person_id == person.person_id for each in surfaces.custodians(tx, place)
    )


def due_items(tx: Look, reader: Person | None = None) -> Iterator[Item]:
    """Return that something is to be looked at, for whoever looks after the place: one reminder a person."""
    due = storage.to_look_at(tx.connection, tx.school_id, tx.today)
    if not due:
        return
    forms = storage.posts.of_records(tx.connection, due)
    known = {each.surface_id: each for each in surfaces.every(tx)}
    mine: dict[int, list[rules.Form]] = {}
    for post_id in due:
        for person in surfaces.custodians(tx, known[forms[post_id].surface_id]):
            mine.setdefault(person.person_id, []).append(forms[post_id])
    for person_id, some in mine.items():
        first = min(form.look_on for form in some)
        stage = reached(first, tx.today, REMINDED)
        if stage and (reader is None or reader.person_id == person_id):
            yield Item(
                feature=FEATURE,
                key=f"{FEATURE}-look-{first}",
                person_id=person_id,
                due=first,
                stage=stage,
                words={"what": "look", "name": "", "since": "", "count": str(len(some))},
                action="posting.look",
                value="",
                takers=frozenset(),
            )
