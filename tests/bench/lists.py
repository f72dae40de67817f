"""What it costs to look through a hundred thousand records of which one may see all, or only one's own."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bot.app import Bot
from bot.context import Context
from bot.rules.permissions import KIND, Event, State, What
from bot.rules.search import Kind, Scope, Search, Standing
from bot.services import search
from bot.services.features import REACTIONS
from bot.services.school import people
from bot.services.search_words import MOST_READ
from storage.people.people import every
from storage.permissions import permissions
from storage.records import record, step
from tests.bench.asking import in_turns
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
from tests.bench.records_rows import age_of, as_after_a_while, fill_reports, fill_requests, write
from tests.bench.table import Row, Section, counted
from tests.people import ANN, BEN, HANA, Someone
from tests.school import MadeUpClock
from tests.slack.fake import FakeSlack
from tests.slack.people import Workspace

TITLE = "Looking through a hundred thousand records"
WAIT = 100
MOST = 20.0  # milliseconds
SINGLE = 700  # newer than the one record that has a word of its own
REPORTS, MOST_SEALED = 1000, 300.0  # reports, whose words are sealed; milliseconds
HOW = (
    "Requests to use a personal account, on the spine of records; what one person may see of them, by the condition in "
    f"SQL that is proved equal to the rules. {WAIT} wait, all others are decided; a hundred came in each week, and one "
    "in a hundred is Ben's. Beside them as many requests to open a site, every second one for a page of the same "
    f"site, and {REPORTS:,} reports, whose words are found by opening them. Numbers, names and addresses are found "
    f"among all, other words in the newest {MOST_READ:,} that fit otherwise. "
    "One page of eight with their forms and steps, and how many fit: by the clock, in the "
    "service, without Slack and Bolt."
)
SEARCHES: Mapping[str, tuple[Someone, Search, int]] = {
    "the headteacher: the newest": (HANA, Search(Scope.ALL, Kind.PERMISSION), 0),
    "the headteacher: the hundredth page": (HANA, Search(Scope.ALL, Kind.PERMISSION), 100),
    "the headteacher: what waits": (HANA, Search(Scope.ALL, Kind.PERMISSION, Standing.WAITING), 0),
    "the headteacher: by number": (HANA, Search(Scope.ALL, Kind.PERMISSION, words="PR-17"), 0),
    "the headteacher: one day": (
        HANA,
        Search(
            Scope.ALL,
            Kind.PERMISSION,
            first=MONDAY.date() - timedelta(days=70),
            last=MONDAY.date() - timedelta(days=70),
        ),
        0,
    ),
    "the headteacher: by the asker's name": (HANA, Search(Scope.ALL, Kind.PERMISSION, words="Carter"), 0),
    "the headteacher: by words in many": (HANA, Search(Scope.ALL, Kind.PERMISSION, words="author classes"), 0),
    "the headteacher: by a word in a single one": (HANA, Search(Scope.ALL, Kind.PERMISSION, words="unicorns"), 0),
    "the headteacher: by a word that nobody wrote": (HANA, Search(Scope.ALL, words="dragons"), 0),
    "the headteacher: by a word in a thousand reports": (HANA, Search(Scope.ALL, Kind.CONTENT, words="volcano"), 0),
    "the headteacher: by an address": (HANA, Search(Scope.ALL, words="site-2.example"), 0),
    "the headteacher: by the beginning of one": (HANA, Search(Scope.ALL, words="site-9000"), 0),
    "the headteacher: by an address that there is not": (HANA, Search(Scope.ALL, words="nowhere.example"), 0),
    "the headteacher: by a site that every second has": (HANA, Search(Scope.ALL, words="www.shared.example"), 0),
    "the headteacher: the hundredth page of these": (HANA, Search(Scope.ALL, words="shared.example"), 100),
    "the headteacher: by a page of that site": (
        HANA,
        Search(Scope.ALL, words="https://www.shared.example/1001"),
        0,
    ),
    "a teacher: their own": (BEN, Search(Scope.MINE, Kind.PERMISSION), 0),
}

SEALED = {"the headteacher: by a word in a thousand reports"}
NOTHING = {"the headteacher: by a word that nobody wrote", "the headteacher: by an address that there is not"}


def measure(many: int, rounds: int) -> Section:
    """Return what each way of looking costs."""
    rows: list[Row] = []
    with temporary_folder() as folder, slack_at_work() as slack, postgres_server(folder) as server:
        rows += _of(folder, None, "SQLite", slack, many, rounds)
        rows += _of(folder, server, "PostgreSQL", slack, many, rounds)
    return Section(TITLE, HOW, tuple(rows))


def _of(folder: Path, server: Any | None, kind: str, slack: FakeSlack, many: int, rounds: int) -> list[Row]:
    tell(f"{kind}: making {many:,} records")
    bot = invented_school(new_database(folder, server), slack, roll_with_one_jamie())
    workspace = Workspace(bot.app, slack)
    for someone in (ANN, BEN, HANA):
        workspace.command(someone.user_id, "/lanyard")  # so that they are known
    with bot.database.read() as connection:
        ids = {person.account: person.person_id for person in every(connection, 1)}
    _fill(bot, many, ids)
    tell(f"{kind}: looking")
    subjects: dict[str, Callable[[], float]] = {
        name: partial(_look, _acting(bot, who), asked, page) for name, (who, asked, page) in SEARCHES.items()
    }
    for name, (who, asked, page) in SEARCHES.items():
        found = search.look(_acting(bot, who), asked, page)
        if bool(found.rows) is (name in NOTHING):
            raise RuntimeError(f"{name}: {found.total} found")
    taken = in_turns(subjects, rounds)
    bot.close()
    remove(bot.database, server)
    middles = {name: 1000 * sorted(series)[len(series) // 2] for name, series in taken.items()}
    return [
        counted(f"{kind}: {name}", round(took, 2), " ms", most=MOST_SEALED if name in SEALED else MOST)
        for name, took in middles.items()
    ]


def _look(context: Context, asked: Search, page: int) -> float:
    began = time.perf_counter()
    search.look(context, asked, page)
    return time.perf_counter() - began


def _acting(bot: Bot, who: Someone) -> Context:
    clock, directory = MadeUpClock(MONDAY), bot.router.directory.user
    actor = people.identify(bot.database, clock, directory, team_id="T0SCHOOL", slack_user=who.user_id)
    return Context(bot.database, actor.school, clock, REACTIONS, actor)


def _fill(bot: Bot, many: int, ids: Mapping[str | None, int]) -> None:
    def records() -> Iterator[dict[str, Any]]:
        for number in range(1, many + 1):
            at = MONDAY - age_of(many - number)
            asker = ids[BEN.user_id if number % 100 == 17 else ANN.user_id]
            state = State.AWAITING_HEAD if number > many - WAIT else State.OVER
            yield {
                "id": number,
                "school_id": 1,
                "kind": KIND,
                "number": number,
                "procedure": What.LESSON,
                "state": state,
                "version": 2,
                "asker_id": asker,
                "asked_at": at,
                "waits_since": at,
                "for_on": at.date() + timedelta(days=400),
                "origin": f"bench {number}",
                "token": "invented",
            }

    def forms() -> Iterator[dict[str, Any]]:
        for number in range(1, many + 1):
            day = (MONDAY - age_of(many - number)).date()
            said = (
                "Unicorns, for the play."
                if number == many - SINGLE
                else "The author whom we read answers classes on her account."
            )
            words = {"purpose": said, "conditions": ""}
            yield {"record_id": number, "school_id": 1, "first_on": day, "last_on": day, **words}

    def steps() -> Iterator[dict[str, Any]]:
        for number in range(1, many - WAIT + 1):
            told = {"event": Event.PERMIT, "came_from": State.AWAITING_HEAD, "person_id": ids[HANA.user_id]}
            said = {"words": "A good idea for the reading week.", "signature": HANA.name, "at": MONDAY}
            yield {"school_id": 1, "record_id": number, **told, **said}

    write(bot.database, record, records())
    write(bot.database, permissions.table, forms())
    write(bot.database, step, steps())
    fill_reports(bot.database, REPORTS, asker_id=ids[ANN.user_id], decider_id=ids[HANA.user_id], after=many)
    fill_requests(bot.database, many, asker_id=ids[ANN.user_id], after=many + REPORTS)
    as_after_a_while(bot.database)
