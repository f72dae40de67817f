"""A form that somebody closed by mistake: what was filled in is kept for a day, for them alone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.context import Context, Transaction
from bot.rules.people import Person
from storage import drafts as storage

KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Draft:
    """What was filled in, by the names of its fields, and when last."""

    values: Mapping[str, Any]
    at: datetime


def keep(context: Context, form: str, values: Mapping[str, Any]) -> None:
    """Keep what is filled in so far. `form`: the route by which it is sent. Raises Busy."""
    text = json.dumps(values, ensure_ascii=False)
    with context.begin() as tx:
        storage.keep(tx.connection, tx.sealing, tx.school_id, context.person.person_id, form, text, tx.now)


def get(context: Context, form: str) -> Draft | None:
    """Return what this person has filled in within a day and not sent. Raises Busy."""
    with context.look() as tx:
        found = storage.get(tx.connection, tx.sealing, tx.school_id, context.person.person_id, form)
        if found is None or found.at < tx.now - KEPT:
            return None
        return Draft(json.loads(found.text), found.at)


def end(tx: Transaction, person: Person, form: str) -> None:
    """Forget it within a transaction, if there is one: it was sent."""
    storage.forget(tx.connection, tx.school_id, person.person_id, form)


def forget(context: Context, form: str) -> None:
    """Forget it: it is not wanted. Raises Busy."""
    with context.begin() as tx:
        end(tx, context.person, form)


def tick(context: Context) -> None:
    """Forget what nobody went on with for a day. Raises Busy."""
    with context.look() as tx:
        has_old = storage.has_before(tx.connection, tx.school_id, tx.now - KEPT)
    if has_old:
        with context.begin() as tx:
            storage.forget_before(tx.connection, tx.school_id, tx.now - KEPT)
