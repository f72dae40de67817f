"""Both forms of the appendix, from the slash command to the signed paper: the real process, asked over signed HTTP."""

import io
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from pypdf import PdfReader
from slack_bolt import App
from sqlalchemy import select

from bot.clock import now, school_day, spoken_day
from storage.engine import Database, metadata
from tests.access import test_access
from tests.content import test_content
from tests.people import ANN, HANA
from tests.running import inside
from tests.school import fill
from tests.slack.fake import FakeSlack
from tests.slack.payloads import FORM, signed_headers
from tests.slack.people import SIGNING_SECRET, Answer, Workspace
from tests.slack.wire import Process, Wire, environment

REFUSED = 401


@dataclass
class Office:
    """The process, the people who use it, and the computer of the IT lead."""

    people: Workspace
    wire: Wire
    database: Database
    folder: Path
    environment: dict[str, str]

    def bot(self, *arguments: str, expect: int = 0) -> str:
        """Type a command; returns what it says."""
        run = inside.as_process if arguments[:2] == ("documents", "write") else inside.run  # one of the two is enough
        status, out, err = run(arguments, self.folder, self.environment)
        assert status == expect, out + err
        assert "Traceback" not in err
        return out + err

    def paper(self, record: str) -> str:
        """Have a record's form written; returns the words on it in one line."""
        path = self.folder / f"{record}.pdf"
        self.bot("documents", "write", record, "--out", str(path))
        pages = PdfReader(io.BytesIO(path.read_bytes())).pages
        return " ".join(" ".join(page.extract_text() for page in pages).split())

    def waiting(self, record: str) -> Answer:
        """What Hana has in front of her when she opens a record that waits for her."""
        home = self.people.open_home(HANA.user_id)
        return self.people.press(HANA.user_id, home, "Open", near=f"*{record}*")

    def day(self, table: str, column: str) -> str:
        """The day of the only record, as people read it."""
        with self.database.read() as connection:
            instant = connection.execute(select(metadata.tables[table].c[column])).scalar_one()
        return spoken_day(school_day(instant, "Europe/London"))

    def kept(self) -> str:
        """Every row of every table; of a message only that it is there, for the outbox sends it meanwhile."""
        tables: dict[str, Any] = {**metadata.tables, "outbox": metadata.tables["outbox"].c.key}
        with self.database.read() as connection:
            rows = {name: connection.execute(select(table)).all() for name, table in tables.items()}
        return str({name: sorted(map(str, found)) for name, found in rows.items()})


@pytest.fixture
def office(furnished: Database, tmp_path: Path) -> Iterator[Office]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with FakeSlack(now) as slack:
        fill(slack)
        url = furnished.url.render_as_string(hide_password=False)
        found = environment(slack, url, port)
        process = Process(tmp_path, found)
        wire = Wire(port)
        try:
            yield Office(Workspace(cast(App, wire), slack), wire, furnished, tmp_path, found)
        finally:
            logged = process.stop()
        assert '"stopped"' in logged
        assert "volcano" not in logged
        assert "Hana" not in logged
        assert slack.violations == []


def ask(office: Office) -> Answer:
    form = office.people.command(ANN.user_id, "/request-access")
    return office.people.submit(ANN.user_id, form, test_access.FORM)


def signed_paper(office: Office, record: str, *told: str) -> str:
    """The paper says all of this, and its code proves the record: with one letter changed it proves nothing.

    Returns the code.
    """
    paper = office.paper(record)
    for words in told:
        assert words in paper, f"{words!r} is not in {paper!r}"
    codes = set(re.findall(rf"documents verify {record} (\S+)", paper))
    assert len(codes) == 1
    code: str = codes.pop()
    assert f"Verification code: {code}" in paper
    assert f"The code is that of {record} as it stands now" in office.bot("documents", "verify", record, code)
    wrong = ("A" if code[0] != "A" else "B") + code[1:]
    assert "is not that of" in office.bot("documents", "verify", record, wrong, expect=2)
    return code


def older_paper(office: Office, record: str, code: str) -> None:
    """Paper from before the record changed is still proved, and what it said can be had again."""
    path = office.folder / f"{record}-then.pdf"
    told = office.bot("documents", "verify", record, code, "--out", str(path))
    assert f"The code is that of {record} as it was printed on" in told
    assert code in "".join(page.extract_text() for page in PdfReader(path).pages)


def test_an_access_request_from_the_command_to_the_paper(office: Office) -> None:
    assert "AR-1 is on its way" in ask(office).text
    form = office.people.press(HANA.user_id, office.waiting("AR-1"), "Approve")
    assert "AR-1: approved" in office.people.submit(HANA.user_id, form, test_access.YES).text
    today = office.day("record", "asked_at")
    decided = ("✓ Yes", *test_access.YES.values(), "E-Safety Co-ordinator and Headteacher", "that Slack authenticated")
    code = signed_paper(
        office, "AR-1", "Ann Teacher", today, *test_access.FORM.values(), *decided, "approved; the filter is"
    )
    home = office.people.open_home(HANA.user_id)
    office.people.press(HANA.user_id, office.people.press(HANA.user_id, home, "Open the list"), "Filter is changed")
    signed_paper(office, "AR-1", *test_access.FORM.values(), *decided, "confirmed by Hana Rees")
    older_paper(office, "AR-1", code)


def test_a_content_report_from_the_command_to_the_paper(office: Office) -> None:
    first = office.people.command(ANN.user_id, "/report-content")
    ticked = {"Could it be": test_content.NOT_ILLEGAL, "Who is this about": "A pupil"}
    form = office.people.submit(ANN.user_id, first, ticked)
    asked = office.people.submit(ANN.user_id, form, {**test_content.FORM, "Name of individual": "Kit Smith"})
    sent = office.people.submit(ANN.user_id, asked, {"Do you mean Gwen Smith": "No, somebody else"})
    assert "CR-4526 is on its way" in sent.text
    waits = ("Ann Teacher", "Kit Smith", "https://bad.example/game", "https://worse.example/clip", "A violent game.")
    code = signed_paper(office, "CR-4526", *waits, "Not completed yet")
    done = office.people.submit(HANA.user_id, office.waiting("CR-4526"), test_content.DONE)
    assert "CR-4526: dealt with" in done.text
    today = office.day("record_step", "at")
    signed_paper(office, "CR-4526", *waits, today, *test_content.DONE.values(), "that Slack authenticated")
    older_paper(office, "CR-4526", code)


def test_what_slack_has_not_signed_just_now_changes_nothing(office: Office) -> None:
    sent = ask(office)
    body, before = sent.delivery.body, office.kept()
    other = body.replace("volcano", "vulcano")
    assert other != body

    def headers(signed: str, **how: int) -> dict[str, str]:
        return signed_headers(signed, FORM, secret=SIGNING_SECRET, **{"age_seconds": 0, "retry": 0, **how})

    forged = signed_headers(other, FORM, secret="guessed", age_seconds=0, retry=0)
    replayed = headers(body)  # a true signature, on other words
    later = {**headers(other), "x-slack-request-timestamp": "1"}
    unsigned = {"content-type": FORM}
    stale, early = (headers(other, age_seconds=seconds) for seconds in (330, -330))  # Slack's advice: five minutes
    for refused in (forged, replayed, later, unsigned, stale, early):
        assert office.wire.post(other, refused)[0] == REFUSED
    assert office.kept() == before
    # The very same request once more, signed: acknowledged with the same number, and recorded once.
    status, again = office.wire.post(body, headers(body, retry=1))
    assert status == 200
    assert "AR-1 is on its way" in again
    with office.database.read() as connection:
        assert len(connection.execute(select(metadata.tables["record"])).all()) == 1
