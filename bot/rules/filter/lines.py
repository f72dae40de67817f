"""One line of a filter's list: read as typed, proposed for an address, and how much it covers. Policy §7.3, 7.5.

A line is a site or a page, in ASCII, without scheme, www. or *. A site covers all below its name, a page all
below its path, on each part of the site (kb.smoothwall.com, "Categorization in the Smoothwall Filter").
"""

import enum
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.errors import BadInput
from bot.rules.filter.addresses import Address, clip, is_public_suffix
from bot.rules.filter.addresses import read as read_address

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
        raise BadInput("The filter takes no *. The name of a site, such as bbc.co.uk, covers all of its pages.")
    has_scheme = typed.partition("/")[0].endswith(":")
    address = read_address(f"https://{typed}" if typed and not has_scheme else typed)
    return _page(bare(address.ascii_host), address)


def covers(entry: str, address: Address) -> bool:
    """Return whether the filter applies an entry to an address."""
    line = parsed(entry)
    path = address.path.rstrip("/")
    if not _below(address.ascii_host, line.host):
        return False
    if not line.query:
        return under(path, line.path)
    return path == line.path and f"{address.query}&".startswith(f"{line.query}&")


def parsed(entry: str) -> Entry:
    """Take a line of the register apart."""
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


def bare(host: str) -> str:
    """Return a site without www., unless that is its name: www.gov.uk is one site, gov.uk thousands."""
    rest = host.removeprefix("www.")
    return host if rest == host or is_public_suffix(rest) else bare(rest)


def _front_left_out(host: str) -> str:
    first, _, rest = host.partition(".")
    return rest if first in FRONTS and rest in PLATFORMS else bare(host)


def _below(host: str, top: str) -> bool:
    return host == top or host.endswith("." + top)


def under(path: str, top: str) -> bool:
    """Return whether a path lies at or below another."""
    return path == top or path.startswith(top + "/")


class Reach(enum.StrEnum):
    """How much an entry covers, compared with the address that was reported."""

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
    (Reach.PARENT, lambda line, address, _: line.text == line.host and line.host != bare(address.ascii_host)),
    (Reach.SITE, lambda line, *_: line.text == line.host),
    (Reach.PAGE, lambda line, address, _: line.text == _page(line.host, address).text),
    (Reach.PART, lambda *_: True),
)
_WARNINGS: Mapping[Reach, str] = {
    Reach.ENDING: "“{entry}” is not a site but an ending that very many unrelated sites share; it covers them all.",
    Reach.PLATFORM: "“{entry}” covers the whole of a platform that very many people share, not only for this page.",
    Reach.PARENT: "“{entry}” covers far more than the site of this address, {host}.",
    Reach.NARROWER: "“{entry}” covers only a part of this address: the rest stays as it is.",
    Reach.ELSEWHERE: "“{entry}” does not touch this address at all.",
    Reach.SITE: "",
    Reach.PAGE: "",
    Reach.PART: "",
}


@dataclass(frozen=True, slots=True)
class Breadth:
    """How much an entry covers. `warning`: for the person who decides; "" when the entry fits."""

    reach: Reach
    warning: str


def breadth(entry: str, address: Address) -> Breadth:
    """Compare an entry with the address that it is for."""
    line, covered = parsed(entry), covers(entry, address)
    reach = next(reach for reach, fits in _REACHES if fits(line, address, covered))
    said = [reach] if covered or reach is Reach.NARROWER else [reach, Reach.ELSEWHERE]
    warnings = (_WARNINGS[each] for each in dict.fromkeys(said))
    return Breadth(
        reach, " ".join(filter(None, warnings)).format(entry=clip(entry), host=clip(bare(address.ascii_host)))
    )


def too_broad(line: Entry) -> str:
    """Return the warning for a line that covers very much, whatever it is for; "" for any other."""
    reach = Reach.ENDING if is_public_suffix(line.host) else Reach.PLATFORM
    is_platform = line.text == line.host and _front_left_out(line.host) in PLATFORMS
    return _WARNINGS[reach].format(entry=clip(line.text)) if reach is Reach.ENDING or is_platform else ""


def _within(line: Entry, address: Address) -> bool:
    path = address.path.rstrip("/")
    return _below(line.host, bare(address.ascii_host)) and not address.query and under(line.path, path)


def upwards(host: str) -> Iterator[str]:
    """Walk from a site up to its ending: a.b.com, b.com, com."""
    while host:
        yield host
        host = host.partition(".")[2]
