"""Target 1: the whole answer to `/consent Jamie` beside listeners that do nothing."""

from collections import Counter
from functools import partial

from sqlalchemy import func, select

from bot.app import Bot
from storage.consent.look_ups import look_up
from storage.consent.roll import pupil
from tests.bench.asking import Asker, does_nothing, in_turns, spread
from tests.bench.places import (
    invented_school,
    new_database,
    roll_with_one_jamie,
    sample_roll,
    slack_at_work,
    tell,
    temporary_folder,
)
from tests.bench.table import Row, Section, timed
from tests.people import ANN

TITLE = "The answer to `/consent`"
HOW = (
    "The whole bot in one process, SQLite in a file; only Slack is made up. Each request is new and signed; the time "
    "is from Bolt's `dispatch` to the finished response, signature check and committed look-up log included. "
    "The answer names every use and medium. The names are in memory, and what a name on the roll is like has been "
    "worked out, as after the first question about it. Floors: a Bolt app whose one listener only acknowledges, with "
    "`process_before_response=True` (answered at once) and in Bolt's default mode."
)
FLOOR, DEFAULT = "no-op", "no-op in Bolt's default mode"
BEFORE, AFTER = 4.5, 1 / 8  # times each floor
OF_A_CLASS, OF_THIRTY = 6, 4  # times the no-op; times one child
THIRTY = 30
ONE_USE = "one child for one use"


def measure(rounds: int) -> Section:
    """Return the rows of target 1."""
    with temporary_folder() as folder, slack_at_work() as slack:
        tell("setting two schools up")
        one = invented_school(new_database(folder, None), slack, roll_with_one_jamie())
        all_of_them = invented_school(new_database(folder, None), slack, sample_roll())
        ask = partial(Asker, slack=slack, who=ANN.user_id)
        floor = ask(does_nothing(slack, process_before_response=True), text="Jamie")
        default = ask(does_nothing(slack, process_before_response=False), text="Jamie")
        told = ask(one.app, text="Jamie", expected="Jamie Wilson")
        rows: list[Row] = []
        tell("asking")
        before = _logged(one)
        headline = in_turns({FLOOR: floor, DEFAULT: default, "told": told}, rounds, seldom=[DEFAULT])
        if _logged(one) - before < rounds:
            raise RuntimeError("an answer was given that is not in the look-up log")
        tell(f"half of the answers took {spread(headline['told'])}, of the floors {spread(headline[FLOOR])}")
        what = "`/consent Jamie`, one such child"
        rows += [
            timed(f"{what}; floor: no-op answered at once", headline["told"], headline[FLOOR], most=BEFORE),
            timed(f"{what}; floor: no-op in Bolt's default mode", headline["told"], headline[DEFAULT], most=AFTER),
        ]
        more = {
            "`/consent Jamie`, sixteen such children: which one?": ("Jamie", "Which Jamie?"),
            "`/consent 3B for website video`, a class of 26": ("3B for website video", "3B: leave out"),
            "`/consent Jaimie Willson`, misspelt: did you mean?": ("Jaimie Willson", "Did you mean"),
        }
        names = _named(all_of_them)
        more[ONE_USE] = (f"{names[0]} for twitter photo", "Twitter/X")
        more[f"{THIRTY} children by name for one use"] = (f"{', '.join(names)} for twitter photo", f"of {THIRTY}")
        asked = {what: ask(all_of_them.app, text=text, expected=words) for what, (text, words) in more.items()}
        taken = in_turns({FLOOR: floor, **asked}, max(rounds // 3, 20))
        for what in asked:
            is_many = what.startswith(str(THIRTY))
            most = OF_THIRTY if is_many else OF_A_CLASS if "a class of" in what else None
            below = f"{what}; floor: {ONE_USE}" if is_many else what
            rows.append(timed(below, taken[what], taken[ONE_USE if is_many else FLOOR], most=most))
        for bot in (one, all_of_them):
            bot.close()
        return Section(TITLE, HOW, tuple(rows))


def _named(bot: Bot) -> list[str]:
    """Return children whom name and class make certain, as one would type them."""
    with bot.database.read() as connection:
        each = pupil.c
        rows = connection.execute(select(each.forename, each.surname, each.class_name).order_by(each.id)).all()
    typed = Counter(f"{row.forename} {row.surname} {row.class_name}" for row in rows)
    return [name for name, count in typed.items() if count == 1][:THIRTY]


def _logged(bot: Bot) -> int:
    with bot.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(look_up)).scalar_one())
