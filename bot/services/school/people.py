"""Who is asking: staff are recognised, newcomers admitted, leavers and outsiders refused."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from bot.clock import Now
from bot.context import Context
from bot.errors import NotFound, Outsider
from bot.rules.people import Actor, Person, Standing, believed, standing
from bot.rules.school import SLACK, School
from storage import audit, school
from storage.engine import Database
from storage.people import people

AskSlack = Callable[[str], Mapping[str, Any]]  # Slack user id → Slack user object

NOT_STAFF = "Sorry, Lanyard answers only this school's own staff. If you work here, ask the school office."
NOT_SET_UP = "Lanyard is not set up for this Slack workspace yet. The IT lead can do that with the setup command."


def identify(database: Database, now: Now, ask_slack: AskSlack, *, team_id: str, slack_user: str) -> Actor:
    """Return the member of staff behind a Slack account. Raises Outsider, Busy.

    What Slack said less than half a day ago is believed; otherwise Slack is asked again before anything is answered.
    """
    found = people.who_asks(database, team_id, slack_user)
    if not found or not believed(found[0], now()):
        _admit(database, now(), team_id, ask_slack(slack_user))
        return identify(database, now, ask_slack, team_id=team_id, slack_user=slack_user)
    person, school_id, settings_version, roll_version = found
    if person.standing is not Standing.STAFF:
        raise Outsider(NOT_STAFF)
    known = _school(database, school_id, settings_version)
    return Actor(person=person, school=known, roll_version=roll_version)


def slack_changed(database: Database, now: datetime, *, team_id: str, user: Mapping[str, Any]) -> None:
    """Note what Slack tells about an account that changed: left, made a guest, came back, new address."""
    if people.who_asks(database, team_id, user["id"]):
        _admit(database, now, team_id, user)


def ask_again(recipient: Context, ask_slack: AskSlack) -> None:
    """Ask Slack about somebody whom no message reaches, so that everybody knows if they have gone. Raises Busy."""
    try:
        user = ask_slack(str(recipient.person.account))
    except NotFound:
        return  # Slack answers, only not about this one
    slack_changed(recipient.database, recipient.now(), team_id=recipient.school.workspace, user=user)


def _admit(database: Database, now: datetime, team_id: str, user: Mapping[str, Any]) -> None:
    """Write down how a Slack account stands to the school. Raises Outsider where the workspace has no school."""
    with database.begin() as connection:
        set_up = school.by_team(connection, team_id)
        if not set_up:
            raise Outsider(NOT_SET_UP)
        recognise(connection, set_up[0].school_id, team_id, user, now)


def recognise(connection: Connection, school_id: int, team_id: str, user: Mapping[str, Any], now: datetime) -> bool:
    """Link a Slack account to the person it belongs to, and note how they stand. Tells whether anything changed."""
    judged = standing(user, team_id)
    profile = user.get("profile") or {}
    email = str(profile.get("email") or f"{user['id'].lower()}@no-address.invalid").lower()
    school.lock(connection, school_id)  # two first requests of a newcomer must not make two people
    person = _known(connection, school_id, team_id, user["id"], email, now)
    if person is None:
        name = str(profile.get("real_name") or user.get("real_name") or "Member of staff")[:200]
        values = {"email": email, "name": name, "account": user["id"], "standing": judged, "checked_at": now}
        people.add(connection, school_id, **values)
        return True
    if profile.get("email") and person.email != email and people.by_email(connection, school_id, email) is None:
        people.change_address(connection, school_id, person, email)
        _audit(connection, school_id, now, "people.address_changed", person)
    people.checked(connection, person.person_id, now)
    if (person.standing, person.account, person.front) == (judged, user["id"], SLACK):
        return False
    people.change(connection, school_id, person.person_id, account=user["id"], front=SLACK, standing=judged)
    if person.standing is not judged:
        _audit(connection, school_id, now, f"people.{judged.name.lower()}", person)
    return True


def _known(
    connection: Connection, school_id: int, team_id: str, slack_user: str, email: str, now: datetime
) -> Person | None:
    """Return who this account belongs to: by the account itself, else by an address that no account has claimed yet."""
    found = people.by_slack_user(connection, team_id, slack_user)
    if found:
        return found[0]
    person = people.by_email(connection, school_id, email)
    if person is None or person.account in {None, slack_user} or person.front != SLACK:
        return person
    # A mailbox has passed to somebody else (office@ …): what the predecessor did stays the predecessor's. Slack gives
    # an address to one living account only, so the older account is gone.
    gone = f"left.{person.person_id}@no-address.invalid"
    people.change(connection, school_id, person.person_id, email=gone, standing=Standing.LEFT, checked_at=now)
    _audit(connection, school_id, now, "people.succeeded", person)
    return None


def _audit(connection: Connection, school_id: int, now: datetime, action: str, person: Person) -> None:
    record = f"person {person.person_id}"
    audit.append(connection, school_id, at=now, actor_id=None, action=action, record=record)


def _school(database: Database, school_id: int, settings_version: int) -> School:
    def read() -> School:
        with database.read() as connection:
            return school.get(connection, school_id)

    kept: School = database.memory.get(("school", school_id, settings_version), read)
    return kept
