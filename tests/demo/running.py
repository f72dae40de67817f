"""The invented school, running: its own folder and database, the real commands, the real bot as its own process."""

import base64
import fcntl
import os
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.clock import now, school_day
from tests.browser.local_slack import LocalSlack
from tests.browser.workspace import PROJECT, LocalSlackError
from tests.demo import furniture
from tests.demo.errors import DemoError

SAMPLE = PROJECT / "tests/sample-school"
SET_UP = (("setup", "school.toml"), ("import-staff", "staff.csv", "--apply"), ("import-roll", "roll.csv", "--apply"))
CONNECT_SECONDS = 30
STOP_SECONDS = 10
SET_UP_SECONDS = 120

# Whatever a developer has set for another Lanyard or Slack, or for a way out of the house, must not reach the demo's.
_NOT_OURS = ("SLACK_", "LANYARD_", "DATABASE_URL", "PORT", "BUN_", "PYTHON", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@contextmanager
def fresh_folder(folder: Path) -> Iterator[Path]:
    """Empty the demo's folder and keep it to ourselves until the end. Raises DemoError where another demo uses it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError(f"a demo already runs in {folder}: stop it first, with Ctrl-C in its window") from None
        for entry in folder.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry.name != "lock":
                entry.unlink()
        for name in {name for command in SET_UP for name in command if "." in name}:
            shutil.copy(SAMPLE / name, folder)
        yield folder


def environment(slack: LocalSlack, folder: Path) -> dict[str, str]:
    """Return the whole environment of the bot: the local Slack's tokens, a database in the demo's folder."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(_NOT_OURS)}
    ours = {
        "DATABASE_URL": f"sqlite:///{folder.resolve() / 'lanyard.db'}",
        "LANYARD_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "PYTHONPATH": str(PROJECT),
        "PYTHONIOENCODING": "utf-8",
    }
    return kept | slack.environment | ours


def set_up(folder: Path, environment: Mapping[str, str], done: Callable[[str], None]) -> None:
    """Make the invented school with the commands that a real school uses; `done` is told each. Raises DemoError."""
    for command in SET_UP:
        _run(command, folder, environment, done)


def furnish(folder: Path, environment: Mapping[str, str], done: Callable[[str], None]) -> None:
    """Add terms, past training and a policy, as an IT lead would; `done` is told each. Raises DemoError."""
    today = school_day(now(), "Europe/London")
    furniture.write(folder, today)
    for command in furniture.commands(today):
        _run(command, folder, environment, done)


def _run(command: Sequence[str], folder: Path, environment: Mapping[str, str], done: Callable[[str], None]) -> None:
    # From within the demo's folder, so that a developer's own .env is not read.
    outcome = subprocess.run(
        [sys.executable, "-m", "bot", *command],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SET_UP_SECONDS,
        check=False,
    )
    typed = f"python -m bot {' '.join(command)}"
    if outcome.returncode:
        raise DemoError(f"`{typed}` failed: {_last_line(outcome.stderr or outcome.stdout)}")
    done(typed)


class BotProcess:
    """The bot as its own process, on a school morning (`tests.demo.bot`); use it as a context manager."""

    def __init__(self, folder: Path, environment: Mapping[str, str], slack: LocalSlack) -> None:
        self.log = folder / "bot.log"
        self._folder = folder
        self._environment = dict(environment)
        self._slack = slack
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.demo.bot"],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the demo, which then stops the bot first and Slack second
            )
        try:
            self._wait_until_connected(self._process)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def when_it_ends(self, tell: Callable[[], None]) -> None:
        """Call `tell`, from another thread, once the process has ended, for whatever reason."""
        process = self._process
        if process is not None:

            def watch() -> None:
                process.wait()
                tell()

            threading.Thread(target=watch, name="bot-watch", daemon=True).start()

    def last_words(self) -> str:
        """Return the last line of the bot's log."""
        return _last_line(self.log.read_text(encoding="utf-8", errors="replace"))

    def stop(self) -> None:
        """Stop the bot, letting it finish; harmless if it is not running."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)

    def _wait_until_connected(self, process: subprocess.Popen[bytes]) -> None:
        for _ in range(CONNECT_SECONDS):
            try:
                self._slack.wait_for_bot(1)
            except LocalSlackError:
                if process.poll() is not None:
                    raise DemoError(f"the bot stopped at its start: {self.last_words()} ({self.log})") from None
            else:
                return
        raise DemoError(f"the bot did not connect within {CONNECT_SECONDS} s; its log is {self.log}")


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].removeprefix("lanyard: ") if lines else "it said nothing"
