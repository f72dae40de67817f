"""What waits for a person, at a glance."""

from dataclasses import dataclass

from bot.context import Context, Look
from bot.notices import PRIVATE
from bot.rules.consent.answer import Pupil
from bot.rules.filter.register import RegisterEntry
from bot.rules.people import Standing
from bot.rules.permissions import Form as Permission
from bot.rules.reminders import week
from bot.rules.reminders.week import Week
from bot.rules.turns import Waiting
from bot.services import monday, reminders
from bot.services.access.requests import Request
from bot.services.consent.home import Completeness
from bot.services.consent.ledger import Paper
from bot.services.features import FEATURES
from bot.services.record_views import RecordView
from bot.services.reminders import Entry
from bot.services.school import absences
from bot.services.training.completions import Mine
from storage.outbox import queue


@dataclass(frozen=True, slots=True)
class Overview:
    """What one person's Home tab shows; None where it is none of their business.

    The first lines are worked out here; each of the others is one feature's to give (`Feature.card`).
    """

    waiting: tuple[Waiting, ...] = ()  # what waits for this person, the longest waiting first
    reminded: tuple[Entry, ...] = ()  # what this person is to be reminded of, the longest overdue first
    away: int | None = None  # how many colleagues are on long absence
    week: Week | None = None  # the headteacher's and the deputy's
    unreached: tuple[str, ...] = ()  # names of colleagues whom Lanyard's last message did not reach

    completeness: Completeness | None = None
    papers: tuple[Paper, ...] = ()
    missing: int = 0  # pupils who were not in the last imported file
    disputed: tuple[Pupil, ...] = ()
    requests: tuple[Request, ...] = ()  # this person's own, newest first
    filter: tuple[RegisterEntry, ...] = ()  # what this person has to change in the web filter
    own_training: Mine | None = None
    permissions: tuple[RecordView[Permission], ...] = ()  # this person's newest requests for permission
    proposals: int = 0  # refreshers that wait for the head's answer


def overview(context: Context) -> Overview:
    """Return what this person has to see to, as it stands at one moment."""
    person = context.person
    with context.look() as tx:
        cards = {name: given for feature in FEATURES for name, given in feature.card(tx, person).items()}
        waiting = [waits for feature in FEATURES for waits in feature.waiting(tx, person)]
        keeps_absences = person.holds(*absences.KEEPERS)
        return Overview(
            waiting=tuple(sorted(waiting, key=lambda waits: waits.since)),
            reminded=reminders.of(tx, person),
            away=len(tx.away()) if keeps_absences else None,
            week=monday.of(tx, person) if person.roles & week.READERS else None,
            unreached=_unreached(tx) if keeps_absences else (),
            **cards,
        )


def _unreached(tx: Look) -> tuple[str, ...]:
    found = queue.unreached(tx.connection, tx.school_id, leave_out=PRIVATE)
    staff = (person for person in tx.everybody() if person.standing is Standing.STAFF)
    return tuple(person.name for person in staff if person.person_id in found)
