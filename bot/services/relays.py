"""Role holders outside Slack are told by a colleague: who is asked to, whom they tell, and that they have.

What has to be told is asked of every feature anew (`tellings`), so that nothing here can outlive its cause; what is
kept is who was asked and who told whom, how and when.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

from bot.clock import school_day, school_time, spoken_instant
from bot.context import Context, Look, Transaction
from bot.errors import Conflict, NotFound, Refused
from bot.notices import Hours, Notice
from bot.rules import relays as rules
from bot.rules.people import Person
from bot.rules.relays import FEATURE, Telling
from bot.rules.reminders.stages import Item, reached
from bot.rules.school import Role
from bot.rules.turns import Asker, Line, Waiting
from bot.wording import Wording, page
from storage.outbox import outcomes, relays
from storage.outbox.relays import Relay

SENT = (Notice.RELAY_NOW, Notice.RELAY_WAITS)
WORDS = page("relays/view")
NOT_YOURS = "There is nothing here for you to tell any more."
OPENS = "relays.open"
NOT_TOLD = "relays not told"
Tellings = Callable[[Look], Iterable[Telling]]  # what every feature has to tell those who hold an office
Of = tuple[Notice, int, int]  # message, record, holder


@dataclass(frozen=True, slots=True)
class Shown:
    """One telling as somebody who has to do with it sees it.

    `name`: of what it is ("AR-7"), "" of nothing that has a name; `phone`: "" not known; `told_by`: "" nobody yet;
    `is_over`: it needs no telling any more; `may_undo`: this person has said so, and may take it back; `is_own`: nobody
    else may tell, for it is confidential and whoever asked alone knows whom to phone.
    """

    relay: Relay
    name: str
    holder: str
    phone: str
    told_by: str
    is_over: bool
    may_undo: bool
    is_own: bool
    is_alone: bool  # nobody in Slack is told of it


def notice_of(told: Notice) -> Notice:
    """Return the message by which somebody is asked to tell: it comes at any hour if the others' message does."""
    return Notice.RELAY_NOW if told.hours is Hours.ANY else Notice.RELAY_WAITS


# ── what follows from what has changed ─────────────────────────────────────────────────────────────────────────


def tick(context: Context, tellings: Tellings) -> None:
    """Do what the clock has made needed, or what a failed reaction has left undone."""
    with context.look() as tx:
        if not _is_concerned(tx) or not _plan(tx, tellings).is_needed:
            return
    with context.begin() as tx:
        derive(tx, tellings)


def derive(tx: Transaction, tellings: Tellings) -> None:
    """Ask for what has to be told and nobody was asked for yet; take back what needs no telling any more.

    Whoever has an account now is told by a message of their own.
    """
    if _is_concerned(tx):
        holders_changed(tx, tellings)


def holders_changed(tx: Transaction, tellings: Tellings) -> None:
    """Do what `derive` does where somebody told outside Slack may have an account now, even if nobody is outside it."""
    if not tx.outside() and not relays.is_kept(tx.connection, tx.school_id):
        return
    plan = _plan(tx, tellings)
    for telling, outside in plan.new:
        made = relays.add(
            tx.connection,
            tx.school_id,
            notice=telling.notice,
            record=telling.record,
            holder_id=outside.person.person_id,
            role=outside.role,
            tellers=[each.person_id for each in telling.tellers],
            at=tx.now,
        )
        if made:
            tx.audit("relays.made", f"relay {made}")
            tx.notify(notice_of(telling.notice), made, telling.tellers)
    relays.end(tx.connection, [each.relay_id for each in plan.over], tx.now)
    for each in plan.over:
        tx.audit("relays.over", f"relay {each.relay_id}")
        _told_otherwise(tx, each.relay_id)
    for each, telling in plan.changed:
        relays.set_tellers(tx.connection, each.relay_id, [teller.person_id for teller in telling.tellers])
        tx.audit("relays.asked_of_others", f"relay {each.relay_id}")
        _told_otherwise(tx, each.relay_id)
        tx.notify(notice_of(each.notice), each.relay_id, telling.tellers)
    for each, holder in plan.arrived:
        tx.notify(each.notice, each.record, [holder], occasion="account")
    _forget(tx)


def _is_concerned(tx: Look) -> bool:
    """Return whether anything is or was to be told by a colleague: at most schools nothing ever is."""
    return tx.outside() or bool(_not_told(tx))


def _plan(tx: Look, tellings: Tellings) -> "_Plan":
    every = tuple(tellings(tx))
    wanted = {
        (telling.notice, telling.record, outside.person.person_id): (telling, outside)
        for telling in every
        for outside in telling.outside
    }
    kept: dict[Of, Relay] = {each.of: each for each in _not_told(tx)}
    records: dict[Notice, set[int]] = {}
    for telling in every:
        records.setdefault(telling.notice, set()).add(telling.record)
    of_open = [
        each
        for notice, numbers in records.items()
        for each in relays.of_records(tx.connection, tx.school_id, [notice], numbers)
    ]
    told = {each.of for each in of_open if each.told_at}
    asked = {(telling.notice, telling.record): telling.asked for telling in every}
    return _Plan(
        new=[both for of, both in wanted.items() if of not in kept and of not in told],
        over=[each for of, each in kept.items() if of not in wanted],
        changed=[
            (each, wanted[of][0])
            for of, each in kept.items()
            if of in wanted and each.tellers != {teller.person_id for teller in wanted[of][0].tellers}
        ],
        arrived=[
            (each, person)
            for each in of_open
            for person in asked[each.notice, each.record]
            if person.person_id == each.holder_id and person.person_id not in _recipients(tx, each)
        ],
    )


def _recipients(tx: Look, found: Relay) -> set[int]:
    return outcomes.recipients(tx.connection, tx.school_id, found.notice, found.record, found.made_at)


def _told_otherwise(tx: Transaction, relay_id: int) -> None:
    tx.told_otherwise(relay_id, *SENT)
    tx.reminders_changed(f"{FEATURE}-{relay_id}-")


# ── asked for by people ────────────────────────────────────────────────────────────────────────────────────────


def get(context: Context, tellings: Tellings, number: int) -> Shown:
    """Return one telling, for who tells it or has told it. Raises NotFound."""
    with context.look() as tx:
        return _shown(tx, tellings, context.person, _theirs(tx, tellings, context.person, number))


def tell(context: Context, tellings: Tellings, number: int, fields: Mapping[str, str]) -> Shown:
    """Write down that they were told. Raises BadInput with a message for each field, Conflict, NotFound.

    `fields`: as in `rules.read_told`. Of two people the first counts, and the second learns who was quicker.
    """
    zone = context.school.timezone
    with context.begin() as tx:
        found = _theirs(tx, tellings, context.person, number)
        if found.told_by == context.person.person_id:
            return _shown(tx, tellings, context.person, found)  # the same form once more
        _raise_if_told(tx, found)
        now, since = (school_time(each, zone) for each in (tx.now, found.made_at))
        how, at = rules.read_told(fields, now, since)
        done = relays.told(
            tx.connection, number, at=min(at.astimezone(UTC), tx.now), how=how, by=tx.actor_id, now=tx.now
        )
        if not done:
            _raise_if_told(tx, _get(tx, number))
            raise NotFound(NOT_YOURS)
        _forget(tx)
        tx.audit("relays.told", f"relay {number}")
        _told_otherwise(tx, number)
        return _shown(tx, tellings, context.person, _get(tx, number))


def undo(context: Context, tellings: Tellings, number: int) -> None:
    """Take back that they were told, as only whoever said so may: it waits again. Raises Conflict, NotFound."""
    with context.begin() as tx:
        found = _theirs(tx, tellings, context.person, number)
        if found.told_by != context.person.person_id:
            raise Refused("Only whoever wrote it down can take it back.")
        if not relays.undo(tx.connection, number, by=tx.actor_id, at=tx.now):
            raise Conflict("This was taken back already.")
        tx.audit("relays.undone", f"relay {number}")
        _told_otherwise(tx, number)
        tx.kept.clear()
        derive(tx, tellings)  # it waits again, as one more


def _raise_if_told(tx: Look, found: Relay) -> None:
    if found.told_at:
        by, at = tx.person(found.told_by or 0), spoken_instant(found.told_at, tx.school.timezone)
        raise Conflict(
            f"{by.name if by else 'A colleague'} has told them already ({at}). Nothing of yours was changed."
        )


def _get(tx: Look, number: int) -> Relay:
    found = relays.get(tx.connection, tx.school_id, number)
    if found is None:
        raise NotFound(NOT_YOURS)
    return found


def _theirs(tx: Look, tellings: Tellings, person: Person, number: int) -> Relay:
    """Return a telling that concerns somebody: they tell it now, or have told it. Raises NotFound.

    Once told it is for those who might have told it, as long as they still might.
    """
    found = _get(tx, number)
    telling = _live(tx, tellings).get(found.of)
    has_told = found.told_by == person.person_id
    may_tell = telling is not None and person in telling.tellers and found.ended_at is None
    if not has_told and not may_tell:
        raise NotFound(NOT_YOURS)
    return found


def _live(tx: Look, tellings: Tellings) -> Mapping[Of, Telling]:
    """Return what has to be told now, by what makes it this telling; worked out once."""

    def read() -> Mapping[Of, Telling]:
        if not tx.outside():
            return {}
        return {
            (telling.notice, telling.record, outside.person.person_id): telling
            for telling in tellings(tx)
            for outside in telling.outside
        }

    found: Mapping[Of, Telling] = tx.once(FEATURE, read)
    return found


def _shown(tx: Look, tellings: Tellings, person: Person, found: Relay) -> Shown:
    telling, holder = _live(tx, tellings).get(found.of), tx.person(found.holder_id)
    by = tx.person(found.told_by) if found.told_by else None
    return Shown(
        found,
        telling.name if telling else "",
        holder.name if holder and not holder.is_nameless else "",
        tx.school.phones.get(holder.email, "") if holder else "",
        by.name if by else "",
        is_over=found.ended_at is not None or (telling is None and found.told_at is None),
        may_undo=found.ended_at is None and found.told_by == person.person_id,
        is_own=telling is not None and _is_own(telling),
        is_alone=telling is not None and not telling.asked,
    )


# ── what it gives to whatever gathers ──────────────────────────────────────────────────────────────────────────


def waiting(tx: Look, tellings: Tellings, person: Person) -> Iterator[Waiting]:
    """Yield what somebody is to tell."""
    for found, telling in _open(tx, tellings):
        if person in telling.tellers:
            yield Waiting(
                FEATURE, _called(found.role, telling.name, _is_own(telling)), OPENS, str(found.relay_id), found.made_at
            )


def due_items(tx: Look, tellings: Tellings, reader: Person | None = None) -> Iterator[Item]:
    """Yield what is still to be told, from the day on which it came up, every morning."""
    for found, telling in _open(tx, tellings):
        since = school_day(found.made_at, tx.school.timezone)
        due = tx.school.calendar.school_days_after(since, 1)
        stage = reached(due, tx.today, rules.REMINDED)
        for teller in telling.tellers if stage else ():
            if stage and (reader is None or reader.person_id == teller.person_id):
                yield Item(
                    feature=FEATURE,
                    key=f"{FEATURE}-{found.relay_id}-open",
                    person_id=teller.person_id,
                    due=due,
                    stage=stage,
                    words={"name": telling.name, "role": _spoken(found.role), "is_own": _is_own(telling)},
                    action=OPENS,
                    value=str(found.relay_id),
                    takers=frozenset(),
                    is_private=telling.is_confidential,
                    anchor=since,
                    heeds_absence=not telling.is_confidential,
                )


def next_in_line(tx: Look, tellings: Tellings, _notice: Notice, number: int) -> Line | None:
    """Return who tells instead of somebody who could not be asked to; in the end whoever asked. None: it is over."""
    found = relays.get(tx.connection, tx.school_id, number)
    telling = _live(tx, tellings).get(found.of) if found and found.is_open else None
    if found is None or telling is None:
        return None
    asker = telling.asker_id
    return Line((telling.tellers,), Asker(notice_of(found.notice), number, asker) if asker else None)


def _open(tx: Look, tellings: Tellings) -> Iterator[tuple[Relay, Telling]]:
    for found in _not_told(tx):
        telling = _live(tx, tellings).get(found.of)
        if telling:
            yield found, telling


def _not_told(tx: Look) -> Sequence[Relay]:
    found: Sequence[Relay] = tx.once(NOT_TOLD, lambda: relays.not_told(tx.connection, tx.school_id))
    return found


def _forget(tx: Look) -> None:
    """Forget what was read before something was changed."""
    for what in (FEATURE, NOT_TOLD):
        tx.kept.pop(what, None)


def untellable(tx: Look, tellings: Tellings) -> int:
    """Return how many things have to be told that nobody here may tell, for `doctor`."""
    return sum(not telling.tellers for telling in _live(tx, tellings).values())


@dataclass(frozen=True)
class _Plan:
    """What differs between what has to be told and what was asked for."""

    new: Sequence[tuple[Telling, rules.Outside]]
    over: Sequence[Relay]
    changed: Sequence[tuple[Relay, Telling]]
    arrived: Sequence[tuple[Relay, Person]]

    @property
    def is_needed(self) -> bool:
        return bool(self.new or self.over or self.changed or self.arrived)


def called(found: Shown) -> Wording:
    """Return what is to be done, as it may stand in a message: the office and the reference, and no name.

    For somebody who alone may tell, it names no office either: whoever the report is about might read their messages.
    """
    return _called(found.relay.role, found.name, found.is_own)


def _called(role: Role, name: str, is_own: bool) -> Wording:
    return WORDS.text("own", name=name) if is_own else WORDS.text("to_do", role=_spoken(role), name=name)


def _spoken(role: Role) -> Wording:
    return page("help/roles").text(role.value)


def _is_own(telling: Telling) -> bool:
    return telling.is_confidential and telling.is_askers
