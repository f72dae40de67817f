"""What is still published is looked at once a year, and when a Yes has run out or a child has left. Policy §4.6.

Early Warning Working Group, May 2026: a regular audit of everything already published.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from bot.changes import ConsentChanged, CustodiansChanged, Posted
from bot.context import Context, Look, Transaction
from bot.errors import BadInput, Conflict
from bot.rules.people import Person
from bot.rules.posting import posts as rules
from bot.rules.posting.posts import FEATURE
from bot.rules.posting.surfaces import KEEPERS, Surface
from bot.rules.reminders.stages import Item, Plan, reached
from bot.rules.school import Media
from bot.services.posting import posts, surfaces
from bot.services.posting.posts import DESK, Post
from bot.services.record_views import RecordView
from storage import records as record_storage
from storage import school
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
        school.lock(tx.connection, tx.school_id)
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
                _looked_at(tx, found)
            tx.audit("posting.looked_at", found.name)
        tx.kept.clear()
        left = _of(tx, context.person)
        return ToLookAt(tuple(DESK.views(tx, context.person, left[:SHOWN])), len(left))


def consent_changed(tx: Transaction, change: ConsentChanged) -> None:
    """Have the posts that show somebody looked at when their Yes runs out or they have left, never later."""
    shown = storage.shown(tx.connection, tx.school_id, sorted(change.pupils))
    if not shown:
        return
    uses = {each.surface_id: each.use_key for each in surfaces.every(tx)}
    ends: dict[tuple[int, str, Media], date | None] = {}
    for each in shown:
        matter = (uses[each.surface_id], each.medium)
        if (each.pupil_id, *matter) not in ends:
            ends[each.pupil_id, *matter] = _next_end(tx, each.pupil_id, matter)
        end = ends[each.pupil_id, *matter]
        if end is not None and end < each.look_on:
            storage.posts.change(tx.connection, each.post_id, look_on=end)


def custodians_changed(tx: Transaction, change: CustodiansChanged) -> None:
    """Have whoever looks after a place now see what was posted there."""
    custodians = surfaces.one(tx, change.surface_id).custodians
    storage.set_custodians(tx.connection, tx.school_id, change.surface_id, custodians, tx.now)


def _next_end(tx: Look, pupil_id: int, matter: tuple[str, Media]) -> date | None:
    """Return the day after a Yes runs out or a child has left, today at the earliest; None where nothing ends."""
    days = [max(day + timedelta(days=1), tx.today) for day in posts.ends(tx, [pupil_id], matter) if day is not None]
    return min(days, default=None)


def _form(tx: Look, found: Record) -> rules.Form:
    return storage.posts.of_records(tx.connection, [found.record_id])[found.record_id]


def _looked_at(tx: Transaction, found: Record) -> None:
    """Note that a post was looked at today, and when it is to be looked at again."""
    form = _form(tx, found)
    (in_it,) = storage.pupils(tx.connection, [found.record_id]).values()
    use_key = surfaces.one(tx, form.surface_id).use_key
    out_on = form.out_on if form.out_on and form.out_on > tx.today else None  # it was said to stay after that day
    again = rules.look_on(tx.today, posts.ends(tx, in_it, (use_key, form.medium)), out_on)
    storage.posts.change(tx.connection, found.record_id, look_on=again, out_on=out_on)


def _of(tx: Look, person: Person) -> list[Record]:
    """Return what somebody is to look at by today, the longest overdue first: of the places that they look after."""
    due = storage.to_look_at(tx.connection, tx.school_id, tx.today)
    if not due:
        return []
    forms = storage.posts.of_records(tx.connection, due)
    known = {each.surface_id: each for each in surfaces.every(tx)}
    mine = [each for each in due if _is_theirs(tx, known[forms[each].surface_id], person)]
    found = record_storage.of_ids(tx.connection, tx.school_id, mine, record_storage.record.c.id > 0)
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
