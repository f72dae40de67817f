"""The publish gate: a check of a picture, a withdrawal among many posts, and what the clock looks at."""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.app import Bot
from bot.context import Context
from bot.rules.posting.posts import State
from bot.rules.school import Media
from bot.services.consent import ledger
from bot.services.posting import checks, duties, take_downs
from storage.consent.roll import pupil
from storage.engine import Database
from storage.people.people import every
from storage.posting import surfaces
from storage.posting.posts import post_pupil, posts
from storage.records import record
from tests.bench.asking import Asker, does_nothing, in_turns
from tests.bench.filling import Filler, open_form
from tests.bench.places import (
    MONDAY,
    invented_school,
    new_database,
    postgres_server,
    remove,
    roll_with_one_jamie,
    slack_at_work,
    tell,
    temporary_folder,
)
from tests.bench.records_rows import TOKEN, as_after_a_while, write
from tests.bench.table import Row, Section, counted, timed
from tests.people import ANN, OLU
from tests.posting.gate import PICTURE
from tests.school import MadeUpClock, context
from tests.slack.fake import FakeSlack

TITLE = "The publish gate"
FEW = 500  # posts, beside which the many are measured
SHOWN = 2  # children in each
NAMED = 30
CLASS = "3B"
HOW = (
    "A check: `/post-check`'s form, new and signed each time, with a whole class or with 30 names chosen; floor: an "
    "app that only acknowledges the same form, and a look-up of one child. A withdrawal: the use case, committed, with "
    f"what it opens, in a school of 210 pupils with so many logged posts, {SHOWN} children in each; floor: the same "
    f"among {FEW}. The morning: what is looked at on each tick while nothing is due. Everything: what has to come "
    "down, worked out anew from the tables alone. It leaves out the messages that are sent afterwards."
)


def measure(many: int, rounds: int) -> Section:
    """Return the rows for so many logged posts."""
    rows: list[Row] = []
    with temporary_folder() as folder, slack_at_work() as slack, postgres_server(folder) as server:
        rows += _of(folder, None, "SQLite", slack, many, rounds)
        rows += _of(folder, server, "PostgreSQL", slack, many, rounds)
    return Section(TITLE, HOW, tuple(rows))


def _of(folder: Path, server: Any | None, kind: str, slack: FakeSlack, many: int, rounds: int) -> list[Row]:
    tell(f"{kind}: setting two schools up")
    checking, small, large = (_school(folder, server, slack, size) for size in (FEW, FEW, many))
    tell(f"{kind}: checking, withdrawing")
    taken = in_turns(_checks(checking, slack) | _withdrawals(small, large), rounds)
    clock = MadeUpClock(MONDAY)
    whole = context(large.database, clock)
    morning = [_timed(lambda: _tick(whole)) for _ in range(rounds)]
    again = [_timed(lambda: _derive(whole)) for _ in range(3)]
    for bot in (checking, small, large):
        bot.close()
        remove(bot.database, server)
    return [
        timed(f"{kind}: a check of a class", taken["class"], taken["nothing"], most=8),
        timed(f"{kind}: a check of {NAMED} named; floor: a look-up of one", taken["named"], taken["look-up"], most=5),
        timed(
            f"{kind}: a withdrawal among {many:,} posts; floor: among {FEW}", taken["large"], taken["small"], most=1.2
        ),
        counted(
            f"{kind}: the morning's look among {many:,}", 1000 * sorted(morning)[len(morning) // 2], " ms", most=50
        ),
        counted(f"{kind}: everything worked out anew, {many:,}", sorted(again)[1], " s", most=1),
    ]


def _school(folder: Path, server: Any | None, slack: FakeSlack, size: int) -> Bot:
    bot = invented_school(new_database(folder, server), slack, roll_with_one_jamie())
    open_form(bot.app, slack, ANN, "/post-check")  # so that she is known
    open_form(bot.app, slack, OLU, "/post-check")
    _fill(bot.database, size)
    return bot


def _fill(database: Database, size: int) -> None:
    with database.read() as connection:
        pupils = list(connection.execute(select(pupil.c.id).order_by(pupil.c.id)).scalars())
        asker = next(each.person_id for each in every(connection, 1) if each.account == ANN.user_id)
        places = surfaces.every(connection, 1)
    feed = next(each.surface_id for each in places if each.use_key == "twitter")
    with database.read() as connection:
        first = max(connection.execute(select(record.c.id)).scalars(), default=0) + 1
    ids = range(first, first + size)
    write(database, record, (_post(number, place, asker) for place, number in enumerate(ids, 1)))
    write(database, posts.table, (_form(number, feed) for number in ids))
    write(database, post_pupil, _shown(ids, pupils))
    as_after_a_while(database)


def _post(record_id: int, number: int, asker: int) -> dict[str, Any]:
    at = MONDAY - timedelta(days=number % 1500)
    values = {"id": record_id, "school_id": 1, "kind": "PO", "number": number, "procedure": "post"}
    values |= {"state": State.PUBLISHED, "version": 1, "asker_id": asker, "asked_at": at, "waits_since": at}
    return values | {"for_on": None, "origin": f"post {number}", "token": TOKEN, "moved_at": None, "hurried": 0}


def _form(record_id: int, surface_id: int) -> dict[str, Any]:
    values = {"record_id": record_id, "school_id": 1, "surface_id": surface_id, "medium": Media.PHOTO}
    values |= {"posted_on": MONDAY.date(), "place": f"https://x.example/{record_id}", "adults": "", "check_id": None}
    return values | {"taken_with": "school device", "look_on": MONDAY.date() + timedelta(days=365)}


def _shown(ids: Iterable[int], pupils: list[int]) -> Iterator[dict[str, Any]]:
    # The children who are withdrawn for are in as many pictures of either school.
    others = pupils[FEW // 10 :]
    for place, record_id in enumerate(ids):
        some = pupils if place < FEW else others
        for turn in range(SHOWN):
            chosen = some[(place * SHOWN + turn) % len(some)]
            yield {"school_id": 1, "record_id": record_id, "pupil_id": chosen, "wording": "", "hidden_at": None}


def _checks(bot: Bot, slack: FakeSlack) -> dict[str, Callable[[], float]]:
    with bot.database.read() as connection:
        rows = connection.execute(select(pupil.c.forename, pupil.c.surname, pupil.c.class_name, pupil.c.id)).all()
    members = sum(1 for row in rows if row.class_name == CLASS)
    named = ", ".join(dict.fromkeys(f"{row.forename} {row.surname} {row.class_name}" for row in rows[:NAMED]))
    view = open_form(bot.app, slack, ANN, "/post-check")
    fill = {**PICTURE, "Names or classes": CLASS, "How many": str(members)}
    of_class = Filler(bot.app, slack, ANN, view, fill)
    nothing = Filler(does_nothing(slack, process_before_response=True), slack, ANN, view, fill)
    several = Filler(bot.app, slack, ANN, view, {**fill, "Names or classes": named, "How many": str(NAMED)})
    one = Asker(bot.app, slack, ANN.user_id, "Fatima van Dijk", expected="Fatima")
    return {
        "class": lambda: of_class(expected="Check again"),
        "nothing": nothing,
        "named": lambda: several(expected="Check again"),
        "look-up": one,
    }


def _withdrawals(small: Bot, large: Bot) -> dict[str, Callable[[], float]]:
    return {"small": _Withdrawing(small), "large": _Withdrawing(large)}


class _Withdrawing:
    """Takes back, and gives, the consent of one child after another; only the withdrawal is timed."""

    def __init__(self, bot: Bot) -> None:
        with bot.database.read() as connection:
            self._pupils = list(connection.execute(select(pupil.c.id).order_by(pupil.c.id)).scalars())[: FEW // 10]
        self._context = context(bot.database, MadeUpClock(MONDAY))
        self._turn = count()

    def __call__(self) -> float:
        turn = next(self._turn)
        pupil_id = self._pupils[turn % len(self._pupils)]
        form = {"decided_by": "Noor van Dijk", "relationship": "Mother", "method": "form", "use-twitter": "yes"}
        form |= {"everything": "leave", "wording": "", "effective_from": "2026-11-23", "expires_on": ""}
        ledger.record(self._context, pupil_id, form, request_id=f"yes {turn}")
        began = time.perf_counter()
        ledger.record(self._context, pupil_id, {**form, "use-twitter": "no"}, request_id=f"no {turn}")
        return time.perf_counter() - began


def _tick(whole: Context) -> None:
    checks.tick(whole)
    duties.tick(whole)
    take_downs.tick(whole)


def _derive(whole: Context) -> None:
    with whole.begin() as tx:
        take_downs.derive(tx)


def _timed(act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
