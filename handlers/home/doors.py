"""What each role can do: its main job, which stands on Home, and everything else, by verb, behind *More*.

Who may press a button is said here as at its route; a test compares them.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from bot.rules.access import SEES_ALL
from bot.rules.consent.form import KEEPERS, RECORDERS
from bot.rules.consent.looks import VIEWERS as VIEWERS_OF_LOOKS
from bot.rules.filter.register import VIEWERS
from bot.rules.overview import READERS
from bot.rules.people import Person
from bot.rules.posting.surfaces import KEEPERS as SURFACE_KEEPERS
from bot.rules.posting.take_downs import READERS as TAKE_DOWN_READERS
from bot.rules.reminders import week
from bot.rules.school import Role, School
from bot.rules.training import COUNTERS
from bot.services.policy import acknowledgement, reviews
from bot.wording import Wording, page
from handlers import blocks
from handlers.requests import EVERYONE

HOME, OVERVIEW, RELATIVES = page("home/view"), page("overview/view"), page("relatives/view")
LOOKS, MONDAY = page("looks/view"), page("monday/view")
SHOWN_CLASSES = 5
# Their own job is another one; who of them has a class finds the button for photo consent on Home all the same.
ELSEWHERE = frozenset(
    {
        *(Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER, Role.DATA_PROTECTION_OFFICER),
        *(Role.CHAIR_OF_GOVERNORS, Role.GOVERNOR),
    }
)


class Door(NamedTuple):
    """A button that opens something, and who may press it."""

    label: Wording
    action: str
    roles: frozenset[Role]
    spoken: Wording | None = None

    def button(self, style: str | None = None) -> blocks.Button:
        """Return it as it is shown."""
        return blocks.Button(self.label, self.action, style=style, spoken=self.spoken)


@cache
def _main() -> tuple[tuple[frozenset[Role], Door], ...]:
    """Return role → the button of its main job, in the order in which they are shown."""
    return (
        (frozenset({Role.ADMIN_TEAM}), Door(HOME.text("record_button"), "ledger.open", RECORDERS)),
        (frozenset({Role.ADMIN_TEAM}), Door(HOME.text("import_button"), "imports.open", RECORDERS)),
        (frozenset({Role.E_SAFETY_COORDINATOR}), Door(HOME.text("filter_list_button"), "register.open", VIEWERS)),
        (
            frozenset({Role.DATA_PROTECTION_OFFICER}),
            Door(LOOKS.text("home_button"), "looks.open", VIEWERS_OF_LOOKS),
        ),
        (
            frozenset({Role.CHAIR_OF_GOVERNORS, Role.GOVERNOR}),
            Door(OVERVIEW.text("home_button"), "overview.open", READERS),
        ),
    )


@cache
def _check() -> Door:
    return Door(HOME.text("check_button"), "consent.open", EVERYONE, HOME.text("spoken_check"))


@cache
def _by_verb() -> Mapping[Wording, Sequence[Door]]:
    """Return verb → what can be done, for everybody."""
    return {
        HOME.text("ask"): (
            Door(HOME.text("access_button"), "access.new", EVERYONE),
            Door(HOME.text("permission_button"), "permissions.new", EVERYONE),
            Door(HOME.text("post_button"), "posting.open_form", EVERYONE),
        ),
        HOME.text("report"): (
            Door(HOME.text("content_button"), "content.new", EVERYONE),
            Door(HOME.text("breach_button"), "breaches.new", EVERYONE),
        ),
        HOME.text("record"): (
            Door(HOME.text("record_button"), "ledger.open", RECORDERS),
            Door(HOME.text("import_button"), "imports.open", RECORDERS),
            Door(HOME.text("log_post_button"), "posting.open_log", EVERYONE),
            Door(HOME.text("training_button"), "training.open", EVERYONE),
            Door(RELATIVES.text("home_button"), "relatives.open", EVERYONE),
        ),
        HOME.text("look_up"): (
            _check(),
            Door(HOME.text("record_seen_button"), "ledger.open", KEEPERS - RECORDERS),
            Door(HOME.text("gaps_button"), "consent.gaps", RECORDERS),
            Door(LOOKS.text("home_button"), "looks.open", VIEWERS_OF_LOOKS),
            Door(HOME.text("filter_list_button"), "register.open", VIEWERS),
            Door(HOME.text("posted_button"), "records.posted", EVERYONE),
            Door(HOME.text("published_button"), "posting.look", SURFACE_KEEPERS),
            Door(HOME.text("take_downs_button"), "take_downs.list", frozenset(TAKE_DOWN_READERS)),
            Door(HOME.text("records_button"), "records.open", SEES_ALL),
            Door(HOME.text("all_mine"), "records.mine", EVERYONE),
            Door(HOME.text("all_due"), "reminders.all", EVERYONE),
            Door(HOME.text("policy_button"), "policy.contents", EVERYONE),
        ),
        HOME.text("school"): (
            Door(MONDAY.text("open_week"), "monday.open", week.READERS),
            Door(OVERVIEW.text("home_button"), "overview.open", READERS),
            Door(HOME.text("places_button"), "surfaces.open", SURFACE_KEEPERS),
            Door(HOME.text("register_button"), "training.register", COUNTERS),
            Door(HOME.text("readers_button"), "acknowledgement.progress", frozenset(acknowledgement.SEES_ALL)),
            Door(HOME.text("review_button"), "policy.review", reviews.MAY_SEE),
        ),
    }


def main_jobs(person: Person) -> list[blocks.Element]:
    """Return the buttons of somebody's main job; those who take pictures check, their own classes first."""
    mine = [door for roles, door in _main() if roles & person.roles]
    row: list[blocks.Element] = [door.button(None if number else "primary") for number, door in enumerate(mine)]
    if person.classes or not person.roles & ELSEWHERE:
        row.append(_check().button(None if row else "primary"))
    row += [
        blocks.Button(
            HOME.text("class_button", class_name=name),
            f"consent.own_class:{number}",
            value=name,
            spoken=HOME.text("spoken_class", class_name=name),
        )
        for number, name in enumerate(person.classes[:SHOWN_CLASSES])
    ]
    return row


def by_verb(person: Person, school: School) -> Iterator[tuple[Wording, list[Door]]]:
    """Yield every verb with what somebody can do; each thing once, and nothing that they may not."""
    shown: set[str] = set()
    for verb, doors in _by_verb().items():
        mine = [door for door in doors if door.roles & person.roles and door.action not in shown]
        if not school.training:
            mine = [door for door in mine if not door.action.startswith("training.")]
        shown |= {door.action for door in mine}
        if mine:
            yield verb, mine
