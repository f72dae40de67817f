"""Draws the state diagrams in docs/states.md from the tables in the code: `python -m tests.states` writes them."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Any

from bot.rules import access, breaches, content, permissions, training_rounds
from bot.rules.filter import register
from bot.rules.policy import review as policy_review
from bot.rules.policy import versions
from bot.rules.posting import posts, take_downs
from bot.rules.procedures import All, Procedure, Turn, Whose

PAGE = Path(__file__).parent.parent / "docs" / "states.md"

Steps = Mapping[tuple[Any, Any], Any]  # (state, event) → state, each feature with its own words

DRAWN: Mapping[str, ModuleType] = {
    "Version of the policy (policy §10)": versions,
    "Review of the policy (policy §10.1)": policy_review,
    "Proposal of a refresher (policy §9.7)": training_rounds,
    "Entry of the filter register (policy §7.1, 7.3)": register,
}


PROCEDURES_DRAWN: Mapping[str, Procedure] = {
    "Access request (policy §7.5)": access.PROCEDURE,
    "Permission: a personal account in a lesson (policy §5.7)": permissions.LESSON,
    "Permission: a personal account over the WiFi (policy §5.9)": permissions.WIFI,
    "Permission: to post on one of the school's accounts (policy §5.1)": permissions.ACCOUNT,
    "Data breach (policy §4.14)": breaches.PROCEDURE,
    "Content report (policy §5.5, 7.3)": content.USUAL,
    "Content report about the E-Safety Co-ordinator": content.ABOUT_COORDINATOR,
    "Content report about the headteacher (KCSIE part four)": content.ABOUT_HEAD,
    "Content report about the chair of governors": content.ABOUT_CHAIR,
    "Content report of what may be illegal (KCSIE part two)": content.USUAL_ILLEGAL,
    "Content report of what may be illegal, about the E-Safety Co-ordinator": content.ABOUT_COORDINATOR_ILLEGAL,
    "Content report of what may be illegal, about the chair": content.ABOUT_CHAIR_ILLEGAL,
    "Content report of what may be illegal, about both of these": content.ABOUT_COORDINATOR_AND_CHAIR_ILLEGAL,
    "Content report about both": content.ABOUT_BOTH,
    "Content report about the E-Safety Co-ordinator and the chair": content.ABOUT_COORDINATOR_AND_CHAIR,
    "Post (policy §4.6, 4.7)": posts.PROCEDURE,
    "Take-down (policy §4.5, 4.6)": take_downs.PROCEDURE,
}


def page() -> str:
    """Return the page."""
    parts = [
        "# How records move\n\nDrawn from the tables in `bot/rules/`; `python -m tests.states` draws them again, "
        "and a test says when somebody has to.\n"
    ]
    for title, rules in DRAWN.items():
        parts.append(f"## {title}\n\n```mermaid\n{_drawing(rules.STEPS)}\n```\n\n{_turns(rules)}\n")
    for title, way in PROCEDURES_DRAWN.items():
        parts.append(f"## {title}\n\n```mermaid\n{_drawing(way.steps)}\n```\n\n{_turns_of(way)}\n")
    return "\n".join(parts)


def _turns_of(way: Procedure) -> str:
    """Return whose turn each event is: a line of roles, in the order in which they are asked."""
    rows = []
    for state, events in way.turns.items():
        for event, whose in events.items():
            rows.append(f"| {state.value} | {event.value} | {_whose(whose).replace('_', ' ')} |")
    return "\n".join(["| state | what | whose turn it is |", "|---|---|---|", *rows])


def _whose(whose: Whose) -> str:
    if isinstance(whose, Turn):
        return whose.value
    if isinstance(whose, All):
        return "one who is in both: " + "; ".join(" › ".join(line) for line in whose.lines)
    return "; ".join(" › ".join(line) for line in whose) or "nobody at the school"


def _drawing(table: Steps) -> str:
    lines = [f"    {_id(was)} --> {_id(to)}: {event.value}" for (was, event), to in table.items()]
    states = dict.fromkeys(state for (was, _), to in table.items() for state in (was, to))
    names = [f"    {_id(state)}: {state.value}" for state in states]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {_id(next(iter(states)))}", *names, *lines])


def _turns(rules: ModuleType) -> str:
    rows = [f"| {state.value} | {rules.TURNS.get(state, 'final')} |" for state in rules.State]
    return "\n".join(["| state | whose turn it is |", "|---|---|", *rows])


def _id(state: StrEnum) -> str:
    return state.name.lower()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
