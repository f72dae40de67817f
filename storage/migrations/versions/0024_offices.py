"""A step says in which office it was taken: whoever stands in signs as what they are."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of older steps it is not known."""
    op.add_column("record_step", sa.Column("office", sa.String(length=200), nullable=False, server_default=""))
