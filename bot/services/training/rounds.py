"""Extra rounds of training after a significant incident or a change: proposed, started, stopped. Policy §9.7."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.engine import Connection

from bot.context import Context, Look, Transaction
from bot.errors import BadInput, Conflict, NotFound, Refused
from bot.notices import Notice
from bot.rules import training as rules
from bot.rules.buttons import ANY_BUTTON, is_its_own
from bot.rules.people import Person
from bot.rules.school import Audience, Role, Training
from bot.rules.training import STARTERS, Subject
from bot.rules.training_rounds import SOURCE, Event, State, read_round, read_stop
from bot.services.training.completions import kind_of
from storage import school
from storage.people import people
from storage.training import rounds as training
from storage.training.rounds import Proposal, Recorded, Stopped

SHOWN = 10  # refreshers in the register's window; a school starts one to three a year


@dataclass(frozen=True, slots=True)
class Started:
    """An extra round, as it was started."""

    kind_names: tuple[str, ...]
    due_on: date


@dataclass(frozen=True, slots=True)
class Refresher:
    """What one form has started: a round of each kind that was ticked. `names`: person id → name."""

    rounds: tuple[Recorded, ...]
    names: Mapping[int, str]

    @property
    def number(self) -> int:
        """Return the number of its first round, by which it is asked for."""
        return self.rounds[0].round_id

    @property
    def running(self) -> tuple[Recorded, ...]:
        """Return the rounds that nobody has stopped."""
        return tuple(each for each in self.rounds if each.stopped is None)

    @property
    def ended(self) -> dict[Stopped, list[str]]:
        """Return each stop, by one form, with the names of the kinds that it stopped."""
        found: dict[Stopped, list[str]] = {}
        for each in self.rounds:
            if each.stopped:
                found.setdefault(each.stopped, []).append(each.kind_name)
        return found


def propose(tx: Transaction, source: str) -> None:
    """Propose a refresher to the headteacher, in the transaction of what makes it needed.

    `source`: a reference such as "IN-2" or "policy 2026-11-23", never a narrative. The same source proposes once.
    """
    made = training.propose(tx.connection, tx.school_id, source[:SOURCE], tx.now)
    if made is None:
        return
    tx.audit("training.proposed", f"proposal {made}")
    here = [person for person in tx.everybody() if person.is_here]
    heads = [person for person in here if person.holds(Role.HEADTEACHER)]
    tx.notify(Notice.TRAINING_PROPOSED, made, heads or [person for person in here if person.holds(*STARTERS)])


def waiting(tx: Look, person: Person) -> list[Proposal]:
    """Return the proposals that nobody has answered, for those who may."""
    return training.proposals(tx.connection, tx.school_id) if person.holds(*STARTERS) else []


def proposed(context: Context) -> list[Proposal]:
    """Return the proposals that nobody has answered, if this person may answer them."""
    with context.look() as tx:
        return waiting(tx, context.person)


def get(context: Context, proposal_id: int, token: str | None = ANY_BUTTON) -> Proposal:
    """Return one proposal, answered or not. Raises NotFound, Refused."""
    _may(context)
    with context.database.read() as connection:
        return _proposal(connection, context.school.school_id, proposal_id, token)


def start(
    context: Context,
    kind_keys: Iterable[str],
    fields: Mapping[str, str],
    *,
    form_id: str,
    proposal_id: int | None = None,
    token: str | None = ANY_BUTTON,
) -> Started:
    """Start an extra round of some kinds, and answer the proposal that it comes from.

    Raises BadInput for "kinds", "reason", "due_on"; Conflict, NotFound, Refused. A form delivered twice starts it once.
    """
    _may(context)
    keys = list(dict.fromkeys(kind_keys))
    with context.begin() as tx:
        reason, due_on = read_round(fields, tx.today)
        if not keys:
            raise BadInput("Tick what is to be refreshed.", fields={"kinds:0": "Tick at least one."})
        if proposal_id is not None:
            _proposal(tx.connection, tx.school_id, proposal_id, token)
        kinds = [kind_of(tx, key) for key in keys]
        done = Started(tuple(kind.name for kind in kinds), due_on)
        school.lock(tx.connection, tx.school_id)  # the same form may be delivered twice at once
        if training.has_round(tx.connection, tx.school_id, f"{form_id}:{keys[0]}"):
            return done
        round_id = 0
        for kind in kinds:
            values = {"reason": reason, "due_on": due_on, "started_on": tx.today, "at": tx.now}
            values |= {"started_by": context.person.person_id, "form_id": f"{form_id}:{kind.key}"}
            round_id = training.add_round(tx.connection, tx.school_id, kind, **values)  # type: ignore[arg-type]
            tx.audit("training.refresher_started", f"round {round_id}")
        if proposal_id is not None:
            _answer(tx, proposal_id, context.person.person_id, Event.START, round_id)
        return done


def shown(context: Context) -> list[Refresher]:
    """Return the newest refreshers, stopped ones too, for those who may start one; nothing for anybody else."""
    if not context.person.holds(*STARTERS):
        return []
    with context.database.look() as connection:
        found = _refreshers(connection, context.school.school_id)
    return found[:SHOWN]


def refresher(context: Context, number: int) -> Refresher:
    """Return one refresher, by the number of its first round. Raises NotFound, Refused."""
    _may(context)
    with context.database.look() as connection:
        return _refresher(connection, context.school.school_id, number)


def stop(
    context: Context, number: int, round_ids: Iterable[int], fields: Mapping[str, str], *, form_id: str
) -> tuple[str, ...]:
    """Stop rounds of a refresher, either all of these or none; returns the names of their kinds.

    What was recorded meanwhile stays. A form delivered twice stops them once.
    Raises BadInput for "reason", "kinds:0"; Conflict where one is stopped already; NotFound, Refused.
    """
    _may(context)
    ticked = set(round_ids)
    with context.begin() as tx:
        reason = read_stop(fields)
        school.lock(tx.connection, tx.school_id)  # head and deputy at once, or the same form twice
        found = _refresher(tx.connection, tx.school_id, number)
        chosen = [each for each in found.rounds if each.round_id in ticked]
        if not chosen:
            raise BadInput("Tick what is to be stopped.", fields={"kinds:0": "Tick at least one."})
        names = tuple(each.kind_name for each in chosen)
        if training.has_stopped(tx.connection, tx.school_id, f"{form_id}:{chosen[0].round_id}"):
            return names
        for each in chosen:
            _stop(tx, each, reason, context.person.person_id, form_id)
        if ticked.issuperset(each.round_id for each in found.running):
            _call_off(tx, found)
        return names


def dismiss(context: Context, proposal_id: int, token: str | None = ANY_BUTTON) -> None:
    """Answer a proposal with No. Raises Conflict, NotFound, Refused."""
    _may(context)
    with context.begin() as tx:
        _proposal(tx.connection, tx.school_id, proposal_id, token)
        _answer(tx, proposal_id, context.person.person_id, Event.DISMISS, None)
        tx.audit("training.proposal_dismissed", f"proposal {proposal_id}")


def _stop(tx: Transaction, found: Recorded, reason: str, by: int, form_id: str) -> None:
    form = f"{form_id}:{found.round_id}"
    if not training.stop(tx.connection, tx.school_id, found.round_id, reason=reason, by=by, at=tx.now, form_id=form):
        raise Conflict("Somebody else has stopped this already. Nothing of yours was changed.")
    tx.audit("training.refresher_stopped", f"round {found.round_id}")
    kind = Training(found.kind_key, found.kind_name, Audience.STAFF)  # perhaps no longer in the school's settings
    tx.reminders_changed(f"{rules.item_key(kind, Subject())}-")


def _call_off(tx: Transaction, found: Refresher) -> None:
    """Where nothing is left of a refresher and a proposal led to it, have the proposal's message say so."""
    ids = [each.round_id for each in found.rounds]
    proposal_id = training.called_off(tx.connection, tx.school_id, ids)
    if proposal_id is not None:
        tx.told_otherwise(proposal_id, Notice.TRAINING_PROPOSED)


def _refreshers(connection: Connection, school_id: int) -> list[Refresher]:
    """Return what each form has started, the newest first."""
    forms: dict[str, list[Recorded]] = {}
    for each in training.recorded(connection, school_id):
        forms.setdefault(each.form, []).append(each)
    names = people.names(connection, school_id)
    return [Refresher(tuple(some), names) for some in reversed(forms.values())]


def _refresher(connection: Connection, school_id: int, number: int) -> Refresher:
    found = next((each for each in _refreshers(connection, school_id) if each.number == number), None)
    if found is None:
        raise NotFound("There is no such refresher.")
    return found


def _proposal(connection: Connection, school_id: int, proposal_id: int, token: str | None) -> Proposal:
    every = training.proposals(connection, school_id, tuple(State))
    found = next((each for each in every if each.proposal_id == proposal_id), None)
    if found is None or not is_its_own(token, found.proposed_at):
        raise NotFound("There is no such proposal.")
    return found


def _answer(tx: Transaction, proposal_id: int, by: int, event: Event, round_id: int | None) -> None:
    if not training.decide(tx.connection, tx.school_id, proposal_id, event=event, by=by, at=tx.now, round_id=round_id):
        raise Conflict("This proposal is answered already. Nothing of yours was changed.")
    tx.told_otherwise(proposal_id, Notice.TRAINING_PROPOSED)


def _may(context: Context) -> None:
    if not context.person.holds(*STARTERS):
        raise Refused("Only the headteacher or the deputy can start or stop a refresher.")
