"""Sends what the outbox holds, keeps the place of every message, and brings it up to date when its record changes.

A message is marked only after its front has taken it. Whoever dies in between leaves it claimed; the next sender
checks whether it arrived before sending again, so that nobody is told twice. The same where there was no clear answer.

The limits of a front: one message a second in each conversation, which the senders keep by themselves. Where a front
asks for time (`LaterPlease`), that holds for the whole school: until then nothing is sent there. Both are noted with
the messages, where every other sender looks too.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Generic

from bot.clock import Now
from bot.context import Context
from bot.errors import LanyardError
from bot.logs import log
from bot.notices import Hours
from bot.rules.people import Standing
from bot.services.outbox import claims
from bot.services.outbox.handing_on import Lost, hand_on
from bot.services.outbox.messenger import (
    L,
    LaterPlease,
    MayHaveArrived,
    Messenger,
    NeverTaken,
    NoAnswer,
    NotDelivered,
    NotThere,
    Renders,
    Unreachable,
)
from storage.engine import Database
from storage.outbox.queue import CLAIM, Message, Place

BATCH = 20  # a few seconds' work: a small one leaves something for the other senders
MOST_BATCHES = 50  # in one `deliver`
PER_CONVERSATION = timedelta(seconds=1)  # Slack takes about one message a second in each conversation
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=15)
MOST_ATTEMPTS = 200  # two days of trying every quarter of an hour: longer than any outage of a front


class Sender(Generic[L]):
    """Sends to one front; one `deliver` at a time in each process, and any number of processes."""

    def __init__(
        self,
        messenger: Messenger[L],
        database: Database,
        now: Now,
        *,
        renders: Renders[L],
        ask_again: Callable[[Context], None],
    ) -> None:
        """Take what sends, and what it says. `ask_again`: has the front say anew how somebody's account stands."""
        self._messenger, self._renders, self._ask_again = messenger, renders, ask_again
        self._database, self._now = database, now
        self._free_at: list[datetime] = []  # when conversations and schools, busy because of us, take messages again
        self._one_at_a_time = threading.Lock()

    def deliver(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Send what may be sent now; returns how many messages were taken. What fails is tried later.

        At most so many batches: whoever calls has other things to do as well, and calls again. `stopping`: asked after
        each message; what was claimed by then is given back untried.
        """
        taken = 0
        with self._one_at_a_time:
            for _ in range(MOST_BATCHES):
                batch = [] if stopping() else self._claim()
                if not batch:
                    break
                taken += self._deliver_all(batch, stopping)
        return taken

    def pause(self, longest: timedelta) -> timedelta:
        """Return how long there is nothing to be done: until somebody's conversation or some school's front is free."""
        now = self._now()
        soonest = min(self._free_at, default=now + longest)
        return min(max(soonest - now, timedelta()), longest)

    def _claim(self) -> list[Message]:
        now = self._now()
        self._free_at = [at for at in self._free_at if at > now]
        return claims.claim(self._database, self._messenger.front, now, BATCH)

    def _deliver_all(self, batch: Sequence[Message], stopping: Callable[[], bool]) -> int:
        taken, held, claimed_at = 0, [], self._now()
        for message in batch:
            # A front that hangs takes its time with each, and a claim that has run out is another sender's.
            is_late = self._now() - claimed_at > CLAIM / 2
            if is_late or stopping() or self._is_closed(message):
                held.append(message)
            else:
                taken += self._deliver(message)
        if held:
            claims.release(self._database, held, self._now())
        return taken

    def _is_closed(self, message: Message) -> bool:
        """Tell whether its front asked for time since it was claimed: it may have told another sender."""
        return claims.is_closed(self._database, message, self._messenger.front, self._now())

    def _deliver(self, message: Message) -> bool:
        """Send one message; whatever happens to it, the next one has its turn."""
        try:
            return self._send_or_say_why(message)
        except LanyardError as error:
            self._later(message, type(error).__name__)
        except Exception as error:
            log.error("not sent", notice=message.notice, message=message.message_id, error=type(error).__name__)
            self._unexpected(message)
        return False

    def _send_or_say_why(self, message: Message) -> bool:
        try:
            return self._send(message)
        except NotDelivered as why:
            self._not_delivered(message, why)
            return False

    def _send(self, message: Message) -> bool:
        recipient = claims.recipient(self._database, self._now, message)
        if recipient is None or recipient.person.standing is not Standing.STAFF:
            hand_on(self._database, self._now, message, Lost.RECIPIENT_LEFT, trouble="recipient has left")
            return False
        if message.place is None and recipient.person.front != self._messenger.front:
            claims.readdress(self._database, message, recipient.person.front)
            return False
        account, letter, place = str(recipient.person.account), self._letter(recipient, message), message.place
        mark = self._database.sealing.mark(message.key)
        if place is None and message.interrupted:
            place = self._messenger.find(account, key=mark)
        if place is None and (opens := _quiet_until(recipient, message)):
            claims.put_off(self._database, message, until=opens, trouble="")
            return False
        if place:
            self._messenger.update(account, place, letter)
        else:
            place = self._messenger.post(account, letter, key=mark)
        self._mark(message, place)
        return True

    def _letter(self, recipient: Context, message: Message) -> L:
        letter = self._renders[message.notice](recipient, message.record)
        earlier = letter.as_earlier
        return earlier if earlier is not None and claims.has_later(self._database, message) else letter

    def _mark(self, message: Message, place: Place) -> None:
        try:
            claims.sent(self._database, message, place, free_at=self._next())
        except Exception as error:
            # It lies there and nobody has noted where: whoever takes it next has to check.
            raise MayHaveArrived(type(error).__name__) from error

    def _not_delivered(self, message: Message, why: NotDelivered) -> None:
        match why:
            case LaterPlease():
                until = self._now() + why.after
                self._free_at.append(until)
                claims.close(self._database, message, until=until, trouble=why.trouble)
            case Unreachable():
                self._unreachable(message, why.trouble)
            case NotThere():
                log.info("not there", notice=message.notice, message=message.message_id, trouble=why.trouble)
                claims.not_there(self._database, message, trouble=why.trouble)
            case NeverTaken():
                self._give_up(message, why.trouble)
            case MayHaveArrived() if isinstance(why, NoAnswer) or message.attempts < MOST_ATTEMPTS:
                self._later(replace(message, interrupted=True), why.trouble)
            case _:
                self._give_up(message, why.trouble)

    def _unreachable(self, message: Message, trouble: str) -> None:
        """Have the front say who has gone, so that everybody knows, and give the message to the next in line."""
        recipient = claims.recipient(self._database, self._now, message)
        if recipient:
            self._ask_again(recipient)
            recipient = claims.recipient(self._database, self._now, message)
        is_here = recipient is not None and recipient.person.standing is Standing.STAFF
        if is_here:  # the front knows them, and takes nothing for them all the same
            self._give_up(message, trouble)
        else:
            hand_on(self._database, self._now, message, Lost.RECIPIENT_LEFT, trouble=trouble)

    def _give_up(self, message: Message, trouble: str) -> None:
        log.error("given up", notice=message.notice, message=message.message_id, trouble=trouble)
        hand_on(self._database, self._now, message, Lost.GIVEN_UP, trouble=trouble)

    def _unexpected(self, message: Message) -> None:
        if message.attempts >= MOST_ATTEMPTS:
            hand_on(self._database, self._now, message, Lost.GIVEN_UP, trouble="unexpected")
        else:
            self._later(message, "unexpected")

    def _later(self, message: Message, trouble: str) -> None:
        wait = min(FIRST_WAIT * 2 ** min(message.attempts - 1, 10), LONGEST_WAIT)
        free_at = self._next() if message.interrupted else None
        claims.put_off(self._database, message, until=self._now() + wait, trouble=trouble, free_at=free_at)

    def _next(self) -> datetime:
        """Return from when a conversation takes another message, if it has just had one."""
        free_at = self._now() + PER_CONVERSATION
        self._free_at.append(free_at)
        return free_at


def _quiet_until(recipient: Context, message: Message) -> datetime | None:
    """Return when the school opens, if a new message has to wait: what was due in time may have met an outage."""
    now = recipient.now()
    opens = now if message.notice.hours is not Hours.SCHOOL else recipient.school.calendar.when_open(now)
    return opens if opens > now else None
