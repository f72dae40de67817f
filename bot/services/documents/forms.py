"""The policy's forms as they stand in the database, ready to be printed or to be checked against a print."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.clock import spoken_day
from bot.context import Context, Look
from bot.errors import NotFound
from bot.rules import access as access_rules
from bot.rules import content as content_rules
from bot.rules import documents as rules
from bot.rules.access import DUTIES, Duty, Event, State
from bot.rules.documents import (
    FORMS,
    AccessRequestForm,
    Applied,
    Completion,
    ContentReportForm,
    Decision,
    Form,
    RecordForm,
    Remark,
    Row,
)
from bot.rules.filter import register as register_rules
from bot.rules.filter.register import RegisterEntry
from bot.rules.procedures import ITSELF, UNASKED
from bot.rules.relays import How
from bot.rules.school import Role
from bot.services import content as content_service
from bot.services import desks
from bot.services.access import requests as access_service
from bot.services.content import Report
from bot.services.desks import DESKS
from bot.services.record_views import FiledRecord, relayed
from bot.wording import page
from storage import records
from storage.filter import register
from storage.outbox import prints
from storage.people import people
from storage.records import Record

RELAYED = page("relays/record")
DECISIONS = {Event.APPROVE: True, Event.APPROVE_FOR_BOTH: True, Event.REJECT: False}


@dataclass(frozen=True, slots=True)
class Proved:
    """The print that a code belongs to. `printed_at`: when it was first printed; None where the record is still so."""

    form: Form
    printed_at: datetime | None


def get(context: Context, name: str) -> Form:
    """Return the form of a record as it stands now: "AR-7" or "CR-3". Raises NotFound. For the command line."""
    kind, number = _named(name.strip().upper())
    with context.look() as tx:
        return _made(tx, kind, number)


def printed(context: Context, name: str) -> Form:
    """Return the form of a record, to be printed: what it holds is kept, so that its code can be checked for good.

    Raises NotFound; Misconfigured without LANYARD_KEY. For the command line and the entitled.
    """
    kind, number = _named(name.strip().upper())
    with context.begin() as tx:
        form = _made(tx, kind, number)
        code, content = rules.code(form, tx.sealing.key), rules.spelt(form)
        prints.keep(tx.connection, tx.sealing, tx.school_id, kind, number, code=code, content=content, at=tx.now)
        tx.audit("documents.made", f"{kind}-{number}")
        return form


def printed_for(context: Context, name: str) -> Form:
    """Return the form of a record to be printed, as `printed` does, if whoever acts may see it. Raises NotFound."""
    kind, number = _named(name)
    DESKS[kind].get(context, number)
    return printed(context, name)


def prove(context: Context, name: str, typed: str) -> Proved | None:
    """Return the print that a code from paper belongs to: as the record stands now, or as it was printed before.

    None: nothing that was ever printed of it has this code. Raises NotFound, Misconfigured.
    """
    kind, number = _named(name.strip().upper())
    with context.begin() as tx:
        now = _made(tx, kind, number)
        before = prints.of_record(tx.connection, tx.sealing, tx.school_id, kind, number)
        tx.audit("documents.checked", f"{kind}-{number}")
    key = context.database.sealing.key
    if rules.verify(rules.spelt(now), key, typed):
        return Proved(now, None)
    # What was kept proves nothing by itself: its code is worked out again, with the key.
    found = next((each for each in before if rules.verify(each.content, key, typed)), None)
    return Proved(_read(found.content), found.first_at) if found else None


def _read(content: str) -> Form:
    from pydantic import TypeAdapter  # slow to load, and seldom needed

    written = json.loads(content)
    kinds = {kind.__name__: kind for kind in FORMS}
    adapter: TypeAdapter[Form] = TypeAdapter(kinds[written["form"]])
    return adapter.validate_python(written["content"])


def _named(name: str) -> tuple[str, int]:
    found = desks.named(name if "-" in name else f"{name[:2]}-{name[2:]}")
    if found is None:
        raise NotFound(f"Name a record such as {' or '.join(f'{kind}-7' for kind in DESKS)}.")
    return found


def _made(tx: Look, kind: str, number: int) -> Form:
    record = records.get(tx.connection, tx.school_id, kind, number)
    if record is None:
        raise NotFound(f"There is no record {kind}-{number}.")
    (filed,) = DESKS[kind].filed(tx, [record])
    return _MADE.get(kind, _any)(tx, filed, {UNASKED: ITSELF, **people.names(tx.connection, tx.school_id)})


def _access(tx: Look, found: FiledRecord[access_service.Form], names: dict[int, str]) -> Form:
    record, asked, entries = found.record, found.form.asked, found.form.entries
    decisions, remarks = [], []
    for step in found.steps:
        event, who = Event(step.event), names.get(step.person_id or 0, "")
        if event in DECISIONS:
            decisions.append(Decision(_role(step), DECISIONS[event], step.words, who, step.signature, step.at))
        else:
            remarks.append(Remark(step.at, who, step.words))
    return AccessRequestForm(
        school=tx.school.name,
        timezone=tx.school.timezone,
        number=record.name,
        requester=names[record.asker_id],
        requested_at=record.asked_at,
        url=asked.url,
        site_content=asked.content,
        reasons=asked.reasons,
        risks=asked.risks,
        outcome=_outcome(record, entries),
        decisions=tuple(decisions),
        expires_on=asked.until,
        remarks=tuple(remarks),
        applied=_applied(tx, entries),
        told=_told(tx, record),
    )


def _stands_in(step: records.Step) -> str:
    """Return in which office a stand-in signed: "deputy headteacher, for the headteacher"; "" for anybody else."""
    words = page("help/roles")
    pairs = [each.split(">") for each in step.office.split(",") if each]
    held = dict.fromkeys(role for role, whose in pairs if role != whose)
    return " and ".join(
        f"{words.text(role)}, for the {' and the '.join(words.text(whose) for each, whose in pairs if each == role)}"
        for role in held
    )


def _signer(step: records.Step, names: Mapping[int, str]) -> str:
    """Return who took a step, and in which office, where they stood in for somebody."""
    return ", ".join(filter(None, (names.get(step.person_id or 0, ""), _stands_in(step))))


def _role(step: records.Step) -> str:
    """Return in which role somebody decided. A question may have been open: the answer may never come."""
    if stands_in := _stands_in(step):
        return stands_in[0].upper() + stands_in[1:]
    duties = Duty if step.event == Event.APPROVE_FOR_BOTH else (DUTIES[State(step.came_from)],)
    return " and ".join(duty.value for duty in duties)


def _applied(tx: Look, entries: Sequence[RegisterEntry]) -> Applied | None:
    """Return who confirmed that the filter was changed, and when. What came afterwards is the register's own story."""
    for entry in entries:
        for step in register.steps(tx.connection, tx.school_id, entry.number):
            if step.event is register_rules.Event.CONFIRM_APPLIED:
                return Applied(step.at, step.person)
    return None


def _outcome(found: Record, entries: Sequence[RegisterEntry]) -> str:
    state = register_rules.standing(entries) or State(found.state)
    return page("access/view").text(f"state_{state.name.lower()}")


def _content(tx: Look, found: FiledRecord[Report], names: dict[int, str]) -> Form:
    record, done, completion = found.record, content_service.completion(found), None
    if done is not None:
        completion = Completion(done.words, _signer(done, names), done.signature, done.at)
    return ContentReportForm(
        school=tx.school.name,
        timezone=tx.school.timezone,
        number=record.name,
        reporter=names[record.asker_id],
        reported_at=record.asked_at,
        individual=found.form.individual,
        urls=found.form.urls,
        nature=found.form.nature,
        perhaps_illegal=found.form.perhaps_illegal,
        completion=completion,
        head_told_at=found.form.head_told_at,
        told=_told(tx, record),
    )


def _any(tx: Look, found: FiledRecord[Any], names: dict[int, str]) -> Form:
    """Return any record that has no form of its own in the policy: its fields, in the words of its windows."""
    record, desk = found.record, DESKS[found.record.kind]
    words, way, decisions, remarks = desk.words, desk.way(record), [], []
    for step in found.steps:
        event, who = next(each for each in way.past if each == step.event), names.get(step.person_id or 0, "")
        if event in way.signed:
            said = words.text(f"event_{event.name.lower()}")
            decisions.append(
                Decision(said, event in way.yes, step.words, _signer(step, names), step.signature, step.at)
            )
        elif step.person_id:
            remarks.append(Remark(step.at, who, step.words))
    told = {name: value for name, value in desk.fields(found).items() if value}
    return RecordForm(
        school=tx.school.name,
        timezone=tx.school.timezone,
        number=record.name,
        title=desk.title,
        clauses=desk.clauses,
        asker=names[record.asker_id],
        asked_at=record.asked_at,
        rows=tuple(
            Row(words.text(f"label_{name}"), spoken_day(value) if isinstance(value, date) else value)
            for name, value in told.items()
        ),
        outcome=words.text(f"state_{desk.standing(found)}"),
        decisions=tuple(decisions),
        remarks=tuple(remarks),
        told=_told(tx, record),
    )


def _told(tx: Look, found: Record) -> tuple[Remark, ...]:
    """Return who was told of a record outside Slack, how, when and by whom."""
    return tuple(
        Remark(each.at, each.by, _told_how(each.role, each.how))
        for each in relayed(tx, DESKS[found.kind].ways, found)
        if each.at and each.how
    )


def _told_how(role: Role, how: How) -> str:
    told = RELAYED.text(f"how_{how.name.lower()}")
    return RELAYED.text("paper", role=page("help/roles").text(role.value), how=told)


# The forms that the policy itself has.
_MADE: Mapping[str, Callable[[Look, FiledRecord[Any], dict[int, str]], Form]] = {
    access_rules.KIND: _access,
    content_rules.KIND: _content,
}
