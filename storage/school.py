"""The school's own row: who it is, and its settings as they were last set up."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Integer,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection

from bot.rules.calendar import Calendar, Period
from bot.rules.school import (
    OF_WHOLE_SCHOOL,
    SLACK,
    Audience,
    LookUpSettings,
    Media,
    PolicySettings,
    Role,
    School,
    Training,
    Use,
)
from storage import calendar
from storage.engine import Id, Instant, metadata
from storage.statements.prepared import Prepared

school = Table(
    "school",
    metadata,
    Column("id", Id, primary_key=True),
    Column("workspace", String(255), nullable=False),  # its front's own id of it
    Column("front", String(20), nullable=False, default=SLACK),
    Column("name", String(200), nullable=False),
    Column("timezone", String(60), nullable=False),
    Column("settings", JSON, nullable=False),
    # Raised in the transaction that changes the settings, the calendar, the policy in force or the staff.
    Column("settings_version", Integer, nullable=False, default=1),
    # Raised in the transaction that changes a name or a class: whoever keeps the roll in memory asks for it each time.
    Column("roll_version", Integer, nullable=False, default=1),
    Column("created_at", Instant, nullable=False),
    # Whether each colleague is welcomed once: not at a school that was here before anybody was.
    Column("welcomes", Boolean, nullable=False, default=True),
    UniqueConstraint("workspace", "front"),
)

_CHANGES = "staff changed"  # of a connection's `info`
_LATER = school.c.settings_version + 1
_VERSION = Prepared(select(school.c.settings_version).where(school.c.id == bindparam("of_school")))


def by_team(connection: Connection, team_id: str) -> tuple[School, Mapping[str, Any]] | None:
    """Return the school of a Slack workspace and its settings as they were set up."""
    row = connection.execute(select(school).where(school.c.workspace == team_id, school.c.front == SLACK)).one_or_none()
    return (_frozen(row, calendar.of(connection, row.id)), row.settings) if row else None


def get(connection: Connection, school_id: int) -> School:
    """Return one school."""
    row = connection.execute(select(school).where(school.c.id == school_id)).one()
    return _frozen(row, calendar.of(connection, school_id))


def every(connection: Connection) -> list[School]:
    """Return every school in this database, oldest first."""
    periods = calendar.of_every(connection)
    rows = connection.execute(select(school).order_by(school.c.id)).all()
    return [_frozen(row, periods.get(row.id, ())) for row in rows]


def add(connection: Connection, *, settings: Mapping[str, Any], at: datetime) -> int:
    """Insert a school; returns its id."""
    values = {"workspace": settings["school"]["slack_team"], "settings": dict(settings), "created_at": at}
    values |= {"name": settings["school"]["name"], "timezone": settings["school"]["timezone"]}
    return int(connection.execute(insert(school).values(**values).returning(school.c.id)).scalar_one())


def change(connection: Connection, school_id: int, *, settings: Mapping[str, Any]) -> None:
    """Replace the settings of a school."""
    values = {"settings": dict(settings), "settings_version": _LATER}
    values |= {"name": settings["school"]["name"], "timezone": settings["school"]["timezone"]}
    connection.execute(update(school).where(school.c.id == school_id).values(**values))


def phone_names(connection: Connection, school_id: int) -> dict[str, str]:
    """Return address → name of those role holders of whom the settings say how to phone them."""
    settings = connection.execute(select(school.c.settings).where(school.c.id == school_id)).scalar_one()
    return {each["email"]: each["name"] for each in settings.get("phones", ())}


def set_calendar(connection: Connection, school_id: int, periods: Iterable[Period]) -> None:
    """Replace the calendar of a school, and tell everybody who keeps its settings in memory to read them again."""
    calendar.replace(connection, school_id, periods)
    connection.execute(update(school).where(school.c.id == school_id).values(settings_version=_LATER))


def roll_changed(connection: Connection, school_id: int) -> None:
    """Tell everybody who keeps this school's roll in memory to read it again."""
    connection.execute(update(school).where(school.c.id == school_id).values(roll_version=school.c.roll_version + 1))


def policy_changed(connection: Connection, school_id: int) -> None:
    """Tell everybody who keeps this school's policy in memory to read it again, as with the settings."""
    connection.execute(update(school).where(school.c.id == school_id).values(settings_version=_LATER))
    connection.info[_CHANGES] = changes(connection) + 1


def places_changed(connection: Connection, school_id: int) -> None:
    """Tell everybody who keeps where this school's pictures appear to read it again, as with the settings."""
    connection.execute(update(school).where(school.c.id == school_id).values(settings_version=_LATER))
    connection.info[_CHANGES] = changes(connection) + 1


def staff_changed(connection: Connection, school_id: int) -> None:
    """Tell everybody who keeps this school's staff in memory to read them again: with the settings, in one number."""
    connection.execute(update(school).where(school.c.id == school_id).values(settings_version=_LATER))
    connection.info[_CHANGES] = changes(connection) + 1


def changes(connection: Connection) -> int:
    """Return how often staff or places were changed over this connection: another number than before: read again."""
    return int(connection.info.get(_CHANGES, 0))


def version(connection: Connection, school_id: int) -> int:
    """Return the settings' number, as it is in this transaction."""
    return int(_VERSION.rows(connection, of_school=school_id)[0][0])


def lock(connection: Connection, school_id: int) -> None:
    """Have changes of one school's records wait for each other from here on, to the end of the transaction."""
    # Not the plain FOR UPDATE: every new row looks at its school's, and two that have added one would wait for each
    # other.
    connection.execute(select(school.c.id).where(school.c.id == school_id).with_for_update(key_share=True))


def count(connection: Connection) -> int:
    """Return how many schools are set up."""
    return int(connection.execute(select(func.count()).select_from(school)).scalar_one())


def _frozen(row: Any, periods: tuple[Period, ...]) -> School:
    return School(
        school_id=row.id,
        workspace=row.workspace,
        name=row.name,
        timezone=row.timezone,
        uses=tuple(
            Use(use["key"], use["name"], tuple(Media(m) for m in use["media"]), tuple(use.get("aliases", ())))
            for use in row.settings["uses"]
        ),
        headers=row.settings.get("headers", {}),
        settings_version=row.settings_version,
        designated_officer=row.settings.get("contacts", {}).get("designated_officer", ""),
        filter_name=(row.settings.get("filter") or {}).get("name", "the web filter"),
        look_ups_kept=timedelta(days=row.settings.get("retention", {}).get("look_up_log_days", 365)),
        look_ups=_look_ups(row.settings.get("look_ups", {})),
        training=tuple(_training(each) for each in row.settings.get("training", ())),
        calendar=Calendar(periods, row.timezone),
        policy=_policy(row.settings.get("policy") or {}),
        phones={each["email"]: each["phone"] for each in row.settings.get("phones", ())},
        welcomes=row.welcomes,
    )


def _look_ups(written: Mapping[str, Any]) -> LookUpSettings:
    known = dict(written)
    by_role = {Role(role): most for role, most in known.get("by_role", {}).items()}
    known["by_role"] = {**OF_WHOLE_SCHOOL, **by_role}
    if "exempt" in known:
        known["exempt"] = frozenset(map(Role, known["exempt"]))
    return LookUpSettings(**known)


def _training(written: Mapping[str, Any]) -> Training:
    return Training(
        written["key"],
        written["name"],
        Audience(written["audience"]),
        written.get("due_days_after_joining"),
        written.get("every_months"),
    )


def _policy(settings: Mapping[str, Any]) -> PolicySettings:
    known = {name: value for name, value in settings.items() if name not in {"approved", "remind_before_days"}}
    if approved := settings.get("approved"):
        known["approved"] = date.fromisoformat(approved)
    if "remind_before_days" in settings:
        known["remind_before_days"] = tuple(settings["remind_before_days"])
    return PolicySettings(**known)
