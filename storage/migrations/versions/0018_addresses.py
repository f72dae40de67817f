"""Where the addresses of requests and reports are found: an index over those that are there."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.rules.filter.places import places

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PLACE = sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql")
AT_ONCE = 500  # forms in one go


def upgrade() -> None:
    made = op.create_table(
        "record_address",
        sa.Column("record_id", ID, autoincrement=False, nullable=False),
        sa.Column("place", PLACE, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_record_address_record_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_record_address_school_id")),
        sa.PrimaryKeyConstraint("record_id", "place", name=op.f("pk_record_address")),
    )
    columns = {"access_form": sa.column("url"), "content_form": sa.column("urls", sa.JSON())}
    for name, column in columns.items():
        for some in _forms(sa.table(name, sa.column("record_id"), sa.column("school_id"), column)):
            # Several addresses of a report may be found at one place.
            found = [
                {"record_id": record_id, "school_id": school_id, "place": place}
                for record_id, school_id, urls in some
                for place in dict.fromkeys(
                    place for url in ([urls] if isinstance(urls, str) else urls) for place in places(url)
                )
            ]
            if found:
                op.get_bind().execute(made.insert(), found)
    op.create_index("ix_record_address_school_id_place", "record_address", ["school_id", "place", "record_id"])


def _forms(form: sa.TableClause) -> Iterator[list[Any]]:
    """Yield the forms of a kind, some at a time."""
    last = 0
    while (
        some := op.get_bind()
        .execute(sa.select(form).where(form.c.record_id > last).order_by(form.c.record_id).limit(AT_ONCE))
        .all()
    ):
        yield list(some)
        last = some[-1].record_id
