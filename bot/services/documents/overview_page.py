"""The overview as a page: a PDF for the governors' papers, and a picture for a telephone. Same figures, same words.

Readable in greyscale: what is done, due and overdue differs by pattern and label. Every chart carries its figures in
words for screen readers (PDF/UA-1); the picture's words come with the message that brings it.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from bot.clock import spoken_day
from bot.context import Context
from bot.rules.overview import Count, Filter, Overview, Progress, Review, Times
from bot.services import overview
from bot.services.documents import overview_words, typeset
from bot.services.documents.overview_words import say
from bot.services.documents.typeset import Spelling
from bot.wording import Wording, page

TEMPLATE = "overview.typ"
DOTS_AN_INCH = 180  # the picture is some 900 dots wide: sharp on a telephone, and about 300 kB
PAGE = page("overview/page")


def make_pdf(context: Context) -> bytes:
    """Return the overview as a PDF, for those who may have it. Raises Refused, Busy."""
    found = overview.get(context)
    at = datetime.combine(found.on, time(12), ZoneInfo(context.school.timezone)).astimezone(UTC)
    return typeset.typeset(TEMPLATE, lambda spelling: _inputs(context, found, spelling, "page"), at=at)


def make_picture(context: Context) -> bytes:
    """Return the overview as a PNG, for those who may have it. Raises Refused, Busy."""
    found = overview.get(context)
    values = _inputs(context, found, typeset.visible, "picture")
    return typeset.draw(TEMPLATE, values, dots_an_inch=DOTS_AN_INCH)


def _inputs(context: Context, found: Overview, spelling: Spelling, shape: str) -> dict[str, str]:
    """Return everything that the template is given: words and lengths, nothing to work out."""

    def spelt(name: str) -> Wording:
        return Wording(spelling(name))  # paper is not Slack: nothing is escaped

    words = say(found, spelt)
    content = {
        "title": PAGE.text("title"),
        "school": spelt(found.school),
        "policy": spelt(context.school.policy.title),
        "on": spoken_day(found.on),
        "headline": words.headline,
        "tiles": _tiles(found, spelt),
        "training": [_bar(each, spelt) for each in found.training],
        "training_alt": _alt(PAGE.text("training"), words.training),
        "times": [
            _chart(PAGE.text("access"), found.access, words.access),
            _chart(PAGE.text("reports"), found.reports, words.reports),
        ],
        "published": list(words.published),
        "breaches": list(words.breaches),
        "labels": {name: PAGE.text(name) for name in _LABELS},
        "notes": [PAGE.text(f"note_{name}") for name in ("done", "times", "left_out", "few")],
    }
    return {"overview": json.dumps(content), "shape": shape}


_LABELS = (
    *("training", "done", "due", "overdue", "of", "percent", "for", "kind", "nobody", "too_few", "numbers"),
    *("times", "term", "came", "median", "longest", "open", "none", "usually", "at_most", "longest_key", "not_yet"),
    *("published", "breaches"),
)


def _tiles(found: Overview, spelt: Spelling) -> list[dict[str, str]]:
    return [_review(found.review), _reading(found.reading, spelt), _filter(found.filter)]


def _review(found: Review | None) -> dict[str, str]:
    days_left = found.days_left if found else 0
    small = {
        "due": spoken_day(found.due) if found else "",
        "late": days_left < 0,
        "is_open": bool(found and found.is_open),
        "signed": overview_words.role_names(found.signed) if found else (),
        "waiting": overview_words.role_names(found.waiting) if found else (),
    }
    big = PAGE.text("big_review", known=found is not None, days=abs(days_left), late=days_left < 0)
    return {"label": PAGE.text("review"), "big": big, "small": PAGE.text("small_review", **small)}


def _reading(found: Progress | None, spelt: Spelling) -> dict[str, str]:
    done = overview_words.count(found.counts.done) if found and found.counts else ""
    return {
        "label": PAGE.text("reading"),
        "big": PAGE.text("big_reading", done=done, of=found.of if found else 0),
        "small": PAGE.text("small_reading", done=done, label=spelt(found.name) if found else ""),
    }


def _filter(found: Filter) -> dict[str, str]:
    return {
        "label": PAGE.text("filter"),
        "big": PAGE.text("big_filter", waiting=found.waiting),
        "small": PAGE.text("small_filter", waiting=found.waiting, longest=overview_words.days(found.longest)),
    }


def _bar(found: Progress, spelt: Spelling) -> dict[str, object]:
    """Return one kind of training: its counts in words, and how long each part of its bar is."""
    told: dict[str, object] = {"name": spelt(found.name), "whom": overview_words.whom(found.audience), "of": found.of}
    told["group"] = overview_words.count(found.group)
    if found.counts is None:
        return told | {"parts": None}
    parts = {name: getattr(found.counts, name) for name in ("done", "due", "overdue")}
    return told | {
        "percent": overview_words.percent(found),
        "parts": {
            name: {"words": overview_words.count(each), "length": _length(each, found.of)}
            for name, each in parts.items()
        },
    }


def _length(found: Count, of: int) -> float:
    # The middle of what may be said: a bar that was longer or shorter would tell what the words do not.
    return (found.least + found.most) / 2 / of


def _chart(title: str, found: Sequence[Times], words: Sequence[str]) -> dict[str, object]:
    rows = [
        {
            "term": each.term,
            "came": each.came,
            "open": each.still_open,
            "median": each.median,
            "longest": each.longest,
            "median_words": f"{each.median:g}" if each.median is not None else "",
        }
        for each in found
    ]
    return {"title": title, "rows": rows, "alt": _alt(title, words)}


def _alt(title: str, words: Sequence[str]) -> str:
    return f"{title}. {'. '.join(words)}."
