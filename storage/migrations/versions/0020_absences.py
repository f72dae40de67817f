"""Absences say from when they count, and are struck out with a reason; a step says in which office it was taken.

What is urgent says when the next in line is asked.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("absence") as batch:
        batch.add_column(sa.Column("stands_in_at", INSTANT, nullable=True))
        batch.add_column(sa.Column("struck_at", INSTANT, nullable=True))
        batch.add_column(sa.Column("struck_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch.add_column(sa.Column("struck_why", sa.Text(), nullable=False, server_default=""))
        batch.create_foreign_key(op.f("fk_absence_struck_by"), "person", ["struck_by"], ["id"])
    op.execute("UPDATE absence SET stands_in_at = recorded_at")  # what was written down before counted at once
    with op.batch_alter_table("absence") as batch:
        batch.alter_column("stands_in_at", existing_type=INSTANT, nullable=False)
        batch.alter_column("struck_why", existing_type=sa.Text(), server_default=None)
    with op.batch_alter_table("record") as batch:
        batch.add_column(sa.Column("next_at", INSTANT, nullable=True))
    op.create_index("ix_record_next_at", "record", ["next_at"])
