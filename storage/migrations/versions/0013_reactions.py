"""A reaction that failed is owed by its feature until the timetable has made up for it."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "reaction_owed",
        sa.Column("school_id", ID, nullable=False),
        sa.Column("feature", sa.String(length=40), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_reaction_owed_school_id")),
        sa.PrimaryKeyConstraint("school_id", "feature", name=op.f("pk_reaction_owed")),
    )
