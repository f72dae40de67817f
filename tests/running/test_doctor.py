"""What `doctor` looks at on the machine itself, with real processes and real files."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running.test_serve import Machine
from tests.school import SAMPLE

FOR_THE_OWNER = "-rw-------"


@pytest.fixture
def machine(machine: Machine) -> Iterator[Machine]:
    """A machine whose owner has never heard of umask: by itself, everybody there may read what is written."""
    before = os.umask(0o022)
    machine.environment["DATABASE_URL"] = "sqlite:///lanyard.db"
    yield machine
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    """Return file name → mode, as `ls -l` writes it."""
    listed = subprocess.run(["ls", "-lA", folder], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1]: line.split()[0][:10] for line in listed.splitlines()[1:]}


def told(machine: Machine, words: str) -> str:
    """Return the line of `doctor` with these words in it."""
    (line,) = [line for line in machine.bot("doctor", expect=2).splitlines() if words in line]
    return line


def test_what_lanyard_writes_is_for_its_owner_only(machine: Machine) -> None:
    machine.bot("setup", str(SAMPLE / "school.toml"))
    machine.bot("export-training", "--out", "register.csv")
    process = machine.serve()
    try:
        assert machine.get("/readyz") == (200, '{"ready": true}')
        names = {"lanyard.db", "lanyard.db-wal", "lanyard.db-shm", "register.csv"}
        assert modes(machine.folder) == dict.fromkeys(names, FOR_THE_OWNER)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def test_doctor_names_files_that_others_may_open_and_the_mend(machine: Machine) -> None:
    machine.bot("setup", str(SAMPLE / "school.toml"))
    assert told(machine, "may open") == "✓ Nobody but the owner may open lanyard.db."
    process = machine.serve()
    process.kill()  # what the database writes beside itself stays
    process.communicate()
    # As an editor leaves .env, and an earlier Lanyard the rest.
    (machine.folder / ".env").write_text("PORT=3000\n")
    for path in machine.folder.iterdir():
        path.chmod(0o644)
    said = told(machine, "may open")
    names = ".env, lanyard.db, lanyard.db-wal and lanyard.db-shm"
    assert said == f"✗ Others on this machine may open {names}. Run: chmod 600 .env lanyard.db*"
    subprocess.run(["sh", "-c", said.split("Run: ")[1]], cwd=machine.folder, check=True)
    assert set(modes(machine.folder).values()) == {FOR_THE_OWNER}
    assert told(machine, "may open") == "✓ Nobody but the owner may open .env and lanyard.db."


def test_setup_shows_changes_of_roles_and_makes_them_only_when_told_to(machine: Machine) -> None:
    machine.bot("setup", str(SAMPLE / "school.toml"))
    changed = machine.folder / "school.toml"
    written = (SAMPLE / "school.toml").read_text()
    changed.write_text(written.replace('admin_team = ["office@', 'admin_team = ["ben@'))
    for _ in range(2):
        shown = machine.bot("setup", str(changed))
        assert "run it again with --apply-roles" in shown
        assert "  ben@huntington.example is now admin team." in shown
        assert "nothing changed" not in shown
    assert "\nben@huntington.example is now admin team." in f"\n{machine.bot('setup', str(changed), '--apply-roles')}"
    assert "nothing changed" in machine.bot("setup", str(changed))


def test_on_a_server_only_the_tokens_are_files(machine: Machine) -> None:
    machine.environment["DATABASE_URL"] = "postgresql://127.0.0.1:9/nowhere"
    assert "cannot be opened" in machine.bot("doctor", expect=2)
    (machine.folder / ".env").write_text("PORT=3000\n")
    assert told(machine, "may open") == "✗ Others on this machine may open .env. Run: chmod 600 .env"


def test_doctor_and_setup_name_role_holders_without_a_living_account_and_without_a_number(machine: Machine) -> None:
    written = (SAMPLE / "school.toml").read_text().replace("dpo@huntington.example", "fay@dpo.example")
    path = machine.folder / "school.toml"
    path.write_text(written)
    said = machine.bot("setup", str(path))
    assert "⚠ fay@dpo.example holds a role but has no Slack account here" in said
    line = told(machine, "✗ Data protection officer: fay@dpo.example has no living Slack account.")
    assert "Their phone number is missing: add them to [[phones]]" in line
    path.write_text(f'{written}\n[[phones]]\nemail = "Fay@dpo.example"\nname = "Fay Okoro"\nphone = "01632 960 101"\n')
    said = machine.bot("setup", str(path))
    assert "\nfay@dpo.example has no Slack account here: somebody at the school is asked to tell them." in said
    line = told(machine, "Data protection officer")
    assert line == "✓ Data protection officer: Fay Okoro (no account: a colleague phones)."
    assert "fay@dpo.example" not in machine.bot("doctor", expect=2)
    assert "nothing changed" in machine.bot("setup", str(path))


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ('phone = "ask the office"', "write a phone number, such as 01632 960 002"),
        ('phone = "01632 960 101"', "fay@dpo.example holds no role in [roles]; is the address misspelt?"),
    ],
)
def test_a_phone_number_is_checked_where_it_was_written(machine: Machine, entry: str, words: str) -> None:
    path = machine.folder / "school.toml"
    wrong = f'[[phones]]\nemail = "fay@dpo.example"\nname = "Fay Okoro"\n{entry}\n'
    path.write_text(f"{(SAMPLE / 'school.toml').read_text()}\n{wrong}")
    assert words in machine.bot("setup", str(path), expect=2)
