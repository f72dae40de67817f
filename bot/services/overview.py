"""How the school stands, for its governors: one page of counts, the same for everybody who may have it."""

from dataclasses import fields
from datetime import date
from typing import Any

from bot.context import Context, Look
from bot.errors import Refused
from bot.rules import overview as rules
from bot.rules.overview import Figures, Filter, Overview, SchoolDays
from bot.services.features import FEATURES


def get(context: Context) -> Overview:
    """Return how the school stands today. On the command line whoever may run it may have it. Raises Refused, Busy."""
    if context.actor and not context.actor.person.roles & rules.READERS:
        raise Refused("The overview is for the headteacher, the deputy, the governors and the data protection officer.")
    with context.look() as tx:
        return read(tx)


def read(tx: Look) -> Overview:
    """Return how the school stands, from everything that is on record."""
    periods = rules.terms(tx.school.calendar, tx.today)
    days = SchoolDays(tx.school.calendar, periods[0].first, tx.today)
    found = _figures(tx, periods[0].first, days)
    access_times, report_times = rules.used(
        rules.times(periods, found.requests or (), days), rules.times(periods, found.reports or (), days)
    )
    return Overview(
        school=tx.school.name,
        on=tx.today,
        training=found.training or (),
        reading=found.reading,
        review=found.review,
        access=access_times,
        reports=report_times,
        filter=found.filter or Filter(0),
        published=rules.published(periods, found.posts or (), found.take_downs or (), days),
        breaches=rules.since_any(rules.times(periods, found.breaches or (), days)),
    )


def _figures(tx: Look, first: date, days: SchoolDays) -> Figures:
    """Return what all features say: of each figure one feature does."""
    given = [feature.figures(tx, first, days) for feature in FEATURES]
    found: dict[str, Any] = {}
    for each in fields(Figures):
        said = [getattr(figures, each.name) for figures in given if getattr(figures, each.name) is not None]
        found[each.name] = said[0] if said else None
    return Figures(**found)
