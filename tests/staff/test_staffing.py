"""What every gate hangs on is kept in memory, and is never out of date: not in another process either."""

from datetime import UTC, date, datetime

from sqlalchemy import insert

from bot.context import Context
from storage.engine import Database, open_database
from storage.people import absences, relatives
from storage.people.relatives import relative
from tests.people import COL, DEV, HANA
from tests.school import KEY, School, acting
from tests.watching import untold_changes

MONDAY = date(2026, 11, 23)
MORNING = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)


def test_what_one_process_changes_another_knows(school: School) -> None:
    other = open_database(school.database.url.render_as_string(hide_password=False), KEY)

    def elsewhere() -> Context:
        return acting(school, HANA)._replace(database=other)

    def known() -> tuple[int, int, int]:
        with elsewhere().look() as look:
            return len(look.everybody()), len(look.away()), len(look.relatives())

    here = acting(school, COL)
    people = known()[0]
    assert known() == (people, 0, 0)
    with here.begin() as tx:
        dev = next(each for each in tx.everybody() if each.email == DEV.email)
        assert not tx.relatives()
        relatives.add(tx.connection, tx.school_id, dev.person_id, tx.now, colleague_id=here.person.person_id)
        assert list(tx.relatives()) == [dev.person_id]  # its own change is seen at once
        assert known() == (people, 0, 0)  # and by nobody else before it is committed
    assert known() == (people, 0, 1)
    with acting(school, COL).begin() as tx:
        number = absences.add(
            tx.connection,
            tx.school_id,
            person_id=dev.person_id,
            days=(MONDAY, None),
            recorded_by=dev.person_id,
            at=tx.now,
            stands_in_at=tx.now,
        )
    assert known() == (people, 1, 1)
    with acting(school, COL).begin() as tx:
        assert absences.strike(tx.connection, tx.school_id, number, by=dev.person_id, why="", at=tx.now)
    assert known() == (people, 0, 1)
    with acting(school, COL).begin() as tx:
        mine = relatives.of_person(tx.connection, tx.school_id, dev.person_id)
        assert relatives.end(tx.connection, tx.school_id, dev.person_id, mine[0].relative_id, tx.now)
    assert known() == (people, 0, 0)
    other.close()


def test_a_change_that_nobody_is_told_of_is_noticed(furnished: Database) -> None:
    """The look over every journey's shoulder, tried itself."""
    row = {"school_id": 1, "person_id": 1, "colleague_id": 2}
    with untold_changes(furnished) as untold:
        with furnished.durable.connect() as connection, connection.begin() as transaction:
            connection.execute(insert(relative).values(**row, since=MORNING))
            transaction.rollback()
        with furnished.begin() as connection:
            relatives.add(connection, 1, 1, MORNING, colleague_id=2)
        assert untold == []
        with furnished.begin() as connection:
            connection.execute(insert(relative).values(**row, since=MORNING))
        assert len(untold) == 1
