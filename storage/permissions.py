"""What somebody asks permission for: the form of a record on the spine, and the conditions of a Yes."""

from sqlalchemy import Column, Date, Index, Text

from bot.rules.permissions import Form
from storage.spine.record_forms import FormTable

permissions = FormTable(
    "permission",
    Column("purpose", Text, nullable=False),
    Column("first_on", Date, nullable=False),
    Column("last_on", Date, nullable=False),
    Column("conditions", Text, nullable=False, default=""),
    Index("ix_permission_school_id_last_on", "school_id", "last_on"),
    read=Form,
)
