"""What the made-up Slack's own tests share: a small staffed workspace, and a bot in it."""

from collections.abc import Iterator

import pytest

from tests.slack.bot import Bot, Clock, staffed
from tests.slack.fake import FakeSlack
from tests.slack.people import Workspace


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fake(clock: Clock) -> Iterator[FakeSlack]:
    with staffed(clock) as fake:
        yield fake


@pytest.fixture
def bot(fake: FakeSlack) -> Bot:
    return Bot(fake)


@pytest.fixture
def slack(bot: Bot, fake: FakeSlack) -> Workspace:
    return Workspace(bot.app, fake)
