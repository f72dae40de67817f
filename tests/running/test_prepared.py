"""The hot statements run by the driver itself: same errors, same conversions, nothing of a value in them."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from bot.rules.people import Standing
from storage.engine import Database, Durability
from storage.people.people import person
from storage.statements.prepared import Prepared, Row
from tests.people import ANN
from tests.school import School

BY_NAME = Prepared(select(person.c.id, person.c.name, person.c.started_on).where(person.c.name == bindparam("name")))
SEEN_AT = datetime(2026, 11, 20, 8, 1, 2, tzinfo=UTC)
HOSTILE = "Robert'); DROP TABLE person; -- %(name)s ? :name"


@pytest.fixture
def with_a_person(furnished: Database) -> Database:
    """The school's database with one more person, whose name is an attack."""
    written = {"school_id": 1, "email": "r@example.org", "name": HOSTILE, "started_on": date(2026, 9, 1)}
    with furnished.begin() as connection:
        connection.execute(insert(person).values({**written, "checked_at": SEEN_AT}))
    return furnished


def _read(database: Database, prepared: Prepared, **values: Any) -> list[Row]:
    with database.read() as connection:
        return prepared.rows(connection, **values)


def test_values_are_never_part_of_the_sql(with_a_person: Database) -> None:
    ((_, name, started_on),) = _read(with_a_person, BY_NAME, name=HOSTILE)
    assert (name, started_on) == (HOSTILE, date(2026, 9, 1))
    assert _read(with_a_person, BY_NAME, name="' OR ''='") == []


def test_a_forgotten_value_is_an_error_not_an_empty_answer(with_a_person: Database) -> None:
    with pytest.raises(KeyError, match="name"):
        _read(with_a_person, BY_NAME)


def test_instants_come_back_aware_and_naive_ones_are_refused(with_a_person: Database) -> None:
    seen_at = Prepared(select(person.c.checked_at).where(person.c.checked_at == bindparam("at")))
    ((at,),) = _read(with_a_person, seen_at, at=SEEN_AT)
    assert at == SEEN_AT
    assert at.tzinfo is UTC
    with pytest.raises(ValueError, match="time zone"):
        _read(with_a_person, seen_at, at=datetime(2026, 11, 23))  # noqa: DTZ001 - that is the point


def test_what_sqlalchemy_would_fill_in_is_refused(furnished: Database) -> None:
    several = Prepared(select(person.c.id).where(person.c.id.in_([1, 2])))
    by_default = Prepared(insert(person).inline().values(school_id=1, email=bindparam("email"), name="Newcomer"))
    for statement in (several, by_default):
        with pytest.raises(TypeError, match="every column given"):
            _read(furnished, statement, email="new@example.org")


def test_a_broken_statement_is_our_mistake_and_tells_no_value(with_a_person: Database) -> None:
    with with_a_person.begin() as connection:
        connection.execute(text("ALTER TABLE person RENAME COLUMN started_on TO gone"))
    with pytest.raises(DBAPIError) as caught:
        _read(with_a_person, BY_NAME, name=HOSTILE)
    assert "Robert" not in str(caught.value)


def test_what_a_transaction_wrote_is_undone_with_it(with_a_person: Database) -> None:
    add = insert(person).inline().values(school_id=1, email=bindparam("email"), name="Newcomer")
    prepared = Prepared(add.values(job="", standing=Standing.STAFF, front="slack"))
    with with_a_person.quick.connect() as connection:
        with pytest.raises(RuntimeError, match="transaction"):
            prepared.run(connection, email="new@example.org")
        transaction = connection.begin()
        prepared.run(connection, email="new@example.org")
        assert len(BY_NAME.rows(connection, name="Newcomer")) == 1
        transaction.rollback()
    assert _read(with_a_person, BY_NAME, name="Newcomer") == []


def test_a_change_for_each_set_of_values_is_one_transaction_too(with_a_person: Database) -> None:
    add = insert(person).inline().values(school_id=1, email=bindparam("email"), name=bindparam("name"))
    prepared = Prepared(add.values(job="", standing=Standing.STAFF, front="slack"))
    every = [{"email": f"new{number}@example.org", "name": HOSTILE} for number in range(7)]
    with with_a_person.quick.connect() as connection, pytest.raises(RuntimeError, match="transaction"):
        prepared.run_each(connection, every)
    with with_a_person.begin() as connection:
        prepared.run_each(connection, every)
    assert len(_read(with_a_person, BY_NAME, name=HOSTILE)) == 8
    with pytest.raises(DBAPIError) as caught, with_a_person.begin() as connection:
        prepared.run_each(connection, [{"email": "one@example.org", "name": "One"}, every[0]])
    assert "Robert" not in str(caught.value)
    assert _read(with_a_person, BY_NAME, name="One") == []


def test_a_change_tells_how_many_rows_it_met_and_returns_them(with_a_person: Database) -> None:
    renamed = update(person).where(person.c.name == bindparam("old")).values(name=bindparam("new"))
    telling = Prepared(renamed.returning(person.c.name, person.c.checked_at))
    with with_a_person.begin() as connection:
        ((name, checked_at),) = telling.rows(connection, old=HOSTILE, new="Robin")
        assert (name, checked_at) == ("Robin", SEEN_AT)
        assert Prepared(renamed).run(connection, old=HOSTILE, new="Nobody") == 0
        assert Prepared(renamed).run(connection, old="Robin", new=HOSTILE) == 1


def test_after_a_rollback_and_after_a_changed_table_they_run_again(with_a_person: Database) -> None:
    # psycopg prepares what it has run five times, and has the server forget everything when that may be out of date.
    with with_a_person.durable.connect() as connection:
        for statement in ("SELECT 1", "ALTER TABLE person ADD COLUMN shoes INTEGER"):
            for _ in range(7):
                connection.execute(text("SELECT 1"))
            assert len(BY_NAME.rows(connection, name=HOSTILE)) == 1
            connection.execute(text(statement))
            connection.rollback()
            assert len(BY_NAME.rows(connection, name=HOSTILE)) == 1
            connection.rollback()


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)  # SQLite has no server to lose
def test_a_server_that_ended_our_connections_is_told_once_and_found_again(school: School) -> None:
    assert "Fatima" in school.command(ANN, "/consent", "Fatima van Dijk").text
    _end_connections(school.database)
    told = school.command(ANN, "/consent", "Fatima van Dijk")
    assert "cannot be reached just now" in told.text
    with school.database.begin(Durability.QUICK) as connection:
        assert BY_NAME.rows(connection, name="Nobody") == []
    assert "Fatima" in school.command(ANN, "/consent", "Fatima van Dijk").text


def _end_connections(database: Database) -> None:
    """End every connection to the database, as a restart of the server does."""
    with database.durable.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
