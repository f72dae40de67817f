"""The publish gate: where pictures appear, checks, what was posted, and what has to come down.

A record may have been opened by nobody: a take-down comes from what a parent has said. Every use of pictures becomes
a place where they appear, for the office to divide and to name.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("record") as batch:
        batch.alter_column("asker_id", existing_type=ID, nullable=True)
    _surfaces()
    _checks()
    _posts()
    _take_downs()
    _tasks()
    _every_use_is_a_place()


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def _table(name: str, *parts: Any, of: tuple[tuple[str, str], ...] = ()) -> None:
    """Create a table with an id, its school and what it points at. `of`: (column, the table it points at)."""
    op.create_table(
        name,
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        *parts,
        _to(name, "school_id", "school"),
        *(_to(name, column, other) for column, other in of),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )


def _form(name: str, *parts: Any, of: tuple[tuple[str, str], ...] = ()) -> None:
    """Create the table of a kind of record's own columns."""
    op.create_table(
        name,
        sa.Column("record_id", ID, autoincrement=False, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        *parts,
        _to(name, "record_id", "record"),
        _to(name, "school_id", "school"),
        *(_to(name, column, other) for column, other in of),
        sa.PrimaryKeyConstraint("record_id", name=op.f(f"pk_{name}")),
    )


def _surfaces() -> None:
    _table(
        "surface",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("use_key", sa.String(length=40), nullable=False),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("retired_at", INSTANT, nullable=True),
        sa.UniqueConstraint("school_id", "key", name=op.f("uq_surface_school_id_key")),
    )
    _table(
        "surface_custodian",
        sa.Column("surface_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        of=(("surface_id", "surface"), ("person_id", "person")),
    )
    op.create_index("ix_surface_custodian_school_id", "surface_custodian", ["school_id"])


def _checks() -> None:
    _table(
        "picture_check",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("request_id", sa.String(length=255), nullable=False),
        sa.Column("token", sa.String(length=20), nullable=False),
        sa.Column("medium", sa.String(length=10), nullable=False),
        sa.Column("taken_with", sa.String(length=20), nullable=False),
        sa.Column("adults", sa.Text(), nullable=False),
        sa.Column("untrue", sa.String(length=200), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("stale_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.UniqueConstraint("school_id", "request_id", name=op.f("uq_picture_check_school_id_request_id")),
        of=(("person_id", "person"),),
    )
    op.create_index("ix_picture_check_person_id", "picture_check", ["person_id", "ended_at"])
    op.create_index("ix_picture_check_until", "picture_check", ["school_id", "until"])
    _table(
        "checked_surface",
        sa.Column("check_id", ID, nullable=False),
        sa.Column("surface_id", ID, nullable=False),
        sa.Column("post_id", ID, nullable=True),
        sa.UniqueConstraint("check_id", "surface_id", name=op.f("uq_checked_surface_check_id_surface_id")),
        of=(("check_id", "picture_check"), ("surface_id", "surface"), ("post_id", "record")),
    )
    _table(
        "checked_pupil",
        sa.Column("check_id", ID, nullable=False),
        sa.Column("pupil_id", ID, nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.UniqueConstraint("check_id", "pupil_id", name=op.f("uq_checked_pupil_check_id_pupil_id")),
        of=(("check_id", "picture_check"), ("pupil_id", "pupil")),
    )
    op.create_index("ix_checked_pupil_pupil_id", "checked_pupil", ["pupil_id"])


def _posts() -> None:
    _form(
        "post",
        sa.Column("surface_id", ID, nullable=False),
        sa.Column("medium", sa.String(length=10), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("adults", sa.Text(), nullable=False),
        sa.Column("taken_with", sa.String(length=20), nullable=False),
        sa.Column("check_id", ID, nullable=True),
        sa.Column("look_on", sa.Date(), nullable=False),
        of=(("surface_id", "surface"), ("check_id", "picture_check")),
    )
    op.create_index("ix_post_look_on", "post", ["school_id", "look_on"])
    op.create_index("ix_post_surface_id", "post", ["surface_id", "posted_on"])
    _table(
        "post_pupil",
        sa.Column("record_id", ID, nullable=False),
        sa.Column("pupil_id", ID, nullable=False),
        sa.Column("wording", sa.String(length=60), nullable=False),
        sa.Column("hidden_at", INSTANT, nullable=True),
        sa.UniqueConstraint("record_id", "pupil_id", name=op.f("uq_post_pupil_record_id_pupil_id")),
        of=(("record_id", "record"), ("pupil_id", "pupil")),
    )
    op.create_index("ix_post_pupil_pupil_id", "post_pupil", ["pupil_id"])


def _tasks() -> None:
    """What is to be done about records is asked for by what it is."""
    op.create_index("ix_record_task_school_id", "record_task", ["school_id", "what"])
    op.create_index("ix_consent_decision_effective_from", "consent_decision", ["school_id", "effective_from"])


def _take_downs() -> None:
    _form(
        "take_down",
        sa.Column("cause", sa.String(length=60), nullable=False),
        sa.Column("surface_id", ID, nullable=True),
        of=(("surface_id", "surface"),),
    )
    _table(
        "take_down_line",
        sa.Column("record_id", ID, nullable=False),
        sa.Column("post_id", ID, nullable=True),
        sa.Column("pupil_id", ID, nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=True),
        sa.Column("by", ID, nullable=True),
        sa.UniqueConstraint(
            "record_id", "post_id", "pupil_id", name=op.f("uq_take_down_line_record_id_post_id_pupil_id")
        ),
        of=(("record_id", "record"), ("post_id", "record"), ("pupil_id", "pupil"), ("by", "person")),
    )
    op.create_index("ix_take_down_line_pupil_id", "take_down_line", ["pupil_id"])
    op.create_index("ix_take_down_line_post_id", "take_down_line", ["post_id"])


def _every_use_is_a_place() -> None:
    """Make a place of every use, as `setup` does for a new school; the office can divide them afterwards."""
    connection = op.get_bind()
    school = sa.table("school", sa.column("id"), sa.column("settings", sa.JSON()))
    names = ("school_id", "key", "name", "use_key", "url")
    surface = sa.table("surface", *(sa.column(name) for name in names), sa.column("since", INSTANT))
    now = datetime.now(UTC)
    for school_id, settings in connection.execute(sa.select(school.c.id, school.c.settings)).all():
        for use in settings.get("uses", ()):
            row = {"key": use["key"], "name": use["name"], "use_key": use["key"], "url": "", "since": now}
            connection.execute(sa.insert(surface).values(school_id=school_id, **row))
