"""`python -m tests.demo`, as its own process from beginning to end: what it tells, how it stops, what it refuses."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.workspace import PROJECT

LIMIT = 120  # seconds, for all of a demo on a slow machine
URL = re.compile(r"http://127\.0\.0\.1:(\d+)")
LEFTOVERS = {  # what a developer may have set for something else
    "SLACK_BOT_TOKEN": "xoxb-of-another-app",
    "SLACK_API_URL": "http://127.0.0.1:9/api/",
    "DATABASE_URL": "postgresql+psycopg://127.0.0.1:9/nowhere",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
}


def demo(folder: Path, *options: str, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.demo", "--folder", str(folder), *options],
        cwd=PROJECT,
        env=os.environ | {"COLUMNS": "100", "PYTHONUNBUFFERED": "1"} | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


@contextlib.contextmanager
def open_demo(folder: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A demo whose tour is over and that waits for clicks; and all that it has said."""
    with demo(folder, "--port", "0") as process:
        try:
            said = ""
            assert process.stdout
            for line in process.stdout:
                said += line
                if "Ctrl-C stops everything" in line:
                    break
            yield process, said
        finally:
            process.terminate()


def stop(process: "subprocess.Popen[str]", said: str, number: signal.Signals) -> None:
    """Stop a demo that stays open, and see that it ends in order and leaves nothing running."""
    process.send_signal(number)
    rest, errors = process.communicate(timeout=LIMIT)
    assert process.returncode == 0
    assert rest.endswith("Stopped.\n")
    assert errors == ""
    assert not answers(said)


def refused(process: "subprocess.Popen[str]") -> str:
    """Return the one line with which a demo refuses."""
    with process:
        _, said = process.communicate(timeout=LIMIT)
    assert process.returncode == 2
    assert said.count("\n") == 1
    return said


def answers(said: str) -> bool:
    found = URL.search(said)
    assert found
    with contextlib.closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", int(found[1]))) == 0


def test_the_tour_is_played_whatever_else_is_set(tmp_path: Path) -> None:
    with demo(tmp_path, "--tour-only", "--port", "0", **LEFTOVERS) as process:
        said, errors = process.communicate(timeout=LIMIT)

    assert errors == ""
    assert process.returncode == 0
    first, again = said.split("Ann asks again")
    for told in (
        "python -m bot import-roll roll.csv --apply",
        "python -m bot import-terms terms.csv --apply",
        "python -m bot import-training past.csv --apply",
        "python -m bot import-policy policy.txt",
        "Which Jamie?",
        "✅ School website: yes, photo and video",
        "3B: leave out 8 of 26 children",
        "✅ Recorded.",
    ):
        assert told in first
    assert "Do not include Jamie Nowak" not in first
    assert "⛔ Do not include Jamie Nowak in any photo or video." in again
    for told in ("AR-1 is on its way. It waits for Hana Rees.", "You will be told when it is dealt with."):
        assert told in re.sub(r"\s+", " ", again)
    assert not answers(said)
    assert '"event": "stopped"' in (tmp_path / "bot.log").read_text().splitlines()[-1]


# Of SIGTERM the same is seen where the card is followed to its end: tests/demo/test_guide.py.
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_it_stays_open_until_it_is_stopped(tmp_path: Path, number: signal.Signals) -> None:
    with open_demo(tmp_path) as (process, said):
        found = URL.search(said)
        assert found
        kept = (tmp_path / "card.txt").read_text(encoding="utf-8")
        assert kept in said  # the terminal is as wide as the file
        assert found[0] in kept
        with urllib.request.urlopen(found[0], timeout=10) as page:
            assert page.status == 200

        assert "a demo already runs" in refused(demo(tmp_path))

        stop(process, said, number)

    assert '"event": "stopped"' in (tmp_path / "bot.log").read_text().splitlines()[-1]


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        assert f"port {port} is taken" in refused(demo(tmp_path, "--port", port))


def test_a_missing_local_slack_is_named_with_its_mend(tmp_path: Path) -> None:
    said = refused(demo(tmp_path, LOCAL_SLACK="/nowhere/local-slack"))
    assert "npm install --no-save local-slack-linux-x64" in said

    said = refused(demo(tmp_path, LOCAL_SLACK="/nowhere/local-slack", PATH="/nowhere"))
    assert "npm is missing" in said


def test_a_bot_that_dies_is_told(tmp_path: Path) -> None:
    with open_demo(tmp_path) as (process, _):
        log = (tmp_path / "bot.log").read_text()
        found = re.search(r'"pid": (\d+)', log)
        assert found
        os.kill(int(found[1]), signal.SIGKILL)
        _, errors = process.communicate(timeout=LIMIT)

    assert process.returncode == 2
    assert "stopped by itself" in errors
