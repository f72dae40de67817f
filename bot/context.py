"""What a use case is given: who asks, the time, and a way to begin its one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.engine import Connection

from bot.clock import Now, school_day
from bot.rules.people import Actor
from bot.rules.school import School
from storage import audit
from storage.engine import Database, Durability


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction of one actor in one school: everything in it happens, or nothing does."""

    connection: Connection
    school: School
    now: datetime
    today: date
    actor_id: int | None

    @property
    def school_id(self) -> int:
        """Return the school's id: every query asks for it."""
        return self.school.school_id

    def audit(self, action: str, record: object) -> None:
        """Write `feature.past_tense` and a record's number into the trail, in this same transaction."""
        audit.append(
            self.connection, self.school_id, at=self.now, actor_id=self.actor_id, action=action, record=str(record)
        )


@dataclass(frozen=True, slots=True)
class Context:
    """Who is at work. `actor` is empty for the command line and the timetable."""

    database: Database
    school: School
    now: Now
    actor: Actor | None = field(default=None)

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
            )
