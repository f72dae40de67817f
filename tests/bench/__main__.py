"""Measure, print one table, and with --write keep it: `python -m tests.bench [--quick] [--write] [--only answers]`."""

import argparse
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.bench import (
    answers,
    crowds,
    forms,
    homes,
    lists,
    messages,
    mornings,
    names,
    policies,
    posts,
    records,
    rolls,
    starts,
    ticks,
    trusts,
    waits,
)
from tests.bench.table import Section, markdown, plain

DOCS = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"

# name → (in full, --quick)
MEASUREMENTS: Mapping[str, tuple[Callable[[], Section], Callable[[], Section]]] = {
    "answers": (lambda: answers.measure(1500), lambda: answers.measure(150)),
    "policies": (lambda: policies.measure(1500), lambda: policies.measure(150)),
    "trusts": (lambda: trusts.measure(1000, 600), lambda: trusts.measure(20, 60)),
    "mornings": (lambda: mornings.measure(1000, 3), lambda: mornings.measure(20, 3)),
    "ticks": (lambda: ticks.measure(20), lambda: ticks.measure(3)),
    "rolls": (lambda: rolls.measure(200_000), lambda: rolls.measure(2_000)),
    "starts": (lambda: starts.measure(15), lambda: starts.measure(3)),
    "names": (names.measure, names.measure),
    "forms": (lambda: forms.measure(1000), lambda: forms.measure(100)),
    "homes": (lambda: homes.measure(300), lambda: homes.measure(30)),
    "records": (lambda: records.measure(100_000, 500), lambda: records.measure(2_000, 50)),
    "lists": (lambda: lists.measure(100_000, 60), lambda: lists.measure(2_000, 12)),
    "posts": (lambda: posts.measure(50_000, 60), lambda: posts.measure(2_000, 6)),
    "waits": (lambda: waits.measure(20_000), lambda: waits.measure(3_000)),
    "crowds": (lambda: crowds.measure(200, 10_000), lambda: crowds.measure(20, 200)),
    "messages": (lambda: messages.measure(10_000), lambda: messages.measure(2_000)),
}


def main() -> None:
    """Measure what was asked for. A missed target is said plainly; it is never a failure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: only to see that the benchmark itself works")
    parser.add_argument("--write", action="store_true", help=f"write {DOCS.parent.name}/{DOCS.name} too")
    parser.add_argument("--only", action="append", choices=list(MEASUREMENTS), help="one part, or several")
    chosen = parser.parse_args()
    if chosen.write and (chosen.quick or chosen.only):
        parser.error("only a whole run at full size is written down")
    began = time.perf_counter()
    sections = []
    for name in chosen.only or MEASUREMENTS:
        print(f"{name}:", flush=True)
        in_full, quick = MEASUREMENTS[name]
        sections.append((quick if chosen.quick else in_full)())
    taken = time.perf_counter() - began
    print(f"\n{plain(sections)}\n\n{taken:.0f} s in all")
    if chosen.write:
        DOCS.write_text(markdown(sections, taken=taken), encoding="utf-8")


if __name__ == "__main__":
    main()
