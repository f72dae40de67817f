"""Who may give which role, and take it away: a table over every role.

Nobody gives one to themselves, or to somebody above them; the last headteacher stays. What nobody may give in Lanyard
is given by `setup` on the school's machine, with --apply-roles. [K] for the headteacher and the chair to confirm.
"""

import enum
from collections.abc import Collection, Mapping

from bot.rules.people import Person
from bot.rules.school import Role

NOBODY = frozenset[Role]()
HEAD = frozenset({Role.HEADTEACHER})
GIVERS: Mapping[Role, frozenset[Role]] = {
    Role.STAFF: NOBODY,  # comes with a full membership of the workspace, and goes with it
    Role.HEADTEACHER: frozenset({Role.CHAIR_OF_GOVERNORS}),  # the governing body appoints
    Role.DEPUTY_HEADTEACHER: HEAD,
    Role.E_SAFETY_COORDINATOR: HEAD,  # §5.5: the head's to appoint
    Role.SAFEGUARDING_LEAD: HEAD,
    # UK GDPR Art 38(3): who watches over the head is not the head's to choose.
    Role.DATA_PROTECTION_OFFICER: frozenset({Role.CHAIR_OF_GOVERNORS}),
    Role.CHAIR_OF_GOVERNORS: NOBODY,  # elected by the governors
    Role.ADMIN_TEAM: HEAD | {Role.DEPUTY_HEADTEACHER},
    Role.SENIOR_LEADER: HEAD,
    Role.GOVERNOR: frozenset({Role.CHAIR_OF_GOVERNORS}),
}
RANKS: Mapping[Role, int] = {
    Role.STAFF: 0,
    Role.ADMIN_TEAM: 1,
    Role.SENIOR_LEADER: 2,
    Role.E_SAFETY_COORDINATOR: 2,
    Role.SAFEGUARDING_LEAD: 3,
    Role.DEPUTY_HEADTEACHER: 3,
    Role.GOVERNOR: 4,
    Role.DATA_PROTECTION_OFFICER: 4,
    Role.HEADTEACHER: 5,
    Role.CHAIR_OF_GOVERNORS: 6,
}


class Event(enum.StrEnum):
    """What happens to a role."""

    GIVEN = "given"
    TAKEN = "taken"


class Why(enum.StrEnum):
    """Why somebody may not change a role."""

    OWN = "Nobody changes their own roles. Somebody else has to."
    ABOVE = "You cannot change the roles of somebody above you."
    NOT_YOURS = "This role is not yours to give or to take away."
    NOT_HERE = "This colleague has no account here, so nobody can give them a role yet."
    LAST_HEAD = "The last headteacher stays. Give the role to the next one first."


def refused(by: Person, event: Event, role: Role, whom: Person, everybody: Collection[Person]) -> Why | None:
    """Return why somebody may not give a role to a colleague, or take it away; None where they may."""
    if by.person_id == whom.person_id:
        return Why.OWN
    if not by.is_here or not by.roles & GIVERS[role]:
        return Why.NOT_YOURS
    if rank(whom) > rank(by):
        return Why.ABOVE
    if event is Event.GIVEN and (not whom.is_here or whom.perhaps):
        return Why.NOT_HERE
    if event is Event.TAKEN and role is Role.HEADTEACHER and whom.holds(role) and not heads(everybody, without=whom):
        return Why.LAST_HEAD
    return None


def rank(person: Person) -> int:
    """Return how high somebody stands: as high as the highest of their roles."""
    return max(RANKS[role] for role in person.roles)


def heads(everybody: Collection[Person], without: Person) -> list[Person]:
    """Return the headteachers who are here, apart from `without`."""
    others = (person for person in everybody if person.person_id != without.person_id)
    return [person for person in others if person.is_here and person.holds(Role.HEADTEACHER)]
