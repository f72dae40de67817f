"""Content reports; indexes for what named people decided; pupils who have come back."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "content_report",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reporter_id", ID, nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("about", sa.String(length=20), nullable=False),
        sa.Column("perhaps_illegal", sa.Boolean(), nullable=False),
        sa.Column("individual", sa.String(length=200), nullable=False),
        sa.Column("urls", sa.JSON(), nullable=False),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("form_id", sa.String(length=255), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("completed_by", ID, nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signature", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["completed_by"], ["person.id"], name=op.f("fk_content_report_completed_by")),
        sa.ForeignKeyConstraint(["reporter_id"], ["person.id"], name=op.f("fk_content_report_reporter_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_content_report_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_report")),
        sa.UniqueConstraint("school_id", "form_id", name=op.f("uq_content_report_school_id_form_id")),
        sa.UniqueConstraint("school_id", "number", name=op.f("uq_content_report_school_id_number")),
    )
    op.create_index("ix_content_report_school_id_state", "content_report", ["school_id", "state"], unique=False)
    op.create_index("ix_consent_decision_source_id", "consent_decision", ["source_id"], unique=False)
    op.create_index(
        "ix_consent_source_school_id_decided_by", "consent_source", ["school_id", "decided_by"], unique=False
    )
    op.add_column("pupil", sa.Column("decisions_from", sa.Date(), nullable=True))
