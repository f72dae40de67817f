"""Words in the Messages tab: one sentence says what to do instead, and nothing of them is kept."""

import io

import pytest

from bot import logs
from tests.people import ANN, OZ
from tests.school import School
from tests.slack.world import Message

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # nothing is kept

WORDS = "Jamie’s mum says no photos"


def answers(school: School, user_id: str) -> list[Message]:
    school.bot.router.drain()
    history = school.slack.history(school.slack.dm_of(user_id))
    return [message for message in history if message.author == school.slack.bot_user_id]


def test_whoever_writes_is_told_once_an_hour_that_nobody_reads_it(school: School) -> None:
    logs.log.stream = log = io.StringIO()
    for _ in range(3):
        school.people.write(ANN.user_id, WORDS)
        school.people.write(ANN.user_id, WORDS, subtype="file_share")
    (answer,) = answers(school, ANN.user_id)
    assert "Nobody reads what is written here" in answer.text
    assert "/lanyard" in answer.text
    school.clock.forward(minutes=59)
    school.people.write(ANN.user_id, WORDS)
    assert len(answers(school, ANN.user_id)) == 1
    school.clock.forward(minutes=2)
    school.people.write(ANN.user_id, WORDS)
    assert len(answers(school, ANN.user_id)) == 2
    assert "Jamie" not in log.getvalue()
    with school.database.read() as connection:
        assert WORDS not in "\n".join(connection.connection.iterdump())


@pytest.mark.parametrize(
    "more",
    [
        {"bot_id": "B0OTHER"},
        {"app_id": "A0OTHER"},
        {"bot_profile": {"id": "B0OTHER"}},
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"subtype": "bot_message"},
        {"hidden": True},
        {"channel_type": "channel"},
        {"channel_type": None},
        {"channel": "C0STAFFROOM"},
        {"user": None},
        {"channel": ""},
    ],
)
def test_what_is_not_certainly_a_persons_is_left_alone(school: School, more: dict[str, object]) -> None:
    school.people.write(ANN.user_id, WORDS, **more)
    assert answers(school, ANN.user_id) == []


def test_lanyards_own_words_are_no_question(school: School) -> None:
    school.people.write(school.slack.bot_user_id, "Hello")
    school.people.write(OZ.user_id, "Hello")
    assert [message.text for message in answers(school, school.slack.bot_user_id)] == ["Hello"]
    assert answers(school, OZ.user_id) == []
