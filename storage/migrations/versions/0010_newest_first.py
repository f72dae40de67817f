"""What was decided or completed lately is found by the index of states."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_access_request_school_id_state", "access_request")
    op.create_index("ix_access_request_school_id_state", "access_request", ["school_id", "state", "waits_since"])
    op.drop_index("ix_content_report_school_id_state", "content_report")
    op.create_index("ix_content_report_school_id_state", "content_report", ["school_id", "state", "completed_at"])
