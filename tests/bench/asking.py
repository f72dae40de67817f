"""Somebody asks a Bolt app over and over: signed requests, each one new, as Slack would deliver them."""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle

from slack_bolt import App, BoltRequest, BoltResponse
from slack_sdk import WebClient

from tests.slack.fake import FakeSlack
from tests.slack.payloads import FORM, Payloads, signed_headers
from tests.slack.people import SIGNING_SECRET

WARM_UP = 20  # requests before the first that counts: connections, compiled statements, templates
SELDOM = 8  # a slow floor is measured once in so many rounds


class Asker:
    """Types one command into one app. Each call is one request; it returns the seconds until the answer.

    Whatever Slack does (the body, the signature) is done before the clock starts; Bolt's parsing and checking are not.
    `expected`: words that must be in every answer, so that nothing but the real answer is ever measured.
    """

    def __init__(
        self, app: App, slack: FakeSlack, who: str | Sequence[tuple[str, str]], text: str, *, expected: str = ""
    ) -> None:
        self._app, self._slack, self._text, self._expected = app, slack, text, expected
        one = [(slack.team_id, who)] if isinstance(who, str) else who
        self._people: Iterator[tuple[str, str]] = cycle(one)
        self._payloads = Payloads(slack)

    def __call__(self) -> float:
        """Ask once."""
        body, headers = self.request()
        began = time.perf_counter()
        answer = self._app.dispatch(BoltRequest(body=body, headers={**headers}, mode="http"))
        taken = time.perf_counter() - began
        self._check(answer)
        return taken

    def request(self) -> tuple[str, Mapping[str, str]]:
        """Return the next request: body and signed headers, with a trigger and a reply address of its own."""
        self._payloads.team_id, user = next(self._people)
        place = self._slack.dm_of(user)
        key = self._slack.urls.issue(user, place)
        body = self._payloads.command(user, "/consent", self._text, place, key)
        return body, signed_headers(body, FORM, secret=SIGNING_SECRET, age_seconds=0, retry=0)

    def _check(self, answer: BoltResponse) -> None:
        if answer.status != 200 or self._expected not in answer.body:
            raise RuntimeError(f"this is not the answer to {self._text!r}: {answer.status} {answer.body[:300]}")


def does_nothing(slack: FakeSlack, *, process_before_response: bool) -> App:
    """Return the floor: a Bolt app with one listener that only acknowledges."""
    app = App(
        client=WebClient(token=slack.token, base_url=slack.api_url),
        signing_secret=SIGNING_SECRET,
        token_verification_enabled=False,
        process_before_response=process_before_response,
    )

    @app.command("/consent")
    @app.view("access.ask")
    @app.view("posting.check")
    def listener(ack: Callable[[], None]) -> None:
        ack()

    return app


def in_turns(
    subjects: Mapping[str, Callable[[], float]], rounds: int, *, seldom: Sequence[str] = ()
) -> dict[str, list[float]]:
    """Measure all subjects in turns, each round in another order; returns the seconds of each.

    `seldom`: those that are slow and steady, measured once in SELDOM rounds.
    """
    names = list(subjects)
    for name in names:
        for _ in range(2 if name in seldom else min(WARM_UP, rounds)):
            subjects[name]()
    taken: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        start = number % len(names)
        for name in names[start:] + names[:start]:
            if name not in seldom or number % SELDOM == 0:
                taken[name].append(subjects[name]())
    return taken


def spread(series: Sequence[float]) -> str:
    """Return the middle half of a series, for the progress line."""
    low, _, high = statistics.quantiles(series, n=4)
    return f"{low * 1e6:.0f}–{high * 1e6:.0f} µs"
