"""Seals and opens with the school's LANYARD_KEY: AES-GCM, each piece bound to its place.

A thief with the disk reads none of it, and whoever alters the database cannot pass one piece off as another.
"""

import enum
import hashlib
import hmac
import os
from typing import TYPE_CHECKING

from bot.errors import Misconfigured

if TYPE_CHECKING:  # loaded where something is sealed: starting is timed
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12  # bytes, for AES-GCM: NIST SP 800-38D
MARKS = b"lanyard/marks/1"
UNSET = "LANYARD_KEY is not set. Run: python -m bot doctor"
ALTERED = "Something sealed cannot be opened: another LANYARD_KEY sealed it, or it was altered."


class Purpose(enum.Enum):
    """What is sealed. Each has a key of its own, and none of them gives another one away."""

    EVIDENCE = b"lanyard/evidence/1"
    PRINTS = b"lanyard/prints/1"
    TEXTS = b"lanyard/texts/1"
    DRAFTS = b"lanyard/drafts/1"


class Sealing:
    """What one process seals and opens. `key`: LANYARD_KEY, "" where there is none; never shown, never logged."""

    __slots__ = ("_ciphers", "key")

    def __init__(self, key: str) -> None:
        self.key = key
        self._ciphers: dict[Purpose, AESGCM] = {}

    def seal(self, purpose: Purpose, content: bytes, belongs: str) -> bytes:
        """Seal something. `belongs`: where, sealed in with it. Raises Misconfigured without a key."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher(purpose).encrypt(nonce, content, belongs.encode())

    def open(self, purpose: Purpose, sealed: bytes, belongs: str) -> bytes:
        """Return what was sealed there. Raises Misconfigured without its key, and where it was altered or moved."""
        from cryptography.exceptions import InvalidTag

        try:
            return self._cipher(purpose).decrypt(sealed[:_NONCE], sealed[_NONCE:], belongs.encode())
        except InvalidTag:
            raise Misconfigured(ALTERED) from None

    def derived(self, purpose: bytes) -> bytes:
        """Return the key for one purpose. Raises Misconfigured without LANYARD_KEY."""
        if not self.key:
            raise Misconfigured(UNSET)
        return hmac.digest(self.key.encode(), purpose, hashlib.sha256)

    def mark(self, text: str) -> str:
        """Return a mark that stands for a text where others may look: one text, one mark. Without a key: the text.

        Its 128 bits say nothing else: neither what the text is, nor how many there were before.
        """
        if not self.key:
            return text
        return hmac.digest(self.derived(MARKS), text.encode(), hashlib.sha256)[:16].hex()

    def _cipher(self, purpose: Purpose) -> "AESGCM":
        if purpose not in self._ciphers:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

            self._ciphers[purpose] = AESGCM(self.derived(purpose.value))
        return self._ciphers[purpose]
