"""Several send at once: no conversation and no school gets more than its front takes, and nobody is told twice."""

import random
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest

from bot.services.outbox.messenger import MayHaveArrived, NoAnswer
from bot.services.outbox.sender import BATCH, MOST_ATTEMPTS, Sender
from storage.engine import Database, open_database
from storage.outbox import queue
from tests.outbox.post_room import PAUSE, STANDS, PostRoom
from tests.pigeonholes import Killed, Note
from tests.school import KEY, MadeUpClock, at_once

POSTGRESQL = pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
SENDERS = 3
STEPS = 60


@pytest.fixture
def room(furnished: Database, clock: MadeUpClock) -> PostRoom:
    return PostRoom(furnished, clock, people=4, schools=(1, 2))


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_to_them_limits_are_kept_and_nobody_is_told_twice(room: PostRoom, seed: int) -> None:
    """Three send in turns, are stopped, die before or after a note is put in, get no answer, are asked for time."""
    chance = random.Random(seed)
    senders = [room.sender() for _ in range(SENDERS)]
    for _ in range(STEPS):
        turn, left = chance.randrange(SENDERS), chance.randint(0, 6)
        match chance.choice(["put", "put", "send", "send", "dies", "unclear", "time", "later", "much later"]):
            case "put":
                room.put(*chance.choice(room.everybody))
            case "send":
                senders[turn].deliver(Stops(left))
            case "dies":
                _next_fault(room, chance, Killed())
                try:
                    senders[turn].deliver()
                except Killed:
                    senders[turn] = room.sender()
                room.holes.before, room.holes.afterwards = [], []
            case "unclear":
                _next_fault(room, chance, chance.choice([NoAnswer("no answer"), MayHaveArrived("internal_error")]))
                senders[turn].deliver(Stops(left))
                room.holes.before, room.holes.afterwards = [], []
            case "time":
                room.holes.asks_for_time = True
                senders[turn].deliver(Stops(left))
                room.holes.asks_for_time = False
            case "later":
                room.clock.forward(seconds=chance.uniform(0.1, 1.5))
            case "much later":
                room.clock.forward(minutes=chance.uniform(0.5, 3))
    for _ in range(MOST_ATTEMPTS):
        for each in senders:
            each.deliver()
        room.clock.forward(seconds=20)
    room.check()


class Stops:
    """Asks a sender to stop once it was asked so often."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


def _next_fault(room: PostRoom, chance: random.Random, fault: BaseException) -> None:
    (room.holes.before if chance.random() < 0.5 else room.holes.afterwards).append(fault)


def test_while_one_is_at_a_conversation_no_other_sends_into_it(room: PostRoom) -> None:
    ann = room.everybody[0]
    room.put(*ann)
    room.put(*ann)
    one, other = room.sender(), room.sender()
    meanwhile: list[int] = []

    def meanwhile_other() -> None:
        room.holes.during = None
        meanwhile.append(other.deliver())

    room.holes.during = meanwhile_other
    assert one.deliver() == 1
    assert meanwhile == [0]
    room.clock.forward(seconds=0.9)
    assert other.deliver() == 0  # the second is not over
    room.clock.forward(seconds=0.1)
    assert other.deliver() == 1
    assert room.told(ann[1]) == [1, 2]


def test_whose_clock_is_a_little_behind_keeps_off_too(room: PostRoom) -> None:
    ann = room.everybody[0]
    room.put(*ann)
    room.put(*ann)
    room.clock.forward(minutes=1)  # both have been due for a while
    one, other = room.sender(), room.sender()
    meanwhile: list[int] = []

    def meanwhile_other() -> None:
        room.holes.during = None
        room.clock.forward(seconds=-20)  # it has looked at its clock before the first one did
        meanwhile.append(other.deliver())
        room.clock.forward(seconds=20)

    room.holes.during = meanwhile_other
    assert one.deliver() == 1
    assert meanwhile == [0]


def test_a_clock_that_was_far_ahead_keeps_nobody_waiting(room: PostRoom) -> None:
    """`tick --at` of tomorrow morning, or a machine whose clock was put right."""
    ann = room.everybody[0]
    room.put(*ann)
    room.clock.forward(days=1)
    assert room.sender().deliver() == 1
    room.clock.forward(days=-1)
    room.put(*ann)
    assert room.sender().deliver() == 1
    assert room.told(ann[1]) == [1, 2]


def test_what_a_dead_sender_was_at_comes_first_in_its_conversation(room: PostRoom) -> None:
    ann = room.everybody[0]
    room.put(*ann)
    room.holes.before = [Killed()]
    with pytest.raises(Killed):
        room.sender().deliver()
    room.put(*ann)
    other = room.sender()
    assert other.deliver() == 0  # it may be at it still
    room.clock.instant += queue.CLAIM
    assert other.deliver() == 1
    room.clock.forward(seconds=1)
    assert other.deliver() == 1
    assert room.told(ann[1]) == [1, 2]


def test_what_has_trouble_keeps_nothing_else_of_its_conversation_waiting(room: PostRoom) -> None:
    ann = room.everybody[0]
    room.put(*ann)
    room.holes.before = [MayHaveArrived("internal_error")]
    assert room.sender().deliver() == 0
    room.put(*ann)
    room.clock.forward(seconds=1)
    assert room.sender().deliver() == 1
    assert room.told(ann[1]) == [2]


def test_where_one_is_asked_for_time_the_others_stop_and_other_schools_go_on(
    furnished: Database, clock: MadeUpClock
) -> None:
    room = PostRoom(furnished, clock, people=BATCH + 5, schools=(1, 2))
    for each in room.everybody:
        if each[0] == 1:
            room.put(*each)
    one, other = room.sender(), room.sender()
    taken: list[int] = []

    def meets_it() -> None:
        """While one has a batch in hand, the other takes the rest and is asked for time."""
        room.holes.during = None
        room.holes.asks_for_time = True
        taken.append(other.deliver())

    room.holes.during = meets_it
    assert one.deliver() == 1  # what it was at; the rest of its batch it gives back
    assert taken == [0]
    room.put(*room.everybody[-1])
    room.put(*room.everybody[0])  # what comes in meanwhile waits as well
    assert room.sender().deliver() == 1
    assert len(room.told(room.everybody[-1][1])) == 1
    clock.instant += PAUSE - timedelta(seconds=1)
    assert room.sender().deliver() == 0
    clock.forward(seconds=1)
    assert room.sender().deliver() == BATCH + 5
    clock.forward(seconds=1)
    assert room.sender().deliver() == 0
    room.check()


@POSTGRESQL
def test_two_that_see_different_messages_as_the_oldest_do_not_share_a_conversation(room: PostRoom) -> None:
    ann, front, now = room.everybody[0], room.holes.front, room.clock
    room.put(*ann)
    room.sender().deliver()
    room.put(*ann)
    now.forward(seconds=1)
    with room.database.begin() as one:
        assert [message.record for message in queue.claim(one, front, now(), BATCH)] == [2]
        with room.database.begin() as connection:
            queue.changed(connection, 1, [STANDS], 1, now())  # the first is to be brought up to date
        with room.database.begin() as other:  # which does not see yet what was claimed
            assert queue.has_due(other, front, now())
            assert queue.claim(other, front, now(), BATCH) == []


@pytest.fixture
def processes(furnished: Database) -> Iterator[list[Database]]:
    """The same database, opened by three."""
    with ExitStack() as stack:
        opened = [open_database(furnished.url.render_as_string(hide_password=False), KEY) for _ in range(SENDERS)]
        for each in opened:
            stack.callback(each.close)
        yield opened


@POSTGRESQL
def test_at_the_same_moment_each_conversation_is_one_senders_and_keeps_its_order(
    furnished: Database, clock: MadeUpClock, processes: list[Database]
) -> None:
    room = PostRoom(furnished, clock, people=4 * BATCH)
    shares = [0] * SENDERS
    for each in room.everybody * 4:
        room.put(*each)

    def send(turn: int, sender: Sender[Note]) -> None:
        shares[turn] += sender.deliver()

    senders = [room.sender(database) for database in processes]
    for second in range(30):
        if not room.waiting():
            break
        assert at_once(*(lambda turn=turn, by=by: send(turn, by) for turn, by in enumerate(senders))) == []
        if second == 1:  # what has long been sent is brought up to date in the middle of it
            with furnished.begin() as connection:
                queue.changed(connection, 1, [STANDS], 1, clock())
        clock.forward(seconds=1)
    assert sum(shares) == 4 * BATCH * 5
    assert all(shares), shares
    for _, person_id in room.everybody:
        assert room.told(person_id) == [1, 2, 3, 4]
    room.check()
