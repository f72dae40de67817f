"""May this picture be posted? Checked, held for two days at most, told at once where it may not any more.

Policy §4.7–4.13, 5.2. A check is no record: who checked, and about whom, stands in the log of look-ups.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.changes import ConsentChanged
from bot.clock import school_time
from bot.context import Context, Look, Transaction
from bot.errors import BadInput, Conflict, NotFound
from bot.notices import Notice
from bot.rules.buttons import ANY_BUTTON
from bot.rules.consent import ledger as ledger_rules
from bot.rules.consent.answer import MOST_SUBJECTS, Pupil
from bot.rules.consent.ledger import State
from bot.rules.people import Person
from bot.rules.posting import checks as rules
from bot.rules.posting.checks import Form, Place, Result, States
from bot.rules.posting.surfaces import Surface
from bot.rules.school import Media
from bot.services import drafts
from bot.services.consent import look_ups, roll
from bot.services.posting import surfaces
from bot.services.posting.who import Who
from storage.consent import ledger
from storage.outbox import outcomes
from storage.posting import checks as storage
from storage.posting import posts
from storage.posting.checks import Check

GONE = "There is no such check of yours."


@dataclass(frozen=True, slots=True)
class Checked:
    """A check as it stands now."""

    check: Check
    result: Result
    pupils: tuple[Pupil, ...]  # everybody who was named
    posted_names: tuple[str, ...] = ()  # of what was posted by it: "PO-9"
    # (place, who posts there), of those where whoever checked may not post without permission (§5.1)
    for_others: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def to_post(self) -> tuple[Place, ...]:
        """Return the places where it was not posted yet."""
        return tuple(place for place in self.result.places if self.check.posted[place.surface.surface_id] is None)

    @property
    def button(self) -> str:
        """Return what its buttons carry."""
        return f"{self.check.check_id}:{self.check.token}"


def check(context: Context, form: Form, who: Who, *, request_id: str, draft: str = "") -> Checked:
    """Answer, and hold the answer. Raises BadInput where named and counted do not agree. The same form is one check.

    `draft`: of which form a draft is over now.
    """
    if said := rules.miscounted(len(who.pupils), form.counted):
        raise BadInput(said, fields={"count": said})
    with context.begin() as tx:
        chosen = _surfaces(tx, form)
        result = _judged(tx, who.pupils, chosen, form)
        made, is_new = storage.add(
            tx.connection,
            tx.school_id,
            context.person.person_id,
            request_id,
            form,
            _places(who.pupils, result),
            at=(tx.now, tx.now + rules.GOOD_FOR),
        )
        drafts.end(tx, context.person, draft)
        if not is_new:
            return _seen(tx, made)
        _log(context, tx, who, chosen, form.medium)
        tx.notify(Notice.POSTING_CHECKED, made.check_id, [context.person])
        return _checked(tx, made, result, who.pupils, chosen)


def again(context: Context, check_id: int, token: str) -> Checked:
    """Answer anew as it stands now, and hold that. Raises NotFound."""
    with context.begin() as tx:
        found = _mine(tx, context, check_id, token)
        seen = _seen(tx, found)
        if found.ended_at is not None:
            return seen
        pupils = _pupils(tx, found)
        until = tx.now + rules.GOOD_FOR
        if found.planned_on is not None:
            until = max(until, tx.midnight(found.planned_on + timedelta(days=1)))
        storage.renew(tx.connection, found, _places(pupils, seen.result), at=tx.now, until=until)
        places = [place.surface for place in seen.result.places]
        _log(context, tx, Who(pupils, tuple(found.pupils), ()), places, found.form.medium)
        tx.told_otherwise(check_id, Notice.POSTING_CHECKED, Notice.POSTING_STALE)
        return _seen(tx, _mine(tx, context, check_id, token))


def plan(context: Context, check_id: int, token: str, day: date) -> Checked:
    """Hold a check until the end of a later day; it is looked at once more that morning. Raises BadInput, NotFound."""
    with context.begin() as tx:
        found = _mine(tx, context, check_id, token)
        if not tx.today < day <= tx.today + rules.PLANNED_AHEAD:
            said = "Choose a day after today, at most four weeks ahead."
            raise BadInput(said, fields={"planned": said})
        is_good = found.is_open(tx.now) and found.stale_at is None
        if not is_good or _seen(tx, found).result.verdict is rules.Verdict.STOP:
            raise Conflict("As it stands it may not be posted. Check it again first. Nothing was changed.")
        storage.plan(tx.connection, check_id, day, tx.midnight(day + timedelta(days=1)))
        tx.told_otherwise(check_id, Notice.POSTING_CHECKED, Notice.POSTING_STALE)
        return _seen(tx, _mine(tx, context, found.check_id, token))


def not_posted(context: Context, check_id: int, token: str) -> Checked:
    """End a check: what was not posted leaves no record. Raises NotFound."""
    with context.begin() as tx:
        found = _mine(tx, context, check_id, token)
        if storage.end(tx.connection, check_id, tx.now):
            tx.told_otherwise(check_id, Notice.POSTING_CHECKED, Notice.POSTING_STALE)
        return _seen(tx, found)


def get(context: Context, check_id: int, token: str | None = ANY_BUTTON) -> Checked:
    """Return one's own check, as it stands now. Raises NotFound."""
    with context.look() as tx:
        return _seen(tx, _mine(tx, context, check_id, token))


def card(tx: Look, person: Person) -> Mapping[str, tuple[Checked, ...]]:
    """Return what Home shows: the checks that somebody holds, the newest first."""
    found = storage.open_of(tx.connection, tx.school_id, person.person_id, tx.now)
    return {"checks": tuple(_seen(tx, each) for each in found)}


def within(tx: Look, context: Context, check_id: int, token: str | None) -> Checked:
    """Return one's own check within a transaction. Raises NotFound."""
    return _seen(tx, _mine(tx, context, check_id, token))


# ── what changes meanwhile ─────────────────────────────────────────────────────────────────────────────────────────


def consent_changed(tx: Transaction, change: ConsentChanged) -> None:
    """Tell whoever holds a check that rests on a Yes which is none any more."""
    _outdate(tx, storage.open_with(tx.connection, tx.school_id, change.pupils, tx.now))


def derive(tx: Transaction) -> None:
    """Do the same for every check that is open: a Yes may have come to its last day."""
    _outdate(tx, storage.still_good(tx.connection, tx.school_id, tx.now))


def tick(context: Context) -> None:
    """Look through the open checks, for what the clock has changed and for what is planned today. Raises Busy."""
    with context.look() as tx:
        is_late = bool(_stale(tx, storage.still_good(tx.connection, tx.school_id, tx.now)))
        is_morning = school_time(tx.now, tx.school.timezone).time() >= rules.PLANNED_TOLD_AT
        planned = storage.planned(tx.connection, tx.school_id, tx.today, tx.now) if is_morning else []
        told = outcomes.told_since(tx.connection, tx.school_id, Notice.POSTING_CHECKED, tx.midnight(tx.today))
        planned = [each for each in planned if each.check_id not in told]
    if is_late or planned:
        with context.begin() as tx:
            derive(tx)
            for each in planned:
                holder = tx.person(each.person_id)
                tx.notify(Notice.POSTING_CHECKED, each.check_id, [holder] if holder else [], occasion=each.planned_on)


def _outdate(tx: Transaction, found: Sequence[Check]) -> None:
    for each in _stale(tx, found):
        if storage.set_stale(tx.connection, each.check_id, tx.now):
            holder = tx.person(each.person_id)
            tx.notify(Notice.POSTING_STALE, each.check_id, [holder] if holder else [], occasion=each.made_at)
            tx.told_otherwise(each.check_id, Notice.POSTING_CHECKED)


def _stale(tx: Look, found: Sequence[Check]) -> list[Check]:
    """Return the checks in which somebody may not be shown any more where they could be when it was made."""
    if not found:
        return []
    known = states(tx, sorted({pupil_id for each in found for pupil_id in each.pupils}))
    uses = {each.surface_id: each.use_key for each in surfaces.every(tx)}

    def is_yes(pupil_id: int, place: int, medium: Media) -> bool:
        return known.get(pupil_id, {}).get((uses[place], medium)) is State.YES

    return [
        each
        for each in found
        if not all(is_yes(pupil, place, each.form.medium) for pupil, some in each.pupils.items() for place in some)
    ]


# ── the parts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def states(tx: Look, pupil_ids: Sequence[int], day: date | None = None) -> dict[int, States]:
    """Return pupil → how every matter stands on a day, today if none is given."""
    on = day or tx.today
    standing = ledger.standing(tx.connection, tx.school_id, pupil_ids, on) if pupil_ids else {}
    return {
        pupil_id: ledger_rules.states(decisions, on_roll, tx.school.uses, on)
        for pupil_id, (on_roll, decisions) in standing.items()
    }


def _surfaces(tx: Look, form: Form) -> list[Surface]:
    """Return the places that were chosen. Raises BadInput where parents are not asked about this medium there."""
    known = {each.surface_id: each for each in surfaces.open_ones(tx)}
    chosen = [known[each] for each in form.surfaces if each in known]
    uses = {use.key: use for use in tx.school.uses}
    wrong = [each.name for each in chosen if form.medium not in uses[each.use_key].media]
    if wrong or not chosen:
        said = f"Parents are not asked about a {form.medium} there: {', '.join(wrong)}." if wrong else "Choose again."
        raise BadInput(said, fields={"surfaces": said})
    return chosen


def _judged(tx: Look, pupils: Sequence[Pupil], chosen: Sequence[Surface], form: Form) -> Result:
    ids, uses = [each.pupil_id for each in pupils], {each.use_key for each in chosen}
    if len(uses) > 1 or not 0 < len(ids) <= MOST_SUBJECTS:
        return rules.judge(pupils, states(tx, ids), chosen, form)
    # Of one use first: only of those without a Yes there it is asked whether there is one for anything.
    (use_key,) = uses
    standing = ledger.standing_on_use(tx.connection, tx.school_id, ids, tx.today, use_key)
    those = [use for use in tx.school.uses if use.key == use_key]
    known = {
        pupil_id: ledger_rules.states(decisions, on_roll, those, tx.today)
        for pupil_id, (on_roll, decisions) in standing.items()
    }
    without = [each for each in ids if known.get(each, {}).get((use_key, form.medium)) is not State.YES]
    return rules.judge(pupils, {**known, **states(tx, without)}, chosen, form)


def _places(pupils: Iterable[Pupil], result: Result) -> dict[int, frozenset[int]]:
    """Return pupil → where they may be shown."""
    included = {place.surface.surface_id: {each.pupil_id for each in place.included} for place in result.places}
    return {
        pupil.pupil_id: frozenset(place for place, shown in included.items() if pupil.pupil_id in shown)
        for pupil in pupils
    }


def _mine(tx: Look, context: Context, check_id: int, token: str | None) -> Check:
    found = storage.get(tx.connection, tx.school_id, check_id)
    is_mine = found is not None and found.person_id == context.person.person_id
    if found is None or not is_mine or not (token is ANY_BUTTON or token == found.token):
        raise NotFound(GONE)
    return found


def _pupils(tx: Look, found: Check) -> tuple[Pupil, ...]:
    index = roll.of(tx)
    return tuple(roll.pupil(index, each) for each in found.pupils if each in index)


def _seen(tx: Look, found: Check) -> Checked:
    """Return a check as it stands now."""
    pupils = _pupils(tx, found)
    known = {each.surface_id: each for each in surfaces.every(tx)}
    chosen = [known[each] for each in found.posted]
    return _checked(tx, found, _judged(tx, pupils, chosen, found.form), pupils, chosen)


def _checked(tx: Look, found: Check, result: Result, pupils: tuple[Pupil, ...], chosen: Sequence[Surface]) -> Checked:
    """Return a check with what is called by name. `result`: as it stands now."""
    posted = {each for each in found.posted.values() if each is not None}
    names = posts.names(tx.connection, posted)
    holder = tx.person(found.person_id)
    others = [each for each in chosen if holder and not surfaces.may_post(tx, holder, each)]
    who_posts = tuple((each.name, tuple(who.name for who in surfaces.custodians(tx, each))) for each in others)
    return Checked(found, result, pupils, tuple(names[each] for each in sorted(posted)), who_posts)


def _log(context: Context, tx: Transaction, who: Who, chosen: Collection[Surface], medium: Media) -> None:
    keys = {each.use_key for each in chosen}
    use_key = next(iter(keys)) if len(keys) == 1 else ""  # several: as a look-up of every use
    others = [each for each in who.pupils if each.pupil_id not in who.named]
    classes = {name: [each.pupil_id for each in others if each.class_name == name] for name in who.classes}
    look_ups.log_checked(context, tx, who.named, classes, (use_key, medium))
