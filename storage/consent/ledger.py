"""The consent ledger: append-only. What stands today is worked out from it by `bot.rules.consent.ledger`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Select,
    String,
    Table,
    Text,
    and_,
    bindparam,
    distinct,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection

from bot.rules.consent.answer import MOST_SUBJECTS
from bot.rules.consent.ledger import Decision, Matter, Method, OnRoll, Verdict
from bot.rules.school import Media
from storage.consent.roll import IS_HERE, leaver, pupil
from storage.consent.undo import decision_counts, flag_counts, struck_out
from storage.engine import Id, Instant, metadata
from storage.statements.prepared import Prepared

AT_ONCE = 500  # decisions in one statement

# The occasion on which somebody decided: one form, one letter, one phone call, one import, one ruling.
source = Table(
    "consent_source",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("method", String(20), nullable=False),  # rules.ledger.Method
    Column("decided_by", String(200), nullable=False, default=""),  # the parent or guardian; "" in an import
    Column("relationship", String(60), nullable=False, default=""),
    Column("wording", String(60), nullable=False, default=""),  # version of the form that they were shown
    Column("reasons", Text, nullable=False, default=""),  # a headteacher's ruling only
    Column("recorded_by", Id, ForeignKey("person.id")),  # empty: from the command line
    Column("recorded_at", Instant, nullable=False),
    Column("request_id", String(255)),  # what Slack called the form: a form sent twice is recorded once
    Index("uq_consent_source_request", "school_id", "request_id", unique=True),
    Index("ix_consent_source_school_id_decided_by", "school_id", "decided_by"),
)

decision = Table(
    "consent_decision",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("pupil_id", Id, ForeignKey("pupil.id"), nullable=False),
    Column("use_key", String(40), nullable=False),
    Column("media", String(10), nullable=False),
    Column("verdict", String(10), nullable=False),  # rules.ledger.Verdict
    Column("effective_from", Date, nullable=False),
    Column("expires_on", Date),  # the last day on which a Yes is good
    Column("source_id", Id, ForeignKey("consent_source.id"), nullable=False),
    CheckConstraint("verdict IN ('yes', 'no', 'withdrawn')", name="verdict"),
    CheckConstraint("media IN ('photo', 'video')", name="media"),
    Index("ix_consent_decision_pupil", "pupil_id", "use_key", "media"),
    Index("ix_consent_decision_source_id", "source_id"),
    Index("ix_consent_decision_effective_from", "school_id", "effective_from"),  # what begins on a day
)

# 'Never photograph' (court order, adoption, risk). Staff see that the pupil must not be included, never why.
flag = Table(
    "never_photograph",
    metadata,
    Column("id", Id, primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("pupil_id", Id, ForeignKey("pupil.id"), nullable=False, index=True),
    Column("raised", Boolean, nullable=False),  # true: never photograph from now on; false: lifted
    Column("reasons", Text, nullable=False, default=""),
    Column("recorded_by", Id, ForeignKey("person.id")),
    Column("recorded_at", Instant, nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("import_id", Id, ForeignKey("roll_import.id")),  # empty: by a person
)

# A spoken withdrawal counts at once; the letter that policy §4.3 asks for may follow.
paper = Table(
    "paper_to_follow",
    metadata,
    Column("source_id", Id, ForeignKey("consent_source.id"), primary_key=True),
    Column("school_id", Id, ForeignKey("school.id"), nullable=False),
    Column("pupil_id", Id, ForeignKey("pupil.id"), nullable=False),
    Column("received_at", Instant),
    Column("received_by", Id, ForeignKey("person.id")),
    Index("ix_paper_to_follow_school_id", "school_id"),
)


# One statement for a look-up: whether the pupils are on roll, whether the flag is up, and every decision about them
# that is not struck out.
_RAISED = (
    select(flag.c.raised)
    .where(flag.c.pupil_id == pupil.c.id, flag.c.effective_from <= bindparam("day"), flag_counts(flag.c.id))
    .order_by(flag.c.effective_from.desc(), flag.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_FACTS = select(
    pupil.c.id.label("pupil_id"),
    pupil.c.joined_on,
    pupil.c.left_on,
    pupil.c.decisions_from,
    _RAISED.label("raised"),
    decision.c.id.label("number"),
    decision.c.use_key,
    decision.c.media,
    decision.c.verdict,
    decision.c.effective_from,
    decision.c.expires_on,
    source.c.method,
    source.c.decided_by,
).where(pupil.c.school_id == bindparam("school"))
_COUNTS = decision_counts(decision.c.pupil_id, decision.c.source_id)
_DECIDED = and_(decision.c.pupil_id == pupil.c.id, _COUNTS)
_ON_USE = and_(_DECIDED, decision.c.use_key == bindparam("use_key"))
_ON_MATTER = and_(_ON_USE, decision.c.media == bindparam("medium"))


def _about(decided: ColumnElement[bool]) -> Select[Any]:
    decisions = pupil.outerjoin(decision, decided)
    return _FACTS.select_from(decisions.outerjoin(source, source.c.id == decision.c.source_id))


_STANDING_OF_ONE = Prepared(_about(_DECIDED).where(pupil.c.id == bindparam("pupil")))
# As many as a look-up may ask about at once: a list of one length is a statement of one text.
_NAMED = [f"pupil_{number}" for number in range(MOST_SUBJECTS)]
_OF_NAMED = pupil.c.id.in_([bindparam(name) for name in _NAMED])
_STANDING_OF_NAMED, _STANDING_ON_USE = (Prepared(_about(decided).where(_OF_NAMED)) for decided in (_DECIDED, _ON_USE))
_STANDING_OF_MANY = _about(_DECIDED).where(pupil.c.id.in_(bindparam("pupils", expanding=True)))
_STANDING_IN_CLASS = Prepared(_about(_ON_MATTER).where(pupil.c.class_name == bindparam("class_name")))

Standing = tuple[OnRoll, list[Decision]]


def standing(connection: Connection, school_id: int, pupils: Sequence[int], day: date) -> dict[int, Standing]:
    """Return pupil id → (on roll and flag on that day, every decision that counts); nobody of another school."""
    if len(pupils) == 1:
        return _grouped(_STANDING_OF_ONE.rows(connection, pupil=pupils[0], school=school_id, day=day))
    if 1 < len(pupils) <= MOST_SUBJECTS:
        return _grouped(_STANDING_OF_NAMED.rows(connection, **_padded(pupils), school=school_id, day=day))
    values = {"pupils": list(pupils), "school": school_id, "day": day}
    return _grouped(connection.execute(_STANDING_OF_MANY, values).all())


def standing_on_use(
    connection: Connection, school_id: int, pupils: Sequence[int], day: date, use_key: str
) -> dict[int, Standing]:
    """Return the same of those named, at most `MOST_SUBJECTS`, with the decisions on one use only."""
    values = {**_padded(pupils), "school": school_id, "day": day, "use_key": use_key}
    return _grouped(_STANDING_ON_USE.rows(connection, **values))


def _padded(pupils: Sequence[int]) -> dict[str, int]:
    """Return the values of a list of one length: whoever is named again is found once."""
    return dict(zip(_NAMED, [*pupils, *[pupils[0]] * (MOST_SUBJECTS - len(pupils))], strict=True))


def standing_in_class(
    connection: Connection, school_id: int, class_name: str, day: date, use_key: str, medium: Media
) -> dict[int, Standing]:
    """Return the same of everybody of a class, with the decisions on one matter only: it is asked for one picture."""
    values = {"class_name": class_name, "school": school_id, "day": day, "use_key": use_key, "medium": medium}
    return _grouped(_STANDING_IN_CLASS.rows(connection, **values))


def _grouped(rows: Iterable[Sequence[Any]]) -> dict[int, Standing]:
    found: dict[int, Standing] = {}
    # By place, not by name: a look-up reads ten rows, and a name costs more than a value.
    for pupil_id, joined_on, left_on, again, raised, number, use_key, media, verdict, since, until, method, by in rows:
        if pupil_id not in found:
            found[pupil_id] = (OnRoll(joined_on, left_on, bool(raised), again), [])
        if number is not None:
            made = _MEDIA[media], _VERDICTS[verdict], since, until, _METHODS[method], by
            found[pupil_id][1].append(Decision(number, pupil_id, use_key, *made))
    return found


# A dictionary is four times as quick as calling the enum.
_MEDIA = {each.value: each for each in Media}
_VERDICTS = {each.value: each for each in Verdict}
_METHODS = {each.value: each for each in Method}


def wordings(connection: Connection, decisions: Sequence[int]) -> dict[int, str]:
    """Return decision's number → the version of the form that was shown, "" where it is not known."""
    found: dict[int, str] = {}
    for start in range(0, len(decisions), AT_ONCE):
        these = decision.c.id.in_(decisions[start : start + AT_ONCE])
        rows = connection.execute(
            select(decision.c.id, source.c.wording).join(source, source.c.id == decision.c.source_id).where(these)
        )
        found |= {row[0]: row[1] for row in rows}
    return found


# ── recording ──────────────────────────────────────────────────────────────────────────────────────────────────────


def add_source(  # noqa: PLR0913 - one argument a column
    connection: Connection,
    school_id: int,
    *,
    method: Method,
    recorded_by: int | None,
    recorded_at: datetime,
    decided_by: str = "",
    relationship: str = "",
    wording: str = "",
    reasons: str = "",
    request_id: str | None = None,
) -> int | None:
    """Insert one occasion of deciding; returns its id, or None where this very form was recorded before."""
    if request_id is not None:
        known = select(source.c.id).where(source.c.school_id == school_id, source.c.request_id == request_id)
        if connection.execute(known).first():
            return None
    values = {"school_id": school_id, "method": method, "recorded_by": recorded_by, "recorded_at": recorded_at}
    values |= {"decided_by": decided_by, "relationship": relationship, "wording": wording, "reasons": reasons}
    made = connection.execute(insert(source).values(**values, request_id=request_id).returning(source.c.id))
    return int(made.scalar_one())


def add_decisions(
    connection: Connection,
    school_id: int,
    pupil_id: int,
    source_id: int,
    verdicts: Mapping[Matter, Verdict],
    *,
    effective_from: date,
    expires_on: date | None,
) -> None:
    """Insert what was decided on one occasion. An expiry belongs to a Yes only."""
    common = {"school_id": school_id, "pupil_id": pupil_id, "source_id": source_id, "effective_from": effective_from}
    rows = [
        {**common, "use_key": use_key, "media": media, "verdict": verdict}
        | {"expires_on": expires_on if verdict is Verdict.YES else None}
        for (use_key, media), verdict in verdicts.items()
    ]
    connection.execute(insert(decision), rows)


def add_flag(
    connection: Connection,
    school_id: int,
    pupil_id: int,
    *,
    raised: bool,
    reasons: str,
    recorded_by: int | None,
    recorded_at: datetime,
    effective_from: date,
) -> int:
    """Raise or lift the never-photograph flag from a day on; returns the id of the entry."""
    values = {"school_id": school_id, "pupil_id": pupil_id, "raised": raised, "reasons": reasons}
    values |= {"recorded_by": recorded_by, "recorded_at": recorded_at, "effective_from": effective_from}
    return int(connection.execute(insert(flag).values(**values).returning(flag.c.id)).scalar_one())


def add_paper(connection: Connection, school_id: int, source_id: int, pupil_id: int) -> None:
    """Remember that a letter has still to come."""
    connection.execute(insert(paper).values(source_id=source_id, school_id=school_id, pupil_id=pupil_id))


def paper_received(connection: Connection, school_id: int, source_id: int, *, at: datetime, by: int | None) -> bool:
    """Note that the letter came; False where nobody waits for it any more. Compare-and-set: two may press at once."""
    waiting = (paper.c.school_id == school_id) & (paper.c.source_id == source_id) & paper.c.received_at.is_(None)
    waiting &= decision_counts(paper.c.pupil_id, paper.c.source_id)
    return connection.execute(update(paper).where(waiting).values(received_at=at, received_by=by)).rowcount == 1


def papers(connection: Connection, school_id: int) -> list[tuple[int, int, datetime]]:
    """Return (source id, pupil id, recorded at) of every letter still to come, oldest first.

    None is waited for after what was struck out.
    """
    rows = connection.execute(
        select(paper.c.source_id, paper.c.pupil_id, source.c.recorded_at)
        .join(source, source.c.id == paper.c.source_id)
        .where(paper.c.school_id == school_id, paper.c.received_at.is_(None))
        .where(decision_counts(paper.c.pupil_id, paper.c.source_id))
        .order_by(source.c.recorded_at, source.c.id)
    )
    return [(row.source_id, row.pupil_id, row.recorded_at) for row in rows]


def recorded_matters(connection: Connection, school_id: int, day: date, uses: Sequence[str]) -> dict[int, int]:
    """Return pupil id → how many matters of these uses have any decision, for every pupil on roll on a day."""
    matters = func.count(distinct(decision.c.use_key + ":" + decision.c.media))
    rows = connection.execute(
        select(pupil.c.id, matters.label("matters"))
        .select_from(pupil.outerjoin(decision, and_(_DECIDED, decision.c.use_key.in_(uses))))
        .where(
            pupil.c.school_id == school_id,
            IS_HERE,
            (pupil.c.left_on.is_(None)) | (pupil.c.left_on >= day),
            (pupil.c.joined_on.is_(None)) | (pupil.c.joined_on <= day),
        )
        .group_by(pupil.c.id)
    )
    return {row.id: row.matters for row in rows}


def _decided_by_name(school_id: int) -> Select[tuple[int]]:
    """Select the pupils about whom a named person decided: few, and found without reading everybody's decisions."""
    return (
        select(decision.c.pupil_id)
        .join(source, source.c.id == decision.c.source_id)
        .where(source.c.school_id == school_id, source.c.decided_by != "", _COUNTS)
    )


def with_several_deciders(connection: Connection, school_id: int) -> list[int]:
    """Return the ids of pupils about whom a named person decided, and somebody else too (an import counts as one)."""
    rows = connection.execute(
        select(decision.c.pupil_id)
        .join(source, source.c.id == decision.c.source_id)
        .where(decision.c.pupil_id.in_(_decided_by_name(school_id)), _COUNTS)
        .group_by(decision.c.pupil_id)
        .having(func.count(distinct(source.c.decided_by)) > 1)
    )
    return [row.pupil_id for row in rows]


def entries(connection: Connection, school_id: int, pupil_id: int) -> int:
    """Return how many things were recorded about a child's pictures: a number that grows with each of them."""
    counted = [
        select(func.count()).where(table.c.school_id == school_id, table.c.pupil_id == pupil_id).scalar_subquery()
        for table in (decision, flag, leaver, struck_out)
    ]
    return sum(connection.execute(select(*counted)).one())
