"""What nobody should have to remember: forgetting what is kept too long, and noticing who has left."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from bot.clock import Now
from bot.context import Context
from bot.errors import Busy, NotFound
from bot.rules.people import Standing, believed
from bot.services import access
from bot.services.consent import roll_import
from bot.services.filter import register
from bot.services.policy import acknowledgement, documents
from bot.services.school.people import recognise
from storage import school
from storage.consent import look_ups as consent
from storage.engine import Database
from storage.people import people

ASKED_ABOUT = 50  # [K] people in one tick; Slack takes some fifty `users.info` a minute
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Tidied:
    """How many things were forgotten."""

    uploads: int
    look_ups: int


def tidy(context: Context) -> Tidied:
    """Empty uploads that nobody confirmed, and remove look-ups older than the school keeps them."""
    access.queue_due(context)
    register.queue_due(context)
    acknowledgement.queue_due(context)
    documents.forget_drafts(context)
    uploads = roll_import.forget_stale_uploads(context)
    with context.begin() as tx:
        removed = consent.forget_before(tx.connection, tx.school_id, tx.now - context.school.look_ups_kept)
        if removed:
            tx.audit("consent.look_ups_removed", f"{removed} rows")
    return Tidied(uploads, removed)


class Accounts(Protocol):
    """What is asked of Slack about accounts. Each raises Busy where Slack does not answer."""

    def user(self, slack_user: str) -> Mapping[str, Any]:
        """Return an account. Raises NotFound."""

    def user_by_email(self, email: str) -> Mapping[str, Any] | None:
        """Return the account of an address; None where there is none."""


def refresh_people(database: Database, now: Now, accounts: Accounts) -> int:
    """Ask Slack about everybody who was not asked about for half a day; returns how many changed.

    A `user_change` event usually tells sooner; events can be lost. Who is on the staff list without a known account is
    looked for by their address, so that they can be told things before they first say something. Each call may take
    half a minute to fail: a Slack that does not answer is asked once, and so many people at most are asked about.
    """
    changed = 0
    with database.read() as connection:
        stale = [
            (each, person)
            for each in school.every(connection)
            for person in people.every(connection, each.school_id)
            if person.standing is Standing.STAFF and not believed(person, now())
        ]
    stale.sort(key=lambda found: found[1].checked_at or NEVER)
    for each, person in stale[:ASKED_ABOUT]:
        try:
            user = accounts.user(person.slack_user) if person.slack_user else accounts.user_by_email(person.email)
        except Busy:
            break  # the next tick asks again; meanwhile everybody is asked about before any answer
        except NotFound:
            continue  # Slack answers, only not about this one
        with database.begin() as connection:
            if user:
                changed += recognise(connection, each.school_id, each.team_id, user, now())
            else:
                people.checked(connection, person.person_id, now())
    return changed
