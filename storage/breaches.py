"""A breach of personal data: a record's own columns, without its words, which are sealed."""

from typing import Any

from sqlalchemy import Column, ForeignKey, Integer, String, TypeDecorator

from bot.rules.breaches import Data, Form, Kind, Whose
from storage.engine import Id, Instant
from storage.spine.record_forms import FormTable


class Several(TypeDecorator[tuple[str, ...]]):
    """Some words of a short list, with a comma between."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: object) -> str:
        """Return them as they are kept."""
        return ",".join(value)

    def process_result_value(self, value: Any, dialect: object) -> tuple[str, ...]:
        """Return them as they were."""
        return tuple(filter(None, value.split(",")))


def _read(**columns: Any) -> Form:
    whose, data = tuple(map(Whose, columns.pop("whose"))), tuple(map(Data, columns.pop("data")))
    return Form(kind=Kind(columns.pop("kind")), whose=whose, data=data, **columns)


breaches = FormTable(
    "breach",
    Column("kind", String(20), nullable=False),
    Column("whose", Several(100), nullable=False),  # of rules.breaches.Whose
    Column("data", Several(200), nullable=False),  # of rules.breaches.Data
    Column("people", Integer),  # how many; empty: not known
    Column("aware_at", Instant, nullable=False),  # from when the 72 hours run
    Column("reporter_id", Id, ForeignKey("person.id"), nullable=False),
    read=_read,
)
