"""What is urgent goes on down the line: a record knows how often the next were asked."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. What was urgent, and the next were asked of it, goes on from there."""
    with op.batch_alter_table("record") as batch:
        batch.add_column(sa.Column("hurried", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("record") as batch:
        batch.alter_column("hurried", existing_type=sa.Integer(), server_default=None)
    # Of what somebody has, and the next were asked of before, nobody else is to be asked.
    op.execute(
        "UPDATE record SET hurried = 1, next_at = NULL WHERE next_at IS NOT NULL AND EXISTS "
        "(SELECT 1 FROM record_step WHERE record_step.record_id = record.id AND record_step.event = 'take')"
    )
