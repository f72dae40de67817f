"""Read a web address as staff paste it: which site it belongs to, and what to look at twice. Policy §7.3, 7.5.

Nothing is ever fetched: an address is only taken apart, as a browser would do it (WHATWG URL, RFC 3986, UTS #46).
Messages of errors repeat nothing of what was typed: they may end up in a log.
"""

import ipaddress
import operator
import re
import socket
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

from bot.errors import BadInput

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

LONGEST = 2000  # characters, as typed and as kept
MOST = 20  # addresses at a time
SHOWN = 60  # characters of an address that a warning repeats


@dataclass(frozen=True, slots=True)
class Address:
    """One web address. Two that lead to the same page have the same `url`, however they were typed."""

    typed: str
    url: str  # with scheme, in ASCII, without fragment
    host: str  # as a person reads it
    ascii_host: str  # as computers and the filter read it: xn--…, or a number such as 192.0.2.1 or [2001:db8::1]
    domain: str  # the part that somebody registered, in ASCII; the whole host where there is none
    path: str  # "/" at least
    query: str = ""  # without "?"
    warning: str = ""  # what to look twice at, for the person; "" when nothing is


_COPY = "Please copy the address from the top of the browser."
_WEB_ONLY = f"Lanyard takes web addresses that start with https:// or http://. {_COPY}"
_TOO_LONG = f"An address can have {LONGEST:,} characters at most. Often everything from the first ? can be left out."
_PROGRAM = f"This is program code, not the address of a page. {_COPY}"
_EMAIL = "This looks like an e-mail address. Lanyard needs the address of a web page, such as https://www.bbc.co.uk/."
_NO_SITE = f"The name of the site does not look right. {_COPY}"
_INSIDE = "This address only works on one computer or inside one network, so the filter cannot block or allow it."
_HIDDEN = "There are invisible characters in the address, which can hide where it leads. Please type it by hand."
_BEFORE_AT = "Leave out the part up to the @: it can be a password, or hide where the address really leads."
_PORT = "The number after the colon is not one that a site can have. Leaving out the colon and the number may help."

_NOT_WEB = {
    **dict.fromkeys(("javascript", "vbscript", "data", "blob"), _PROGRAM),
    "file": "This is a file on a computer. Lanyard needs the address of a web page, starting with https:// or http://.",
    "mailto": _EMAIL,
}

# What an address cannot be or have in it, and what to say. The first that fits is said.
_FAULTS: tuple[tuple[Callable[[str], object], str], ...] = (
    (operator.not_, "Write the address of the page, such as https://www.bbc.co.uk/news."),
    (lambda typed: len(typed) > LONGEST, _TOO_LONG),
    (re.compile(r"\s").search, "There is a space or a line break in the address. Please write it without."),
    (lambda typed: not typed.isprintable(), _HIDDEN),  # control, direction and zero-width characters
    (re.compile(r"\\").search, "There is a \\ in the address, but web addresses only have /. Please copy it again."),
)
# Names that mean something only within one network: RFC 6761, 6762, 8375; ICANN 2024 (internal); common in routers.
_LOCAL = re.compile(
    r"[^.]*|(?:.*\.)?(?:localhost|local|localdomain|internal|intranet|lan|home|home\.arpa|corp|private|test|invalid)"
)
_ALSO_FILES = frozenset(("zip", "mov", "md", "py", "sh", "ps"))  # "lesson.zip" may be a file or a site


def read(text: str) -> Address:
    """Take one address apart. Raises BadInput with a message for the person who typed it.

    Without https:// it is taken only where nothing else can be meant: the name of a site with an ending that exists.
    """
    typed = _unwrapped(text)
    for wrong, message in _FAULTS:
        if wrong(typed):
            raise BadInput(message)
    scheme, rest = _scheme(typed)
    authority, path, query = _PARTS.match(rest).groups("")  # type: ignore[union-attr]  # fits every text
    host, port = _host_and_port(authority, scheme)
    path, query = _resolved(_encoded(path)), _encoded(query)
    url = f"{scheme or 'https'}://{host.ascii}{port}{path}{query and '?' + query}"
    if len(url) > LONGEST:
        raise BadInput(_TOO_LONG)
    return Address(typed, url, host.shown, host.ascii, host.domain, path, query, host.warning)


def read_several(text: str, most: int = MOST) -> tuple[Address, ...]:
    """Take apart addresses on separate lines, or with spaces or commas between them; each once, in the order typed.

    Raises BadInput: the message counts the address that it is about.
    """
    written = list(dict.fromkeys(filter(None, _BETWEEN.split(text)))) or [""]
    if len(written) > most:
        raise BadInput(f"Please send at most {most} addresses at a time: these are {len(written)}.")
    found: dict[str, Address] = {}
    for number, part in enumerate(written, start=1):
        try:
            address = read(part)
        except BadInput as error:
            raise BadInput(f"Address {number}: {error}" if len(written) > 1 else str(error)) from None
        found.setdefault(address.url.partition(":")[2], address)  # http and https are one site to the filter
    return tuple(found.values())


# A comma may be part of an address: only one that is followed by a space or the next address stands between two.
_BETWEEN = re.compile(r"[,;]*\s+|[,;]+(?=https?://|www\.)|[,;]+$", re.IGNORECASE)


def label(text: str) -> str:
    """Return a part of a site's name in ASCII: "Bücher" is "xn--bcher-kva". Raises BadInput for anything else."""
    if text.startswith("["):  # begins a number (RFC 3986), which has no parts
        raise BadInput(_NO_SITE)
    return _names(text)[1]


def is_public_suffix(ascii_host: str) -> bool:
    """Return whether unrelated people register names under this one, such as co.uk or github.io. publicsuffix.org."""
    shown = ".".join(_shown(label) or label for label in ascii_host.split("."))
    return _suffixes().publicsuffix(shown, accept_unknown=False) == shown


@cache
def _suffixes() -> "PublicSuffixList":
    """Load the list that comes with the package: about 20 ms and 4 MB, so only when the first address comes."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(accept_encoded_idn=False)  # we ask in Unicode, and it loads three times as fast


def clip(text: str) -> str:
    """Return an address short enough for a message."""
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _unwrapped(text: str) -> str:
    """Return the address without what programs and people put around it: <…|…>, quotation marks, invisible marks."""
    bare = text.strip(_AROUND)
    found = _WRAPPED.fullmatch(bare)
    return (found[1] or found[2]).strip(_AROUND) if found else bare


_AROUND = " \t\r\n\x0b\x0c\u00a0\u200b\u200e\u200f\u2060\u202a\u202c\ufeff"
_WRAPPED = re.compile(r"""<([^<>|]+)(?:\|[^<>]*)?>|["'“‘]([^"'“”‘’]+)["'”’]""")


def _scheme(typed: str) -> tuple[str, str]:
    """Return the scheme, or "" where there is none, and the rest."""
    found = _SCHEME.match(typed)
    if not found:
        return "", typed
    scheme = found[1].lower()
    if scheme not in {"http", "https"} or not found[2]:
        raise BadInput(_NOT_WEB.get(scheme, _WEB_ONLY))
    return scheme, typed[found.end() :]


# "bbc.co.uk:8080" has no scheme but a port; "data:1" has a scheme.
_SCHEME = re.compile(rf"({'|'.join(_NOT_WEB)}|[a-z][a-z0-9+.-]*(?=:(?![0-9]))):(//)?", re.IGNORECASE | re.ASCII)
_PARTS = re.compile(r"([^/?#]*)([^?#]*)(?:\?([^#]*))?", re.DOTALL)  # RFC 3986, appendix B
_AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]+)(?::([0-9]{0,6}))?")
_LABEL = re.compile(r"[a-z0-9_-]{1,63}")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")  # WHATWG: a host that ends in a number is one
_PERCENT = re.compile(r"%(?:[0-9A-Fa-f]{2})?")


@dataclass(frozen=True, slots=True)
class _Host:
    shown: str
    ascii: str
    domain: str
    warning: str


def _host_and_port(authority: str, scheme: str) -> tuple[_Host, str]:
    if "@" in authority:
        raise BadInput(_BEFORE_AT if scheme else _EMAIL)
    found = _AUTHORITY.fullmatch(authority)
    if not found or (not scheme and "." not in found[1]):
        raise BadInput(_NO_SITE if scheme else _WEB_ONLY)
    usual = 80 if scheme == "http" else 443
    number = int(found[2] or usual)
    if not 0 < number < 65536:
        raise BadInput(_PORT)
    shown, plain = _names(found[1])
    return _numbered(plain, scheme) or _named(shown, plain, scheme), "" if number == usual else f":{number}"


def _names(written: str) -> tuple[str, str]:
    """Return a host in Unicode and in ASCII, both checked. UTS #46, as browsers do it."""
    if written.startswith("["):
        return written, written.lower()
    mapped = _mapped(written).removesuffix(".")
    labels = [_ascii(label) for label in mapped.split(".")]
    plain = ".".join(labels)
    shown = [_shown(label) for label in labels]
    if len(plain) > 253 or not all(map(_LABEL.fullmatch, labels)) or None in shown:  # RFC 1035: 253 characters
        raise BadInput(_NO_SITE)
    return ".".join(filter(None, shown)), plain


def _mapped(host: str) -> str:
    """Return a host in the one spelling that counts. Raises BadInput."""
    if host.isascii():
        return host.lower()
    from idna import IDNAError, uts46_remap  # 13 ms, and few addresses need it

    try:
        return uts46_remap(host, std3_rules=False)
    except IDNAError:
        raise BadInput(_NO_SITE) from None


def _ascii(label: str) -> str:
    # Nothing of more than 63 letters becomes shorter, and the codec is slow for long ones.
    return label if label.isascii() or len(label) > 63 else "xn--" + label.encode("punycode").decode("ascii")


def _shown(label: str) -> str | None:
    """Return an ASCII label as people read it, or None where it stands for nothing."""
    if not label.startswith("xn--"):
        return label
    try:
        letters = label[4:].encode("ascii").decode("punycode")
        same = _mapped(letters) == letters and _ascii(letters) == label and letters.isprintable()
    except (UnicodeError, BadInput):
        return None
    return letters if same else None


def _numbered(plain: str, scheme: str) -> _Host | None:
    """Return a host that is a number, however it is written: 8.8.8.8, 0x7f.1, 2130706433. Raises BadInput."""
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address
    if not plain.startswith("[") and not _NUMBER.fullmatch(plain.rpartition(".")[2]):
        return None
    try:  # inet_aton asks nobody: it only knows the spellings
        ip = ipaddress.IPv6Address(plain[1:-1]) if "[" in plain else ipaddress.IPv4Address(socket.inet_aton(plain))
    except (ValueError, OSError):
        raise BadInput(_NO_SITE) from None
    within = ip.sixtofour or ip if isinstance(ip, ipaddress.IPv6Address) else ip
    if not within.is_global or within.is_multicast or ip.is_reserved:
        raise BadInput(_INSIDE)
    if not scheme:
        raise BadInput(_WEB_ONLY)
    shown = str(ip) if ip.version == 4 else f"[{ip}]"
    return _Host(shown, shown, shown, f"The site has only a number ({shown}) and no name, which is rare: is it right?")


def _named(shown: str, plain: str, scheme: str) -> _Host:
    if _LOCAL.fullmatch(plain):
        raise BadInput(_INSIDE)
    last = plain.rpartition(".")[2]
    registered = _suffixes().privatesuffix(shown)
    known = _suffixes().publicsuffix(shown, accept_unknown=False) is not None
    if not scheme and not (registered and known and (last not in _ALSO_FILES or plain.startswith("www."))):
        raise BadInput("If this is a website, please put https:// in front of it. " + _WEB_ONLY)
    labels = registered.count(".") + 1 if registered else 0
    strange = "" if known else f"Lanyard does not know sites that end in “.{clip(last)}”: is the address complete?"
    warning = " ".join(filter(None, (_look_twice(shown, plain), strange)))
    return _Host(shown, plain, ".".join(plain.split(".")[-labels:]), warning)


# Letters that pass for English ones: Unicode TS #39 (confusables), those that names of sites can have.
_PASSES_FOR = str.maketrans("аɑαсϲԁеɡցһհіιıɩјϳӏǀոоοօσрρԛѕսυѵνԝхχуγⲅ", "aaaccdegghhiiiijjllnooooppqsuuvvwxxyyr")
_WRITTEN_TOGETHER = {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL"}  # Asian names mix these, and Latin


def _look_twice(shown: str, plain: str) -> str:
    """Return a warning about letters that are not English ones, as strong as it has to be."""
    if shown == plain:
        return ""
    seems = shown.translate(_PASSES_FOR)
    both = f"“{clip(shown)}”, which computers and the filter read as {clip(plain)}"
    if any(was != now and now.isascii() for was, now in zip(shown.split("."), seems.split("."), strict=True)):
        return f"Look closely: this passes for “{clip(seems)}” but is not. It is {both}."
    if any(len(_alphabets(label)) > 1 for label in shown.split(".")):
        return f"Look closely: the name mixes alphabets or has symbols in it, which can deceive. It is {both}."
    return f"The name has letters that are not in the English alphabet: {both}. Is it the site that you mean?"


def _alphabets(label: str) -> set[str]:
    letters = (letter for letter in label if not letter.isascii() or letter.isalpha())
    names = (unicodedata.name(letter, "?") for letter in letters if not unicodedata.category(letter).startswith("M"))
    return {name.split()[0] for name in names} - _WRITTEN_TOGETHER


def _encoded(part: str) -> str:
    """Return a path or query in the one spelling that counts, as RFC 3986 (6.2.2) has it."""
    escaped = _PERCENT.sub(lambda found: quote(unquote_to_bytes(found[0]), safe=""), part)
    return quote(escaped, safe="!$%&'()*+,/:;=?@[]")


def _resolved(path: str) -> str:
    """Return a path without "." and "..", so that /good/../bad is seen for what it is."""
    kept: list[str] = []
    *folders, page = path.split("/")[1:] or [""]
    for folder in (*folders, page):
        if folder == "..":
            del kept[-1:]
        elif folder != ".":
            kept.append(folder)
    return "/" + "/".join(kept) + ("/" if page in {".", ".."} and kept else "")
