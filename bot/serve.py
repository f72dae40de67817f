"""Runs the bot: over Socket Mode or HTTP, until it is told to stop; then it finishes what it has begun.

`run` does everything in one process. For PostgreSQL it can be parted: any number of `web` answer Slack, and any number
of `worker` send what the outbox holds, each a few messages at a time; one of these leads, and keeps the timetable.
"""

import gc
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any

from slack_sdk.errors import SlackClientError

from bot.app import Bot, build
from bot.clock import Now, now
from bot.errors import Busy, Misconfigured
from bot.logs import log, where
from bot.services.outbox.rounds import Round
from bot.settings import Environment, environment
from storage import keys, left_behind, migrate
from storage.engine import Durability
from storage.outbox import signs
from storage.outbox.leading import Leadership
from storage.outbox.signs import Sign

WEB_THREADS = 10  # as many as the database has connections
IDLE_SECONDS = 10  # Slack sends a request in one go; whoever does not lets go of the connection
CONNECTIONS = 1000  # at a time; whoever holds some open keeps nobody else out
# Seconds for what is asked, and then for everything else: a process manager may lose its patience after ten.
STOPS_WITHIN, ENDS_WITHIN = 4.0, 4.5
FIRST_CONTACT_SECONDS, CONTACT_SECONDS, SILENCE_SECONDS = 5.0, 60.0, 300.0
LOOKS_UP_SECONDS = 1.0
STANDBY_SECONDS = 2.0  # how soon another worker leads when the leader is gone


def run(clock: Now = now) -> None:
    """Do everything in one process until SIGTERM or Ctrl-C. Raises Misconfigured, naming everything missing."""
    settings, bot, stop = _begin(clock)
    outbox = Round(bot.sender)
    outbox.start()
    bot.router.after_change = outbox.wake
    ticking: list[Callable[[], bool]] = []
    try:
        with _door(bot, settings):
            # The door first: the timetable's libraries take a while to load, and nothing is due that soon.
            ticking.append(_timetable(bot, clock))
            _until(stop)
            bot.hurry()
    finally:
        _end(bot, *ticking, outbox.stop)


def web() -> None:
    """Answer Slack, and leave outbox and timetable to a worker. Raises Misconfigured."""
    settings, bot, stop = _begin(now)
    try:
        with _door(bot, settings):
            _until(stop)
            bot.hurry()
    finally:
        _end(bot)


def worker() -> None:
    """Send, and tick while this worker leads. Raises Misconfigured."""
    _, bot, stop = _begin(now)
    leadership = Leadership(bot.database)
    outbox = Round(bot.sender)
    outbox.start()
    leave: Callable[[], bool] | None = None  # how to stop leading; None while another one does
    log.info("sending", pid=os.getpid())
    try:
        while True:
            leads = _holds(leadership)
            if leads and not leave:
                leave = _timetable(bot, now)
                log.info("leading", pid=os.getpid())
            elif leave and not leads:
                log.error("lost the lead", pid=os.getpid())
                leave()
                leave = None
            if stop.wait(STANDBY_SECONDS):
                break
        bot.hurry()
    finally:
        leadership.give_up()
        _end(bot, *([leave] if leave else []), outbox.stop)


def _holds(leadership: Leadership) -> bool:
    """Tell whether this worker leads; not while the database is out of reach, which it has logged itself."""
    try:
        return leadership.holds()
    except Busy:
        return False


def _begin(clock: Now) -> tuple[Environment, Bot, threading.Event]:
    settings = environment()
    missing = settings.missing()
    if missing:
        raise Misconfigured("These are not set: " + "; ".join(missing) + ". Put them into .env")
    bot = build(settings, clock=clock)
    migrate.check(bot.database)
    keys.check(bot.database)
    left_behind.check(bot.database)  # the office would import the roll in Slack
    stop = threading.Event()
    threading.Thread(target=_note_contact, args=(bot, stop), name="contact", daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    gc.freeze()  # what is here now stays: the collector need not look at it again
    gc.enable()
    return settings, bot, stop


def _until(stop: threading.Event) -> None:
    """Wait until we are told to stop."""
    # Python handles a signal in this thread only; the system may have woken another one with it.
    while not stop.wait(LOOKS_UP_SECONDS):
        pass


def _note_contact(bot: Bot, stop: threading.Event) -> None:
    """Note once a minute when Slack was last heard of, for `status`; where it says nothing of itself, it is asked."""
    noted = 0.0
    while not stop.wait(CONTACT_SECONDS if noted else FIRST_CONTACT_SECONDS):
        try:
            heard_at = max(bot.client.heard_at or 0.0, bot.postman.heard_at or 0.0)
            if time.time() - heard_at > SILENCE_SECONDS:
                bot.client.auth_test()
                heard_at = bot.client.heard_at or 0.0
            if heard_at > noted:
                with bot.database.begin(Durability.QUICK) as connection:
                    signs.note(connection, Sign.SLACK, datetime.fromtimestamp(heard_at, UTC))
                noted = heard_at
        except (Busy, SlackClientError):
            pass  # each has said so itself, and the note grows old
        except Exception:
            log.error("contact not noted", where=where())


def _end(bot: Bot, *stops: Callable[[], bool]) -> None:
    """Stop everything side by side, and let go. Whoever waits for a Slack that hangs is not waited for."""
    done = _all_at_once(*stops, lambda: bot.router.drain(STOPS_WITHIN))
    bot.close(0)
    log.info("stopped")
    if not done:
        log.error("stopped while something was under way")
        os._exit(0)  # it waits for Slack in a thread that nobody can end; what it had to do is done at the next start


def _all_at_once(*stops: Callable[[], bool]) -> bool:
    done: list[bool] = []
    threads = [threading.Thread(target=lambda stop=stop: done.append(stop()), daemon=True) for stop in stops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(ENDS_WITHIN)
    return len(done) == len(stops) and all(done)


def _door(bot: Bot, settings: Environment) -> AbstractContextManager[None]:
    return (_socket_mode if settings.slack_app_token else _http)(bot, settings)


def _timetable(bot: Bot, clock: Now) -> Callable[[], bool]:
    from bot import jobs

    return jobs.start(bot.database, bot.router.directory, bot.clear_away, clock)


@contextmanager
def _socket_mode(bot: Bot, settings: Environment) -> Iterator[None]:
    from handlers.slack.calling import not_accepted
    from handlers.slack.line import Line

    line = Line(bot.app, settings.slack_app_token, bot.client)
    try:
        line.connect()
    except SlackClientError as error:
        raise Misconfigured(f"{not_accepted('SLACK_APP_TOKEN', error)} Run: python -m bot doctor") from error
    log.info("answering", over="socket mode", pid=os.getpid())
    try:
        yield
    finally:
        if not line.drain(STOPS_WITHIN):
            log.error("stopped before everything was answered")
        line.close()


@contextmanager
def _http(bot: Bot, settings: Environment) -> Iterator[None]:
    import waitress

    from handlers.slack.door import LARGEST

    try:
        server = waitress.create_server(
            wsgi(bot, settings.slack_signing_secret),
            host=settings.host,
            port=settings.port,
            threads=WEB_THREADS,
            connection_limit=CONNECTIONS,
            channel_timeout=IDLE_SECONDS,
            cleanup_interval=1,  # how often it looks for those that are idle, in seconds
            max_request_body_size=LARGEST,
        )
    except (OSError, ValueError) as error:  # a name that is no address of this machine is a ValueError
        raise Misconfigured(
            f"Port {settings.port} of {settings.host} is taken or not allowed. Set PORT, or HOST, to another one."
        ) from error
    closing = threading.Event()

    def serve() -> None:
        try:
            server.run()
        except (OSError, ValueError):
            if not closing.is_set():  # it was looking at what has just been closed
                raise

    serving = threading.Thread(target=serve, name="http", daemon=True)
    serving.start()
    log.info("answering", over="http", port=settings.port, pid=os.getpid())
    try:
        yield
    finally:
        server.task_dispatcher.shutdown(cancel_pending=False, timeout=STOPS_WITHIN)
        closing.set()
        server.close()


def wsgi(bot: Bot, signing_secret: str) -> Callable[..., Iterable[bytes]]:
    """Return the web application: Slack's events, and two addresses for whoever watches over the process."""
    from handlers.slack.door import Door

    slack = Door(bot.app, "/slack/events", signing_secret, bot.client.heard)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO")
        if path == "/healthz":
            return _json(start_response, "200 OK", {"alive": True})
        if path == "/readyz":
            ready = _is_ready(bot)
            return _json(start_response, "200 OK" if ready else "503 Service Unavailable", {"ready": ready})
        return slack(environ, start_response)

    return application


def _is_ready(bot: Bot) -> bool:
    try:
        migrate.check(bot.database)
    except Misconfigured:
        return False
    return True


def _json(start_response: Callable[..., Any], status: str, body: dict[str, bool]) -> Iterable[bytes]:
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps(body).encode()]
