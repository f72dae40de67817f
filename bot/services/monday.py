"""The headteacher's week: what waits, what is overdue, and what happened last week, as it stands now.

Nothing in it speaks of a report that its reader must not learn of: no count, no trace.
"""

from datetime import date

from bot.context import Context, Look
from bot.errors import Refused
from bot.rules.people import Person
from bot.rules.reminders import week as rules
from bot.rules.reminders.week import Week
from bot.services.features import FEATURES


def get(context: Context, day: date | None = None) -> Week:
    """Return the week in which a day lies, today's without one. Raises Refused, Busy."""
    with context.look() as tx:
        return of(tx, context.person, day)


def of(tx: Look, person: Person, day: date | None = None) -> Week:
    """Return the week in which a day lies, within a look. Raises Refused."""
    if not person.roles & rules.READERS:
        raise Refused("The school's week is for the headteacher and the deputy.")
    monday = rules.monday_of(day or tx.today)
    return rules.added_up((feature.week(tx, person, monday) for feature in FEATURES), monday - rules.WEEK)
