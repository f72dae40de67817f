"""The one module that knows Bolt: who may, acknowledge, errors → replies, one route table.

Bolt checks what comes in, and then asks its listeners one after another whether they want it. The router is the last
of the checks instead, and looks the route up in a dictionary: asking takes Bolt longer than the answer takes us. It
answers before the response is sent, and each handler is one transaction: what Slack sees acknowledged is committed.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

from slack_bolt import Ack, App, BoltRequest, BoltResponse
from slack_bolt.middleware import Middleware
from slack_sdk.errors import SlackApiError

from bot import logs
from bot.clock import Now
from bot.context import Context
from bot.errors import BadInput, Busy, LanyardError, Refused
from bot.logs import log, where
from bot.rules.people import Actor
from bot.services.features import REACTIONS
from bot.services.school import people
from bot.wording import page
from handlers.blocks import Modal
from handlers.parts import roles
from handlers.requests import (
    Done,
    Errors,
    Home,
    Kind,
    Later,
    Noted,
    Open,
    Push,
    Reply,
    Request,
    Route,
    Say,
    Suggestions,
    Tell,
    Update,
)
from handlers.slack import calling, draw, incoming, later, mishaps, shape, windows
from handlers.slack.calling import Caller, NoReplyError
from handlers.slack.directory import NO_ANSWER, Directory
from handlers.slack.files import download
from handlers.slack.incoming import Arrived
from handlers.slack.messages_tab import MessagesTab
from handlers.slack.views import TooLateError, Views
from storage.engine import Database

Body = Mapping[str, Any]

# What Slack calls it → what it is to us. A command has no type, and an event is told apart by the event's own type.
KINDS: Mapping[str, Kind] = {
    "block_actions": Kind.BUTTON,
    "view_submission": Kind.FORM,
    "view_closed": Kind.CLOSED,
    "block_suggestion": Kind.OPTIONS,
    "shortcut": Kind.SHORTCUT,
    "message_action": Kind.SHORTCUT,
}


HOMES = 64  # locks; a few people share one


class Router(Middleware):
    """Takes what Slack delivers to the handler that the route table names, and the handler's reply back."""

    def __init__(self, app: App, client: Caller, routes: Iterable[Route], *, database: Database, now: Now) -> None:
        self._routes = _table(routes)
        self._database = database
        self._now = now
        self._client = client
        self.directory = Directory(client)
        self._views = Views(client, now)
        self._messages_tab = MessagesTab(client, now)
        self._later = later.Later()
        self._homes = [threading.Lock() for _ in range(HOMES)]
        self.after_change: Callable[[], None] = lambda: None  # a change may have put something into the outbox
        app.use(self)

    def process(
        self,
        *,
        req: BoltRequest,
        resp: BoltResponse,
        next: Callable[[], BoltResponse],  # noqa: A002 - as Bolt calls it
    ) -> BoltResponse:
        """Answer what Bolt has found to come from Slack; refuse what has not the shape of what Slack sends."""
        body, ack = req.body, req.context.ack
        kind = Kind.COMMAND if "command" in body else KINDS.get(str(body.get("type")))
        event = body["event"] if body.get("type") == "event_callback" and shape.is_event(body.get("event")) else {}
        happened = event.get("type")
        if happened == "app_home_opened":
            kind = Kind.HOME
        if kind is not None and not shape.is_sound(kind, body):
            log.info("malformed", kind=kind.value)
            return BoltResponse(status=HTTPStatus.BAD_REQUEST, body="")
        if kind is not None:
            self._answer(incoming.arrived(kind, body), ack)
        elif happened == "user_change":
            try:
                self._user_change(body)
            except Busy:
                return BoltResponse(status=HTTPStatus.SERVICE_UNAVAILABLE, body="")  # Slack tells it again
        elif happened == "message":
            self._words(body)
        elif not happened:
            return BoltResponse(status=HTTPStatus.NOT_FOUND, body="")  # Bolt has no listener for it either
        # Unacknowledged, any other event would come three times more.
        return ack.response or ack()

    def _answer(self, arrived: Arrived, ack: Ack) -> None:
        """Answer one request. Of somebody's Home one after the other: what was read first is never shown last."""
        if arrived.kind is Kind.HOME:
            with self._homes[hash(arrived.user_id) % HOMES]:
                self._answer_now(arrived, ack)
        else:
            self._answer_now(arrived, ack)

    def _answer_now(self, arrived: Arrived, ack: Ack) -> None:
        """One request, whatever becomes of it, ends in one answer that a person can understand.

        It waits no longer for what it needs of Slack than Slack waits for it.
        """
        reply: Reply | None = None
        last_word: Reply | None = None
        with calling.within(calling.ANSWERING_SECONDS):
            try:
                reply = self._handle(arrived)
            except LanyardError as error:
                last_word = mishaps.told(arrived, error)
            except Exception:
                last_word = mishaps.unexpected(arrived, "unexpected")
            if reply is not None:
                try:
                    self._deliver(arrived, reply, ack)
                    self._bring_home_up_to_date(arrived, reply)
                except TooLateError:
                    self._tell_too_late(arrived, ack)
                except Exception:
                    last_word = mishaps.unexpected(arrived, "undelivered")
            left = calling.left()
        if last_word is not None:
            with calling.within(max(left, calling.LAST_WORD_SECONDS)):
                self._say_last(arrived, last_word, reply or last_word, ack)
        if arrived.kind in {Kind.FORM, Kind.BUTTON}:
            self.after_change()

    def _say_last(self, arrived: Arrived, last_word: Reply, later_word: Reply, ack: Ack) -> None:
        """Say that nothing came of it, or that nobody can see it; where Slack refuses even that, say it once more."""
        try:
            self._deliver(arrived, last_word, ack)
        except TooLateError:
            self._tell_too_late(arrived, ack)
        except Exception:
            ids = {"code": logs.code(), "kind": arrived.kind.value, "route": arrived.name, "where": where()}
            ack()
            if arrived.kind is Kind.HOME:
                log.error("put off", **ids)
                self._do_later(arrived.name, lambda: self._deliver(arrived, later_word, ack))
            elif isinstance(last_word, Say) and arrived.body.get("response_url"):
                log.error("put off", **ids)
                self._do_later(arrived.name, lambda: self._deliver(arrived, last_word, ack))
            else:
                # Slack takes nothing from us: it is in the log, and the next request starts afresh.
                log.error("gave up", **ids)

    def _tell_too_late(self, arrived: Arrived, ack: Ack) -> None:
        """Say what no window can: beside what was typed or pressed, or else in the conversation with Lanyard.

        An acknowledgement may come too late as well, and then Slack drops what it holds.
        """
        log.info("too late", kind=arrived.kind.value, route=arrived.name)
        ack()

        def tell() -> None:
            said = mishaps.too_late()
            text, shown = str(said.text), draw.message(said.blocks)
            url = str(arrived.body.get("response_url") or "")
            beside = {"response_type": "ephemeral", "replace_original": False, "text": text, "blocks": shown}
            if not url or not self._is_taken(url, beside):
                self._client.chat_postMessage(
                    channel=arrived.user_id, text=text, blocks=shown, unfurl_links=False, unfurl_media=False
                )

        self._do_later(arrived.name, tell)

    def _handle(self, arrived: Arrived) -> Reply:
        route = self._routes.get((arrived.kind, arrived.name))
        actor = people.identify(
            self._database, self._now, self.directory.user, team_id=arrived.team_id, slack_user=arrived.user_id
        )
        if route is None:
            raise BadInput(page("router/messages").text("unknown"))
        if not actor.person.roles & route.roles:
            raise Refused(page("router/messages").text("not_your_role", roles=roles.spoken(route.roles, "or")))
        return route.handle(self._request(arrived, actor))

    def _request(self, arrived: Arrived, actor: Actor) -> Request:
        return Request(
            kind=arrived.kind,
            name=arrived.name,
            context=Context(self._database, actor.school, self._now, REACTIONS, actor),
            front=self,
            place_is_private=lambda: self._place_is_private(arrived),
            entered=lambda: incoming.entered(arrived.body, partial(download, self._client)),
            **incoming.read(arrived.body),
        )

    def _place_is_private(self, arrived: Arrived) -> bool:
        if arrived.body.get("view") or not arrived.channel_id:
            return True  # a form or the Home tab: nobody else sees it
        return self.directory.is_private_place(arrived.team_id, arrived.user_id, arrived.channel_id)

    # ── replies ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _deliver(self, arrived: Arrived, reply: Reply, ack: Ack) -> None:
        if isinstance(reply, Later):
            self._deliver(arrived, reply.reply, ack)
            self._do_later(arrived.name, reply.job)
            return
        _DELIVERIES[type(reply)](self, arrived, reply, ack)

    def _say(self, arrived: Arrived, reply: Say, ack: Ack) -> None:
        said: dict[str, Any] = {"response_type": "ephemeral", "text": reply.text, "blocks": draw.message(reply.blocks)}
        if arrived.kind is Kind.COMMAND:
            ack(**said)
            return
        ack()
        if arrived.body.get("view") or not arrived.body.get("response_url"):
            self._window(arrived, mishaps.as_window(reply))
            return
        said |= {"replace_original": not isinstance(reply, Tell), "unfurl_links": False, "unfurl_media": False}
        # Half an hour is the life of a button's address: then a private window does as well.
        if not self._is_taken(str(arrived.body["response_url"]), said):
            self._window(arrived, mishaps.as_window(reply))

    def _is_taken(self, url: str, said: Mapping[str, Any]) -> bool:
        try:
            return self._client.answer_at(url, said)
        except NoReplyError:
            return False

    def _open(self, arrived: Arrived, reply: Open, ack: Ack) -> None:
        self._views.lead_on(arrived, _drawn(arrived, reply.view))
        ack()

    def _window(self, arrived: Arrived, window: Modal) -> None:
        self._views.put(arrived, _drawn(arrived, window))

    def _update(self, arrived: Arrived, reply: Update, ack: Ack) -> None:
        view = arrived.body.get("view") or {}
        if arrived.kind is Kind.FORM:
            ack(response_action="update", view=windows.asked_anew(_drawn(arrived, reply.view), after=str(view["hash"])))
            return
        if not arrived.is_in_modal:  # pressed where nothing of the kind is shown
            self._open(arrived, Open(reply.view), ack)
            return
        self._views.replace(arrived, _drawn(arrived, reply.view))
        ack()

    def _push(self, arrived: Arrived, reply: Push, ack: Ack) -> None:
        if arrived.kind is Kind.FORM:
            ack(response_action="push", view=_drawn(arrived, reply.view))
            return
        self._views.lead_on(arrived, _drawn(arrived, reply.view))
        ack()

    def _errors(self, arrived: Arrived, reply: Errors, ack: Ack) -> None:
        ids = windows.ids(arrived.body["view"])
        shown = {ids[name]: said for name, said in reply.fields.items() if name in ids}
        first = next(iter(reply.fields.values()))
        if not ids:  # nothing is asked there under which Slack would show it
            told = mishaps.spoken(page("router/messages").text("mishap", message=first))
            self._update(arrived, Update(mishaps.as_window(told)), ack)
            return
        ack(response_action="errors", errors=shown or {next(iter(ids.values())): first})

    def _done(self, _arrived: Arrived, _reply: Done | Noted, ack: Ack) -> None:
        ack()

    def _suggest(self, _arrived: Arrived, reply: Suggestions, ack: Ack) -> None:
        ack(options=draw.options(reply.options))

    def _home(self, arrived: Arrived, reply: Home, ack: Ack) -> None:
        ack()
        self._client.views_publish(user_id=arrived.user_id, view=draw.view(reply.view))

    def _bring_home_up_to_date(self, arrived: Arrived, reply: Reply) -> None:
        """Show Home anew behind a window that was opened from it, once something may have been done there."""
        is_from_home = arrived.is_in_modal and windows.is_from_home(incoming.view_of(arrived.body))
        if is_from_home and isinstance(reply.reply if isinstance(reply, Later) else reply, Update | Done):
            home = incoming.at_home(arrived)
            nobody_waits: Ack = Ack()  # type: ignore[no-untyped-call]  # Bolt's own
            self._do_later(home.name, lambda: self._answer(home, nobody_waits))

    # ── the slow rest ────────────────────────────────────────────────────────────────────────────────────────────

    def _do_later(self, what: str, job: Callable[[], None]) -> None:
        def run() -> None:
            try:
                job()
            except Exception as error:
                log.error("later failed", route=what, error=type(error).__name__, code=logs.code())

        self._later.put_off(run)

    def drain(self, seconds: float | None = None) -> bool:
        """Finish everything that was put off; returns whether that is done. `seconds`: for how long at most."""
        return self._later.drain(seconds)

    # ── what handlers may ask of Slack ───────────────────────────────────────────────────────────────────────────

    def change_window(self, window_id: str, window: Modal) -> bool:
        """Show something else in an open window; False where the person has closed it. Raises Busy."""
        try:
            return self._views.change(window_id, draw.view(window))
        except (SlackApiError, NoReplyError) as error:
            raise Busy(NO_ANSWER) from error

    def _user_change(self, body: Body) -> None:
        if shape.is_change(body):
            user = incoming.account(body["event"]["user"])
            people.slack_changed(self._database, self._now, team_id=body["team_id"], user=user)

    def _words(self, body: Body) -> None:
        if not shape.is_message(body):
            return
        team_id, event = str(body["team_id"]), body["event"]

        def is_staff() -> bool:
            try:
                people.identify(
                    self._database, self._now, self.directory.user, team_id=team_id, slack_user=str(event["user"])
                )
            except LanyardError:  # an outsider, an account that Slack does not know, or nobody can say just now
                return False
            return True

        self._do_later("message", lambda: self._messages_tab.answer(event, is_staff))


_DELIVERIES: Mapping[type, Callable[..., None]] = {
    Say: Router._say,
    Tell: Router._say,
    Open: Router._open,
    Update: Router._update,
    Push: Router._push,
    Errors: Router._errors,
    Done: Router._done,
    Noted: Router._done,
    Suggestions: Router._suggest,
    Home: Router._home,
}


def _drawn(arrived: Arrived, window: Modal) -> draw.Drawn:
    """Draw a window; what is opened from Home, and what comes of that, stays known as such."""
    shown = draw.view(window)
    return windows.from_home(shown) if windows.is_from_home(incoming.view_of(arrived.body)) else shown


def _table(routes: Iterable[Route]) -> dict[tuple[Kind, str], Route]:
    table: dict[tuple[Kind, str], Route] = {}
    for route in routes:
        if (route.kind, route.name) in table:
            raise ValueError(f"two routes for {route.kind.value} {route.name}")
        if not route.roles:
            raise ValueError(f"nobody may use {route.kind.value} {route.name}")
        table[route.kind, route.name] = route
    return table
