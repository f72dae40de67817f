"""A step says in which office it was taken: whoever stands in signs as what they are."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of older steps it is not known."""
    with op.batch_alter_table("record_step") as batch:
        batch.add_column(sa.Column("office", sa.String(length=200), nullable=False, server_default=""))
    with op.batch_alter_table("record_step") as batch:
        batch.alter_column("office", existing_type=sa.String(length=200), server_default=None)
