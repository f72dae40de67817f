"""What waits for a person, at a glance."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from bot.context import Context, Look
from bot.notices import PRIVATE
from bot.rules.consent.answer import Pupil
from bot.rules.filter.register import RegisterEntry
from bot.rules.people import Person, Standing
from bot.rules.reminders import week
from bot.rules.reminders.week import Week
from bot.rules.turns import Waiting
from bot.services import desks, monday, reminders
from bot.services.consent.gaps import Completeness
from bot.services.consent.ledger import Paper
from bot.services.consent.roll_pieces import HowFar
from bot.services.desks import DESKS
from bot.services.features import FEATURES
from bot.services.posting.checks import Checked
from bot.services.record_views import Desk, RecordView
from bot.services.records import ANY_BUTTON
from bot.services.reminders import Entry
from bot.services.school import absences
from bot.services.training.completions import Mine
from storage.outbox import outcomes

MINE_SHOWN = 5
DECIDED_SHOWN = 4  # of what waits, the longest waiting


@dataclass(frozen=True, slots=True)
class Overview:
    """What one person's Home tab shows; None where it is none of their business.

    The first lines are worked out here; each of the others is one feature's to give (`Feature.card`).
    """

    waiting: tuple[Waiting, ...] = ()  # what waits for this person, the longest waiting first
    decided: Mapping[str, RecordView[Any]] = dataclass_field(default_factory=dict)  # those decided in place, by name
    reminded: tuple[Entry, ...] = ()  # what this person is to be reminded of, the longest overdue first
    is_away: bool = False  # this person is written down as away themselves
    week: Week | None = None  # the headteacher's and the deputy's
    unreached: tuple[str, ...] = ()  # names of colleagues whom Lanyard's last message did not reach

    completeness: Completeness | None = None
    papers: tuple[Paper, ...] = ()
    unfinished: HowFar | None = None  # the import of the roll that is not finished
    missing: int = 0  # pupils who were not in the last imported file
    disputed: tuple[Pupil, ...] = ()
    mine: tuple[RecordView[Any], ...] = ()  # this person's own requests, newest first
    filter: tuple[RegisterEntry, ...] = ()  # what this person has to change in the web filter
    own_training: Mine | None = None
    checks: tuple[Checked, ...] = ()  # pictures that this person has checked, and not posted yet
    proposals: int = 0  # refreshers that wait for the head's answer


def overview(context: Context) -> Overview:
    """Return what this person has to see to, as it stands at one moment."""
    person = context.person
    with context.look() as tx:
        cards = {name: given for feature in FEATURES for name, given in feature.card(tx, person).items()}
        waiting = [waits for feature in FEATURES for waits in feature.waiting(tx, person)]
        waiting.sort(key=lambda waits: waits.since)
        return Overview(
            waiting=tuple(waiting),
            decided=_decided(tx, person, waiting[:DECIDED_SHOWN]),
            reminded=reminders.of(tx, person),
            is_away=person.person_id in tx.away(),
            week=monday.of(tx, person) if person.roles & week.READERS else None,
            unreached=_unreached(tx) if person.holds(*absences.SEES_ALL) else (),
            mine=_mine(tx, person),
            **cards,
        )


def is_away(context: Context) -> bool:
    """Return whether this person is written down as away."""
    with context.look() as tx:
        return context.person.person_id in tx.away()


def _decided(tx: Look, person: Person, waiting: Iterable[Waiting]) -> dict[str, RecordView[Any]]:
    """Return name → record of what can be decided where it is named; what is confidential is opened first."""
    found = {}
    for waits in waiting:
        named = desks.named(waits.name)
        desk = DESKS[named[0]] if named else None
        if named and desk and not is_confidential(desk):
            found[waits.name] = desk.seen(tx, person, named[1], ANY_BUTTON)
    return found


def is_confidential(desk: Desk[Any]) -> bool:
    """Return whether others who look on must not read of such a record."""
    return any(way.confidential for way in desk.ways.values())


def _mine(tx: Look, person: Person) -> tuple[RecordView[Any], ...]:
    """Return somebody's newest requests of every kind, but for what is confidential: others may look on."""
    shown = (desk for desk in DESKS.values() if not is_confidential(desk))
    found = [view for desk in shown for view in desk.mine(tx, person, MINE_SHOWN)]
    return tuple(sorted(found, key=lambda view: view.record.asked_at, reverse=True)[:MINE_SHOWN])


def _unreached(tx: Look) -> tuple[str, ...]:
    found = outcomes.unreached(tx.connection, tx.school_id, leave_out=PRIVATE)
    staff = (person for person in tx.everybody() if person.standing is Standing.STAFF)
    return tuple(person.name for person in staff if person.person_id in found)
