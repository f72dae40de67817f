"""Reads the form on which the admin team records what a parent decided. Policy §4.1-4.4; UK GDPR Art 7."""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from bot.rules.consent.ledger import Matter, Method, Verdict
from bot.rules.forms import Wrong
from bot.rules.school import Media, Role, Use

# Who may do what with the record.
RECORDERS = frozenset({Role.ADMIN_TEAM, Role.HEADTEACHER})  # §4.2
KEEPERS = RECORDERS | {Role.DEPUTY_HEADTEACHER, Role.DATA_PROTECTION_OFFICER}  # may see the history
DECIDERS = frozenset({Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER})  # settle disagreements, lift the flag
KNOW_WHY = DECIDERS | {Role.DATA_PROTECTION_OFFICER}  # may read why a flag was raised

_Named = TypeVar("_Named", bound=enum.Enum)

LONGEST_NAME = 200
EARLIEST = timedelta(days=365 * 15)  # nobody is at a primary school longer


class Choice(enum.StrEnum):
    """What one line of the paper form says of one use."""

    LEAVE = "leave"  # nothing said: what stands, stands
    YES = "yes"
    PHOTO_ONLY = "photo only"
    VIDEO_ONLY = "video only"
    NO = "no"


_MEANS: Mapping[Choice, Mapping[Media, bool]] = {
    Choice.LEAVE: {},
    Choice.YES: {Media.PHOTO: True, Media.VIDEO: True},
    Choice.PHOTO_ONLY: {Media.PHOTO: True, Media.VIDEO: False},
    Choice.VIDEO_ONLY: {Media.PHOTO: False, Media.VIDEO: True},
    Choice.NO: {Media.PHOTO: False, Media.VIDEO: False},
}

RELATIONSHIPS = ("Mother", "Father", "Parent", "Carer", "Guardian", "Local authority", "Other")
WRITTEN = (Method.FORM, Method.LETTER, Method.EMAIL)
METHODS = (*WRITTEN, Method.SPOKEN)


@dataclass(frozen=True, slots=True)
class Entry:
    """One occasion on which somebody decided, ready to be recorded."""

    verdicts: Mapping[Matter, Verdict]
    decided_by: str
    relationship: str
    method: Method
    wording: str
    effective_from: date
    expires_on: date | None

    @property
    def paper_follows(self) -> bool:
        """Tell whether a letter has still to come: a spoken No counts at once (Art 7(3)), §4.3 asks for writing."""
        return self.method is Method.SPOKEN


def choices(use: Use) -> tuple[Choice, ...]:
    """Return what can be chosen for a use: one medium has no halves."""
    if len(use.media) == 1:
        return (Choice.LEAVE, Choice.YES, Choice.NO)
    return tuple(Choice)


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What was decided about a pupil before: on which matters at all, and on which there was ever a Yes."""

    decided: frozenset[Matter] = frozenset()
    agreed: frozenset[Matter] = frozenset()


def read(fields: Mapping[str, str], uses: Iterable[Use], on_record: OnRecord, today: date) -> Entry:
    """Turn the form's fields into an entry. Raises BadInput with a message for each field.

    `fields`: "everything" and "use-<key>": a Choice; "decided_by", "relationship", "method", "wording";
    "effective_from" and "expires_on": YYYY-MM-DD or "".
    """
    form, verdicts = Wrong(fields), _verdicts(fields, uses, on_record)
    form.check(
        "everything", bool(verdicts), "Say what was decided: here for everything at once, or below for each use."
    )
    method = form.choice("method", METHODS, "Choose how the decision reached the school.")
    form.check(
        "method",
        method is not Method.SPOKEN or Verdict.YES not in verdicts.values(),
        "A Yes needs something in writing: a form, letter or e-mail (policy §4.1). A spoken No counts at once.",
    )
    effective, expires = form.day_if_any("effective_from") or today, form.day_if_any("expires_on")
    form.check(
        "effective_from",
        today - EARLIEST <= effective <= today + timedelta(days=366),
        "Choose a day within the child's time at the school, at most a year ahead.",
    )
    form.check("expires_on", expires is None or effective <= expires, "The last day is before the first day.")
    decided_by = " ".join(form.written("decided_by").split())
    form.check("decided_by", any(map(str.isalpha, decided_by)), "Write the name of the parent or guardian who decided.")
    form.check("decided_by", len(decided_by) <= LONGEST_NAME, f"Please keep the name under {LONGEST_NAME} letters.")
    relationship = form.choice("relationship", RELATIONSHIPS, "Choose who this person is to the child.")
    wording = form.written("wording")
    form.check(
        "wording", len(wording) <= 60, "Please keep this under 60 letters: the date or number printed on the form."
    )
    form.raise_if_any()
    return Entry(verdicts, decided_by, relationship, method, wording, effective, expires)


def _verdicts(fields: Mapping[str, str], uses: Iterable[Use], on_record: OnRecord) -> dict[Matter, Verdict]:
    everything = _one_of(fields.get("everything", ""), Choice) or Choice.LEAVE
    verdicts = {}
    for use in uses:
        own = _one_of(fields.get(f"use-{use.key}", ""), Choice) or Choice.LEAVE
        means = _MEANS[everything if own is Choice.LEAVE else own]
        for medium in use.media:
            if medium in means:
                matter = (use.key, medium)
                verdicts[matter] = Verdict.YES if means[medium] else _no(matter, on_record)
    if everything is Choice.NO:
        # "Everything" is also what the school does not use just now, or has taken out of its settings.
        offered = {(use.key, medium) for use in uses for medium in use.media}
        verdicts |= {matter: _no(matter, on_record) for matter in on_record.decided - offered}
    return verdicts


def _no(matter: Matter, on_record: OnRecord) -> Verdict:
    """A No after a Yes takes it back: the ledger calls that by its name, whatever stands at present (§4.6)."""
    return Verdict.WITHDRAWN if matter in on_record.agreed else Verdict.NO


def _one_of(written: str, among: Iterable[_Named]) -> _Named | None:
    return next((each for each in among if each.value == written), None)
