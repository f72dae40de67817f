"""Keeps files that prove something: sealed with the school's key, never altered, every opening logged.

For every feature: `keep` and `opened` work in the transaction of the record that a file belongs to. Who may do so is
the feature's own question.
"""

import hashlib
import hmac
import os

from bot.context import Transaction
from bot.errors import Misconfigured, NotFound
from bot.rules import evidence as rules
from storage.training import evidence
from storage.training.evidence import Kept

_PURPOSE = b"lanyard/evidence/1"  # the same LANYARD_KEY serves other purposes; none of them may give this key away
_NONCE = 12  # bytes, for AES-GCM: NIST SP 800-38D
NO_KEY = "LANYARD_KEY is not set, so files cannot be kept. Run: python -m bot doctor"


def keep(tx: Transaction, feature: str, record: int, name: str, content: bytes, *, key: str) -> int:
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
        sealed=_seal(content, key, _belongs(tx, feature, record, digest)),
        added_by=tx.actor_id,
        at=tx.now,
    )
    tx.audit("evidence.kept", f"evidence {made}")
    return made


def opened(tx: Transaction, evidence_id: int, *, key: str) -> tuple[Kept, bytes]:
    """Return a file as it was sent, and log that it was opened. Raises NotFound, Misconfigured with another key."""
    found = evidence.get(tx.connection, tx.school_id, evidence_id)
    if found is None:
        raise NotFound("There is no such file.")
    kept, sealed = found
    content = _unseal(sealed, key, _belongs(tx, kept.feature, kept.record, kept.sha256))
    tx.audit("evidence.opened", f"evidence {evidence_id}")
    return kept, content


def _belongs(tx: Transaction, feature: str, record: int, digest: str) -> bytes:
    """Return what is sealed in with a file: it cannot be passed off as the proof of another record."""
    return f"{tx.school_id}/{feature}/{record}/{digest}".encode()


def _seal(content: bytes, key: str, belongs: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(_own_key(key)).encrypt(nonce, content, belongs)


def _unseal(sealed: bytes, key: str, belongs: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(_own_key(key)).decrypt(sealed[:_NONCE], sealed[_NONCE:], belongs)
    except InvalidTag:
        raise Misconfigured(
            "This LANYARD_KEY does not open the file: another key sealed it, or it was altered."
        ) from None


def _own_key(key: str) -> bytes:
    if not key:
        raise Misconfigured(NO_KEY)
    return hmac.digest(key.encode(), _PURPOSE, hashlib.sha256)
