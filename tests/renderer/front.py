"""Asks the handlers: the second front, in one process, for everybody at the school."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import count

from bot import logs
from bot.clock import Now
from bot.context import Context
from bot.errors import BadInput, LanyardError, Refused
from bot.logs import log, where
from bot.services.features import REACTIONS
from bot.services.outbox.sender import Sender
from handlers import letters, routes
from handlers.blocks import Option
from handlers.parts import roles
from handlers.requests import Entered, Kind, Later, Reply, Request, Route, Suggestions, Window
from storage.engine import Database
from tests.renderer import entered as forms
from tests.renderer import replies
from tests.renderer.accounts import identify
from tests.renderer.entered import Sent
from tests.renderer.postman import Postman
from tests.renderer.replies import Asked
from tests.renderer.screens import HOME, MESSAGES, Opened, Screen

A_MOMENT = timedelta(seconds=1)


class Front:
    """Everybody's screens. `names`: account → name; `wait`: lets the time pass that a conversation is left alone."""

    def __init__(
        self, database: Database, now: Now, names: Mapping[str, str], wait: Callable[[timedelta], None]
    ) -> None:
        self.database, self.now, self.names, self._wait = database, now, names, wait
        self.screens = {who: Screen() for who in names}
        self.routes = {(route.kind, route.name): route for route in routes()}
        self._sender = Sender(
            Postman(self.screens), database, now, renders=letters(), ask_again=lambda _recipient: None
        )
        self._moments = count(1)

    # ── what people do ─────────────────────────────────────────────────────────────────────────────────────────────

    def home(self, who: str) -> Screen:
        """Look at Home."""
        self.screens[who].tab = HOME
        return self._do(Asked(who, self.screens[who], Kind.HOME, "home"))

    def messages(self, who: str) -> Screen:
        """Look at the messages."""
        self.screens[who].tab = MESSAGES
        return self.screens[who]

    def command(self, who: str, typed: str) -> Screen:
        """Type a command, such as "/consent Jamie"."""
        name, _, text = typed.strip().partition(" ")
        self.screens[who].tab = MESSAGES
        return self._do(Asked(who, self.screens[who], Kind.COMMAND, name, text=forms.storable(text).strip()))

    def shortcut(self, who: str, name: str) -> Screen:
        """Choose a shortcut."""
        return self._do(Asked(who, self.screens[who], Kind.SHORTCUT, name))

    def press(self, who: str, place: str, action: str, value: str = "", sent: Sent | None = None) -> Screen:
        """Press a button, or choose in a picker that acts at once. `place`: a window's or message's name, or Home.

        `sent`: what else the window holds by now.
        """
        screen = self.screens[who]
        window = self._held(screen, place, sent or Sent())
        # Buttons that do the same differ behind the colon.
        name = action.split(":", 1)[0]
        message = screen.message(place)
        return self._do(Asked(who, screen, Kind.BUTTON, name, window, message, value=forms.storable(value)))

    def submit(self, who: str, place: str, sent: Sent) -> Screen:
        """Send a form."""
        screen = self.screens[who]
        window = self._held(screen, place, sent)
        if window is None:
            return screen
        window.errors = forms.wrong(window, window.entered)
        if not window.errors:
            self._do(Asked(who, screen, Kind.FORM, window.modal.form, window))
        return screen

    def close(self, who: str, place: str) -> Screen:
        """Close a window without sending it; who wants to know is told."""
        screen = self.screens[who]
        window = screen.window(place)
        if window is not None:
            screen.close(window)
            if window.modal.tell_when_closed:
                self._do(Asked(who, screen, Kind.CLOSED, window.modal.form, window))
        return screen

    def leave(self, who: str) -> Screen:
        """Close every window."""
        for window in reversed(self.screens[who].windows.copy()):
            self.close(who, window.name)
        return self.screens[who]

    def suggest(self, who: str, place: str, action: str, typed: str) -> Sequence[Option]:
        """Type into a picker; return what it offers."""
        screen = self.screens[who]
        window = screen.window(place)
        asked = Asked(who, screen, Kind.OPTIONS, action.split(":", 1)[0], window, typed=forms.storable(typed))
        reply = self._answer(asked)
        found = reply.options if isinstance(reply, Suggestions) else ()
        if window is not None:
            window.known |= {option.value: option for option in found}
        return found

    def deliver(self) -> None:
        """Have everything delivered that is to be told by now."""
        while self._sender.deliver():
            self._wait(self._sender.pause(A_MOMENT))

    def _held(self, screen: Screen, place: str, sent: Sent) -> Opened | None:
        window = screen.window(place)
        if window is not None:
            window.entered = forms.entered(window, sent)
        return window

    # ── asked of the handlers ──────────────────────────────────────────────────────────────────────────────────────

    def _do(self, asked: Asked) -> Screen:
        self._take(asked, self._answer(asked))
        self.deliver()
        return asked.screen

    def _answer(self, asked: Asked) -> Reply:
        """One request, whatever becomes of it, ends in one answer that a person can understand."""
        try:
            return self._handle(asked)
        except LanyardError as error:
            return replies.mishap(asked, error)
        except Exception:
            code = logs.code()
            log.error("unexpected", code=code, kind=asked.kind.value, route=asked.name, where=where())
            said = replies.SAID.text("unexpected", code=code)
            return replies.told(asked, said, {"": said.replace("*", "")})  # under a field marks are shown as they are

    def _handle(self, asked: Asked) -> Reply:
        actor = identify(self.database, asked.who)
        route = self.routes.get((asked.kind, asked.name))
        if route is None:
            raise BadInput(replies.SAID.text("unknown"))
        if not actor.person.roles & route.roles:
            raise Refused(replies.SAID.text("not_your_role", roles=roles.spoken(route.roles, "or")))
        return route.handle(self._request(asked, Context(self.database, actor.school, self.now, REACTIONS, actor)))

    def _request(self, asked: Asked, context: Context) -> Request:
        window = asked.window
        return Request(
            kind=asked.kind,
            name=asked.name,
            context=context,
            front=asked.screen,
            place_is_private=lambda: True,  # nobody but the person who asks has this page
            entered=lambda: _entered(window),
            text=asked.text,
            value=asked.value,
            typed=asked.typed,
            window=Window(window.name, window.modal.form) if window else None,
            metadata=dict(window.modal.metadata) if window else {},
            pressed_at=str(next(self._moments)),
            request_id=f"{asked.who}:{window.name}:{window.version}" if window else "",
        )

    def may(self, who: str, kind: Kind) -> list[Route]:
        """Return the ways in of one kind that somebody's roles open."""
        held = identify(self.database, who).person.roles
        return [route for route in self.routes.values() if route.kind is kind and held & route.roles]

    # ── what they answer ───────────────────────────────────────────────────────────────────────────────────────────

    def _take(self, asked: Asked, reply: Reply) -> None:
        if isinstance(reply, Later):
            self._take(asked, reply.reply)
            self._do_later(asked, reply.job)
            return
        replies.REPLIES[type(reply)](asked, reply)

    def _do_later(self, asked: Asked, job: Callable[[], None]) -> None:
        try:
            job()
        except Exception as error:
            log.error("later failed", route=asked.name, error=type(error).__name__, code=logs.code())


def _entered(window: Opened | None) -> Mapping[str, Entered]:
    if window is None:
        return {}
    wrong = {name: said for name, said in forms.wrong(window, window.entered).items() if said == forms.NOT_OFFERED}
    if wrong:
        raise BadInput(forms.NOT_OFFERED, fields=wrong)
    return window.entered
