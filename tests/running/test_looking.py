"""Looking takes no lock: nobody waits for whoever looks, and whoever looks waits for nobody."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from bot import jobs
from bot.errors import Busy
from storage.engine import Database, Durability
from storage.records import record as request
from tests.access.test_access import ask
from tests.content.test_content import report
from tests.people import ANN, COL, DEV, HANA, OLU, PRIYA, Someone
from tests.school import School, acting


def opened(school: School, who: Someone, name: str) -> str:
    """Open a record from the first message that speaks of it."""
    return pressed(school, who, name, "content.open" if name == "CR-4526" else "access.open")


def pressed(school: School, who: Someone, name: str, button: str) -> str:
    first = next(
        message
        for message in school.people.inbox(who.user_id)
        if name in message.text and button in str(message.blocks)
    )
    return school.press(who, first, button).text


def from_home(school: School, who: Someone, action: str) -> str:
    return school.press(who, school.more(who), action).text


def searched(school: School) -> str:
    window = school.press(DEV, school.more(DEV), "records.open").view
    return school.submit(DEV, window, {"Words": "volcano"}).text


LOOKS: dict[str, Callable[[School], str]] = {
    "a teacher's Home": lambda school: school.home(ANN).text,
    "everything else": lambda school: school.more(ANN).text,
    "whose decisions are missing": lambda school: from_home(school, OLU, "consent.gaps"),
    "the headteacher's Home": lambda school: school.home(HANA).text,
    "the office's Home": lambda school: school.home(OLU).text,
    "a request, opened by its asker": lambda school: opened(school, ANN, "AR-1"),
    "a request, opened by who decides": lambda school: opened(school, HANA, "AR-1"),
    "the form of a decision": lambda school: pressed(school, HANA, "AR-1", "Approve"),
    "a report, opened by who completes it": lambda school: opened(school, HANA, "CR-4526"),
    "/training": lambda school: school.command(ANN, "/training").text,
    "/lanyard": lambda school: school.command(ANN, "/lanyard").text,
    "/policy": lambda school: school.command(ANN, "/policy", "phones").text,
    "the form of /consent": lambda school: school.command(ANN, "/consent").text,
    "all records": lambda school: from_home(school, DEV, "records.open"),
    "a search": searched,
    "my own requests": lambda school: from_home(school, ANN, "records.mine"),
    "the filter's list": lambda school: from_home(school, PRIYA, "register.open"),
    "the week": lambda school: from_home(school, HANA, "monday.open"),
    "the overview": lambda school: from_home(school, COL, "overview.open"),
    "everything I am reminded of": lambda school: from_home(school, HANA, "reminders.all"),
    "who is away": lambda school: from_home(school, OLU, "absences.open"),
    "an idle tick": lambda school: "\n".join(jobs.tick(school.database, lambda _zone: school.clock())),
    "an idle sender": lambda school: str(school.bot.sender.deliver()),
}


@pytest.fixture
def settled(school: School) -> School:
    """A school where something waits, everybody is known, and everything that was due has been told."""
    ask(school)
    report(school, ANN, "A pupil")
    for who in (ANN, HANA, OLU, DEV, PRIYA, COL):
        school.home(who)
    school.clock.forward(days=3)
    school.tick()
    school.tick()
    for who in (ANN, HANA, OLU, DEV, PRIYA, COL):
        school.home(who)
    return school


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Count the transactions that may write."""
    begun: list[str] = []

    def count(_connection: object) -> None:
        begun.append("write")

    for engine in (database.durable, database.quick):
        event.listen(engine, "begin", count)
    try:
        yield begun
    finally:
        for engine in (database.durable, database.quick):
            event.remove(engine, "begin", count)


def test_it_takes_no_write_transaction(settled: School) -> None:
    for what, look in LOOKS.items():  # one school for all of them: none changes anything
        with counted(settled.database) as begun:
            assert look(settled), what
        assert begun == [], what


@pytest.mark.databases("sqlite")  # PostgreSQL locks rows, not everybody
def test_it_answers_while_another_process_writes(settled: School) -> None:
    other = sqlite3.connect(str(settled.database.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        said = {what: look(settled) for what, look in LOOKS.items()}
    finally:
        other.execute("ROLLBACK")
        other.close()
    for what, answer in said.items():
        assert answer, what
        assert "cannot be reached" not in answer, what
        assert jobs.FAILED not in answer, what


def test_two_statements_of_one_look_see_the_same_moment(settled: School) -> None:
    context = acting(settled, HANA)
    with context.look() as tx:
        before = list(_requests(tx.connection))
        ask(settled)
        assert list(_requests(tx.connection)) == before
    with context.look() as tx:
        assert len(list(_requests(tx.connection))) == len(before) + 1


def _requests(connection: Connection) -> Iterator[int]:
    yield from connection.execute(select(request.c.number)).scalars()


CHANGE = text("UPDATE school SET settings_version = settings_version + 1")


def test_whoever_looks_cannot_write_and_whoever_writes_after_that_can(settled: School) -> None:
    for _ in range(2):  # SQLite's connections are used by both, in turn
        with pytest.raises((Busy, DBAPIError)), acting(settled, HANA).look() as tx:
            tx.connection.execute(CHANGE)
        with acting(settled, HANA).begin(Durability.QUICK) as tx:
            assert tx.connection.execute(CHANGE).rowcount == 1
