"""A person is a person across accounts: what accounts and addresses they have had, and who is whom; roles given."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
NAMED = {"same_as": "fk_person_same_as", "perhaps": "fk_person_perhaps"}


def upgrade() -> None:
    with op.batch_alter_table("person") as batch:
        for column, name in NAMED.items():
            batch.add_column(sa.Column(column, ID, nullable=True))
            batch.create_foreign_key(op.f(name), "person", [column], ["id"])
    op.create_table(
        "known_account",
        sa.Column("school_id", ID, nullable=False),
        sa.Column("front", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_known_account_person_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_known_account_school_id")),
        sa.PrimaryKeyConstraint("school_id", "front", "account", name=op.f("pk_known_account")),
    )
    op.create_table(
        "former_address",
        sa.Column("school_id", ID, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_former_address_person_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_former_address_school_id")),
        sa.PrimaryKeyConstraint("school_id", "email", name=op.f("pk_former_address")),
    )
    op.create_table(
        "role_change",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("event", sa.String(length=10), nullable=False),
        sa.Column("changed_by", ID, nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["person.id"], name=op.f("fk_role_change_changed_by")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_role_change_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_change")),
    )
    op.create_index("ix_role_change_school_id", "role_change", ["school_id"])
    op.create_table(
        "person_question",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("newcomer_id", ID, nullable=False),
        sa.Column("earlier_id", ID, nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("is_same", sa.Boolean(), nullable=True),
        sa.Column("answered_by", ID, nullable=True),
        sa.Column("answered_at", INSTANT, nullable=True),
        *(
            sa.ForeignKeyConstraint([column], ["person.id"], name=op.f(f"fk_person_question_{column}"))
            for column in ("newcomer_id", "earlier_id", "answered_by")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_person_question_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_question")),
    )
    op.create_index("ix_person_question_school_id", "person_question", ["school_id"])
    _accounts_so_far()


def _accounts_so_far() -> None:
    """Note whose every account is: it stays theirs when another one takes its place."""
    person = sa.table(
        "person",
        *(sa.column(name) for name in ("id", "school_id", "front", "account")),
        sa.column("checked_at", INSTANT),
    )
    known = sa.table("known_account", *(sa.column(n) for n in ("school_id", "front", "account", "person_id", "since")))
    since = sa.func.coalesce(person.c.checked_at, sa.literal("1970-01-01 00:00:00").cast(INSTANT))
    if op.get_bind().dialect.name == "sqlite":
        since = sa.func.coalesce(person.c.checked_at, sa.literal("1970-01-01 00:00:00.000000"))
    found = sa.select(person.c.school_id, person.c.front, person.c.account, person.c.id, since)
    op.execute(
        known.insert().from_select(
            ["school_id", "front", "account", "person_id", "since"], found.where(person.c.account.is_not(None))
        )
    )
