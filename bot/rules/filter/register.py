"""The filter register: what the school has blocked or allowed and why, and the lists for the filter. Policy §7.3, 7.5.

An entry is one line of Smoothwall's "Custom blocked content" or "Custom allowed content", with who decided it, why, and
until when. DfE filtering standards: record what is blocked or allowed, and why.
"""

import enum
import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.errors import BadInput
from bot.rules import steps
from bot.rules.filter.addresses import Address, clip
from bot.rules.filter.lines import Entry, breadth, covers, parsed, read_entry, too_broad, under, upwards
from bot.rules.reminders.stages import Plan, Stage, reached
from bot.rules.school import Role
from bot.sheets import writing

MOST_LINES = 20  # in one go
LONGEST_REASON = 2000
# Who decides on the lists, who changes the filter itself, and who may look.
DECIDERS = frozenset({Role.E_SAFETY_COORDINATOR, Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER})
KEEPERS = DECIDERS | {Role.ADMIN_TEAM}
STAND_IN = (Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER, Role.ADMIN_TEAM)  # while the E-Safety Co-ordinator is away
VIEWERS = KEEPERS | {Role.DATA_PROTECTION_OFFICER}
EXPIRY = Plan(before_days=(14, 3))  # [K] how long before its last day people are reminded of an allowance


class Kind(enum.StrEnum):
    """What the filter is to do."""

    BLOCKED = "blocked"
    ALLOWED = "allowed"


class State(enum.StrEnum):
    """Where an entry stands. A decision is done only when somebody confirms that the filter was changed."""

    PROPOSED = "to be put into the filter"
    APPLIED = "in the filter"
    TO_REMOVE = "to be taken out of the filter"
    REMOVED = "taken out of the filter"


class Event(enum.StrEnum):
    """What moves it on."""

    CONFIRM_APPLIED = "confirm applied"
    EXPIRE = "expire"
    RETIRE = "retire"
    CONFIRM_REMOVED = "confirm removed"


STEPS: Mapping[tuple[State, Event], State] = {
    (State.PROPOSED, Event.CONFIRM_APPLIED): State.APPLIED,
    # Somebody may have changed the filter without saying so: it is looked at even if nobody confirmed.
    (State.PROPOSED, Event.EXPIRE): State.TO_REMOVE,
    (State.PROPOSED, Event.RETIRE): State.TO_REMOVE,
    (State.APPLIED, Event.EXPIRE): State.TO_REMOVE,
    (State.APPLIED, Event.RETIRE): State.TO_REMOVE,
    (State.TO_REMOVE, Event.CONFIRM_REMOVED): State.REMOVED,
}
FILTERS = "whoever looks after the filter"
TURNS: Mapping[State, str] = {State.PROPOSED: FILTERS, State.APPLIED: steps.NOBODY, State.TO_REMOVE: FILTERS}
LISTED = frozenset({State.PROPOSED, State.APPLIED})  # belongs in the filter
# What a person still has to do at the filter, and what they then confirm.
TO_DO: Mapping[State, Event] = {State.PROPOSED: Event.CONFIRM_APPLIED, State.TO_REMOVE: Event.CONFIRM_REMOVED}


def next_state(state: State, event: Event) -> State:
    """Return the state after an event. Raises Conflict where this cannot happen any more."""
    return steps.take(STEPS, state, event, "entry")


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """One entry. `record`: what is behind it, such as AR-7, "" for nothing; `expires_on`: its last day."""

    number: int
    kind: Kind
    entry: str
    reason: str
    record: str
    decided_by: str
    decided_on: date
    expires_on: date | None
    applied_on: date | None
    state: State
    since: date | None = None  # since when it stands there
    form_id: str = ""  # lines that were added by hand in one go share it

    def listed(self, today: date) -> bool:
        """Return whether this belongs in the filter today."""
        return self.state in LISTED and (self.expires_on is None or today <= self.expires_on)


NO_RECORD = "Blocked because of §7.3 of the policy."


def kept_from(entries: Iterable[RegisterEntry], records: Collection[str]) -> list[RegisterEntry]:
    """Return the entries as they may be read by somebody who must not learn of these records, such as CR-3.

    The line itself stays: without it the list that they paste would open the site again.
    """
    return [replace(each, record="", reason=NO_RECORD) if each.record in records else each for each in entries]


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which entries are looked for. `words`: each has to occur in an entry's line, reason or record."""

    kinds: frozenset[Kind] = frozenset(Kind)
    states: frozenset[State] = LISTED
    words: tuple[str, ...] = ()


_LEAST_DONE = (State.PROPOSED, State.APPLIED, State.TO_REMOVE, State.REMOVED)


def standing(entries: Iterable[RegisterEntry]) -> State | None:
    """Return how the record behind these lines stands: as the least finished of them."""
    return min((each.state for each in entries), key=_LEAST_DONE.index, default=None)


def read_lines(written: str) -> tuple[Entry, ...]:
    """Read lines as the co-ordinator types them, each once. Raises BadInput naming the line for the field "lines"."""
    found: dict[str, Entry] = {}
    for line in filter(None, (each.strip() for each in written.splitlines())):
        try:
            entry = read_entry(line)
        except BadInput as error:
            raise BadInput("One of the lines cannot be used.", fields={"lines": f"“{clip(line)}”: {error}"}) from error
        found.setdefault(entry.text, entry)
    if len(found) > MOST_LINES:
        raise BadInput("Too many lines.", fields={"lines": f"Please send at most {MOST_LINES} lines at once."})
    return tuple(found.values())


def doubts(lines: Sequence[Entry], addresses: Sequence[Address]) -> tuple[str, ...]:
    """Return what to look at twice before these lines go into the filter because of these addresses.

    A line is compared with the addresses that it touches; one that touches none, with the first. Where it fits one of
    them, it is meant for that one.
    """
    found: dict[str, None] = {}
    for line in lines:
        touched = [address for address in addresses if covers(line.text, address)] or addresses[:1]
        warnings = [breadth(line.text, address).warning for address in touched] or [too_broad(line)]
        found |= dict.fromkeys(warnings if all(warnings) else ())
    return tuple(found)


Clash = tuple[RegisterEntry, RegisterEntry]  # what is blocked, and what is allowed


def clashes(entries: Iterable[RegisterEntry]) -> tuple[Clash, ...]:
    """Return each pair of entries that ask for opposite things, wholly or in part, by their numbers."""
    lines = [(parsed(entry.entry), entry) for entry in entries if entry.state in LISTED]
    found: dict[tuple[Kind, str], list[tuple[Entry, RegisterEntry]]] = defaultdict(list)
    for line, entry in lines:
        found[entry.kind, line.host].append((line, entry))
    pairs = set()
    for line, entry in lines:
        opposite = Kind.ALLOWED if entry.kind is Kind.BLOCKED else Kind.BLOCKED
        for host in upwards(line.host):
            for other, against in found.get((opposite, host), ()):
                if under(line.path, other.path) or under(other.path, line.path):
                    pairs.add((entry, against) if opposite is Kind.ALLOWED else (against, entry))
    return tuple(sorted(pairs, key=lambda pair: (pair[0].number, pair[1].number)))


def clash_warning(no: RegisterEntry, yes: RegisterEntry) -> str:
    """Return the warning about two entries, one blocked and the other allowed."""
    return _CLASH.format(clip(no.entry), no.record or "by hand", clip(yes.entry), yes.record or "by hand")


_CLASH = "“{}” is blocked ({}) and “{}” is allowed ({}): the filter cannot do both. Please decide which one stays."


def smoothwall_text(entries: Iterable[RegisterEntry], kind: Kind, today: date) -> str:
    """Return what belongs in one of the filter's lists today, one line each, to be saved as UTF-8."""
    return "".join(f"{line}\n" for line in sorted({e.entry for e in entries if e.kind is kind and e.listed(today)}))


def reasons_csv(entries: Iterable[RegisterEntry], today: date) -> bytes:
    """Return why each line of the lists is there, as CSV in UTF-8."""
    listed = sorted((e for e in entries if e.listed(today)), key=lambda e: (e.entry, e.kind, e.number))
    return writing.write_csv(
        _REASONS,
        [(e.entry, e.kind, e.reason, e.record, e.decided_by, e.decided_on, e.expires_on, e.applied_on) for e in listed],
    )


_REASONS = (
    "entry",
    "blocked or allowed",
    "reason",
    "record number",
    "decided by",
    "decided on",
    "expires on",
    "applied on",
)


def expired(entries: Iterable[RegisterEntry], today: date) -> tuple[RegisterEntry, ...]:
    """Return the entries whose last day is over and that nobody has begun to take out."""
    return tuple(entry for entry in entries if entry.state in LISTED and not entry.listed(today))


def expiring(entries: Iterable[RegisterEntry], today: date) -> tuple[tuple[RegisterEntry, Stage], ...]:
    """Return the entries whose last day is near, each with the stage of its reminder that is reached."""
    dated = ((each, each.expires_on) for each in entries if each.expires_on and each.listed(today))
    return tuple((each, stage) for each, last in dated if (stage := reached(last, today, EXPIRY)))


def coded(entries: Iterable[RegisterEntry]) -> str:
    """Return what a button confirms: each number with what was shown, "3p,4t:…" for "put in 3, take out 4".

    After the colon comes the token of these very lines.
    """
    waiting = [each for each in entries if each.state in TO_DO]
    return ",".join(f"{each.number}{_CODES[each.state]}" for each in waiting) + f":{token_of(waiting)}"


def token_of(entries: Iterable[RegisterEntry]) -> str:
    """Return what identifies these very lines: after a restore others may have their numbers.

    The records behind them are left out: not everybody may know of those.
    """
    lines = sorted((each.number, each.kind.value, each.entry, each.decided_on.isoformat()) for each in entries)
    return hashlib.sha256(repr(lines).encode()).hexdigest()[:TOKEN]


def decoded(written: str) -> tuple[dict[int, State], str]:
    """Return what `coded` was given, and their token. Raises BadInput for anything else."""
    written, _, token = written.partition(":")
    parts = re.findall(r"([0-9]{1,9})([pt])(?:,|$)", written)
    if not token or not parts or ",".join(map("".join, parts)) != written:
        raise BadInput("That button is out of date. Please open the list again.")
    states = {code: state for state, code in _CODES.items()}
    return {int(number): states[code] for number, code in parts}, token


TOKEN = 12  # letters: nobody meets another line by it
_CODES = {State.PROPOSED: "p", State.TO_REMOVE: "t"}
