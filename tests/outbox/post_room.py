"""Pigeonholes with a front's limits: what comes too soon is refused, and noted as a limit that was broken."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import insert, select

from bot.context import Context
from bot.notices import Notice
from bot.services.outbox.messenger import LaterPlease
from bot.services.outbox.sender import PER_CONVERSATION, Sender
from storage.engine import Database
from storage.outbox import outcomes, queue
from storage.people.people import person
from storage.school import school
from tests.bench.trusts_rows import a_school
from tests.pigeonholes import Note, Pigeonholes
from tests.school import MadeUpClock

STANDS = Notice.ACCESS_STANDS  # of any hour
PAUSE = timedelta(seconds=30)


def nobody(_context: Context) -> None:
    """Nobody has left."""


class Metered(Pigeonholes):
    """Pigeonholes that take one note a second each, and ask for time once they are told to."""

    def __init__(self, clock: MadeUpClock) -> None:
        super().__init__()
        self.clock = clock
        self.broken: list[str] = []
        self.asks_for_time = False  # at the next note
        self.during: Callable[[], None] | None = None  # between a note that was put in and its answer
        self.closed_until: dict[int, datetime] = {}  # school → until when it asked to be left alone
        self._last: dict[str, datetime] = {}
        self._one_at_a_time = threading.Lock()

    def post(self, account: str, letter: Note, *, key: str) -> queue.Place:
        with self._one_at_a_time:
            self._meter(account)
            place = super().post(account, letter, key=key)
        if self.during:
            self.during()
        return place

    def update(self, account: str, place: queue.Place, letter: Note) -> None:
        with self._one_at_a_time:
            self._meter(account)
            super().update(account, place, letter)

    def _meter(self, account: str) -> None:
        now, of_school = self.clock(), school_of(account)
        if now < self.closed_until.get(of_school, now):
            self.broken.append(f"{account} while {of_school} had asked for time")
        if self.asks_for_time:
            self.asks_for_time = False
            self.closed_until[of_school] = now + PAUSE
            raise LaterPlease("busy", PAUSE)
        if now - self._last.get(account, now - PER_CONVERSATION) < PER_CONVERSATION:
            self.broken.append(f"{account} twice within the second")
        self._last[account] = now


def school_of(account: str) -> int:
    """Return in which school a pigeonhole stands."""
    return int(account.split("-", maxsplit=1)[0])


class PostRoom:
    """Some schools with pigeonholes, and messages that wait for everybody."""

    def __init__(self, database: Database, clock: MadeUpClock, *, people: int, schools: Sequence[int] = (1,)) -> None:
        """Set up so many people in each school, beside whoever is there."""
        self.database, self.clock, self.holes = database, clock, Metered(clock)
        self.people: dict[int, list[int]] = {}  # school → its people
        self._put: Counter[int] = Counter()
        with database.begin() as connection:
            settings = connection.execute(select(school.c.settings)).scalars().first()
            assert settings is not None
            for each in schools:
                if each != 1:
                    connection.execute(insert(school).values(a_school(each - 1, settings)))
                self.people[each] = [each * 1000 + place for place in range(people)]
                rows = [self._person(each, person_id) for person_id in self.people[each]]
                connection.execute(insert(person), rows)

    def _person(self, of_school: int, person_id: int) -> dict[str, object]:
        named = {"id": person_id, "school_id": of_school, "name": f"Teacher {person_id}"}
        reached = {"account": f"{of_school}-{person_id}", "front": self.holes.front, "checked_at": self.clock()}
        return named | reached | {"email": f"p{person_id}@school.example"}

    @property
    def everybody(self) -> list[tuple[int, int]]:
        return [(each, person_id) for each, people in self.people.items() for person_id in people]

    def put(self, of_school: int, person_id: int) -> None:
        """Let one more message wait for somebody: the first of theirs has the number 1."""
        self._put[person_id] += 1
        number = self._put[person_id]
        key = queue.key_of(STANDS, number, person_id, "")
        new = queue.New(key, STANDS, number, person_id, self.clock(), self.holes.front)
        with self.database.begin() as connection:
            queue.put(connection, of_school, [new])

    def sender(self, database: Database | None = None) -> Sender[Note]:
        """Return a sender that knows nothing but the database."""
        renders = {STANDS: lambda _context, number: Note(str(number))}
        return Sender(self.holes, database or self.database, self.clock, renders=renders, ask_again=nobody)

    def waiting(self) -> int:
        with self.database.read() as connection:
            return outcomes.waiting(connection)

    def told(self, person_id: int) -> list[int]:
        """Return the numbers of what lies in somebody's pigeonhole, the first one first."""
        mine = [text for place, text in self.holes.notes.items() if place.conversation.endswith(f"-{person_id}")]
        return list(map(int, mine))

    def check(self) -> None:
        """Everybody was told everything, once, and no limit was broken."""
        assert self.waiting() == 0
        assert self.holes.broken == []
        assert [key for key, count in Counter(self.holes.keys.values()).items() if count > 1] == []
        for _, person_id in self.everybody:
            assert sorted(self.told(person_id)) == list(range(1, self._put[person_id] + 1))
