"""Who is asking: staff are recognised, newcomers admitted, leavers and outsiders refused."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.changes import HoldersChanged
from bot.clock import Now
from bot.context import Context, Transaction
from bot.errors import NotFound, Outsider
from bot.rules.people import LONGEST_NAME, Actor, Person, Standing, believed, standing
from bot.rules.school import SLACK, School
from bot.rules.staff.persons import NAMELESS, is_nowhere, is_same, may_be_same, nowhere
from bot.services import persons
from bot.services.features import REACTIONS
from storage import school
from storage.engine import Database
from storage.people import accounts, people

AskSlack = Callable[[str], Mapping[str, Any]]  # Slack user id → Slack user object

NOT_STAFF = "Sorry, Lanyard answers only this school's own staff. If you work here, ask the school office."
NOT_SET_UP = "Lanyard is not set up for this Slack workspace yet. The IT lead can do that with the setup command."


def identify(database: Database, now: Now, ask_slack: AskSlack, *, team_id: str, slack_user: str) -> Actor:
    """Return the member of staff behind a Slack account. Raises Outsider, Busy.

    What Slack said less than half a day ago is believed; otherwise Slack is asked again before anything is answered.
    """
    found = people.who_asks(database, team_id, slack_user)
    if not found or not believed(found[0], now()):
        _admit(database, now, team_id, ask_slack(slack_user))
        found = people.who_asks(database, team_id, slack_user)
    # Not known even now: another account of a colleague's, and itself not one of staff.
    if not found or found[0].standing is not Standing.STAFF:
        raise Outsider(NOT_STAFF)
    person, school_id, settings_version, roll_version = found
    known = _school(database, school_id, settings_version)
    return Actor(person=person, school=known, roll_version=roll_version)


def slack_changed(database: Database, now: Now, *, team_id: str, user: Mapping[str, Any]) -> None:
    """Note what Slack tells about an account that changed: left, made a guest, came back, new address."""
    if people.who_asks(database, team_id, user["id"]):
        _admit(database, now, team_id, user)


def ask_again(recipient: Context, ask_slack: AskSlack) -> None:
    """Ask Slack about somebody whom no message reaches, so that everybody knows if they have gone. Raises Busy."""
    try:
        user = ask_slack(str(recipient.person.account))
    except NotFound:
        return  # Slack answers, only not about this one
    slack_changed(recipient.database, recipient.now, team_id=recipient.school.workspace, user=user)


def _admit(database: Database, now: Now, team_id: str, user: Mapping[str, Any]) -> None:
    """Write down how a Slack account stands to the school. Raises Outsider where the workspace has no school."""
    with database.begin() as connection:
        set_up = school.by_team(connection, team_id)
        if not set_up:
            raise Outsider(NOT_SET_UP)
        with Context(database, set_up[0], now, REACTIONS).within(connection, now()) as tx:
            recognise(tx, user)


def recognise(tx: Transaction, user: Mapping[str, Any], address: str = "") -> bool:
    """Link a Slack account to the person it belongs to, and note how they stand. Returns whether anything changed.

    `address`: the one by which Slack has found this account; it is theirs, whatever Slack shows of their profile. A
    workspace may keep addresses to itself.
    """
    judged = standing(user, tx.school.workspace)
    shown = str((user.get("profile") or {}).get("email") or "").lower()
    school.lock(tx.connection, tx.school_id)  # two first requests of a newcomer must not make two people
    found = people.by_slack_user(tx.connection, tx.school.workspace, user["id"])
    person = found[0] if found else _of_another_account(tx, user["id"])
    if person is not None and person.account != user["id"] and judged is not Standing.STAFF:
        return False  # a second account of theirs, which says nothing of how they stand
    is_new = person is None
    if person is None:
        # Nobody can say whose address an account had that is gone already.
        addresses = () if judged is Standing.LEFT else tuple(dict.fromkeys(filter(None, (shown, address.lower()))))
        person = _newcomer(tx, user, judged, addresses)
    accounts.note(tx.connection, tx.school_id, user["id"], person.person_id, tx.now)
    # The address of an account that is closed, or a guest's, is not recorded as a colleague's.
    now = _addressed(tx, person, shown, address.lower()) if judged is Standing.STAFF else person
    people.checked(tx.connection, now.person_id, tx.now)
    changed = _stands(tx, now, user["id"], judged, _name(user)) or found is None or now.email != person.email
    if is_new and judged is Standing.STAFF:
        tx.kept.clear()
        persons.ask_of_namesakes(tx)
    return changed


def _stands(tx: Transaction, now: Person, account: str, judged: Standing, name: str) -> bool:
    """Note how somebody stands, and by which account of theirs. Returns whether that is new."""
    if (now.standing, now.account, now.front) == (judged, account, SLACK):
        return False
    values = {"account": account, "front": SLACK, "standing": judged}
    if now.is_nameless and judged is Standing.STAFF:  # a role in school.toml was all that was known
        values["name"] = name
    people.change(tx.connection, tx.school_id, now.person_id, **values)
    tx.changed(HoldersChanged())
    if now.standing is not judged:
        tx.audit(f"people.{judged.name.lower()}", f"person {now.person_id}")
    return True


def _of_another_account(tx: Transaction, account: str) -> Person | None:
    """Return whose account this once was: an id is never given to anybody else."""
    owner = accounts.owner(tx.connection, tx.school_id, account)
    return people.by_id(tx.connection, tx.school_id, owner) if owner else None


def _newcomer(tx: Transaction, user: Mapping[str, Any], judged: Standing, addresses: Sequence[str]) -> Person:
    """Return the person to whom a newly seen account belongs: known by their address, or new here.

    | whoever has the address on record                     | is                                                    |
    |-------------------------------------------------------|-------------------------------------------------------|
    | has no account yet                                    | this one                                              |
    | has another account, and it is surely the same person | this one: the account was made anew, or is a second   |
    | has another account otherwise                         | perhaps this one: the office is asked                 |
    """
    name = _name(user)
    for address in addresses:
        earlier = people.by_email(tx.connection, tx.school_id, address) or _had_it(tx, address)
        if earlier is None:
            continue
        if earlier.account in {None, user["id"]} or earlier.front != SLACK:
            return earlier
        if is_same(address, earlier.name, name):
            tx.audit("persons.account_made_anew", f"person {earlier.person_id}")
            return earlier
        # Slack gives an address to one living account only: whoever had it has it no more.
        persons.succeed(tx, earlier)
        made = _add(tx, address, name, user["id"], judged)
        persons.doubt(tx, made, earlier.person_id, address)
        return _by_id(tx, made)
    made = _add(tx, (*addresses, nowhere("account", user["id"]))[0], name, user["id"], judged)
    return _by_id(tx, made)


def _name(user: Mapping[str, Any]) -> str:
    """Return what somebody is called in Slack."""
    name = (user.get("profile") or {}).get("real_name") or user.get("real_name") or NAMELESS
    return str(name)[:LONGEST_NAME]


def _had_it(tx: Transaction, address: str) -> Person | None:
    """Return who had an address last, if they have left: somebody still here has kept what was theirs."""
    last = accounts.last_had(tx.connection, tx.school_id, address)
    person = people.by_id(tx.connection, tx.school_id, last) if last else None
    return None if person is None or person.standing is Standing.STAFF else person


def _add(tx: Transaction, address: str, name: str, account: str, judged: Standing) -> int:
    values = {"email": address, "name": name, "account": account, "standing": judged, "checked_at": tx.now}
    return people.add(tx.connection, tx.school_id, **values)  # type: ignore[arg-type]


def _by_id(tx: Transaction, person_id: int) -> Person:
    found = people.by_id(tx.connection, tx.school_id, person_id)
    if found is None:
        raise LookupError("a person who was just written down is not there")
    return found


def _addressed(tx: Transaction, person: Person, shown: str, found_by: str) -> Person:
    """Give a person the address that Slack shows, and note the one that it found them by; returns them as they are."""
    address = shown or found_by
    now = _takes(tx, person, address) if address else person
    return _is_found_by(tx, now, found_by) if found_by else now


def _takes(tx: Transaction, person: Person, address: str) -> Person:
    """Give a person an address that Slack says is their account's; whoever had it is joined, or else keeps it."""
    if address == person.email:
        return person
    other = people.by_email(tx.connection, tx.school_id, address)
    if other is None:
        people.change_address(tx.connection, tx.school_id, person, address)
        if not is_nowhere(person.email):
            accounts.had(tx.connection, tx.school_id, person.email, person.person_id, tx.now)
        tx.audit("people.address_changed", f"person {person.person_id}")
    elif other.account is None and (other.is_nameless or may_be_same(person.name, other.name)):
        persons.join(tx, other, person)  # the staff list knew it before Slack did
    elif other.account and is_same(address, other.name, person.name):
        persons.join(tx, other, person)  # two accounts of theirs: Slack gives an address to one that is alive
    else:
        return person  # it has passed on between two people; each keeps what is theirs
    return _by_id(tx, person.person_id)


def _is_found_by(tx: Transaction, person: Person, address: str) -> Person:
    """Note another address of somebody's, whose roles are theirs too; they are known by the one that Slack shows."""
    now = _takes(tx, person, address)
    if now.email == person.email or is_nowhere(person.email):
        return now
    people.change_address(tx.connection, tx.school_id, now, person.email)
    accounts.had(tx.connection, tx.school_id, address, now.person_id, tx.now)
    return _by_id(tx, now.person_id)


def _school(database: Database, school_id: int, settings_version: int) -> School:
    def read() -> School:
        with database.read() as connection:
            return school.get(connection, school_id)

    kept: School = database.memory.get(("school", school_id, settings_version), read)
    return kept
