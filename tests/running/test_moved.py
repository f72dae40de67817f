"""What earlier code wrote moves onto the spine: every row, number, step and printed code; and nothing in the clear.

`filled.json` holds what the code of 0012 (a8a036d) and of 0013 wrote of the same day in the invented school.
"""

import base64
import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import DateTime, MetaData, Table, select, text
from sqlalchemy.engine import Connection

from bot.errors import Misconfigured, NotFound
from bot.rules.content import About
from bot.rules.filter.places import places
from bot.rules.procedures import Part
from bot.rules.school import SLACK
from bot.rules.search import Scope, Search
from bot.services import content, search
from bot.services.access import requests
from bot.services.documents import forms
from storage import access, keys, migrate, records
from storage import content as content_forms
from storage.engine import Database, metadata, open_database
from storage.outbox.queue import outbox
from storage.people.accounts import known_account
from storage.people.people import person
from storage.spine.record_search import record_address
from tests import declared
from tests.conftest import copied
from tests.people import ANN, BEN, COL, DEV, HANA, OLU
from tests.running.test_migrate import _config, empty
from tests.school import MadeUpClock, School, acting, open_school
from tests.slack.people import Forged

FILLED = json.loads((Path(__file__).parent / "filled.json").read_text(encoding="utf-8"))
OTHER = "b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyb3Q="  # invented
WORDS = (b"A violent game.", b"Spoke to the class", b'Olu Adeyemi"')  # of reports: in the clear until now
STATES = {
    "AR-1": "approved",
    "AR-2": "rejected",
    "AR-3": "question from the reviewer",
    "AR-4": "awaiting the headteacher",
    "AR-5": "awaiting review",
    "CR-1": "completed",
    "CR-2": "awaiting action",
    "CR-3": "awaiting action",
    "CR-4": "awaiting action",
}


@pytest.fixture(params=["0012", "0013"])
def version(request: pytest.FixtureRequest) -> str:
    """The earlier code."""
    return str(request.param)


@pytest.fixture
def filled(request: pytest.FixtureRequest, kind: str, tmp_path: Path, version: str) -> Iterator[Database]:
    """A database as earlier code has left it."""
    yield from copied(request, kind, tmp_path, f"filled_{version}", lambda database: _filled(database, version))


def _filled(database: Database, version: str) -> None:
    declared.modules()  # every table is known only when all of them are loaded
    with database.durable.connect() as connection:
        empty(connection)
        command.upgrade(_config(connection), version)
        old = MetaData()
        old.reflect(connection)
        for table in old.sorted_tables:
            _fill(connection, table, FILLED["rows"].get(table.name, []))
        connection.commit()


def _fill(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        values = {name: _read(table, name, value) for name, value in row.items()}
        connection.execute(table.insert().values(**values))
    if rows and "id" in table.c and connection.dialect.name == "postgresql":
        last = f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name}"  # noqa: S608
        connection.execute(text(last))


def _read(table: Table, name: str, value: Any) -> Any:
    if isinstance(value, dict) and "bytes" in value:
        return base64.b64decode(value["bytes"])
    if isinstance(value, dict) and "at" in value:
        if not isinstance(table.c[name].type, DateTime):
            return date.fromisoformat(value["at"])
        return datetime.fromisoformat(value["at"])
    return value


@pytest.fixture
def moved(
    request: pytest.FixtureRequest, kind: str, tmp_path: Path, version: str, clock: MadeUpClock
) -> Iterator[School]:
    """The school in it, after the migration."""
    for database in copied(request, kind, tmp_path, f"moved_{version}", lambda database: _moved(database, version)):
        yield from open_school(database, clock)


def _moved(database: Database, version: str) -> None:
    _filled(database, version)
    told = migrate.upgrade(database)
    assert "Copies of the database that were made before still hold their words" in told[1]


def test_every_record_keeps_its_number_its_state_and_its_steps(moved: School) -> None:
    with moved.database.read() as connection:
        every = {found.name: found for found in records.where(connection, 1, records.record.c.id > 0)}
        steps = records.steps(connection, [found.record_id for found in every.values()])
    assert {name: found.state for name, found in every.items()} == STATES
    told = {name: [(step.event, step.person_id) for step in steps[found.record_id]] for name, found in every.items()}
    was = FILLED["rows"]["access_step"]
    for number in range(1, 6):
        assert told[f"AR-{number}"] == [(row["event"], row["person_id"]) for row in was if row["request_id"] == number]
    assert told["CR-1"] == [("complete", 2)]
    ids = {row["name"]: row["id"] for row in FILLED["rows"]["person"]}
    parts = {name: found.parts for name, found in every.items() if found.parts}
    assert not keys.has_old_pages(moved.database)
    assert parts == {"CR-2": {(Part.SUBJECT, ids[HANA.name])}, "CR-3": {(Part.SUBJECT, ids[OLU.name])}}


def test_what_was_written_is_read_as_before(moved: School) -> None:
    report = content.DESK.get(acting(moved, DEV), 1, "")
    assert (report.form.nature, report.form.about) == ("A violent game.", About.PUPIL)
    assert report.form.urls == ("https://bad.example/game", "https://worse.example/clip")
    done = content.completion(report)
    assert done is not None
    assert (done.words, done.signature) == ("Spoke to the class; both sites are blocked.", DEV.name)
    assert content.DESK.get(acting(moved, HANA), 3, "").form.individual == "Olu Adeyemi"
    asked = requests.DESK.get(acting(moved, BEN), 2, "")
    assert asked.form.asked.content == "Castles, with a zażółć"
    assert [step.words for step in asked.steps] == ["Adverts for games."]


def test_every_address_is_found_as_if_it_had_just_been_asked_for(moved: School) -> None:
    with moved.database.read() as connection:
        every = records.where(connection, 1, records.record.c.id > 0)
        ids = [found.record_id for found in every]
        urls = {record_id: [form.url] for record_id, form in access.of_records(connection, ids).items()}
        urls |= {record_id: list(form.urls) for record_id, form in content_forms.of_records(connection, ids).items()}
        kept = {(row.record_id, row.place) for row in connection.execute(select(record_address))}
    assert kept == {(record_id, place) for record_id, some in urls.items() for url in some for place in places(url)}
    assert len(kept) == 11  # five requests, and three reports of two addresses; of perhaps illegal material none
    for words, name in (("castles.example", "AR-2"), ("https://bad.example/game", "CR-1")):
        looked = search.look(acting(moved, DEV), Search(Scope.ALL, words=words))
        assert name in [row.filed.name for row in looked.rows]


def test_who_must_not_know_still_does_not(moved: School) -> None:
    for who, number in ((HANA, 2), (OLU, 3)):
        with pytest.raises(NotFound):
            content.DESK.get(acting(moved, who), number, "")
    assert content.may_complete(content.DESK.get(acting(moved, COL), 2, ""))


@pytest.mark.parametrize("name", FILLED["codes"])
def test_every_printed_code_is_still_proved(moved: School, name: str) -> None:
    proved = forms.prove(moved.context(), name, FILLED["codes"][name])
    assert proved is not None
    assert proved.form.number == name
    assert proved.printed_at is None  # the record has not changed by being moved
    assert forms.prove(moved.context(), name, FILLED["codes"]["AR-1" if name != "AR-1" else "AR-4"]) is None


def test_buttons_older_than_the_move_still_work_and_newer_ones_need_their_token(moved: School) -> None:
    window = moved.press(DEV, moved.home(DEV), "Open", Forged("5"), near="AR-5").view
    assert window is not None
    assert "stars.example" in window.text
    moved.submit(ANN, moved.command(ANN, "/request-access").view, _asked())
    refused = moved.press(DEV, moved.home(DEV), "Open", Forged("6"), near="AR-6")
    assert "stars.example" not in refused.text
    assert "There is no such request of yours." in refused.text


def test_every_account_and_place_is_slacks_as_before(moved: School) -> None:
    with moved.database.read() as connection:
        accounts = connection.execute(select(person.c.id, person.c.account, person.c.front)).all()
        places = connection.execute(select(outbox.c.id, outbox.c.conversation, outbox.c.message, outbox.c.front)).all()
    was = FILLED["rows"]
    assert set(map(tuple, accounts)) == {(row["id"], row["slack_user"], SLACK) for row in was["person"]}
    assert set(map(tuple, places)) == {(row["id"], row["channel"], row["ts"], SLACK) for row in was["outbox"]}


def test_whose_every_account_is_is_known_from_before(moved: School) -> None:
    with moved.database.read() as connection:
        known = connection.execute(
            select(known_account.c.account, known_account.c.person_id, known_account.c.since)
        ).all()
    had = [row for row in FILLED["rows"]["person"] if row["slack_user"]]
    assert {(account, number) for account, number, _ in known} == {(row["slack_user"], row["id"]) for row in had}
    assert all(since.tzinfo for *_, since in known)


def test_life_goes_on(moved: School) -> None:
    moved.tick()
    window = moved.press(DEV, moved.home(DEV), "Open", near="CR-4").view
    moved.submit(DEV, window, {"Action taken": "Told the police.", "Signature": DEV.name})
    assert content.completion(content.DESK.get(acting(moved, ANN), 4, "")) is not None
    form = moved.press(HANA, moved.home(HANA), "Open", near="AR-4").view
    approve = moved.press(HANA, form, "Approve").view
    done = moved.submit(HANA, approve, {"Reasons": "Good.", "Signature": HANA.name}).view
    assert done is not None
    assert "AR-4: approved" in done.text


def test_nothing_is_left_in_the_clear(filled: Database, kind: str) -> None:
    if kind == "sqlite":
        assert all(word in _bytes(filled) for word in WORDS[:2])
    migrate.upgrade(filled)
    if kind == "sqlite":
        found = _bytes(filled)
        assert not any(word in found for word in WORDS)
    with filled.read() as connection:
        tables = [table for table in metadata.sorted_tables if table.name != "alembic_version"]
        kept = str([tuple(row) for table in tables for row in connection.execute(select(table))]).encode()
    assert not any(word in kept for word in WORDS)


def _bytes(database: Database) -> bytes:
    return b"".join(path.read_bytes() for path in database.files)


@pytest.mark.parametrize(("key", "told"), [("", "A new key opens none of it"), (OTHER, "is not the one")])
def test_the_migration_asks_for_the_key_of_what_was_printed(filled: Database, key: str, told: str) -> None:
    other = open_database(filled.url.render_as_string(hide_password=False), key)
    before = migrate.current(other)
    with pytest.raises(Misconfigured, match=told):
        migrate.upgrade(other)
    assert migrate.current(other) == before
    other.close()
    assert migrate.upgrade(filled)


def _asked() -> dict[str, str]:
    from tests.access.test_access import FORM

    return FORM


def test_a_key_that_made_only_some_of_it_is_taken_when_somebody_says_so(filled: Database) -> None:
    with filled.begin() as connection:  # one of the four prints was made with another key
        connection.execute(text("UPDATE document_print SET code = 'AAAA-AAAA-AAAA-AAAA-AAAA' WHERE number = 4"))
    with pytest.raises(Misconfigured, match="made 3 of the 4 certificates and printed forms"):
        migrate.upgrade(filled)
    assert migrate.upgrade(filled, keys.Lost.ACCEPTED)
    with filled.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM document_print")).scalar_one() == 4


def test_an_interrupted_migration_is_finished_by_the_next(filled: Database) -> None:
    with filled.durable.connect() as connection:  # killed after the first step, before the pages were emptied
        command.upgrade(_config(connection), "0015")
    assert keys.has_old_pages(filled)
    assert "Copies of the database that were made before still hold their words" in migrate.upgrade(filled)[1]
    assert not keys.has_old_pages(filled)
    assert migrate.upgrade(filled) == []
