"""Requests to open a blocked site: asked, reviewed, approved with reasons, and done in the filter. Policy §7.5."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.clock import school_day
from bot.context import Context, Look, Transaction
from bot.errors import BadInput, Conflict, NotFound, Refused
from bot.notices import Notice
from bot.rules import access as rules
from bot.rules import deciding
from bot.rules.access import DUTIES, Event, State
from bot.rules.deciding import Duty
from bot.rules.filter import register as register_rules
from bot.rules.filter.addresses import read as read_address
from bot.rules.filter.lines import entry_for
from bot.rules.filter.register import Kind, RegisterEntry
from bot.rules.people import Person
from bot.rules.reminders.stages import Plan
from bot.rules.school import Role
from bot.services.filter import register
from storage import access
from storage.access import Request, Step
from storage.filter import register as register_storage

KIND = "AR"
FEATURE = "access"
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
    is_stuck: bool = False  # nobody who could decide it can be told of it

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
    with context.look() as tx:
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


def mine(tx: Look, person: Person) -> list[View]:
    """Return a person's own requests, newest first."""
    found = access.of_asker(tx.connection, tx.school_id, person.person_id, MINE_SHOWN)
    return _views(tx, person, found)


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
        deciders = deciding.in_line(DUTIES[found.state], everybody, barred={found.asker_id}, away=tx.absent())
        if not deciders:
            raise Conflict("Nobody at the school can decide this at present. Please speak to the school office.")
        tx.notify(Notice.ACCESS_WAITS, found.number, deciders, occasion=occasion)


def after(tx: Look, began: date, school_days: timedelta) -> date:
    """Return the day on which so many school days have gone by since a day."""
    return tx.school.calendar.school_days_after(began, school_days.days)


def asked(tx: Look, line: Iterable[tuple[Person, ...]], asker_id: int) -> tuple[Person, ...]:
    """Return the first in line but for the asker; where these are all on long absence, those too who stand in."""
    others = (tuple(each for each in group if each.person_id != asker_id) for group in line)
    return deciding.asked(filter(None, others), tx.absent())


def _view(tx: Look, person: Person, found: Request) -> View:
    return _views(tx, person, [found])[0]


def _views(tx: Look, person: Person, requests: Sequence[Request]) -> list[View]:
    everybody = _everybody(tx)
    approved = {f"{KIND}-{each.number}" for each in requests if each.state is State.APPROVED}
    found = register_storage.of_records(tx.connection, tx.school_id, approved) if approved else ()
    entries = {name: tuple(each for each in found if each.record == name) for name in approved}
    return [_seen(tx, person, each, everybody, entries.get(f"{KIND}-{each.number}", ())) for each in requests]


def _seen(
    tx: Look, person: Person, found: Request, everybody: list[Person], entries: tuple[RegisterEntry, ...]
) -> View:
    names = {each.person_id: each.name for each in everybody}
    asked: tuple[Person, ...] = ()
    may: set[Event] = set()
    if found.state in DUTIES:
        asked = deciders(tx, found)
        if person.person_id in {decider.person_id for decider in asked}:
            may |= {event for event in rules.DECIDERS_ACTS if (found.state, event) in rules.STEPS}
            may |= {Event.APPROVE_FOR_BOTH} if _holds_both(tx, person, found, everybody) else set()
    if found.asker_id == person.person_id:
        may |= {event for event in rules.ASKERS_ACTS if (found.state, event) in rules.STEPS}
    waits_for = (names[found.asker_id],) if found.state in rules.QUESTIONS else tuple(each.name for each in asked)
    is_stuck = found.state in rules.UNDECIDED and not any(each.person_id not in tx.unreached() for each in asked)
    return View(found, names, waits_for, frozenset(may), entries, is_stuck)


def deciders(tx: Look, found: Request | access.Silent) -> tuple[Person, ...]:
    """Return who may decide a request as it stands now: never its asker."""
    silent = timedelta(days=_waited(tx, found)) >= deciding.NEXT_AFTER
    barred = {found.asker_id}
    return deciding.in_line(DUTIES[found.state], tx.everybody(), barred=barred, away=tx.absent(), silent=silent)


def _waited(tx: Look, found: Request | access.Silent) -> int:
    """Return for how many school days a request has been in its present state."""
    began = school_day(found.waits_since, tx.school.timezone)
    days: int = tx.once(f"school days since {began}", lambda: tx.school.calendar.school_days_between(began, tx.today))
    return days


def _for_decision(tx: Transaction, person: Person, number: int, shown_for: str) -> Request:
    found = _get(tx, number)
    if found.state not in DUTIES or found.state != shown_for:
        raise Conflict(f"This request is {found.state.value} by now, so nothing was changed.")
    if person.person_id not in {each.person_id for each in deciders(tx, found)}:
        raise Refused("This request is not yours to decide.")
    return found


def _holds_both(tx: Look, person: Person, found: Request, everybody: list[Person]) -> bool:
    """Tell whether this reviewer would also be the one to approve: then one answer is enough (§7.5)."""
    silent = timedelta(days=_waited(tx, found)) >= deciding.NEXT_AFTER
    barred, away = {found.asker_id}, tx.absent()
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


def _get(tx: Look, number: int) -> Request:
    found = access.get(tx.connection, tx.school_id, number)
    if found is None:
        raise NotFound("There is no such request.")
    return found


def _everybody(tx: Look) -> list[Person]:
    return tx.everybody()


def _words(written: str, field: str) -> str:
    words = written.strip()
    if sum(letter.isalnum() for letter in words) < 2 or len(words) > rules.LONGEST:
        raise BadInput("Please write a sentence.", fields={field: "Please write a sentence, at most 3,000 letters."})
    return words
