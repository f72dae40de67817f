"""Where a picture of a pupil appears: an account, the local press, a display. Each belongs to a use. Policy §5.1."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.rules.forms import Wrong
from bot.rules.reminders.stages import Plan
from bot.rules.school import Role, Use

FEATURE = "surfaces"
MOST = 50  # surfaces of one school that are open
LONGEST_NAME, LONGEST_URL, LONGEST_RECOVERY = 60, 300, 100
BY_PHONE = frozenset(
    {"twitter"}
)  # keys of uses for which a personal phone is allowed at first: the school's feed, §4.8
LOOKED_AT_AFTER = timedelta(days=365)  # [K] the register is looked through once a year
LOOK = Plan(before_days=())  # from the day on which it is due
# Who keeps the register. Whoever looks after a place sees it named in what they are asked; a password is kept nowhere.
KEEPERS = frozenset({Role.ADMIN_TEAM, Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER})


@dataclass(frozen=True, slots=True)
class Surface:
    """One place where pictures appear. `use_key`: what parents are asked for it; `custodians`: who looks after it.

    `recovery`: who or what gets the school back in, "" not known; `looked_on`: when it was last found to be right.
    `takes_phones`: pictures may be taken for it with a personal phone (§4.8).
    """

    surface_id: int
    key: str
    name: str
    use_key: str
    url: str = ""
    custodians: frozenset[int] = frozenset()
    is_open: bool = True
    recovery: str = ""
    looked_on: date | None = None
    takes_phones: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """What the form of a place says."""

    name: str
    use_key: str
    url: str
    recovery: str = ""
    takes_phones: bool = False


def look_due(found: Iterable[Surface]) -> date | None:
    """Return from when on the register is to be looked through again; None without an open place."""
    days = [each.looked_on for each in found if each.is_open and each.looked_on is not None]
    return min(days) + LOOKED_AT_AFTER if days else None


def read(fields: Mapping[str, str], uses: Sequence[Use], others: Collection[Surface]) -> Entry:
    """Read "name", "use", "url", "recovery" and "phones". `others`: the places there are besides. Raises BadInput."""
    form = Wrong(fields)
    name = form.words("name", "Write what staff call it.", most=LONGEST_NAME)
    taken = {each.name.casefold() for each in others if each.is_open}
    form.check("name", name.casefold() not in taken, "There is a place of this name already.")
    form.check("name", len(taken) < MOST, f"There are {MOST} places already. Close one first.")
    use = form.choice("use", [use.key for use in uses], "Choose what parents are asked for it.")
    url = form.written("url")
    form.check("url", len(url) <= LONGEST_URL, f"Please use at most {LONGEST_URL} letters.")
    recovery = form.written("recovery")
    form.check("recovery", len(recovery) <= LONGEST_RECOVERY, f"Please use at most {LONGEST_RECOVERY} letters.")
    form.raise_if_any()
    return Entry(name, use, url, recovery, form.written("phones") == "yes")
