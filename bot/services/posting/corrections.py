"""A post that was logged wrongly is corrected: its place, its day, who is in it; what stood there stays. §4.6."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.changes import Posted
from bot.clock import spoken_day
from bot.context import Context, Transaction
from bot.errors import BadInput, Conflict
from bot.rules.posting import posts as rules
from bot.rules.posting.posts import CORRECTS, PROCEDURES, Event
from bot.rules.posting.take_downs import Outcome
from bot.rules.school import Media
from bot.services import records
from bot.services.consent import roll
from bot.services.posting import posts as logged
from bot.services.posting import surfaces
from bot.services.posting.posts import DESK, Post
from bot.services.record_views import RecordView
from storage import records as record_storage
from storage import school
from storage.posting import posts as storage
from storage.posting import take_downs


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen instead of written. `pupils`: who is in it; None: as it was logged.

    `version`: of the record when the form was opened: somebody else may have corrected it since.
    """

    surface_id: int
    medium: Media
    pupils: Collection[int] | None
    version: int


def act(
    context: Context, number: int, event: Event, written: Mapping[str, str], chosen: Chosen | None = None, **seen: str
) -> RecordView[Post]:
    """Do one thing with a post, as `Desk.act` does: its poster has taken it down, or somebody corrects it."""
    if event in CORRECTS and chosen:
        return _correct(context, number, event, written, chosen, token=seen["token"])

    def also(tx: Transaction, view: RecordView[Post], _event: Event, _reasons: str) -> Post:
        school.lock(tx.connection, tx.school_id)
        tx.changed(Posted(view.record.record_id))
        return view.form

    return DESK.act(context, number, event, written, also=also, **seen)


def _correct(
    context: Context, number: int, event: Event, written: Mapping[str, str], chosen: Chosen, *, token: str
) -> RecordView[Post]:
    """Correct what was logged; what stood there before stays with the step. Raises BadInput, Conflict, NotFound."""
    said = rules.read(written, context.today())
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        view = DESK.seen(tx, context.person, number, token)
        if event not in view.may:
            raise Conflict("This was taken down by now, so nothing was changed.")
        if view.record.version != chosen.version:
            raise Conflict(records.QUICKER)
        _check(tx, view, chosen)
        before, post_id = view.form, view.record.record_id
        is_elsewhere = (chosen.surface_id, chosen.medium) != (before.surface_id, before.medium)
        gone = _change_pupils(tx, view, chosen)
        _end_lines(tx, post_id, None if is_elsewhere else gone)
        surface = surfaces.one(tx, chosen.surface_id)
        shown = storage.pupils(tx.connection, [post_id])[post_id]
        look_on = rules.look_on(
            max(said.posted_on, before.posted_on),
            logged.ends(tx, shown, (surface.use_key, chosen.medium)),
            said.out_on,
        )
        storage.posts.change(
            tx.connection,
            post_id,
            surface_id=chosen.surface_id,
            medium=chosen.medium,
            place=said.place,
            posted_on=said.posted_on,
            adults=said.adults,
            out_on=said.out_on,
            look_on=min(look_on, before.look_on) if before.out_on == said.out_on else look_on,
        )
        if is_elsewhere:
            storage.set_custodians(tx.connection, tx.school_id, chosen.surface_id, surface.custodians, tx.now)
        done, _ = records.step(tx, PROCEDURES, view.record, event, by=context.person, words=_former(before))
        tx.changed(Posted(post_id))
        (now,) = record_storage.of_ids(tx.connection, tx.school_id, [done.record_id], record_storage.record.c.id > 0)
        seen = DESK.view(tx, context.person, now)
        (filed,) = DESK.filed(tx, [now])  # as it is, also where a relative corrects it
        weighed = {each.pupil_id for each in before.shown} if not is_elsewhere else set()
        logged.weigh(tx, now, [each.pupil_id for each in filed.form.without if each.pupil_id not in weighed])
        return seen


def _check(tx: Transaction, view: RecordView[Post], chosen: Chosen) -> None:
    known = {each.surface_id for each in surfaces.open_ones(tx)} | {view.form.surface_id}
    if chosen.surface_id not in known:
        raise BadInput("Choose where it is.", fields={"where": "Choose where it is."})
    if chosen.pupils is not None and any(each not in roll.of(tx) for each in chosen.pupils):
        raise BadInput("Choose the children again.", fields={"pupils": "Choose the children again."})


def _change_pupils(tx: Transaction, view: RecordView[Post], chosen: Chosen) -> frozenset[int]:
    """Note who is in it, and who is not; returns the latter. Who was logged before stays in the table."""
    if chosen.pupils is None:
        return frozenset()
    post_id, now = view.record.record_id, set(chosen.pupils)
    before = set(storage.pupils(tx.connection, [post_id])[post_id])
    for pupil_id in sorted(before - now):
        storage.hide(tx.connection, post_id, pupil_id, tx.now)
    matter = (surfaces.one(tx, chosen.surface_id).use_key, chosen.medium)
    storage.show(tx.connection, tx.school_id, post_id, logged.wordings(tx, sorted(now - before), matter))
    return frozenset(before - now)


def _end_lines(tx: Transaction, post_id: int, pupils: Collection[int] | None) -> None:
    """End the lines of take-downs that were open because of what was wrong. `pupils`: about whom; None: all."""
    lines = take_downs.open_lines_of_post(tx.connection, tx.school_id, post_id)
    wrong = [line.line_id for line in lines if pupils is None or line.pupil_id in pupils]
    take_downs.end_lines(tx.connection, wrong, Outcome.CORRECTED, words="", by=None, at=tx.now)


def _former(form: Post) -> str:
    """Return what stood there, without a child's name: who was logged stays in the table of the picture's children."""
    count = len(form.shown)
    children = f"{count} child" if count == 1 else f"{count} children"
    return f"{form.surface}, {form.medium}, {form.place}, {spoken_day(form.posted_on)}, {children}"
