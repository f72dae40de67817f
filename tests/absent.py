"""Draws the table in docs/absences.md from the rules in the code: `python -m tests.absent` writes it."""

from pathlib import Path

from bot.rules.school import Role
from bot.rules.staff import absences
from bot.services.school.absences import LINES
from handlers.parts import roles

PAGE = Path(__file__).parent.parent / "docs" / "absences.md"
ROLES = [role for role in Role if role is not Role.STAFF]
OWN, OTHERS = "at once", "on the morning of the next school day, 08:00"

HEAD = """# Who may write whom down as away

An absence is no promotion. Drawn from `bot/rules/staff/absences.py` and the lines in `bot/rules/`;
`python -m tests.absent` draws it again, and a test says when somebody has to. **[K] For the headteacher to confirm.**

"""
TAIL = """
Never by:

- whoever would stand in for that person, in whatever line: they are not in the table above, and whoever holds two
  offices is judged by both;
- whoever has something waiting with that person. What they ask for later does not go to a stand-in on their word
  either;
- whoever is spoken of. They are not refused, for that would tell them of a report: for such a record what they wrote
  counts for nothing.

The filter's lines are no line here: whoever keeps the filter may change it at any time, so nobody gains by an
absence. Nobody stands in at a review of the policy.

## When it counts, and for what

- Whoever is written down by somebody else is told at once, at any hour. *I am here: undo* takes one press.
- A stand-in sees everything that waits of what is not confidential. Of reports they see what came in while the person
  was away, after it had been written down, and what has been silent for the line's limit.
- An absence never quiets a report: whoever it waits for is reminded of it, away or not. Where all for whom it waits
  are away, the reporter is told so, too.
- An absence that was written down in error is struck out with a reason, by the person with one press, or by anybody
  who may write it down. It counts for nothing from then on and stays in the list for 30 days; what was decided
  meanwhile stands.
"""


def page() -> str:
    """Return the page."""
    rows = [f"| {_called(role)} | {_writers(role)} | {OTHERS} |" for role in ROLES]
    everybody = f"| anybody | they themselves | {OWN} |"
    table = ["| who is away | written down by | standing in begins |", "|---|---|---|", everybody]
    return HEAD + "\n".join([*table, *rows, f"| everybody else | {_writers(Role.STAFF)} | {OTHERS} |"]) + "\n" + TAIL


def _writers(role: Role) -> str:
    said = roles.spoken(absences.allowed(role, LINES), "or")
    another = role in absences.ONLY and role is Role.CHAIR_OF_GOVERNORS
    said = said.replace("governor", "another governor") if another else said
    return f"{said}; never {roles.spoken(absences.NEVER[role])}" if role in absences.NEVER else said


def _called(role: Role) -> str:
    return roles.spoken([role])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
