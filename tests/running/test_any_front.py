"""What is due, back-off, hand-on, earlier and later: the whole policy of the outbox, with a front that is not Slack."""

import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from bot.context import Context
from bot.notices import Notice
from bot.rules.people import Actor, Person, Standing
from bot.services.access import requests
from bot.services.documents import deliveries
from bot.services.features import REACTIONS
from bot.services.outbox.messenger import LaterPlease, MayHaveArrived, NeverTaken, NoAnswer, Renders, Unreachable
from bot.services.outbox.rounds import Round
from bot.services.outbox.sender import LONGEST_WAIT, MOST_ATTEMPTS, Sender
from storage import audit
from storage import school as school_storage
from storage.engine import Database
from storage.outbox import queue
from storage.outbox.deliveries import delivery
from storage.people import people
from tests.people import ANN, COL, DEV, HANA, Someone
from tests.pigeonholes import Killed, Note, Pigeonholes, account_of
from tests.school import MadeUpClock, School

FIELDS = {
    "url": "https://volcano-cam.example/live",
    "content": "A live camera on a volcano.",
    "reasons": "Year 3 watches volcanoes this half term.",
    "risks": "Comments below the film: shown full screen.",
}


def _waits(context: Context, number: int) -> Note:
    return Note(f"AR-{number} waits for {context.person.name}")


def _stands(context: Context, number: int) -> Note:
    asked = requests.DESK.get(context, number)
    return Note(f"AR-{number}: {'stuck' if asked.is_stuck else asked.state}", earlier=f"AR-{number}: see below")


RENDERS: Renders[Note] = {Notice.ACCESS_WAITS: _waits, Notice.ACCESS_STANDS: _stands}


class Staffroom:
    """The invented school with pigeonholes, and nobody in Slack."""

    def __init__(self, database: Database, clock: MadeUpClock) -> None:
        self.database, self.clock, self.holes = database, clock, Pigeonholes()
        self.sender = self.another_process()

    def another_process(self) -> Sender[Note]:
        """A sender that knows nothing but the database."""
        return Sender(self.holes, self.database, self.clock, renders=RENDERS, ask_again=self._has_left)

    def move_in(self, *whom: Someone) -> None:
        """Give people an account with the pigeonholes, instead of Slack's."""
        with self.database.begin() as connection:
            for who in whom:
                account, number = account_of(who), self.person(who).person_id
                people.change(connection, 1, number, account=account, front=self.holes.front, checked_at=self.clock())

    def _has_left(self, recipient: Context) -> None:
        with self.database.begin() as connection:
            people.change(connection, 1, recipient.person.person_id, standing=Standing.LEFT)

    def person(self, who: Someone) -> Person:
        with self.database.read() as connection:
            found = people.by_email(connection, 1, who.email)
        assert found is not None
        return found

    def acting(self, who: Someone) -> Context:
        with self.database.read() as connection:
            found = school_storage.get(connection, 1)
        return Context(self.database, found, self.clock, REACTIONS, Actor(self.person(who), found, roll_version=0))

    def ask(self) -> None:
        """Ann asks; nothing has been sent yet."""
        requests.ask(self.acting(ANN), FIELDS, form_id=str(self.clock()))

    def tell_ann_again(self) -> None:
        with self.acting(HANA).begin() as tx:
            tx.notify(Notice.ACCESS_STANDS, 1, [self.person(ANN)], occasion="again")
            tx.told_otherwise(1, Notice.ACCESS_STANDS)

    def states(self) -> list[str]:
        with self.database.read() as connection:
            return list(connection.execute(select(queue.outbox.c.state).order_by(queue.outbox.c.id)).scalars())

    def until_all_is_done(self) -> timedelta:
        """Deliver as `Round` does, the clock moved instead of waited for; returns how long it took."""
        began = self.clock()
        for _ in range(3 * MOST_ATTEMPTS):
            self.sender.deliver()
            if not {queue.WAITING, queue.SENDING}.intersection(self.states()):
                break
            self.clock.instant += max(self.sender.pause(Round.EVERY), timedelta(seconds=1))
        return self.clock() - began


@pytest.fixture
def staffroom(furnished: Database, clock: MadeUpClock) -> Staffroom:
    staffroom = Staffroom(furnished, clock)
    staffroom.move_in(ANN, HANA, DEV, COL)
    return staffroom


def test_told_and_brought_up_to_date(staffroom: Staffroom) -> None:
    staffroom.ask()
    assert staffroom.sender.deliver() == 2
    assert staffroom.holes.of(HANA) == ["AR-1 waits for Hana Rees"]
    with staffroom.acting(HANA).begin() as tx:
        tx.told_otherwise(1, Notice.ACCESS_WAITS)
    staffroom.clock.forward(seconds=1)
    assert staffroom.sender.deliver() == 1
    assert staffroom.holes.asked == ["post", "post", "update"]


def test_killed_between_send_and_mark_nobody_is_told_twice(staffroom: Staffroom) -> None:
    staffroom.ask()
    staffroom.holes.afterwards = [Killed()]
    with pytest.raises(Killed):
        staffroom.sender.deliver()
    assert staffroom.another_process().deliver() == 0  # the dead sender's claims still hold
    staffroom.clock.forward(minutes=3)
    assert staffroom.another_process().deliver() == 2
    assert len(staffroom.holes.of(HANA)) == len(staffroom.holes.of(ANN)) == 1
    assert sorted(staffroom.holes.asked) == ["find", "find", "post", "post", "update"]


def test_a_database_that_is_busy_just_then_tells_nobody_twice(staffroom: Staffroom) -> None:
    staffroom.ask()
    begun, over = threading.Event(), threading.Event()

    def keep_busy() -> None:
        with staffroom.database.begin() as connection:
            connection.execute(queue.outbox.update().values(trouble=None))
            begun.set()
            over.wait(3)  # longer than anybody waits for a lock, shorter than two do

    class AtABadTime(Pigeonholes):
        def _end(self) -> None:
            if not begun.is_set():
                busy.start()
                begun.wait()

    staffroom.holes, busy = AtABadTime(), threading.Thread(target=keep_busy)
    staffroom.sender = staffroom.another_process()
    staffroom.sender.deliver()
    busy.join()
    staffroom.clock.forward(minutes=3)
    staffroom.until_all_is_done()
    assert len(staffroom.holes.of(HANA)) == len(staffroom.holes.of(ANN)) == 1


@pytest.mark.parametrize("unclear", [NoAnswer("no answer"), MayHaveArrived("internal_error")])
def test_without_a_clear_answer_it_is_looked_for_later(staffroom: Staffroom, unclear: MayHaveArrived) -> None:
    staffroom.ask()
    staffroom.holes.afterwards = [unclear]
    staffroom.holes.before = [unclear, unclear]
    staffroom.until_all_is_done()
    assert len(staffroom.holes.of(HANA)) == len(staffroom.holes.of(ANN)) == 1


def test_a_front_that_wants_to_be_left_alone_is(staffroom: Staffroom) -> None:
    staffroom.ask()
    staffroom.holes.before = [LaterPlease("busy", timedelta(seconds=30))]
    assert staffroom.sender.deliver() == 0
    assert staffroom.holes.asked == ["post"]  # of two: it holds for the whole school
    assert staffroom.sender.pause(timedelta(minutes=1)) == timedelta(seconds=30)
    staffroom.clock.forward(seconds=29)
    assert staffroom.sender.deliver() == 0
    staffroom.clock.forward(seconds=1)
    assert staffroom.sender.deliver() == 2


def test_silence_is_waited_for_ever_longer_and_never_given_up(staffroom: Staffroom) -> None:
    staffroom.ask()
    staffroom.holes.before = [NoAnswer("no answer") for _ in range(2 * MOST_ATTEMPTS + 20)]
    for _ in range(MOST_ATTEMPTS + 10):
        staffroom.sender.deliver()
        staffroom.clock.instant += LONGEST_WAIT + timedelta(seconds=1)
    assert staffroom.states() == [queue.SENDING, queue.SENDING]
    assert staffroom.holes.asked.count("post") == 2  # from then on it is looked for
    staffroom.holes.before = []
    assert staffroom.sender.deliver() == 2


def test_an_answer_that_never_gets_clear_is_given_up_in_the_end(staffroom: Staffroom) -> None:
    staffroom.ask()
    staffroom.holes.before = [MayHaveArrived("internal_error") for _ in range(2 * MOST_ATTEMPTS)]
    for _ in range(MOST_ATTEMPTS):
        staffroom.sender.deliver()
        staffroom.clock.instant += LONGEST_WAIT + timedelta(seconds=1)
    assert staffroom.states()[:2] == [queue.GIVEN_UP, queue.GIVEN_UP]


def test_who_has_left_is_followed_by_the_next_in_line_and_at_the_end_the_asker_knows(staffroom: Staffroom) -> None:
    staffroom.ask()
    staffroom.holes.refused = {account_of(who): Unreachable("no pigeonhole") for who in (HANA, DEV, COL)}
    staffroom.until_all_is_done()
    assert staffroom.states().count(queue.GIVEN_UP) == 3
    assert not staffroom.person(HANA).is_here  # the front was asked, and everybody knows
    assert staffroom.holes.of(ANN) == ["AR-1: see below", "AR-1: stuck"]
    with staffroom.database.read() as connection:
        trail = [action for action, _ in audit.entries(connection, 1)]
    assert trail.count("outbox.recipient_left") == 3


def test_what_is_never_taken_goes_to_the_next_in_line(staffroom: Staffroom) -> None:
    staffroom.ask()
    staffroom.holes.refused = {account_of(HANA): NeverTaken("too long")}
    staffroom.until_all_is_done()
    told = [staffroom.holes.of(who) for who in (HANA, DEV)]
    assert told == [[], ["AR-1 waits for Dev Mistry"]]
    assert staffroom.person(HANA).is_here


def test_an_earlier_message_points_to_the_later_one(staffroom: Staffroom) -> None:
    staffroom.ask()
    staffroom.until_all_is_done()
    assert staffroom.holes.of(ANN) == ["AR-1: awaiting review"]
    staffroom.tell_ann_again()
    staffroom.until_all_is_done()
    assert staffroom.holes.of(ANN) == ["AR-1: see below", "AR-1: awaiting review"]


def test_two_fronts_side_by_side_each_have_their_own_people(school: School) -> None:
    staffroom = Staffroom(school.database, school.clock)
    staffroom.move_in(ANN)
    staffroom.ask()
    assert school.bot.sender.deliver() == 1
    assert "AR-1 waits for you" in school.people.message(HANA.user_id, "AR-1").text
    assert staffroom.sender.deliver() == 1
    assert staffroom.holes.of(ANN) == ["AR-1: awaiting review"]
    assert not school.people.inbox(ANN.user_id)


def test_who_comes_over_to_slack_is_the_same_person_and_told_there(school: School) -> None:
    staffroom = Staffroom(school.database, school.clock)
    staffroom.move_in(ANN)
    staffroom.ask()
    before = staffroom.person(ANN)
    school.clock.forward(hours=13)
    school.tick()
    assert account_of(ANN) not in str(school.slack.called("users.info"))
    school.home(ANN)
    after = staffroom.person(ANN)
    assert (after.person_id, after.account, after.standing) == (before.person_id, ANN.user_id, Standing.STAFF)
    assert staffroom.sender.deliver() == 0
    school.deliver()
    assert "AR-1" in school.people.message(ANN.user_id, "AR-1").text
    assert not staffroom.holes.asked


def test_a_file_is_taken_away_from_any_front(staffroom: Staffroom) -> None:
    old = {"school_id": 1, "number": 1, "person_id": 1, "what": "blocked", "subject": "", "file_id": "file 1"}
    old["front"] = staffroom.holes.front
    at = {"asked_at": staffroom.clock(), "sent_at": staffroom.clock(), "remove_at": staffroom.clock()}
    with staffroom.database.begin() as connection:
        connection.execute(insert(delivery).values(**old, **at))
    staffroom.holes.files = {"file 1"}
    staffroom.holes.before = [LaterPlease("busy", timedelta(seconds=30))]
    staffroom.clock.forward(hours=1)
    assert deliveries.clear_away(staffroom.holes, staffroom.database, staffroom.clock) == 0
    assert deliveries.clear_away(staffroom.holes, staffroom.database, staffroom.clock) == 1
    assert staffroom.holes.files == set()


def test_nothing_of_it_loads_slack() -> None:
    loaded = "import bot.services.outbox.rounds, bot.services.documents.deliveries, sys; print(*sys.modules)"
    names = subprocess.run([sys.executable, "-c", loaded], check=True, capture_output=True, text=True).stdout.split()
    assert "bot.services.outbox.handing_on" in names
    assert not [name for name in names if name.startswith(("slack_", "handlers"))]
