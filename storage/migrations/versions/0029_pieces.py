"""An import of the roll in pieces: how far each came, and which flags and children are whose."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("roll_import") as batch:
        for name in ("children", "children_done"):
            batch.add_column(sa.Column(name, sa.Integer(), nullable=True))
        batch.add_column(sa.Column("turn", sa.Integer(), nullable=False, server_default="1"))
        for name in ("touched_at", "noes_at", "stopped_at", "finished_at"):
            batch.add_column(sa.Column(name, INSTANT, nullable=True))
    with op.batch_alter_table("never_photograph") as batch:
        batch.add_column(sa.Column("import_id", ID, nullable=True))
        batch.create_foreign_key(op.f("fk_never_photograph_import_id"), "roll_import", ["import_id"], ["id"])
    with op.batch_alter_table("pupil") as batch:
        batch.add_column(sa.Column("arrives_with", ID, nullable=True))
        batch.create_foreign_key(op.f("fk_pupil_arrives_with"), "roll_import", ["arrives_with"], ["id"])
    _carry_over()
    with op.batch_alter_table("roll_import") as batch:
        for name in ("flags_after", "flags_until"):
            batch.drop_column(name)
        batch.alter_column("turn", server_default=None)


def _carry_over() -> None:
    """Every import so far was one transaction, so it is finished; its flags were those in a range of numbers."""
    known = sa.MetaData()
    known.reflect(op.get_bind(), only=["roll_import", "never_photograph"])
    made, flag = (known.tables[name] for name in ("roll_import", "never_photograph"))
    op.execute(sa.update(made).values(finished_at=made.c.at))
    whose = (
        sa.select(made.c.id)
        .where(made.c.school_id == flag.c.school_id)
        .where(flag.c.id > made.c.flags_after, flag.c.id <= made.c.flags_until)
        .scalar_subquery()
    )
    op.execute(sa.update(flag).values(import_id=whose))
