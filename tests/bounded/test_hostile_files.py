"""Files that would stop a bot, sent in Slack and on the command line: one import fails, others are answered."""

import io
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from storage import audit
from tests.bounded import hostile
from tests.consent.test_imports_slack import sent
from tests.people import ANN, HANA
from tests.policy.test_policy import sent_in_slack
from tests.school import School

NAME = "Fatima"
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # nothing here is kept


def trail(school: School) -> str:
    with school.database.read() as connection:
        return str(audit.entries(connection, 1))


@pytest.mark.policy("4.2")
def test_a_workbook_of_endless_cells_is_refused_at_once(school: School, log: io.StringIO) -> None:
    content = hostile.cells_that_never_end()
    assert len(content) < 2_000
    began = time.process_time()
    shown = sent(school, content, "roll.xlsx")
    assert "cannot be read" in shown.text
    assert "save it again as “CSV UTF-8”" in shown.text
    assert time.process_time() - began < 5  # it stood still for 23 seconds, all of them in this process
    assert log.getvalue() == ""
    assert "Fatima van Dijk" in school.command(ANN, "/consent", "Fatima van Dijk").text


def test_a_document_that_is_read_for_ever_ends_while_others_are_answered(school: School, log: io.StringIO) -> None:
    before, seen = trail(school), list[Any]()

    def send() -> None:
        sent_in_slack(school, HANA, hostile.fonts_without_end())
        seen.append(school.top(HANA))

    hana = threading.Thread(target=send)
    hana.start()
    answered = 0
    while hana.is_alive() and answered < 20:
        assert "Fatima van Dijk" in school.command(ANN, "/consent", "Fatima van Dijk").text
        answered += 1
    assert hana.is_alive(), "there was nothing to outlast"
    hana.join()
    assert "took too long" in seen[0].text
    assert "Nothing was changed. Open it in Word and save it again as .docx." in seen[0].text
    assert '"why": "time"' in log.getvalue()
    assert NAME not in log.getvalue() + seen[0].text
    assert trail(school).count("policy") == before.count("policy")


def test_a_calendar_larger_than_memory_on_the_command_line(
    school: School, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    from bot.commands import app

    monkeypatch.setenv("DATABASE_URL", school.database.url.render_as_string(hide_password=False))
    path = tmp_path / "terms.ics"
    path.write_bytes(hostile.calendar_of_lines())
    before = trail(school)
    done = CliRunner().invoke(app, ["import-terms", str(path), "--apply"])
    said = str(done.exception) + done.output
    assert "too much memory" in said
    assert "Give the terms as a table" in said
    assert '"why": "memory"' in log.getvalue()
    assert NAME not in log.getvalue() + said
    assert trail(school) == before
