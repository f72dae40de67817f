"""How the school stands, for its governors: one page of counts, the same for everybody who may have it."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from bot.clock import school_day
from bot.context import Context, Transaction
from bot.errors import Refused
from bot.rules import access as access_rules
from bot.rules import overview as rules
from bot.rules.filter import register as register_rules
from bot.rules.overview import Answered, Filter, Overview, Progress, Review, SchoolDays
from bot.rules.people import Standing
from bot.services.policy import reviews
from bot.services.training import completions
from storage import access, content
from storage.filter import register
from storage.policy import acknowledgement, versions


def get(context: Context) -> Overview:
    """Return how the school stands today. On the command line whoever may run it may have it. Raises Refused, Busy."""
    if context.actor and not context.actor.person.roles & rules.READERS:
        raise Refused("The overview is for the headteacher, the deputy, the governors and the data protection officer.")
    with context.begin() as tx:
        return read(tx)


def read(tx: Transaction) -> Overview:
    """Return how the school stands, from everything that is on record."""
    periods = rules.terms(tx.school.calendar, tx.today)
    days = SchoolDays(tx.school.calendar, periods[0].first, tx.today)
    access_times, report_times = rules.used(
        rules.times(periods, _requests(tx, periods[0].first), days),
        rules.times(periods, _reports(tx, periods[0].first), days),
    )
    return Overview(
        school=tx.school.name,
        on=tx.today,
        training=_training(tx),
        reading=_reading(tx),
        review=_review(tx),
        access=access_times,
        reports=report_times,
        filter=_filter(tx, days),
    )


# ── the parts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _training(tx: Transaction) -> tuple[Progress, ...]:
    everybody = completions.staff(tx)
    return rules.training(tx.school.training, completions.dues(tx, completions.learners(tx, everybody)), tx.today)


def _reading(tx: Transaction) -> Progress | None:
    """Count the staff, those too who are not in Slack yet: whoever has not read it has not read it."""
    version = versions.in_force(tx.connection, tx.school_id)
    if version is None:
        return None
    staff = {each.person_id for each in tx.everybody() if each.standing is Standing.STAFF}
    asked = acknowledgement.of_version(tx.connection, tx.school_id, version.number)
    done = sum(each.person_id in staff and each.acknowledged_at is not None for each in asked)
    return rules.reading(version.label, done, len(staff) - done)


def _review(tx: Transaction) -> Review | None:
    found = reviews.stands(tx)
    if found is None:
        return None
    days_left = (found.due.on - tx.today).days
    return Review(found.due.on, days_left, found.review is not None, found.signed, found.waiting)


def _requests(tx: Transaction, first: date) -> list[Answered]:
    zone = tx.school.timezone
    return [
        Answered(school_day(asked, zone), None if state in access_rules.OPEN else school_day(since, zone))
        for asked, state, since in access.answered(tx.connection, tx.school_id, midnight(tx, first))
    ]


def _reports(tx: Transaction, first: date) -> list[Answered]:
    """Return the reports that may be counted: none of which any reader of the overview must not learn."""
    zone, since = tx.school.timezone, midnight(tx, first)
    everybody = (each for each in tx.everybody() if each.standing is Standing.STAFF)
    readers = [each for each in everybody if each.roles & rules.READERS]
    return [
        Answered(school_day(each.reported_at, zone), school_day(each.completed_at, zone) if each.completed_at else None)
        for each in content.since(tx.connection, tx.school_id, since)
        if rules.may_be_counted(each.about, each.subjects, readers)
    ]


def _filter(tx: Transaction, days: SchoolDays) -> Filter:
    waiting = register.in_states(tx.connection, tx.school_id, tuple(register_rules.TO_DO))
    longest = max((days.between(each.since or each.decided_on, tx.today) for each in waiting), default=0)
    return Filter(len(waiting), longest)


def midnight(tx: Transaction, day: date) -> datetime:
    """Return when a day begins at the school, in UTC."""
    return datetime.combine(day, time.min, ZoneInfo(tx.school.timezone)).astimezone(UTC)
