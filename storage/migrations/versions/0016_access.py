"""Access requests onto the spine: every one with its number, its steps and its state as they were."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT_ONCE = 500


def upgrade() -> None:
    op.drop_index("ix_record_school_id_kind_state", "record")
    op.create_index("ix_record_school_id_kind_state", "record", ["school_id", "kind", "state", "waits_since"])
    op.create_table(
        "access_form",
        sa.Column("record_id", ID, autoincrement=False, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("risks", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_access_form_record_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_access_form_school_id")),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_access_form")),
    )
    known = sa.MetaData()
    known.reflect(op.get_bind(), only=["access_request", "access_step", "access_form", "record", "record_step"])
    tables, now = known.tables, datetime.now(UTC)
    for row in _rows(tables["access_request"]):
        _move(tables, row, now)
    op.drop_table("access_step")
    op.drop_table("access_request")


def _move(tables: Any, row: Any, now: datetime) -> None:
    """Write one request down as a record."""
    old, record = tables["access_step"], tables["record"]
    steps = op.get_bind().execute(sa.select(old).where(old.c.request_id == row.id).order_by(old.c.id)).all()
    values = {"school_id": row.school_id, "kind": "AR", "number": row.number, "procedure": "access"}
    # As many as there are steps: what somebody was reminded of already was named so.
    values |= {"state": row.state, "version": len(steps), "asker_id": row.asker_id, "asked_at": row.asked_at}
    values |= {"waits_since": row.waits_since, "origin": f"form {row.form_id}", "moved_at": now}
    made = record.insert().values(**values, token=secrets.token_urlsafe(9)).returning(record.c.id)
    record_id = op.get_bind().execute(made).scalar_one()
    form = {name: getattr(row, name) for name in ("school_id", "url", "content", "reasons", "risks", "until")}
    op.get_bind().execute(tables["access_form"].insert().values(record_id=record_id, **form))
    for step in steps:
        kept = {name: getattr(step, name) for name in ("school_id", "event", "came_from", "person_id", "at")}
        kept |= {"record_id": record_id, "words": step.words, "signature": step.signature}
        op.get_bind().execute(tables["record_step"].insert().values(**kept))


def _rows(table: sa.Table) -> Iterator[Any]:
    """Yield the rows of a table, some at a time, by their ids."""
    last = 0
    while (
        some := op.get_bind()
        .execute(sa.select(table).where(table.c.id > last).order_by(table.c.id).limit(AT_ONCE))
        .all()
    ):
        yield from some
        last = some[-1].id
