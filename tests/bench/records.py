"""Target 7: a decision on one record takes no longer when the school has a hundred thousand."""

import time
from functools import partial
from pathlib import Path
from typing import Any

from slack_bolt import BoltRequest
from sqlalchemy import delete, select, update

from bot.app import Bot
from bot.rules.access import Event, State
from storage import records
from storage.filter import register
from storage.people.people import every
from tests.bench.asking import in_turns, spread
from tests.bench.filling import ACCESS, Filler, open_form
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
from tests.bench.records_rows import TOKEN, age_of, fill_records, waiting_numbers
from tests.bench.table import Row, Section, timed
from tests.people import ANN, HANA
from tests.slack.fake import FakeSlack
from tests.slack.payloads import JSON, Payloads, signed_headers
from tests.slack.people import SIGNING_SECRET, Workspace
from tests.slack.views import View

TITLE = "A decision among a hundred thousand records"
FEW = 100
HOW = (
    "The headteacher approves a request, with reasons and signature: from Bolt's `dispatch` to the finished response, "
    "committed. As many reports, and two messages and two audit entries for each request, are there too; a hundred "
    "requests and a hundred reports wait, all others are done with; a hundred of each came in each week. After each "
    "decision it is undone, unmeasured. "
    f"Floor: the same decision among {FEW} records. The Home tab of the headteacher shows what waits."
)
MOST = 1.2
REASONS = {"Reasons": "Good source; the comments are hidden.", "Signature": "Hana Rees"}


class Decider:
    """Approves one waiting request after another; each call is one decision and returns the seconds that it took."""

    def __init__(self, bot: Bot, slack: FakeSlack, form: View, records: int) -> None:
        self._database = bot.database
        self._form = Filler(bot.app, slack, HANA, form, REASONS)
        self._records, self._numbers = records, waiting_numbers(records)

    def __call__(self) -> float:
        """Decide once, and see that it is recorded; then have the request as it was."""
        number = next(self._numbers)
        metadata = {"number": number, "token": TOKEN, "state": State.AWAITING_REVIEW, "event": Event.APPROVE}
        self._form.enter("lines", f"site-{number}.example")
        taken = self._form(expected=f"AR-{number}: approved", **metadata)
        request, step = records.record, records.step
        with self._database.begin() as connection:
            this = (request.c.number == number) & (request.c.kind == "AR")
            as_it_was = {
                "version": 1,
                "state": State.AWAITING_REVIEW,
                "waits_since": MONDAY - age_of(self._records - number),
            }
            done = connection.execute(update(request).where(this, request.c.school_id == 1).values(as_it_was))
            ids = select(request.c.id).where(this, request.c.school_id == 1).scalar_subquery()
            steps = connection.execute(delete(step).where(step.c.record_id == ids))
            line = register.entry.c.record == f"AR-{number}"
            lines = connection.execute(delete(register.entry).where(line, register.entry.c.school_id == 1))
        if (done.rowcount, steps.rowcount, lines.rowcount) != (1, 1, 1):
            raise RuntimeError(f"AR-{number} was acknowledged as approved, but not recorded once")
        return taken


class HomeVisitor:
    """Opens the headteacher's Home tab; each call returns the seconds until it is published."""

    def __init__(self, bot: Bot, slack: FakeSlack) -> None:
        self._app, self._slack = bot.app, slack

    def __call__(self) -> float:
        """Open it once."""
        fields = {"user": HANA.user_id, "channel": self._slack.dm_of(HANA.user_id), "tab": "home"}
        body = Payloads(self._slack).event("app_home_opened", fields)
        headers = signed_headers(body, JSON, secret=SIGNING_SECRET, age_seconds=0, retry=0)
        began = time.perf_counter()
        self._app.dispatch(BoltRequest(body=body, headers={**headers}, mode="http"))
        taken = time.perf_counter() - began
        home = self._slack.home(HANA.user_id)
        if home is None or "AR-" not in home.text:
            raise RuntimeError("Home does not show what waits")
        return taken


def measure(many: int, rounds: int) -> Section:
    """Return the rows of target 7."""
    rows: list[Row] = []
    with temporary_folder() as folder, slack_at_work() as slack, postgres_server(folder) as server:
        rows += _of(folder, None, "SQLite", slack, many, rounds)
        rows += _of(folder, server, "PostgreSQL", slack, many, rounds)
    return Section(TITLE, HOW, tuple(rows))


def _of(folder: Path, server: Any | None, kind: str, slack: FakeSlack, many: int, rounds: int) -> list[Row]:
    make = partial(_school, folder, server, slack)
    tell(f"{kind}: making {many:,} records")
    bots = {"few": make(FEW), "many": make(many)}
    form, _ = (_form(bot, slack) for bot in bots.values())
    sizes = {"few": FEW, "many": many}
    tell(f"{kind}: deciding")
    decided = in_turns({name: Decider(bot, slack, form, sizes[name]) for name, bot in bots.items()}, rounds)
    tell(f"half of the decisions took {spread(decided['many'])} and {spread(decided['few'])}")
    home = in_turns({name: HomeVisitor(bot, slack) for name, bot in bots.items()}, max(rounds // 10, 10))
    for bot in bots.values():
        bot.close()
        remove(bot.database, server)
    return [
        timed(f"{kind}: a decision among {many:,}; floor: among {FEW}", decided["many"], decided["few"], most=MOST),
        timed(f"{kind}: Home among {many:,}; floor: among {FEW}", home["many"], home["few"], most=MOST),
    ]


def _school(folder: Path, server: Any | None, slack: FakeSlack, records: int) -> Bot:
    bot = invented_school(new_database(folder, server), slack, roll_with_one_jamie())
    people = Workspace(bot.app, slack)
    for someone in (ANN, HANA):
        people.command(someone.user_id, "/lanyard")  # so that both are known
    with bot.database.read() as connection:
        ids = {person.account: person.person_id for person in every(connection, 1)}
    fill_records(bot.database, records, asker_id=ids[ANN.user_id], decider_id=ids[HANA.user_id])
    return bot


def _form(bot: Bot, slack: FakeSlack) -> View:
    """Return the headteacher's form for a Yes, as it opens from the message about a request."""
    people = Workspace(bot.app, slack)
    asked = people.submit(ANN.user_id, open_form(bot.app, slack, ANN, "/request-access"), ACCESS)
    bot.sender.deliver()
    number = asked.text.split("AR-")[1].split(" ")[0]
    view = people.press(HANA.user_id, people.message(HANA.user_id, f"AR-{number} waits"), "Approve").view
    if view is None:
        raise RuntimeError("the message opened no form")
    people.submit(HANA.user_id, view, REASONS)
    return view
