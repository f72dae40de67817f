"""Where pictures appear, and who looks after each place. Policy §5.1; no password is kept anywhere."""

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.changes import CustodiansChanged
from bot.context import Context, Look, Transaction
from bot.errors import BadInput, NotFound
from bot.rules.people import LONGEST_NAME, Person, Standing
from bot.rules.posting import surfaces as rules
from bot.rules.posting.surfaces import Surface
from bot.rules.reminders.stages import Item, reached
from bot.rules.school import Role, School
from storage import permissions, school
from storage.people import people as people_storage
from storage.posting import surfaces as storage

GONE = "There is no such place any more."
KEY_BYTES = 6
SURFACES = "surfaces"  # under which they are remembered
FALLBACK = (Role.ADMIN_TEAM, Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER)  # whose a place is that nobody looks after


@dataclass(frozen=True, slots=True)
class Register:
    """Every open place, and who may be chosen to look after one. `may_post`: place → who, each with the permission."""

    surfaces: tuple[Surface, ...]
    closed: tuple[Surface, ...]
    names: Mapping[int, str]  # person → name
    people: tuple[Person, ...]
    may_post: Mapping[int, Sequence[tuple[str, str]]]
    is_due: bool  # it is to be looked through

    def surface(self, surface_id: int) -> Surface:
        """Return one of them. Raises NotFound."""
        found = next((each for each in (*self.surfaces, *self.closed) if each.surface_id == surface_id), None)
        if found is None:
            raise NotFound(GONE)
        return found


def every(tx: Look) -> list[Surface]:
    """Return every place of the school, closed ones too, by name; read once."""

    def read() -> list[Surface]:
        return storage.every(tx.connection, tx.school_id)

    found: list[Surface] = tx.once("surfaces", lambda: tx.remembered((SURFACES,), read))
    return found


def kept(context: Context) -> list[Surface]:
    """Return the places where something may be posted, outside any transaction: read only where nobody knows them."""

    def read() -> list[Surface]:
        with context.look() as tx:
            return storage.every(tx.connection, tx.school_id)

    key = (SURFACES, context.school.school_id, context.school.settings_version)
    known = context.database.memory.get(key, read) if context.actor else read()
    return _open_ones(known, context.school)


def one(tx: Look, surface_id: int) -> Surface:
    """Return one place of the school, also a closed one."""
    return next(each for each in every(tx) if each.surface_id == surface_id)


def open_ones(tx: Look) -> list[Surface]:
    """Return the places where something may be posted."""
    return _open_ones(every(tx), tx.school)


def _open_ones(known: Sequence[Surface], school: School) -> list[Surface]:
    keys = {use.key for use in school.uses}  # a use that the school has given up takes its places with it
    return [each for each in known if each.is_open and each.use_key in keys]


def custodians(tx: Look, found: Surface | None, barred: Collection[int] = ()) -> list[Person]:
    """Return who looks after a place: its custodians who are here and not away, else the office, else the headteacher.

    Where all of them are away, the first of these all the same. `barred`: who may not know of what this is about.
    """
    here = [each for each in tx.everybody() if each.is_here and each.person_id not in barred]
    theirs = [each for each in here if found and each.person_id in found.custodians]
    groups = [group for group in (theirs, *([each for each in here if each.holds(role)] for role in FALLBACK)) if group]
    away = tx.away()
    present = ([each for each in group if each.person_id not in away] for group in groups)
    return next((group for group in (*present, *groups) if group), [])


# ── keeping the register ───────────────────────────────────────────────────────────────────────────────────────────


def register(context: Context) -> Register:
    """Return the register, for whoever keeps it."""
    with context.look() as tx:
        return _register(tx)


def keep(context: Context, surface_id: int | None, fields: Mapping[str, str], people: Sequence[int]) -> Register:
    """Add a place or change one. `people`: who looks after it from now on. Raises BadInput, NotFound."""
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)
        known = every(tx)
        this = next((each for each in known if each.surface_id == surface_id), None)
        if surface_id is not None and this is None:
            raise NotFound(GONE)
        entry = rules.read(fields, context.school.uses, [each for each in known if each is not this])
        chosen = _chosen(tx, people)
        if this is None:
            key = f"place-{secrets.token_hex(KEY_BYTES)}"
            made = storage.add(tx.connection, tx.school_id, key, entry.name, entry.use_key, entry.url, tx.now)
            this = Surface(made, key, entry.name, entry.use_key, entry.url)
        else:
            _refuse_another_use(this, entry)
        storage.change(tx.connection, tx.school_id, this.surface_id, **asdict(entry))
        storage.set_custodians(tx.connection, tx.school_id, this, chosen, tx.now)
        tx.audit("surfaces.kept", f"surface {this.surface_id}")
        tx.kept.clear()
        tx.changed(CustodiansChanged(this.surface_id))
        return _register(tx)


def _refuse_another_use(this: Surface, entry: rules.Entry) -> None:
    # What was posted there rests on what parents were asked then.
    if entry.use_key != this.use_key:
        said = "What was posted here rests on what parents were asked for it. Close this place, and add another."
        raise BadInput(said, fields={"use": said})


def set_open(context: Context, surface_id: int, *, is_open: bool) -> Register:
    """Close a place, or open it again. What was posted there stays, and so do its take-downs. Raises NotFound."""
    with context.begin() as tx:
        _register(tx).surface(surface_id)
        storage.set_closed(tx.connection, tx.school_id, surface_id, None if is_open else tx.now)
        tx.audit("surfaces.opened" if is_open else "surfaces.closed", f"surface {surface_id}")
        tx.kept.clear()
        return _register(tx)


def look_through(context: Context) -> Register:
    """Note that all of the register is right: it is looked through again in a year."""
    with context.begin() as tx:
        storage.looked_through(tx.connection, tx.school_id, tx.today)
        tx.audit("surfaces.looked_through", "")
        tx.reminders_changed(f"{rules.FEATURE}-look-")
        tx.kept.clear()
        return _register(tx)


def due_items(tx: Look, reader: Person | None = None) -> Iterator[Item]:
    """Return that the register is to be looked through, for the office."""
    due = rules.look_due(open_ones(tx))
    stage = reached(due, tx.today, rules.LOOK) if due else None
    if due is None or stage is None:
        return
    for person in custodians(tx, None):
        if reader is None or reader.person_id == person.person_id:
            key, nobody = f"{rules.FEATURE}-look-{due}", frozenset[int]()
            yield Item(rules.FEATURE, key, person.person_id, due, stage, {}, "surfaces.open", "", nobody)


def may_post(tx: Look, person: Person, found: Surface) -> bool:
    """Return whether somebody may post at a place: they look after it, keep the register, or are permitted (§5.1).

    Of a place that nobody looks after by name everybody may: it is no account.
    """
    if not found.custodians or person.person_id in found.custodians or person.roles & rules.KEEPERS:
        return True
    permitted = permissions.may_post(tx.connection, tx.school_id, tx.today)
    return any(person_id == person.person_id for person_id, _ in permitted.get(found.surface_id, ()))


def _chosen(tx: Look, people: Sequence[int]) -> list[int]:
    here = {each.person_id for each in tx.everybody() if each.is_here}
    if not set(people) <= here:
        raise BadInput("Choose colleagues who work here.", fields={"custodians": "Choose colleagues who work here."})
    return sorted(set(people))


def _register(tx: Look) -> Register:
    known, here = every(tx), tuple(each for each in tx.everybody() if each.is_here)
    names = {each.person_id: each.name for each in tx.everybody()}
    closed = tuple(each for each in known if not each.is_open)
    ids = {each.person_id for each in here}
    permitted = permissions.may_post(tx.connection, tx.school_id, tx.today)
    post = {
        surface_id: [(names[person_id], record) for person_id, record in some if person_id in ids]
        for surface_id, some in permitted.items()
    }
    due = rules.look_due(open_ones(tx))
    is_due = due is not None and due <= tx.today
    return Register(tuple(each for each in known if each.is_open), closed, names, here, post, is_due)


# ── what school.toml says ──────────────────────────────────────────────────────────────────────────────────────────


def begin(tx: Transaction, settings: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Take in the accounts of school.toml, each once, and make a place of every use that has none.

    Returns (what was done, what a person should see to), in words. Afterwards the register is kept in Slack: what
    differs is said, and nothing is changed.
    """
    known = {each.key: each for each in storage.every(tx.connection, tx.school_id)}
    uses = {use["key"]: use["name"] for use in settings["uses"]}
    people = {each.email: each.person_id for each in tx.everybody()}
    done, remarks = list[str](), list[str]()
    for account in settings.get("accounts") or ():
        use_key, this = account.get("use") or account["key"], known.get(account["key"])
        if use_key not in uses:
            remarks.append(
                f"[[accounts]] {account['key']} was left out: write use = with the key of one of your [[uses]]."
            )
        elif this is None or not (this.custodians or this.url):  # at most the place that was made of the use alone
            _take_in(tx, this, account, use_key, [_person(tx, people, each.lower()) for each in account["custodians"]])
            done.append(f"The account {account['name']} is taken in.")
        elif {people.get(each.lower(), 0) for each in account["custodians"]} - this.custodians:
            remarks.append(
                f"[[accounts]] {account['key']}: its custodians are kept in Slack now, and differ from here."
            )
    kept = {each.use_key for each in storage.every(tx.connection, tx.school_id)}
    for key, name in uses.items():
        if key not in kept:
            storage.add(tx.connection, tx.school_id, key, name, key, "", tx.now)
    return done, remarks


def _take_in(
    tx: Transaction, this: Surface | None, account: Mapping[str, Any], use_key: str, holders: Sequence[int]
) -> None:
    key, name, url = account["key"], account["name"], account["url"]
    if this is None:
        this = Surface(
            storage.add(tx.connection, tx.school_id, key, name, use_key, url, tx.now), key, name, use_key, url
        )
    else:
        storage.change(tx.connection, tx.school_id, this.surface_id, name=name, use_key=use_key, url=url)
    storage.set_custodians(tx.connection, tx.school_id, this, holders, tx.now)


def _person(tx: Transaction, people: dict[str, int], email: str) -> int:
    """Return who has this address; noted by it alone until they come to Slack, as whoever holds a role is."""
    if email not in people:
        name, outside = email[:LONGEST_NAME], Standing.OUTSIDER
        people[email] = people_storage.add(tx.connection, tx.school_id, email=email, name=name, standing=outside)
    return people[email]
