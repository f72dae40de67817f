"""Target: the whole answer to `/policy words` over 500 clauses, beside a listener that does nothing."""

import random
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle

from slack_bolt import App

from bot.app import Bot
from bot.context import Context
from bot.rules.policy.search import Index
from bot.rules.policy.words import GROUPS
from bot.services.features import REACTIONS
from bot.services.policy import current, documents
from bot.wording import Wording
from handlers.requests import EVERYONE, Say, command
from handlers.slack.calling import Caller
from handlers.slack.router import Router
from storage import school as school_storage
from tests.bench.asking import Asker, does_nothing, in_turns, spread
from tests.bench.places import (
    MONDAY,
    invented_school,
    new_database,
    roll_with_one_jamie,
    slack_at_work,
    tell,
    temporary_folder,
)
from tests.bench.table import Row, Section, timed
from tests.people import ANN
from tests.school import MadeUpClock
from tests.slack.fake import FakeSlack
from tests.slack.payloads import FORM, signed_headers
from tests.slack.people import SIGNING_SECRET

TITLE = "The answer to `/policy`"
HOW = (
    "As for `/consent`: the whole bot, each request new and signed, from `dispatch` to the finished response. The "
    "policy has 500 clauses of 40 words out of 1,600; every question is another one, of one to three words of one "
    "clause, so that no answer is simply repeated. Floor: a Bolt app whose one listener only acknowledges "
    "(`process_before_response=True`). The second floor is the bot's own router with a route that answers nothing: it "
    "still looks up who asks. The search alone is the rules' part of the answer."
)
CLAUSES, SECTIONS, WORDS, QUESTIONS = 500, 10, 40, 5000
MOST = 2  # times the floor
VOCABULARY = sorted(
    {word for group in GROUPS for word in group.split()} | {f"subject{number}" for number in range(1500)}
)


class PolicyAsker(Asker):
    """Types `/policy` with another question each time."""

    def __init__(self, asker_of: Asker, questions: Sequence[str]) -> None:
        self.__dict__.update(asker_of.__dict__)
        self._questions = cycle(questions)

    def request(self) -> tuple[str, Mapping[str, str]]:
        """Return the next request."""
        self._payloads.team_id, user = next(self._people)
        place = self._slack.dm_of(user)
        key = self._slack.urls.issue(user, place)
        body = self._payloads.command(user, "/policy", next(self._questions), place, key)
        return body, signed_headers(body, FORM, secret=SIGNING_SECRET, age_seconds=0, retry=0)


def measure(rounds: int) -> Section:
    """Return the rows."""
    chance = random.Random(1)
    clauses = [chance.choices(VOCABULARY, k=WORDS) for _ in range(CLAUSES)]
    document = _document(clauses)
    questions = [" ".join(chance.sample(chance.choice(clauses), chance.randint(1, 3))) for _ in range(QUESTIONS)]
    with temporary_folder() as folder, slack_at_work() as slack:
        tell("setting a school up, with a policy of 500 clauses")
        bot = invented_school(new_database(folder, None), slack, roll_with_one_jamie())
        with bot.database.read() as connection:
            context = Context(bot.database, school_storage.every(connection)[0], MadeUpClock(MONDAY), REACTIONS)
        documents.import_document(context, document, label="1", approved_on=MONDAY.date())
        floor = Asker(does_nothing(slack, process_before_response=True), slack, ANN.user_id, "Jamie")
        told = PolicyAsker(Asker(bot.app, slack, ANN.user_id, "", expected="blocks"), questions)
        empty = PolicyAsker(Asker(bot.app, slack, ANN.user_id, "", expected="clauses"), ["1"])
        tell("asking")
        with bot.database.read() as connection:
            context = Context(bot.database, school_storage.every(connection)[0], MadeUpClock(MONDAY), REACTIONS)
        found = current.in_force(context)
        if found is None:
            raise RuntimeError("the policy is not in force")
        own = PolicyAsker(Asker(_says_nothing(bot, slack), slack, ANN.user_id, ""), ["1"])
        subjects = {"floor": floor, "own": own, "told": told, "number": empty}
        taken = in_turns({**subjects, "search": _search(found.index, questions)}, rounds)
        tell(f"half of the answers took {spread(taken['told'])}, of the floors {spread(taken['floor'])}")
        rows: list[Row] = [
            timed("`/policy words`, 500 clauses, up to five quoted", taken["told"], taken["floor"], most=MOST),
            timed("the same; floor: a route of the bot that says nothing", taken["told"], taken["own"]),
            timed("`/policy 1`, a section of 50 clauses, as many as a message takes", taken["number"], taken["floor"]),
            timed("a route of the bot that says nothing", taken["own"], taken["floor"]),
            timed("the search alone", taken["search"], taken["floor"]),
        ]
        bot.close()
        return Section(TITLE, HOW, tuple(rows))


def _says_nothing(bot: Bot, slack: FakeSlack) -> App:
    """Return an app with the bot's own router and one route, whose answer is a space."""
    client = Caller(slack.token, slack.api_url, rests=False)
    app = App(
        client=client,
        signing_secret=SIGNING_SECRET,
        token_verification_enabled=False,
        process_before_response=True,
    )
    said = Say(Wording(" "), [])
    Router(
        app,
        client,
        [command("/policy", EVERYONE, lambda _request: said, "", "")],
        database=bot.database,
        now=MadeUpClock(MONDAY),
    )
    return app


def _search(index: Index, questions: Sequence[str]) -> Callable[[], float]:
    import time

    following = cycle(questions)

    def once() -> float:
        question = next(following)
        began = time.perf_counter()
        index.find(question)
        return time.perf_counter() - began

    return once


def _document(clauses: Sequence[Sequence[str]]) -> bytes:
    each = CLAUSES // SECTIONS
    parts = []
    for place, words in enumerate(clauses):
        section, clause = place // each + 1, place % each + 1
        if clause == 1:
            parts.append(f"{section}. Part {section}")
        parts.append(f"{section}.{clause}. Says {' '.join(words)}.")
    return "\n\n".join(parts).encode()
