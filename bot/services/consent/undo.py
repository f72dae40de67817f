"""Strikes out what was recorded in error, so that nobody has to write a false entry to correct one. Policy §4.

The entry stays to be seen. What keeps a child out of pictures is struck out only with a reason, and the headteacher is
told at once.
"""

import enum
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.changes import ConsentChanged
from bot.clock import spoken_instant
from bot.context import Context, Look, Transaction
from bot.errors import Conflict, NotFound, Refused
from bot.notices import Notice
from bot.rules.buttons import is_its_own, value_of
from bot.rules.consent import undo as rules
from bot.rules.consent.ledger import EntryKey, EntryKind, Matter, Occasion, State, states
from bot.rules.forms import read_reasons
from bot.rules.relays import Telling, telling
from bot.rules.school import Role
from bot.rules.turns import Line
from bot.services.consent import ledger
from bot.services.consent.ledger import Record
from storage import school
from storage.consent import history, imports, imports_pieces
from storage.consent import undo as storage
from storage.outbox import outcomes
from storage.people import people

GONE = "What this message was about is no longer here."
TOLD = (Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER, Role.DATA_PROTECTION_OFFICER)
RELAYED_FOR = timedelta(days=14)  # [K] so long a headteacher outside Slack is still to be told of it by a colleague
HALF_WAY = (
    "The import that says so is not finished. Finish it or undo it first: Home, “Import the roll”. "
    "Nothing was changed now."
)
NEWER_FILE = "A newer file from the school's system says when this child left. Correct it there, and import again."


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a child's history, and what striking it out would do. `after`: how it would stand then, today."""

    record: Record
    occasion: Occasion
    after: Mapping[Matter, State]
    needs_why: bool  # it keeps the child out of pictures
    recorders: Mapping[int, str]  # person id → name


@dataclass(frozen=True, slots=True)
class Undone:
    """What striking out did: how the child's record stands now. `told`: the headteacher is told of it."""

    record: Record
    told: bool


def entry(context: Context, pupil_id: int, key: EntryKey) -> Entry:
    """Return an entry that this person may strike out. Raises Conflict, NotFound, Refused. It is logged who looked."""
    with context.begin() as tx:
        found = _entry(context, tx, pupil_id, key)
        tx.audit("ledger.history_seen", f"pupil {pupil_id}")
        return found


def strike_out(context: Context, pupil_id: int, key: EntryKey, reasons: str, *, shown_until: int) -> Undone:
    """Strike out one entry, with the reason. Raises BadInput, Conflict, NotFound, Refused.

    `shown_until`: `Record.newest` as this person has seen it; what came after it is not weighed unseen.
    """
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        found = _entry(context, tx, pupil_id, key)
        if found.record.newest != shown_until:
            raise Conflict(
                "Something was recorded about this child meanwhile. Nothing was changed: open the history again."
            )
        return _strike_out(context, tx, found, read_reasons(reasons))


class Instead(enum.Enum):
    """Why something is not undone at once, and what is to be done instead."""

    LOOK = "look at it first, and say why"
    LATE = "strike it out in the child's history"


def undo(context: Context, pupil_id: int, key: EntryKey, *, shown_until: int) -> Undone | Instead:
    """Undo at once what this person recorded a moment ago. Raises Conflict, NotFound, Refused.

    What makes a child shown again, what somebody else recorded and what has been followed by something newer needs a
    second look. `shown_until`: as in `strike_out`.
    """
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        found = _entry(context, tx, pupil_id, key)
        if tx.now - found.occasion.recorded_at >= rules.UNDO_FOR:
            return Instead.LATE
        own = found.occasion.recorded_by == tx.actor_id
        if found.needs_why or not own or found.record.newest != shown_until:
            return Instead.LOOK
        return _strike_out(context, tx, found, "")


def strike_out_leavers(context: Context, leaver_ids: Collection[int], reasons: str) -> int:
    """Strike out that these children have left, all or none; returns how many. Raises as `strike_out`."""
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        why = read_reasons(reasons)
        for pupil_id, key in _leavers(tx, leaver_ids):
            _strike_out(context, tx, _entry(context, tx, pupil_id, key), why)
        return len(leaver_ids)


def leavers(context: Context, leaver_ids: Collection[int]) -> list[Entry]:
    """Return the entries that these children have left. Raises Conflict, NotFound, Refused. It is logged who looked."""
    with context.begin() as tx:
        found = [_entry(context, tx, pupil_id, key) for pupil_id, key in _leavers(tx, leaver_ids)]
        for each in found:
            tx.audit("ledger.history_seen", f"pupil {each.record.pupil.pupil_id}")
        return found


def told(context: Context, struck_id: int, token: str) -> Record:
    """Return the history of the child of whom the headteacher was told. Raises NotFound. It is logged who looked."""
    with context.look() as tx:
        struck = storage.of_whom(tx.connection, tx.school_id, struck_id)
    if struck is None or not is_its_own(token, struck[1]):
        raise NotFound(GONE)
    return ledger.history(context, struck[0])


def button(context: Context, struck_id: int) -> str:
    """Return what the button carries by which the headteacher sees it. Raises NotFound."""
    with context.look() as tx:
        struck = storage.of_whom(tx.connection, tx.school_id, struck_id)
    if struck is None:
        raise NotFound(GONE)
    return value_of(struck_id, struck[1])


def next_in_line(tx: Look, _notice: Notice, _number: int) -> Line:
    """Return who is told instead of a headteacher who cannot be [K]: the deputy, then the DPO."""
    here = [person for person in tx.everybody() if person.is_here]
    return Line(tuple(tuple(person for person in here if person.holds(role)) for role in TOLD))


def tellings(tx: Look) -> Iterator[Telling]:
    """Yield what the headteacher was to be told lately, as far as anybody was. Not by the office, whose it may be."""
    if not tx.outside():
        return
    since = tx.now - RELAYED_FOR
    for notice in (Notice.CONSENT_SHOWN_AGAIN, Notice.CONSENT_IMPORT_UNDONE):
        for number, told in outcomes.told_since(tx.connection, tx.school_id, notice, since).items():
            asked = [person for person in tx.everybody() if person.person_id in told]
            yield telling(tx.reach(), notice, number, TOLD, asked=asked, is_confidential=True)


# ── within a transaction ───────────────────────────────────────────────────────────────────────────────────────────


def _entry(context: Context, tx: Look, pupil_id: int, key: EntryKey) -> Entry:
    record = ledger.stands(context, tx, pupil_id, tx.today)
    every = history.of_pupil(tx.connection, tx.school_id, pupil_id)
    occasion = next((each for each in every if each.key == key), None)
    if occasion is None:
        raise NotFound("There is no such entry in this child's history.")
    if not rules.may_strike_out(context.person, occasion, every):
        raise Refused(_refusal(occasion, every))
    if occasion.struck:
        at = spoken_instant(occasion.struck.at, tx.school.timezone)
        raise Conflict(f"That was struck out already, {at}. Nothing was changed now.")
    on_roll = history.on_roll(tx.connection, tx.school_id, pupil_id)
    way = imports_pieces.unfinished(tx.connection, tx.school_id)
    if way and key == EntryKey(EntryKind.DECIDED, way.source_id or 0):
        raise Conflict(HALF_WAY)
    before = rules.standing(every, on_roll, tx.today)
    after = rules.standing(every, on_roll, tx.today, without=(key,))
    shown = rules.shown_again(before, after, tx.school.uses, tx.today)
    will = states(after[1], after[0], tx.school.uses, tx.today)
    needs_why = rules.keeps_out(occasion) or shown
    return Entry(record, occasion, will, needs_why, people.names(tx.connection, tx.school_id))


def _refusal(occasion: Occasion, every: Sequence[Occasion]) -> str:
    if occasion.key.kind is EntryKind.FLAG:
        return "Only the headteacher or the deputy headteacher can strike out an entry about the flag."
    if rules.rulings_over(occasion, every):
        return "The headteacher has decided on this. Only the headteacher can strike it out."
    return "Only the school office and the headteacher can strike out what was recorded in error."


def _strike_out(context: Context, tx: Transaction, found: Entry, reasons: str) -> Undone:
    pupil_id, key = found.record.pupil.pupil_id, found.occasion.key
    if key.kind is EntryKind.LEFT:
        _bring_back(tx, pupil_id, found.occasion)
    number = storage.add(
        tx.connection,
        tx.school_id,
        pupil_id,
        key,
        reasons=reasons,
        recorded_by=tx.actor_id,
        recorded_at=tx.now,
    )
    tx.audit("ledger.struck_out", f"{key.kind} {key.number}")
    tx.changed(ConsentChanged(frozenset({pupil_id})))
    if found.needs_why:
        tell(tx, number)
    return Undone(ledger.stands(context, tx, pupil_id, tx.today), told=found.needs_why)


def _bring_back(tx: Transaction, pupil_id: int, occasion: Occasion) -> None:
    """Put a child back where they were before somebody said that they had left: on roll, and missing from a file."""
    dates = imports.roll_dates(tx.connection, tx.school_id, pupil_id)
    if dates is None or dates.left_on != occasion.effective_from:
        raise Conflict(NEWER_FILE)
    since = imports.missing_before(tx.connection, tx.school_id, occasion.key.number)
    facts = {"left_on": None, "missing_since": since}
    imports.change_pupils(tx.connection, tx.school_id, [(pupil_id, facts)])
    school.roll_changed(tx.connection, tx.school_id)


def _leavers(tx: Look, leaver_ids: Collection[int]) -> list[tuple[int, EntryKey]]:
    known = imports.leavers_of(tx.connection, tx.school_id, leaver_ids)
    if not known or len(known) != len(set(leaver_ids)):
        raise NotFound("There is no such entry.")
    return [(pupil_id, EntryKey(EntryKind.LEFT, number)) for number, pupil_id in known.items()]


def tell(tx: Transaction, number: int, notice: Notice = Notice.CONSENT_SHOWN_AGAIN) -> None:
    """Tell the headteacher that a child may be shown again; of what the headteacher did, the next in line [K]."""
    line = next_in_line(tx, notice, number)
    tx.notify(notice, number, line.next({tx.actor_id or 0}))
