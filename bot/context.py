"""What a use case is given: who asks, the time, and a way to begin its one transaction."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection

from bot.clock import Now, school_day
from bot.errors import Refused
from bot.notices import Hours, Notice
from bot.rules.people import Actor, Person
from bot.rules.school import School
from storage import audit
from storage import school as school_storage
from storage.engine import Database, Durability, Memory
from storage.outbox import queue, reminders
from storage.outbox.queue import New
from storage.people import absences, people

DIGESTS_KEPT_FRESH = timedelta(days=14)  # older ones have been followed by newer ones


class Transaction(NamedTuple):
    """One transaction of one actor in one school: everything in it happens, or nothing does."""

    connection: Connection
    school: School
    now: datetime
    today: date
    actor_id: int | None
    memory: Memory
    kept: dict[str, Any]  # what was read once and does not change within a transaction
    messages: list[New]  # put into the outbox in one go

    @property
    def school_id(self) -> int:
        """Return the school's id: every query asks for it."""
        return self.school.school_id

    def everybody(self) -> list[Person]:
        """Return everybody known, leavers too, by name; read once. `checked_at` may be out of date."""
        found: list[Person] = self.once("everybody", self._everybody)
        return found

    def away(self) -> frozenset[int]:
        """Return who is on long absence today; read once."""

        def read() -> frozenset[int]:
            known = absences.current(self.connection, self.school_id, self.today)
            return frozenset(each.person_id for each in known if each.first <= self.today)

        found: frozenset[int] = self.once("away", read)
        return found

    def once(self, what: str, read: Callable[[], Any]) -> Any:
        """Read what nothing changes within this transaction; whoever asks for it again is given the same."""
        if what not in self.kept:
            self.kept[what] = read()
        return self.kept[what]

    def _everybody(self) -> list[Person]:
        def read() -> list[Person]:
            return people.every(self.connection, self.school_id)

        # The timetable comes through every school: it would push everything else out of the memory.
        if self.actor_id is None:
            return read()
        version = school_storage.version(self.connection, self.school_id)
        # Another number than the request came with: these may be people whom this very transaction has changed.
        if version != self.school.settings_version:
            return read()
        kept: list[Person] = self.memory.get(("staff", self.school_id, version), read)
        return kept

    def audit(self, action: str, record: object) -> None:
        """Write `feature.past_tense` and a record's number into the trail, in this same transaction."""
        audit.append(
            self.connection, self.school_id, at=self.now, actor_id=self.actor_id, action=action, record=str(record)
        )

    def notify(self, notice: Notice, record: int, whom: Iterable[Person], *, occasion: object = "") -> None:
        """Put one message for each person into the outbox, in this same transaction.

        The same notice of a record on the same occasion is told once, however often it is put in. When it is sent is
        the notice's to say (`Notice.hours`).
        """
        not_before = self.now if self._at_once(notice) else self.school.calendar.when_open(self.now)
        ids = [person.person_id for person in whom]
        self.messages.extend(
            New(f"{notice}-{record}-{each}-{occasion}", notice, record, each, not_before) for each in ids
        )

    def post(self) -> None:
        """Write down what was put in so far; the end of the transaction does it, too."""
        if self.messages:
            queue.put(self.connection, self.school_id, self.messages)
            self.messages.clear()

    def _at_once(self, notice: Notice) -> bool:
        return notice.hours is Hours.ANY or (notice.hours is Hours.AS_IT_CAME and self.actor_id is not None)

    def told_otherwise(self, record: int, *notices: Notice, person: Person | None = None) -> None:
        """Have every copy of these messages about a record, or one person's copy, brought up to date."""
        self.post()
        mine = person.person_id if person else None
        queue.changed(self.connection, self.school_id, notices, record, self.now, person_id=mine)

    def reminders_changed(self, key: str) -> None:
        """Bring the digests up to date that speak of things whose key begins so: one was done, or changed hands."""
        since = self.now - DIGESTS_KEPT_FRESH
        for digest in reminders.digests_about(self.connection, self.school_id, key, since):
            self.told_otherwise(digest, Notice.REMINDERS_DIGEST)


class Context(NamedTuple):
    """Who is at work. `actor` is empty for the command line and the timetable."""

    database: Database
    school: School
    now: Now
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
    def begin(self, durability: Durability = Durability.DURABLE) -> Iterator[Transaction]:
        """Begin the use case's one transaction; it is committed when the block ends without an error. Raises Busy."""
        instant = self.now()
        with self.database.begin(durability) as connection, self.within(connection, instant) as tx:
            yield tx

    @contextmanager
    def within(self, connection: Connection, instant: datetime) -> Iterator[Transaction]:
        """The same in a transaction that has begun already, and that somebody else commits."""
        tx = Transaction(
            connection=connection,
            school=self.school,
            now=instant,
            today=school_day(instant, self.school.timezone),
            actor_id=self.actor.person.person_id if self.actor else None,
            memory=self.database.memory,
            kept={},
            messages=[],
        )
        yield tx
        tx.post()
