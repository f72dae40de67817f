"""What a use case is given: who asks, the time, and a way to begin its one transaction."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection

from bot.clock import Now, school_day
from bot.errors import Refused
from bot.notices import Hours, Notice
from bot.rules.people import Actor, Person
from bot.rules.school import School
from storage import audit, outbox, people, reminders
from storage.engine import Database, Durability

DIGESTS_KEPT_FRESH = timedelta(days=14)  # older ones have been followed by newer ones


class Transaction(NamedTuple):
    """One transaction of one actor in one school: everything in it happens, or nothing does."""

    connection: Connection
    school: School
    now: datetime
    today: date
    actor_id: int | None
    kept: dict[str, Any]  # what was read once and does not change within a transaction

    @property
    def school_id(self) -> int:
        """Return the school's id: every query asks for it."""
        return self.school.school_id

    def everybody(self) -> list[Person]:
        """Return everybody known, leavers too, by name; read once."""
        if "everybody" not in self.kept:
            self.kept["everybody"] = people.every(self.connection, self.school_id)
        found: list[Person] = self.kept["everybody"]
        return found

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
        for person in whom:
            outbox.put(
                self.connection,
                self.school_id,
                key=f"{notice}-{record}-{person.person_id}-{occasion}",
                notice=notice,
                record=record,
                person_id=person.person_id,
                not_before=not_before,
            )

    def _at_once(self, notice: Notice) -> bool:
        return notice.hours is Hours.ANY or (notice.hours is Hours.AS_IT_CAME and self.actor_id is not None)

    def told_otherwise(self, record: int, *notices: Notice, person: Person | None = None) -> None:
        """Have every copy of these messages about a record, or one person's copy, brought up to date."""
        mine = person.person_id if person else None
        outbox.changed(self.connection, self.school_id, notices, record, self.now, person_id=mine)

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
        with self.database.begin(durability) as connection:
            yield Transaction(
                connection=connection,
                school=self.school,
                now=instant,
                today=school_day(instant, self.school.timezone),
                actor_id=self.actor.person.person_id if self.actor else None,
                kept={},
            )
