"""What a use case is given: who asks, the time, and a way to begin its one transaction."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from bot.changes import Change, OfficeTold
from bot.clock import Now, school_day
from bot.errors import Refused
from bot.logs import log, where
from bot.notices import BY_OFFICE, Hours, Notice
from bot.rules.people import Actor, Person, Relatives
from bot.rules.relays import Reach, is_outside
from bot.rules.school import School
from bot.rules.staff.absences import Absent
from storage import audit, reactions
from storage import school as school_storage
from storage.engine import Database, Durability, Memory
from storage.outbox import outcomes, queue, reminders
from storage.outbox.queue import New
from storage.people import staffing
from storage.people.absences import Absence
from storage.people.staffing import Staffing
from storage.sealing import Sealing

DEEPEST_REACTION = 5  # a change to which somebody reacts with a change, and so on
DIGESTS_KEPT_FRESH = timedelta(days=14)  # older ones have been followed by newer ones


@dataclass(slots=True)
class Look:
    """One read transaction in one school: all of its statements see the same moment, and nobody waits for it."""

    connection: Connection
    school: School
    now: datetime
    today: date
    actor: Actor | None  # nobody: the command line and the timetable
    memory: Memory
    sealing: Sealing
    kept: dict[str, Any] = field(default_factory=dict)  # what was read once and does not change meanwhile

    @property
    def school_id(self) -> int:
        """Return the school's id: every query asks for it."""
        return self.school.school_id

    @property
    def actor_id(self) -> int | None:
        """Return the id of the person who acts."""
        return self.actor.person.person_id if self.actor else None

    def everybody(self) -> Sequence[Person]:
        """Return everybody known, leavers too, by name; read once. `checked_at` may be out of date."""
        return self._staffing().everybody

    def person(self, person_id: int) -> Person | None:
        """Return one of everybody."""
        return next((person for person in self.everybody() if person.person_id == person_id), None)

    def absences(self) -> tuple[Absent, ...]:
        """Return for whom the next in line may act too, and on whose word: the gate says for which records.

        Who is away, once that counts, and whom no message reaches; read once.
        """

        def read() -> tuple[Absent, ...]:
            unreached = (Absent(person_id) for person_id in sorted(self.unreached()))
            return (*map(self._absent, self._away()), *unreached)

        found: tuple[Absent, ...] = self.once(f"absences {self._changes}", read)
        return found

    def away(self) -> frozenset[int]:
        """Return the ids of those who are away today, as far as that counts by now."""
        return frozenset(absence.person_id for absence in self._away())

    def unreached(self) -> frozenset[int]:
        """Return the ids of those whom Lanyard's last message did not reach, whatever it was about; read once."""

        def read() -> frozenset[int]:
            return frozenset(outcomes.unreached(self.connection, self.school_id))

        found: frozenset[int] = self.once("unreached", read)
        return found

    def absent(self) -> frozenset[int]:
        """Return the ids of those who are away by now or whom no message reaches. For a record see `absences`."""
        return self.away() | self.unreached()

    def relatives(self) -> Mapping[int, Relatives]:
        """Return person → to whom they are related, by their own word; read once. For the gate, and nothing else."""
        return self._staffing().relatives

    def outside(self) -> bool:
        """Return whether anybody holds a role outside Slack, and has to be told by a colleague; read once."""
        phones = self.school.phones
        found: bool = self.once(
            f"outside {self._changes}", lambda: any(is_outside(each, phones) for each in self.everybody())
        )
        return found

    def reach(self) -> Reach:
        """Return everybody, and how they can be reached."""
        return Reach(self.everybody(), self.school.phones, self.absent())

    def midnight(self, day: date) -> datetime:
        """Return when a day begins at the school, in UTC."""
        return datetime.combine(day, time.min, ZoneInfo(self.school.timezone)).astimezone(UTC)

    def once(self, what: str, read: Callable[[], Any]) -> Any:
        """Read something that does not change within this transaction, and keep it: the next call returns the same."""
        if what not in self.kept:
            self.kept[what] = read()
        return self.kept[what]

    def _away(self) -> list[Absence]:
        return [absence for absence in self._staffing().absences if absence.counts(self.today, self.now)]

    def _absent(self, absence: Absence) -> Absent:
        # Never from before it was written: a first day long past must not open what has come in since.
        began = max(self.midnight(absence.first), absence.recorded_at)
        return Absent(absence.person_id, absence.recorded_by, began)

    def _staffing(self) -> Staffing:
        """Return the staff, read once; read again if this very transaction has changed it since."""
        found: Staffing = self.once(f"staff {self._changes}", self._staff)
        return found

    @property
    def _changes(self) -> int:
        return school_storage.changes(self.connection)

    def _staff(self) -> Staffing:
        def read() -> Staffing:
            return staffing.of_school(self.connection, self.school_id, self.today)

        kept: Staffing = self.remembered(("staff", self.today), read)
        return kept

    def remembered(self, what: tuple[object, ...], read: Callable[[], Any]) -> Any:
        """Return what this process remembers of the school, as long as the settings' number stays; else read it."""
        # The timetable comes through every school: it would push everything else out of the memory.
        if self.actor is None:
            return read()
        version = self.once(f"version {self._changes}", lambda: school_storage.version(self.connection, self.school_id))
        # The number differs from the one that the request came with: this transaction may have changed it.
        if version != self.school.settings_version:
            return read()
        return self.memory.get((what[0], self.school_id, version, *what[1:]), read)


@dataclass(slots=True)
class Transaction(Look):
    """One transaction of one actor in one school: everything in it happens, or nothing does."""

    messages: list[New] = field(default_factory=list)  # put into the outbox in one go
    changes: list[Change] = field(default_factory=list)  # what others may have to react to, before it ends

    def audit(self, action: str, record: object) -> None:
        """Write `feature.past_tense` and a record's number into the trail, in this same transaction."""
        audit.append(
            self.connection, self.school_id, at=self.now, actor_id=self.actor_id, action=action, record=str(record)
        )

    def changed(self, change: Change) -> None:
        """Say what has changed. Before the transaction ends, every feature that has to react does (`Reactions`)."""
        self.changes.append(change)

    def notify(self, notice: Notice, record: int, whom: Iterable[Person], *, occasion: object = "") -> None:
        """Put one message for each person into the outbox, in this same transaction.

        The same notice of a record on the same occasion is told once, however often it is put in. When it is sent is
        the notice's to say (`Notice.hours`). Where it goes to an office, a colleague tells the holders outside Slack,
        even if there is nobody else: so call this with an empty `whom`, too.
        """
        self._relayed(notice)
        not_before = self.now if self._at_once(notice) else self.school.calendar.when_open(self.now)
        for person in whom:
            key = queue.key_of(notice, record, person.person_id, occasion)
            self.messages.append(New(key, notice, record, person.person_id, not_before, person.front))

    def post(self) -> None:
        """Write down what was put in so far; the end of the transaction does it, too."""
        if self.messages:
            queue.put(self.connection, self.school_id, self.messages)
            self.messages.clear()

    def _at_once(self, notice: Notice) -> bool:
        return notice.hours is Hours.ANY or (notice.hours is Hours.AS_IT_CAME and self.actor_id is not None)

    def told_otherwise(self, record: int, *notices: Notice, person: Person | None = None) -> None:
        """Have every copy of these messages about a record, or one person's copy, brought up to date."""
        self._relayed(*notices)
        self.post()
        mine = person.person_id if person else None
        queue.changed(self.connection, self.school_id, notices, record, self.now, person_id=mine)

    def _relayed(self, *notices: Notice) -> None:
        """Have a colleague tell those who hold an office outside Slack, or tell that colleague that it is over."""
        if OfficeTold() not in self.changes and not BY_OFFICE.isdisjoint(notices) and self.outside():
            self.changed(OfficeTold())

    def reminders_changed(self, key: str) -> None:
        """Bring up to date the digests that speak of things whose keys begin so: one was done, or changed hands."""
        since = self.now - DIGESTS_KEPT_FRESH
        for digest in reminders.digests_about(self.connection, self.school_id, key, since):
            self.told_otherwise(digest, Notice.REMINDERS_DIGEST)


Reaction = Callable[[Transaction, Any], None]
Reactions = Mapping[type[Change], Sequence[tuple[str, Reaction]]]  # kind of change → (feature, what it does)


class Context(NamedTuple):
    """Who is at work. `actor` is empty for the command line and the timetable. `reactions`: those of every feature."""

    database: Database
    school: School
    now: Now
    reactions: Reactions
    actor: Actor | None = None

    @property
    def person(self) -> Person:
        """Return who acts. Raises Refused where nobody does: the command line and the timetable ask for nothing."""
        if self.actor is None:
            raise Refused("Somebody has to ask.")
        return self.actor.person

    def today(self) -> date:
        """Return the calendar day at the school."""
        return school_day(self.now(), self.school.timezone)

    @contextmanager
    def look(self) -> Iterator[Look]:
        """Look at one moment without changing anything: nobody is waited for, and nobody waits. Raises Busy."""
        with self.database.look() as connection:
            yield Look(connection, *self._told(self.now()))

    @contextmanager
    def begin(self, durability: Durability = Durability.DURABLE) -> Iterator[Transaction]:
        """Begin the use case's one transaction; it is committed when the block ends without an error. Raises Busy."""
        instant = self.now()
        with self.database.begin(durability) as connection, self.within(connection, instant) as tx:
            yield tx

    @contextmanager
    def within(self, connection: Connection, instant: datetime) -> Iterator[Transaction]:
        """Work within a transaction that the caller has begun, and commits."""
        tx = Transaction(connection, *self._told(instant))
        yield tx
        self._react(tx)
        tx.post()

    def _told(self, instant: datetime) -> tuple[School, datetime, date, Actor | None, Memory, Sealing]:
        today, database = school_day(instant, self.school.timezone), self.database
        return self.school, instant, today, self.actor, database.memory, database.sealing

    def _react(self, tx: Transaction) -> None:
        """Have every feature react to what has changed; what one changes in turn, others react to."""
        for _ in range(DEEPEST_REACTION):
            changes, tx.changes = tx.changes, []
            if changes:
                tx.post()  # a reaction may ask who is told of what
            for change in changes:
                for feature, reaction in self.reactions.get(type(change), ()):
                    _contained(tx, feature, lambda reaction=reaction, change=change: reaction(tx, change))  # type: ignore[misc]
        if tx.changes:
            raise RuntimeError("features react to each other without an end")


def _contained(tx: Transaction, feature: str, react: Callable[[], None]) -> None:
    """Let a reaction fail by itself: the change stands, `doctor` shows it, and the next tick makes up for it."""
    before = len(tx.messages), len(tx.changes)
    tx.kept.clear()  # what was read before the change may be different now
    try:
        with tx.connection.begin_nested():
            react()
    except Exception as error:
        is_lost = isinstance(error, DBAPIError) and error.connection_invalidated
        if is_lost or isinstance(error, PendingRollbackError):
            raise  # nothing can be committed any more: the change itself is not made either
        del tx.messages[before[0] :], tx.changes[before[1] :]
        log.error("reaction failed", feature=feature, school=tx.school_id, where=where())
        tx.audit("reactions.failed", feature)
        reactions.owe(tx.connection, tx.school_id, feature, tx.now)
