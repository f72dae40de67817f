"""What has to come down because consent was taken back: opened by itself, ticked off by whoever looks after a place.

Everything is derived from the tables, so that nothing is forgotten and nothing opened twice. Policy §4.5, 4.6.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from bot.changes import ConsentChanged, CustodiansChanged, Posted
from bot.clock import school_time
from bot.context import Context, Look, Transaction
from bot.notices import Notice
from bot.rules.consent import ledger as ledger_rules
from bot.rules.consent.ledger import State as Stands
from bot.rules.people import Person
from bot.rules.posting import take_downs as rules
from bot.rules.posting.take_downs import PROCEDURE, PROCEDURES, Event, Form, Known, Outcome, State
from bot.rules.procedures import Part
from bot.rules.school import Media
from bot.services import records
from bot.services.posting import surfaces
from storage import records as record_storage
from storage import school
from storage.consent import ledger
from storage.posting import posts
from storage.posting import surfaces as surface_storage
from storage.posting import take_downs as storage
from storage.posting.take_downs import Line, take_downs
from storage.records import Record

Wanted = dict[tuple[str, int | None], list[tuple[int | None, int]]]  # (cause, place) → (post, pupil)
LAST = 2**31  # logged pictures come before a look by hand
AT_ONCE = 500  # pupils whose decisions are read in one go


# ── reactions ──────────────────────────────────────────────────────────────────────────────────────────────────────


def consent_changed(tx: Transaction, change: ConsentChanged) -> None:
    """Open what has to come down by now, and end what has not."""
    _bring_up_to_date(tx, sorted(change.pupils))


def posted(tx: Transaction, change: Posted) -> None:
    """Something was posted that may not be, or has come down by itself."""
    shown = posts.pupils(tx.connection, [change.record_id])[change.record_id]
    lines = storage.open_lines_of_post(tx.connection, tx.school_id, change.record_id)
    occasion = f"post {change.record_id}"  # what is out although it may not be is told of with a sound
    _bring_up_to_date(tx, sorted({*shown, *(line.pupil_id for line in lines)}), occasion)
    _settle(tx, storage.without_open_lines(tx.connection, tx.school_id))  # a correction has ended their lines


def custodians_changed(tx: Transaction, change: CustodiansChanged) -> None:
    """Hand the open take-downs of a place to whoever looks after it now."""
    for found, form in _open_ones(tx):
        if form.surface_id == change.surface_id:
            _hand_over(tx, found, form)


def derive(tx: Transaction) -> None:
    """Do the same for everybody, from the tables alone."""
    since = surface_storage.first_since(tx.connection, tx.school_id)
    open_ones = frozenset(storage.pupils(tx.connection, tx.school_id))
    shown_at = posts.shown_at(tx.connection, tx.school_id)
    every = {*shown_at, *open_ones}
    if since is not None:
        every |= set(storage.changed_since(tx.connection, tx.school_id, since))
    _bring_up_to_date(tx, sorted(every), among=lambda pupil_id, how: _is_among(tx, pupil_id, how, shown_at, open_ones))
    _settle(tx, storage.without_open_lines(tx.connection, tx.school_id))


def _is_among(
    tx: Look, pupil_id: int, how: "_Stands", shown_at: Mapping[int, Collection["Place"]], open_ones: Collection[int]
) -> bool:
    """Return whether anything may have to be done about a pupil: most have a Yes wherever something shows them."""
    uses = {each.surface_id: each.use_key for each in surfaces.every(tx)}
    there = ((uses[surface_id], medium) for surface_id, medium in shown_at.get(pupil_id, ()))
    return pupil_id in open_ones or bool(how.hand) or any(how.states.get(each) is not Stands.YES for each in there)


def _everybody(_pupil_id: int, _how: "_Stands") -> bool:
    return True


def _bring_up_to_date(
    tx: Transaction, pupil_ids: Sequence[int], occasion: str = "", among: "Among" = _everybody
) -> None:
    touched, wanted = set[int](), Wanted()
    for start in range(0, len(pupil_ids), AT_ONCE):
        stands = _standing(tx, pupil_ids[start : start + AT_ONCE])
        some = {pupil_id: how for pupil_id, how in stands.items() if among(pupil_id, how)}
        touched |= _compare(tx, some, wanted)
    opened = [_open(tx, cause, surface_id, pairs) for (cause, surface_id), pairs in sorted(wanted.items(), key=_order)]
    _settle(tx, touched)
    _tell(tx, opened, occasion)


def _order(wanted: tuple[tuple[str, int | None], object]) -> tuple[str, int]:
    (cause, surface_id), _ = wanted
    return cause, surface_id or LAST


class _Stands(NamedTuple):
    """How it stands for one pupil. `causes`: matter → why it has to come down; `hand`: causes for a look by hand."""

    standing: ledger.Standing
    states: Mapping[ledger_rules.Matter, Stands]
    causes: Mapping[ledger_rules.Matter, str]
    hand: frozenset[str]


Among = Callable[[int, _Stands], bool]  # (pupil, how it stands for them) → whether anything may have to be done
Place = tuple[int, Media]  # a surface, and the medium


def _compare(tx: Transaction, stands: Mapping[int, _Stands], wanted: Wanted) -> set[int]:
    """End the lines whose cause is gone, and add to `wanted` those that are missing; returns the take-downs touched."""
    pupil_ids = sorted(stands)
    shown = posts.shown(tx.connection, tx.school_id, pupil_ids)
    uses = {each.surface_id: each.use_key for each in surfaces.every(tx)}
    matters = {(each.post_id, each.pupil_id): (uses[each.surface_id], each.medium) for each in shown}
    lines = storage.lines_of_pupils(tx.connection, tx.school_id, pupil_ids)
    touched = _end(tx, lines, stands, matters)
    there = {(each.post_id, each.pupil_id): each.surface_id for each in shown}
    # A line about the place where it was logged by mistake says nothing of where it really is.
    kept = [
        line
        for line in lines
        if line.outcome not in rules.OVER
        and line.line_id not in touched
        and (line.post_id is None or there.get((line.post_id, line.pupil_id)) == line.surface_id)
    ]
    # Whoever was cropped and is shown all the same, as a correction of the post says, has to be seen to once more.
    of_picture = {(line.post_id, line.pupil_id, line.cause) for line in kept if line.outcome is not Outcome.CHANGED}
    is_open = {(line.post_id, line.pupil_id) for line in kept if line.outcome is None and line.post_id is not None}
    for each in shown:
        pair = (each.post_id, each.pupil_id)
        cause = _cause(each, matters[pair], stands[each.pupil_id]) if each.pupil_id in stands else None
        if cause and pair not in is_open and (*pair, cause) not in of_picture:
            wanted.setdefault((cause, each.surface_id), []).append(pair)
    for pupil_id, how in stands.items():
        for cause in sorted(how.hand):
            if (None, pupil_id, cause) not in of_picture:
                wanted.setdefault((cause, None), []).append((None, pupil_id))
    return {line.record_id for line in lines if line.line_id in touched}


def _cause(shown: posts.Shown, matter: ledger_rules.Matter, how: _Stands) -> str | None:
    """Return why a picture has to come down for a pupil; None where it need not."""
    stands = how.states.get(matter)
    if stands is None:  # parents are not asked about this, or not any more
        return rules.unrecorded(shown.pupil_id)
    if stands in {Stands.EXPIRED, Stands.LEFT, Stands.NOT_STARTED}:
        # What was posted while there was a Yes is only looked at again [K].
        on_roll, decisions = how.standing
        mine = [each for each in decisions if each.matter == matter]
        was_yes = ledger_rules.state(mine, on_roll, shown.posted_on) is Stands.YES
        return None if was_yes else rules.unrecorded(shown.pupil_id)
    return how.causes.get(matter)


def _end(
    tx: Transaction,
    lines: Sequence[Line],
    stands: Mapping[int, _Stands],
    matters: Mapping[tuple[int, int], ledger_rules.Matter],
) -> set[int]:
    """End the open lines that are over by themselves; returns their ids."""
    back, down, followed = list[int](), list[int](), list[int]()
    known: dict[int, set[str]] = {}  # pupil → causes for which there is a look by hand, open or done
    for line in lines:
        known.setdefault(line.pupil_id, set()).update({line.cause} if line.post_id is None else ())
    for line in (each for each in lines if each.outcome is None and each.pupil_id in stands):
        how = stands[line.pupil_id]
        if line.post_id is None:
            is_away = {Stands.LEFT, Stands.NOT_STARTED}.intersection(how.states.values())
            if line.cause not in how.hand and not is_away:
                # Whatever opens a list of its own now takes the place of this one.
                (followed if how.hand - known[line.pupil_id] else back).append(line.line_id)
        elif (line.post_id, line.pupil_id) not in matters:
            down.append(line.line_id)
        elif how.states.get(matters[line.post_id, line.pupil_id]) is Stands.YES:
            back.append(line.line_id)
    ends = ((back, Outcome.CONSENT_IS_BACK), (down, Outcome.REMOVED), (followed, Outcome.FOLLOWED))
    for ended, outcome in ends:
        storage.end_lines(tx.connection, ended, outcome, words="", by=None, at=tx.now)
    return {*back, *down, *followed}


def _standing(tx: Transaction, pupil_ids: Sequence[int]) -> dict[int, _Stands]:
    if not pupil_ids:
        return {}
    since = surface_storage.first_since(tx.connection, tx.school_id)
    standing = ledger.standing(tx.connection, tx.school_id, pupil_ids, tx.today)
    numbers = [each.number for _, decisions in standing.values() for each in decisions]
    sources = storage.sources(tx.connection, numbers)
    flags = storage.flags(tx.connection, tx.school_id, pupil_ids, tx.today)
    found = {}
    for pupil_id, (on_roll, decisions) in standing.items():
        known = Known(on_roll, decisions, sources, flags.get(pupil_id))
        uses = tx.school.uses
        found[pupil_id] = _Stands(
            (on_roll, decisions),
            ledger_rules.states(decisions, on_roll, uses, tx.today),
            rules.causes(pupil_id, known, uses, tx.today),
            rules.by_hand(known, uses, tx.today, since) if since else frozenset(),
        )
    return found


# ── opening, and who deals with it ─────────────────────────────────────────────────────────────────────────────────


def _open(tx: Transaction, cause: str, surface_id: int | None, pairs: Sequence[tuple[int | None, int]]) -> Record:
    """Add lines to the take-down of this cause and place that is open, or open one."""
    known = storage.of_cause(tx.connection, tx.school_id, cause, surface_id)
    lines = storage.lines(tx.connection, [each.record_id for each in known])
    for found in known:
        there = {(line.post_id, line.pupil_id) for line in lines[found.record_id]}
        if found.state == State.OPEN and not there.intersection(pairs):
            storage.add_lines(tx.connection, tx.school_id, found.record_id, pairs)
            _speaks_of(tx, found, {pupil_id for _, pupil_id in pairs})
            if found.next_at is None:
                record_storage.set_next_at(tx.connection, found, tx.now + rules.AGAIN_AFTER)
            return _hand_over(tx, _again(tx, found), Form(cause, surface_id))
    pupils = {pupil_id for _, pupil_id in pairs}

    def keep(record_id: int) -> None:
        take_downs.add(tx.connection, tx.school_id, record_id, Form(cause, surface_id))
        storage.add_lines(tx.connection, tx.school_id, record_id, pairs)

    concerned = records.Concerned(pupils=pupils, handlers=_wanted(tx, surface_id, records.related(tx, pupils)))
    origin = f"take-down {cause} · {surface_id or 'by hand'} · {len(known) + 1}"
    made = records.take_in(tx, PROCEDURE, origin=origin, keep=keep, concerns=concerned, asker=None)
    record_storage.set_next_at(tx.connection, made, tx.now + rules.AGAIN_AFTER)
    return made


def _again(tx: Look, found: Record) -> Record:
    return record_storage.of_numbers(tx.connection, tx.school_id, rules.KIND, [found.number])[found.number]


def _speaks_of(tx: Transaction, found: Record, pupils: Collection[int]) -> None:
    for pupil_id in sorted(set(pupils) - found.pupils):
        record_storage.add_pupil(tx.connection, tx.school_id, found.record_id, pupil_id, tx.now)


def _wanted(tx: Look, surface_id: int | None, barred: Collection[int]) -> list[int]:
    """Return who is to deal with what has to come down from a place; everywhere: the office."""
    place = next((each for each in surfaces.every(tx) if each.surface_id == surface_id), None)
    return [person.person_id for person in surfaces.custodians(tx, place, barred)]


def _hand_over(tx: Transaction, found: Record, form: Form) -> Record:
    """Have exactly those deal with it who look after its place now; returns it as it is then."""
    wanted = set(_wanted(tx, form.surface_id, records.related(tx, found.pupils)))
    now = {person_id for part, person_id in found.parts if part is Part.HANDLER}
    for person_id in sorted(wanted - now):
        record_storage.add_part(tx.connection, tx.school_id, found.record_id, Part.HANDLER, person_id, tx.now)
    for person_id in sorted(now - wanted):
        record_storage.end_part(tx.connection, found.record_id, Part.HANDLER, person_id, tx.now)
    if wanted == now:
        return found
    changed = _again(tx, found)
    _tell(tx, [changed])
    return changed


def _open_ones(tx: Look) -> list[tuple[Record, Form]]:
    found = storage.open_ones(tx.connection, tx.school_id)
    forms = take_downs.of_records(tx.connection, [each.record_id for each in found])
    return [(each, forms[each.record_id]) for each in found]


# ── telling ────────────────────────────────────────────────────────────────────────────────────────────────────────


def wave(tx: Look, at: datetime) -> int:
    """Return the number under which what came up at an instant is told."""
    return rules.wave(school_time(at, tx.school.timezone))


def _tell(tx: Transaction, opened: Sequence[Record], occasion: str = "") -> None:
    """Tell whoever has to take something down: all of one half of a day in one message.

    While something of it is open, its message is changed; once everything was done there is another one. `occasion`:
    for which there is another one in any case.
    """
    told = set[tuple[int, int]]()
    others = {each.record_id: each for each, _ in _open_ones(tx)} if opened else {}
    for found in opened:
        number = wave(tx, found.asked_at)
        before = [
            each
            for each in others.values()
            if each.record_id not in {one.record_id for one in opened} and wave(tx, each.asked_at) == number
        ]
        for person in handlers(tx, found):
            mine = any((Part.HANDLER, person.person_id) in each.parts for each in before)
            if (person.person_id, number) not in told and (occasion or not mine):
                tx.notify(Notice.TAKE_DOWN_OPEN, number, [person], occasion=occasion or found.number)
            told.add((person.person_id, number))
        tx.told_otherwise(number, Notice.TAKE_DOWN_OPEN, Notice.TAKE_DOWN_LATE)


def handlers(tx: Look, found: Record) -> list[Person]:
    """Return who deals with a take-down."""
    theirs = {person_id for part, person_id in found.parts if part is Part.HANDLER}
    return [person for person in tx.everybody() if person.person_id in theirs and person.is_here]


def tick(context: Context) -> None:
    """Remind who has not taken something down after a day, tell the headteacher after two; hand on what is others'.

    Clock time, in holidays too. Raises Busy.
    """
    with context.look() as tx:
        begins = storage.begins_today(tx.connection, tx.school_id, tx.today, tx.midnight(tx.today))
        if not begins and not any(
            _is_due(tx, found) or _is_for_others(tx, found, form) for found, form in _open_ones(tx)
        ):
            return
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        _bring_up_to_date(tx, begins)
        tx.kept.clear()
        for found, form in _open_ones(tx):
            if _is_for_others(tx, found, form):
                _hand_over(tx, found, form)
            if found.next_at is not None and found.next_at <= tx.now:
                _remind(tx, found)


def _is_due(tx: Look, found: Record) -> bool:
    return found.next_at is not None and found.next_at <= tx.now


def _is_for_others(tx: Look, found: Record, form: Form) -> bool:
    """Return whether somebody else deals with it by now: a custodian has left, is away, or is back."""
    now = {person_id for part, person_id in found.parts if part is Part.HANDLER}
    return now != set(_wanted(tx, form.surface_id, records.related(tx, found.pupils)))


def _remind(tx: Transaction, found: Record) -> None:
    number, since = wave(tx, found.asked_at), wave(tx, found.waits_since)  # since it was opened, or sent back
    if tx.now < found.waits_since + rules.HEAD_AFTER:
        tx.notify(Notice.TAKE_DOWN_OPEN, number, handlers(tx, found), occasion=f"again {since}")
        record_storage.set_next_at(tx.connection, found, found.waits_since + rules.HEAD_AFTER)
        return
    tx.notify(Notice.TAKE_DOWN_LATE, number, heads(tx, found), occasion=since)
    record_storage.set_next_at(tx.connection, found, None)


def heads(tx: Look, found: Record) -> list[Person]:
    """Return who hears that something has not come down: the first of the headteacher's line who may know of it."""
    groups = records.facts(tx, PROCEDURES, found).line(rules.TOLD_LATE, tx.everybody())
    return list(next((group for group in groups if group), ()))


# ── its end ────────────────────────────────────────────────────────────────────────────────────────────────────────


def settle(tx: Transaction, record_ids: Collection[int]) -> None:
    """Move on those take-downs of which no line is open any more."""
    _settle(tx, record_ids)


def _settle(tx: Transaction, record_ids: Collection[int]) -> None:
    if not record_ids:
        return
    every = {found.record_id: found for found, _ in _open_ones(tx)}
    lines = storage.lines(tx.connection, record_ids)
    for record_id in sorted(record_ids):
        found, outcomes = every.get(record_id), {line.outcome for line in lines[record_id]}
        if found is None:
            continue
        if None not in outcomes:
            event = Event.FINISH
            if Outcome.NOT_PRACTICABLE in outcomes:
                event = Event.ASK_HEAD
            elif outcomes <= rules.OVER and Outcome.CONSENT_IS_BACK in outcomes:
                event = Event.END
            records.step(tx, PROCEDURES, found, event, by=None)
        tx.told_otherwise(wave(tx, found.asked_at), Notice.TAKE_DOWN_OPEN, Notice.TAKE_DOWN_LATE)
