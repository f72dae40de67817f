"""Those whom a content report is about, written down with it; when the headteacher was told."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "content_subject",
        sa.Column("school_id", ID, nullable=False),
        sa.Column("report_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_content_subject_person_id")),
        sa.ForeignKeyConstraint(["report_id"], ["content_report.id"], name=op.f("fk_content_subject_report_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_content_subject_school_id")),
        sa.PrimaryKeyConstraint("report_id", "person_id", name=op.f("pk_content_subject")),
    )
    op.create_index("ix_content_subject_person_id", "content_subject", ["person_id"], unique=False)
    op.add_column("content_report", sa.Column("head_told_at", sa.DateTime(timezone=True), nullable=True))
