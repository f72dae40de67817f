"""Keeps the consent record: what parents decided, what the headteacher ruled, which paper is to come. Policy §4."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.changes import ConsentChanged
from bot.context import Context, Look, Transaction
from bot.errors import Conflict, NotFound, Refused
from bot.rules.consent import form, undo
from bot.rules.consent import ledger as rules
from bot.rules.consent.answer import Pupil
from bot.rules.consent.form import Entry, OnRecord
from bot.rules.consent.ledger import EntryKey, EntryKind, Matter, Method, Occasion, State, Verdict
from bot.rules.forms import read_reasons
from bot.rules.school import Role, Use
from bot.services.consent import roll
from bot.services.consent.look_ups import log_offered
from storage import school
from storage.consent import history as history_storage
from storage.consent import ledger
from storage.engine import Durability
from storage.people import people

Standing = Mapping[Matter, State]


@dataclass(frozen=True, slots=True)
class Record:
    """How one pupil's matters stand on a day, for those who keep the record."""

    pupil: Pupil
    day: date
    states: Standing
    deciders: tuple[str, ...]  # parents and guardians on record, newest first
    newest: int  # how much is recorded about this pupil: it grows with every entry and everything struck out
    on_record: OnRecord
    known: Standing = field(default_factory=dict)  # how it stood as far as the school knew on that day
    occasions: tuple[Occasion, ...] = ()
    recorders: Mapping[int, str] = field(default_factory=dict)  # person id → name

    @property
    def disputed(self) -> bool:
        """Tell whether parents disagree on anything."""
        return State.DISPUTED in self.states.values()

    @property
    def flagged(self) -> bool:
        """Tell whether the never-photograph flag is up."""
        return State.NEVER_PHOTOGRAPH in self.states.values()


@dataclass(frozen=True, slots=True)
class Recorded:
    """What recording did: the record as it stands now, and whether this form had been recorded before."""

    record: Record
    uses: tuple[Use, ...]
    again: bool
    paper_follows: bool = False
    entry: EntryKey | None = None  # what was recorded just now, which may be undone
    from_day: date | None = None  # a day that is still to come
    outweighed: bool = False  # a Yes that does not count, because of another No
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """A letter that has still to come, after a spoken withdrawal (§4.3)."""

    source_id: int
    pupil: Pupil
    since: datetime


class Found(NamedTuple):
    """Whom a typed name may mean. `certain`: exactly one pupil is called that; a misspelling never is."""

    pupils: tuple[Pupil, ...]
    certain: bool


def find(context: Context, words: str) -> Found:
    """Return the pupils whose name this is, or else those whose name is close; it is logged whom somebody is shown."""
    with context.begin(Durability.QUICK) as tx:
        index = roll.of(tx)
        found = index.find(words)
        shown = found.exact or found.near or index.nearest(words)
        pupils = tuple(roll.pupil(index, each) for each in shown)
        log_offered(tx, pupils)
        return Found(pupils, certain=len(found.exact) == 1)


def get(context: Context, pupil_id: int) -> Record:
    """Return how a pupil's matters stand today; it is logged who looked. Raises NotFound."""
    with context.begin() as tx:
        record = stands(context, tx, pupil_id, tx.today)
        tx.audit("ledger.seen", f"pupil {pupil_id}")
        return record


def history(context: Context, pupil_id: int, day: date | None = None) -> Record:
    """Return everything recorded about a pupil, and how it stood on a day (default today). It is logged who looked.

    Reasons of a flag are left out for those who need not know why. Raises NotFound.
    """
    with context.begin() as tx:
        record = stands(context, tx, pupil_id, day or tx.today)
        tx.audit("ledger.history_seen", f"pupil {pupil_id}")
        return with_history(context, tx, record)


def record(context: Context, pupil_id: int, fields: Mapping[str, str], *, request_id: str) -> Recorded:
    """Record what a parent or guardian decided. Raises BadInput with a message a field, NotFound.

    The same form delivered twice is recorded once.
    """
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        before = stands(context, tx, pupil_id, tx.today)
        entry = form.read(fields, context.school.uses, before.on_record, tx.today)
        source_id = _add(tx, entry, request_id)
        if source_id is None:
            return Recorded(before, context.school.uses, again=True)
        ledger.add_decisions(
            tx.connection,
            tx.school_id,
            pupil_id,
            source_id,
            entry.verdicts,
            effective_from=entry.effective_from,
            expires_on=entry.expires_on,
        )
        if entry.paper_follows:
            ledger.add_paper(tx.connection, tx.school_id, source_id, pupil_id)
        tx.audit("ledger.recorded", f"source {source_id}")
        tx.changed(ConsentChanged(frozenset({pupil_id})))
        key = EntryKey(EntryKind.DECIDED, source_id)
        return _recorded(context, stands(context, tx, pupil_id, tx.today), entry, key)


def _recorded(context: Context, now: Record, entry: Entry, key: EntryKey) -> Recorded:
    today = now.day
    later = entry.effective_from > today
    yeses = [matter for matter, verdict in entry.verdicts.items() if verdict is Verdict.YES]
    return Recorded(
        now,
        context.school.uses,
        again=False,
        entry=key,
        paper_follows=entry.paper_follows,
        withdrawn=Verdict.WITHDRAWN in entry.verdicts.values(),
        from_day=entry.effective_from if later else None,
        outweighed=not later and any(now.states.get(matter) is not State.YES for matter in yeses),
    )


def settle(
    context: Context, pupil_id: int, verdict: Verdict, reasons: str, *, shown_until: int, request_id: str
) -> Recorded:
    """Decide what parents disagree on, as the headteacher, with reasons. Raises BadInput, Conflict, Refused.

    `shown_until`: `Record.newest` as the headteacher has seen it; what came after it is not decided unseen.
    """
    _only(context, *form.DECIDERS)
    why = read_reasons(reasons)
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        before = stands(context, tx, pupil_id, tx.today)
        source_id = ledger.add_source(
            tx.connection,
            tx.school_id,
            method=Method.RULING,
            reasons=why,
            recorded_by=tx.actor_id,
            recorded_at=tx.now,
            request_id=request_id,
        )
        if source_id is None:
            return Recorded(before, context.school.uses, again=True)
        disputed = [matter for matter, state in before.states.items() if state is State.DISPUTED]
        if not disputed or before.newest != shown_until:
            raise Conflict(
                "Something was recorded about this child meanwhile. Nothing was changed: open the form again."
            )
        verdicts = dict.fromkeys(disputed, verdict)
        ledger.add_decisions(
            tx.connection, tx.school_id, pupil_id, source_id, verdicts, effective_from=tx.today, expires_on=None
        )
        tx.audit("ledger.ruled", f"source {source_id}")
        tx.changed(ConsentChanged(frozenset({pupil_id})))
        key = EntryKey(EntryKind.DECIDED, source_id)
        return Recorded(stands(context, tx, pupil_id, tx.today), context.school.uses, again=False, entry=key)


def set_flag(context: Context, pupil_id: int, *, raised: bool, reasons: str) -> Recorded:
    """Raise or lift the never-photograph flag; only a head or deputy lifts it. Raises BadInput, Conflict, Refused."""
    if not raised:
        _only(context, *form.DECIDERS)
    why = read_reasons(reasons)
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        if stands(context, tx, pupil_id, tx.today).flagged is raised:
            raise Conflict("The flag already stands as you want it. Nothing was changed.")
        number = ledger.add_flag(
            tx.connection,
            tx.school_id,
            pupil_id,
            raised=raised,
            reasons=why,
            recorded_by=tx.actor_id,
            recorded_at=tx.now,
            effective_from=tx.today,
        )
        tx.audit("ledger.flag_raised" if raised else "ledger.flag_lifted", f"pupil {pupil_id}")
        tx.changed(ConsentChanged(frozenset({pupil_id})))
        now = stands(context, tx, pupil_id, tx.today)
        return Recorded(now, context.school.uses, again=False, entry=EntryKey(EntryKind.FLAG, number))


def paper_received(context: Context, source_id: int) -> None:
    """Note that the letter after a spoken withdrawal has come. Raises Conflict where nobody waits for it any more."""
    with context.begin() as tx:
        if not ledger.paper_received(tx.connection, tx.school_id, source_id, at=tx.now, by=tx.actor_id):
            raise Conflict(
                "That letter was already noted as received, or what it was about was struck out as recorded in error. "
                "Nothing was changed."
            )
        tx.audit("ledger.paper_received", f"source {source_id}")


def papers(tx: Look) -> tuple[Paper, ...]:
    """Return the letters still to come, oldest first."""
    index = roll.of(tx)
    waiting = ledger.papers(tx.connection, tx.school_id)
    return tuple(Paper(source_id, roll.pupil(index, pupil_id), since) for source_id, pupil_id, since in waiting)


def _add(tx: Transaction, entry: Entry, request_id: str) -> int | None:
    return ledger.add_source(
        tx.connection,
        tx.school_id,
        method=entry.method,
        decided_by=entry.decided_by,
        relationship=entry.relationship,
        wording=entry.wording,
        recorded_by=tx.actor_id,
        recorded_at=tx.now,
        request_id=request_id,
    )


def stands(context: Context, tx: Look, pupil_id: int, day: date) -> Record:
    """Return how a pupil's matters stand on a day, without the history. Raises NotFound."""
    found = ledger.standing(tx.connection, tx.school_id, [pupil_id], day).get(pupil_id)
    index = roll.of(tx)
    if found is None or pupil_id not in index:
        raise NotFound("That pupil is not on this school's roll.")
    on_roll, decisions = found
    states = rules.states(decisions, on_roll, context.school.uses, day)
    newest_first = sorted(decisions, key=lambda decision: decision.number, reverse=True)
    deciders = tuple(dict.fromkeys(decision.decided_by for decision in newest_first if decision.decided_by))
    decided = frozenset(decision.matter for decision in decisions)
    agreed = frozenset(decision.matter for decision in decisions if decision.verdict is Verdict.YES)
    newest = ledger.entries(tx.connection, tx.school_id, pupil_id)
    return Record(roll.pupil(index, pupil_id), day, states, deciders, newest, OnRecord(decided, agreed))


def with_history(context: Context, tx: Look, record: Record) -> Record:
    """Return a record with everything ever recorded, and how it stood as far as the school knew on its day."""
    every = history_storage.of_pupil(tx.connection, tx.school_id, record.pupil.pupil_id)
    on_roll = history_storage.on_roll(tx.connection, tx.school_id, record.pupil.pupil_id)
    # As far as the school knew that evening: what was recorded by then, and not yet struck out.
    evening = datetime.combine(record.day + timedelta(days=1), time(), ZoneInfo(context.school.timezone))
    then, decisions = undo.standing(every, on_roll, record.day, known_at=evening)
    known = rules.states(decisions, then, context.school.uses, record.day)
    occasions = tuple(every if _knows_why(context) else map(_without_why, every))
    recorders = people.names(tx.connection, tx.school_id)
    return replace(record, known=known, occasions=occasions, recorders=recorders)


def _knows_why(context: Context) -> bool:
    return context.actor is not None and context.actor.person.holds(*form.KNOW_WHY)


def _without_why(occasion: Occasion) -> Occasion:
    """Return an entry without what those who need not know why a flag was raised may not read."""
    if occasion.key.kind is not EntryKind.FLAG:
        return occasion
    return replace(occasion, reasons="", struck=occasion.struck and occasion.struck._replace(reasons=""))


def _only(context: Context, *roles: Role) -> None:
    if context.actor is None or not context.actor.person.holds(*roles):
        raise Refused("Only the headteacher or the deputy headteacher can do this.")
