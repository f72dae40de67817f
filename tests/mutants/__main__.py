"""Try a sample: `python -m tests.mutants`; so many, from another seed, in one place: `… 40 7 bot/rules/consent`."""

import random
import sys
import tempfile
import time
import tomllib
from collections import Counter
from difflib import unified_diff
from pathlib import Path

from tests.mutants.changes import changes
from tests.mutants.trying import ROOT, House, Mutant, Outcome, modules

SAMPLE, SEED = 120, 1
PLACES = (
    "bot/rules",
    "bot/services/records.py",
    "bot/services/record_turns.py",
    "storage/records.py",
    "storage/spine/record_sight.py",
)
# What changes nothing that anybody could notice, each with its reason.
KNOWN = Path(__file__).with_name("equivalent.toml")


def main(sample: str = str(SAMPLE), seed: str = str(SEED), *places: str) -> int:
    """Try a sample, print what nobody noticed, and the score; returns 1 if something survived."""
    known = {(each["path"], each["was"], each["becomes"]) for each in tomllib.loads(KNOWN.read_text("utf-8"))["change"]}
    every = [
        Mutant(path, change) for path in modules(places or PLACES) for change in changes((ROOT / path).read_bytes())
    ]
    drawn = random.Random(int(seed)).sample(every, min(int(sample), len(every)))
    began, outcomes = time.monotonic(), Counter[Outcome]()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        house = House(Path(folder))
        if not house.is_sound(modules(places or PLACES)):
            print("The tests fail as it is: run them first.")
            return 2
        for mutant in sorted(drawn):
            was, becomes = _lines(mutant)
            if (mutant.path, _plain(was), _plain(becomes)) in known:
                continue
            outcome = house.tried(mutant)
            outcomes[outcome] += 1
            if outcome is Outcome.SURVIVED:
                print(f"{mutant.path}:{mutant.change.line}\n{was}\n{becomes}\n", flush=True)
    noticed, tried = outcomes[Outcome.NOTICED], outcomes[Outcome.NOTICED] + outcomes[Outcome.SURVIVED]
    print(f"{noticed} of {tried} noticed ({noticed / max(tried, 1):.0%}); of {len(every)} changes, seed {seed};")
    print(f"{outcomes[Outcome.UNBORN]} {Outcome.UNBORN.value}; {(time.monotonic() - began) / 60:.0f} minutes.")
    return 1 if noticed < tried else 0


def _lines(mutant: Mutant) -> tuple[str, str]:
    """Return what a change takes away, and what it puts there, as a diff says it."""
    source = (ROOT / mutant.path).read_bytes()
    before, after = (text.decode().splitlines() for text in (source, mutant.change.made(source)))
    lines = list(unified_diff(before, after, n=0, lineterm=""))[3:]
    return "\n".join(line for line in lines if line[0] == "-"), "\n".join(line for line in lines if line[0] == "+")


def _plain(lines: str) -> str:
    """Return what a diff's lines say, on one line."""
    return " ".join(line[1:].strip() for line in lines.splitlines())


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
