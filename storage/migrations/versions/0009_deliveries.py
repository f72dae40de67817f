"""Files in Slack: one for each press of a button, and when each is to be taken away."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("delivery", sa.Column("press_id", sa.String(length=60), nullable=True))
    op.add_column("delivery", sa.Column("remove_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_delivery_school_id_press_id", "delivery", ["school_id", "press_id"], unique=True)
    op.create_index("ix_delivery_remove_at", "delivery", ["remove_at"], unique=False)
    # What is there already has lain there for long enough by the time that somebody upgrades.
    op.execute("UPDATE delivery SET remove_at = sent_at WHERE file_id IS NOT NULL AND removed_at IS NULL")
