"""Record numbers, the outbox and access requests."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "number",
        sa.Column("school_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_number_school_id")),
        sa.PrimaryKeyConstraint("school_id", "kind", name=op.f("pk_number")),
    )
    op.create_table(
        "access_request",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("asker_id", ID, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("waits_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("risks", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("form_id", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["asker_id"], ["person.id"], name=op.f("fk_access_request_asker_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_access_request_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_request")),
        sa.UniqueConstraint("school_id", "form_id", name=op.f("uq_access_request_school_id_form_id")),
        sa.UniqueConstraint("school_id", "number", name=op.f("uq_access_request_school_id_number")),
    )
    op.create_index("ix_access_request_asker_id", "access_request", ["asker_id"], unique=False)
    op.create_index("ix_access_request_school_id_state", "access_request", ["school_id", "state"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("notice", sa.String(length=40), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=True),
        sa.Column("ts", sa.String(length=40), nullable=True),
        sa.Column("trouble", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_outbox_person_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_outbox_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("school_id", "key", name=op.f("uq_outbox_school_id_key")),
    )
    op.create_index("ix_outbox_school_id_notice_record", "outbox", ["school_id", "notice", "record"], unique=False)
    op.create_index("ix_outbox_state_not_before", "outbox", ["state", "not_before"], unique=False)
    op.create_table(
        "access_step",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("came_from", sa.String(length=40), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("signature", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_access_step_person_id")),
        sa.ForeignKeyConstraint(["request_id"], ["access_request.id"], name=op.f("fk_access_step_request_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_access_step_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_step")),
    )
    op.create_index(op.f("ix_access_step_request_id"), "access_step", ["request_id"], unique=False)
