"""Every error that Lanyard raises on purpose.

    LanyardError                 its message is written for staff and may be shown as it is
    ├── BadInput                 a field or a line can be mended by the person who typed it
    │   └── BadFile              the whole file cannot be read
    ├── NotFound                 no such record in this school, or none that this person may know of
    ├── Refused                  this person may not do this
    │   └── Outsider             this person is not staff of this school: guest, leaver, bot, other workspace
    ├── Conflict                 somebody else was quicker; nothing was changed
    ├── Stopped                  it came a part of the way, which stands; the message says what finishes it
    ├── Busy                     the database or Slack did not answer; nothing was changed, trying again helps
    │   └── Unclear              … at the very moment of recording: it may have been done
    └── Misconfigured            the school's settings need mending before the bot can run

Only the router, the outbox, the timetable and the command line catch these. Messages carry no pupil's name, reason, URL
or evidence: they may end up in a log.
"""

from collections.abc import Mapping

MENDABLE = 2  # exit status of a command for anything that a person can mend


class LanyardError(Exception):
    """A mishap that a person can understand; `str(error)` says what happened and what to do."""


class BadInput(LanyardError):  # noqa: N818 - the family is named for what happened, not "…Error"
    """Something typed cannot be accepted. `fields`: input name → message to show under that input."""

    def __init__(self, message: str, *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields = dict(fields or {})


class BadFile(BadInput):
    """A file cannot be read at all: not what it claims to be, cut off, too large, wrong columns."""


class NotFound(LanyardError):  # noqa: N818
    """There is no such record for this person."""


class Refused(LanyardError):  # noqa: N818
    """The person may not do this."""


class Outsider(Refused):
    """The person is not a member of the school's staff."""


class Conflict(LanyardError):  # noqa: N818
    """The record changed since this person looked at it."""


class Stopped(LanyardError):  # noqa: N818
    """A long piece of work came a part of the way, and that part stands."""


class Busy(LanyardError):  # noqa: N818
    """Something that Lanyard depends on did not answer in time."""


class Unclear(Busy):
    """Whether it was recorded cannot be known: the answer to that got lost."""


class Misconfigured(LanyardError):  # noqa: N818
    """A setting is missing or wrong; the message names it and the mend."""
