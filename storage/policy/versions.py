"""The policy's versions and clauses, and its reviews. A version never changes, but for its state (compare-and-set)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection

from bot.rules.buttons import value_of
from bot.rules.policy.clauses import Clause, Policy, Section
from bot.rules.policy.review import State as ReviewState
from bot.rules.policy.versions import Event, State, next_state
from bot.rules.school import Role
from storage.engine import Id, Instant, metadata

version = Table(
    "policy_version",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("number", Integer, nullable=False),  # counted within the school
    Column("label", String(40), nullable=False),  # what people call it: "2026-11"
    Column("approved_on", Date, nullable=False),
    Column("imported_by", Id, ForeignKey("person.id")),  # empty: the command line
    Column("imported_at", Instant, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("state", String(20), nullable=False),
    Column("replaces", Integer),  # the number of the version before it
    Column("in_force_at", Instant),
    UniqueConstraint("school_id", "number"),
    Index("ix_policy_version_school_id_state", "school_id", "state"),
)

clause = Table(
    "policy_clause",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("version_id", Id, ForeignKey("policy_version.id"), nullable=False, index=True),
    Column("place", Integer, nullable=False),
    Column("section", String(20), nullable=False),
    Column("section_heading", Text, nullable=False),
    Column("number", String(20), nullable=False),
    Column("heading", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("bullets", JSON, nullable=False),
)

review = Table(
    "policy_review",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("due", Date, nullable=False),
    Column("state", String(20), nullable=False),
    Column("opened_by", Id, ForeignKey("person.id"), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("next_review", Date),
    UniqueConstraint("school_id", "number"),
)

sign_off = Table(
    "policy_sign_off",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("review_id", Id, ForeignKey("policy_review.id"), nullable=False),
    Column("role", String(40), nullable=False),
    Column("label", String(40), nullable=False),  # the version that was signed for
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("signature", String(200), nullable=False),
    Column("remarks", Text, nullable=False),
    UniqueConstraint("review_id", "role", "label"),  # nobody signs twice, and nobody for somebody who has signed
)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the policy, without its words."""

    version_id: int
    number: int
    label: str
    approved_on: date
    imported_by: int | None
    imported_at: datetime
    sha256: str
    state: State
    replaces: int | None
    in_force_at: datetime | None

    @property
    def button(self) -> str:
        """Return what its buttons carry."""
        return value_of(self.number, self.imported_at)


@dataclass(frozen=True, slots=True)
class SignOff:
    """One signature of a review. `label`: the version for which it was given."""

    role: Role
    label: str
    person_id: int
    at: datetime
    signature: str
    remarks: str


@dataclass(frozen=True, slots=True)
class Review:
    """One review, with its signatures in order."""

    review_id: int
    number: int
    due: date
    state: ReviewState
    opened_by: int
    opened_at: datetime
    ended_at: datetime | None
    next_review: date | None
    sign_offs: tuple[SignOff, ...]

    @property
    def button(self) -> str:
        """Return what its buttons carry."""
        return value_of(self.number, self.opened_at)

    def signed(self, label: str) -> frozenset[Role]:
        """Return for whom somebody has signed the version with this label."""
        return frozenset(each.role for each in self.sign_offs if each.label == label)


# ── versions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def add(
    connection: Connection,
    school_id: int,
    found: Policy,
    *,
    label: str,
    approved_on: date,
    imported_by: int | None,
    at: datetime,
    sha256: str,
) -> Version:
    """Insert a version with its clauses, as a draft. The school must be locked: the number is the next one."""
    last = select(func.coalesce(func.max(version.c.number), 0)).where(version.c.school_id == school_id)
    number = int(connection.execute(last).scalar_one()) + 1
    values = {"school_id": school_id, "number": number, "label": label, "approved_on": approved_on, "imported_at": at}
    values |= {"imported_by": imported_by, "sha256": sha256, "state": State.DRAFT}
    version_id = int(connection.execute(insert(version).values(**values).returning(version.c.id)).scalar_one())
    rows = [
        {
            "school_id": school_id,
            "version_id": version_id,
            "place": place,
            "section": section.number,
            "section_heading": section.heading,
            "number": each.number,
            "heading": each.heading,
            "text": each.text,
            "bullets": list(each.bullets),
        }
        for place, (section, each) in enumerate(found.clauses())
    ]
    connection.execute(insert(clause), rows)
    return Version(version_id, number, label, approved_on, imported_by, at, sha256, State.DRAFT, None, None)


def put_in_force(connection: Connection, found: Version, *, replaces: Version | None, at: datetime) -> bool:
    """Compare-and-set: a draft is in force now, and the version before it no more. False: somebody was quicker."""
    if replaces and not _move(connection, replaces, Event.REPLACE):
        return False
    values = {"in_force_at": at, "replaces": replaces.number if replaces else None}
    return _move(connection, found, Event.PUT_IN_FORCE, **values)


def discard(connection: Connection, found: Version) -> bool:
    """Compare-and-set: a draft is discarded. False: somebody was quicker."""
    return _move(connection, found, Event.DISCARD)


def has_draft_before(connection: Connection, school_id: int, instant: datetime) -> bool:
    """Return whether a draft is older than an instant."""
    old = (version.c.school_id == school_id) & (version.c.state == State.DRAFT) & (version.c.imported_at < instant)
    return connection.execute(select(version.c.id).where(old).limit(1)).first() is not None


def discard_before(connection: Connection, school_id: int, instant: datetime) -> int:
    """Discard the drafts from before an instant; returns how many."""
    stale = (version.c.school_id == school_id) & (version.c.state == State.DRAFT) & (version.c.imported_at < instant)
    return connection.execute(
        update(version).where(stale).values(state=next_state(State.DRAFT, Event.DISCARD))
    ).rowcount


def _move(connection: Connection, found: Version, event: Event, **values: Any) -> bool:
    still = (version.c.id == found.version_id) & (version.c.state == found.state)
    moved = update(version).where(still).values(state=next_state(found.state, event), **values)
    return connection.execute(moved).rowcount == 1


# Asked at every tick of every school.
_IN_FORCE = select(version).where(
    version.c.school_id == bindparam("of_school"), version.c.state == bindparam("in_state")
)


def in_force(connection: Connection, school_id: int) -> Version | None:
    """Return the version in force."""
    row = connection.execute(_IN_FORCE, {"of_school": school_id, "in_state": State.IN_FORCE}).first()
    return _version(row) if row else None


def get(connection: Connection, school_id: int, number: int) -> Version | None:
    """Return one version by its number."""
    mine = (version.c.school_id == school_id) & (version.c.number == number)
    row = connection.execute(select(version).where(mine)).one_or_none()
    return _version(row) if row else None


def every(connection: Connection, school_id: int) -> list[Version]:
    """Return all versions that are or were in force, newest first."""
    kept = version.c.state.in_([State.IN_FORCE, State.SUPERSEDED])
    mine = select(version).where(version.c.school_id == school_id, kept).order_by(version.c.number.desc())
    return [_version(row) for row in connection.execute(mine)]


def document(connection: Connection, found: Version) -> Policy:
    """Return the words of a version."""
    rows = connection.execute(select(clause).where(clause.c.version_id == found.version_id).order_by(clause.c.place))
    return Policy(tuple(_sections(rows)))


def _sections(rows: Iterable[Any]) -> Iterable[Section]:
    for (number, heading), group in groupby(rows, key=lambda row: (row.section, row.section_heading)):
        clauses = (Clause(row.number, row.text, tuple(row.bullets), row.heading) for row in group)
        yield Section(number, heading, tuple(clauses))


def _version(row: Any) -> Version:
    return Version(
        version_id=row.id,
        number=row.number,
        label=row.label,
        approved_on=row.approved_on,
        imported_by=row.imported_by,
        imported_at=row.imported_at,
        sha256=row.sha256,
        state=State(row.state),
        replaces=row.replaces,
        in_force_at=row.in_force_at,
    )


# ── reviews ────────────────────────────────────────────────────────────────────────────────────────────────────────


def open_review(connection: Connection, school_id: int, *, due: date, person_id: int, at: datetime) -> int:
    """Insert a review; returns its number. The school must be locked."""
    last = select(func.coalesce(func.max(review.c.number), 0)).where(review.c.school_id == school_id)
    number = int(connection.execute(last).scalar_one()) + 1
    values = {"school_id": school_id, "number": number, "due": due, "state": ReviewState.OPEN}
    connection.execute(insert(review).values(**values, opened_by=person_id, opened_at=at))
    return number


def get_review(connection: Connection, school_id: int, number: int) -> Review | None:
    """Return one review by its number."""
    mine = (review.c.school_id == school_id) & (review.c.number == number)
    row = connection.execute(select(review).where(mine)).one_or_none()
    return _review(connection, row) if row else None


def newest_review(connection: Connection, school_id: int, state: ReviewState) -> Review | None:
    """Return the newest review in a state."""
    row = connection.execute(_NEWEST_REVIEW, {"of_school": school_id, "in_state": state}).first()
    return _review(connection, row) if row else None


# Asked at every tick of every school.
_NEWEST_REVIEW = (
    select(review)
    .where(review.c.school_id == bindparam("of_school"), review.c.state == bindparam("in_state"))
    .order_by(review.c.number.desc())
    .limit(1)
)


def _review(connection: Connection, row: Any) -> Review:
    signed = connection.execute(select(sign_off).where(sign_off.c.review_id == row.id).order_by(sign_off.c.id))
    return Review(
        review_id=row.id,
        number=row.number,
        due=row.due,
        state=ReviewState(row.state),
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        ended_at=row.ended_at,
        next_review=row.next_review,
        sign_offs=tuple(
            SignOff(Role(each.role), each.label, each.person_id, each.at, each.signature, each.remarks)
            for each in signed
        ),
    )


def sign(connection: Connection, school_id: int, found: Review, made: SignOff) -> None:
    """Append one signature. The school must be locked and the role unsigned."""
    values = {"school_id": school_id, "review_id": found.review_id, "role": made.role, "label": made.label}
    values |= {"person_id": made.person_id, "at": made.at, "signature": made.signature, "remarks": made.remarks}
    connection.execute(insert(sign_off).values(**values))


def end_review(
    connection: Connection, found: Review, *, to: ReviewState, at: datetime, next_review: date | None
) -> bool:
    """Compare-and-set the state of an open review. False: somebody was quicker."""
    still = (review.c.id == found.review_id) & (review.c.state == ReviewState.OPEN)
    values = {"state": to, "ended_at": at, "next_review": next_review}
    return connection.execute(update(review).where(still).values(**values)).rowcount == 1
