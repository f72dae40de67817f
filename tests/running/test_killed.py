"""The process is killed at many moments of the day: nothing acknowledged is lost, nothing is done or told twice.

The real process over signed HTTP. What was not acknowledged is delivered again, as Slack and people do; what was is
written down here and compared with the record at the end.
"""

import random
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from slack_bolt import App, BoltRequest, BoltResponse
from sqlalchemy import select

from bot.app import build
from bot.clock import now
from bot.rules.filter.register import State
from bot.services.outbox.rounds import Round
from bot.settings import Environment
from storage import audit, records
from storage.engine import Database
from storage.filter import register
from storage.outbox import outcomes, queue
from tests.access import test_access
from tests.content import test_content
from tests.people import ANN, HANA, Someone
from tests.school import MadeUpClock, fill
from tests.slack.controls import button_labels
from tests.slack.fake import FakeSlack
from tests.slack.payloads import FORM, JSON, signed_headers
from tests.slack.people import SIGNING_SECRET, Answer, Workspace
from tests.slack.serving import Reply, Request
from tests.slack.views import View
from tests.slack.wire import NoAnswerError, Process, Wire, environment

# Kills, the first of the same moments: `make soak` has more of them.
SOME, MANY = {"sqlite": 20, "postgresql": 10}, {"sqlite": 50, "postgresql": 50}
SEED = 75  # §7.5
MOST_DAYS = 60  # records; far more than the kills need
DELIVERIES = 12  # of one request: people are patient
CHANGED = "Filter is changed"
FIRST_ANSWER = 0.08  # seconds that the first answer of a process takes at most, about


def _nothing() -> None:
    """Let it live."""


class WatchedSlack(FakeSlack):
    """The made-up Slack, which tells when it is called: before it does anything, or after it has done it."""

    def __init__(self) -> None:
        super().__init__(now)
        self.before: Callable[[], None] = _nothing
        self.after: Callable[[], None] = _nothing

    def _serve_api(self, method: str, request: Request) -> Reply:
        self.before()
        reply = super()._serve_api(method, request)
        self.after()
        return reply


@dataclass(frozen=True)
class Moment:
    """When to kill: at the nth call that Slack receives, done or undone; or some time after a request was sent."""

    calls: int = 0
    done: bool = False
    seconds: float = 0.0


def moments(count: int) -> list[Moment]:
    """The same moments every time. Two in three are calls to Slack."""
    chance = random.Random(SEED)
    return [
        Moment(calls=chance.randint(1, 4), done=chance.random() < 0.6)
        if chance.random() < 2 / 3
        else Moment(seconds=chance.uniform(0.001, FIRST_ANSWER))
        for _ in range(count)
    ]


class Mortal(Wire):
    """The wire to a process that is killed again and again, and started again by the next request."""

    def __init__(self, port: int, start: Callable[[], Process], slack: WatchedSlack, planned: list[Moment]) -> None:
        super().__init__(port)
        self._start, self._slack, self._planned, self._deaths = start, slack, planned, len(planned)
        self._killed = threading.Event()
        self._calls_left = 0
        self.kills = 0
        self.delivered_again = 0
        self._live()

    def dispatch(self, request: BoltRequest) -> BoltResponse:
        """Deliver a request until it is acknowledged: the same body, newly signed, with Slack's retry number."""
        kind = JSON if request.raw_body.startswith("{") else FORM
        for retry in range(DELIVERIES):
            if self._killed.is_set():
                self._process.ended()
                self._live()
            headers = signed_headers(request.raw_body, kind, secret=SIGNING_SECRET, age_seconds=0, retry=retry)
            timer = threading.Timer(self._moment.seconds, self._kill) if self._moment.seconds else None
            if timer:
                timer.start()
            try:
                status, body = self.post(request.raw_body, headers)
                return BoltResponse(status=status, body=body)
            except NoAnswerError:
                self.delivered_again += 1
            finally:
                if timer:
                    timer.join()
        raise AssertionError("killed too often in one request")

    @property
    def immortal(self) -> bool:
        """Whether it was killed at every planned moment."""
        return self.kills == self._deaths

    def end(self) -> None:
        """Have the last process killed too, whatever it is at."""
        self._slack.before = self._slack.after = _nothing
        self._process.kill()
        self._process.ended()

    def _live(self) -> None:
        self._moment = self._planned.pop(0) if self._planned else Moment()
        self._killed.clear()
        self._process = self._start()
        self._calls_left = self._moment.calls
        hooks = (_nothing, self._count) if self._moment.done else (self._count, _nothing)
        self._slack.before, self._slack.after = hooks if self._moment.calls else (_nothing, _nothing)

    def _count(self) -> None:
        self._calls_left -= 1
        if self._calls_left == 0:
            self._kill()

    def _kill(self) -> None:
        self.kills += 1
        # Before it dies: whoever finds nobody there waits for its end, and does not knock a dozen times meanwhile.
        self._killed.set()
        self._process.kill()


@dataclass
class Told:
    """What the people were told is done: record numbers, in the order in which it was acknowledged."""

    asked: list[int] = field(default_factory=list)
    approved: list[int] = field(default_factory=list)
    applied: list[int] = field(default_factory=list)
    reported: list[int] = field(default_factory=list)
    completed: list[int] = field(default_factory=list)

    @property
    def is_enough(self) -> bool:
        """Whether something was reported, and most first answers came: of few, chance may lose half and more."""
        half = len(self.asked) // 2
        return bool(self.reported) and len(self.approved) > half and len(self.applied) > half


class Day:
    """Ann asks and reports, Hana decides; both do again what they have seen no end of."""

    def __init__(self, people: Workspace, slack: FakeSlack) -> None:
        self.people, self.slack = people, slack
        self.told = Told()

    def request(self) -> None:
        """One request, from the command to the filter that is changed."""
        form = self._window(ANN, lambda: self.people.command(ANN.user_id, "/request-access"))
        number = self._numbered("AR", self.people.submit(ANN.user_id, form, test_access.FORM))
        self.told.asked.append(number)
        form = self._window(HANA, lambda: self._press(number, "waits for you", "Approve"), submit="Approve")
        answer = self.people.submit(HANA.user_id, form, test_access.YES)
        if f"AR-{number}: approved" in answer.text:
            self.told.approved.append(number)
        else:  # it was done, but the answer got lost: the same form again changes nothing
            assert "is approved by now, so nothing was changed" in answer.body
        answer = self._change_filter(number)
        if "nothing has to be changed there" in answer.text:
            self.told.applied.append(number)

    def report(self) -> None:
        """One report, from the command to the action taken."""
        first = self._window(ANN, lambda: self.people.command(ANN.user_id, "/report-content"))
        ticked = {"Could it be": test_content.NOT_ILLEGAL, "Who is this about": "A pupil"}
        form = self.people.submit(ANN.user_id, first, ticked)
        number = self._numbered("CR", self.people.submit(ANN.user_id, form, test_content.FORM))
        self.told.reported.append(number)
        record = self._window(HANA, lambda: self._record("CR", number))
        answer = self.people.submit(HANA.user_id, record, test_content.DONE)
        if f"CR-{number}: dealt with" in answer.text:
            self.told.completed.append(number)
        else:
            assert "completed by now" in answer.body

    def _numbered(self, kind: str, answer: Answer) -> int:
        found = re.search(rf"{kind}-(\d+) is on its way", answer.text)
        assert found, answer.text
        return int(found[1])

    def _window(self, who: Someone, act: Callable[[], Answer], *, submit: str = "", button: str = "") -> View:
        """Do it until the window is there: the right to open one is gone when it was used before the answer got lost.

        `submit`: how the form is sent, or the beginning of it. `button`: a button that the window has instead.
        """
        before = self.slack.views.top(who.user_id)
        for _ in range(DELIVERIES):
            act()
            view = self.slack.views.top(who.user_id)
            if view and view != before and _offers(view, submit, button):
                return view
        raise AssertionError(f"no window opened for {who.name}")

    def _press(self, number: int, words: str, button: str) -> Answer:
        """Press a button on the message about a request; where it has not come yet, on the record itself."""
        try:
            letter = self.people.message(HANA.user_id, f"AR-{number} {words}")
            return self.people.press(HANA.user_id, letter, button)
        except AssertionError:
            record = self._window(HANA, lambda: self._record("AR", number), button=button)
            return self.people.press(HANA.user_id, record, button)

    def _change_filter(self, number: int) -> Answer:
        """Confirm that the filter is changed, on the message; where it has not come yet, on the list."""
        try:
            letter = self.people.message(HANA.user_id, f"to be changed because of AR-{number}*")
            return self.people.press(HANA.user_id, letter, CHANGED)
        except AssertionError:
            return self.people.press(HANA.user_id, self._window(HANA, self._list, button=CHANGED), CHANGED)

    def _list(self) -> Answer:
        return self.people.press(HANA.user_id, self.people.open_home(HANA.user_id), "Open the list")

    def _record(self, kind: str, number: int) -> Answer:
        home = self.people.open_home(HANA.user_id)
        return self.people.press(HANA.user_id, home, "Open", near=f"*{kind}-{number}*")


def _offers(view: View, submit: str, button: str) -> bool:
    if button:
        return button in button_labels(view.blocks)
    return bool(view.payload.get("submit")) and submit in str(view.payload["submit"])


@pytest.fixture
def slack() -> Iterator[WatchedSlack]:
    slack = WatchedSlack()
    with slack:
        fill(slack)
        yield slack
        assert slack.violations == []


@pytest.mark.parametrize("kills", [SOME, pytest.param(MANY, marks=pytest.mark.soak)], ids=["some", "many"])
def test_killed_at_any_moment_nothing_is_lost_and_nothing_is_done_twice(
    slack: WatchedSlack, furnished: Database, kind: str, tmp_path: Path, kills: dict[str, int]
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    found = environment(slack, furnished.url.render_as_string(hide_password=False), port)
    wire = Mortal(port, lambda: Process(tmp_path, found), slack, moments(kills[kind]))
    day = Day(Workspace(cast(App, wire), slack), slack)
    try:
        for turn in range(MOST_DAYS):
            day.report() if turn % 3 == 1 else day.request()
            if wire.immortal and day.told.is_enough:
                break
    finally:
        wire.end()
    assert wire.kills == kills[kind]
    assert wire.delivered_again > kills[kind] // 4  # the moments did hit something
    deliver_the_rest(slack, furnished)
    _nothing_is_lost(day.told, furnished)
    _everybody_was_told_once(day.told, slack, furnished)


def deliver_the_rest(slack: FakeSlack, database: Database) -> None:
    """What a next process does when the dead one's claims have run out, with the clock moved instead of waited for."""
    clock = MadeUpClock(now() + queue.CLAIM)
    settings = Environment(slack_bot_token=slack.token, slack_signing_secret="-", slack_api_url=slack.api_url)
    bot = build(settings, clock=clock, database=database)
    for _ in range(2000):
        bot.sender.deliver()
        with database.read() as connection:
            if not outcomes.waiting(connection):
                return
        clock.instant += max(bot.sender.pause(Round.EVERY), timedelta(seconds=0.1))
    raise AssertionError("messages are left")


def _nothing_is_lost(told: Told, database: Database) -> None:
    with database.look() as connection:
        every = connection.execute(select(records.record)).all()
        requests = {row.id: row for row in every if row.kind == "AR"}
        reports = [row for row in every if row.kind == "CR"]
        steps = [row for row in connection.execute(select(records.step)) if row.record_id in requests]
        lines = register.every(connection, 1)
        confirmed = Counter(
            line.record for line in lines for step in register.steps(connection, 1, line.number) if step.person
        )
        trail = Counter(audit.entries(connection, 1))
        assert audit.first_broken(connection, 1) is None
    # Each was acknowledged in the end, once: no gap, no second one, and every one has its form.
    assert told.asked == sorted(row.number for row in requests.values()) == list(range(1, len(told.asked) + 1))
    assert sorted(told.reported) == sorted(row.number for row in reports)
    assert len(set(told.reported)) == len(told.reported)
    done = Counter((requests[row.record_id].number, row.event) for row in steps)
    assert set(done.values()) == {1}
    for number in told.asked:
        assert done[number, "approve for both"] == 1  # whether its own answer or the second one's told of it
        assert requests_state(requests, number) == "approved"
        (line,) = [each for each in lines if each.record == f"AR-{number}"]
        assert line.state.value == ("in the filter" if confirmed[line.record] else "to be put into the filter")
        assert confirmed[line.record] <= 1
        assert trail["access.asked", f"AR-{number}"] == trail["access.approved_for_both", f"AR-{number}"] == 1
    assert set(confirmed) >= {f"AR-{number}" for number in told.applied}
    assert {row.state for row in reports} == {"completed"}
    for number in told.reported:
        assert trail["content.reported", f"CR-{number}"] == trail["content.completed", f"CR-{number}"] == 1
    assert told.is_enough


def requests_state(requests: dict[int, Any], number: int) -> str:
    (state,) = [str(row.state) for row in requests.values() if row.number == number]
    return state


def _everybody_was_told_once(told: Told, slack: FakeSlack, database: Database) -> None:
    with database.read() as connection:
        queued = connection.execute(select(queue.outbox)).all()
        lines = register.every(connection, 1)
    posted = Counter(
        (message.channel, message.metadata["event_payload"]["key"])
        for message in slack.messages.values()
        if message.metadata
    )
    assert set(posted.values()) == {1}
    assert {row.state for row in queued} == {queue.SENT}
    assert {(row.conversation, database.sealing.mark(row.key)) for row in queued} == set(posted)
    ann, hana = slack.dm_of(ANN.user_id), slack.dm_of(HANA.user_id)
    # The asker hears that it is on its way, of the decision, and that the filter is changed; Hana what waits for her.
    applied = {line.record for line in lines if line.state is State.APPLIED}
    heard = Counter({("access.stands", number, ann): 2 + (f"AR-{number}" in applied) for number in told.asked})
    heard.update(("access.waits", number, hana) for number in told.asked)
    heard.update({("content.stands", number, ann): 2 for number in told.reported})
    heard.update(("content.waits", number, hana) for number in told.reported)
    # One message for each record that changes the filter, however many lines; its first line is the one it names.
    first = {line.record: line.number for line in reversed(lines) if line.record}
    heard.update(("register.change", number, hana) for number in first.values())
    assert Counter((row.notice, row.record, row.conversation) for row in queued) == heard
    # And what they read is how it stands at the end.
    for number in told.applied:
        texts = [each.text for each in slack.messages.values() if each.channel == ann and f"AR-{number}:" in each.text]
        assert len(texts) == 3
        assert all("open in the filter" in text for text in texts)
