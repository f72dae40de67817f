"""What stands on Home and in the windows behind it, line by line: each with its button."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.clock import school_day, spoken_day
from bot.rules.consent.answer import Pupil
from bot.rules.reminders.digest import Why
from bot.rules.turns import Waiting
from bot.services.consent.ledger import Paper
from bot.services.desks import DESKS
from bot.services.home import Overview
from bot.services.record_views import Desk, RecordView
from bot.services.reminders import Entry
from bot.services.reminders import State as Standing
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block
from handlers.parts import reminded, standing
from handlers.parts.records import Pages
from handlers.requests import Request

HOME, KINDS = page("home/view"), page("records/kinds")
FILTER = "register"  # the feature that reminds of the filter


# ── what waits ─────────────────────────────────────────────────────────────────────────────────────────────────────


def waits(request: Request, overview: Overview, pages: Mapping[str, Pages[Any]]) -> Iterator[list[Block]]:
    """Yield everything that waits for this person, each with its buttons: questions first, then the longest waiting.

    `pages`: feature → the pages of the records that are decided in place, as far as `overview.decided` has them.
    """
    for number, view in enumerate(questions(overview)):
        text = HOME.text(
            "asked", name=view.name, state=state(request, view), since=day(request, view.record.waits_since)
        )
        opener = blocks.Button(HOME.text("answer"), f"{desk(view).opens}:asked{number}", value=view.button)
        yield [blocks.Section(text, accessory=opener)]
    due = {leads(entry): reminded.when(entry, request.context.today()) for entry in still_open(overview)}
    for number, waiting in enumerate(overview.waiting):
        told = {"since": day(request, waiting.since), "due": due.get((waiting.action, waiting.value), "")}
        opener = blocks.Button(HOME.text("open"), f"{waiting.action}:{number}", value=waiting.value)
        view_of = overview.decided.get(waiting.name)
        if view_of and waiting.feature in pages:
            yield _decided(waiting, view_of, pages[waiting.feature], opener, told)
        else:
            what = standing.kind(waiting.feature)
            yield [blocks.Section(HOME.text("waits", name=waiting.name, what=what, **told), accessory=opener)]


def _decided(
    waiting: Waiting, view: RecordView[Any], pages: Pages[Any], opener: blocks.Button, told: Mapping[str, object]
) -> list[Block]:
    asks = KINDS.text(f"asks_{waiting.feature}", asker=view.asker)
    said = HOME.text("decide", name=waiting.name, asks=asks, **told)
    return [blocks.Section(said), blocks.actions(*pages.decisions(view, opener.action.rpartition(":")[2]), opener)]


def questions(overview: Overview) -> list[RecordView[Any]]:
    """Return this person's own requests on which a question waits for their answer."""
    return [view for view in overview.mine if desk(view).question(view)]


def desk(view: RecordView[Any]) -> Desk[Any]:
    """Return where a record is worked on."""
    return DESKS[view.record.kind]


def state(request: Request, view: RecordView[Any]) -> Wording:
    """Return how a record stands, to whoever looks at Home."""
    return standing.said(desk(view), view, request.person.person_id, view.names)


def day(request: Request, instant: datetime) -> str:
    """Return the day of an instant at the school."""
    return spoken_day(school_day(instant, request.school.timezone))


# ── what is due ────────────────────────────────────────────────────────────────────────────────────────────────────


def due(request: Request, overview: Overview) -> Iterator[Block]:
    """Yield what else this person is reminded of, as it stands now: what is above is not said again."""
    above = {(waiting.action, waiting.value) for waiting in overview.waiting}
    above |= {(desk(view).opens, view.button) for view in questions(overview)}
    rest = [entry for entry in still_open(overview) if leads(entry) not in above and not _is_of_filter(entry, overview)]
    for number, entry in enumerate(rest):
        thing = reminded.thing(entry, request.context.today())
        yield blocks.Section(thing, accessory=reminded.opener(entry, f"due{number}"))


def still_open(overview: Overview) -> list[Entry]:
    """Return what this person has to do themselves and has not put off."""
    return [entry for entry in overview.reminded if entry.why is Why.OWN and entry.state is Standing.OPEN]


def leads(entry: Entry) -> tuple[str, str]:
    """Return the button to which a reminder leads."""
    return (entry.item.action, entry.item.value) if entry.item else ("", "")


def _is_of_filter(entry: Entry, overview: Overview) -> bool:
    """Return whether a reminder says again that the filter is to be changed."""
    return bool(overview.filter) and entry.feature == FILTER and entry.words.get("what") == "waits"


# ── the consent record ─────────────────────────────────────────────────────────────────────────────────────────────


def papers(request: Request, found: Sequence[Paper]) -> Iterator[Block]:
    """Yield the letters that are still to come."""
    sure = blocks.Confirm(*(HOME.text(key) for key in ("paper_title", "paper_confirm", "yes", "no")))
    for number, paper in enumerate(found):
        since = day(request, paper.since)
        text = HOME.text("paper", name=paper.pupil.name, class_name=paper.pupil.class_name, since=since)
        done = blocks.Button(HOME.text("paper_button"), f"home.paper:{number}", str(paper.source_id), confirm=sure)
        yield blocks.Section(text, accessory=done)


def disputed(found: Sequence[Pupil]) -> Iterator[Block]:
    """Yield the children whose parents disagree."""
    for number, pupil in enumerate(found):
        spoken, value = HOME.text("disputed_spoken", name=pupil.name), f"settle:{pupil.pupil_id}"
        decide = blocks.Button(HOME.text("disputed_button"), f"ledger.task:{number}", value=value, spoken=spoken)
        text = HOME.text("disputed_pupil", name=pupil.name, class_name=pupil.class_name)
        yield blocks.Section(text, accessory=decide)
