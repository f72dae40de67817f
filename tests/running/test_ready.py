"""From an empty folder to a school that is ready: `doctor` leads, line by line, and names what is missing."""

import csv
import shlex
import shutil

import pytest
from sqlalchemy import update

from bot.clock import now
from bot.notices import Notice
from storage import records
from storage import school as school_storage
from storage.engine import Database, open_database
from storage.outbox import queue
from storage.people import people
from tests import policies
from tests.people import BEN, CARA, HANA
from tests.running.test_moved import STATES, filled, version
from tests.running.test_serve import Machine
from tests.school import KEY, SAMPLE
from tests.slack.fake import FakeSlack

__all__ = ["filled", "version"]  # a database as earlier code has left it
PYTHON = "python -m bot "
MISSING = 4  # steps without which no school is ready
PAST = "Email,Training,Date\nann@huntington.example,Online safety refresher,2026-05-05\n"


@pytest.fixture
def machine(machine: Machine) -> Machine:
    """A machine with the files of README's steps in one folder."""
    machine.environment["DATABASE_URL"] = "sqlite:///lanyard.db"
    for name in ("school.toml", "staff.csv", "roll.csv", "terms.csv"):
        shutil.copy(SAMPLE / name, machine.folder)
    change(machine, "school.toml", "# safeguarding_lead", "safeguarding_lead")
    (machine.folder / "policy.docx").write_bytes(policies.word())
    (machine.folder / "past.csv").write_text(PAST)
    return machine


def change(machine: Machine, name: str, before: str, after: str) -> None:
    path = machine.folder / name
    written = path.read_text(encoding="utf-8")
    assert before in written
    path.write_text(written.replace(before, after), encoding="utf-8")


def add(machine: Machine, row: str) -> None:
    path = machine.folder / "staff.csv"
    path.write_text(f"{path.read_text()}{row}\n")


def ready(machine: Machine) -> None:
    """Do all of README's steps."""
    for command in (
        "setup school.toml",
        "import-staff staff.csv --apply",
        "import-roll roll.csv --apply",
        "import-terms terms.csv --apply",
        "import-training past.csv --apply",
        "import-policy policy.docx --version 2026-11 --approved 2026-11-23 --apply",
    ):
        machine.bot(*shlex.split(command))


def line(said: str, words: str) -> str:
    (found,) = [line for line in said.splitlines() if words in line]
    return found


def test_doctor_leads_from_an_empty_folder_to_a_school_that_is_ready(machine: Machine) -> None:
    machine.environment["LANYARD_KEY"] = ""
    said = machine.bot("doctor", expect=2)
    machine.environment["LANYARD_KEY"] = line(said, "Here is a new one for .env").split("LANYARD_KEY=")[1]
    ran: list[str] = []
    while wanting := [
        line
        for line in machine.bot("doctor", expect=2 if len(ran) < MISSING else 0).splitlines()
        if line.startswith("✗")
    ]:
        ran.append(wanting[0].split(PYTHON)[1])
        machine.bot(*shlex.split(ran[-1]))
    assert [command.split()[0] for command in ran] == ["setup", "import-staff", "import-roll", "import-policy"]
    said = machine.bot("doctor")
    assert said.splitlines()[-1] == "Ready: nothing that your staff need is missing."
    assert "✗" not in said
    assert [
        line.split(PYTHON)[1].split()[0] for line in said.splitlines() if line.startswith("·") and PYTHON in line
    ] == [
        "import-training",
        "import-terms",
        "run",
    ]


def test_of_a_school_that_is_ready_every_line_says_what_is_fine(machine: Machine) -> None:
    ready(machine)
    machine.bot("tick")
    said = machine.bot("doctor")
    assert not [line for line in said.splitlines()[:-1] if not line.startswith("✓ ")]
    for words in (
        "✓ Headteacher: Hana Rees.",
        "✓ Safeguarding lead: Dev Mistry.",
        "✓ Governor: Col Evans and Gwen Smith.",
        "✓ Local authority designated officer (LADO): how to reach them is known.",
        "✓ Staff: 9 people.",
        "✓ Roll: 208 pupils in 8 classes.",
        "✓ Policy: version 2026-11, approved on Mon 23 Nov 2026.",
        "✓ Training: 1 completion on record.",
        "✓ Messages: none was given up on.",
        "✓ Last round of the timetable: ",
    ):
        assert words in said


def test_roles_are_held_by_somebody_who_can_be_reached(machine: Machine, slack: FakeSlack) -> None:
    change(machine, "school.toml", "safeguarding_lead =", "# safeguarding_lead =")
    change(machine, "school.toml", 'designated_officer = "', 'designated_officer = "" # "')
    change(machine, "school.toml", 'deputy_headteacher = ["deputy@', 'deputy_headteacher = ["nobody@')
    ready(machine)
    slack.change_user(HANA.user_id, deleted=True)  # nobody has told Lanyard
    said = machine.bot("doctor", expect=2)
    wanting = [line for line in said.splitlines() if line.startswith("✗")]
    assert [line[2:].split(":")[0] for line in wanting] == [
        "Headteacher",
        "Deputy headteacher",
        "E-Safety Co-ordinator",
        "Safeguarding lead",
        "To decide there is Col Evans in Slack. Two are needed, a headteacher and a deputy or chair",
        "Local authority designated officer (LADO)",
    ]
    assert "Write their address into [roles] safeguarding_lead" in wanting[3]
    assert wanting[3].endswith("Run: python -m bot setup school.toml --apply-roles")
    assert "[contacts] designated_officer is empty" in wanting[5]
    assert "head@huntington.example has no living Slack account." in wanting[0]


def test_staff_without_an_account_are_named_and_whoever_slack_hides(machine: Machine, slack: FakeSlack) -> None:
    slack.change_user(BEN.user_id, hides_address=True)  # on the staff list all the same: that is their account
    slack.change_user(CARA.user_id, deleted=True)
    slack.add_user("U0HAL", "Hal Hidden", "hal@huntington.example", hides_address=True)
    add(machine, "zoe@huntington.example,Zoe Nowhere,,,")  # with no role
    ready(machine)
    said = machine.bot("doctor")
    named = line(said, "No Slack account, so Lanyard cannot tell them anything")
    assert "anything: Cara Singh and Zoe Nowhere. Invite them" in named
    assert named.endswith("Run: python -m bot import-staff staff.csv --apply")
    hidden = line(said, "Slack hides the address of")
    assert "address of Hal Hidden, so" in hidden
    add(machine, "hal@huntington.example,Hal Hidden,,,")
    machine.bot("import-staff", "staff.csv", "--apply")
    assert "Slack hides" not in machine.bot("doctor")


def test_a_school_without_classes_is_told_once_and_can_begin(machine: Machine) -> None:
    with (machine.folder / "roll.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with (machine.folder / "roll.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(row | {"Registration Group": ""} for row in rows)
    ready(machine)
    said = machine.bot("doctor")
    assert "and no class. A child is found by name only" in line(said, "Roll: 208 pupils")
    assert "No pupil is in" not in said


def test_what_many_rows_have_in_common_is_said_in_one_line(machine: Machine) -> None:
    machine.bot("setup", "school.toml")
    written = (machine.folder / "roll.csv").read_text(encoding="utf-8-sig")
    (machine.folder / "roll.csv").write_text(written.replace(",3B,", ",,"), encoding="utf-8")
    said = machine.bot("import-roll", "roll.csv")
    assert "1 to know:" in said
    assert "there is no class, so this child is in no class list yet. So it is in 26 rows" in said


def test_whom_no_message_reached_is_named(machine: Machine) -> None:
    ready(machine)
    database = open_database(f"sqlite:///{machine.folder}/lanyard.db", KEY)
    with database.begin() as tx:
        everybody = {each.name: each for each in people.every(tx, 1)}
        ben = everybody["Ben Carter"].person_id
        new = queue.New(f"a-{ben}", Notice.ACKNOWLEDGEMENT_ASKED, 1, ben, now())
        queue.put(tx, 1, [new])
        tx.execute(update(queue.outbox).values(state=queue.GIVEN_UP))
    database.close()
    said = machine.bot("doctor", expect=2)
    assert "given up on, and since then nothing has reached" in said
    assert "Ben Carter" in line(said, "given up on")


def test_of_two_schools_each_line_names_its_own(machine: Machine) -> None:
    ready(machine)
    machine.environment["SLACK_BOT_TOKEN"] = ""
    change(machine, "school.toml", "Huntington Community Primary School", "Dover Lane")
    change(machine, "school.toml", "T0SCHOOL", "T0DOVER")
    machine.bot("setup", "school.toml", "--another-school")
    said = machine.bot("doctor", expect=2)
    assert "✓ Huntington Community Primary School: Roll: 208 pupils in 8 classes." in said
    roll = line(said, "Dover Lane: The roll is empty.")
    assert roll.endswith("Run: python -m bot import-roll roll.csv --apply --school T0DOVER")
    machine.bot(*shlex.split(roll.split(PYTHON)[1]))
    assert "The roll is empty" not in machine.bot("doctor", expect=2)


def test_an_upgrade_in_the_middle_of_a_school_year_says_what_is_new(machine: Machine, filled: Database) -> None:
    """What was there stays, roles are changed only when told to, and what the new version asks for is named."""
    machine.environment["DATABASE_URL"] = filled.url.render_as_string(hide_password=False)
    assert "Run: python -m bot migrate" in machine.bot("doctor", expect=2)
    machine.bot("migrate")
    said = machine.bot("doctor", expect=2)
    wanting = [line[2:].split(".")[0].split(":")[0] for line in said.splitlines() if line.startswith("✗")]
    assert wanting == ["Safeguarding lead", "The roll is empty", "The policy is not imported, so /policy finds nothing"]
    assert "safeguarding lead" in machine.bot("setup", "school.toml").split("Roles would change")[1]
    assert "✗ Safeguarding lead" in machine.bot("doctor", expect=2)  # shown, not changed
    machine.bot("setup", "school.toml", "--apply-roles")
    for command in ("import-roll roll.csv --apply", line(said, "The policy is not imported").split(PYTHON)[1]):
        machine.bot(*shlex.split(command))
    assert "✓ Staff: " in machine.bot("doctor")
    with filled.read() as connection:
        assert school_storage.count(connection) == 1
        assert len(records.where(connection, 1, records.record.c.id > 0)) == len(STATES)
