"""`python -m bot …` inside the process of the tests: its own environment, folder, umask and streams; no second start.

What runs is `bot/__main__.py` itself, so that arguments, exit status and every word are those of the command line. A
warning is an error here, and what a command leaves open comes to light. Whatever serves or is sent a signal, and one
command of each family, runs as a process all the same (`Machine.process`).
"""

import contextlib
import io
import os
import runpy
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import event
from sqlalchemy.pool import Pool

SERVES = frozenset({"run", "web", "worker"})  # these set the collector and signals for their whole process


def run(arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> tuple[int, str, str]:
    """Run a command to its end; returns exit status, standard output and standard error. No thread beside it."""
    assert arguments[0] not in SERVES
    out, err = io.StringIO(), io.StringIO()
    with (
        _elsewhere(arguments, folder, environment),
        _connections_closed(),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            runpy.run_module("bot", run_name="__main__", alter_sys=True)
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
    return status, out.getvalue(), err.getvalue()


def as_process(arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> tuple[int, str, str]:
    """Run the same as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@contextlib.contextmanager
def _connections_closed() -> Iterator[None]:
    """Close what the command has opened: a process that ends does so by ending."""
    opened: list[Any] = []

    def opens(connection: Any, _record: object) -> None:
        opened.append(connection)

    event.listen(Pool, "connect", opens)
    try:
        yield
    finally:
        event.remove(Pool, "connect", opens)
        for connection in opened:
            connection.close()


@contextlib.contextmanager
def _elsewhere(arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    before = os.umask(0)
    os.umask(before)
    try:
        with (
            contextlib.chdir(folder),
            patch.dict(os.environ, environment, clear=True),
            patch.object(sys, "argv", ["bot", *arguments]),
        ):
            yield
    finally:
        os.umask(before)
