"""Two workers send, and one after the other is killed at it: everybody is told, once, and none too soon.

At two hundred moments: `python -m tests.soak.kills`, or another number: `… 50`.
"""

import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from storage.engine import Database, open_database
from storage.outbox import queue
from tests.people import Someone
from tests.running.processes import PATIENCE, Process, machine_of, report, until
from tests.running.test_killed import WatchedSlack, deliver_the_rest
from tests.running.test_serve import Machine
from tests.school import KEY, fill
from tests.soak.outages import server

KILLS, SEED = 200, 12
Pair = tuple[Someone, Someone]  # who report before a kill: what a dead process was at keeps them for two minutes


@contextmanager
def watched(others: Sequence[Someone] = ()) -> Iterator[WatchedSlack]:
    """Yield a Slack that counts, and takes one message a second in each conversation."""
    slack = WatchedSlack()
    with slack:
        fill(slack)
        for someone in others:
            slack.add_user(*someone)
        slack.post_interval = timedelta(seconds=1)
        yield slack


def _nothing() -> None:
    """Count nothing."""


def run(database: Database, folder: Path, reporters: Sequence[Pair], seed: int) -> list[str]:
    """Kill a worker after each two reports, on PostgreSQL; returns what went wrong."""
    with watched([someone for pair in reporters for someone in pair]) as slack:
        _kill_in_turn(machine_of(slack, database, folder), slack, database, reporters, random.Random(seed))
        too_soon = [f"too soon: {call}" for call in slack.calls if call.outcome == "ratelimited"]
        slack.post_interval = None  # the clock is moved from here on, and nobody waits
        deliver_the_rest(slack, database)
        return [*slack.violations, *too_soon, *_wrong(slack, database)]


def _kill_in_turn(
    machine: Machine, slack: WatchedSlack, database: Database, reporters: Sequence[Pair], chance: random.Random
) -> None:
    workers = [Process(machine, "worker") for _ in range(2)]
    try:
        for turn, pair in enumerate(reporters):
            until(lambda: all(each.says("sending") for each in workers), "both send")
            due = threading.Event()
            left = [chance.randint(1, 3)]

            def count(left: list[int] = left, victim: Process = workers[0], due: threading.Event = due) -> None:
                left[0] -= 1
                if left[0] == 0:
                    victim.process.kill()
                    due.set()

            slack.before, slack.after = (count, _nothing) if turn % 2 else (_nothing, count)
            for number, who in enumerate(pair):
                report(database, slack, 2 * turn + number, who)
            until(due.is_set, "somebody sends")
            slack.before = slack.after = _nothing
            workers.pop(0).process.wait(PATIENCE)
            workers.append(Process(machine, "worker"))
        until(lambda: workers[-1].says("sending"), "the last one has started")
        assert [each.end(signal.SIGTERM) for each in workers] == [0, 0]
    finally:
        for each in workers:
            each.process.kill()
            each.process.wait()


def _wrong(slack: WatchedSlack, database: Database) -> Iterator[str]:
    posted = Counter(each.metadata["event_payload"]["key"] for each in slack.messages.values() if each.metadata)
    with database.read() as connection:
        queued = connection.execute(select(queue.outbox.c.key, queue.outbox.c.state)).all()
    yield from (f"told {count} times: {key}" for key, count in posted.items() if count > 1)
    marks = {database.sealing.mark(row.key) for row in queued}
    yield from (f"never told: {mark}" for mark in marks - set(posted))
    yield from (f"told of nothing: {mark}" for mark in set(posted) - marks)
    yield from (f"not noted as sent: {row.key}" for row in queued if row.state != queue.SENT)


def main(kills: int = KILLS) -> int:
    """Kill so often and tell what came of it; returns the exit status."""
    begun = time.perf_counter()
    pairs = [(_somebody(2 * turn), _somebody(2 * turn + 1)) for turn in range(kills)]
    with tempfile.TemporaryDirectory(prefix="kills-") as folder, server() as made:
        database = open_database(made.url, KEY)
        wrong = run(database, Path(folder), pairs, SEED)
        database.close()
    taken = time.perf_counter() - begun
    print(f"Killed at {kills} moments while two workers sent, {taken:.0f} s: {len(wrong)} things went wrong.")
    for each in wrong[:40]:
        print(f"  {each}")
    return 1 if wrong else 0


def _somebody(number: int) -> Someone:
    return Someone(f"U9{number:04}", f"Sam Invented {number}", f"sam.{number}@huntington.example")


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
