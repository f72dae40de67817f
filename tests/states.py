"""Draws the state diagrams in docs/states.md from the tables in the code: `python -m tests.states` writes them."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from bot.rules import access, content
from bot.rules.filter import register
from bot.rules.policy import review

PAGE = Path(__file__).parent.parent / "docs" / "states.md"

Steps = Mapping[tuple[Any, Any], Any]  # (state, event) → state, each feature with its own words

DRAWN: Mapping[str, Steps] = {
    "Access request (policy §7.5)": access.STEPS,
    "Content report (policy §5.5, 7.3)": content.STEPS,
    "Review of the policy (policy §10.1)": review.STEPS,
    "Entry of the filter register (policy §7.1, 7.3)": register.STEPS,
}


def page() -> str:
    """Return the page."""
    parts = [
        "# How records move\n\nDrawn from the tables in `bot/rules/`; `python -m tests.states` draws them again, "
        "and a test says when somebody has to.\n"
    ]
    for title, steps in DRAWN.items():
        lines = [f"    {_id(was)} --> {_id(to)}: {event.value}" for (was, event), to in steps.items()]
        states = dict.fromkeys(state for (was, _), to in steps.items() for state in (was, to))
        names = [f"    {_id(state)}: {state.value}" for state in states]
        first = next(iter(states))
        drawing = "\n".join(["stateDiagram-v2", f"    [*] --> {_id(first)}", *names, *lines])
        parts.append(f"## {title}\n\n```mermaid\n{drawing}\n```\n")
    return "\n".join(parts)


def _id(state: StrEnum) -> str:
    return state.name.lower()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
