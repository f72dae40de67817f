"""What was posted: logged when it is in the world, whatever was found before. Policy §4.6, 4.7, 4.13."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.changes import Posted
from bot.clock import school_day
from bot.context import Context, Look, Transaction
from bot.errors import BadInput, Conflict
from bot.notices import Notice
from bot.rules.calendar import school_year
from bot.rules.consent import ledger as ledger_rules
from bot.rules.consent.answer import Pupil
from bot.rules.consent.ledger import State as Stands
from bot.rules.consent.ledger import Verdict
from bot.rules.overview import Figures
from bot.rules.people import Person
from bot.rules.posting import posts as rules
from bot.rules.posting.checks import TakenWith
from bot.rules.posting.posts import PROCEDURE, PROCEDURES, Event, Form, Task, Written
from bot.rules.posting.surfaces import Surface
from bot.rules.procedures import Part
from bot.rules.school import Media, Role
from bot.services import records
from bot.services.consent import roll
from bot.services.posting import checks, surfaces
from bot.services.posting.who import Who
from bot.services.record_views import Desk, FiledRecord, RecordView, Value, says
from storage import records as storage
from storage import school
from storage.consent import ledger
from storage.posting import checks as checks_storage
from storage.posting.posts import add_pupils, posts, pupils, same_place
from storage.posting.posts import names as post_names
from storage.posting.posts import says as storage_says
from storage.records import Record
from storage.spine import record_tasks

LONGEST_NAMES = 2000  # letters of names on one record; of more it says how many


@dataclass(frozen=True, slots=True)
class Post(Form):
    """One post with what is called by name. `shown`: who is in it; `without`: of these, who may not be shown today."""

    surface: str = ""
    shown: tuple[Pupil, ...] = ()
    without: tuple[Pupil, ...] = ()
    is_closed: bool = False  # the place where it is


def _forms(tx: Look, found: Sequence[Record]) -> Mapping[int, Post]:
    ids = [each.record_id for each in found]
    forms, in_them, index = posts.of_records(tx.connection, ids), pupils(tx.connection, ids), roll.of(tx)
    names = {each.surface_id: each for each in surfaces.every(tx)}
    stands = checks.states(tx, sorted({pupil_id for some in in_them.values() for pupil_id in some}))
    made = {}
    for record_id, form in forms.items():
        place = names[form.surface_id]
        shown = tuple(roll.pupil(index, each) for each in in_them[record_id] if each in index)
        matter = (place.use_key, form.medium)
        without = tuple(each for each in shown if stands.get(each.pupil_id, {}).get(matter) is not Stands.YES)
        kept = {field.name: getattr(form, field.name) for field in fields(Form)}
        made[record_id] = Post(**kept, surface=place.name, shown=shown, without=without, is_closed=not place.is_open)
    return made


def _as_seen(tx: Look, person: Person, filed: FiledRecord[Post]) -> Post:
    """Keep from a relative that a child may not be shown there any more: they are told of no take-down either.

    Whoever posted it is told all the same, for it is theirs to take down.
    """
    form, of_theirs = filed.form, tx.relatives().get(person.person_id)
    if of_theirs is None or filed.record.asker_id == person.person_id:
        return form
    return replace(form, without=tuple(each for each in form.without if each.pupil_id not in of_theirs.pupils))


def _fields(found: FiledRecord[Post]) -> Mapping[str, Value]:
    form = found.form
    names = ", ".join(f"{each.name} ({each.class_name})" for each in form.shown)
    told = names if len(names) <= LONGEST_NAMES else f"{len(form.shown)} children"
    return {
        "surface": f"{form.surface}, {form.medium}",
        "posted_on": form.posted_on,
        "out_on": form.out_on,
        "place": form.place,
        "children": told,
        "adults": form.adults,
        "taken_with": form.taken_with.value,
    }


DESK: Desk[Post] = Desk(
    PROCEDURES,
    forms=_forms,
    columns={
        "surface": "what",
        "posted_on": "allowed from",
        "out_on": "allowed until",
        "place": "reasons for access",
        "children": "children",
        "adults": "adults and others",
        "taken_with": "taken with",
    },
    fields=_fields,
    title="Post",
    clauses="§4.6, 4.7, 4.13",
    says=says(storage_says),
    gone="There is no such post of yours.",
    as_seen=_as_seen,
)


@dataclass(frozen=True, slots=True)
class Logged:
    """What was logged. `same`: names of earlier posts at the same place under the same link.

    `elsewhere`: addresses of the accounts where it was to be posted, where the link leads to another.
    """

    posts: tuple[RecordView[Post], ...]
    same: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()

    @property
    def must_come_down(self) -> tuple[RecordView[Post], ...]:
        """Return those that show somebody who may not be shown."""
        return tuple(each for each in self.posts if each.form.without)


def log(
    context: Context,
    check_id: int,
    token: str,
    written: Mapping[str, str],
    places: Sequence[str],
    *,
    as_told: bool = False,
) -> Logged:
    """Log what was posted by a check, at each of these places. Raises BadInput, Conflict, NotFound.

    `as_told`: whoever had to be left out was left out, cropped or covered; else everybody who was named is in it.
    """
    said = rules.read(written, context.today())
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)  # a withdrawal at this very moment comes before it, or sees it
        held = checks.within(tx, context, check_id, token)
        chosen = [each.surface for each in held.to_post if str(each.surface.surface_id) in places]
        if not chosen:
            if not held.to_post:
                raise Conflict("This was logged before. Nothing was logged twice.")
            raise BadInput("Choose where it was posted.", fields={"places": "Choose where it was posted."})
        form = held.check.form
        told: list[tuple[Record, tuple[str, ...]]] = []
        for surface in chosen:
            kept = replace(said, adults=said.adults or form.adults)
            post = _form(kept, (surface.surface_id, form.medium), form.taken_with, check_id)
            (now,) = (each for each in held.to_post if each.surface == surface)
            shown = [each.pupil_id for each in (now.included if as_told else held.pupils)]
            told.append(_add(tx, context, post, shown, origin=f"check {check_id} · {surface.surface_id}"))
            checks_storage.note_posted(tx.connection, check_id, surface.surface_id, told[-1][0].record_id)
        if len(chosen) == len(held.to_post):
            checks_storage.end(tx.connection, check_id, tx.now)
        tx.told_otherwise(check_id, Notice.POSTING_CHECKED, Notice.POSTING_STALE)
        return _logged(tx, context, told)


def log_afterwards(
    context: Context, written: Mapping[str, str], chosen: tuple[int, Media], who: Who, *, request_id: str
) -> Logged:
    """Log what was posted without a check. `chosen`: place and medium. Raises BadInput. The same form is one post."""
    said = rules.read(written, context.today())
    if who.is_by_class and school_year(said.posted_on) != school_year(context.today()):
        told = "A class has other children now than on that day. Name those who are in the picture."
        raise BadInput(told, fields={"names": told})
    taken_with = TakenWith(written["taken"]) if written.get("taken") else TakenWith.SCHOOL
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        if chosen[0] not in {each.surface_id for each in surfaces.open_ones(tx)}:
            raise BadInput("Choose where it is.", fields={"surfaces": "Choose where it is."})
        post = _form(said, chosen, taken_with)
        shown = [each.pupil_id for each in who.pupils]
        return _logged(tx, context, [_add(tx, context, post, shown, origin=f"post {request_id}")])


def add(tx: Transaction, said: Written, chosen: tuple[Surface, Media], shown: Sequence[int], *, origin: str) -> Record:
    """Log one post of before, by nobody, and tell nobody. `chosen`: place and medium."""
    surface, medium = chosen
    form = _form(said, (surface.surface_id, medium), TakenWith.SCHOOL)
    return _take_in(tx, None, form, shown, origin=origin)


def _form(said: Written, chosen: tuple[int, Media], taken_with: TakenWith, check_id: int | None = None) -> Form:
    """Return a post as it is logged. `chosen`: place and medium."""
    day = said.posted_on
    return Form(*chosen, day, said.place, said.adults, taken_with, check_id, look_on=day, out_on=said.out_on)


def _add(
    tx: Transaction, context: Context, post: Form, shown: Sequence[int], *, origin: str
) -> tuple[Record, tuple[str, ...]]:
    """Log one post; returns it, and the names of those before it under the same link."""
    earlier = same_place(tx.connection, tx.school_id, post.surface_id, post.place)
    made = _take_in(tx, context.person, post, shown, origin=origin)
    tx.changed(Posted(made.record_id))
    same = [each for each in earlier if each != made.record_id]
    names = post_names(tx.connection, same)
    return made, tuple(names[each] for each in same)


def _take_in(tx: Transaction, by: Person | None, post: Form, shown: Sequence[int], *, origin: str) -> Record:
    surface = surfaces.one(tx, post.surface_id)
    matter = (surface.use_key, post.medium)

    def keep(record_id: int) -> None:
        look_on = rules.look_on(post.posted_on, ends(tx, shown, matter), post.out_on)
        posts.add(tx.connection, tx.school_id, record_id, replace(post, look_on=look_on))
        add_pupils(tx.connection, tx.school_id, record_id, wordings(tx, shown, matter))

    concerns = records.Concerned(custodians=surface.custodians)
    return records.take_in(tx, PROCEDURE, origin=origin, keep=keep, concerns=concerns, asker=by)


def ends(tx: Look, shown: Sequence[int], matter: tuple[str, Media]) -> list[date | None]:
    """Return the last days of what a picture of these pupils rests on: of each Yes, and on roll."""
    standing = ledger.standing(tx.connection, tx.school_id, shown, tx.today) if shown else {}
    found: list[date | None] = []
    for on_roll, decisions in standing.values():
        mine = [each for each in decisions if each.matter == matter]
        found += [each.expires_on for each in ledger_rules.in_force(mine, tx.today)]
        found.append(on_roll.left_on)
    return found


def wordings(tx: Look, shown: Sequence[int], matter: tuple[str, Media]) -> dict[int, str]:
    """Return pupil → the version of the form on which their Yes rests, "" where it is not known."""
    standing = ledger.standing(tx.connection, tx.school_id, shown, tx.today) if shown else {}
    yes = {
        pupil_id: max(
            (each.number for each in decisions if each.matter == matter and each.verdict is Verdict.YES), default=0
        )
        for pupil_id, (_, decisions) in standing.items()
    }
    known = ledger.wordings(tx.connection, [number for number in yes.values() if number])
    return {pupil_id: known.get(yes.get(pupil_id, 0), "") for pupil_id in dict.fromkeys(shown)}


def _logged(tx: Transaction, context: Context, made: Sequence[tuple[Record, tuple[str, ...]]]) -> Logged:
    views = DESK.views(tx, context.person, [found for found, _ in made])
    for view in views:
        to_do(tx, view)
    urls = {each.surface_id: each.url for each in surfaces.every(tx)}
    alone = views if len(views) == 1 else []  # of several places one link can only be one's
    elsewhere = [
        urls[view.form.surface_id] for view in alone if rules.is_elsewhere(view.form.place, urls[view.form.surface_id])
    ]
    same = dict.fromkeys(name for _, names in made for name in names)
    return Logged(tuple(views), tuple(same), tuple(dict.fromkeys(elsewhere)))


def to_do(tx: Transaction, view: RecordView[Post]) -> None:
    """Note what is still to be done about something that was posted just now."""
    if view.form.taken_with is TakenWith.PHONE:
        asked = datetime.combine(tx.today, rules.PHONE_ASKED_AT, ZoneInfo(tx.school.timezone))
        record_tasks.add_task(tx.connection, tx.school_id, view.record.record_id, Task.PHONE, max(asked, tx.now))
        _have_it_seen(tx, view)
    weigh(tx, view.record, [each.pupil_id for each in view.form.without])


def weigh(tx: Transaction, found: Record, without: Sequence[int]) -> None:
    """Have it weighed whether it is a breach, where one of these had no Yes on the day on which it was posted.

    `without`: who has none today, of those who were not weighed before; for whoever looks, a relative too.
    """
    form = posts.of_records(tx.connection, [found.record_id])[found.record_id]
    matter = (surfaces.one(tx, form.surface_id).use_key, form.medium)
    then = checks.states(tx, sorted(without), form.posted_on)
    if any(known.get(matter) is not Stands.YES for known in then.values()) and record_tasks.open_task(
        tx.connection, tx.school_id, found.record_id, Task.BREACH
    ):
        tx.audit("posting.breach_proposed", found.name)


def _have_it_seen(tx: Transaction, view: RecordView[Post]) -> None:
    """Let the chair see what the headteacher has posted from a phone of their own: nobody sees to themselves."""
    poster = tx.person(view.record.asker_id)
    if poster and poster.holds(Role.HEADTEACHER):
        for person in tx.everybody():
            if person.is_here and person.holds(Role.CHAIR_OF_GOVERNORS):
                record_id, part = view.record.record_id, Part.HANDLER
                storage.add_part(tx.connection, tx.school_id, record_id, part, person.person_id, tx.now)


def figures(tx: Look, first: date, _days: object) -> Figures:
    """Return what was logged as posted since a day."""
    since = (storage.record.c.kind == rules.KIND) & (storage.record.c.asked_at >= tx.midnight(first))
    found = storage.days_asked(tx.connection, tx.school_id, since)
    return Figures(posts=tuple(school_day(at, tx.school.timezone) for at in found))


def remove(tx: Transaction, found: Record) -> None:
    """Note that somebody who looks after the place has taken it down, for a take-down."""
    if found.state == rules.State.PUBLISHED:
        records.step(tx, PROCEDURES, found, Event.REMOVE, by=None)
