"""To whom members of staff are related; pupils of whom a record speaks; tasks of a record, and what it is linked to."""

from typing import Any

import sqlalchemy as sa
from alembic import context, op

from bot.rules import content
from storage.sealing import Purpose, Sealing
from storage.spine.record_texts import belongs

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
    _pupils_of_reports(context.config.attributes["sealing"])
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


def _pupils_of_reports(sealing: Sealing) -> None:
    """Write down of which pupils earlier reports speak, as is done from now on: their relatives are kept from them."""
    known = sa.MetaData()
    known.reflect(op.get_bind(), only=["record_text", "record", "content_form", "record_part", "pupil"])
    text, record, form, part, pupil = (
        known.tables[name] for name in ("record_text", "record", "content_form", "record_part", "pupil")
    )
    named = sa.select(text, form.c.about, record.c.asked_at).where(
        text.c.name == "individual", text.c.step_id.is_(None)
    )
    named = named.join(form, form.c.record_id == text.c.record_id).join(record, record.c.id == text.c.record_id)
    reports = op.get_bind().execute(named).all()
    rolls: dict[int, list[Any]] = {}
    for row in reports:
        if row.school_id not in rolls:
            of_school = sa.select(pupil, pupil.c.id.label("pupil_id")).where(pupil.c.school_id == row.school_id)
            rolls[row.school_id] = list(op.get_bind().execute(of_school))
        place = belongs(row.school_id, row.record_id, 0, "individual")
        individual = sealing.open(Purpose.TEXTS, row.sealed, place).decode()
        for pupil_id in content.pupils(individual, content.About(row.about), rolls[row.school_id]):
            values = {"school_id": row.school_id, "record_id": row.record_id, "part": "subject", "since": row.asked_at}
            op.get_bind().execute(part.insert().values(**values, pupil_id=pupil_id))
