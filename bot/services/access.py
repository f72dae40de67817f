"""Requests to open a blocked site: asked, reviewed, approved with reasons, and done in the filter. Policy §7.5."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.clock import school_day, spoken_day
from bot.context import Context, Transaction
from bot.errors import BadInput, Conflict, NotFound, Refused
from bot.notices import Notice
from bot.rules import access as rules
from bot.rules import deciding
from bot.rules import register as register_rules
from bot.rules.access import DUTIES, Event, State
from bot.rules.addresses import read as read_address
from bot.rules.deciding import Duty
from bot.rules.people import Person
from bot.rules.register import Kind, RegisterEntry
from bot.rules.register_lines import entry_for
from bot.rules.reminders import Item, Plan, reached
from bot.rules.school import Role
from bot.services import register
from storage import access
from storage import register as register_storage
from storage.access import Request, Step

KIND = "AR"
EVERY_NOTICE = (Notice.ACCESS_WAITS, Notice.ACCESS_STANDS)
REMINDED = Plan(before_days=())  # from the day on which it has been silent for too long
SEES_ALL = (Role.E_SAFETY_COORDINATOR, Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER, Role.DATA_PROTECTION_OFFICER)
MINE_SHOWN = 10


@dataclass(frozen=True, slots=True)
class View:
    """A request as one person sees it: who everybody is, and what this person may do with it now."""

    request: Request
    names: Mapping[int, str]
    deciders: tuple[str, ...]  # who is asked now; with an open question its asker
    may: frozenset[Event]
    entries: tuple[RegisterEntry, ...]  # what became of it in the filter; () while it is not approved

    @property
    def name(self) -> str:
        """Return the record's name: AR-7."""
        return f"{KIND}-{self.request.number}"

    @property
    def proposed(self) -> str:
        """Return the line for the filter that fits the address."""
        return entry_for(read_address(self.request.url))

    @property
    def warning(self) -> str:
        """Return what is odd about the address, such as letters that look like others; "" for nothing."""
        return read_address(self.request.url).warning

    @property
    def standing(self) -> str:
        """Return how it stands, for the wording: the request's state, or what became of it in the filter."""
        state = register_rules.standing(self.entries) or self.request.state
        return state.name.lower()


def ask(context: Context, fields: Mapping[str, str], *, form_id: str) -> View:
    """Take a request in and tell those who decide. Raises BadInput with a message a field, Conflict if nobody could.

    The same form delivered twice makes one request.
    """
    form = rules.read(fields, context.today())
    asker = context.person
    with context.begin() as tx:
        asked = access.add(
            tx.connection,
            tx.school_id,
            KIND,
            asker_id=asker.person_id,
            at=tx.now,
            form=form,
            form_id=form_id,
        )
        if asked is None:
            asked = _get(tx, access.number_of_form(tx.connection, tx.school_id, form_id))
        else:
            tx.audit("access.asked", f"{KIND}-{asked.number}")
            _tell(tx, asked, _everybody(tx), occasion="asked")
        return _view(tx, asker, asked)


def get(context: Context, number: int) -> View:
    """Return a request for one who may see it: its asker, a decider, the DPO. Raises NotFound."""
    with context.begin() as tx:
        found = _get(tx, number)
        view = _view(tx, context.person, found)
        if not _may_see(context.person, view):
            raise NotFound("There is no such request of yours.")
        return view


def decide(
    context: Context,
    number: int,
    event: Event,
    *,
    shown_for: str,
    reasons: str,
    signature: str,
    until: str | None = None,
    line: str = "",
) -> View:
    """Approve or reject, with reasons and the signer's own name. Raises BadInput, Conflict, NotFound, Refused.

    `shown_for`: the state that the form was opened in; whoever was quicker wins. `until`: as the form said it, "" for
    always; None where it did not ask. `line`: what the filter is to allow; "" for the site of the address, or its page
    where many share the site.
    """
    decider = context.person
    read = deciding.read_decision(reasons, signature, decider)
    with context.begin() as tx:
        found = _for_decision(tx, decider, number, shown_for)
        if event is Event.APPROVE and _holds_both(tx, decider, found, _everybody(tx)):
            event = Event.APPROVE_FOR_BOTH
        wrong: dict[str, str] = {}
        last_day = found.until if until is None else rules.read_until(until, tx.today, wrong)
        if wrong:
            raise BadInput("Something on the form needs another look.", fields=wrong)
        if rules.STEPS.get((found.state, event)) is State.APPROVED:
            register.propose(
                tx,
                Kind.ALLOWED,
                _lines(line, found),
                reason=read[0],
                record=f"{KIND}-{number}",
                by=decider,
                expires_on=last_day,
            )
        return _step(tx, decider, found, event, words=read[0], signature=read[1], until=last_day)


def ask_back(context: Context, number: int, question: str, *, shown_for: str) -> View:
    """Put a question to the asker. Raises BadInput for "question", Conflict, NotFound, Refused."""
    decider = context.person
    with context.begin() as tx:
        found = _for_decision(tx, decider, number, shown_for)
        return _step(tx, decider, found, Event.ASK_BACK, words=_words(question, "question"), until=found.until)


def answer(context: Context, number: int, words: str) -> View:
    """Answer a question as the asker. Raises BadInput for "answer", Conflict, NotFound."""
    with context.begin() as tx:
        found = _own(tx, context.person, number)
        return _step(tx, context.person, found, Event.ANSWER, words=_words(words, "answer"), until=found.until)


def withdraw(context: Context, number: int) -> View:
    """Take a request back as its asker, while it is undecided. Raises Conflict, NotFound."""
    with context.begin() as tx:
        found = _own(tx, context.person, number)
        return _step(tx, context.person, found, Event.WITHDRAW, until=found.until)


def mine(context: Context) -> list[View]:
    """Return this person's own requests, newest first."""
    with context.begin() as tx:
        found = access.of_asker(tx.connection, tx.school_id, context.person.person_id, MINE_SHOWN)
        return _views(tx, context.person, found)


def waiting_for(context: Context) -> list[View]:
    """Return the requests that this person may decide now, the longest waiting first."""
    with context.begin() as tx:
        return waiting(tx, context.person)


def waiting(tx: Transaction, person: Person) -> list[View]:
    """Return the requests that a person may decide now, the longest waiting first."""
    views = _views(tx, person, access.in_states(tx.connection, tx.school_id, rules.UNDECIDED))
    return [view for view in views if Event.APPROVE in view.may]


def queue_due(context: Context) -> int:
    """Bring in the next in line after four silent school days. Returns how many requests that concerns.

    The rule asks whether the stage is reached, not whether today is the day, so a missed day is caught up and a second
    run does nothing.
    """
    count = 0
    with context.begin() as tx:
        everybody = _everybody(tx)
        for found in access.silent(tx.connection, tx.school_id, rules.OPEN):
            if _after(tx, school_day(found.waits_since, tx.school.timezone), deciding.NEXT_AFTER) > tx.today:
                continue
            line, away = deciding.groups(DUTIES[found.state], everybody, barred={found.asker_id}), tx.away()
            first = set(deciding.asked(line, away))
            if later := [each for each in deciding.asked(line, away, 2) if each not in first]:
                occasion = f"{found.state}-{found.steps}"
                tx.notify(Notice.ACCESS_WAITS, found.number, later, occasion=occasion)
                count += 1
    return count


def due_items(tx: Transaction) -> Iterator[Item]:
    """Return what has been silent for two school days, for whoever decides; and what runs out soon, for its asker."""
    lines = {state: deciding.groups(DUTIES[state], _everybody(tx)) for state in rules.UNDECIDED}
    askers, away = {each.person_id: each for each in _everybody(tx)}, tx.away()
    days: dict[date, tuple[date, str]] = {}  # when it began to wait → when it is due, the first in words
    for found in access.silent(tx.connection, tx.school_id, rules.OPEN):
        began = school_day(found.waits_since, tx.school.timezone)
        if began not in days:
            days[began] = (_after(tx, began, deciding.REMIND_AFTER), spoken_day(began))
        due, since = days[began]
        stage = reached(due, tx.today, REMINDED)
        if stage is None:
            continue
        is_asked = found.state in rules.QUESTIONS
        words = {"name": f"{KIND}-{found.number}", "since": since, "what": "question" if is_asked else "waits"}
        key, value = f"access-{found.number}-{found.steps}", str(found.number)
        whose = (askers[found.asker_id],) if is_asked else _asked(tx, lines[found.state], found.asker_id)
        is_covered = any(each.person_id not in away for each in whose)
        for person in whose:
            # A decision is not for handing over.
            yield Item(
                "access",
                key,
                person.person_id,
                due,
                stage,
                words,
                "access.open",
                value,
                frozenset(),
                anchor=began,
                is_covered=is_covered,
            )
    yield from _expiring(tx)


def _expiring(tx: Transaction) -> Iterator[Item]:
    ours = [each for each in register.expiring(tx) if each.record.startswith(f"{KIND}-")]
    askers = access.askers(tx.connection, tx.school_id, [int(each.record[3:]) for each in ours]) if ours else {}
    for entry, stage in register_rules.expiring(ours, tx.today):
        number = int(entry.record[3:])
        last = entry.expires_on or tx.today
        words = {"name": entry.record, "since": spoken_day(last), "what": "expires"}
        key = f"access-{number}-expires"
        yield Item("access", key, askers[number], last, stage, words, "access.open", str(number), frozenset())


# ── the parts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _step(
    tx: Transaction,
    person: Person,
    found: Request,
    event: Event,
    *,
    words: str = "",
    signature: str = "",
    until: date | None,
) -> View:
    """Move a request on, write down who did it, and tell everybody concerned."""
    to = rules.next_state(found.state, event)
    if not access.move(tx.connection, found, to=to, at=tx.now, until=until):
        raise Conflict("Somebody else was quicker. Nothing of yours was changed.")
    made = Step(event, found.state, person.person_id, tx.now, words, signature)
    access.add_step(tx.connection, tx.school_id, found, made)
    tx.audit(f"access.{event.name.lower()}", f"{KIND}-{found.number}")
    now = replace(found, state=to, waits_since=tx.now, until=until, steps=(*found.steps, made))
    tx.told_otherwise(found.number, *EVERY_NOTICE)
    tx.reminders_changed(f"access-{found.number}-")
    _tell(tx, now, _everybody(tx), occasion=str(len(now.steps)))
    if person.person_id != found.asker_id:  # a message that changes where it lies makes no sound
        asker = [each for each in _everybody(tx) if each.person_id == found.asker_id]
        tx.notify(Notice.ACCESS_STANDS, found.number, asker, occasion=str(len(now.steps)))
    return _view(tx, person, now)


def _tell(tx: Transaction, found: Request, everybody: list[Person], *, occasion: str) -> None:
    """Put the messages of the present state into the outbox."""
    asker = [person for person in everybody if person.person_id == found.asker_id]
    tx.notify(Notice.ACCESS_STANDS, found.number, asker)
    if found.state in rules.UNDECIDED:
        deciders = deciding.in_line(DUTIES[found.state], everybody, barred={found.asker_id}, away=tx.away())
        if not deciders:
            raise Conflict("Nobody at the school can decide this at present. Please speak to the school office.")
        tx.notify(Notice.ACCESS_WAITS, found.number, deciders, occasion=occasion)


def _after(tx: Transaction, began: date, school_days: timedelta) -> date:
    return tx.school.calendar.school_days_after(began, school_days.days)


def _asked(tx: Transaction, line: list[tuple[Person, ...]], asker_id: int) -> tuple[Person, ...]:
    """Return the first in line but for the asker; where these are all on long absence, those too who stand in."""
    others = (tuple(each for each in group if each.person_id != asker_id) for group in line)
    return deciding.asked(filter(None, others), tx.away())


def _view(tx: Transaction, person: Person, found: Request) -> View:
    return _views(tx, person, [found])[0]


def _views(tx: Transaction, person: Person, requests: Sequence[Request]) -> list[View]:
    everybody = _everybody(tx)
    approved = {f"{KIND}-{each.number}" for each in requests if each.state is State.APPROVED}
    found = register_storage.of_records(tx.connection, tx.school_id, approved) if approved else ()
    entries = {name: tuple(each for each in found if each.record == name) for name in approved}
    return [_seen(tx, person, each, everybody, entries.get(f"{KIND}-{each.number}", ())) for each in requests]


def _seen(
    tx: Transaction, person: Person, found: Request, everybody: list[Person], entries: tuple[RegisterEntry, ...]
) -> View:
    names = {each.person_id: each.name for each in everybody}
    deciders: tuple[Person, ...] = ()
    may: set[Event] = set()
    if found.state in DUTIES:
        deciders = _deciders(tx, found, everybody)
        if person.person_id in {each.person_id for each in deciders}:
            may |= {event for event in rules.DECIDERS_ACTS if (found.state, event) in rules.STEPS}
            may |= {Event.APPROVE_FOR_BOTH} if _holds_both(tx, person, found, everybody) else set()
    if found.asker_id == person.person_id:
        may |= {event for event in rules.ASKERS_ACTS if (found.state, event) in rules.STEPS}
    waits_for = (names[found.asker_id],) if found.state in rules.QUESTIONS else tuple(each.name for each in deciders)
    return View(found, names, waits_for, frozenset(may), entries)


def _deciders(tx: Transaction, found: Request, everybody: list[Person]) -> tuple[Person, ...]:
    silent = timedelta(days=_waited(tx, found)) >= deciding.NEXT_AFTER
    return deciding.in_line(DUTIES[found.state], everybody, barred={found.asker_id}, away=tx.away(), silent=silent)


def _waited(tx: Transaction, found: Request) -> int:
    """Return for how many school days a request has been in its present state."""
    return tx.school.calendar.school_days_between(school_day(found.waits_since, tx.school.timezone), tx.today)


def _for_decision(tx: Transaction, person: Person, number: int, shown_for: str) -> Request:
    found = _get(tx, number)
    if found.state not in DUTIES or found.state != shown_for:
        raise Conflict(f"This request is {found.state.value} by now, so nothing was changed.")
    if person.person_id not in {each.person_id for each in _deciders(tx, found, _everybody(tx))}:
        raise Refused("This request is not yours to decide.")
    return found


def _holds_both(tx: Transaction, person: Person, found: Request, everybody: list[Person]) -> bool:
    """Tell whether this reviewer would also be the one to approve: then one answer is enough (§7.5)."""
    silent = timedelta(days=_waited(tx, found)) >= deciding.NEXT_AFTER
    barred, away = {found.asker_id}, tx.away()
    heads = deciding.in_line(Duty.APPROVE_ACCESS, everybody, barred=barred, away=away, silent=silent)
    reviewing = DUTIES.get(found.state) is Duty.REVIEW_ACCESS
    return reviewing and person.person_id in {each.person_id for each in heads}


def _may_see(person: Person, view: View) -> bool:
    took_part = {view.request.asker_id, *(step.person_id for step in view.request.steps)}
    return person.person_id in took_part or bool(view.may) or person.holds(*SEES_ALL)


def _lines(line: str, found: Request) -> list[str]:
    """Return the line for the filter, as the decider wants it. Raises BadInput for "lines"."""
    read = register_rules.read_lines(line) if line.strip() else ()
    return [each.text for each in read] or [entry_for(read_address(found.url))]


def _own(tx: Transaction, person: Person, number: int) -> Request:
    found = _get(tx, number)
    if found.asker_id != person.person_id:
        raise NotFound("There is no such request of yours.")
    return found


def _get(tx: Transaction, number: int) -> Request:
    found = access.get(tx.connection, tx.school_id, number)
    if found is None:
        raise NotFound("There is no such request.")
    return found


def _everybody(tx: Transaction) -> list[Person]:
    return tx.everybody()


def _words(written: str, field: str) -> str:
    words = written.strip()
    if sum(letter.isalnum() for letter in words) < 2 or len(words) > rules.LONGEST:
        raise BadInput("Please write a sentence.", fields={field: "Please write a sentence, at most 3,000 letters."})
    return words
