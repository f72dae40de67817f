"""What waits for a person, at a glance."""

from dataclasses import dataclass
from typing import Any

from bot.context import Context, Look
from bot.notices import PRIVATE
from bot.rules.consent.answer import Pupil
from bot.rules.filter.register import RegisterEntry
from bot.rules.people import Person, Standing
from bot.rules.reminders import week
from bot.rules.reminders.week import Week
from bot.rules.turns import Waiting
from bot.services import monday, reminders
from bot.services.consent.home import Completeness
from bot.services.consent.ledger import Paper
from bot.services.consent.roll_pieces import HowFar
from bot.services.desks import DESKS
from bot.services.features import FEATURES
from bot.services.record_views import RecordView
from bot.services.reminders import Entry
from bot.services.school import absences
from bot.services.training.completions import Mine
from storage.outbox import queue

MINE_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Overview:
    """What one person's Home tab shows; None where it is none of their business.

    The first lines are worked out here; each of the others is one feature's to give (`Feature.card`).
    """

    waiting: tuple[Waiting, ...] = ()  # what waits for this person, the longest waiting first
    reminded: tuple[Entry, ...] = ()  # what this person is to be reminded of, the longest overdue first
    away: int | None = None  # how many colleagues are on long absence
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
    proposals: int = 0  # refreshers that wait for the head's answer


def overview(context: Context) -> Overview:
    """Return what this person has to see to, as it stands at one moment."""
    person = context.person
    with context.look() as tx:
        cards = {name: given for feature in FEATURES for name, given in feature.card(tx, person).items()}
        waiting = [waits for feature in FEATURES for waits in feature.waiting(tx, person)]
        keeps_absences = person.holds(*absences.SEES_ALL)
        return Overview(
            waiting=tuple(sorted(waiting, key=lambda waits: waits.since)),
            reminded=reminders.of(tx, person),
            away=absences.count(tx) if keeps_absences else None,
            is_away=person.person_id in tx.away(),
            week=monday.of(tx, person) if person.roles & week.READERS else None,
            unreached=_unreached(tx) if keeps_absences else (),
            mine=_mine(tx, person),
            **cards,
        )


def _mine(tx: Look, person: Person) -> tuple[RecordView[Any], ...]:
    """Return somebody's newest requests of every kind, except confidential ones: others may see the screen."""
    shown = (desk for desk in DESKS.values() if not any(way.confidential for way in desk.ways.values()))
    found = [view for desk in shown for view in desk.mine(tx, person, MINE_SHOWN)]
    return tuple(sorted(found, key=lambda view: view.record.asked_at, reverse=True)[:MINE_SHOWN])


def _unreached(tx: Look) -> tuple[str, ...]:
    found = queue.unreached(tx.connection, tx.school_id, leave_out=PRIVATE)
    staff = (person for person in tx.everybody() if person.standing is Standing.STAFF)
    return tuple(person.name for person in staff if person.person_id in found)
