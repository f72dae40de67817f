"""What a use case says has changed, so that other features can react before its transaction ends.

A change names records, never what is in them. Whoever reacts derives everything from the tables: a reaction that failed
is made up for by the next tick, which knows of no change.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """Something has changed."""


@dataclass(frozen=True, slots=True)
class SightChanged(Change):
    """What somebody may know has changed: they have declared a relative, or what they are to a record is new."""

    person_id: int


@dataclass(frozen=True, slots=True)
class AbsenceChanged(Change):
    """Somebody is written down as away, is back, or was struck out: somebody else may stand in, or nobody any more."""

    person_id: int


@dataclass(frozen=True, slots=True)
class OfficeTold(Change):
    """The holders of an office are told of something, or are told otherwise, and somebody holds one outside Slack."""


@dataclass(frozen=True, slots=True)
class HoldersChanged(Change):
    """The holders of an office have changed, or whether they have an account that works."""


@dataclass(frozen=True, slots=True)
class ConsentChanged(Change):
    """What may be used of these pupils has changed, or may have: a decision, the flag, something struck out."""

    pupils: frozenset[int]


@dataclass(frozen=True, slots=True)
class CustodiansChanged(Change):
    """Somebody else looks after a place where pictures appear. `surface_id`: its row."""

    surface_id: int


@dataclass(frozen=True, slots=True)
class Posted(Change):
    """Something was posted or taken down: a record `PO-n`. `record_id`: its row."""

    record_id: int


@dataclass(frozen=True, slots=True)
class FilterChanged(Change):
    """Lines that were put into the register for one record have moved on. `record`: "AR-7"."""

    record: str
