"""The filter register: what is to be blocked or allowed, until a person says that the filter was changed. §7.3, 7.5."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.engine import Connection

from bot.changes import FilterChanged, SightChanged
from bot.context import Context, Look, Transaction
from bot.errors import Conflict, NotFound, Refused
from bot.notices import Notice
from bot.rules import deciding
from bot.rules.access import REVIEWERS, read_until
from bot.rules.buttons import ANY_BUTTON
from bot.rules.filter import register as rules
from bot.rules.filter.addresses import read
from bot.rules.filter.lines import Entry
from bot.rules.filter.register import Event, Kind, RegisterEntry, State
from bot.rules.forms import Wrong, read_reasons
from bot.rules.people import Person
from bot.rules.procedures import RECORD_NAME
from bot.rules.reminders.stages import Plan
from bot.rules.school import Role
from storage import numbers, school
from storage.filter import register
from storage.people import relatives
from storage.spine import record_sight

KIND = "FE"
REPORTED = "CR-"
PATIENCE = 2  # [K] school days that a change of the filter may take before somebody is reminded
NOT_YOURS = "The filter's lists are kept by the E-Safety Co-ordinator, the headteacher and the office."
EVERYTHING = rules.Narrowed()  # that belongs in the filter
CHASE = Plan(before_days=(), overdue_every_days=7, escalate_after_days=14)


@dataclass(frozen=True, slots=True)
class Overview:
    """The register as one person may see it: one page of it."""

    entries: tuple[RegisterEntry, ...]  # the latest first
    total: int  # how many there are on all pages
    to_do: tuple[RegisterEntry, ...]  # what a person has to change in the filter, the longest waiting first
    clashes: tuple[str, ...]
    may_decide: bool
    may_confirm: bool


# ── called by what is decided elsewhere, in its own transaction ────────────────────────────────────────────────────


def propose(tx: Transaction, kind: Kind, lines: Sequence[str], **more: Any) -> None:
    """Put lines into the register, and ask for the filter to be changed. `more`: as in `_add`."""
    made = _add(tx, kind, lines, **more)
    if made:
        tx.notify(Notice.REGISTER_CHANGE, made[0], keepers(tx), occasion="proposed")


def put_in(tx: Transaction, kind: Kind, lines: Sequence[str], *, by: Person, **more: Any) -> None:
    """Put lines into the register that somebody says they have put into the filter: nobody is asked to.

    `more`: as in `_add`. Raises Refused where they do not change the filter.
    """
    if not by.holds(*rules.KEEPERS):
        raise Refused(NOT_YOURS)
    for number in _add(tx, kind, lines, by=by, **more):
        _step(tx, _get(tx, number), Event.CONFIRM_APPLIED, by=by)


def _add(
    tx: Transaction,
    kind: Kind,
    lines: Sequence[str],
    *,
    reason: str,
    record: str,
    by: Person | None,
    expires_on: date | None = None,
    form_id: str | None = None,
) -> list[int]:
    """Put lines into the register; returns those to be put into the filter. A line that is blocked already stays so."""
    school.lock(tx.connection, tx.school_id)  # two may block the same site at once
    there = register.of_lines(tx.connection, tx.school_id, kind, lines)
    listed = {each.entry for each in there if each.state in rules.LISTED}
    made = []
    for line in lines:
        if kind is Kind.BLOCKED and line in listed:
            continue
        # Whatever was to be taken out, but is still in the filter, now stays there.
        leaving = [each for each in there if each.entry == line and each.state is State.TO_REMOVE]
        is_there = any(each.applied_on for each in leaving)
        number = numbers.following(tx.connection, tx.school_id, KIND)
        register.add(
            tx.connection,
            tx.school_id,
            number=number,
            kind=kind,
            line=line,
            reason=reason,
            record=record,
            decided_by=by.person_id if by else None,
            on=tx.today,
            expires_on=expires_on,
            state=State.APPLIED if is_there else State.PROPOSED,
            form_id=form_id,
        )
        tx.audit("register.proposed", f"{KIND}-{number}")
        for each in leaving:
            stays = f"The line stays in the filter because of {record or f'{KIND}-{number}'}."
            _step(tx, each, Event.CONFIRM_REMOVED, by=by, words=stays)
        made += [] if is_there else [number]
    return made


def begin(tx: Transaction, kind: Kind, lines: Iterable[str]) -> int:
    """Take in the lists that the filter has already, from school.toml; returns how many lines are new."""
    known = {(each.kind, each.entry) for each in register.every(tx.connection, tx.school_id)}
    new = [line for line in dict.fromkeys(lines) if (kind, line) not in known]
    for line in new:
        number = numbers.following(tx.connection, tx.school_id, KIND)
        register.add(
            tx.connection,
            tx.school_id,
            number=number,
            kind=kind,
            line=line,
            reason="In the filter before Lanyard kept this register.",
            record="",
            decided_by=None,
            on=tx.today,
            state=State.APPLIED,
        )
    return len(new)


# ── asked for by people ────────────────────────────────────────────────────────────────────────────────────────────


def overview(context: Context, narrowed: rules.Narrowed = EVERYTHING, *, first: int = 0, most: int = 8) -> Overview:
    """Return one page of the register for those who look after the filter. Raises Refused.

    `first`: how many entries are passed over; `most`: how many are shown.
    """
    person = allowed(context, rules.VIEWERS)
    with context.look() as tx:
        kept = hidden(tx.connection, tx.school_id, person.person_id)
        entries, total = register.page(tx.connection, tx.school_id, narrowed, kept, first=first, most=most)
        waiting = rules.kept_from(register.in_states(tx.connection, tx.school_id, tuple(rules.TO_DO)), kept)
        pairs = [rules.kept_from(pair, kept) for pair in _clashes(tx)]
    return Overview(
        entries=tuple(rules.kept_from(entries, kept)),
        total=total,
        to_do=tuple(sorted(waiting, key=lambda each: (each.since, each.number))),
        clashes=tuple(rules.clash_warning(*pair) for pair in pairs),
        may_decide=person.holds(*rules.DECIDERS),
        may_confirm=person.holds(*rules.KEEPERS),
    )


def _clashes(tx: Look) -> tuple[rules.Clash, ...]:
    """Return which lines ask for opposite things: worked out once, until a line is added or moves on."""
    found: tuple[rules.Clash, ...] = tx.memory.newest(
        ("filter clashes", tx.school_id),
        register.mark(tx.connection, tx.school_id),
        lambda: rules.clashes(register.listed(tx.connection, tx.school_id)),
    )
    return found


def to_do(tx: Look, person: Person) -> list[RegisterEntry]:
    """Return what this person has to change in the filter, the longest waiting first."""
    if not person.holds(*rules.KEEPERS):
        return []
    waiting = register.in_states(tx.connection, tx.school_id, tuple(rules.TO_DO))
    if any(entry.record.startswith(REPORTED) for entry in waiting):
        waiting = rules.kept_from(waiting, hidden(tx.connection, tx.school_id, person.person_id))
    return sorted(waiting, key=lambda entry: (entry.since, entry.number))


def expiring(tx: Look) -> list[RegisterEntry]:
    """Return the entries in the filter that have a last day, oldest first; read once."""
    found: list[RegisterEntry] = tx.once("expiring", lambda: register.expiring(tx.connection, tx.school_id))
    return found


def task(context: Context, number: int, token: str | None = ANY_BUTTON) -> list[RegisterEntry]:
    """Return an entry with all others of the same record: they are done in one go. Raises NotFound, Refused."""
    allowed(context, rules.VIEWERS)
    with context.look() as tx:
        found = _get(tx, number)
        _same(token, [found])
        return seen(tx.connection, context, _group(tx, found))


def add(
    context: Context, kind: str, written: str, *, reason: str, until: str, form_id: str
) -> tuple[list[RegisterEntry], tuple[str, ...]]:
    """Put lines into the register by hand; returns the entries made, and what to look twice at.

    Raises BadInput with a message for each field, Refused. The same form twice adds once.
    """
    person = allowed(context, rules.DECIDERS)
    lines, why, last_day = _read(context, kind, written, reason, until)
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)  # the same form may be delivered twice at once
        if not register.of_form(tx.connection, tx.school_id, form_id):
            texts = [line.text for line in lines]
            propose(tx, Kind(kind), texts, reason=why, record="", by=person, expires_on=last_day, form_id=form_id)
        made = register.of_form(tx.connection, tx.school_id, form_id)
    return made, rules.doubts(lines, ())


def doubts(written: str, urls: Sequence[str]) -> tuple[str, ...]:
    """Return what to look twice at before these lines go into the filter for these addresses. Raises BadInput."""
    return rules.doubts(rules.read_lines(written), [read(url) for url in urls])


def confirm(context: Context, shown: Mapping[int, State], token: str | None = ANY_BUTTON) -> list[RegisterEntry]:
    """Confirm that the filter was changed as these entries were shown; returns them as they stand now.

    `shown`: number → the state that the person saw. What has moved on meanwhile is not confirmed: "put in" must never
    come to mean "taken out". Raises NotFound, Refused.
    """
    person = allowed(context, rules.KEEPERS)
    with context.begin() as tx:
        _same(token, [_get(tx, number) for number in shown])
        for number, state in sorted(shown.items()):
            found = _get(tx, number)
            if found.state is state and state in rules.TO_DO:
                _step(tx, found, rules.TO_DO[state], by=person)
        return seen(tx.connection, context, [_get(tx, number) for number in sorted(shown)])


def retire(context: Context, number: int, why: str) -> RegisterEntry:
    """Decide that an entry no longer belongs in the filter. Raises BadInput, Conflict, NotFound, Refused."""
    person = allowed(context, rules.DECIDERS)
    reasons = read_reasons(why)
    with context.begin() as tx:
        leave(tx, _get(tx, number), Event.RETIRE, by=person, words=reasons)
        return seen(tx.connection, context, [_get(tx, number)])[0]


def history(context: Context, number: int) -> tuple[RegisterEntry, Sequence[register.Step]]:
    """Return an entry and everything that happened to it. Raises NotFound, Refused."""
    allowed(context, rules.VIEWERS)
    with context.look() as tx:
        (found,) = seen(tx.connection, context, [_get(tx, number)])
        steps = register.steps(tx.connection, tx.school_id, number)
        hidden_records = hidden(tx.connection, context.school.school_id, context.person.person_id)
        return found, [
            each for each in steps if not hidden_records & {found[0] for found in RECORD_NAME.finditer(each.words)}
        ]


# ── the parts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def leave(tx: Transaction, found: RegisterEntry, event: Event, *, by: Person | None, words: str = "") -> None:
    """Have an entry taken out of the filter; at once where another entry keeps its line there anyway."""
    _step(tx, found, event, by=by, words=words)
    same = register.of_lines(tx.connection, tx.school_id, found.kind, [found.entry])
    others = [each for each in same if each.state in rules.LISTED]
    if others:
        stays = f"The line stays in the filter because of {others[0].record or f'{KIND}-{others[0].number}'}."
        _step(tx, _get(tx, found.number), Event.CONFIRM_REMOVED, by=by, words=stays)
    else:
        tx.notify(Notice.REGISTER_CHANGE, found.number, keepers(tx), occasion=event)


def _step(tx: Transaction, found: RegisterEntry, event: Event, *, by: Person | None, words: str = "") -> None:
    to = rules.next_state(found.state, event)
    moved = register.move(
        tx.connection,
        tx.school_id,
        found,
        to=to,
        event=event,
        by=by.person_id if by else None,
        at=tx.now,
        today=tx.today,
        words=words,
    )
    if not moved:
        raise Conflict("Somebody else was quicker. Nothing of yours was changed.")
    tx.audit(f"register.{event.name.lower()}", f"{KIND}-{found.number}")
    for what in ("expires", "waits"):
        tx.reminders_changed(f"register-{what}-{found.number}-")
    for each in _group(tx, found):
        tx.told_otherwise(each.number, Notice.REGISTER_CHANGE)
    if found.record:
        tx.changed(FilterChanged(found.record))


def _group(tx: Look, found: RegisterEntry) -> list[RegisterEntry]:
    """Return all lines that came together: of one record, or typed in one form."""
    if found.record:
        return register.of_records(tx.connection, tx.school_id, {found.record})
    return register.of_form(tx.connection, tx.school_id, found.form_id) if found.form_id else [found]


def keepers(tx: Look) -> Sequence[Person]:
    """Return who changes the filter: the first in line and, where all of these are absent, those who stand in."""

    def read() -> Sequence[Person]:
        everybody = [person for person in tx.everybody() if person.is_here]
        first, away = next(deciding.people_of(REVIEWERS, everybody, ()), ()), tx.absent()
        if any(each.person_id not in away for each in first):
            return first
        # All of them are on long absence: whoever is next of those who may confirm it.
        others = (tuple(each for each in everybody if each.holds(role)) for role in rules.STAND_IN)
        return tuple(dict.fromkeys(deciding.asked([first, *others], away)))

    found: Sequence[Person] = tx.once("register's keepers", read)
    return found


def is_keeper(context: Context) -> bool:
    """Tell whether whoever acts is among those who are asked to change the filter."""
    with context.look() as tx:
        return _is_asked(tx, context.person)


def _is_asked(tx: Look, person: Person) -> bool:
    return person.holds(*rules.KEEPERS) and person.person_id in {each.person_id for each in keepers(tx)}


def waits_for(context: Context, record: str) -> bool:
    """Tell whether the filter is still to be changed because of a record, such as AR-7, by whoever acts."""
    with context.look() as tx:
        if not _is_asked(tx, context.person):
            return False
        entries = seen(tx.connection, context, register.of_records(tx.connection, tx.school_id, {record}))
        return any(each.record and each.state in rules.TO_DO for each in entries)


def button(found: RegisterEntry) -> str:
    """Return what the button of an entry carries."""
    return f"{found.number}:{rules.token_of([found])}"


def _same(token: str | None, entries: Sequence[RegisterEntry]) -> None:
    if token is not ANY_BUTTON and token != rules.token_of(entries):
        raise NotFound("There is no such entry any more. Please open the list again.")


def _get(tx: Look, number: int) -> RegisterEntry:
    found = register.get(tx.connection, tx.school_id, number)
    if found is None:
        raise NotFound("There is no such entry.")
    return found


def allowed(context: Context, roles: Collection[Role]) -> Person:
    """Return who acts, if they hold one of these roles. Raises Refused."""
    if not context.person.holds(*roles):
        raise Refused(NOT_YOURS)
    return context.person


def seen(connection: Connection, context: Context, entries: Sequence[RegisterEntry]) -> list[RegisterEntry]:
    """Return entries as whoever acts may read them; the command line reads everything."""
    if context.actor is None or not any(each.record.startswith(REPORTED) for each in entries):
        return list(entries)
    return rules.kept_from(entries, hidden(connection, context.school.school_id, context.person.person_id))


def hidden(connection: Connection, school_id: int, person_id: int) -> set[str]:
    """Return the names of the reports of which a person must not know, such as CR-3."""
    family = relatives.current(connection, school_id).get(person_id)
    return record_sight.kept_from(connection, school_id, REPORTED.removesuffix("-"), person_id, family)


def sight_changed(tx: Transaction, change: SightChanged) -> None:
    """Bring up to date somebody's messages about the filter that name a report they may no longer know of."""
    names = hidden(tx.connection, tx.school_id, change.person_id)
    for entry in register.of_records(tx.connection, tx.school_id, names) if names else ():
        tx.told_otherwise(entry.number, Notice.REGISTER_CHANGE, person=tx.person(change.person_id))


def derive(tx: Transaction) -> None:
    """Do what `sight_changed` does, for everybody who has relatives at school."""
    for person_id in tx.relatives():
        sight_changed(tx, SightChanged(person_id))


def _read(
    context: Context, kind: str, written: str, reason: str, until: str
) -> tuple[tuple[Entry, ...], str, date | None]:
    """Read the form of `add`. Raises BadInput with a message for each field."""
    form, none = Wrong({"until": until, "lines": written, "reasons": reason}), tuple[Entry, ...]()
    form.check("kind", kind in set(Kind), "Choose one.")
    lines, why = form.of("lines", rules.read_lines, none), form.of("reasons", read_reasons, "")
    form.check("lines", bool(lines), "Write at least one line, such as games.example")
    last_day = read_until(form, context.today())
    form.raise_if_any()
    return lines, why, last_day
