"""A class check, "Which Jamie?" and a minute of typing are one row each of the look-up log; who is told of a look."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "look_up_list",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("pupils", sa.Text(), nullable=False),
        sa.Column("class_name", sa.String(length=100), nullable=False),
        sa.Column("use_key", sa.String(length=40), nullable=False),
        sa.Column("media", sa.String(length=10), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("window_id", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_look_up_list_person_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_look_up_list_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look_up_list")),
        sa.UniqueConstraint("person_id", "at", "window_id", name=op.f("uq_look_up_list_person_id_at_window_id")),
    )
    op.create_index("ix_look_up_list_school_id_at", "look_up_list", ["school_id", "at"])
    op.create_table(
        "look_told",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("told_at", INSTANT, nullable=False),
        sa.Column("classes", sa.Integer(), nullable=False),
        sa.Column("pictures", sa.Integer(), nullable=False),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("settled_by", ID, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_look_told_person_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_look_told_school_id")),
        sa.ForeignKeyConstraint(["settled_by"], ["person.id"], name=op.f("fk_look_told_settled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look_told")),
    )
    op.create_index("ix_look_told_school_id_person_id", "look_told", ["school_id", "person_id"])
