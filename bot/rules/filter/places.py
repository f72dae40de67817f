"""Where an address begins, for whoever looks for it: at its site's whole name or at any later part of that name.

`https://www.clips.kidmaths.example/year4?x=1` is found at `clips.kidmaths.example/year4?x=1` and at
`kidmaths.example/year4?x=1`: by as much of either as somebody types, from the beginning, in capitals or not.
"""

import re

from bot.errors import BadInput
from bot.rules.filter.addresses import label
from bot.rules.filter.addresses import read as read_address
from bot.rules.filter.lines import bare

LONGEST = 255  # characters of a place that are kept: what is longer is found by its beginning
MOST = 6  # places of one address: a name can have 127 parts, and nobody looks for those in its middle
_AROUND = "\"'“”‘’<>(),;"  # what people put around an address in a sentence
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:(?=//)", re.IGNORECASE | re.ASCII)
_LAST_IS_NUMBER = re.compile(r"(?:.*\.)?[0-9]+|\[.*\]")  # 192.0.2.1, [2001:db8::1]: no part of it stands for itself


def places(url: str) -> tuple[str, ...]:
    """Return where an address is found, its whole site first. `url`: as `Address.url` has it."""
    site, slash, page = url.partition("://")[2].partition("#")[0].lower().partition("/")
    name, port = _name_and_port(site)
    below = [] if _LAST_IS_NUMBER.fullmatch(name) else _parents(name)
    found = (f"{part}{port}{slash}{page}"[:LONGEST] for part in (name, *below[1 - MOST :]))
    return tuple(dict.fromkeys(found))


def sought(word: str) -> str:
    """Return the beginning of the places that a word asks for; "" where no address can begin so.

    A part of a name is enough: "kidmaths" asks for kidmaths.example. The last "/" says nothing.
    """
    typed = word.strip(_AROUND)
    try:
        if "." not in typed.strip(".") and not _SCHEME.match(typed):
            return label(typed.rstrip("/.").lower())
        address = read_address(typed if _SCHEME.match(typed) else f"https://{typed}")
    except BadInput:
        return ""
    return places(address.url)[0].rstrip("/")


def _name_and_port(site: str) -> tuple[str, str]:
    name, colon, port = site.rpartition(":") if not site.endswith("]") else (site, "", "")
    return (bare(name), colon + port) if colon else (bare(site), "")


def _parents(name: str) -> list[str]:
    """Return the names above one, but for the ending alone, the longest first."""
    parts = name.split(".")
    return [".".join(parts[start:]) for start in range(1, len(parts) - 1)]
