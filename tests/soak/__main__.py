"""The whole soak: `python -m tests.soak`, or with another seed or number: `python -m tests.soak 20000 7`."""

import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.soak import outages
from tests.soak.soaking import Soak, Wrong

PAYLOADS, SEED = 10_000, 1
OUTAGES, SECONDS = 3, 5.0  # of PostgreSQL, with so much load before, during and after each
SHOWN = 40


def main(payloads: int = PAYLOADS, seed: int = SEED) -> int:
    """Run it and tell what went wrong; returns the exit status."""
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        soak = Soak(Path(folder))
        kinds: dict[str, list[Wrong]] = {}
        for wrong in soak.run(payloads, seed):
            kinds.setdefault(_kind(wrong.what), []).append(wrong)
    for found in sorted(kinds.values(), key=len, reverse=True)[:SHOWN]:
        print(f"{len(found)} times in {len({each.way for each in found})} ways in, the first:\n  {found[0]}")
    statuses = ", ".join(f"{count} × {status}" for status, count in sorted(Counter(soak.statuses).items()))
    print(f"{soak.sent} payloads, seed {seed}, in {time.perf_counter() - begun:.0f} s: {statuses}.")
    print(f"Slowest: {soak.slowest[0]:.2f} s, {soak.slowest[1]}.")
    print(f"{sum(map(len, kinds.values()))} things went wrong, of {len(kinds)} kinds.")
    return 1 if _outages() or kinds else 0


def _outages() -> bool:
    """Stop and start PostgreSQL under load and tell what came of it; returns whether anything went wrong."""
    outcome = outages.run(OUTAGES, SECONDS)
    told = ", ".join(f"{count} × {what}" for what, count in outcome.answers.most_common())
    print(f"PostgreSQL stopped and started {OUTAGES} times: {told}. Slowest: {outcome.slowest:.2f} s.")
    for wrong in outcome.wrong[:SHOWN]:
        print(f"  {wrong}")
    print(f"{len(outcome.wrong)} things went wrong.")
    return bool(outcome.wrong)


def _kind(what: str) -> str:
    """Return what is the same of two mishaps of one kind: the place in the code, but no code, route or value."""
    at = re.search(r'"where": "([^"]+)"', what)
    return at[1] if at else re.sub(r"'[^']*'|\d+|[0-9a-f]{8}", "…", what)[:120]


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
