"""The calendar; what was reminded of, put off and handed over; long absences."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "calendar_period",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_calendar_period_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_period")),
        sa.UniqueConstraint(
            "school_id",
            "kind",
            "first_day",
            "last_day",
            name=op.f("uq_calendar_period_school_id_kind_first_day_last_day"),
        ),
    )
    op.create_table(
        "reminder_told",
        sa.Column("school_id", ID, nullable=False),
        sa.Column("told_key", sa.String(length=200), nullable=False),
        sa.Column("reference", sa.String(length=160), nullable=False),
        sa.Column("digest", sa.Integer(), nullable=False),
        sa.Column("reader_id", ID, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("why", sa.String(length=10), nullable=False),
        sa.Column("feature", sa.String(length=40), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_reminder_told_owner_id")),
        sa.ForeignKeyConstraint(["reader_id"], ["person.id"], name=op.f("fk_reminder_told_reader_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_reminder_told_school_id")),
        sa.PrimaryKeyConstraint("school_id", "told_key", name=op.f("pk_reminder_told")),
    )
    op.create_index("ix_reminder_told_school_id_digest", "reminder_told", ["school_id", "digest"], unique=False)
    op.create_index("ix_reminder_told_school_id_told_at", "reminder_told", ["school_id", "told_at"], unique=False)
    op.create_table(
        "reminder_put_off",
        sa.Column("school_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("reference", sa.String(length=160), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reminder_put_off_person_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_reminder_put_off_school_id")),
        sa.PrimaryKeyConstraint("school_id", "person_id", "reference", name=op.f("pk_reminder_put_off")),
    )
    op.create_table(
        "reminder_hand_over",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("reference", sa.String(length=160), nullable=False),
        sa.Column("taker_id", ID, nullable=False),
        sa.Column("handed_by", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["handed_by"], ["person.id"], name=op.f("fk_reminder_hand_over_handed_by")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_reminder_hand_over_school_id")),
        sa.ForeignKeyConstraint(["taker_id"], ["person.id"], name=op.f("fk_reminder_hand_over_taker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_hand_over")),
    )
    op.create_index(
        "ix_reminder_hand_over_school_id_reference", "reminder_hand_over", ["school_id", "reference"], unique=False
    )
    op.create_table(
        "absence",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("recorded_by", ID, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_absence_person_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["person.id"], name=op.f("fk_absence_recorded_by")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_absence_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_school_id", "absence", ["school_id"], unique=False)
