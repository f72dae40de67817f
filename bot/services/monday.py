"""The headteacher's week: what waits, what is overdue, and what happened last week, as it stands now.

Nothing in it speaks of a report that its reader must not learn of: no count, no trace.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.context import Context, Transaction
from bot.errors import Refused
from bot.rules import access as access_rules
from bot.rules import content as content_rules
from bot.rules.consent.form import RECORDERS
from bot.rules.filter import register as register_rules
from bot.rules.people import Person
from bot.rules.reminders import week as rules
from bot.rules.training import State
from bot.services import access as access_service
from bot.services.policy import acknowledgement as acknowledgement_service
from bot.services.policy import reviews
from bot.services.training import completions
from storage import access, content
from storage.consent import ledger
from storage.filter import register
from storage.policy import acknowledgement
from storage.training import completions as training_storage


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request or report that waits. `name`: "AR-7"; `number`: 7."""

    name: str
    number: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Waits:
    """What waits: for this person's decision, for anybody's action on a report, for the filter, for the post."""

    decisions: tuple[Waiting, ...]
    reports: tuple[Waiting, ...]
    filter: int
    letters: int

    @property
    def count(self) -> int:
        """Return how many things wait."""
        return len(self.decisions) + len(self.reports) + self.filter + self.letters


@dataclass(frozen=True, slots=True)
class Late:
    """One kind of training, and for how many people or classes it is overdue."""

    key: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Overdue:
    """What is overdue. `reading`: people who should have read the policy by now; `review_days`: 0 where it is not.

    `review_open`: reviewers are asked to sign already.
    """

    training: tuple[Late, ...]
    reading: int
    review_days: int
    review_open: bool

    @property
    def count(self) -> int:
        """Return how many things are overdue."""
        return sum(each.count for each in self.training) + self.reading + (self.review_days > 0)


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened from the last Monday to its Sunday."""

    first: date
    last: date
    asked: int
    decided: int
    reported: int
    dealt_with: int
    trained: int
    read: int


@dataclass(frozen=True, slots=True)
class Week:
    """The week of one school, as one person may see it."""

    waits: Waits
    overdue: Overdue
    happened: Happened


def get(context: Context, day: date | None = None) -> Week:
    """Return the week in which a day lies, today's without one. Raises Refused, Busy."""
    if not context.person.roles & rules.READERS:
        raise Refused("The school's week is for the headteacher and the deputy.")
    with context.begin() as tx:
        monday = rules.monday_of(day or tx.today)
        reports = _reports(tx, context.person, monday - rules.WEEK)
        return Week(_waits(tx, context.person, reports), _overdue(tx), _happened(tx, monday, reports))


# ── the parts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _reports(tx: Transaction, person: Person, monday: date) -> list[content.Told]:
    """Return what was reported or completed since a Monday, or waits, and this person may know of."""
    everybody = tx.everybody()
    return [
        each
        for each in content.since(tx.connection, tx.school_id, _midnight(tx, monday))
        if content_rules.may_know(person, everybody, each.about, each.reporter_id, each.subjects, tx.away())
    ]


def _waits(tx: Transaction, person: Person, reports: list[content.Told]) -> Waits:
    decisions = [
        Waiting(view.name, view.request.number, view.request.waits_since) for view in access_service.waiting(tx, person)
    ]
    waiting = [
        Waiting(f"CR-{each.number}", each.number, each.reported_at) for each in reports if each.completed_at is None
    ]
    return Waits(
        tuple(decisions),
        tuple(waiting),
        filter=len(register.in_states(tx.connection, tx.school_id, tuple(register_rules.TO_DO))),
        letters=len(ledger.papers(tx.connection, tx.school_id)) if person.holds(*RECORDERS) else 0,
    )


def _overdue(tx: Transaction) -> Overdue:
    found = Counter(
        each.kind.key
        for each in completions.dues(tx, completions.learners(tx, completions.staff(tx)))
        if each.state(tx.today) is State.OVERDUE
    )
    late = (Late(kind.key, kind.name, found[kind.key]) for kind in tx.school.training if found[kind.key])
    review = reviews.stands(tx)
    return Overdue(
        training=tuple(sorted(late, key=lambda each: -each.count)),
        reading=acknowledgement_service.overdue(tx),
        review_days=max(0, (tx.today - review.due.on).days) if review else 0,
        review_open=review is not None and review.review is not None,
    )


def _happened(tx: Transaction, monday: date, reports: list[content.Told]) -> Happened:
    first, before = _midnight(tx, monday - rules.WEEK), _midnight(tx, monday)
    asked, decided = access.counted(tx.connection, tx.school_id, first, before, access_rules.DECIDED)
    return Happened(
        first=monday - rules.WEEK,
        last=monday - timedelta(days=1),
        asked=asked,
        decided=decided,
        reported=sum(first <= each.reported_at < before for each in reports),
        dealt_with=sum(each.completed_at is not None and first <= each.completed_at < before for each in reports),
        trained=training_storage.recorded_between(tx.connection, tx.school_id, first, before),
        read=acknowledgement.given_between(tx.connection, tx.school_id, first, before),
    )


def _midnight(tx: Transaction, day: date) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(tx.school.timezone)).astimezone(UTC)
