"""What was recorded in error is struck out by a row of its own; who said that a child has left, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "leaver",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("pupil_id", ID, nullable=False),
        sa.Column("left_on", sa.Date(), nullable=False),
        sa.Column("missing_since", sa.Date(), nullable=True),
        sa.Column("recorded_by", ID, nullable=True),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["pupil_id"], ["pupil.id"], name=op.f("fk_leaver_pupil_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["person.id"], name=op.f("fk_leaver_recorded_by")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_leaver_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leaver")),
    )
    op.create_index("ix_leaver_pupil_id", "leaver", ["pupil_id"])
    _leavers()
    op.create_table(
        "consent_struck_out",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("pupil_id", ID, nullable=False),
        sa.Column("source_id", ID, nullable=True),
        sa.Column("flag_id", ID, nullable=True),
        sa.Column("leaver_id", ID, nullable=True),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("recorded_by", ID, nullable=True),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "(source_id IS NOT NULL AND flag_id IS NULL AND leaver_id IS NULL)"
            " OR (source_id IS NULL AND flag_id IS NOT NULL AND leaver_id IS NULL)"
            " OR (source_id IS NULL AND flag_id IS NULL AND leaver_id IS NOT NULL)",
            name=op.f("ck_consent_struck_out_entry"),
        ),
        sa.ForeignKeyConstraint(["flag_id"], ["never_photograph.id"], name=op.f("fk_consent_struck_out_flag_id")),
        sa.ForeignKeyConstraint(["leaver_id"], ["leaver.id"], name=op.f("fk_consent_struck_out_leaver_id")),
        sa.ForeignKeyConstraint(["pupil_id"], ["pupil.id"], name=op.f("fk_consent_struck_out_pupil_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["person.id"], name=op.f("fk_consent_struck_out_recorded_by")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_consent_struck_out_school_id")),
        sa.ForeignKeyConstraint(["source_id"], ["consent_source.id"], name=op.f("fk_consent_struck_out_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_struck_out")),
    )
    op.create_index(
        "uq_consent_struck_out_pupil_id_source_id", "consent_struck_out", ["pupil_id", "source_id"], unique=True
    )
    op.create_index("uq_consent_struck_out_flag_id", "consent_struck_out", ["flag_id"], unique=True)
    op.create_index("uq_consent_struck_out_leaver_id", "consent_struck_out", ["leaver_id"], unique=True)
    op.create_index("ix_consent_struck_out_source_id", "consent_struck_out", ["source_id"])
    op.add_column("pupil", sa.Column("undone_at", INSTANT, nullable=True))
    with op.batch_alter_table("roll_import") as batch:
        batch.add_column(sa.Column("source_id", ID, nullable=True))
        for name in ("pupils_after", "pupils_until", "flags_after", "flags_until"):
            batch.add_column(sa.Column(name, ID, nullable=True))
        batch.create_foreign_key(op.f("fk_roll_import_source_id"), "consent_source", ["source_id"], ["id"])
    op.create_table(
        "roll_change",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("import_id", ID, nullable=False),
        sa.Column("pupil_id", ID, nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["roll_import.id"], name=op.f("fk_roll_change_import_id")),
        sa.ForeignKeyConstraint(["pupil_id"], ["pupil.id"], name=op.f("fk_roll_change_pupil_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_roll_change_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roll_change")),
    )
    op.create_index("ix_roll_change_import_id", "roll_change", ["import_id"])
    op.create_index("ix_roll_change_pupil_id", "roll_change", ["pupil_id"])
    op.create_table(
        "roll_import_undone",
        sa.Column("import_id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("recorded_by", ID, nullable=True),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["roll_import.id"], name=op.f("fk_roll_import_undone_import_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["person.id"], name=op.f("fk_roll_import_undone_recorded_by")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_roll_import_undone_school_id")),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_roll_import_undone")),
    )
    op.create_index("ix_roll_import_undone_school_id", "roll_import_undone", ["school_id"])


def _leavers() -> None:
    """Write down who said that children have left, as is done from now on: the audit trail knows it."""
    known = sa.MetaData()
    known.reflect(op.get_bind(), only=["audit", "pupil", "leaver"])
    audit, pupil, leaver = (known.tables[name] for name in ("audit", "pupil", "leaver"))
    said = sa.select(audit.c.school_id, audit.c.record, audit.c.actor_id, audit.c.at)
    said = said.where(audit.c.action == "roll.left").order_by(audit.c.seq)
    rows = op.get_bind().execute(said).all()
    newest = {(row.school_id, int(row.record.removeprefix("pupil "))): row for row in rows}
    for (school_id, pupil_id), row in newest.items():
        mine = sa.select(pupil.c.id, pupil.c.left_on)
        mine = mine.where(pupil.c.school_id == school_id, pupil.c.id == pupil_id)
        left = op.get_bind().execute(mine.where(pupil.c.left_on.is_not(None))).one_or_none()
        if left:
            values = {"school_id": school_id, "pupil_id": left.id, "left_on": left.left_on}
            values |= {"recorded_by": row.actor_id, "recorded_at": row.at}
            op.get_bind().execute(leaver.insert().values(**values))
