"""That no two tellings stand of the same is said by a column, which every kind of database understands."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

SAME = ["school_id", "notice", "record", "holder_id"]


def upgrade() -> None:
    """Add the column, 1 in what is not over; the indexes with conditions go."""
    op.drop_index("uq_relay_school_id_notice_record_holder_id", "relay")
    op.drop_index("ix_relay_school_id", "relay")
    op.add_column("relay", sa.Column("stands", sa.Integer(), nullable=True))
    op.execute("UPDATE relay SET stands = 1 WHERE ended_at IS NULL")
    with op.batch_alter_table("relay") as batch:
        batch.create_unique_constraint(op.f("uq_relay_school_id_notice_record_holder_id_stands"), [*SAME, "stands"])
