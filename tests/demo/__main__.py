"""`python -m tests.demo`: the invented school on this machine, a short tour, then yours to click."""

import argparse
import contextlib
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.text import Text

from tests.browser.local_slack import LocalSlack
from tests.browser.workspace import PROJECT, LocalSlackError, find_program
from tests.demo import card, running, tour
from tests.demo.errors import DemoError
from tests.demo.transcript import Transcript

CARD = "card.txt"
FIRST_PORT, PORTS = 3333, 50
MENDABLE = 2  # exit status for anything that a person can mend, as everywhere in Lanyard


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; return its exit status."""
    options = _options(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that cannot show ✅ is no reason to stop
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    console = Console(highlight=False, soft_wrap=False)
    try:
        _run(console, options)
    except KeyboardInterrupt:
        console.print("\nStopped.")
    except (DemoError, LocalSlackError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return MENDABLE
    return 0


def _run(console: Console, options: argparse.Namespace) -> None:
    console.print(Text("Lanyard, in an invented school. Everybody in it is made up.", style="bold"))
    _check_program()
    ended = threading.Event()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(running.fresh_folder(options.folder))
        slack = stack.enter_context(LocalSlack(folder / "slack", port=_port(options.port)))
        _tick(console, f"a Slack of your own, on {slack.url}")
        environment = running.environment(slack, folder)
        for step in (running.set_up, running.furnish):
            step(folder, environment, lambda typed: _tick(console, typed))
        bot = stack.enter_context(running.BotProcess(folder, environment, slack))
        _tick(console, "python -m bot run")
        tour.play(slack, Transcript(console))
        if options.tour_only:
            return
        card.show(console, slack.url, folder / CARD)
        bot.when_it_ends(ended.set)
        slack.when_it_ends(ended.set)
        ended.wait()
        raise DemoError(f"the bot or the local Slack stopped by itself; the bot's log is {bot.log}")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.demo", description="Lanyard in an invented school.")
    parser.add_argument("--tour-only", action="store_true", help="play the tour, then stop")
    parser.add_argument("--port", type=int, help=f"for the local Slack; else {FIRST_PORT} or the next free one")
    parser.add_argument("--folder", type=Path, default=PROJECT / ".demo", help="is emptied and used; default: .demo")
    return parser.parse_args(arguments)


def _stop(_number: int, _frame: FrameType | None) -> None:
    """End the demo once; a second Ctrl-C must not disturb the tidying up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _check_program() -> None:
    try:
        find_program()
    except LocalSlackError as error:
        if shutil.which("npm") is None:
            raise DemoError("npm is missing: install Node.js (https://nodejs.org), then run make demo again") from error
        raise


def _port(wanted: int | None) -> int:
    """Return a free port: the one that was asked for, or the first from 3333 on. Raises DemoError."""
    for port in [wanted] if wanted is not None else range(FIRST_PORT, FIRST_PORT + PORTS):
        with contextlib.closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError, OverflowError):
                probe.bind(("127.0.0.1", port))
                return port
    if wanted is not None:
        raise DemoError(f"port {wanted} is taken or not allowed: leave out --port, or name another one")
    raise DemoError(f"no port from {FIRST_PORT} to {FIRST_PORT + PORTS - 1} is free: name one with --port")


def _tick(console: Console, text: str) -> None:
    console.print(Text.assemble(("✓ ", "green"), text), soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
