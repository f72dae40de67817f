"""A school day's load for half an hour: `python -m tests.soak.steady [minutes] [requests a second]`.

`run` in a process of its own, over HTTP. What is asked comes when it comes, answered or not, and is counted from when
it was due; memory and the slowest of each minute are drawn as a chart that Markdown shows.
"""

import http.client
import random
import statistics
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.asking import Asker
from tests.bench.crowds import PEOPLE
from tests.bench.filling import ACCESS, Filler, open_form
from tests.bench.places import (
    invented_school,
    new_database,
    postgres_server,
    remove,
    roll_with_one_jamie,
    slack_at_work,
    tell,
    temporary_folder,
)
from tests.bench.starts import resident, running, variables
from tests.slack.fake import FakeSlack
from tests.slack.payloads import JSON, Payloads, signed_headers
from tests.slack.people import SIGNING_SECRET

MINUTES, A_SECOND, SEED = 30, 10, 1
THREADS = 40  # so many may wait at once before one is sent late
Request = tuple[str, Mapping[str, str]]
Make = Callable[[], Request]


@dataclass
class Minute:
    """What was answered in a minute, in milliseconds, and the megabytes that the process held at its end."""

    taken: list[float] = field(default_factory=list)
    resident: float = 0.0

    @property
    def p99(self) -> float:
        """Return within how many milliseconds 99 of 100 were answered."""
        return statistics.quantiles(self.taken, n=100, method="inclusive")[98]


def run(minutes: int, a_second: int, kind: str) -> list[Minute]:
    """Send so many requests a second for so many minutes. Raises RuntimeError if one gets another answer than its own.

    `kind`: "SQLite" or "PostgreSQL".
    """
    with temporary_folder() as folder, slack_at_work() as slack, postgres_server(folder) as server:
        chosen = server if kind == "PostgreSQL" else None
        bot = invented_school(new_database(folder, chosen), slack, roll_with_one_jamie())
        ways = _ways(bot.app, slack)
        bot.close()
        with running(folder, variables(slack, bot.database)) as (process, port):
            found = _send(ways, port, process.pid, minutes, a_second)
        remove(bot.database, chosen)
    return found


def _ways(app: Any, slack: FakeSlack) -> Sequence[tuple[Make, bytes, int]]:
    """Return what is asked: how it is made, what must be in its answer, and how often out of a hundred."""
    view = open_form(app, slack, PEOPLE[0], "/request-access")
    payloads = Payloads(slack)

    def home(user: str) -> Request:
        body = payloads.event("app_home_opened", {"user": user, "channel": slack.dm_of(user), "tab": "home"})
        return body, signed_headers(body, JSON, secret=SIGNING_SECRET, age_seconds=0, retry=0)

    ways: list[tuple[Make, bytes, int]] = []
    for who in PEOPLE:
        ways += [
            (Asker(app, slack, who.user_id, "Jamie").request, b"Jamie Wilson", 60),
            (Asker(app, slack, who.user_id, "3B for website video").request, b"3B", 15),
            (partial(home, who.user_id), b"", 20),
            (Filler(app, slack, who, view, ACCESS).request, b"is on its way", 5),
        ]
    return ways


def _send(
    ways: Sequence[tuple[Make, bytes, int]], port: int, process: int, minutes: int, a_second: int
) -> list[Minute]:
    chance, local = random.Random(SEED), threading.local()
    making = threading.Lock()  # what makes a request counts as it goes
    found = [Minute() for _ in range(minutes)]
    wrong: list[str] = []

    def ask(make: Make, expected: bytes, due: float, minute: Minute) -> None:
        with making:
            body, headers = make()
        try:
            if not hasattr(local, "connection"):
                local.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            local.connection.request("POST", "/slack/events", body, dict(headers))
            answer = local.connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException) as error:
            del local.connection
            wrong.append(f"{type(error).__name__}")
            return
        minute.taken.append(1000 * (time.perf_counter() - due))
        if answer.status != 200 or expected not in said:
            wrong.append(f"{answer.status} {said[:200]!r}")

    makes = [(make, expected) for make, expected, _ in ways]
    begun = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        for number in range(minutes * 60 * a_second):
            due = begun + number / a_second
            time.sleep(max(0.0, due - time.perf_counter()))
            minute = found[number // (60 * a_second)]
            (make, expected), *_ = chance.choices(makes, [often for *_, often in ways])
            pool.submit(ask, make, expected, due, minute)
            if (number + 1) % (60 * a_second) == 0:
                minute.resident = resident(process)
                tell(f"{(number + 1) // (60 * a_second)} min: {minute.resident:.0f} MB, p99 {minute.p99:.0f} ms")
    if wrong:
        raise RuntimeError(f"{len(wrong)} answers were not the right one, the first: {wrong[0]}")
    return found


def drawn(kind: str, found: Sequence[Minute]) -> str:
    """Return the figures as two charts and a sentence, in Markdown."""
    every = [taken for minute in found for taken in minute.taken]
    told = (
        f"{kind}: {len(every):,} requests in {len(found)} minutes, none unanswered; half within "
        f"{statistics.median(every):.0f} ms, 99 of 100 within {statistics.quantiles(every, n=100)[98]:.0f} ms, "
        f"all within {max(every):.0f} ms; {found[0].resident:.0f} MB after the first minute, "
        f"{found[-1].resident:.0f} MB after the last."
    )
    memory = _chart(f"{kind}, memory", "MB", [minute.resident for minute in found])
    slowest = _chart(f"{kind}, 99 of 100 within", "ms", [minute.p99 for minute in found])
    return f"{told}\n\n{memory}\n\n{slowest}\n"


def _chart(title: str, unit: str, values: Sequence[float]) -> str:
    line = ", ".join(f"{value:.0f}" for value in values)
    return (
        f'```mermaid\nxychart-beta\n  title "{title}"\n  x-axis "minutes" 1 --> {len(values)}\n'
        f'  y-axis "{unit}" 0 --> {max(values) * 1.2:.0f}\n  line [{line}]\n```'
    )


if __name__ == "__main__":
    minutes, a_second = [*map(int, sys.argv[1:]), *(MINUTES, A_SECOND)[len(sys.argv) - 1 :]]
    page = "\n".join(drawn(kind, run(minutes, a_second, kind)) for kind in ("SQLite", "PostgreSQL"))
    Path(__file__).resolve().parents[2].joinpath("docs", "steady.md").write_text(
        f"# {minutes} minutes at {a_second} requests a second\n\n"
        "`python -m tests.soak.steady`: look-ups of one child (60 of 100), of a class (15), Home (20) and forms (5), "
        "over HTTP, by ten people; each is counted from when it was due. Slack, made up, shares the machine.\n\n"
        + page,
        encoding="utf-8",
    )
