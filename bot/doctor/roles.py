"""Who holds which role, and whether they can be reached: by a living account, or by a colleague who phones them."""

import enum
from collections.abc import Iterable, Mapping

from sqlalchemy.engine import Connection

from bot.doctor.findings import SET_ROLES, SET_UP, Findings, listed
from bot.doctor.workspace import Accounts
from bot.rules.people import Person, Standing
from bot.rules.relays import is_outside
from bot.rules.school import SLACK, Role, School
from bot.wording import page
from storage.people import people

# A school may well do without these; the others are asked for by the policy or by KCSIE.
MAY_BE_NOBODY = frozenset({Role.DEPUTY_HEADTEACHER, Role.SENIOR_LEADER, Role.GOVERNOR})
DECIDE = (Role.HEADTEACHER, Role.DEPUTY_HEADTEACHER, Role.CHAIR_OF_GOVERNORS)
ENOUGH = 2  # who decide: nobody decides on their own request


class Reached(enum.Enum):
    """How somebody is told things."""

    IN_SLACK = "by Lanyard"
    BY_PHONE = "by a colleague"
    NOT = "not at all"


def examine(
    connection: Connection, school: School, everybody: Iterable[Person], accounts: Accounts | None, found: Findings
) -> None:
    """Say of each role who holds it, and whether anybody who does can be reached."""
    known = {person.email: person for person in everybody}
    held: dict[Role, list[str]] = {}
    for email, role in sorted(people.roles(connection, school.school_id)):
        held.setdefault(Role(role), []).append(email)
    holders = {email for emails in held.values() for email in emails}
    reached = {email: _reached(email, known, school, accounts) for email in holders}
    told: set[str] = set()
    for role in Role:
        if role is not Role.STAFF:
            its = {email: reached[email] for email in held.get(role, ())}
            mends = {email: _mend(email, known.get(email), school) for email in its if its[email] is Reached.NOT}
            told |= _role(role, its, mends, known, found)
    for email in sorted(holders - told):
        if reached[email] is Reached.NOT:
            found.know(_mend(email, known.get(email), school))
        elif reached[email] is Reached.IN_SLACK and (email not in known or not known[email].is_here):
            found.know(f"{email} has a Slack account now, which Lanyard does not know yet. {SET_UP}")
    _deciders({email for role in DECIDE for email in held.get(role, ())}, reached, known, found)


def _reached(email: str, known: Mapping[str, Person], school: School, accounts: Accounts | None) -> Reached:
    person = known.get(email)
    if person is not None and person.perhaps:
        return Reached.NOT  # until the office has said who it is
    if accounts is None or (person is not None and person.front != SLACK):
        is_here = person is not None and person.is_here
    else:
        is_here = accounts.has(email) if person is None else accounts.lives(person)
    if is_here:
        return Reached.IN_SLACK
    is_phoned = person is not None and email in school.phones and is_outside(person, school.phones)
    return Reached.BY_PHONE if is_phoned else Reached.NOT


def _role(
    role: Role,
    holders: Mapping[str, Reached],
    mends: Mapping[str, str],
    known: Mapping[str, Person],
    found: Findings,
) -> set[str]:
    """Say who holds a role; returns of whom it was said what to do. `mends`: of those who cannot be reached."""
    called = str(page("help/roles").text(role.value))
    called = called[0].upper() + called[1:]
    names = [_named(email, how, known) for email, how in holders.items() if how is not Reached.NOT]
    if names:
        found.fine(f"{called}: {listed(names)}.")
        return set()
    if holders:
        found.wrong(f"{called}: {' '.join(mends.values())}")
    elif role in MAY_BE_NOBODY:
        found.know(f"{called}: nobody. If the school has one, write their address into [roles] {role}. {SET_ROLES}")
    else:
        found.wrong(f"{called}: nobody. Write their address into [roles] {role} of school.toml. {SET_ROLES}")
    return set(holders)


def _named(email: str, how: Reached, known: Mapping[str, Person]) -> str:
    name = known[email].name if email in known else email
    return f"{name} (no account: a colleague phones)" if how is Reached.BY_PHONE else name


def _mend(email: str, person: Person | None, school: School) -> str:
    """Return what to do about somebody who holds a role and cannot be reached."""
    if person is not None and person.perhaps:
        return f"{email} is used by somebody new. The office is asked on Home who it is; until then: no role."
    lacks = f"{email} has no living Slack account."
    if person is None:
        return f"{lacks} Nobody is asked to tell them yet. {SET_UP}"
    if person.is_here or (person.standing is Standing.LEFT and not is_outside(person, school.phones)):
        return (
            f"{lacks} They have left Slack, so they are told nothing. If they still work here, add them to "
            f"[[phones]] in school.toml; if not, name somebody else in [roles]. {SET_ROLES}"
        )
    return (
        f"{lacks} Somebody at the school is asked to tell them what they have to know. Their phone number is "
        f"missing: add them to [[phones]] in school.toml. {SET_UP}"
    )


def _deciders(
    emails: Iterable[str], reached: Mapping[str, Reached], known: Mapping[str, Person], found: Findings
) -> None:
    here = {known[email].name if email in known else email for email in emails if reached[email] is Reached.IN_SLACK}
    if len(here) < ENOUGH:
        found.wrong(
            f"To decide there is {listed(sorted(here)) or 'nobody'} in Slack. Two are needed, a headteacher and a "
            "deputy or chair: nobody decides on their own request. Invite one, or write their address into [roles]. "
            f"{SET_ROLES}"
        )
