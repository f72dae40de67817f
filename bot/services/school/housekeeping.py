"""What nobody should have to remember: forgetting what is kept too long, and noticing who has left."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from bot.clock import Now
from bot.context import Context
from bot.errors import Busy, NotFound
from bot.logs import log, where
from bot.rules.people import Person, Standing, believed
from bot.rules.school import SLACK
from bot.services.features import FEATURES, NAMED, REACTIONS
from bot.services.school.people import recognise
from storage import reactions, school
from storage.engine import Database
from storage.people import people

ASKED_ABOUT = 50  # [K] people in one tick; Slack takes some fifty `users.info` a minute
NEVER = datetime.min.replace(tzinfo=UTC)


def tidy(context: Context) -> tuple[str, ...]:
    """Have every feature do what the clock asks of it, and make up for reactions that failed; returns who failed.

    A feature that fails keeps no other waiting. Raises Busy.
    """
    failed = []
    for feature in FEATURES:
        try:
            feature.tick(context)
        except Busy:
            raise
        except Exception:
            log.error("job failed", job="tidying", feature=feature.name, school=context.school.school_id, where=where())
            failed.append(feature.name)
    _make_up(context)
    return tuple(failed)


def _make_up(context: Context) -> None:
    """Derive anew whatever a feature owes since a reaction of its failed."""
    with context.look() as tx:
        owed = reactions.all_owed(tx.connection, tx.school_id)
    for name in owed:
        with context.begin() as tx:
            NAMED[name].derive(tx)
            reactions.made_up(tx.connection, tx.school_id, name)
            tx.audit("reactions.made_up", name)


class Accounts(Protocol):
    """What is asked of Slack about accounts. Each raises Busy where Slack does not answer."""

    def user(self, slack_user: str) -> Mapping[str, Any]:
        """Return an account. Raises NotFound."""

    def user_by_email(self, email: str) -> Mapping[str, Any] | None:
        """Return the account of an address; None where there is none."""


def _asked_about(person: Person, now: datetime) -> datetime:
    """Return when somebody was last asked about, as far as that can be believed: never in the future."""
    at = person.checked_at
    return NEVER if at is None or at > now else at


def refresh_people(
    database: Database, now: Now, accounts: Accounts, stopping: Callable[[], bool] = lambda: False
) -> int:
    """Ask Slack about everybody who was not asked about for half a day; returns how many changed.

    A `user_change` event usually tells sooner; events can be lost. Anybody on the staff list without a known account is
    looked for by their address, so that they can be told things before they first say something. Each call may take
    half a minute to fail: a Slack that does not answer is asked once, and only so many people are asked about.
    """
    changed = 0
    with database.read() as connection:
        stale = [
            (each, person)
            for each in school.every(connection)
            for person in people.every(connection, each.school_id)
            if person.standing is Standing.STAFF and person.front == SLACK and not believed(person, now())
        ]
    stale.sort(key=lambda found: _asked_about(found[1], now()))
    for each, person in stale[:ASKED_ABOUT]:
        if stopping():
            break
        try:
            user = accounts.user(person.account) if person.account else accounts.user_by_email(person.email)
        except Busy:
            break  # the next tick asks again; meanwhile everybody is asked about before any answer
        except NotFound:
            continue  # Slack answers, only not about this one
        with database.begin() as connection:
            if user:
                with Context(database, each, now, REACTIONS).within(connection, now()) as tx:
                    # Found by the address on the staff list: that is theirs, whatever Slack shows of it.
                    changed += recognise(tx, user, "" if person.account else person.email)
            else:
                people.checked(connection, person.person_id, now())
    return changed
