"""Ten at once: whoever writes waits for those who came before, and for nobody who came later."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.errors import Busy
from bot.rules.names.index import OF_EACH
from storage import numbers
from storage.engine import BUSY_SECONDS, REMEMBERED, Database, Durability, Memory, open_database
from storage.writers import QueueTimeoutError, Writers
from tests.school import KEY


def in_threads(*acts: Callable[[], None]) -> list[threading.Thread]:
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    return threads


def waiting(writers: Writers, count: int) -> None:
    """Return as soon as so many are in the queue."""
    until = time.monotonic() + 20
    while len(writers._waiting) != count:
        assert time.monotonic() < until, "nobody waits"


def test_first_come_first_served() -> None:
    writers, served = Writers(), []

    def writes(number: int) -> Callable[[], None]:
        def write() -> None:
            with writers.turn(20):
                served.append(number)

        return write

    threads = []
    with writers.turn(20):
        for number in range(10):
            threads += in_threads(writes(number))
            waiting(writers, number + 1)
    for thread in threads:
        thread.join()
    assert served == list(range(10))
    with writers.turn(0) as left:  # and it is free again
        assert left == 0


@pytest.mark.databases("postgresql")
def test_numbers_of_forms_are_first_come_first_served_where_the_server_keeps_the_queue(furnished: Database) -> None:
    served: list[tuple[int, int]] = []

    def sends(who: int) -> Callable[[], None]:
        def send() -> None:
            with furnished.begin() as connection:
                served.append((who, numbers.following(connection, 1, "AR")))

        return send

    with furnished.begin() as connection:
        numbers.following(connection, 1, "AR")
    threads = []
    with furnished.begin() as connection:
        before = numbers.following(connection, 1, "AR")
        for who in range(1, 6):
            threads += in_threads(sends(who))
            _waiting_in_the_server(furnished, who)
    for thread in threads:
        thread.join()
    assert served == [(who, before + who) for who in range(1, 6)]


def _waiting_in_the_server(database: Database, count: int) -> None:
    asked = "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
    asked += " WHERE NOT granted AND datname = current_database()"
    until = time.monotonic() + 20
    with database.read() as connection:
        while connection.execute(text(asked)).scalar_one() != count:
            assert time.monotonic() < until, "nobody waits"


def test_who_gives_up_leaves_the_queue_and_the_next_is_served() -> None:
    writers = Writers()
    served: list[float] = []

    def patient() -> None:
        with writers.turn(20) as left:
            served.append(left)

    with writers.turn(20):
        with pytest.raises(QueueTimeoutError), writers.turn(0.001):
            pass
        thread = in_threads(patient)[0]
        waiting(writers, 1)
        assert not served
    thread.join()
    assert len(served) == 1
    assert 0 < served[0] < 20


def test_the_wait_for_another_process_is_what_the_queue_has_left(tmp_path: Path) -> None:
    """Three seconds are all that Slack waits: queue and lock together may take two."""
    url = f"sqlite:///{tmp_path}/lanyard.db"
    here, elsewhere = open_database(url, KEY), open_database(url, KEY)
    with here.begin() as connection:
        connection.execute(text("CREATE TABLE note (words TEXT)"))
    told: list[str] = []

    def writes() -> None:
        try:
            with here.begin(Durability.QUICK) as connection:
                connection.execute(text("INSERT INTO note VALUES ('x')"))
        except Busy as error:
            told.append(str(error))

    began = time.monotonic()
    with elsewhere.begin():
        for thread in in_threads(*[writes] * 10):
            thread.join()
    taken = time.monotonic() - began
    assert len(told) == 10
    assert all("Nothing was changed" in each for each in told)
    assert taken < 2 * BUSY_SECONDS
    writes()
    with here.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM note")).scalar_one() == 1
    here.close()
    elsewhere.close()


def test_what_many_need_at_once_is_made_once() -> None:
    memory, made, found, threads = Memory(10), [], [], []
    arrived = threading.Semaphore(0)

    def ask() -> None:
        arrived.release()
        found.append(memory.get(("roll", 1), slowly))

    def slowly() -> str:
        made.append(1)
        if len(made) == 1:  # nine more come while it is made
            threads.extend(in_threads(*[ask] * 9))
            for _ in range(10):
                arrived.acquire()
        return "index"

    ask()
    for thread in threads:
        thread.join()
    assert found == ["index"] * 10
    assert len(made) == 1


def test_who_fails_to_make_it_leaves_it_to_the_next() -> None:
    memory = Memory(10)

    def fails() -> str:
        raise ValueError("no such roll")

    with pytest.raises(ValueError, match="no such roll"):
        memory.get(("roll", 1), fails)
    assert memory.get(("roll", 1), lambda: "index") == "index"


def test_what_is_kept_is_counted_in_bytes_and_the_longest_unused_goes_first() -> None:
    memory, made = Memory(100), list[str]()

    def ask(name: str, weight: int) -> None:
        memory.get((name,), lambda: made.append(name), lambda _made: weight)

    for name, weight in (("a", 40), ("b", 40), ("a", 40), ("c", 40), ("a", 40), ("b", 40)):
        ask(name, weight)
    assert made == ["a", "b", "c", "b"]  # for c the room was made by b, for b by c
    ask("large", 500)  # more than there is room for: it stays until the next one comes
    ask("large", 500)
    ask("a", 40)
    ask("b", 40)
    ask("a", 40)
    assert made[4:] == ["large", "a", "b"]


def test_two_hundred_rolls_have_the_room_of_their_pupils() -> None:
    memory, made = Memory(REMEMBERED), list[int]()

    def ask(school: int, pupils: int) -> None:
        memory.get(("names", school), lambda: made.append(school), lambda _made: pupils * OF_EACH)
        memory.newest(("reminders", school), 1, lambda: None)

    for school in [*range(200)] * 2:
        ask(school, 420)
    assert made == [*range(200)]
    for school in [*range(200, 220)] * 2:  # all-through schools
        ask(school, 20_000)
    assert len(made) > 230  # they do not fit, and none is kept at the cost of all memory
