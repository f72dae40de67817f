"""The filter register: what the school has blocked or allowed and why, and the lists for the filter. Policy §7.3, 7.5.

An entry is one line of Smoothwall's "Custom blocked content" or "Custom allowed content": a site or a page, in ASCII,
without scheme, www. or *. A site stands for all below its name, a page for all below its path, on each part of the site
(kb.smoothwall.com, "Categorization in the Smoothwall Filter"). DfE filtering standards: record what is and why.
"""

import enum
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from bot.errors import BadInput
from bot.rules import sheets_out, steps
from bot.rules.addresses import Address, clip, is_public_suffix
from bot.rules.addresses import read as read_address

# Sites that very many people or the whole school share: a decision on one page is hardly ever meant for all of it. [K]
PLATFORMS = frozenset(
    """amazon.co.uk amazon.com archive.org bbc.co.uk bbc.com bing.com bit.ly blogger.com blogspot.com bsky.app canva.com
    classroom.google.com discord.com discord.gg docs.google.com drive.google.com en.wikipedia.org facebook.com
    fandom.com fb.com flickr.com github.com google.co.uk google.com imgur.com instagram.com linktr.ee live.com
    medium.com microsoft.com office.com open.spotify.com padlet.com pinterest.co.uk pinterest.com quora.com redd.it
    reddit.com roblox.com scratch.mit.edu sharepoint.com sites.google.com snapchat.com soundcloud.com spotify.com
    substack.com t.co t.me tapestryjournal.com threads.com threads.net tiktok.com tinyurl.com translate.google.com
    tumblr.com twitch.tv twitter.com vimeo.com web.archive.org weebly.com whatsapp.com wikipedia.org wix.com
    wixsite.com wordpress.com www.gov.uk www.nhs.uk x.com yahoo.com youtu.be youtube.com
    """.split()  # noqa: SIM905 - a list to read and to add to
)
FRONTS = ("m", "mobile", "old", "touch", "www")  # other doors to the same platform: m.youtube.com, old.reddit.com
# What tells a site where a link was found, and nothing about the page.
TRACKING = re.compile(r"(?:utm_\w+|fbclid|gclid|igsh|igshid|si|feature|usp|ref_src|mc_[ce]id)(?:=.*)?", re.ASCII)
_ANYTHING_BELOW = re.compile(r"^(?:\*?\.)+")  # what the name of a site says anyway


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
LISTED = frozenset({State.PROPOSED, State.APPLIED})  # belongs into the filter


def next_state(state: State, event: Event) -> State:
    """Return the state after an event. Raises Conflict where this cannot happen any more."""
    return steps.take(STEPS, state, event, "entry")


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """One entry of the register. `record`: what is behind it, such as AR-7; `expires_on`: its last day."""

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

    def listed(self, today: date) -> bool:
        """Tell whether this belongs into the filter today."""
        return self.state in LISTED and (self.expires_on is None or today <= self.expires_on)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line for the filter, taken apart. `warning`: what to look twice at, "" when nothing is."""

    host: str
    path: str = ""  # without the last "/"; "" for a whole site
    query: str = ""
    warning: str = ""

    @property
    def text(self) -> str:
        """Return the line as the filter takes it."""
        return self.host + (self.path or ("/" if self.query else "")) + ("?" + self.query if self.query else "")


def entry_for(address: Address) -> str:
    """Return the line to propose for an address: its site, or only its page where many people share the site."""
    host = _front_left_out(address.ascii_host)
    return (_page(host, address) if host in PLATFORMS else Entry(host)).text


def read_entry(text: str) -> Entry:
    """Read a line as the co-ordinator types it. Raises BadInput with a message for the person."""
    typed = _ANYTHING_BELOW.sub("", text.strip())
    if typed.isascii() and is_public_suffix(typed.lower()):
        return Entry(typed.lower())
    if "*" in typed:
        raise BadInput("The filter takes no *. The name of a site, such as bbc.co.uk, stands for all of its pages.")
    has_scheme = typed.partition("/")[0].endswith(":")
    address = read_address(f"https://{typed}" if typed and not has_scheme else typed)
    return _page(_bare(address.ascii_host), address)


def covers(entry: str, address: Address) -> bool:
    """Tell whether the filter applies an entry to an address."""
    line = _parsed(entry)
    path = address.path.rstrip("/")
    if not _below(address.ascii_host, line.host):
        return False
    if not line.query:
        return _under(path, line.path)
    return path == line.path and f"{address.query}&".startswith(f"{line.query}&")


def _parsed(entry: str) -> Entry:
    place, _, query = entry.partition("?")
    host, slash, path = place.partition("/")
    return Entry(host, (slash + path).rstrip("/"), query)


def _page(host: str, address: Address) -> Entry:
    """Return the page of an address as an entry; what the filter cannot take makes it a little broader."""
    path, star, _ = address.path.partition("*")
    if star:
        return Entry(host, path.rpartition("/")[0].rstrip("/"), warning=address.warning)
    asked = address.query.split("&") if "*" not in address.query else []
    while asked and (not asked[-1] or TRACKING.fullmatch(asked[-1])):
        asked.pop()  # from the end only: the filter compares from the start
    return Entry(host, path.rstrip("/"), "&".join(asked), address.warning)


def _bare(host: str) -> str:
    """Return a site without www., unless that is its name: www.gov.uk is one site, gov.uk thousands."""
    rest = host.removeprefix("www.")
    return host if rest == host or is_public_suffix(rest) else _bare(rest)


def _front_left_out(host: str) -> str:
    first, _, rest = host.partition(".")
    return rest if first in FRONTS and rest in PLATFORMS else _bare(host)


def _below(host: str, top: str) -> bool:
    return host == top or host.endswith("." + top)


def _under(path: str, top: str) -> bool:
    return path == top or path.startswith(top + "/")


class Reach(enum.StrEnum):
    """How much an entry stands for, beside the address that was reported."""

    ENDING = "every site with this ending"
    PLATFORM = "a whole platform"
    PARENT = "more than the site"
    NARROWER = "only a part of the address"
    ELSEWHERE = "not the address"
    SITE = "the site"
    PAGE = "exactly the page"
    PART = "a part of the site"


# Does it fit, given the entry, the address and whether the one covers the other? The first that does is the answer.
_REACHES: tuple[tuple[Reach, Callable[[Entry, Address, bool], bool]], ...] = (
    (Reach.ENDING, lambda line, *_: is_public_suffix(line.host)),
    (Reach.PLATFORM, lambda line, *_: line.text == line.host and _front_left_out(line.host) in PLATFORMS),
    (Reach.NARROWER, lambda line, address, covered: not covered and _within(line, address)),
    (Reach.ELSEWHERE, lambda line, address, covered: not covered),
    (Reach.PARENT, lambda line, address, _: line.text == line.host and line.host != _bare(address.ascii_host)),
    (Reach.SITE, lambda line, *_: line.text == line.host),
    (Reach.PAGE, lambda line, address, _: line.text == _page(line.host, address).text),
    (Reach.PART, lambda *_: True),
)
_WARNINGS = {
    Reach.ENDING: "“{entry}” is not a site but an ending that very many unrelated sites share; it stands for them all.",
    Reach.PLATFORM: "“{entry}” stands for the whole of a platform that very many people share, not only for this page.",
    Reach.PARENT: "“{entry}” stands for far more than the site of this address, {host}.",
    Reach.NARROWER: "“{entry}” stands for only a part of this address: the rest stays as it is.",
    Reach.ELSEWHERE: "“{entry}” does not touch this address at all.",
}


@dataclass(frozen=True, slots=True)
class Breadth:
    """How much an entry stands for. `warning`: for the person who decides; "" when the entry fits."""

    reach: Reach
    warning: str


def breadth(entry: str, address: Address) -> Breadth:
    """Compare an entry with the address that it is for."""
    line, covered = _parsed(entry), covers(entry, address)
    reach = next(reach for reach, fits in _REACHES if fits(line, address, covered))
    said = [reach] if covered or reach is Reach.NARROWER else [reach, Reach.ELSEWHERE]
    warnings = (_WARNINGS.get(each, "") for each in dict.fromkeys(said))
    return Breadth(reach, " ".join(warnings).format(entry=clip(entry), host=clip(_bare(address.ascii_host))))


def _within(line: Entry, address: Address) -> bool:
    path = address.path.rstrip("/")
    return _below(line.host, _bare(address.ascii_host)) and not address.query and _under(line.path, path)


def allow_and_block_clash(entries: Iterable[RegisterEntry]) -> tuple[str, ...]:
    """Return a warning for each two entries that ask for opposite things, wholly or in part."""
    lines = [(_parsed(entry.entry), entry) for entry in entries if entry.state in LISTED]
    found: dict[tuple[Kind, str], list[tuple[Entry, RegisterEntry]]] = defaultdict(list)
    for line, entry in lines:
        found[entry.kind, line.host].append((line, entry))
    pairs = set()
    for line, entry in lines:
        opposite = Kind.ALLOWED if entry.kind is Kind.BLOCKED else Kind.BLOCKED
        for host in _upwards(line.host):
            for other, against in found.get((opposite, host), ()):
                if _under(line.path, other.path) or _under(other.path, line.path):
                    pairs.add((entry, against) if opposite is Kind.ALLOWED else (against, entry))
    ordered = sorted(pairs, key=lambda pair: (pair[0].number, pair[1].number))
    return tuple(_CLASH.format(clip(no.entry), no.record, clip(yes.entry), yes.record) for no, yes in ordered)


_CLASH = "“{}” is blocked ({}) and “{}” is allowed ({}): the filter cannot do both. Please decide which one stays."


def _upwards(host: str) -> Iterator[str]:
    while host:
        yield host
        host = host.partition(".")[2]


def smoothwall_text(entries: Iterable[RegisterEntry], kind: Kind, today: date) -> str:
    """Return what belongs into one of the filter's lists today, one line each, to be saved as UTF-8."""
    return "".join(f"{line}\n" for line in sorted({e.entry for e in entries if e.kind is kind and e.listed(today)}))


def reasons_csv(entries: Iterable[RegisterEntry], today: date) -> bytes:
    """Return why each line of the lists is there, as CSV in UTF-8."""
    listed = sorted((e for e in entries if e.listed(today)), key=lambda e: (e.entry, e.kind, e.number))
    return sheets_out.write_csv(
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


def due(
    entries: Iterable[RegisterEntry], today: date, before_days: Iterable[int] = (14, 3)
) -> tuple[tuple[RegisterEntry, int], ...]:
    """Return the entries of which an expiry is near, each with the latest stage (days before) that it has reached.

    Not "whose day is it": what was missed while the bot was down is caught up.
    """
    left = [(entry, (entry.expires_on - today).days) for entry in entries if entry.expires_on and entry.listed(today)]
    return tuple((entry, min(reached)) for entry, days in left if (reached := [s for s in before_days if days <= s]))


def expired(entries: Iterable[RegisterEntry], today: date) -> tuple[RegisterEntry, ...]:
    """Return the entries whose last day is over and that nobody has begun to take out."""
    return tuple(entry for entry in entries if entry.state in LISTED and not entry.listed(today))
