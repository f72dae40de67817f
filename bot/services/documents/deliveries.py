"""Forms and lists as files, brought into somebody's own conversation with Lanyard and taken away after a day.

What somebody may have is asked twice: when they press the button, and again at the moment at which the file is made.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.clock import Now
from bot.context import Context
from bot.errors import NotFound
from bot.notices import Notice
from bot.rules.documents import File, What
from bot.services import search
from bot.services.documents import forms, overview_page, typeset
from bot.services.features import FEATURES
from bot.services.outbox.messenger import Messenger, NotDelivered
from storage import numbers, school
from storage.engine import Database
from storage.outbox import deliveries, queue
from storage.outbox.deliveries import Delivery

KIND = "FI"
KEPT = timedelta(days=1)  # [K] in Slack; long enough to save it where the school keeps its records
STAYS = timedelta(days=1)  # [K] until Slack is asked again to remove a file that it would not remove
AT_ONCE = 100  # files taken away in one go


Make = Callable[[Context, str], File]  # (whose it is to be, subject)


def _form(context: Context, subject: str) -> File:
    form = forms.printed_for(context, subject)
    return File(f"{subject}.pdf", typeset.make_pdf(form, context.database.sealing.key))


def _records(kind: search.Format) -> Make:
    return lambda context, subject: File(
        f"records-{context.today()}.{kind.value}", search.export(context, subject, kind)
    )


MAKERS: Mapping[What, Make] = {
    What.FORM: _form,
    What.RECORDS_CSV: _records(search.Format.CSV),
    What.RECORDS_XLSX: _records(search.Format.XLSX),
    What.OVERVIEW_PDF: lambda context, *_: File(
        f"school-overview-{context.today()}.pdf", overview_page.make_pdf(context)
    ),
    What.OVERVIEW_PICTURE: lambda context, *_: File(
        f"school-overview-{context.today()}.png", overview_page.make_picture(context)
    ),
    **{what: make for feature in FEATURES for what, make in feature.files.items()},
}


def ask(context: Context, what: What, subject: str = "", *, press_id: str) -> None:
    """Ask for a file: it comes in a message. The same press of a button twice brings one file."""
    ask_for_all(context, [(what, press_id)], subject)


def ask_for_all(context: Context, asked: Sequence[tuple[What, str]], subject: str = "") -> None:
    """Ask for several files in one go; each comes in a message. `asked`: what, and by what it is asked for once."""
    with context.begin() as tx:
        school.lock(tx.connection, tx.school_id)  # the same press may be delivered twice at once
        person = context.person
        for what, press_id in asked:
            if deliveries.is_asked(tx.connection, tx.school_id, press_id):
                continue
            number = numbers.following(tx.connection, tx.school_id, KIND)
            deliveries.add(
                tx.connection,
                tx.school_id,
                number=number,
                person_id=person.person_id,
                what=what,
                subject=subject,
                press_id=press_id,
                at=tx.now,
            )
            tx.audit("deliveries.asked", f"{KIND}-{number}")
            tx.notify(Notice.DELIVERY_READY, number, [person])


def get(context: Context, number: int) -> Delivery:
    """Return a delivery of this very person's. Raises NotFound."""
    with context.database.read() as connection:
        found = deliveries.get(connection, context.school.school_id, number)
    if found is None or found.person_id != context.person.person_id:
        raise NotFound("There is no such file of yours.")
    return found


def make(context: Context, found: Delivery) -> File:
    """Make the file for whoever asked for it; without content where there is nothing to tell.

    Raises any of our errors: what was asked for may be over, no longer theirs, or something that we never had.
    """
    return MAKERS[What(found.what)](context, found.subject)


def begun(context: Context, found: Delivery, file_id: str) -> None:
    """Note the id of the file before it is sent: whatever happens to it, it is taken away again."""
    with context.begin() as tx:
        deliveries.begun(tx.connection, found, file_id=file_id, front=context.person.front, remove_at=tx.now + KEPT)


def sent(context: Context, found: Delivery) -> None:
    """Note that the file is there."""
    with context.begin() as tx:
        deliveries.sent(tx.connection, found, at=tx.now, remove_at=tx.now + KEPT)


def clear_away(
    messenger: Messenger[Any], database: Database, now: Now, stopping: Callable[[], bool] = lambda: False
) -> int:
    """Take files out of their front that have lain there for a day; return how many. What fails is tried again."""
    gone = 0
    for delivery in _to_remove(database, messenger.front, now()):
        if stopping():
            break
        try:
            is_gone = messenger.delete(str(delivery.file_id))
        except NotDelivered:
            break  # the front does not answer: the next tick
        if is_gone:
            _removed(database, delivery, now())
            gone += 1
        else:
            _stays(database, delivery, now())
    return gone


def _to_remove(database: Database, front: str, now: datetime) -> list[Delivery]:
    with database.read() as connection:
        return deliveries.to_remove(connection, front, now, AT_ONCE)


def _stays(database: Database, found: Delivery, now: datetime) -> None:
    """Note that a front would not remove a file: later files have their turn before this one is tried again."""
    with database.begin() as connection:
        deliveries.put_off(connection, found, remove_at=now + STAYS)


def _removed(database: Database, found: Delivery, now: datetime) -> None:
    """Note that a file is no longer there, and have its message say so."""
    with database.begin() as connection:
        deliveries.removed(connection, found, now)
        queue.changed(connection, found.school_id, [Notice.DELIVERY_READY], found.number, now)
