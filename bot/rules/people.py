"""Who somebody is to the school, and whether the bot may answer them at all."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from bot.rules.school import SLACK, Role, School

# How long what Slack said about a person may be believed. A `user_change` event usually tells us within seconds, but
# events can be lost, so nobody is believed for longer than a school day.
BELIEVED_FOR = timedelta(hours=12)
LONGEST_NAME = 200  # letters
TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir", "dame", "rev", "revd", "father"})


def called(name: str) -> str:
    """Return how a colleague is greeted: "Ann" of "Ann Teacher".

    The whole name where it begins with a title or the surname: "Dr Evans", "Evans, Col".
    """
    first = next(iter(name.split()), "")
    return name if first.endswith(",") or first.rstrip(".").casefold() in TITLES else first


class Standing(enum.StrEnum):
    """Whether this Slack account is a member of staff."""

    STAFF = "staff"
    LEFT = "left"
    OUTSIDER = "outsider"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works for the school. `roles` always holds STAFF."""

    person_id: int
    name: str
    email: str
    account: str | None  # the front's own id of this person
    standing: Standing
    roles: frozenset[Role]
    classes: tuple[str, ...]
    # Left out of comparisons: the same person may have been read earlier, and Slack asked again since.
    checked_at: datetime | None = field(compare=False)
    front: str = SLACK  # whose account it is, and through which this person is told
    perhaps: int | None = None  # who had the address before: until the office says whether it is the same, plain staff

    @property
    def is_here(self) -> bool:
        """Return whether this person works here and has an account: nobody else can be told, ask or decide."""
        return self.standing is Standing.STAFF and self.account is not None

    @property
    def is_named_only(self) -> bool:
        """Return whether a role in school.toml is all that is known: neither on the staff list nor seen in Slack."""
        return self.standing is Standing.OUTSIDER and self.account is None

    @property
    def is_nameless(self) -> bool:
        """Return whether nobody has said yet what this person is called: the address stands for them."""
        return self.name == self.email[:LONGEST_NAME]

    def holds(self, *roles: Role) -> bool:
        """Return whether this person holds any of these roles."""
        return bool(self.roles.intersection(roles))


class Actor(NamedTuple):
    """A person at work in one school; everything that is done is done by one."""

    person: Person
    school: School
    roll_version: int

    @property
    def school_id(self) -> int:
        """Return the school's id: every query asks for it."""
        return self.school.school_id


class Relatives(NamedTuple):
    """To whom somebody is related, by their own word: ids of colleagues and of pupils."""

    colleagues: frozenset[int]
    pupils: frozenset[int]


def standing(user: Mapping[str, Any], team_id: str) -> Standing:
    """Judge a Slack user object (users.info): only a full, living member of this very workspace is staff."""
    if user.get("deleted"):
        return Standing.LEFT
    marks = ("is_bot", "is_app_user", "is_restricted", "is_ultra_restricted", "is_stranger", "is_workflow_bot")
    if any(user.get(mark) for mark in marks) or user.get("id") == "USLACKBOT":
        return Standing.OUTSIDER
    if team_id not in _teams(user):
        return Standing.OUTSIDER
    return Standing.STAFF


def _teams(user: Mapping[str, Any]) -> set[str]:
    """On an Enterprise grid, `team_id` is the home workspace and `enterprise_user.teams` lists all of them."""
    return {user.get("team_id", ""), *((user.get("enterprise_user") or {}).get("teams") or ())}


def believed(person: Person, now: datetime) -> bool:
    """Return whether what Slack said of this person is fresh enough to act on.

    A time in the future is not fresh: the machine's clock was wrong then, and nobody knows by how much.
    """
    return person.checked_at is not None and timedelta(0) <= now - person.checked_at < BELIEVED_FOR
