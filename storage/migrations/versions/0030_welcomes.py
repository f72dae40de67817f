"""Each colleague is welcomed once; at the schools that are here already everybody knows Lanyard."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("school") as batch:
        batch.add_column(sa.Column("welcomes", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("school") as batch:
        batch.alter_column("welcomes", server_default=None)
