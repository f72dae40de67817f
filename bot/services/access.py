"""Requests to open a blocked site: asked, reviewed, approved with reasons, and done in the filter. Policy §7.5."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.clock import school_day, spoken_day
from bot.context import Context, Transaction
from bot.errors import BadInput, Conflict, NotFound, Refused
from bot.notices import Notice
from bot.rules import access as rules
from bot.rules import deciding
from bot.rules.access import Event, State
from bot.rules.deciding import Duty
from bot.rules.people import Person
from bot.rules.reminders import Item, Plan, reached
from bot.rules.school import Role
from storage import access, numbers
from storage.access import Request, Step

KIND = "AR"
EVERY_NOTICE = (Notice.ACCESS_WAITS, Notice.ACCESS_STANDS, Notice.ACCESS_APPLY)
REMINDED = Plan(before_days=())  # from the day on which it has been silent for too long
DUTIES = {State.AWAITING_REVIEW: Duty.REVIEW_ACCESS, State.AWAITING_HEAD: Duty.APPROVE_ACCESS}
SEES_ALL = (Role.E_SAFETY_COORDINATOR, Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER, Role.DATA_PROTECTION_OFFICER)
MINE_SHOWN = 10


@dataclass(frozen=True, slots=True)
class View:
    """A request as one person sees it: who everybody is, and what this person may do with it now."""

    request: Request
    names: Mapping[int, str]
    deciders: tuple[str, ...]  # who is asked now
    may: frozenset[Event]

    @property
    def name(self) -> str:
        """Return the record's name: AR-7."""
        return f"{KIND}-{self.request.number}"


def ask(context: Context, fields: Mapping[str, str], *, form_id: str) -> View:
    """Take a request in and tell those who decide. Raises BadInput with a message a field, Conflict if nobody could.

    The same form delivered twice makes one request.
    """
    form = rules.read(fields, context.today())
    asker = context.person
    with context.begin() as tx:
        number = access.number_of_form(tx.connection, tx.school_id, form_id)
        if number is None:
            number = numbers.following(tx.connection, tx.school_id, KIND)
            access.add(
                tx.connection,
                tx.school_id,
                number=number,
                asker_id=asker.person_id,
                at=tx.now,
                form=form,
                form_id=form_id,
            )
            tx.audit("access.asked", f"{KIND}-{number}")
            _tell(tx, _get(tx, number), _everybody(tx), occasion="asked")
        return _view(tx, asker, _get(tx, number))


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
    until: str = "",
) -> View:
    """Approve or reject, with reasons and the signer's own name. Raises BadInput, Conflict, NotFound, Refused.

    `shown_for`: the state that the form was opened in; whoever was quicker wins.
    """
    decider = context.person
    read = deciding.read_decision(reasons, signature, decider)
    with context.begin() as tx:
        found = _for_decision(tx, decider, number, shown_for)
        if event is Event.APPROVE and _holds_both(tx, decider, found):
            event = Event.APPROVE_FOR_BOTH
        wrong: dict[str, str] = {}
        last_day = rules.read_until(until, tx.today, wrong) if until else found.until
        if wrong:
            raise BadInput("Something on the form needs another look.", fields=wrong)
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


def confirm_applied(context: Context, number: int) -> View:
    """Confirm that the filter was changed. Raises Conflict, NotFound, Refused."""
    person = context.person
    if not person.holds(*SEES_ALL, Role.ADMIN_TEAM):
        raise Refused("Only those who look after the web filter can confirm this.")
    with context.begin() as tx:
        found = _get(tx, number)
        return _step(tx, person, found, Event.CONFIRM_APPLIED, until=found.until)


def mine(context: Context) -> list[Request]:
    """Return this person's own requests, newest first."""
    with context.database.read() as connection:
        return access.of_asker(connection, context.school.school_id, context.person.person_id, MINE_SHOWN)


def waiting_for(context: Context) -> list[View]:
    """Return the requests that this person may decide or do now, the longest waiting first."""
    person = context.person
    with context.begin() as tx:
        found = access.in_states(tx.connection, tx.school_id, (*rules.UNDECIDED, State.APPROVED))
        views = [_view(tx, person, each) for each in found]
    return [view for view in views if view.may & {Event.APPROVE, Event.CONFIRM_APPLIED}]


def queue_due(context: Context) -> int:
    """Bring in the next in line after four silent school days. Returns how many requests that concerns.

    The rule asks whether the stage is reached, not whether today is the day, so a missed day is caught up and a second
    run does nothing.
    """
    count = 0
    with context.begin() as tx:
        everybody = _everybody(tx)
        for found in access.silent(tx.connection, tx.school_id, rules.UNDECIDED):
            if _after(tx, school_day(found.waits_since, tx.school.timezone), deciding.NEXT_AFTER) > tx.today:
                continue
            line = deciding.groups(DUTIES[found.state], everybody, barred={found.asker_id})
            if len(line) > 1:
                occasion = f"{found.state}-{found.steps}"
                tx.notify(Notice.ACCESS_WAITS, found.number, line[1], occasion=occasion)
                count += 1
    return count


def due_items(tx: Transaction) -> Iterator[Item]:
    """Return what has been silent for two school days: a decision to take, a filter to change."""
    everybody = _everybody(tx)
    lines = {state: deciding.groups(duty, everybody) for state, duty in DUTIES.items()}
    doers, keepers = _doers(everybody), _keepers(everybody)
    days: dict[date, tuple[date, str]] = {}  # when it began to wait → when it is due, the first in words
    for found in access.silent(tx.connection, tx.school_id, (*rules.UNDECIDED, State.APPROVED)):
        began = school_day(found.waits_since, tx.school.timezone)
        if began not in days:
            days[began] = (_after(tx, began, deciding.REMIND_AFTER), spoken_day(began))
        due, since = days[began]
        stage = reached(due, tx.today, REMINDED)
        if stage is None:
            continue
        applying = found.state is State.APPROVED
        asked = doers if applying else _first(lines[found.state], found.asker_id)
        words = {"name": f"{KIND}-{found.number}", "since": since, "state": found.state.name.lower()}
        key, value = f"access-{found.number}-{found.steps}", str(found.number)
        for person in asked:
            # A filter may be changed by anybody who looks after it; a decision is not for handing over.
            act = ("access.applied", value, keepers) if applying else ("access.open", value, frozenset[int]())
            yield Item("access", key, person.person_id, due, stage, words, *act)


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
    now = _get(tx, found.number)
    tx.told_otherwise(found.number, *EVERY_NOTICE)
    tx.reminders_changed(f"access-{found.number}-")
    _tell(tx, now, _everybody(tx), occasion=str(len(now.steps)))
    return _view(tx, person, now)


def _tell(tx: Transaction, found: Request, everybody: list[Person], *, occasion: str) -> None:
    """Put the messages of the present state into the outbox."""
    asker = [person for person in everybody if person.person_id == found.asker_id]
    tx.notify(Notice.ACCESS_STANDS, found.number, asker)
    if found.state in DUTIES:
        deciders = deciding.in_line(DUTIES[found.state], everybody, barred={found.asker_id})
        if not deciders:
            raise Conflict("Nobody at the school can decide this at present. Please speak to the school office.")
        tx.notify(Notice.ACCESS_WAITS, found.number, deciders, occasion=occasion)
    if found.state is State.APPROVED:
        tx.notify(Notice.ACCESS_APPLY, found.number, _doers(everybody))


def _after(tx: Transaction, began: date, school_days: timedelta) -> date:
    return tx.school.calendar.school_days_after(began, school_days.days)


def _first(line: list[tuple[Person, ...]], asker_id: int) -> tuple[Person, ...]:
    """Return the first in line but for the asker."""
    others = (tuple(each for each in group if each.person_id != asker_id) for group in line)
    return next((group for group in others if group), ())


def _doers(everybody: list[Person]) -> tuple[Person, ...]:
    """Return who is asked to change the filter."""
    doers = tuple(each for each in everybody if each.holds(Role.E_SAFETY_COORDINATOR))
    return doers or deciding.in_line(Duty.REVIEW_ACCESS, everybody)


def _keepers(everybody: list[Person]) -> frozenset[int]:
    """Return who may change the filter."""
    return frozenset(each.person_id for each in everybody if each.holds(*SEES_ALL, Role.ADMIN_TEAM))


def _view(tx: Transaction, person: Person, found: Request) -> View:
    everybody = _everybody(tx)
    names = {each.person_id: each.name for each in everybody}
    deciders: tuple[Person, ...] = ()
    may: set[Event] = set()
    if found.state in DUTIES:
        deciders = _deciders(tx, found, everybody)
        if person.person_id in {each.person_id for each in deciders}:
            may |= {Event.APPROVE, Event.REJECT, Event.ASK_BACK}
    if found.asker_id == person.person_id:
        own = {Event.WITHDRAW, Event.ANSWER}
        may |= {event for event in own if (found.state, event) in rules.STEPS}
    if found.state is State.APPROVED and person.holds(*SEES_ALL, Role.ADMIN_TEAM):
        may.add(Event.CONFIRM_APPLIED)
    return View(found, names, tuple(each.name for each in deciders), frozenset(may))


def _deciders(tx: Transaction, found: Request, everybody: list[Person]) -> tuple[Person, ...]:
    silent = timedelta(days=_waited(tx, found)) >= deciding.NEXT_AFTER
    return deciding.in_line(DUTIES[found.state], everybody, barred={found.asker_id}, silent=silent)


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


def _holds_both(tx: Transaction, person: Person, found: Request) -> bool:
    """Tell whether this reviewer would also be the one to approve: then one answer is enough (§7.5)."""
    silent = timedelta(days=_waited(tx, found)) >= deciding.NEXT_AFTER
    heads = deciding.in_line(Duty.APPROVE_ACCESS, _everybody(tx), barred={found.asker_id}, silent=silent)
    return found.state is State.AWAITING_REVIEW and person.person_id in {each.person_id for each in heads}


def _may_see(person: Person, view: View) -> bool:
    took_part = {view.request.asker_id, *(step.person_id for step in view.request.steps)}
    return person.person_id in took_part or bool(view.may) or person.holds(*SEES_ALL)


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
