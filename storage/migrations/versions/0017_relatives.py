"""To whom members of staff are related; pupils of whom a record speaks; tasks of a record, and what it is linked to."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "relative",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("colleague_id", ID, nullable=True),
        sa.Column("pupil_id", ID, nullable=True),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["colleague_id"], ["person.id"], name=op.f("fk_relative_colleague_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_relative_person_id")),
        sa.ForeignKeyConstraint(["pupil_id"], ["pupil.id"], name=op.f("fk_relative_pupil_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_relative_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relative")),
    )
    op.create_index("ix_relative_school_id", "relative", ["school_id"])
    with op.batch_alter_table("record_part") as batch:
        batch.alter_column("person_id", existing_type=ID, nullable=True)
        batch.add_column(sa.Column("pupil_id", ID, nullable=True))
        batch.create_foreign_key(op.f("fk_record_part_pupil_id"), "pupil", ["pupil_id"], ["id"])
    op.create_table(
        "record_task",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.Column("done_by", ID, nullable=True),
        sa.ForeignKeyConstraint(["done_by"], ["person.id"], name=op.f("fk_record_task_done_by")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_record_task_record_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_record_task_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_task")),
        sa.UniqueConstraint("record_id", "what", name=op.f("uq_record_task_record_id_what")),
    )
    op.create_table(
        "record_link",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("other_id", ID, nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["other_id"], ["record.id"], name=op.f("fk_record_link_other_id")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_record_link_record_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_record_link_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_link")),
        sa.UniqueConstraint("record_id", "other_id", "what", name=op.f("uq_record_link_record_id_other_id_what")),
    )
    op.create_index("ix_record_link_other_id", "record_link", ["other_id"])
