"""The breach log: what is no text of somebody's, and from when the 72 hours run."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "breach",
        sa.Column("record_id", ID, autoincrement=False, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("whose", sa.String(length=100), nullable=False),
        sa.Column("data", sa.String(length=200), nullable=False),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("aware_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reporter_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_breach_record_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_breach_school_id")),
        sa.ForeignKeyConstraint(["reporter_id"], ["person.id"], name=op.f("fk_breach_reporter_id")),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_breach")),
    )
