"""Ids of accounts, places and files are as long as any front's may be, and say which front they are of."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

SHORT, LONG = sa.String(length=40), sa.String(length=255)


def upgrade() -> None:
    with op.batch_alter_table("school") as batch:
        batch.drop_constraint(op.f("uq_school_slack_team"), type_="unique")
        batch.alter_column("slack_team", new_column_name="workspace", existing_type=SHORT, type_=LONG, nullable=False)
        batch.add_column(_front())
    with op.batch_alter_table("school") as batch:
        batch.alter_column("front", existing_type=sa.String(length=20), server_default=None)
        batch.create_unique_constraint(op.f("uq_school_workspace_front"), ["workspace", "front"])
    with op.batch_alter_table("person") as batch:
        batch.drop_constraint(op.f("uq_person_school_id_slack_user"), type_="unique")
        batch.alter_column("slack_user", new_column_name="account", existing_type=SHORT, type_=LONG, nullable=True)
        batch.add_column(_front())
    with op.batch_alter_table("person") as batch:
        batch.alter_column("front", existing_type=sa.String(length=20), server_default=None)
        batch.create_unique_constraint(op.f("uq_person_school_id_account_front"), ["school_id", "account", "front"])
    with op.batch_alter_table("outbox") as batch:
        batch.alter_column("channel", new_column_name="conversation", existing_type=SHORT, type_=LONG, nullable=True)
        batch.alter_column("ts", new_column_name="message", existing_type=SHORT, type_=LONG, nullable=True)
        batch.add_column(_front())
    with op.batch_alter_table("delivery") as batch:
        batch.alter_column("file_id", existing_type=SHORT, type_=LONG, nullable=True)
        batch.alter_column("press_id", existing_type=sa.String(length=60), type_=LONG, nullable=True)
        batch.add_column(_front())
    for table in ("outbox", "delivery"):
        with op.batch_alter_table(table) as batch:
            batch.alter_column("front", existing_type=sa.String(length=20), server_default=None)


def _front() -> sa.Column[str]:
    return sa.Column("front", sa.String(length=20), nullable=False, server_default="slack")  # of all that there is
