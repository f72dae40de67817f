"""The figures of the overview in plain words: for a message, and for whoever has a page read aloud."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.clock import spoken_day
from bot.rules.overview import FEWEST, Count, Overview, Progress, Published, Review, Times
from bot.rules.school import Audience
from bot.wording import Wording, page

WORDS, ROLES = page("overview/words"), page("help/roles")

Spelling = Callable[[str], str]  # how a name that the school gave goes into a sentence


@dataclass(frozen=True, slots=True)
class Words:
    """The whole overview in sentences, without markup and without a full stop at the end."""

    headline: Wording
    training: tuple[Wording, ...]
    reading: Wording
    review: Wording
    access: tuple[Wording, ...]
    reports: tuple[Wording, ...]
    filter: Wording
    published: tuple[Wording, ...]
    breaches: tuple[Wording, ...]


def say(found: Overview, spelling: Spelling = str) -> Words:
    """Return an overview in words. `spelling`: str for Slack, which escapes; Wording for paper, which does not."""
    return Words(
        headline=_headline(found, spelling),
        training=tuple(_training(each, spelling) for each in found.training) or (WORDS.text("no_training"),),
        reading=_reading(found.reading, spelling),
        review=_review(found.review),
        access=tuple(map(_times, found.access)),
        reports=tuple(map(_times, found.reports)),
        filter=WORDS.text("filter", waiting=found.filter.waiting, longest=days(found.filter.longest)),
        published=tuple(map(_published, found.published)),
        breaches=tuple(map(_breaches, found.breaches)),
    )


def count(found: Count) -> Wording:
    """Return a count as it may be said: "17", "fewer than 3", "19 or 20"."""
    return WORDS.text("count", least=found.least, most=found.most, few=found.is_few)


def percent(found: Progress) -> Wording:
    """Return the share that is done; "" where it may not be said."""
    if found.counts is None or found.percent is None:
        return Wording("")
    done = found.counts.done
    return WORDS.text("training_percent", percent=found.percent, exact=done.least == done.most)


def days(number: float) -> Wording:
    """Return a length of time: "less than a school day", "1.5 school days"."""
    return WORDS.text("days", days=int(number) if number == int(number) else number)


def _published(found: Published) -> Wording:
    down = found.take_downs
    usual = days(down.median) if down.median is not None else None
    few = 0 < down.came < FEWEST
    told = {"term": found.term, "posts": found.posts, "came": down.came, "few": few, "open": down.still_open}
    return WORDS.text("published", **told, median=usual)


def _breaches(found: Times) -> Wording:
    few = 0 < found.came < FEWEST
    return WORDS.text("breaches", term=found.term, came=found.came, few=few, open=0 if few else found.still_open)


def role_names(roles: Sequence[str]) -> list[Wording]:
    """Return roles in the school's words."""
    return [ROLES.text(role) for role in roles]


def whom(audience: Audience) -> Wording:
    """Return for whom a training is."""
    return WORDS.text(audience.value)


def _headline(found: Overview, spelling: Spelling) -> Wording:
    weakest, review = found.weakest, found.review
    if weakest is None or weakest.counts is None:
        first = WORDS.text("headline_no_training")
    else:
        first = WORDS.text(
            "headline_training",
            done=count(weakest.counts.done),
            of=weakest.of,
            name=spelling(weakest.name),
            teachers=weakest.audience is Audience.TEACHERS,
        )
    second = WORDS.text("headline_no_review")
    if review:
        second = WORDS.text("headline_review", days_left=review.days_left, due=spoken_day(review.due))
    return Wording(f"{first}; {second}.")


def _training(found: Progress, spelling: Spelling) -> Wording:
    named = {"name": spelling(found.name), "whom": whom(found.audience)}
    if not found.of:
        return WORDS.text("training_nobody", **named)
    if found.counts is None:
        return WORDS.text("training_few", of=count(found.group), **named)
    told = {name: count(getattr(found.counts, name)) for name in ("done", "due", "overdue")}
    return WORDS.text("training", of=found.of, percent=percent(found), **told, **named)


def _reading(found: Progress | None, spelling: Spelling) -> Wording:
    if found is None:
        return WORDS.text("no_reading")
    if found.counts is None:
        return WORDS.text("reading_few", label=spelling(found.name), of=count(found.group))
    return WORDS.text("reading", label=spelling(found.name), done=count(found.counts.done), of=found.of)


def _review(found: Review | None) -> Wording:
    if found is None:
        return WORDS.text("no_review")
    return WORDS.text(
        "review",
        due=spoken_day(found.due),
        days_left=found.days_left,
        is_open=found.is_open,
        signed=role_names(found.signed),
        waiting=role_names(found.waiting),
    )


def _times(found: Times) -> Wording:
    return WORDS.text(
        "times",
        term=found.term,
        came=found.came,
        still_open=found.still_open,
        median=None if found.median is None else days(found.median),
        longest=None if found.longest is None else days(found.longest),
    )
