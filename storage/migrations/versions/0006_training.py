"""The training register, and files that prove something."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "training_kind",
        sa.Column("school_id", ID, nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("noted_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_training_kind_school_id")),
        sa.PrimaryKeyConstraint("school_id", "key", name=op.f("pk_training_kind")),
    )
    op.create_table(
        "training_completion",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("kind_key", sa.String(length=40), nullable=False),
        sa.Column("kind_name", sa.String(length=100), nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("class_name", sa.String(length=100), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("provider", sa.String(length=200), nullable=False),
        sa.Column("recorded_by", ID, nullable=True),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("form_id", sa.String(length=300), nullable=False),
        sa.Column("voids", ID, nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_training_completion_person_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["person.id"], name=op.f("fk_training_completion_recorded_by")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_training_completion_school_id")),
        sa.ForeignKeyConstraint(["voids"], ["training_completion.id"], name=op.f("fk_training_completion_voids")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_completion")),
        sa.UniqueConstraint("school_id", "form_id", name=op.f("uq_training_completion_school_id_form_id")),
        sa.UniqueConstraint("voids", name=op.f("uq_training_completion_voids")),
    )
    op.create_index(
        "ix_training_completion_school_id_kind_key", "training_completion", ["school_id", "kind_key"], unique=False
    )
    op.create_index("ix_training_completion_person_id", "training_completion", ["person_id"], unique=False)
    op.create_table(
        "training_round",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("kind_key", sa.String(length=40), nullable=False),
        sa.Column("kind_name", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("started_by", ID, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("form_id", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_training_round_school_id")),
        sa.ForeignKeyConstraint(["started_by"], ["person.id"], name=op.f("fk_training_round_started_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_round")),
        sa.UniqueConstraint("school_id", "form_id", name=op.f("uq_training_round_school_id_form_id")),
    )
    op.create_table(
        "training_proposal",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("proposed_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("round_id", ID, nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_training_proposal_decided_by")),
        sa.ForeignKeyConstraint(["round_id"], ["training_round.id"], name=op.f("fk_training_proposal_round_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_training_proposal_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_proposal")),
        sa.UniqueConstraint("school_id", "source", name=op.f("uq_training_proposal_school_id_source")),
    )
    op.create_table(
        "evidence",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("feature", sa.String(length=20), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("added_by", ID, nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_evidence_added_by")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_evidence_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    op.create_index(
        "ix_evidence_school_id_feature_record", "evidence", ["school_id", "feature", "record"], unique=False
    )
