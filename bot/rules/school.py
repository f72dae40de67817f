"""The school as its own settings describe it: uses of pictures, roles, policy. Values only."""

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from bot.rules.calendar import NOTHING_KNOWN, Calendar


class Media(enum.StrEnum):
    """What kind of picture. Yes for one says nothing of the other (policy §4.4)."""

    PHOTO = "photo"
    VIDEO = "video"


SLACK = "slack"  # the front of every account and place, until another one stands beside it


class Role(enum.StrEnum):
    """Who does what in the policy; a person may hold several. Every full member of the workspace is STAFF."""

    STAFF = "staff"
    HEADTEACHER = "headteacher"  # §2.1
    DEPUTY_HEADTEACHER = "deputy_headteacher"  # acts when the headteacher is away
    E_SAFETY_COORDINATOR = "e_safety_coordinator"  # §5.5, 7.3-7.5
    SAFEGUARDING_LEAD = "safeguarding_lead"  # the designated safeguarding lead (KCSIE part two)
    DATA_PROTECTION_OFFICER = "data_protection_officer"  # §2.1, 4.14
    CHAIR_OF_GOVERNORS = "chair_of_governors"  # KCSIE part four
    ADMIN_TEAM = "admin_team"  # §4.2
    SENIOR_LEADER = "senior_leader"  # §8.6
    GOVERNOR = "governor"  # §10.1


@dataclass(frozen=True, slots=True)
class Use:
    """One purpose that parents decide on by itself, such as the website."""

    key: str
    name: str
    media: tuple[Media, ...]
    aliases: tuple[str, ...] = ()

    def is_called(self, words: str) -> bool:
        """Return whether somebody means this use, however they write it: key, name, alias or a part of "Twitter/X"."""
        return _plain(words) in self._names()

    def _names(self) -> set[str]:
        written = {self.key, self.name, *self.aliases, *self.name.split("/")}
        return {_plain(name) for name in written}


def _plain(words: str) -> str:
    return re.sub(r"[\W_]+", " ", words.casefold()).strip()


class Audience(enum.StrEnum):
    """Whom a kind of training is for (policy §9)."""

    STAFF = "staff"  # everybody who works here
    TEACHERS = "teachers"  # whoever teaches a class
    CLASSES = "classes"  # pupils: recorded once for each class
    PARENTS = "parents"  # recorded once for the school


@dataclass(frozen=True, slots=True)
class Training:
    """One kind of training (§9). Due so many days after joining, or again after so many months, or both."""

    key: str
    name: str
    audience: Audience
    due_days_after_joining: int | None = None
    every_months: int | None = None

    @property
    def is_personal(self) -> bool:
        """Return whether it is recorded for each person."""
        return self.audience in {Audience.STAFF, Audience.TEACHERS}


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """[policy] of school.toml: the policy's own dates and who reviews it (§10.1, 10.2)."""

    title: str = "Social Media Policy"
    version: str = ""
    approved: date | None = None
    review_every_years: int = 3
    next_review: str = ""  # a day or a term, "Spring 2024"; read by bot.rules.policy.review
    reviewed_by: str = "the governors"  # the committee's name
    remind_before_days: tuple[int, ...] = (90, 30, 7)


# [K] How many classes those who answer for the whole school may look through for each picture.
OF_WHOLE_SCHOOL: Mapping[Role, int] = {
    Role.HEADTEACHER: 12,
    Role.DEPUTY_HEADTEACHER: 12,
    Role.SENIOR_LEADER: 12,
    Role.E_SAFETY_COORDINATOR: 12,
    Role.DATA_PROTECTION_OFFICER: 12,
}


@dataclass(frozen=True, slots=True)
class LookUpSettings:
    """[look_ups] of school.toml: whose looks at classes the data protection officer is told of. All of it [K]."""

    days: int = 7  # how far back it is counted
    classes_a_picture: int = 4  # more classes than this, not their own, for each picture: the officer is told
    by_role: Mapping[Role, int] = field(default_factory=lambda: OF_WHOLE_SCHOOL)  # instead, for whoever holds it
    exempt: frozenset[Role] = frozenset({Role.ADMIN_TEAM})  # keep the record of every child


@dataclass(frozen=True, slots=True)
class School:
    """One school, frozen. `settings_version` and `roll_version` change whenever what they count does."""

    school_id: int
    workspace: str  # its front's own id of it
    name: str
    timezone: str
    uses: tuple[Use, ...]
    headers: Mapping[str, str]  # a column header in the school's own export → our column
    settings_version: int
    designated_officer: str = ""  # how to reach the local authority's designated officer (LADO)
    filter_name: str = "the web filter"
    look_ups_kept: timedelta = timedelta(days=365)  # [K] for the data protection officer to confirm
    look_ups: LookUpSettings = LookUpSettings()
    training: tuple[Training, ...] = ()
    calendar: Calendar = NOTHING_KNOWN
    policy: PolicySettings = PolicySettings()
    phones: Mapping[str, str] = field(default_factory=dict)  # address of a role holder → phone number
    welcomes: bool = False  # whether each colleague is welcomed once: not where they knew Lanyard before it did so

    def use(self, key: str) -> Use | None:
        """Return the use with this key, if the school has it."""
        return next((use for use in self.uses if use.key == key), None)

    def use_called(self, words: str) -> Use | None:
        """Return the use that somebody means by these words, if there is exactly one."""
        meant = [use for use in self.uses if use.is_called(words)]
        return meant[0] if len(meant) == 1 else None

    def training_of(self, key: str) -> Training | None:
        """Return the kind of training with this key, if the school has it."""
        return next((kind for kind in self.training if kind.key == key), None)

    def training_called(self, words: str) -> Training | None:
        """Return the kind of training that somebody means by its key or name, if there is exactly one."""
        meant = [kind for kind in self.training if _plain(words) in {_plain(kind.key), _plain(kind.name)}]
        return meant[0] if len(meant) == 1 else None
