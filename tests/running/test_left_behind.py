"""Who changes DATABASE_URL after the first record is told that nothing comes along, before any harm is done."""

from pathlib import Path

import pytest

from storage import audit, school
from storage.engine import Database, open_database
from storage.left_behind import BEGUN_ANEW
from tests.running.processes import report
from tests.running.test_serve import Machine
from tests.school import KEY, SAMPLE
from tests.slack.fake import FakeSlack

SETUP = ("setup", str(SAMPLE / "school.toml"))
IMPORT = ("import-roll", str(SAMPLE / "roll.csv"))
LEFT = "lanyard.db in this folder holds records, and the database that DATABASE_URL names holds none."
BACK = "set DATABASE_URL back to sqlite:///lanyard.db."


@pytest.fixture
def machine(slack: FakeSlack, tmp_path: Path) -> Machine:
    """A school that has been set up as README says, with the file that is the default."""
    (tmp_path / "machine").mkdir()
    machine = Machine(tmp_path / "machine", slack)
    del machine.environment["DATABASE_URL"]
    machine.bot(*SETUP)
    return machine


def move(machine: Machine, database: Database) -> None:
    """Have the machine use another database from now on."""
    machine.environment["DATABASE_URL"] = database.url.render_as_string(hide_password=False)


def test_a_new_database_is_not_set_up_beside_records_unless_it_is_meant(machine: Machine, database: Database) -> None:
    machine.bot(*IMPORT, "--apply")
    move(machine, database)
    for told in (machine.bot(*SETUP, expect=2), machine.bot("doctor", expect=2), machine.bot("migrate")):
        (line,) = [line for line in told.splitlines() if LEFT in line]
        assert "A withdrawal recorded there is not known in the other database" in line
        assert BACK in line
    assert len(machine.bot(*SETUP, expect=2).splitlines()) == 1
    assert "--new-database" in machine.bot(*SETUP, expect=2)
    with database.read() as connection:
        assert school.count(connection) == 0

    told = machine.bot(*SETUP, "--new-database")
    assert f"⚠ {LEFT}" in told
    assert "Huntington Community Primary School is set up." in told
    with database.read() as connection:
        assert audit.entries(connection, 1)[-1] == (BEGUN_ANEW, "school 1")
    assert LEFT not in machine.bot("doctor", expect=2)  # it was said, and answered
    assert LEFT not in machine.bot(*IMPORT, "--apply")


def test_a_database_that_was_set_up_already_takes_no_roll(
    machine: Machine, database: Database, slack: FakeSlack, tmp_path: Path
) -> None:
    machine.bot(*IMPORT, "--apply")
    elsewhere = Machine(tmp_path, slack)
    move(elsewhere, database)
    elsewhere.bot(*SETUP)
    move(machine, database)
    assert f"⚠ {LEFT}" in machine.bot(*IMPORT)
    assert LEFT in machine.bot(*IMPORT, "--apply", expect=2)
    assert LEFT in machine.bot("run", expect=2)  # where the office would import it
    del machine.environment["DATABASE_URL"]
    assert "Nothing to change." in machine.bot(*IMPORT, "--apply")


def test_what_somebody_did_in_slack_is_a_record_too(machine: Machine, database: Database, slack: FakeSlack) -> None:
    default = open_database(f"sqlite:///{machine.folder}/lanyard.db", KEY)
    report(default, slack, 1)
    default.close()
    move(machine, database)
    assert LEFT in machine.bot(*SETUP, expect=2)


def test_before_the_first_record_another_database_can_be_chosen(machine: Machine, database: Database) -> None:
    move(machine, database)
    assert "is set up." in machine.bot(*SETUP)
    assert "208 new pupils" in machine.bot(*IMPORT, "--apply")


def test_a_fresh_file_is_a_new_database_and_the_same_file_is_not(machine: Machine) -> None:
    machine.bot(*IMPORT, "--apply")
    machine.environment["DATABASE_URL"] = f"sqlite:///{machine.folder.resolve()}/lanyard.db"
    assert "nothing changed" in machine.bot(*SETUP)
    machine.environment["DATABASE_URL"] = "sqlite:///other.db"
    assert LEFT in machine.bot(*SETUP, expect=2)
