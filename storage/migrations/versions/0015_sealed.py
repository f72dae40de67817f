"""Content reports onto the spine, their words sealed; prints sealed; which key opens this database. Tasks and links."""

import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from storage.sealing import Purpose, Sealing
from storage.spine.record_texts import belongs

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
AT_ONCE = 500
# About whom → the procedure, as the code of this revision names them.
PROCEDURES = {
    "pupil": "content",
    "staff": "content",
    "unknown": "content",
    "coordinator": "content-coordinator",
    "head": "content-head",
    "chair": "content-chair",
    "head and chair": "content-both",
}


def upgrade() -> None:
    sealing: Sealing = context.config.attributes["sealing"]
    _key(sealing)
    _spine()
    _prints(sealing)
    _reports(sealing)


def _key(sealing: Sealing) -> None:
    made = op.create_table(
        "sealing_check",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealing_check")),
    )
    rows = [{"id": 1, "value": sealing.derived(b"lanyard/check/1").hex()}]
    if _is_anything_to_seal():
        rows.append({"id": 2, "value": "old pages"})  # to be emptied, whatever happens in between
    op.bulk_insert(made, rows)


def _is_anything_to_seal() -> bool:
    there = (
        sa.select(sa.literal(1)).select_from(sa.table(name)).limit(1) for name in ("content_report", "document_print")
    )
    return any(op.get_bind().execute(one).first() for one in there)


def _spine() -> None:
    op.add_column("record", sa.Column("moved_at", INSTANT, nullable=True))
    op.create_index("ix_record_school_id_asked_at", "record", ["school_id", "asked_at", "id"])
    op.create_table(
        "record_text",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("step_id", ID, nullable=True),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_record_text_record_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_record_text_school_id")),
        sa.ForeignKeyConstraint(["step_id"], ["record_step.id"], name=op.f("fk_record_text_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_text")),
    )
    op.create_index("ix_record_text_record_id", "record_text", ["record_id"])
    op.create_index("ix_record_text_step_id", "record_text", ["step_id"])


def _prints(sealing: Sealing) -> None:
    op.add_column("document_print", sa.Column("sealed", sa.LargeBinary(), nullable=True))
    table = sa.table("document_print", *map(sa.column, ("id", "school_id", "kind", "number", "code", "content")))
    sealed = sa.table("document_print", sa.column("id"), sa.column("sealed"))
    for row in _rows(table):
        place = f"{row.school_id}/{row.kind}-{row.number}/{row.code}"
        content = sealing.seal(Purpose.PRINTS, row.content.encode(), place)
        op.get_bind().execute(sealed.update().where(sealed.c.id == row.id).values(sealed=content))
    with op.batch_alter_table("document_print") as batch:
        batch.alter_column("sealed", existing_type=sa.LargeBinary(), nullable=False)
        batch.drop_column("content")


def _reports(sealing: Sealing) -> None:
    op.create_table(
        "content_form",
        sa.Column("record_id", ID, autoincrement=False, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("about", sa.String(length=20), nullable=False),
        sa.Column("perhaps_illegal", sa.Boolean(), nullable=False),
        sa.Column("urls", sa.JSON(), nullable=False),
        sa.Column("head_told_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_content_form_record_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_content_form_school_id")),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_content_form")),
    )
    tables = sa.MetaData()
    tables.reflect(op.get_bind(), only=["content_report", "content_subject", *_INTO])
    report = tables.tables["content_report"]
    now = datetime.now(UTC)
    for row in _rows(report):
        _move(sealing, tables.tables, row, now)
    op.drop_table("content_subject")
    op.drop_table("content_report")


_INTO = ("record", "record_step", "record_part", "record_text", "content_form")


def _move(sealing: Sealing, tables: Mapping[str, sa.Table], row: Any, now: datetime) -> None:
    """Write one report down as a record: number, form and subjects stay, its words are sealed."""
    subject = tables["content_subject"]
    values = {"school_id": row.school_id, "kind": "CR", "number": row.number, "procedure": PROCEDURES[row.about]}
    values |= {"state": row.state, "version": 2 if row.completed_at else 1, "asker_id": row.reporter_id}
    values |= {"asked_at": row.reported_at, "waits_since": row.completed_at or row.reported_at, "moved_at": now}
    values |= {"origin": f"form {row.form_id}", "token": secrets.token_urlsafe(9)}
    record_id = _insert(tables["record"], values)
    about = sa.select(subject.c.person_id).where(subject.c.report_id == row.id, subject.c.person_id != row.reporter_id)
    for who in op.get_bind().execute(about).scalars():  # whoever reports of themselves keeps sight of their own word
        part = {"record_id": record_id, "part": "subject", "person_id": who, "since": row.reported_at}
        _insert(tables["record_part"], {"school_id": row.school_id, **part})
    form = {"about": row.about, "perhaps_illegal": row.perhaps_illegal, "urls": row.urls}
    form |= {"record_id": record_id, "school_id": row.school_id, "head_told_at": row.head_told_at}
    op.get_bind().execute(tables["content_form"].insert().values(**form))
    for name in ("individual", "nature"):
        if text := getattr(row, name):
            _seal(sealing, tables, row.school_id, record_id, 0, name, text)
    if row.completed_at:
        step = {"record_id": record_id, "event": "complete", "came_from": "awaiting action", "words": ""}
        step |= {"person_id": row.completed_by, "at": row.completed_at, "signature": row.signature}
        step_id = _insert(tables["record_step"], {"school_id": row.school_id, **step})
        _seal(sealing, tables, row.school_id, record_id, step_id, "words", row.action)


def _insert(table: sa.Table, values: Mapping[str, Any]) -> int:
    return int(op.get_bind().execute(table.insert().values(**values).returning(table.c.id)).scalar_one())


def _seal(
    sealing: Sealing,
    tables: Mapping[str, sa.Table],
    school_id: int,
    record_id: int,
    step_id: int,
    name: str,
    text: str,
) -> None:
    sealed = sealing.seal(Purpose.TEXTS, text.encode(), belongs(school_id, record_id, step_id, name))
    values = {"school_id": school_id, "record_id": record_id, "step_id": step_id or None, "name": name}
    _insert(tables["record_text"], {**values, "sealed": sealed})


def _rows(table: sa.FromClause) -> Iterator[Any]:
    """Yield the rows of a table, some at a time, by their ids."""
    last = 0
    while (
        some := op.get_bind()
        .execute(sa.select(table).where(table.c.id > last).order_by(table.c.id).limit(AT_ONCE))
        .all()
    ):
        yield from some
        last = some[-1].id
