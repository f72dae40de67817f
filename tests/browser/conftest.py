"""The local Slack with the bot connected and the invented school set up, and a window on it."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browser.local_slack import LocalSlack
from tests.browser.screen import Screen, open_screen
from tests.demo import running


@dataclass(frozen=True)
class Machine:
    """The school's machine: its folder, and its commands."""

    slack: LocalSlack
    folder: Path
    environment: dict[str, str]

    def bot(self, *command: str) -> str:
        """Run `python -m bot …` there; returns what it said."""
        done = subprocess.run(
            [sys.executable, "-m", "bot", *command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout


@pytest.fixture(scope="package")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """The local Slack, and the bot as a process of its own. Fails, never skips, where local-slack is missing."""
    with running.fresh_folder(tmp_path_factory.mktemp("demo")) as folder, LocalSlack(folder / "slack") as slack:
        environment = running.environment(slack, folder)
        running.set_up(folder, environment, lambda _: None)
        with running.BotProcess(folder, environment, slack) as bot:
            yield Machine(slack, folder, environment)
        log = bot.log.read_text(encoding="utf-8")
    assert '"level": "error"' not in log
    assert "Traceback" not in log
    assert "Nowak" not in log, "no name may get into the log"


@pytest.fixture
def slack(machine: Machine) -> LocalSlack:
    """The local Slack."""
    return machine.slack


@pytest.fixture
def screen(slack: LocalSlack) -> Iterator[Screen]:
    """A browser window on an empty staffroom."""
    slack.reset()
    with open_screen(slack.url) as screen:
        yield screen
