"""Target 4: how soon `run` answers, and how much memory it holds then."""

import compileall
import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from storage.engine import Database
from tests.bench.asking import Asker, does_nothing
from tests.bench.places import (
    invented_school,
    new_database,
    roll_with_one_jamie,
    slack_at_work,
    tell,
    temporary_folder,
)
from tests.bench.table import Row, Section, seconds, sized, timed
from tests.people import ANN
from tests.school import KEY
from tests.slack.fake import FakeSlack
from tests.slack.people import SIGNING_SECRET

TITLE = "Starting"
HOW = (
    "A new process each time. `python -m bot run` over HTTP until `GET /healthz` is answered; floor: a process that "
    "imports slack_bolt and makes an `App()`, until it says so; both from compiled files, as `make install` leaves "
    "them. Memory is what is resident at that moment."
)
ROOT = Path(__file__).resolve().parents[2]
TIMES, MEGABYTES = 4, 80
PATIENCE = 30.0  # seconds
FLOOR = """
import slack_bolt
slack_bolt.App(token="xoxb-invented", signing_secret="invented", token_verification_enabled=False)
print("answering", flush=True)
input()
"""


@dataclass(frozen=True)
class Started:
    """One start: seconds until it answers, megabytes resident then, seconds of its first real answer."""

    taken: float
    resident: float
    first_answer: float = 0.0


def measure(times: int) -> Section:
    """Return the rows of target 4."""
    with temporary_folder() as folder, slack_at_work() as slack:
        database = new_database(folder, None)
        bot = invented_school(database, slack, roll_with_one_jamie())
        bot.close()
        ask = Asker(does_nothing(slack, process_before_response=True), slack, ANN.user_id, "Jamie")
        environment = variables(slack, database)
        for package in ("bot", "handlers", "storage"):  # as `make install` does
            compileall.compile_dir(ROOT / package, quiet=1)
        _floor(folder, environment), _subject(folder, environment, ask)  # the system has read every file once
        tell(f"starting {times} times")
        floors, subjects = [], []
        for _ in range(times):
            floors.append(_floor(folder, environment))
            subjects.append(_subject(folder, environment, ask))
        return Section(TITLE, HOW, tuple(_rows(floors, subjects)))


def _rows(floors: list[Started], subjects: list[Started]) -> list[Row]:
    held = statistics.median(each.resident for each in subjects)
    floor = statistics.median(each.resident for each in floors)
    first = statistics.median(each.first_answer for each in subjects)
    return [
        timed("`run` until it answers", [s.taken for s in subjects], [f.taken for f in floors], most=TIMES),
        sized("`run`, resident memory", held, floor, most=MEGABYTES),
        Row("the first `/consent Jamie` of a process, over HTTP, Slack asked", seconds(first)),
    ]


def _floor(folder: Path, environment: dict[str, str]) -> Started:
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", FLOOR],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    with process:
        process.stdout.readline()
        started = Started(time.perf_counter() - began, resident(process.pid))
        process.communicate(b"\n", timeout=PATIENCE)
    return started


def _subject(folder: Path, environment: dict[str, str], ask: Asker) -> Started:
    began = time.perf_counter()
    with running(folder, environment) as (process, port):
        _get(port)
        taken, held = time.perf_counter() - began, resident(process.pid)
        return Started(taken, held, _post(port, ask))


def variables(slack: FakeSlack, database: Database) -> dict[str, str]:
    """Return what a process is given to answer this Slack from this database, and nothing of this machine's own."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "LANYARD_"))},
        "SLACK_BOT_TOKEN": slack.token,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "LANYARD_KEY": KEY,
        "SLACK_API_URL": slack.api_url,
        "DATABASE_URL": database.url.render_as_string(hide_password=False),
        "PYTHONPATH": str(ROOT),
    }


@contextmanager
def running(folder: Path, environment: dict[str, str]) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """`python -m bot run`, answering; yields the process and its port, and stops it in the end."""
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "run"],
        cwd=folder,
        env={**environment, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    with process:
        try:
            said = next((line for line in process.stderr if "answering" in line), None)
            if said is None:
                raise RuntimeError("`python -m bot run` ended before it answered")
            threading.Thread(target=process.stderr.read, daemon=True).start()  # its log would fill the pipe
            yield process, port
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=PATIENCE)


def _get(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", "/healthz")
    if connection.getresponse().status != 200:
        raise RuntimeError("/healthz is not well")
    connection.close()


def _post(port: int, ask: Asker) -> float:
    body, headers = ask.request()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    began = time.perf_counter()
    connection.request("POST", "/slack/events", body, dict(headers))
    answer = connection.getresponse().read()
    taken = time.perf_counter() - began
    connection.close()
    if b"Jamie Wilson" not in answer:
        raise RuntimeError(f"the first answer of a process was {answer[:300]!r}")
    return taken


def resident(process: int) -> float:
    """Return the megabytes (of 10^6 bytes) of memory that a process holds."""
    status = Path(f"/proc/{process}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024 / 1e6


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
