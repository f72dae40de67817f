"""Writes docs/roles.md, who may give which role, from the table in the code: `python -m tests.roles` writes it."""

from pathlib import Path

from bot.rules.school import Role
from bot.rules.staff.role_changes import GIVERS, RANKS, Why
from bot.wording import page as wording

PAGE = Path(__file__).parent.parent / "docs" / "roles.md"

NOTE = """\
# Who may give which role

For the headteacher and the chair to confirm. Written from the table in `bot/rules/staff/role_changes.py`;
`python -m tests.roles` writes it again, and a test says when somebody has to. ● stands for “may give it and take it
away”. A role without one is given on the school's machine alone: `python -m bot setup school.toml --apply-roles`.
"""
AFTER = """\
Whatever the table says:
"""
RULES = (Why.OWN, Why.ABOVE, Why.NOT_HERE, Why.LAST_HEAD)
GIVING = tuple(role for role in Role if any(role in givers for givers in GIVERS.values()))


def page() -> str:
    """Return the page."""
    rules = "\n".join(f"- {why}" for why in RULES)
    ranks = sorted(set(RANKS.values()), reverse=True)
    order = " › ".join(" and ".join(_spoken(role) for role in Role if RANKS[role] == rank) for rank in ranks)
    return f"{NOTE}\n{_table()}\n\n{AFTER}\n{rules}\n\nWho is above whom: {order}.\n"


def _table() -> str:
    titles = ["role", *(_spoken(role) for role in GIVING)]
    under = ["---", *([":-:"] * len(GIVING))]
    rows = [[_spoken(role), *("●" if giver in GIVERS[role] else " " for giver in GIVING)] for role in Role]
    return "\n".join(f"| {' | '.join(row)} |" for row in (titles, under, *rows))


def _spoken(role: Role) -> str:
    return wording("help/roles").text(role.value)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
