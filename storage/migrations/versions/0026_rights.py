"""What is urgent goes on down the line; who are called the same are asked about; buttons open their own record only.

A record knows how often the next were asked. Messages that may still be pressed are brought up to date: their buttons
carry a token from now on, and one without is refused.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# Whose buttons carried a number alone.
PRESSED = (
    *("consent.shown_again", "consent.import_undone", "looks.told", "persons.asked", "training.proposed"),
    *("policy.sign", "acknowledgement.asked", "register.change", "reminders.digest"),
)
NEWEST = 2000  # messages; older ones have been followed by others, or are over


def upgrade() -> None:
    """Add the column. What was urgent, and the next were asked of it, goes on from there."""
    with op.batch_alter_table("record") as batch:
        batch.add_column(sa.Column("hurried", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("record") as batch:
        batch.alter_column("hurried", existing_type=sa.Integer(), server_default=None)
    # Of what somebody has, and the next were asked of before, nobody else is to be asked.
    op.execute(
        "UPDATE record SET hurried = 1, next_at = NULL WHERE next_at IS NOT NULL AND EXISTS "
        "(SELECT 1 FROM record_step WHERE record_step.record_id = record.id AND record_step.event = 'take')"
    )
    with op.batch_alter_table("person_question") as batch:
        batch.add_column(sa.Column("why", sa.String(length=10), nullable=False, server_default="address"))
    with op.batch_alter_table("person_question") as batch:
        batch.alter_column("why", existing_type=sa.String(length=10), server_default=None)
    outbox = sa.table("outbox", *(sa.column(name) for name in ("id", "notice", "state", "wanted", "attempts")))
    newest = op.get_bind().execute(sa.select(sa.func.max(outbox.c.id))).scalar() or 0
    these = outbox.c.notice.in_(PRESSED) & (outbox.c.state == "sent") & (outbox.c.id > newest - NEWEST)
    op.execute(sa.update(outbox).where(these).values(state="waiting", wanted=outbox.c.wanted + 1, attempts=0))
