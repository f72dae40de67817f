"""Keeps files that prove something: sealed with the school's key, never altered, every opening logged.

For every feature: `keep` and `opened` work in the transaction of the record that a file belongs to. Who may do so is
the feature's own question.
"""

import hashlib

from bot.context import Transaction
from bot.errors import NotFound
from bot.rules import evidence as rules
from storage.sealing import Purpose
from storage.training import evidence
from storage.training.evidence import Kept


def keep(tx: Transaction, feature: str, record: int, name: str, content: bytes) -> int:
    """Seal a file and keep it with its record; returns its number. The same file of a record is kept once.

    Raises BadFile where it is no PDF, JPG or PNG of 10 MB at most; Misconfigured without a key.
    """
    kind, digest = rules.kind_of(content), hashlib.sha256(content).hexdigest()
    for known in evidence.of_record(tx.connection, tx.school_id, feature, record):
        if known.sha256 == digest:
            return known.evidence_id
    if tx.actor_id is None:
        raise NotFound("Somebody has to bring the file.")
    made = evidence.add(
        tx.connection,
        tx.school_id,
        feature=feature,
        record=record,
        name=rules.safe_name(name),
        kind=kind,
        size=len(content),
        sha256=digest,
        sealed=tx.sealing.seal(Purpose.EVIDENCE, content, _belongs(tx, feature, record, digest)),
        added_by=tx.actor_id,
        at=tx.now,
    )
    tx.audit("evidence.kept", f"evidence {made}")
    return made


def opened(tx: Transaction, evidence_id: int) -> tuple[Kept, bytes]:
    """Return a file as it was sent, and log that it was opened. Raises NotFound, Misconfigured with another key."""
    found = evidence.get(tx.connection, tx.school_id, evidence_id)
    if found is None:
        raise NotFound("There is no such file.")
    kept, sealed = found
    content = tx.sealing.open(Purpose.EVIDENCE, sealed, _belongs(tx, kept.feature, kept.record, kept.sha256))
    tx.audit("evidence.opened", f"evidence {evidence_id}")
    return kept, content


def _belongs(tx: Transaction, feature: str, record: int, digest: str) -> str:
    """Return what is sealed in with a file: it cannot be passed off as the proof of another record."""
    return f"{tx.school_id}/{feature}/{record}/{digest}"
