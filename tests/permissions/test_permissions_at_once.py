"""Two who decide on a permission at the same moment: one wins, the other is told, and nothing is half done (§5.9)."""

from collections.abc import Callable

import pytest

from bot.errors import Conflict
from bot.rules.permissions import Event, State
from bot.services import permissions
from tests.people import ANN, DEV, HANA, Someone
from tests.permissions.test_permissions import WIFI, ask, coordinator
from tests.school import School, acting, at_once


@pytest.mark.policy("5.9")
def test_two_who_take_different_steps_of_one_state_at_once(school: School) -> None:
    """The headteacher permits while the E-Safety Co-ordinator confirms: one of them is told, and does it again."""
    coordinator(school, DEV)
    ask(school, ANN, WIFI)
    token = permissions.DESK.get(acting(school, ANN), 1).record.token

    def taken(who: Someone, event: Event) -> Callable[[], object]:
        context, state = acting(school, who), State.AWAITING_BOTH
        signed = {"reasons": "Good.", "signature": who.name}
        return lambda: permissions.act(context, 1, event, signed, token=token, shown_for=state)

    wrong = at_once(taken(HANA, Event.PERMIT), taken(DEV, Event.CONFIRM))
    assert [type(error) for error in wrong] == [Conflict]
    view = permissions.DESK.get(acting(school, ANN), 1)
    assert len(view.steps) == 1
    assert view.state in {State.AWAITING_CONTROLS, State.AWAITING_HEAD}
