"""Role holders outside Slack: who tells them of what, and who told whom, how and when."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table, and a person of everybody who holds a role and was never seen in Slack."""
    op.create_table(
        "relay",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("notice", sa.String(length=40), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
        sa.Column("holder_id", ID, nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("tellers", sa.String(length=400), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("told_at", INSTANT, nullable=True),
        sa.Column("how", sa.String(length=20), nullable=False),
        sa.Column("told_by", ID, nullable=True),
        sa.Column("recorded_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("undone_by", ID, nullable=True),
        *(
            sa.ForeignKeyConstraint([column], ["person.id"], name=op.f(f"fk_relay_{column}"))
            for column in ("holder_id", "told_by", "undone_by")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_relay_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relay")),
    )
    op.create_index(
        "uq_relay_school_id_notice_record_holder_id",
        "relay",
        ["school_id", "notice", "record", "holder_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    still = sa.text("told_at IS NULL AND ended_at IS NULL")
    op.create_index("ix_relay_school_id", "relay", ["school_id"], sqlite_where=still, postgresql_where=still)
    _holders_so_far()


def _holders_so_far() -> None:
    person = sa.table(
        "person", *(sa.column(name) for name in ("school_id", "email", "name", "job", "front", "standing"))
    )
    holder = sa.table("role_holder", *(sa.column(name) for name in ("school_id", "email")))
    same = (person.c.school_id == holder.c.school_id) & (person.c.email == holder.c.email)
    unknown = (
        sa.select(
            holder.c.school_id,
            holder.c.email,
            sa.func.substr(holder.c.email, 1, 200),
            sa.literal(""),
            sa.literal("slack"),
            sa.literal("outsider"),
        )
        .where(~sa.exists().where(same))
        .distinct()
    )
    op.execute(person.insert().from_select(["school_id", "email", "name", "job", "front", "standing"], unknown))
