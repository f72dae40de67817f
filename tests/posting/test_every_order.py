"""Whatever comes in whatever order: nobody without a current Yes may go, and no take-down is lost or doubled."""

from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.context import Context
from bot.errors import Conflict, LanyardError
from bot.rules.consent.ledger import State
from bot.rules.posting.checks import Form, TakenWith, Verdict
from bot.rules.posting.posts import Event
from bot.rules.posting.take_downs import OVER, TAKE_DOWN, Outcome
from bot.rules.school import Media
from bot.services.consent import ledger, roll, undo
from bot.services.posting import checks, corrections, posts, removals, take_downs
from bot.services.posting.who import Who
from storage.posting import posts as post_storage
from storage.posting import surfaces
from storage.posting import take_downs as storage
from tests.people import HANA, OLU
from tests.school import School, acting

PUPILS = (1, 3)  # of the sample roll: both begin with a Yes for the feed
SERIAL = count()
STEPS = st.tuples(
    st.sampled_from(
        [
            "yes",
            "no",
            "up",
            "down",
            "strike",
            "check",
            "post",
            "posted",
            "tick",
            "changed",
            "later",
            "night",
            "without",
            "with",
        ]
    ),
    st.sampled_from(PUPILS),
)


def consent(context: Context, pupil_id: int, verdict: str, day: date | None = None) -> None:
    form = {"decided_by": "Noor van Dijk", "relationship": "Mother", "method": "form", "use-twitter": verdict}
    form["effective_from"] = f"{day or context.today():%Y-%m-%d}"
    ledger.record(context, pupil_id, form, request_id=f"form {next(SERIAL)}")


def feed(context: Context) -> int:
    with context.look() as tx:
        return next(each.surface_id for each in surfaces.every(tx.connection, 1) if each.use_key == "twitter")


def states(context: Context) -> dict[int, State]:
    with context.look() as tx:
        return {pupil: known["twitter", Media.PHOTO] for pupil, known in checks.states(tx, PUPILS).items()}


def who(context: Context) -> Who:
    index = roll.kept(context)
    return Who(tuple(roll.pupil(index, each) for each in PUPILS), PUPILS, ())


def checked(context: Context) -> checks.Checked:
    form = Form((feed(context),), Media.PHOTO, TakenWith.SCHOOL, len(PUPILS), "", frozenset())
    return checks.check(context, form, who(context), request_id=f"check {next(SERIAL)}")


def act(school: School, context: Context, what: str, pupil_id: int, held: list[checks.Checked]) -> None:
    written = {"place": f"https://x.example/{next(SERIAL)}", "posted": f"{context.today():%Y-%m-%d}"}
    if what in {"yes", "no"}:
        consent(context, pupil_id, what)
    elif what in {"up", "down"}:
        ledger.set_flag(
            acting(school, OLU) if what == "up" else context, pupil_id, raised=what == "up", reasons="Why so."
        )
    elif what == "strike":
        known = ledger.history(context, pupil_id)
        key = next(each.key for each in known.occasions[::-1] if each.struck is None)
        undo.strike_out(context, pupil_id, key, "It was another child.", shown_until=known.newest)
    elif what == "check":
        held.append(checked(context))
    elif what == "post":
        posts.log_afterwards(context, written, (feed(context), Media.PHOTO), who(context), request_id=f"{next(SERIAL)}")
    elif what == "posted" and held:
        made = held.pop()
        posts.log(context, made.check.check_id, made.check.token, written, [str(feed(context))])
    elif what in {"without", "with"}:
        correct(context, pupil_id, is_in=what == "with")
    elif what in {"tick", "changed"}:
        tick_off(context, Outcome.REMOVED if what == "tick" else Outcome.CHANGED)
    elif what == "later":
        consent(context, pupil_id, "no", context.today() + timedelta(days=1))
    elif what == "night":
        school.clock.forward(days=1)
        checks.tick(context)
        take_downs.tick(context)


def correct(context: Context, pupil_id: int, *, is_in: bool) -> None:
    """Correct the newest post that is out: this pupil is in it, or is not."""
    with context.look() as tx:
        mine = posts.DESK.mine(tx, context.person, 50)
    for view in [each for each in mine if each.state == "published"][:1]:
        shown = {each.pupil_id for each in view.form.shown} - {pupil_id} | ({pupil_id} if is_in else set())
        chosen = corrections.Chosen(view.form.surface_id, view.form.medium, shown, view.record.version)
        written = {"place": view.form.place, "posted": f"{view.form.posted_on:%Y-%m-%d}"}
        seen = {"token": view.record.token, "shown_for": view.record.state}
        corrections.act(context, view.record.number, Event.CORRECT, written, chosen, **seen)


def tick_off(context: Context, outcome: Outcome) -> None:
    for view in removals.open_ones(context)[:1]:
        lines = [item.line.line_id for item in view.form.open_items][:1]
        removals.tick_off(context, view.record.number, view.record.token, lines, {"outcome": outcome})


def lines(context: Context) -> list[storage.Line]:
    with context.look() as tx:
        return sorted(storage.lines_of_pupils(tx.connection, 1, PUPILS), key=lambda line: line.line_id)


def holds(context: Context) -> None:
    stands, found = states(context), lines(context)
    result = checked(context).result
    assert {each.pupil_id for each in result.places[0].included} == {
        pupil for pupil, state in stands.items() if state is State.YES
    }
    assert (result.verdict is Verdict.GO) == (set(stands.values()) == {State.YES})
    is_open = [(line.post_id, line.pupil_id, line.cause) for line in found if line.outcome is None]
    assert max(Counter(is_open).values(), default=1) == 1
    of_pictures = Counter((post, pupil) for post, pupil, _ in is_open if post is not None)
    assert max(of_pictures.values(), default=1) == 1
    with context.look() as tx:
        shown = post_storage.shown(tx.connection, 1, PUPILS)
    for each in shown:
        wanted = stands[each.pupil_id] in TAKE_DOWN
        is_seen_to = {None, *Outcome} - {*OVER, Outcome.CHANGED}  # a line that is open, or was ended by somebody
        has_line = any(
            (line.post_id, line.pupil_id) == (each.post_id, each.pupil_id) and line.outcome in is_seen_to
            for line in found
        )
        assert not wanted or has_line
        if stands[each.pupil_id] is State.YES:
            assert (each.post_id, each.pupil_id) not in of_pictures
    with context.begin() as tx:
        take_downs.derive(tx)
        checks.derive(tx)
    assert lines(context) == found


@pytest.mark.databases("sqlite")
@pytest.mark.policy("4.5", "4.6", "4.7")
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=1, max_size=7))
def test_every_order(school: School, steps: list[tuple[str, int]]) -> None:

    context, held = acting(school, HANA), list[checks.Checked]()
    for pupil_id in PUPILS:
        restore(context, pupil_id)
    for what, pupil_id in steps:
        try:
            act(school, context, what, pupil_id, held)
        except (Conflict, StopIteration):
            continue  # the flag is up already, or there is nothing left to strike out
        except LanyardError as error:
            raise AssertionError(f"{what}: {error}") from error
        holds(context)


def restore(context: Context, pupil_id: int) -> None:
    """Begin each time with a Yes, on whatever came before."""
    with suppress(Conflict):
        ledger.set_flag(context, pupil_id, raised=False, reasons="To begin with.")
    consent(context, pupil_id, "yes")
