"""The real process: set up and filled from the command line, asked over HTTP with signed requests, told to stop."""

import hashlib
import hmac
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from bot.clock import now
from bot.rules.calendar import school_year
from tests.people import ANN, OZ, STAFFROOM
from tests.running import inside
from tests.school import KEY, SAMPLE
from tests.slack.fake import FakeSlack
from tests.slack.people import SIGNING_SECRET

ROOT = Path(__file__).resolve().parents[2]


def signed(body: bytes, secret: str = SIGNING_SECRET) -> dict[str, str]:
    """Return the headers that Slack sends with a body."""
    stamp = str(int(time.time()))
    seal = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={seal}",
        "Content-Type": "application/x-www-form-urlencoded",
    }


def resident(pid: int) -> float:
    """Return how much memory a process holds, in megabytes."""
    told = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in told.splitlines() if line.startswith("VmRSS")) / 1024


class Machine:
    """A folder with a database, and the commands that an IT lead types there."""

    def __init__(self, folder: Path, slack: FakeSlack) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "LANYARD_"))}
        self.environment = kept | {
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": f"sqlite:///{folder}/lanyard.db",
            "SLACK_API_URL": slack.api_url,
            "SLACK_BOT_TOKEN": slack.token,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "PORT": str(self.port),
            "LANYARD_KEY": KEY,
        }

    def bot(self, *arguments: str, expect: int = 0) -> str:
        """Type a command that ends by itself: without a process of its own, where that is not the point."""
        if arguments[0] in inside.SERVES:
            return self.process(*arguments, expect=expect)
        return self._as_expected(expect, inside.run(arguments, self.folder, self.environment))

    def process(self, *arguments: str, expect: int = 0) -> str:
        """Type a command, as a process of its own."""
        return self._as_expected(expect, inside.as_process(arguments, self.folder, self.environment))

    def _as_expected(self, expect: int, ended: tuple[int, str, str]) -> str:
        status, out, err = ended
        assert status == expect, out + err
        assert "Traceback" not in err
        return out + err

    def serve(self) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run"],
            cwd=self.folder,
            env=self.environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr
        first = process.stderr.readline()
        if '"answering"' not in first:
            process.kill()
            raise AssertionError(first + process.stderr.read())
        return process

    def ask(self, user_id: str, text: str, *, secret: str = SIGNING_SECRET) -> tuple[int, str]:
        """Send `/consent` as Slack would; returns (status, everything in the answer)."""
        body = urllib.parse.urlencode(
            {
                "command": "/consent",
                "text": text,
                "user_id": user_id,
                "team_id": "T0SCHOOL",
                "channel_id": STAFFROOM,
                "channel_name": "staffroom",
                "trigger_id": "1.2.3",
                "response_url": "http://127.0.0.1:9/never",
            }
        )
        return self.get("/slack/events", data=body.encode(), headers=signed(body.encode(), secret))

    def get(self, path: str, **more: Any) -> tuple[int, str]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", **more)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status), answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def announce(self, size: int) -> str:
        """Say how many bytes will come, send none of them, and return the first line of the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(f"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode())
            return connection.recv(1000).decode().splitlines()[0]


def test_from_an_empty_folder_to_an_answer_over_signed_http(machine: Machine) -> None:
    told = machine.process("setup", str(SAMPLE / "school.toml"))
    assert "Huntington Community Primary School is set up." in told
    assert "⚠" not in told
    assert "nothing changed" in machine.process("setup", str(SAMPLE / "school.toml"))
    machine.process("import-staff", str(SAMPLE / "staff.csv"), "--apply")
    assert "208 new pupils" in machine.process("import-roll", str(SAMPLE / "roll.csv"))
    machine.process("import-roll", str(SAMPLE / "roll.csv"), "--apply")
    assert "Nothing to change." in machine.process("import-roll", str(SAMPLE / "roll.csv"), "--apply")
    assert "whole" in machine.process("audit", "verify")

    process = machine.serve()
    try:
        assert machine.get("/healthz") == (200, '{"alive": true}')
        assert machine.get("/readyz") == (200, '{"ready": true}')
        status, told = machine.ask(ANN.user_id, "Jamie")
        assert status == 200
        answer = json.loads(told)
        assert answer["response_type"] == "ephemeral"
        assert "Which Jamie?" in told
        assert "*Jamie Nowak*" in machine.ask(ANN.user_id, "Jamie Nowak")[1]
        assert "own staff" in machine.ask(OZ.user_id, "Jamie Nowak")[1]
        assert machine.ask(ANN.user_id, "Jamie Nowak", secret="forged")[0] == 401
        assert machine.get("/slack/events", data=b"", headers={})[0] == 401
        assert machine.get("/elsewhere")[0] == 404
    finally:
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=20)
    assert process.returncode == 0
    assert '"stopped"' in rest
    assert "Jamie" not in rest


def test_whoever_is_not_slack_costs_nothing(machine: Machine) -> None:
    machine.bot("setup", str(SAMPLE / "school.toml"))
    process = machine.serve()
    held = []
    try:
        before = resident(process.pid)
        large = b"payload=" + b"%7B" * 300_000  # would be parsed into nearly as many objects
        assert machine.get("/slack/events", data=large, headers={})[0] == 401
        assert machine.get("/slack/events", data=large, headers=signed(large, "forged"))[0] == 401
        assert machine.get("/slack/events", data=large, headers=signed(large) | {"X-Slack-Signature": "é"})[0] == 400
        late = signed(large) | {"X-Slack-Request-Timestamp": "9" * 400}
        assert machine.get("/slack/events", data=large, headers=late)[0] == 400
        assert machine.get("/slack/events", data=b"\xff\xfe", headers=signed(large))[0] == 400  # not text at all
        assert machine.announce(len(large) * 2).startswith("HTTP/1.1 413 ")  # whoever it is from; it is not read
        assert resident(process.pid) - before < 20
        for _ in range(130):
            held.append(socket.create_connection(("127.0.0.1", machine.port)))
            held[-1].sendall(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\nhalf")
        assert "Nobody" in machine.ask(ANN.user_id, "Nobody Atall")[1]  # nobody waits for them
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.2", machine.port), timeout=5).close()  # this machine only
    finally:
        for connection in held:
            connection.close()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 0


def test_what_is_missing_is_named_in_one_line(machine: Machine) -> None:
    told = machine.bot("run", expect=2)
    assert "No school is set up yet. Run: python -m bot setup school.toml" in told
    machine.process("migrate")
    assert "already up to date" in machine.bot("migrate")
    assert "✗ No school is set up. Run: python -m bot setup school.toml" in machine.process("doctor", expect=2)
    assert "No school is set up yet" in machine.bot("import-roll", str(SAMPLE / "roll.csv"), expect=2)
    machine.environment["SLACK_BOT_TOKEN"] = ""
    machine.environment["SLACK_SIGNING_SECRET"] = ""
    told = machine.bot("run", expect=2)
    assert "SLACK_BOT_TOKEN" in told
    assert "SLACK_APP_TOKEN" in told
    assert len(told.splitlines()) == 1
    told = machine.bot("doctor", expect=2)
    assert "✗ SLACK_BOT_TOKEN" in told
    machine.environment["DATABASE_URL"] = "sqlite:////nowhere/at/all.db"
    assert "cannot be opened. Check DATABASE_URL" in machine.bot("migrate", expect=2)
    machine.environment["DATABASE_URL"] = "mysql://x"
    assert "DATABASE_URL must start with" in machine.bot("migrate", expect=2)
    machine.environment["PORT"] = "many"
    assert "PORT" in machine.bot("migrate", expect=2)


def test_doctor_goes_on_where_the_database_cannot_be_opened(machine: Machine) -> None:
    machine.environment["DATABASE_URL"] = "postgresql://127.0.0.1:9/nowhere"
    told = machine.bot("doctor", expect=2)
    assert "✗ The database postgresql+psycopg://127.0.0.1:9/nowhere cannot be opened" in told
    assert "✓ Slack knows the bot in the workspace" in told


def test_terms_are_imported_and_bad_lines_named(machine: Machine) -> None:
    machine.bot("setup", str(SAMPLE / "school.toml"))
    year = school_year(now().date())
    lines = [f"term,{year}-09-02,{year}-12-18,Autumn", f"term,{year + 1}-01-04,{year + 1}-03-25,Spring", "inset,soon,,"]
    path = machine.folder / "terms.csv"
    path.write_text("type,start,end,title\n" + "\n".join(lines))
    told = machine.process("import-terms", str(path), expect=1)
    assert "2 would be added" in told
    assert "line 4, start: " in told
    assert "Nothing was changed yet" in told
    told = machine.bot("import-terms", str(path), "--apply", expect=1)
    assert "2 added" in told
    assert "Nothing to change." in machine.bot("import-terms", str(path), "--apply", expect=1)
    path.write_text(path.read_text().replace(f"{year + 1}-01-04,", "early January,"))
    for apply in ([], ["--apply"]):
        told = machine.bot("import-terms", str(path), *apply, expect=1)
        assert "line 3, start: " in told
        assert "Nothing was changed: line 3 is a term, or may be" in told
        assert "removed" not in told.replace("0 removed", "")
    days = f"DTSTART;VALUE=DATE:{year + 1}0412\nDTEND;VALUE=DATE:{year + 1}0722"
    event = f"BEGIN:VEVENT\nSUMMARY:Summer term\n{days}\nEND:VEVENT"
    path.with_suffix(".ics").write_text(f"BEGIN:VCALENDAR\n{event}\nEND:VCALENDAR\n")
    told = machine.bot("import-terms", str(path.with_suffix(".ics")), "--apply")
    assert "1 added:\n  term, " in told
    assert "2 removed" in told
    told = machine.bot("doctor", expect=2)
    assert "the calendar is known up to" in told
    assert "no column type" in machine.bot("import-terms", str(SAMPLE / "staff.csv"), expect=2)


def test_a_tick_does_what_is_due_and_says_so(machine: Machine) -> None:
    machine.bot("setup", str(SAMPLE / "school.toml"))
    told = machine.process("tick", "--at", "2026-12-01T08:00")
    assert "Huntington Community Primary School: what was due by the clock is done" in told
    assert "--at needs an instant" in machine.bot("tick", "--at", "tomorrow", expect=2)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('media = ["photo", "video"]', 'media = ["photo", "audio"]'), "line 24"),
        (('slack_team = "T0SCHOOL"', 'slack_taem = "T0SCHOOL"'), "slack_t"),
        (('timezone = "Europe/London"', 'timezone = "Europe/Londinium"'), "write Europe/London"),
        (('headteacher = ["head@huntington.example"]', "headteacher = []"), "headteacher is empty"),
        (('key = "twitter"', 'key = "website"'), "two [[uses]] have the key website"),
        (("[school]", "[school"), "line 2"),
        (('headteacher = ["head@', 'headmaster = ["head@'), "headmaster"),
    ],
)
def test_a_slip_in_the_settings_is_named_with_its_line(machine: Machine, change: tuple[str, str], told: str) -> None:
    path = machine.folder / "school.toml"
    text = (SAMPLE / "school.toml").read_text(encoding="utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change, 1), encoding="utf-8")
    said = machine.bot("setup", str(path), expect=2)
    assert told in said
    assert "school.toml" in said
    assert not (machine.folder / "lanyard.db").exists()


def test_a_file_that_is_not_there_or_not_a_roll(machine: Machine) -> None:
    machine.bot("setup", str(SAMPLE / "school.toml"))
    assert "cannot be read" in machine.bot("import-roll", "gone.csv", expect=2)
    assert "does not exist" in machine.bot("setup", "gone.toml", expect=2)
    machine.bot("import-roll", str(SAMPLE / "school.toml"), expect=2)
    written = ("import-policy", str(SAMPLE / "school.toml"), "--version", "1", "--approved", "23/11/2026")
    assert "a day such as 2026-11-23" in machine.process(*written, expect=2)
    assert "no column Email" in machine.bot("import-staff", str(SAMPLE / "roll.csv"), expect=2)


def test_older_posts_come_in_as_a_table(machine: Machine) -> None:
    machine.bot("setup", str(SAMPLE / "school.toml"))
    machine.bot("import-roll", str(SAMPLE / "roll.csv"), "--apply")
    older = machine.folder / "posts.csv"
    older.write_text(
        "Where,Posted on,Link or place,Pupils\n"
        "School website,03/09/2025,https://huntington.example/news/4,Fatima van Dijk\n"
        "School website,03/09/2025,https://huntington.example/news/5,Nobody Atall\n"
    )
    told = machine.process("import-posts", str(older), expect=1)
    assert "1 post would be logged, of 1 child; 0 known already" in told
    assert "line 3, Pupils: nobody of this name" in told
    assert "1 post logged" in machine.bot("import-posts", str(older), "--apply", expect=1)
    again = machine.bot("import-posts", str(older), "--apply", expect=1)
    assert "0 posts logged, of 0 children; 1 known already" in again


def test_training_comes_in_and_goes_out_as_a_table(machine: Machine) -> None:
    machine.bot("setup", str(SAMPLE / "school.toml"))
    machine.bot("import-staff", str(SAMPLE / "staff.csv"), "--apply")
    past = machine.folder / "past.csv"
    past.write_text(
        "Email,Training,Date,Provider\n"
        "office@huntington.example,Online safety refresher,05/05/2020,Boost\n"
        "office@huntington.example,Knitting,05/05/2020,Boost\n"
    )
    told = machine.process("import-training", str(past), expect=1)
    assert "1 completion would be added" in told
    assert "line 3, Training: the school has no such training" in told
    assert "Nothing was changed yet" in told
    machine.bot("import-training", str(past), "--apply", expect=1)
    assert "0 completions added, 1 known already" in machine.bot("import-training", str(past), "--apply", expect=1)
    machine.process("export-training", "--out", "register.csv")
    register = (machine.folder / "register.csv").read_text("utf-8-sig")
    assert "Online safety refresher,Olu Adeyemi,office@huntington.example,done,05/05/2020,,Boost,import," in register
    machine.bot("export-training", "--out", "register.xlsx")
    assert (machine.folder / "register.xlsx").read_bytes().startswith(b"PK")
    assert ".csv or .xlsx" in machine.bot("export-training", "--out", "register.doc", expect=2)
    assert "no such file" in machine.process("evidence", "open", "1", "--out", "x.pdf", expect=2)
    assert "NUMBER cannot be read" in machine.bot("evidence", "open", "9" * 20, "--out", "x.pdf", expect=2)


def test_bad_rows_are_refused_by_line_and_the_good_ones_taken(machine: Machine) -> None:
    machine.bot("setup", str(SAMPLE / "school.toml"))
    path = machine.folder / "staff.csv"
    path.write_text("Email,Name,Started\nann@huntington.example,Ann Teacher,2021-09-01\nben,Ben Carter,soon\n")
    told = machine.bot("import-staff", str(path), "--apply", expect=1)
    assert "line 3, Email: this is not an e-mail address" in told
    assert "line 3, Started: " in told
    assert "1 added" in told or "1 changed" in told
