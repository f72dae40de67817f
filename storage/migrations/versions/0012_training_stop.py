"""A refresher that was started by mistake is stopped by a row of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "training_stop",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("round_id", ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("stopped_by", ID, nullable=False),
        sa.Column("stopped_at", INSTANT, nullable=False),
        sa.Column("form_id", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["training_round.id"], name=op.f("fk_training_stop_round_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_training_stop_school_id")),
        sa.ForeignKeyConstraint(["stopped_by"], ["person.id"], name=op.f("fk_training_stop_stopped_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_stop")),
        sa.UniqueConstraint("round_id", name=op.f("uq_training_stop_round_id")),
        sa.UniqueConstraint("school_id", "form_id", name=op.f("uq_training_stop_school_id_form_id")),
    )
