"""Extra rounds of training after a significant incident or a change: proposed, and started by the head. Policy §9.7."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from bot.context import Context, Transaction
from bot.errors import BadInput, Conflict, NotFound, Refused
from bot.notices import Notice
from bot.rules import training as rules
from bot.rules.people import Standing
from bot.rules.school import Role
from bot.rules.training import STARTERS, Proposed
from bot.services.training import kind_of
from storage import school, training
from storage.training import Proposal


@dataclass(frozen=True, slots=True)
class Started:
    """An extra round, as it was started."""

    kind_names: tuple[str, ...]
    due_on: date


def propose(tx: Transaction, source: str) -> None:
    """Propose a refresher to the headteacher, in the transaction of what makes it needed.

    `source`: a reference such as "IN-2" or "policy 2026-11-23", never a narrative. The same source proposes once.
    """
    made = training.propose(tx.connection, tx.school_id, source[: rules.SOURCE], tx.now)
    if made is None:
        return
    tx.audit("training.proposed", f"proposal {made}")
    everybody = [each for each in tx.everybody() if each.standing is Standing.STAFF]
    heads = [each for each in everybody if each.holds(Role.HEADTEACHER)]
    tx.notify(Notice.TRAINING_PROPOSED, made, heads or [each for each in everybody if each.holds(*STARTERS)])


def waiting(context: Context) -> list[Proposal]:
    """Return the proposals that nobody has answered, for those who may."""
    if not context.person.holds(*STARTERS):
        return []
    with context.database.read() as connection:
        return training.proposals(connection, context.school.school_id)


def get(context: Context, proposal_id: int) -> Proposal:
    """Return one proposal, answered or not. Raises NotFound, Refused."""
    _may(context)
    with context.database.read() as connection:
        found = training.proposals(connection, context.school.school_id, tuple(Proposed))
    proposal = next((each for each in found if each.proposal_id == proposal_id), None)
    if proposal is None:
        raise NotFound("There is no such proposal.")
    return proposal


def start(
    context: Context,
    kind_keys: Iterable[str],
    fields: Mapping[str, str],
    *,
    form_id: str,
    proposal_id: int | None = None,
) -> Started:
    """Start an extra round of some kinds, and answer the proposal that it comes from.

    Raises BadInput for "kinds", "reason", "due_on"; Conflict, NotFound, Refused. A form delivered twice starts it once.
    """
    _may(context)
    keys = list(dict.fromkeys(kind_keys))
    with context.begin() as tx:
        reason, due_on = rules.read_round(fields, tx.today)
        if not keys:
            raise BadInput("Tick what is to be refreshed.", fields={"kinds:0": "Tick at least one."})
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
            _answer(tx, proposal_id, context.person.person_id, Proposed.ACCEPTED, round_id)
        return done


def dismiss(context: Context, proposal_id: int) -> None:
    """Answer a proposal with No. Raises Conflict, Refused."""
    _may(context)
    with context.begin() as tx:
        _answer(tx, proposal_id, context.person.person_id, Proposed.DISMISSED, None)
        tx.audit("training.proposal_dismissed", f"proposal {proposal_id}")


def _answer(tx: Transaction, proposal_id: int, by: int, to: Proposed, round_id: int | None) -> None:
    if not training.decide(tx.connection, tx.school_id, proposal_id, to=to, by=by, at=tx.now, round_id=round_id):
        raise Conflict("This proposal is answered already. Nothing of yours was changed.")
    tx.told_otherwise(proposal_id, Notice.TRAINING_PROPOSED)


def _may(context: Context) -> None:
    if not context.person.holds(*STARTERS):
        raise Refused("Only the headteacher or the deputy can start a refresher.")
