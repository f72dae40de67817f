"""The filter register, and files on their way to somebody; what requests said of the filter moves into the register."""

from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Shared by so many people that an approved page must not become the whole of it. As things stood then, on purpose: a
# migration does not change with the list that the code has (bot.rules.filter.lines).
PLATFORMS = frozenset(
    """amazon.co.uk amazon.com archive.org bbc.co.uk bbc.com blogspot.com canva.com docs.google.com drive.google.com
    en.wikipedia.org facebook.com flickr.com github.com google.co.uk google.com instagram.com medium.com padlet.com
    pinterest.co.uk pinterest.com reddit.com scratch.mit.edu sites.google.com snapchat.com soundcloud.com
    tiktok.com tumblr.com twitch.tv twitter.com vimeo.com web.archive.org wikipedia.org x.com youtu.be youtube.com
    """.split()  # noqa: SIM905 - a list to read
)
FRONTS = ("m.", "mobile.", "old.")  # other doors to the same platform: m.youtube.com
LONGEST = 2000  # of the column "entry"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_id", sa.String(length=40), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_delivery_person_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_delivery_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("school_id", "number", name=op.f("uq_delivery_school_id_number")),
    )
    op.create_table(
        "filter_entry",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("entry", sa.String(length=2000), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("record", sa.String(length=20), nullable=False),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("applied_on", sa.Date(), nullable=True),
        sa.Column("form_id", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_filter_entry_decided_by")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_filter_entry_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filter_entry")),
        sa.UniqueConstraint("school_id", "form_id", "entry", name=op.f("uq_filter_entry_school_id_form_id_entry")),
        sa.UniqueConstraint("school_id", "number", name=op.f("uq_filter_entry_school_id_number")),
    )
    op.create_index("ix_filter_entry_school_id_expires_on", "filter_entry", ["school_id", "expires_on"], unique=False)
    op.create_index("ix_filter_entry_school_id_entry", "filter_entry", ["school_id", "entry"], unique=False)
    op.create_index("ix_filter_entry_school_id_record", "filter_entry", ["school_id", "record"], unique=False)
    op.create_index("ix_filter_entry_school_id_state", "filter_entry", ["school_id", "state"], unique=False)
    op.create_table(
        "filter_step",
        sa.Column("id", ID, nullable=False),
        sa.Column("school_id", ID, nullable=False),
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["filter_entry.id"], name=op.f("fk_filter_step_entry_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_filter_step_person_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_filter_step_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filter_step")),
    )
    op.create_index(op.f("ix_filter_step_entry_id"), "filter_step", ["entry_id"], unique=False)
    _take_over(op.get_bind())


def _line(url: str) -> str:
    """Return the line for the filter: the site; on a shared platform only the page that was approved."""
    address = urlsplit(url)
    host = (address.hostname or "").removeprefix("www.")
    if host not in PLATFORMS and not any(host.removeprefix(front) in PLATFORMS for front in FRONTS):
        return host
    page = host + address.path.rstrip("/")
    if address.query:  # a film's name stands behind the question mark
        page = f"{page if address.path.rstrip('/') else page + '/'}?{address.query}"
    return page[:LONGEST]


def _take_over(connection: sa.Connection) -> None:
    """Make an entry for each approved request; whether the filter was changed is the entry's to say from now on."""
    approved = connection.execute(
        sa.text(
            "SELECT id, school_id, number, url, until, state, waits_since FROM access_request "
            "WHERE state IN ('approved', 'applied') ORDER BY school_id, number"
        ).columns(until=sa.Date, waits_since=sa.DateTime(timezone=True))
    ).all()
    metadata = sa.MetaData()
    entry, number = (sa.Table(name, metadata, autoload_with=connection) for name in ("filter_entry", "number"))
    last: dict[int, int] = {}
    for each in approved:
        last[each.school_id] = last.get(each.school_id, 0) + 1
        decided = connection.execute(
            sa.text(
                "SELECT person_id, words FROM access_step WHERE request_id = :id AND signature <> '' ORDER BY id DESC"
            ),
            {"id": each.id},
        ).first()
        day, is_applied = each.waits_since.date(), each.state == "applied"
        connection.execute(
            entry.insert().values(
                school_id=each.school_id,
                number=last[each.school_id],
                kind="allowed",
                entry=_line(each.url),
                reason=decided.words if decided else "",
                record=f"AR-{each.number}",
                decided_by=decided.person_id if decided else None,
                decided_on=day,
                expires_on=each.until,
                state="in the filter" if is_applied else "to be put into the filter",
                since=day,
                applied_on=day if is_applied else None,
            )
        )
    for school_id, taken in last.items():
        connection.execute(number.insert().values(school_id=school_id, kind="FE", last=taken))
    for statement in (
        "INSERT INTO filter_step (school_id, entry_id, event, person_id, at, words) "
        "SELECT s.school_id, e.id, s.event, s.person_id, s.at, s.words FROM access_step s "
        "JOIN access_request r ON r.id = s.request_id "
        "JOIN filter_entry e ON e.school_id = r.school_id AND e.record = 'AR-' || r.number "
        "WHERE s.event = 'confirm applied'",
        "DELETE FROM access_step WHERE event = 'confirm applied'",
        "UPDATE access_request SET state = 'approved' WHERE state = 'applied'",
        "DELETE FROM outbox WHERE notice = 'access.apply'",
    ):
        connection.execute(sa.text(statement))
