"""The school's own policy: searched, imported, put in force. Policy §10, 2.1."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection

from bot.bounded import files
from bot.context import Context, Transaction
from bot.errors import BadInput, Conflict, NotFound, Refused
from bot.notices import Notice
from bot.rules.policy.changes import Change, changes
from bot.rules.policy.clauses import LABEL, LONGEST_LABEL, Policy, Section
from bot.rules.policy.search import Found
from bot.rules.policy.versions import State
from bot.rules.school import Role
from bot.services.policy import acknowledgement, current
from bot.services.training import rounds
from storage import school
from storage.policy import versions
from storage.policy.versions import Version

KEEPERS = (Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER, Role.ADMIN_TEAM)
EARLIEST = date(1990, 1, 1)  # a slip of the year, not a policy on social media
DRAFT_KEPT = timedelta(hours=24)  # a document waits for its confirmation until the next day, not longer
GONE = (
    "That document is no longer here: it was put in force, cancelled or sent more than a day ago. Nothing was changed."
)


class Answer(NamedTuple):
    """What the policy says, and what it is called. `drawn`: for the front to keep what it has made of each clause.

    `ours`: the numbers of ours to which the one clause that was asked for corresponds.
    """

    label: str
    found: Found
    drawn: dict[int, Any]
    ours: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Overview:
    """The policy at a glance, for one person. Without a document there is no version."""

    version: Version | None
    sections: tuple[Section, ...]
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a document holds, and what it would change. `draft`: its number, while it waits in Slack."""

    document: Policy
    changes: tuple[Change, ...]
    label: str
    before: Version | None
    is_known: bool  # this very document is in force already
    draft: int = 0


def search(context: Context, words: str) -> Answer | None:
    """Return what the policy says about some words; None where no document was imported. Raises Busy."""
    kept = current.in_force(context)
    if kept is None:
        return None
    found = kept.index.find(words)
    ours = kept.ours.of(found.number) if found.number and not found.is_section else frozenset[str]()
    return Answer(kept.version.label, found, kept.drawn, ours)


def overview(context: Context) -> Overview:
    """Return the version in force with its sections, and whether this person has acknowledged it. Raises Busy."""
    found = current.in_force(context)
    if found is None:
        return Overview(None, (), None)
    at = acknowledgement.acknowledged_at(context, found.version.number)
    return Overview(found.version, found.index.policy.sections, at)


def section(context: Context, number: int, place: int) -> tuple[Version, Section]:
    """Return one section of one version, by its place. Raises NotFound, Busy."""
    with context.database.look() as connection:
        version = versions.get(connection, context.school.school_id, number)
    if version is None or version.state not in {State.IN_FORCE, State.SUPERSEDED}:
        raise NotFound("There is no such version of the policy.")
    sections = current.document(context, version).sections
    if not 0 <= place < len(sections):
        raise NotFound("There is no such section in this version of the policy.")
    return version, sections[place]


# ── importing ──────────────────────────────────────────────────────────────────────────────────────────────────────


def preview(context: Context, content: bytes, *, label: str, approved_on: date) -> Preview:
    """Say what a document holds and would change, changing nothing. Raises BadFile, BadInput, Refused, Busy."""
    _check(context)
    found = files.policy(content)
    with context.database.look() as connection:
        _check_label(context, versions.every(connection, context.school.school_id), label, approved_on, content)
        return _preview(context, connection, found, content, label)


def import_document(context: Context, content: bytes, *, label: str, approved_on: date) -> Preview:
    """Put a document in force as a new version and ask everybody to read it. The same again changes nothing.

    One transaction. Raises BadFile, BadInput, Refused, Conflict, Busy.
    """
    _check(context)
    found = files.policy(content)
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        before = versions.every(tx.connection, tx.school_id)
        _check_label(context, before, label, approved_on, content)
        seen = _preview(context, tx.connection, found, content, label)
        if not seen.is_known:
            _put_in_force(tx, _draft(tx, found, content, label, approved_on))
        return seen


def keep_draft(context: Context, content: bytes, *, label: str, approved_on: date) -> Preview:
    """Keep a document that was sent in Slack until it is confirmed. Raises BadFile, BadInput, Refused, Busy."""
    seen = preview(context, content, label=label, approved_on=approved_on)
    if seen.is_known:
        return seen
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        kept = _draft(tx, seen.document, content, label, approved_on)
        tx.audit("policy.drafted", f"version {kept.number}")
    return Preview(seen.document, seen.changes, label, seen.before, is_known=False, draft=kept.number)


def apply_draft(context: Context, number: int) -> Version:
    """Put a kept document in force. Raises Conflict, NotFound, Refused, Busy."""
    _check(context)
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        found = _kept(tx, number)
        if any(each.label == found.label for each in versions.every(tx.connection, tx.school_id)):
            raise Conflict(f"There is a version {found.label} by now. Nothing was changed.")
        return _put_in_force(tx, found)


def discard_draft(context: Context, number: int) -> None:
    """Forget a kept document. Raises Conflict, NotFound, Refused, Busy."""
    _check(context)
    with context.begin() as tx:
        versions.discard(tx.connection, _kept(tx, number))


def tick(context: Context) -> None:
    """Forget documents that nobody confirmed within a day."""
    with context.look() as tx:
        is_old = versions.has_draft_before(tx.connection, tx.school_id, tx.now - DRAFT_KEPT)
    if is_old:
        with context.begin() as tx:
            versions.discard_before(tx.connection, tx.school_id, tx.now - DRAFT_KEPT)


def _put_in_force(tx: Transaction, draft: Version) -> Version:
    before = versions.in_force(tx.connection, tx.school_id)
    if not versions.put_in_force(tx.connection, draft, replaces=before, at=tx.now):
        raise Conflict(GONE)
    school.policy_changed(tx.connection, tx.school_id)
    tx.audit("policy.put_in_force", f"version {draft.number}")
    if before:
        tx.told_otherwise(before.number, Notice.ACKNOWLEDGEMENT_ASKED)
    _tell_of_change(tx, draft)
    found = versions.get(tx.connection, tx.school_id, draft.number)
    if found is None:
        raise Conflict(GONE)
    return found


def _tell_of_change(tx: Transaction, version: Version) -> None:
    """Have all asked to read a new version; a change proposes a refresher, too (§9.7)."""
    acknowledgement.ask_everybody(tx, version)
    if version.number > 1:
        rounds.propose(tx, f"version {version.label} of the policy")


def _draft(tx: Transaction, found: Policy, content: bytes, label: str, approved_on: date) -> Version:
    return versions.add(
        tx.connection,
        tx.school_id,
        found,
        label=label.strip(),
        approved_on=approved_on,
        imported_by=tx.actor_id,
        at=tx.now,
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _preview(context: Context, connection: Connection, found: Policy, content: bytes, label: str) -> Preview:
    before = versions.in_force(connection, context.school.school_id)
    if before is None:
        return Preview(found, (), label, None, is_known=False)
    known = (before.label, before.sha256) == (label, hashlib.sha256(content).hexdigest())
    return Preview(found, changes(versions.document(connection, before), found), label, before, is_known=known)


def _check_label(context: Context, before: list[Version], label: str, approved_on: date, content: bytes) -> None:
    wrong: dict[str, str] = {}
    if not LABEL.fullmatch(label) or len(label) > LONGEST_LABEL:
        wrong["label"] = f"Call the version something short, such as 2026-11; at most {LONGEST_LABEL} characters."
    if approved_on < EARLIEST:
        wrong["approved"] = "That is before 1990. Please check the year."
    if approved_on > context.today():
        wrong["approved"] = "The day of approval cannot lie ahead. Import the policy when it is approved."
    digest = hashlib.sha256(content).hexdigest()
    same = next((each for each in before if each.label == label), None)
    if same and not (same.state is State.IN_FORCE and same.sha256 == digest):
        wrong["label"] = f"There is a version {label} already. Give this one another name."
    if wrong:
        raise BadInput(" ".join(wrong.values()), fields=wrong)


def _kept(tx: Transaction, number: int) -> Version:
    found = versions.get(tx.connection, tx.school_id, number)
    if found is None or found.imported_by != tx.actor_id:
        raise NotFound("There is no such document of yours.")
    if found.state is not State.DRAFT or found.imported_at < tx.now - DRAFT_KEPT:
        raise Conflict(GONE)
    return found


def _check(context: Context) -> None:
    # Without an actor it is the command line, which only whoever runs the server can reach.
    if context.actor and not context.actor.person.holds(*KEEPERS):
        raise Refused("Only the headteacher, the deputy and the admin team import the policy (§2.1).")
