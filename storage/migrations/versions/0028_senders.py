"""Several processes may send: what holds for all of them is kept where all of them look."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

HELD = ("free_at", "closed_until")


def upgrade() -> None:
    """Add the columns, each with an index: a sender asks for what is still to come."""
    with op.batch_alter_table("outbox") as batch:
        for name in HELD:
            batch.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for name in HELD:
        op.create_index(f"ix_outbox_{name}", "outbox", [name])
