"""school.toml: the school's own settings. Frozen, and checked when they are set up, never at a start."""

import tomllib
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from bot import school_slips
from bot.errors import BadInput, Misconfigured
from bot.rules.calendar import Calendar
from bot.rules.filter.lines import read_entry
from bot.rules.names.folding import fold
from bot.rules.policy.clauses import LONGEST_LABEL
from bot.rules.policy.review import read_due
from bot.rules.school import Audience, Media, Role

MOST_USES = 25  # all of a child's uses in one answer, all of them in one form
MOST_TRAINING = 20  # all of a person's training in one window

Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Name = Annotated[str, Field(min_length=1, max_length=100)]


class _Table(BaseModel):
    # A misspelt key would otherwise be a setting that nobody notices is missing.
    model_config = ConfigDict(extra="forbid", frozen=True)


class SchoolTable(_Table):
    """[school]: who the school is."""

    name: Name
    timezone: str = "Europe/London"
    slack_team: Annotated[str, Field(pattern=r"^[TE][A-Z0-9]{2,}$")]

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("not a time zone; write Europe/London") from error
        return zone


class UseTable(_Table):
    """[[uses]]: what a picture may be used for."""

    key: Key
    name: Annotated[str, Field(min_length=1, max_length=60)]  # so that every use of a child fits into one message
    media: Annotated[tuple[Media, ...], Field(min_length=1)]
    aliases: tuple[Name, ...] = ()

    @field_validator("media")
    @classmethod
    def _each_once(cls, media: tuple[Media, ...]) -> tuple[Media, ...]:
        if len(set(media)) < len(media):
            raise ValueError("the same medium twice; write each once")
        return media

    def names(self) -> set[str]:
        """Return everything that staff may call this use."""
        return {fold(name) for name in (self.key, self.name, *self.aliases)} - {""}


class PolicyTable(_Table):
    """[policy]: the policy's own dates (§10)."""

    title: Name
    version: Annotated[str, Field(min_length=1, max_length=LONGEST_LABEL)]
    approved: date
    review_every_years: Annotated[int, Field(ge=1, le=10)] = 3
    next_review: str | date
    reviewed_by: Name
    remind_before_days: tuple[Annotated[int, Field(ge=1, le=730)], ...] = (90, 30, 7)

    @field_validator("next_review")
    @classmethod
    def _is_a_day_or_a_term(cls, written: str | date) -> str | date:
        read_due(str(written), Calendar())
        return written


class TrainingTable(_Table):
    """[[training]]: one kind of training (§9)."""

    key: Key
    name: Name
    audience: Audience
    due_days_after_joining: Annotated[int, Field(ge=0, le=366)] | None = None
    every_months: Annotated[int, Field(ge=1, le=120)] | None = None

    @model_validator(mode="after")
    def _only_people_join(self) -> Self:
        if self.due_days_after_joining is not None and self.audience in {Audience.CLASSES, Audience.PARENTS}:
            raise ValueError("due_days_after_joining is for staff and teachers; use every_months here")
        return self


class AccountTable(_Table):
    """[[accounts]]: an official account, never its password (§5.1)."""

    key: Key
    name: Name
    url: str
    custodians: tuple[Email, ...] = ()
    use: Key | None = None  # the key of the use that parents are asked for it; left out where the keys are the same


class FilterTable(_Table):
    """[filter]: the web filter (§7.1)."""

    name: Name
    blocked: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()

    @field_validator("blocked", "allowed")
    @classmethod
    def _are_lines(cls, lines: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(read_entry(line).text for line in lines)
        except BadInput as error:
            raise ValueError(str(error)) from error


class ContactsTable(_Table):
    """[contacts]: whom to speak to outside the school."""

    designated_officer: str = ""  # the local authority's designated officer (LADO): name, phone, e-mail


class PhoneTable(_Table):
    """[[phones]]: how to reach whoever holds a role and has no Slack account of their own."""

    email: Annotated[Email, AfterValidator(str.lower)]
    name: Name
    phone: Annotated[str, Field(pattern=r"^\+?[0-9][0-9 ()/-]{4,38}$")]


class RetentionTable(_Table):
    """[retention]: how long things are kept; the data protection officer confirms each."""

    look_up_log_days: Annotated[int, Field(ge=30, le=3650)] = 365


class LookUpsTable(_Table):
    """[look_ups]: when looking through class after class is told to the data protection officer, who confirms each."""

    days: Annotated[int, Field(ge=1, le=90)] = 7
    classes_a_picture: Annotated[int, Field(ge=1, le=1000)] = 4
    by_role: dict[Role, Annotated[int, Field(ge=1, le=1000)]] = {}  # beside `OF_WHOLE_SCHOOL`
    exempt: tuple[Role, ...] = (Role.ADMIN_TEAM,)

    @field_validator("exempt")
    @classmethod
    def _not_everybody(cls, roles: tuple[Role, ...]) -> tuple[Role, ...]:
        if Role.STAFF in roles:
            raise ValueError("staff is everybody; to hear of fewer, raise classes_a_picture")
        return roles


class SchoolFile(_Table):
    """The whole of school.toml."""

    school: SchoolTable
    roles: dict[Role, tuple[Email, ...]]
    uses: Annotated[tuple[UseTable, ...], Field(min_length=1)]
    headers: dict[str, str] = {}  # a column header in the school's own export = the header Lanyard knows
    policy: PolicyTable | None = None
    training: tuple[TrainingTable, ...] = ()
    accounts: tuple[AccountTable, ...] = ()
    filter: FilterTable | None = None
    contacts: ContactsTable = ContactsTable()
    phones: tuple[PhoneTable, ...] = ()
    retention: RetentionTable = RetentionTable()
    look_ups: LookUpsTable = LookUpsTable()

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        keys = [use.key for use in self.uses]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice:
            raise ValueError(f"two [[uses]] have the key {twice}; each needs its own")
        if len(self.uses) > MOST_USES:
            raise ValueError(f"there are {len(self.uses)} [[uses]]; at most {MOST_USES} fit into one answer")
        for use, other in combinations(self.uses, 2):
            shared = sorted(use.names() & other.names())
            if shared:
                raise ValueError(f"[[uses]] {use.key} and {other.key} are both called {shared[0]}; rename one")
        self._training_is_told_apart()
        self._phones_are_role_holders()
        if not self.roles.get(Role.HEADTEACHER):
            raise ValueError("[roles] headteacher is empty: somebody has to decide")
        return self

    def _training_is_told_apart(self) -> None:
        if len(self.training) > MOST_TRAINING:
            raise ValueError(
                f"there are {len(self.training)} [[training]]; at most {MOST_TRAINING} fit into one window"
            )
        for kind, other in combinations(self.training, 2):
            if {fold(kind.key), fold(kind.name)} & {fold(other.key), fold(other.name)}:
                raise ValueError(f"[[training]] {kind.key} and {other.key} are called the same; rename one")

    def _phones_are_role_holders(self) -> None:
        emails = [each.email for each in self.phones]
        holders = {email for email, _ in self.holders()}
        if twice := next((email for email in emails if emails.count(email) > 1), None):
            raise ValueError(f"two [[phones]] are of {twice}; write one")
        if stranger := next((email for email in emails if email not in holders), None):
            raise ValueError(f"[[phones]] {stranger} holds no role in [roles]; is the address misspelt?")

    def holders(self) -> set[tuple[str, str]]:
        """Return every (e-mail address, role)."""
        return {(email.lower(), role.value) for role, emails in self.roles.items() for email in emails}


def read_school(path: Path) -> SchoolFile:
    """Read school.toml. Raises Misconfigured with the line to mend."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        return SchoolFile.model_validate(tomllib.loads(text))
    except FileNotFoundError as error:
        raise Misconfigured(f"{path} does not exist. Copy tests/sample-school/school.toml and fill it in.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{path} cannot be read. It has to be a text file in UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured(f"{path}, {school_slips.of_toml(error, text)}") from error
    except ValidationError as error:
        raise Misconfigured(f"{path}, {school_slips.of_settings(error, text, SchoolFile)}") from error
