"""The spine of records: what was asked, its steps, what people are to it; and permissions, the first kind on it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "record",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("procedure", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("asker_id", ID, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("waits_since", INSTANT, nullable=False),
        sa.Column("for_on", sa.Date(), nullable=True),
        sa.Column("origin", sa.String(length=300), nullable=False),
        sa.Column("token", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["asker_id"], ["person.id"], name=op.f("fk_record_asker_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_record_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record")),
        sa.UniqueConstraint("school_id", "kind", "number", name=op.f("uq_record_school_id_kind_number")),
        sa.UniqueConstraint("school_id", "origin", name=op.f("uq_record_school_id_origin")),
    )
    op.create_index("ix_record_asker_id", "record", ["asker_id"])
    op.create_index("ix_record_school_id_kind_state", "record", ["school_id", "kind", "state"])
    op.create_table(
        "record_step",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("event", sa.String(length=60), nullable=False),
        sa.Column("came_from", sa.String(length=60), nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("signature", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_record_step_person_id")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_record_step_record_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_record_step_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_step")),
    )
    op.create_index("ix_record_step_record_id", "record_step", ["record_id"])
    op.create_table(
        "record_part",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_record_part_person_id")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_record_part_record_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_record_part_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_part")),
    )
    op.create_index("ix_record_part_record_id", "record_part", ["record_id"])
    op.create_index("ix_record_part_person_id", "record_part", ["person_id"])
    op.create_table(
        "permission",
        sa.Column("record_id", ID, autoincrement=False, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_permission_record_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_permission_school_id")),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_permission")),
    )
    op.create_index("ix_permission_school_id_last_on", "permission", ["school_id", "last_on"])
