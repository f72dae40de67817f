"""Writes docs/routes.md, who may use which way in, from the route table: `python -m tests.routes` writes it."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import handlers
from bot.rules.school import Role
from bot.wording import page as wording
from handlers.requests import Route

PAGE = Path(__file__).parent.parent / "docs" / "routes.md"

NOTE = """\
# Who may do what

For reviewers. Written from the route table of the code; `python -m tests.routes` writes it again, and a test says when
somebody has to. Every way in is a row, every role a column; ● stands for “may”. The last column is every other member
of staff. Anybody else, such as a guest, may use none of them.

This is the outer door. Whether this person may do this with this record is asked again behind it.
"""
SPECIAL = tuple(role for role in Role if role is not Role.STAFF)
OTHERS = "any other member of staff"


def allowed(route: Route, role: Role) -> bool:
    """Tell whether a member of staff with this role alone may use a route."""
    return bool(route.roles & {role, Role.STAFF})


def page() -> str:
    """Return the page."""
    features = {feature.__name__.rpartition(".")[2]: feature.ROUTES for feature in handlers.FEATURES}
    known = set(chain.from_iterable(features.values()))
    for route in handlers.routes():  # of features that are given what all others have
        if route not in known:
            name = "home" if route.name.startswith("home") else "help"
            features[name] = (*features.get(name, ()), route)
    return "\n".join([NOTE, *(f"## {name}\n\n{_table(routes)}\n" for name, routes in features.items())])


def _table(routes: tuple[Route, ...]) -> str:
    titles = ["way in", "name", *(wording("help/roles").text(role) for role in SPECIAL), OTHERS]
    rows = [[route.kind.value, f"`{route.name}`", *_marks(route)] for route in routes]
    under = ["---", "---", *([":-:"] * (len(titles) - 2))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (titles, under, *rows))


def _marks(route: Route) -> Iterator[str]:
    for role in (*SPECIAL, Role.STAFF):
        yield "●" if allowed(route, role) else " "


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
