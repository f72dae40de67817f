"""What nobody should have to remember: forgetting what is kept too long, and noticing who has left."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.clock import Now
from bot.context import Context
from bot.errors import Busy
from bot.rules.people import Standing, believed
from bot.services import access, acknowledgement, imports, policy
from bot.services.people import recognise
from storage import consent, people, school
from storage.engine import Database


@dataclass(frozen=True, slots=True)
class Tidied:
    """How many things were forgotten."""

    uploads: int
    look_ups: int


def tidy(context: Context) -> Tidied:
    """Empty uploads that nobody confirmed, and remove look-ups older than the school keeps them."""
    access.queue_due(context)
    acknowledgement.queue_due(context)
    policy.forget_drafts(context)
    uploads = imports.forget_stale_uploads(context)
    with context.begin() as tx:
        removed = consent.forget_before(tx.connection, tx.school_id, tx.now - context.school.look_ups_kept)
        if removed:
            tx.audit("consent.look_ups_removed", f"{removed} rows")
    return Tidied(uploads, removed)


def refresh_people(database: Database, now: Now, ask_slack: Callable[[str], Mapping[str, Any]]) -> int:
    """Ask Slack again about everybody who was not asked about for half a day; returns how many changed.

    A `user_change` event usually tells sooner; events can be lost.
    """
    changed = 0
    with database.read() as connection:
        schools = school.every(connection)
        stale = [
            (each, person.slack_user)
            for each in schools
            for person in people.every(connection, each.school_id)
            if person.slack_user and person.standing is Standing.STAFF and not believed(person, now())
        ]
    for each, slack_user in stale:
        try:
            user = ask_slack(slack_user)
        except Busy:
            continue  # the next tick asks again; meanwhile this person is asked about before any answer
        with database.begin() as connection:
            changed += recognise(connection, each.school_id, each.team_id, user, now())
    return changed
