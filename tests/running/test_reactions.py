"""What one feature changes, others react to before it ends; one that fails undoes nothing, and is made up for."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text

from bot.changes import Change, FilterChanged
from bot.context import Context, Transaction
from bot.services.features import FEATURES, REACTIONS
from bot.services.filter import register
from storage import audit, reactions
from storage.outbox import queue
from tests.access.test_access import YES, ask, decide
from tests.people import ANN, HANA
from tests.school import School, acting


def breaks(tx: Transaction, _change: Change) -> None:
    """React, and fail after something was written and somebody was to be told."""
    tx.connection.execute(text("UPDATE access_request SET state = 'withdrawn'"))
    tx.changed(FilterChanged("AR-1"))
    raise ValueError("a name that must not get into any log")


def reacting(school: School, react: Callable[[Transaction, Any], None]) -> Context:
    """Return the headteacher's context, in which access requests react so to a change of the filter."""
    return acting(school, HANA)._replace(reactions={FilterChanged: [("access", react)]})


def to_do(context: Context) -> dict[int, Any]:
    with context.look() as tx:
        return {entry.number: entry.state for entry in register.to_do(tx, context.person)}


def owed(school: School) -> set[str]:
    with school.context().look() as tx:
        return set(reactions.all_owed(tx.connection, tx.school_id))


def told_that_it_is_open(school: School) -> int:
    """Count the messages that were put in because Ann's site is open."""
    with school.database.read() as connection:
        keys = connection.execute(select(queue.outbox.c.key)).scalars()
        return sum(key.endswith("-applied") for key in keys)


@pytest.fixture
def approved(school: School) -> School:
    """Ann's request is approved; the filter is still to be changed."""
    ask(school)
    decide(school, HANA, "Approve", YES)
    return school


def test_one_that_fails_undoes_nothing_and_is_made_up_for_by_the_next_tick(approved: School, log: io.StringIO) -> None:
    context = reacting(approved, breaks)
    register.confirm(context, to_do(context))
    assert to_do(context) == {}  # the change itself stands
    approved.deliver()
    assert told_that_it_is_open(approved) == 0
    assert owed(approved) == {"access"}
    assert "a name that must not" not in log.getvalue()
    assert "reaction failed" in log.getvalue()
    approved.tick()
    assert owed(approved) == set()
    assert told_that_it_is_open(approved) == 1
    approved.tick()
    assert told_that_it_is_open(approved) == 1
    with approved.database.read() as connection:
        actions = [action for action, _ in audit.entries(connection, 1)]
    assert actions.count("reactions.failed") == actions.count("reactions.made_up") == 1


def test_what_a_broken_reaction_had_begun_is_gone(approved: School) -> None:
    context = reacting(approved, breaks)
    register.confirm(context, to_do(context))
    assert "withdrawn" not in approved.home(ANN).text


def test_reactions_that_call_each_other_for_ever_are_a_mistake_of_ours(approved: School) -> None:
    context = reacting(approved, lambda tx, change: tx.changed(change))
    with pytest.raises(RuntimeError, match="without an end"):
        register.confirm(context, to_do(context))
    assert to_do(context)  # nothing was changed


def test_every_reaction_of_every_feature_is_in_the_list_and_can_be_derived() -> None:
    named = {(change, feature.name) for feature in FEATURES for change in feature.reacts}
    assert named == {(change, name) for change, reacting in REACTIONS.items() for name, _ in reacting}
    nothing = FEATURES[0]._field_defaults["derive"]
    for feature in FEATURES:
        assert not feature.reacts or feature.derive is not nothing, feature.name
