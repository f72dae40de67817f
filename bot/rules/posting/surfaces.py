"""Where a picture of a pupil appears: an account, the local press, a display. Each belongs to a use. Policy §5.1."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.rules.forms import Wrong
from bot.rules.school import Role, Use

FEATURE = "surfaces"
MOST = 50  # surfaces of one school that are open
LONGEST_NAME, LONGEST_URL = 60, 300
# Who keeps the register. Whoever looks after a place sees it named in what they are asked; a password is kept nowhere.
KEEPERS = frozenset({Role.ADMIN_TEAM, Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER})


@dataclass(frozen=True, slots=True)
class Surface:
    """One place where pictures appear. `use_key`: what parents are asked for it; `custodians`: who looks after it."""

    surface_id: int
    key: str
    name: str
    use_key: str
    url: str = ""
    custodians: frozenset[int] = frozenset()
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """What the form of a place says."""

    name: str
    use_key: str
    url: str


def read(fields: Mapping[str, str], uses: Sequence[Use], others: Collection[Surface]) -> Entry:
    """Read "name", "use" and "url". `others`: the places there are besides. Raises BadInput, a message for each."""
    form = Wrong(fields)
    name = form.words("name", "Write what staff call it.", most=LONGEST_NAME)
    taken = {each.name.casefold() for each in others if each.is_open}
    form.check("name", name.casefold() not in taken, "There is a place of this name already.")
    form.check("name", len(taken) < MOST, f"There are {MOST} places already. Close one first.")
    use = form.choice("use", [use.key for use in uses], "Choose what parents are asked for it.")
    url = form.written("url")
    form.check("url", len(url) <= LONGEST_URL, f"Please use at most {LONGEST_URL} letters.")
    form.raise_if_any()
    return Entry(name, use, url)
