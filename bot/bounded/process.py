"""Runs a reader in a process of its own, and takes what it says. It sees no secret: no environment, no open file."""

import contextlib
import enum
import json
import os
import re
import signal
import subprocess  # our own interpreter with our own program, no shell  # nosec B404
import sys
import threading
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Generic, TypeVar, cast

from bot.bounded.limits import LIMITS, MEGABYTE, PLACES, WAITS, Kind, Limits, Pace
from bot.errors import BadFile, BadInput, Busy
from bot.logs import code, log, where
from bot.reading.roll.rows import Progress

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Answer = TypeVar("Answer")

CHILD = Path(__file__).with_name("child.py")
BUSY = "Lanyard is reading other files just now. Nothing was changed. Please try again in a minute."

NO_ROOM = "The machine has no room to read a file just now. Nothing was changed. Please try again in a minute."

_places = threading.BoundedSemaphore(PLACES)
_PLACE = re.compile(r"\w{1,80} at [\w.]{1,80}:\d{1,6}")
_NEEDED_HERE = ("SYSTEMROOT",)  # without it Windows starts no Python


class Fault(enum.Enum):
    """How a reading may end without an answer, in words for staff."""

    TIME = "Lanyard stopped reading this file, because it took too long."
    MEMORY = "Lanyard stopped reading this file, because it needed too much memory."
    BROKEN = "Something in this file stopped Lanyard from reading it."


class _Ended(Exception):  # noqa: N818 - the family is named for what happened
    """A reading has ended without an answer."""

    def __init__(self, fault: Fault, place: str = "") -> None:
        super().__init__(fault.name)
        self.fault, self.place = fault, place


def ask(
    kind: Kind,
    told: Mapping[str, Any],
    content: bytes,
    expected: type[Answer],
    progress: Progress | None = None,
    *,
    pace: Pace = Pace.LATER,
    program: Path = CHILD,
) -> Answer:
    """Have a file read. Raises what its reader raises, BadInput or BadFile; BadFile where the reader fails; Busy.

    `told`: what the reader has to know besides, as JSON takes it. `expected`: the dataclass that it makes. `program`:
    what reads.
    """
    limits = LIMITS[kind]
    given = json.dumps({**told, "kind": kind}).encode() + b"\n"
    if not _places.acquire(timeout=WAITS[pace]):
        raise Busy(BUSY)
    try:
        with _started(program, limits, given, content) as said:
            return _Heard(expected, progress).all_of(said)
    except _Ended as ended:
        number = code()
        log.error("reading failed", kind=kind.value, why=ended.fault.name.lower(), where=ended.place, code=number)
        told_so = f"{ended.fault.value} Nothing was changed. {limits.mend} If that does not help, give your IT lead"
        raise BadFile(f"{told_so} this code: {number}.") from None
    except OSError:
        log.error("no process for reading", kind=kind.value, where=where())
        raise Busy(NO_ROOM) from None
    finally:
        _places.release()


# ── the process ────────────────────────────────────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def _started(program: Path, limits: Limits, *given: bytes) -> Iterator[Iterator[bytes]]:
    """Start the child, and yield the lines that it writes. It does not outlive this. Raises _Ended."""
    command = [sys.executable, "-I", "-B", str(program), *map(str, (limits.cpu, limits.megabytes, limits.nice))]
    environment = {name: os.environ[name] for name in _NEEDED_HERE if name in os.environ}
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL  # what it complains of holds what it has read
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=nowhere) as child:  # noqa: S603  # nosec B603
        late = threading.Event()

        def end() -> None:
            late.set()
            child.kill()

        clock = threading.Timer(limits.wall, end)
        feeder = threading.Thread(target=_feed, args=(child, given), name="feeding a reader", daemon=True)
        clock.daemon = True
        clock.start()
        feeder.start()
        try:
            yield _lines(child, limits.answer * MEGABYTE, late)
        finally:
            child.kill()
            clock.cancel()
            feeder.join()


def _feed(child: "subprocess.Popen[bytes]", given: tuple[bytes, ...]) -> None:
    # Where the child has stopped listening its own end says why.
    with contextlib.suppress(OSError), cast(IO[bytes], child.stdin) as stdin:
        for piece in given:
            stdin.write(piece)


def _lines(child: "subprocess.Popen[bytes]", most: int, late: threading.Event) -> Iterator[bytes]:
    """Yield what a child writes, line by line, `most` bytes in all; then raise how it ended, unless all went well."""
    left, stdout = most, cast(IO[bytes], child.stdout)
    while line := stdout.readline(left + 1):
        left -= len(line)
        if left < 0:
            raise _Ended(Fault.MEMORY)
        yield line
    if status := child.wait():
        raise _Ended(_fault(status, late))


def _fault(status: int, late: threading.Event) -> Fault:
    if late.is_set() or status == -getattr(signal, "SIGXCPU", 0):
        return Fault.TIME
    # The system ends the process that has taken everybody's memory.
    return Fault.MEMORY if status == -getattr(signal, "SIGKILL", 0) else Fault.BROKEN


# ── what it says ───────────────────────────────────────────────────────────────────────────────────────────────────


class _Heard(Generic[Answer]):
    """What a child says, put together: see `child` for the words."""

    def __init__(self, expected: type[Answer], progress: Progress | None) -> None:
        self._expected, self._progress = expected, progress
        kind: Any = expected
        self._adapters = _adapters(kind)
        self._long: dict[str, list[Any]] = {name: [] for name in self._adapters if _is_long(expected, name)}
        self._short: dict[str, Any] = {}

    def all_of(self, said: Iterator[bytes]) -> Answer:
        """Return the whole answer. Raises what the reader raised; _Ended."""
        is_done = False
        for line in said:
            word, _, value = line.partition(b" ")
            try:
                is_done = self._take(word.decode(), value)
            except (ValueError, KeyError):  # what pydantic raises is a ValueError
                raise _Ended(Fault.BROKEN, "what the reader wrote") from None
        if not is_done or self._adapters.keys() != self._long.keys() | self._short.keys():
            raise _Ended(Fault.BROKEN)
        return self._expected(**self._short, **{name: tuple(items) for name, items in self._long.items()})

    def _take(self, word: str, value: bytes) -> bool:
        """Take one line; return whether it says that this was all."""
        if word in self._long:
            self._long[word] += self._adapters[word].validate_json(value)
        elif not word.startswith("*"):
            self._short[word] = self._adapters[word].validate_json(value)
        elif word == "*progress":
            done, of = map(int, json.loads(value))
            if self._progress:
                self._progress(done, of)
        elif word == "*bad":
            raise _refusal(json.loads(value))
        elif word == "*memory":
            raise _Ended(Fault.MEMORY)
        elif word == "*fault":
            place = str(json.loads(value))
            raise _Ended(Fault.BROKEN, place if _PLACE.fullmatch(place) else "")
        return word == "*done"


def _refusal(said: Mapping[str, Any]) -> BadInput:
    kind = BadFile if said["file"] else BadInput
    return kind(said["message"], fields=said["fields"])


@cache
def _adapters(expected: Any) -> "Mapping[str, TypeAdapter[Any]]":
    """Return what makes a value of JSON, for each field of a dataclass."""
    from pydantic import TypeAdapter  # a start needs none of it

    return {name: TypeAdapter(kind) for name, kind in typing.get_type_hints(expected).items()}


def _is_long(expected: type[Any], name: str) -> bool:
    """Return whether a field crosses in pieces: a tuple of any length."""
    return typing.get_origin(typing.get_type_hints(expected)[name]) is tuple
