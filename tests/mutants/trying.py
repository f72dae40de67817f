"""A copy of the house in which one thing at a time is different, and the tests that may notice it."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from coverage import CoverageData

from tests.mutants.changes import Change

ROOT = Path(__file__).resolve().parents[2]
# These start a browser, processes or thousands of payloads: minutes for what a journey notices in seconds.
LEFT_OUT = re.compile(r"tests/(browser|demo|soak|bench|slack|mutants)/|/test_(killed|serve|outage|hand_on|faults)\.py")
PATIENCE = 3  # so many times as long as unchanged; what runs on after that goes round in a circle
FAILED, NOTHING_RUN = 1, 5  # what pytest ends with
WATCHED = "[run]\ndata_file = .seen\ninclude =\n  "


class Outcome(Enum):
    """What became of a change."""

    NOTICED = "noticed"
    SURVIVED = "survived"
    UNBORN = "cannot even be imported"  # says nothing about the tests, so it does not count


@dataclass(frozen=True, order=True, slots=True)
class Mutant:
    """One change to one module."""

    path: str
    change: Change


def modules(places: Iterable[str]) -> list[str]:
    """Return the modules in some places, by their paths from the root."""
    found = (
        path
        for place in places
        for path in ((ROOT / place).rglob("*.py") if (ROOT / place).is_dir() else [ROOT / place])
    )
    return sorted(str(path.relative_to(ROOT)) for path in found)


class House:
    """A copy of every file that is git's or could be, in a folder of its own: nobody's work is changed."""

    def __init__(self, folder: Path) -> None:
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).exists():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        self._root = folder.resolve()
        found = sorted(str(path.relative_to(folder)) for path in folder.glob("tests/**/test_*.py"))
        self._tests = [name for name in found if not LEFT_OUT.search(name)]
        self._seen = CoverageData(str(folder / ".seen"))
        self._longest: float | None = None

    def is_sound(self, watched: Sequence[str]) -> bool:
        """Return whether every test passes while nothing is changed; write down which lines each of them comes by."""
        (self._root / ".coveragerc").write_text(WATCHED + "\n  ".join(watched), "utf-8")
        began = time.monotonic()
        passed = self._run(["-m", "coverage", "run", "-m", "pytest", "-p", "tests.mutants.watching"], self._tests) == 0
        self._longest = PATIENCE * (time.monotonic() - began)
        self._seen.read()
        return passed

    def tried(self, mutant: Mutant) -> Outcome:
        """Make a change, run the tests that come by it, and undo it."""
        path, known = self._root / mutant.path, self._tests_of(mutant)
        source, was = path.read_bytes(), path.stat()
        path.write_bytes(mutant.change.made(source))
        # Python knows what it has compiled by the source's time and size, and both may be the same.
        os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns + 10**10))
        try:
            for tests in filter(None, known):
                ended = self._run(["-B", "-m", "pytest", "-x"], tests)
                if ended not in {0, NOTHING_RUN}:
                    return Outcome.NOTICED if ended == FAILED else Outcome.UNBORN
        finally:
            path.write_bytes(source)
            os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
        return Outcome.SURVIVED

    def _tests_of(self, mutant: Mutant) -> tuple[list[str], list[str]]:
        """Return the tests that come by a statement; of a table, those of its module, and then every other."""
        by_line = self._seen.contexts_by_lineno(str(self._root / mutant.path))
        first, last = mutant.change.first, mutant.change.last
        seen = (test for line, tests in by_line.items() if not last or first <= line <= last for test in tests)
        near = sorted({test.partition("[")[0] for test in seen if test})
        files = sorted({test.partition("::")[0] for test in near})
        return (near, []) if last else (files, [test for test in self._tests if test not in files])

    def _run(self, python: Sequence[str], tests: Sequence[str]) -> int:
        # Every journey runs on both databases, and a rule that bends does so on SQLite, too.
        command = [sys.executable, *python, "-p", "no:cacheprovider", "-k", "not postgresql", *tests]
        try:
            return subprocess.run(
                command, cwd=self._root, capture_output=True, timeout=self._longest, check=False
            ).returncode
        except subprocess.TimeoutExpired:
            return FAILED
