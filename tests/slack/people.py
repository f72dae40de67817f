"""What people do in Slack: type commands, press buttons, fill in forms; and what they then see.

    slack = Workspace(app, fake)
    answer = slack.command(ANN, "/consent", "Jamie")
    answer = slack.press(ANN, answer, "Open the record")
    answer = slack.submit(ANN, answer, {"Reasons": "She moved away"})

Everything goes through Bolt as a signed HTTP request. A person can only use what they can see; anything else is an
AssertionError of the test, not an answer of the bot.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from slack_bolt import App, BoltRequest

from tests.slack.answers import OK, Answer, Delivery, Outcome, Settling
from tests.slack.controls import Control, action_of, find_control
from tests.slack.fake import FakeSlack
from tests.slack.forms import KINDS, Forged, check_required, entered_state, find_input
from tests.slack.payloads import FORM, JSON, Payloads, Place, signed_headers
from tests.slack.rules import Json
from tests.slack.screens import Screens, Sight, Surface
from tests.slack.views import View
from tests.slack.world import Message

__all__ = ["Answer", "Forged", "Sight", "Workspace"]

SIGNING_SECRET = "fake-signing-secret"
Shown = TypeVar("Shown", View, Message)
DEFAULT_MIN_QUERY = 3  # characters typed before Slack asks for an external select's options


class Workspace:
    """The people of the fake, using one Bolt app.

    Set `signing_secret` to forge signatures, `age_seconds` to send old requests, `team_id` to come from a foreign
    workspace (None: the true one).
    """

    def __init__(self, app: App, fake: FakeSlack, *, signing_secret: str = SIGNING_SECRET) -> None:
        self.app = app
        self.fake = fake
        self.signing_secret = signing_secret
        self.age_seconds = 0
        self._payloads = Payloads(fake)
        self._settling = Settling(fake)
        self._screens = Screens(fake)

    @property
    def team_id(self) -> str | None:
        """The team that requests claim to come from."""
        return self._payloads.team_id

    @team_id.setter
    def team_id(self, team_id: str | None) -> None:
        self._payloads.team_id = team_id

    def command(self, user_id: str, command: str, text: str = "", *, channel: str | None = None) -> Answer:
        """Type a slash command. `channel`: where; by default in the conversation with the bot."""
        where = channel or self.fake.dm_of(user_id)
        if user_id not in self.fake.channels[where].members:
            raise AssertionError(f"{user_id} is not in {where} and cannot type there")
        self._leave_forms(user_id)
        key = self.fake.urls.issue(user_id, where)
        body = self._payloads.command(user_id, command, text, where, key)
        settle = self._settling.command
        return self._deliver(Delivery(user_id, body, FORM, lambda response: settle(response, user_id, where, key)))

    def press(
        self,
        user_id: str,
        surface: Surface,
        name: str,
        value: Any = None,
        *,
        near: str | None = None,
        sight: Sight = Sight.NOW,
        forge: Json | None = None,
    ) -> Answer:
        """Press a button or choose from a menu, named by its visible text, option text or action_id.

        `value`: for menus, pickers and tick boxes what to choose; for buttons which of several, or a forged value.
        `near`: words beside or above it. `forge`: fields of the action to send instead of the true ones.
        """
        place, control = self._screens.find(
            surface, user_id, sight, lambda shown: (shown, self._control(user_id, shown, name, value, near))
        )
        block, element = control.block, control.element
        now = self._screens.state(place).get(block["block_id"], {}).get(element["action_id"])
        action = action_of(control, value, self._screens.field(user_id, place, block, element), now)
        if element["type"] in KINDS:
            kept = {name: action[name] for name in ("type", KINDS[element["type"]].key)}
            self._screens.keep(place, block, element, kept)
        if not _is_modal(place):
            self._leave_forms(user_id)
        body = self._payloads.actions(user_id, place, {**action, **(forge or {})}, self._screens.state(place))
        return self._deliver(Delivery(user_id, body, FORM, self._settling.silent, at_home=_is_home(place)))

    def fill(self, user_id: str, surface: Surface, entries: Mapping[str, Any], *, sight: Sight = Sight.NOW) -> View:
        """Enter values into a form without submitting it; names as in submit()."""
        view = self._screens.find(surface, user_id, sight, _as_modal)
        for name, entry in entries.items():
            block, element = find_input(view.blocks, name)
            field = self._screens.field(user_id, view, block, element)
            self._screens.keep(view, block, element, entered_state(field, entry))
        return view

    def submit(
        self,
        user_id: str,
        surface: Surface,
        entries: Mapping[str, Any] | None = None,
        *,
        sight: Sight = Sight.NOW,
        forge: Json | None = None,
    ) -> Answer:
        """Fill in a form and press its submit button.

        `entries`: label, the beginning of it, block_id or action_id → what to enter: text, a day, option texts, a
        user's id, files from fake.add_file; None empties. Raises AssertionError if Slack would not let them submit.
        `forge`: fields of the view to send instead of the true ones; `Forged(…)` as an entry skips the client's checks.
        """
        view = self.fill(user_id, surface, entries or {}, sight=sight)
        if not view.payload.get("submit"):
            raise AssertionError(f"the view {view.title!r} has no submit button")
        state = self._screens.state(view)
        check_required(view.blocks, state)
        body = self._payloads.submission(user_id, view, state, forge or {})
        settle = self._settling.submission
        return self._deliver(Delivery(user_id, body, FORM, lambda response: settle(response, view, user_id)))

    def close(self, user_id: str, surface: Surface) -> Answer | None:
        """Close the form in front without submitting. The bot hears of it (Answer) only if it asked to."""
        view = self._screens.find(surface, user_id, Sight.NOW, _as_modal)
        delivery = self._closing(view)
        if view.payload.get("clear_on_close"):
            self.fake.views.clear(user_id)
        else:
            self.fake.views.close(view)
        return self._deliver(delivery) if delivery else None

    def suggest(self, user_id: str, surface: Surface, name: str, query: str) -> list[Json]:
        """Type into an external select, named as in submit(); returns the options that it then offers."""
        answer = self.suggestion(user_id, surface, name, query)
        if answer.status != OK:
            raise AssertionError(f"the query was answered with status {answer.status}")
        return answer.options

    def suggestion(self, user_id: str, surface: Surface, name: str, query: str, *, sight: Sight = Sight.NOW) -> Answer:
        """Type into an external select, with whatever comes of it."""
        place, block, element = self._screens.find(
            surface, user_id, sight, lambda shown: (shown, *find_input(shown.blocks, name))
        )
        if not element["type"].endswith("external_select"):
            raise AssertionError(f"{name!r} is a {element['type']}; Slack does not ask the app about it")
        if len(query) < element.get("min_query_length", DEFAULT_MIN_QUERY):
            raise AssertionError(f"Slack would not ask about {query!r} yet: it is too short")
        body = self._payloads.suggestion(user_id, place, block, element, query, self._screens.state(place))
        delivery = Delivery(user_id, body, FORM, self._settling.suggestion, at_home=_is_home(place))
        answer = self._deliver(delivery)
        self._screens.offer(user_id, place, element, answer.options)
        return answer

    def shortcut(self, user_id: str, callback_id: str, message: Message | None = None) -> Answer:
        """Use a shortcut from the search box or, with a message, from that message's menu."""
        if message and (message.only_for or not self.fake.sees(user_id, message)):
            raise AssertionError(f"{user_id} has no menu at that message in {message.channel}")
        self._leave_forms(user_id)
        body = self._payloads.shortcut(user_id, callback_id, message)
        return self._deliver(Delivery(user_id, body, FORM, self._settling.silent))

    def open_home(self, user_id: str) -> View:
        """Open the app's Home tab. Raises AssertionError if the bot has never published one for this person."""
        self._leave_forms(user_id)
        shown = self.fake.home(user_id)
        view: Json = {"view": shown.to_slack(self.fake.team_id)} if shown else {}
        self.event("app_home_opened", user=user_id, channel=self.fake.dm_of(user_id), tab="home", **view)
        home = self.fake.home(user_id)
        if home is None:
            raise AssertionError(f"no Home tab was published for {user_id}")
        return home

    def write(self, user_id: str, text: str, **more: Any) -> Answer:
        """Write into the Messages tab. `more`: what the event holds beside the usual."""
        said = self.fake.say(user_id, self.fake.dm_of(user_id), text)
        told = {**said.to_slack(), "channel": said.channel, "channel_type": "im", **more}
        return self.event(told.pop("type"), **told)

    def event(self, kind: str, **fields: Any) -> Answer:
        """Something happens in the workspace; `fields` are those of the event, for example `user=`."""
        user = fields.get("user")
        user_id = user if isinstance(user, str) else str((user or {}).get("id", ""))
        at_home = kind == "app_home_opened"
        body = self._payloads.event(kind, fields)
        return self._deliver(Delivery(user_id, body, JSON, self._settling.silent, at_home=at_home))

    def again(self, answer: Answer) -> Answer:
        """The identical request once more, as Slack sends it when it has not heard back in time."""
        return self._deliver(answer.delivery.again())

    def inbox(self, user_id: str) -> list[Message]:
        """What this person reads in their conversation with the bot, oldest change first."""
        return list(self.fake.visible(user_id, channel=self.fake.dm_of(user_id)))

    def message(self, user_id: str, words: str) -> Message:
        """The message that changed last, among all that this person can read, with these words in it."""
        for found in reversed(list(self.fake.visible(user_id))):
            if words in found.text:
                return found
        raise AssertionError(f"{user_id} can read no message that says {words!r}")

    def now(self, place: Shown) -> Shown:
        """A view or message as it is at present. Raises AssertionError if it is gone."""
        current = self._screens.current(place)
        if not isinstance(current, type(place)):
            raise AssertionError("it is gone")
        return current

    def _control(self, user_id: str, place: Place, name: str, value: Any, near: str | None) -> Control:
        def offered(block: Json, element: Json) -> list[Json]:
            return self._screens.field(user_id, place, block, element).offered

        return find_control(place.blocks, name, value, offered, near=near)

    def _leave_forms(self, user_id: str) -> None:
        """Forms cover everything else: whoever does something else has closed them first."""
        for view in reversed(self.fake.views.stack(user_id)):
            delivery = self._closing(view)
            self.fake.views.close(view)
            if delivery:
                self._deliver(delivery)

    def _closing(self, view: View) -> Delivery | None:
        if not view.payload.get("notify_on_close"):
            return None
        body = self._payloads.closed(view.user_id, view, self._screens.state(view))
        return Delivery(view.user_id, body, FORM, self._settling.silent)

    def _deliver(self, delivery: Delivery) -> Answer:
        before = self.fake.revision
        headers = signed_headers(
            delivery.body,
            delivery.content_type,
            secret=self.signing_secret,
            age_seconds=self.age_seconds,
            retry=delivery.retry,
        )
        response = self.app.dispatch(BoltRequest(body=delivery.body, headers={**headers}, mode="http"))
        outcome = delivery.settle(response) if response.status == OK else Outcome()
        home = self.fake.home(delivery.user_id) if delivery.at_home else None
        return Answer(
            status=response.status,
            view=self.fake.views.top(delivery.user_id) or home,
            messages=tuple(self.fake.visible(delivery.user_id, since=before)),
            errors=outcome.errors,
            options=outcome.options,
            delivery=delivery,
            body=response.body,
        )


def _is_modal(place: Place) -> bool:
    return isinstance(place, View) and place.is_modal


def _is_home(place: Place) -> bool:
    return isinstance(place, View) and not place.is_modal


def _as_modal(place: Place) -> View:
    if not isinstance(place, View) or not place.is_modal:
        raise AssertionError("that is no form")
    return place
