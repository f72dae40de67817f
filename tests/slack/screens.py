"""What is on each person's screen: which views and messages they can use, and what they have typed so far."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TypeVar

from tests.slack.answers import Answer
from tests.slack.fake import FakeSlack
from tests.slack.forms import Field, State, state_of
from tests.slack.payloads import Place
from tests.slack.rules import Json
from tests.slack.views import View
from tests.slack.world import Message

Surface = Answer | View | Message
Found = TypeVar("Found")


class Sight(Enum):
    """How a person comes to use something."""

    NOW = "it is in front of them now"
    AS_SHOWN = "their screen is behind: it shows what was handed out, as with a double click"
    FORGED = "it is somebody else's: a home-made client"


class Screens:
    """Everybody's screen. What is not on it cannot be used: AssertionError."""

    def __init__(self, fake: FakeSlack) -> None:
        self._fake = fake
        self._drafts: dict[str, State] = {}
        self._offered: dict[tuple[str, str, str], list[Json]] = {}

    def find(self, surface: Surface, user_id: str, sight: Sight, look: Callable[[Place], Found]) -> Found:
        """The first of a surface's parts where `look` succeeds; it raises AssertionError where it does not."""
        problems: list[str] = []
        for part in _parts(surface):
            try:
                return look(self._place(part, user_id, sight))
            except AssertionError as problem:
                problems.append(str(problem))
        raise AssertionError("; ".join(problems) or f"{user_id} has nothing in front of them")

    def current(self, place: Place) -> Place | None:
        """The present state of a view or message; None if it is gone."""
        if isinstance(place, View):
            return self._fake.views.find(place.id)
        return self._fake.messages.get((place.channel, place.ts))

    def field(self, user_id: str, place: Place, block: Json, element: Json) -> Field:
        """An input with the options that were offered to this person for it."""
        return Field(block, element, self._offers(user_id, place, element))

    def offer(self, user_id: str, place: Place, element: Json, options: list[Json]) -> None:
        """Options of a type-ahead; they stay choosable while the form is open."""
        known = self._offers(user_id, place, element)
        known.extend(option for option in options if option not in known)

    def state(self, place: Place) -> State:
        """What all inputs hold now."""
        return state_of(place.blocks, self._drafts.get(_key(place), {}))

    def keep(self, place: Place, block: Json, element: Json, state: Json) -> None:
        """Remember what was entered; like Slack, also through an update with the same ids."""
        draft = self._drafts.setdefault(_key(place), {})
        draft.setdefault(block["block_id"], {})[element["action_id"]] = state

    def _offers(self, user_id: str, place: Place, element: Json) -> list[Json]:
        return self._offered.setdefault((user_id, _key(place), element["action_id"]), [])

    def _place(self, part: Place, user_id: str, sight: Sight) -> Place:
        now = self.current(part)
        if sight is Sight.FORGED:
            return now or part
        if isinstance(part, View):
            self._demand_view(part, user_id, sight)
        elif now is None or not self._fake.sees(user_id, part):
            raise AssertionError(f"{user_id} cannot see that message in {part.channel}")
        return part if sight is Sight.AS_SHOWN or now is None else now

    def _demand_view(self, view: View, user_id: str, sight: Sight) -> None:
        if view.user_id != user_id:
            raise AssertionError(f"{user_id} cannot see the view {view.title!r} of {view.user_id}")
        in_front = self._fake.views.top(user_id) if view.is_modal else self._fake.home(user_id)
        if sight is Sight.NOW and (in_front is None or in_front.id != view.id):
            raise AssertionError(f"the view {view.title!r} is not in front of {user_id} any more")


def _parts(surface: Surface) -> list[Place]:
    """A view before messages, new messages before old ones."""
    if isinstance(surface, Answer):
        return [*([surface.view] if surface.view else []), *reversed(surface.messages)]
    return [surface]


def _key(place: Place) -> str:
    return place.id if isinstance(place, View) else f"{place.channel}/{place.ts}"
