"""What the policy's forms hold once they are a signed record, and the code that proves them.

Access request: §7.5. Content report: §5.5, 6.7, 7.3. Any other record: as it says itself.
"""

import enum
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, date, datetime
from typing import Any

from bot.errors import Misconfigured


class What(enum.StrEnum):
    """What can be had as a file."""

    FORM = "form"
    BLOCKED = "blocked"
    ALLOWED = "allowed"
    REASONS = "reasons"
    REGISTER = "register"
    RECORDS_CSV = "records-csv"
    RECORDS_XLSX = "records-xlsx"
    LOOKS = "looks"
    ROLL_NAMES = "roll-names"
    GAPS = "gaps"
    BREACH = "breach"  # the Information Commissioner's form, as far as it is known, without names
    TRAINING = "training"
    EVIDENCE = "evidence"
    ACKNOWLEDGEMENTS = "acknowledgements"
    OVERVIEW_PDF = "overview-pdf"
    OVERVIEW_PICTURE = "overview-picture"


@dataclass(frozen=True, slots=True)
class File:
    """A finished file."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Decision:
    """What one authoriser decided and signed. `signature`: the name as typed; `at`: aware, UTC."""

    role: str
    approved: bool
    reasons: str
    staff_name: str
    signature: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Remark:
    """A question back to the requester, or its answer; or who was told outside Slack, and by whom."""

    at: datetime
    who: str
    text: str


# A field that was added later is spelt only where it holds something, so that older prints can still be proved.
_LATER: Any = field(default=(), metadata={"later": True})


@dataclass(frozen=True, slots=True)
class Applied:
    """Who confirmed that the filter was changed."""

    at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class AccessRequestForm:
    """The blocked content access request (§7.5). `number`: "AR-7"; `outcome`: in words; `expires_on`: the last day."""

    school: str
    timezone: str
    number: str
    requester: str
    requested_at: datetime
    url: str
    site_content: str
    reasons: str
    risks: str
    outcome: str = ""
    decisions: tuple[Decision, ...] = ()
    expires_on: date | None = None
    remarks: tuple[Remark, ...] = ()
    applied: Applied | None = None
    told: tuple[Remark, ...] = _LATER


@dataclass(frozen=True, slots=True)
class Completion:
    """The part of a content report that the E-Safety Co-ordinator completes and signs."""

    action_taken: str
    staff_name: str
    signature: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ContentReportForm:
    """The inappropriate content report (§5.5, 6.7, 7.3). `number`: "CR-3"; `individual`: empty if not known."""

    school: str
    timezone: str
    number: str
    reporter: str
    reported_at: datetime
    individual: str
    urls: tuple[str, ...]
    nature: str
    perhaps_illegal: bool
    completion: Completion | None = None
    head_told_at: datetime | None = None
    told: tuple[Remark, ...] = _LATER


@dataclass(frozen=True, slots=True)
class Row:
    """One field of a form as it was filled in; `label` in words."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class RecordForm:
    """Any other record. `number`: "PR-2"; `title`, `outcome`: in words; `clauses`: of the policy."""

    school: str
    timezone: str
    number: str
    title: str
    clauses: str
    asker: str
    asked_at: datetime
    rows: tuple[Row, ...]
    outcome: str = ""
    decisions: tuple[Decision, ...] = ()
    remarks: tuple[Remark, ...] = ()
    told: tuple[Remark, ...] = _LATER


Form = AccessRequestForm | ContentReportForm | RecordForm
FORMS: tuple[type[Form], ...] = (AccessRequestForm, ContentReportForm, RecordForm)

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: nothing in it can be taken for another
_READ_AS = str.maketrans("OIL", "011")
_LENGTH, _GROUP = 20, 4  # 100 bits: nobody finds a second record with the same code by trying
_PURPOSE = b"lanyard/documents/1"  # the same LANYARD_KEY serves other purposes; none of them may give this code away


def code(form: Form, key: str) -> str:
    """Return the verification code of a form: "7K3M-…", five groups of four. Raises Misconfigured without a key.

    Anyone with the record and the school's LANYARD_KEY can check it; nobody without the key can make one.
    """
    return code_of(spelt(form), key)


def code_of(spelling: str, key: str) -> str:
    """Return the verification code of a form from its canonical text. Raises Misconfigured without a key."""
    if not key:
        raise Misconfigured("LANYARD_KEY is not set, so records cannot be proved. Run: python -m bot doctor")
    purpose_key = hmac.digest(key.encode(), _PURPOSE, hashlib.sha256)
    digest = hmac.digest(purpose_key, spelling.encode(), hashlib.sha256)
    number = int.from_bytes(digest, "big")
    letters = "".join(_ALPHABET[number >> 5 * place & 31] for place in range(_LENGTH))
    return "-".join(letters[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))


def verify(spelling: str, key: str, typed: str) -> bool:
    """Return whether a code, as somebody typed it from paper, belongs to exactly this content. Raises Misconfigured."""
    return hmac.compare_digest(_plain(typed), _plain(code_of(spelling, key)))


def instants(form: Form) -> Iterator[datetime]:
    """Return every instant that a form holds, in no order."""
    return _instants(form)


def _plain(typed: str) -> bytes:
    """Return a typed code as its letters alone: case, spaces, dashes and O for 0, I or L for 1 are forgiven."""
    letters = "".join(letter for letter in typed.upper() if letter.isalnum())
    return letters.translate(_READ_AS).encode()


def spelt(form: Form) -> str:
    """Return the canonical text of a form's content: the same content always gives the same text."""
    content = {"form": type(form).__name__, "content": _canonical_value(form)}
    # Escaped to ASCII, so that half a surrogate pair, which has no UTF-8, has a spelling too.
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _canonical_value(value: object) -> object:
    if is_dataclass(value):
        written = {each: getattr(value, each.name) for each in fields(value)}
        return {
            each.name: _canonical_value(held)
            for each, held in written.items()
            if held or not each.metadata.get("later")
        }
    if isinstance(value, datetime):  # before date: every datetime is one
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_canonical_value(item) for item in value]
    return value


def _instants(value: object) -> Iterator[datetime]:
    if isinstance(value, datetime):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _instants(item)
    elif is_dataclass(value):
        for each in fields(value):
            yield from _instants(getattr(value, each.name))
