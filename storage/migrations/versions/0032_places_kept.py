"""Places: how the school gets back in, and when they were last looked through; who may post, and what comes down when.

Whoever looks after a place sees what was posted there, also before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("surface") as batch:
        batch.add_column(sa.Column("recovery", sa.String(length=100), nullable=False, server_default=""))
        batch.add_column(sa.Column("takes_phones", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("looked_on", sa.Date(), nullable=True))
    op.execute("UPDATE surface SET looked_on = DATE(since), takes_phones = (use_key = 'twitter')")
    with op.batch_alter_table("surface") as batch:
        batch.alter_column("recovery", server_default=None)
        batch.alter_column("takes_phones", server_default=None)
        batch.alter_column("looked_on", existing_type=sa.Date(), nullable=False)
    with op.batch_alter_table("post") as batch:
        batch.add_column(sa.Column("out_on", sa.Date(), nullable=True))
    with op.batch_alter_table("permission") as batch:
        batch.add_column(sa.Column("surface_id", ID, nullable=True))
        batch.create_foreign_key(op.f("fk_permission_surface_id"), "surface", ["surface_id"], ["id"])
    op.execute(
        "INSERT INTO record_part (school_id, record_id, part, person_id, since)"
        " SELECT post.school_id, post.record_id, 'custodian', held.person_id, held.since"
        " FROM post JOIN surface_custodian AS held ON held.surface_id = post.surface_id AND held.until IS NULL"
    )
