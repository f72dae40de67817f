"""The policy: versions and clauses, reviews with their signatures, and who has read which version."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "policy_version",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=False),
        sa.Column("imported_by", ID, nullable=True),
        sa.Column("imported_at", INSTANT, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("replaces", sa.Integer(), nullable=True),
        sa.Column("in_force_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["imported_by"], ["person.id"], name=op.f("fk_policy_version_imported_by")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_policy_version_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_version")),
        sa.UniqueConstraint("school_id", "number", name=op.f("uq_policy_version_school_id_number")),
    )
    op.create_index("ix_policy_version_school_id_state", "policy_version", ["school_id", "state"], unique=False)
    op.create_table(
        "policy_clause",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("version_id", ID, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(length=20), nullable=False),
        sa.Column("section_heading", sa.Text(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("bullets", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_policy_clause_school_id")),
        sa.ForeignKeyConstraint(["version_id"], ["policy_version.id"], name=op.f("fk_policy_clause_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_clause")),
    )
    op.create_index("ix_policy_clause_version_id", "policy_clause", ["version_id"], unique=False)
    op.create_table(
        "policy_review",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("opened_by", ID, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("next_review", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["opened_by"], ["person.id"], name=op.f("fk_policy_review_opened_by")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_policy_review_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_review")),
        sa.UniqueConstraint("school_id", "number", name=op.f("uq_policy_review_school_id_number")),
    )
    op.create_table(
        "policy_sign_off",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("review_id", ID, nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("signature", sa.String(length=200), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_policy_sign_off_person_id")),
        sa.ForeignKeyConstraint(["review_id"], ["policy_review.id"], name=op.f("fk_policy_sign_off_review_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_policy_sign_off_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_sign_off")),
        sa.UniqueConstraint("review_id", "role", "label", name=op.f("uq_policy_sign_off_review_id_role_label")),
    )
    for name in ("acknowledgement_asked", "acknowledgement"):
        op.create_table(
            name,
            sa.Column("id", ID, nullable=False),
            sa.Column("school_id", ID, nullable=False),
            sa.Column("person_id", ID, nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
            sa.Column("at", INSTANT, nullable=False),
            sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f(f"fk_{name}_person_id")),
            sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f(f"fk_{name}_school_id")),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
            sa.UniqueConstraint(
                "school_id", "version", "person_id", name=op.f(f"uq_{name}_school_id_version_person_id")
            ),
        )
