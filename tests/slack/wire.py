"""The real process behind a port, where other tests have Bolt in their own: signed requests go there as Slack's do."""

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from slack_bolt import BoltRequest, BoltResponse

from tests.school import KEY
from tests.slack.fake import FakeSlack
from tests.slack.people import SIGNING_SECRET

ROOT = Path(__file__).resolve().parents[2]
SLACK_WAITS = 3.0  # seconds for an answer; real Slack's own limit
STOPS_WITHIN = 20.0  # seconds


class NoAnswerError(Exception):
    """The connection was refused, or broke before the whole answer was there."""


def environment(slack: FakeSlack, database_url: str, port: int, **more: str) -> dict[str, str]:
    """Return what the process finds in its environment: this Slack, this database, nothing of ours else."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "LANYARD_"))}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database_url,
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": slack.token,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "PORT": str(port),
        "LANYARD_KEY": KEY,
        **more,
    }


class Process:
    """`python -m bot run` in a folder of its own."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run"], cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
        )
        assert self._process.stderr
        first = self._process.stderr.readline()
        if '"answering"' not in first:
            self.kill()
            raise AssertionError(first + self.ended())

    @property
    def dead(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def kill(self) -> None:
        """End it at once: it can finish nothing."""
        self._process.send_signal(signal.SIGKILL)

    def stop(self) -> str:
        """Ask it to end; returns what it logged."""
        self._process.send_signal(signal.SIGTERM)
        return self.ended()

    def ended(self) -> str:
        """Wait until it has ended; returns what it logged."""
        _, logged = self._process.communicate(timeout=STOPS_WITHIN)
        return str(logged)


class Wire:
    """Takes the place of a Bolt app for `Workspace`."""

    def __init__(self, port: int) -> None:
        self._port = port

    def dispatch(self, request: BoltRequest) -> BoltResponse:
        """Deliver one request. Raises NoAnswerError."""
        headers = {name: str(values[0]) for name, values in request.headers.items()}
        status, body = self.post(request.raw_body, headers)
        return BoltResponse(status=status, body=body)

    def post(self, body: str, headers: Mapping[str, str]) -> tuple[int, str]:
        """Post a body as it is; returns (status, the whole answer). Raises NoAnswerError."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=SLACK_WAITS)
        try:
            connection.request("POST", "/slack/events", body.encode(), dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswerError from error
        finally:
            connection.close()
