"""The one module that knows Bolt: who may, acknowledge, errors → replies, one route table.

Bolt checks what comes in, and then asks its listeners one after another whether they want it. The router is the last
of the checks instead, and looks the route up in a dictionary: asking takes Bolt longer than the answer takes us. It
answers before the response is sent, and each handler is one transaction: what Slack sees acknowledged is committed.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any, NamedTuple

from slack_bolt import Ack, App, BoltRequest, BoltResponse
from slack_bolt.middleware import Middleware
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from bot import logs
from bot.clock import Now
from bot.context import Context
from bot.errors import BadInput, Busy, LanyardError, Outsider, Refused
from bot.logs import log, where
from bot.rules.people import Actor
from bot.services.features import REACTIONS
from bot.services.school import people
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Modal
from handlers.parts import roles
from handlers.requests import (
    Done,
    Errors,
    Home,
    Kind,
    Later,
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
from handlers.slack import draw, incoming, later, shape, windows
from handlers.slack.directory import NO_ANSWER, Directory
from handlers.slack.files import download
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
TOO_DEEP = "push_limit_reached"  # Slack's word: three windows lie on top of each other already


class Arrived(NamedTuple):
    """One request as Slack delivered it, before anybody is trusted."""

    kind: Kind
    name: str
    team_id: str
    user_id: str
    channel_id: str
    body: Body


class Router(Middleware):
    """Takes what Slack delivers to the handler that the route table names, and the handler's reply back."""

    def __init__(self, app: App, routes: Iterable[Route], *, database: Database, now: Now) -> None:
        self._routes = _table(routes)
        self._database = database
        self._now = now
        self._client: WebClient = app.client
        self.directory = Directory(app.client)
        self._later = later.Later()
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
            self._answer(_arrived(kind, body), ack)
        elif happened == "user_change":
            self._user_change(body)
        elif not happened:
            return BoltResponse(status=HTTPStatus.NOT_FOUND, body="")  # Bolt has no listener for it either
        # Unacknowledged, any other event would come three times more.
        return ack.response or ack()

    def _answer(self, arrived: Arrived, ack: Ack) -> None:
        """One request, whatever becomes of it, ends in one answer that a person can understand."""
        try:
            reply = self._handle(arrived)
        except LanyardError as error:
            reply = _mishap(arrived, error)
        except Exception:
            reply = _unexpected(arrived, "unexpected")
        try:
            self._deliver(arrived, reply, ack)
        except Exception:
            self._tell_undelivered(arrived, ack)
        if arrived.kind in {Kind.FORM, Kind.BUTTON}:
            self.after_change()

    def _tell_undelivered(self, arrived: Arrived, ack: Ack) -> None:
        reply = _unexpected(arrived, "undelivered")
        try:
            self._deliver(arrived, reply, ack)
        except Exception:
            # Slack takes nothing from us: it is in the log, and the next request starts afresh.
            log.error("gave up", code=logs.code(), kind=arrived.kind.value, route=arrived.name, where=where())
            ack()

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
            self._do_later(arrived, reply.job)
            return
        _DELIVERIES[type(reply)](self, arrived, reply, ack)

    def _say(self, arrived: Arrived, reply: Say, ack: Ack) -> None:
        said = {"response_type": "ephemeral", "text": reply.text, "blocks": draw.message(reply.blocks)}
        if arrived.kind is Kind.COMMAND:
            ack(**said)  # type: ignore[arg-type]
            return
        ack()
        if arrived.body.get("view") or not arrived.body.get("response_url"):
            self._window(arrived, _as_window(reply))
            return
        answer = WebhookClient(str(arrived.body["response_url"])).send_dict(
            {**said, "replace_original": not isinstance(reply, Tell), "unfurl_links": False, "unfurl_media": False}
        )
        # `send` does not raise. Half an hour is the life of a button's address: then a private window does as well.
        if answer.status_code != HTTPStatus.OK:
            self._window(arrived, _as_window(reply))

    def _open(self, arrived: Arrived, reply: Open, ack: Ack) -> None:
        self._window(arrived, reply.view)
        ack()

    def _window(self, arrived: Arrived, window: Modal) -> None:
        trigger, view = str(arrived.body["trigger_id"]), draw.view(window)
        if not _in_modal(arrived):
            self._client.views_open(trigger_id=trigger, view=view)
            return
        try:
            self._client.views_push(trigger_id=trigger, view=view)
        except SlackApiError as error:
            if error.response.get("error") != TOO_DEEP:
                raise
            # Instead of the window that was pressed in: better than a button that does nothing.
            self._client.views_update(view_id=arrived.body["view"]["id"], view=view)

    def _update(self, arrived: Arrived, reply: Update, ack: Ack) -> None:
        view = arrived.body.get("view") or {}
        if arrived.kind is Kind.FORM:
            ack(response_action="update", view=windows.asked_next(draw.view(reply.view), before=view))
            return
        if not _in_modal(arrived):  # pressed where nothing of the kind is shown
            self._open(arrived, Open(reply.view), ack)
            return
        shown = windows.asked_still(draw.view(reply.view), before=view)
        self._client.views_update(view_id=view["id"], hash=view["hash"], view=shown)
        ack()

    def _push(self, arrived: Arrived, reply: Push, ack: Ack) -> None:
        if arrived.kind is Kind.FORM:
            ack(response_action="push", view=draw.view(reply.view))
            return
        self._window(arrived, reply.view)
        ack()

    def _errors(self, arrived: Arrived, reply: Errors, ack: Ack) -> None:
        ids = windows.ids(arrived.body["view"])
        shown = {ids[name]: said for name, said in reply.fields.items() if name in ids}
        first = next(iter(reply.fields.values()))
        if not ids:  # nothing is asked there under which Slack would show it
            self._update(
                arrived, Update(_as_window(_spoken(page("router/messages").text("mishap", message=first)))), ack
            )
            return
        ack(response_action="errors", errors=shown or {next(iter(ids.values())): first})

    def _done(self, _arrived: Arrived, _reply: Done, ack: Ack) -> None:
        ack()

    def _suggest(self, _arrived: Arrived, reply: Suggestions, ack: Ack) -> None:
        ack(options=draw.options(reply.options))

    def _home(self, arrived: Arrived, reply: Home, ack: Ack) -> None:
        ack()
        self._client.views_publish(user_id=arrived.user_id, view=draw.view(reply.view))

    # ── the slow rest ────────────────────────────────────────────────────────────────────────────────────────────

    def _do_later(self, arrived: Arrived, job: Callable[[], None]) -> None:
        def run() -> None:
            try:
                job()
            except Exception as error:
                log.error("later failed", route=arrived.name, error=type(error).__name__, code=logs.code())

        self._later.put_off(run)

    def drain(self, seconds: float | None = None) -> bool:
        """Finish everything that was put off; returns whether that is done. `seconds`: for how long at the most."""
        return self._later.drain(seconds)

    # ── what handlers may ask of Slack ───────────────────────────────────────────────────────────────────────────

    def change_window(self, window_id: str, window: Modal) -> bool:
        """Show something else in an open window; False where the person has closed it. Raises Busy."""
        try:
            shown = windows.asked_anew(draw.view(window), after=window_id)
            self._client.views_update(view_id=window_id, view=shown)
        except SlackApiError as error:
            if error.response.get("error") == "not_found":
                return False
            raise Busy(NO_ANSWER) from error
        return True

    def _user_change(self, body: Body) -> None:
        if shape.is_change(body):
            people.slack_changed(self._database, self._now, team_id=body["team_id"], user=body["event"]["user"])


_DELIVERIES: Mapping[type, Callable[..., None]] = {
    Say: Router._say,
    Tell: Router._say,
    Open: Router._open,
    Update: Router._update,
    Push: Router._push,
    Errors: Router._errors,
    Done: Router._done,
    Suggestions: Router._suggest,
    Home: Router._home,
}


def _table(routes: Iterable[Route]) -> dict[tuple[Kind, str], Route]:
    table: dict[tuple[Kind, str], Route] = {}
    for route in routes:
        if (route.kind, route.name) in table:
            raise ValueError(f"two routes for {route.kind.value} {route.name}")
        if not route.roles:
            raise ValueError(f"nobody may use {route.kind.value} {route.name}")
        table[route.kind, route.name] = route
    return table


# ── what Slack delivers ────────────────────────────────────────────────────────────────────────────────────────────


def _arrived(kind: Kind, body: Body) -> Arrived:
    if kind is Kind.COMMAND:
        return _from(kind, str(body["command"]), body, body, str(body["user_id"]))
    if kind is Kind.HOME:
        return _from(kind, "home", body, body, str(body["event"]["user"]))
    names: Mapping[Kind, Callable[[], Any]] = {
        Kind.BUTTON: lambda: body["actions"][0]["action_id"],
        Kind.FORM: lambda: body["view"].get("callback_id") or "",
        Kind.CLOSED: lambda: body["view"].get("callback_id") or "",
        Kind.OPTIONS: lambda: body["action_id"],
        Kind.SHORTCUT: lambda: body["callback_id"],
    }
    # Several buttons that do the same in one block differ behind the colon: their ids must be unique there.
    name = str(names[kind]()).split(":", 1)[0]
    return _from(kind, name, body, body.get("team") or {}, str(body["user"]["id"]))


def _from(kind: Kind, name: str, body: Body, team: Body, user_id: str) -> Arrived:
    # `user.team_id` is not looked at: on an Enterprise Grid it is the home workspace, of a school perhaps that somebody
    # works for beside this one. Who belongs is judged by `rules.people.standing`.
    return Arrived(
        kind=kind,
        name=name,
        team_id=str(team.get("id") or body.get("team_id") or ""),
        user_id=user_id,
        channel_id=str(body.get("channel_id") or (body.get("channel") or {}).get("id") or ""),
        body=body,
    )


def _in_modal(arrived: Arrived) -> bool:
    return (arrived.body.get("view") or {}).get("type") == "modal"


# ── errors → replies ───────────────────────────────────────────────────────────────────────────────────────────────


_SAID_AS = {Outsider: "outsider", Refused: "refused", LanyardError: "mishap"}  # the first that fits


def _mishap(arrived: Arrived, error: LanyardError) -> Reply:
    block = next(block for kind, block in _SAID_AS.items() if isinstance(error, kind))
    fields = error.fields if isinstance(error, BadInput) else {}
    return _told(arrived, str(error), page("router/messages").text(block, message=error), fields)


def _unexpected(arrived: Arrived, what: str) -> Reply:
    """Log by id, without the body: it may hold a child's name."""
    code = logs.code()
    log.error(what, code=code, kind=arrived.kind.value, route=arrived.name, where=where())
    said = page("router/messages").text(what, code=code)
    return _told(arrived, said.replace("*", ""), said, {})  # under a field Slack shows asterisks as they are


def _told(arrived: Arrived, plain: str, said: Wording, fields: Mapping[str, str]) -> Reply:
    """Say what went wrong where the person is looking: under the field, in the window, or beside the message."""
    told = _spoken(said)
    inputs = list(windows.ids(arrived.body.get("view") or {}))
    if arrived.kind is Kind.FORM and inputs:
        shown = {name: message for name, message in fields.items() if name in inputs}
        return Errors(shown or {inputs[0]: plain})
    return _TOLD_AS[arrived.kind](told)


def _spoken(said: Wording) -> Tell:
    return Tell(text=page("router/messages").text("spoken"), blocks=[blocks.Section(said)])


# Where nothing was typed that could be mended.
_TOLD_AS: Mapping[Kind, Callable[[Say], Reply]] = {
    Kind.COMMAND: lambda told: told,
    Kind.BUTTON: lambda told: told,
    Kind.FORM: lambda told: Update(_as_window(told)),
    Kind.SHORTCUT: lambda told: Open(_as_window(told)),
    Kind.HOME: lambda told: Home(blocks.HomeTab(tuple(told.blocks))),
    Kind.OPTIONS: lambda _told: Suggestions([]),
    Kind.CLOSED: lambda _told: Done(),  # nobody is looking any more
}


def _as_window(reply: Say) -> Modal:
    return blocks.modal(page("router/messages").text("title"), reply.blocks)
