"""The process that reads one file: it limits itself, reads standard input, writes JSON back, and ends.

In: a line of JSON (what kind of file, and what its reader has to know), then the file. Out, a line each: a word, a
space, and JSON. `*progress [done, of]`; the name of a field of what was read, with its value or a piece of it; and at
the end one of `*done`, `*bad` (an error of ours, to be told), `*memory`, `*fault` (any other, by its place).
"""

import contextlib
import dataclasses
import enum
import json
import operator
import os
import sys
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from typing import Any, BinaryIO

PIECE = 1_000  # items of a long field that cross at once: whoever takes them answers people in between


def main() -> None:
    """Read what comes in. Started by `process`, with the limits as arguments: seconds, megabytes, niceness."""
    _limit(*map(int, sys.argv[1:]))
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints goes where its complaints go: nowhere
    try:
        answer(sys.stdin.buffer, out)
    except MemoryError:
        out.write(b"*memory null\n")  # there may be too little left for more
    except BaseException:  # what a library written in another language raises is not always an Exception
        from bot.logs import where

        _say(out, "*fault", where())
    out.flush()


def answer(given: BinaryIO, out: BinaryIO) -> None:
    """Read one file and write what it holds, or what is wrong with it."""
    told = json.loads(given.readline())
    content = given.read()
    from bot.bounded.readers import READERS
    from bot.errors import BadFile, BadInput

    try:
        found = READERS[told["kind"]](content, told, lambda done, of: _show(out, done, of))
    except BadInput as error:
        said = {"message": str(error), "fields": error.fields, "file": isinstance(error, BadFile)}
        _say(out, "*bad", said)
        return
    for field in dataclasses.fields(found):
        for piece in _pieces(getattr(found, field.name)):
            _say(out, field.name, piece)
    _say(out, "*done", None)


def _pieces(value: Any) -> Iterator[Any]:
    if not isinstance(value, tuple):
        yield value
        return
    for start in range(0, len(value), PIECE):
        yield value[start : start + PIECE]


def _say(out: BinaryIO, word: str, value: Any) -> None:
    out.write(f"{word} {json.dumps(value, default=_plain)}\n".encode())


def _plain(value: Any) -> Any:
    """Return what JSON has no way to write as something that it has; `process` knows the types."""
    kind: Any = type(value)
    if hasattr(kind, "__dataclass_fields__"):
        names, get = _fields(kind)
        return dict(zip(names, get(value), strict=True))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, frozenset):
        return list(value)
    raise TypeError(kind.__name__)


@cache
def _fields(kind: Any) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    names = tuple(field.name for field in dataclasses.fields(kind))
    if len(names) == 1:
        return names, lambda value: (getattr(value, names[0]),)
    return names, operator.attrgetter(*names)


def _show(out: BinaryIO, done: int, of: int) -> None:
    _say(out, "*progress", [done, of])
    out.flush()


def _limit(cpu: int, megabytes: int, nice: int) -> None:
    """Limit this process, if the system knows such limits: elsewhere only the clock of `process` ends it."""
    try:
        import resource
    except ImportError:
        return
    limits = (
        (resource.RLIMIT_AS, megabytes << 20, megabytes << 20),
        (resource.RLIMIT_CPU, cpu, cpu + 1),
        (resource.RLIMIT_CORE, 0, 0),  # no picture of its memory is left behind, with people's names in it
        (resource.RLIMIT_FSIZE, 0, 0),  # it writes no file
    )
    for what, soft, hard in limits:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (soft, hard))
    with contextlib.suppress(OSError):
        os.nice(nice)


if __name__ == "__main__":
    main()
