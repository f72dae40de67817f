"""The Home tab: who I am here, what I can do, what waits for me."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bot.clock import school_day, spoken_day, spoken_instant
from bot.rules.access import SEES_ALL
from bot.rules.consent.form import KEEPERS, RECORDERS
from bot.rules.consent.looks import VIEWERS as VIEWERS_OF_LOOKS
from bot.rules.filter.register import VIEWERS
from bot.rules.overview import READERS
from bot.rules.reminders.digest import Why
from bot.rules.training import State
from bot.services import home
from bot.services.consent import ledger
from bot.services.consent.roll_pieces import HowFar
from bot.services.desks import DESKS
from bot.services.home import Overview
from bot.services.record_views import Desk, RecordView
from bot.services.reminders import Entry
from bot.services.reminders import State as Standing
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block
from handlers.parts import reminded, roles, standing, week
from handlers.requests import EVERYONE, Home, Kind, Reply, Request, Route, button

HOME, ABSENCES = page("home/view"), page("absences/view")
OVERVIEW, RELATIVES, LOOKS = page("overview/view"), page("relatives/view"), page("looks/view")
PERSONS = page("persons/view")
REMINDERS = page("reminders/home")
FILTER = "register"  # the feature that reminds of the filter
SHOWN_NOTHING, SHOWN_PAPERS, SHOWN_CLASSES, SHOWN_MINE, SHOWN_DISPUTED = 20, 15, 5, 5, 5


def show(request: Request) -> Reply:
    """Show the Home tab as this person's roles want it."""
    overview = home.overview(request.context)
    shown = [
        *_greeting(request),
        *_week(overview),
        *_unreached(overview),
        *_waiting(request, overview),
        *_reminders(request, overview),
        *_tasks(request),
        *_training(request, overview),
        *_mine(request, overview),
    ]
    shown += [*_record(request, overview), *_away(overview), _family(), *_footer()]
    return Home(blocks.HomeTab(tuple(shown)))


def paper_received(request: Request) -> Reply:
    """Note that a letter has come, and show the Home tab without it."""
    ledger.paper_received(request.context, request.number())
    return show(request)


def _week(overview: Overview) -> Iterator[Block]:
    if overview.week is not None:
        yield week.at_home(overview.week)


def _greeting(request: Request) -> Iterator[Block]:
    person = request.person
    yield blocks.Header(HOME.text("hello", name=person.name))
    who = {"school": request.school.name, "roles": roles.spoken(person.roles), "classes": ", ".join(person.classes)}
    yield blocks.Section(HOME.text("who", **who))
    yield blocks.Context(HOME.text("day", day=spoken_day(request.context.today())))
    if request.person.perhaps:
        yield blocks.Section(PERSONS.text("home"))


def _tasks(request: Request) -> Iterator[Block]:
    yield blocks.Section(HOME.text("check"))
    yield blocks.actions(
        blocks.Button(HOME.text("check_button"), "consent.open", style="primary", spoken=HOME.text("spoken_check")),
        *(
            blocks.Button(HOME.text("class_button", class_name=name), f"consent.own_class:{number}", value=name)
            for number, name in enumerate(request.person.classes[:SHOWN_CLASSES])
        ),
    )
    yield blocks.Section(HOME.text("forms"))
    yield blocks.actions(
        blocks.Button(HOME.text("access_button"), "access.new"),
        blocks.Button(HOME.text("permission_button"), "permissions.new"),
        blocks.Button(HOME.text("content_button"), "content.new"),
    )
    lists = []
    if request.person.holds(*SEES_ALL):
        lists.append(blocks.Button(HOME.text("records_button"), "records.open"))
    if request.person.holds(*VIEWERS):
        lists.append(blocks.Button(HOME.text("filter_list_button"), "register.open"))
    if lists:
        yield blocks.Section(HOME.text("records", records=request.person.holds(*SEES_ALL)))
        yield blocks.actions(*lists)
    if request.person.holds(*VIEWERS_OF_LOOKS):
        yield blocks.Section(LOOKS.text("home"), accessory=blocks.Button(LOOKS.text("home_button"), "looks.open"))
    if request.person.roles & READERS:
        yield blocks.Section(
            OVERVIEW.text("home"), accessory=blocks.Button(OVERVIEW.text("home_button"), "overview.open")
        )
    if request.person.holds(*KEEPERS):
        record = "record" if request.person.holds(*RECORDERS) else "record_seen"
        yield blocks.Section(HOME.text(record))
        yield blocks.actions(blocks.Button(HOME.text(f"{record}_button"), "ledger.open"))


def _training(request: Request, overview: Overview) -> Iterator[Block]:
    if overview.own_training is None or not request.school.training:
        return
    today = request.context.today()
    counts = {state.name.lower(): overview.own_training.how_many(today, state) for state in State}
    yield blocks.Section(
        HOME.text("training", **counts, proposals=overview.proposals),
        accessory=blocks.Button(HOME.text("training_button"), "training.open"),
    )


def _waiting(request: Request, overview: Overview) -> Iterator[Block]:
    """What waits for this person comes before everything else, the longest waiting first."""
    yield from _filter(overview)
    asked = _questions(overview)
    if not overview.waiting and not asked:
        return
    yield blocks.Section(HOME.text("waiting", count=len(overview.waiting) + len(asked)))
    for number, view in enumerate(asked):
        since = _day(request, view.record.waits_since)
        text = HOME.text("asked", name=view.name, state=_state(request, view), since=since)
        opener = blocks.Button(HOME.text("answer"), f"{_desk(view).opens}:asked{number}", value=view.button)
        yield blocks.Section(text, accessory=opener)
    due = {_leads(entry): reminded.when(entry, request.context.today()) for entry in _open(overview)}
    for number, waiting in enumerate(overview.waiting[:SHOWN_PAPERS]):
        told = {"what": standing.kind(waiting.feature), "due": due.get((waiting.action, waiting.value), "")}
        text = HOME.text("waits", name=waiting.name, since=_day(request, waiting.since), **told)
        opener = blocks.Button(HOME.text("open"), f"{waiting.action}:{number}", value=waiting.value)
        yield blocks.Section(text, accessory=opener)
    if len(overview.waiting) > SHOWN_PAPERS:
        yield blocks.Context(HOME.text("more_papers", count=len(overview.waiting) - SHOWN_PAPERS))


def _unreached(overview: Overview) -> Iterator[Block]:
    """Colleagues whom Lanyard cannot write to: otherwise nobody would know."""
    if overview.unreached:
        names, more = overview.unreached[:SHOWN_PAPERS], max(0, len(overview.unreached) - SHOWN_PAPERS)
        yield blocks.Section(HOME.text("unreached", names=names, more=more))


def _filter(overview: Overview) -> Iterator[Block]:
    if overview.filter:
        button = blocks.Button(HOME.text("filter_button"), "register.open:waiting", style="primary")
        yield blocks.Section(HOME.text("filter_waits", count=len(overview.filter)), accessory=button)


def _reminders(request: Request, overview: Overview) -> Iterator[Block]:
    """What else this person is reminded of, as it stands now: what is above is not said again."""
    above = {(waiting.action, waiting.value) for waiting in overview.waiting}
    above |= {(_desk(view).opens, view.button) for view in _questions(overview)}
    rest = [entry for entry in _open(overview) if _leads(entry) not in above and not _is_of_filter(entry, overview)]
    if overview.reminded:
        every = blocks.Button(REMINDERS.text("all_button"), "reminders.all")
        yield blocks.Section(REMINDERS.text("heading", count=len(rest)), accessory=every)
    for number, entry in enumerate(rest[:SHOWN_MINE]):
        thing = reminded.thing(entry, request.context.today())
        yield blocks.Section(thing, accessory=reminded.opener(entry, f"due{number}"))


def _open(overview: Overview) -> list[Entry]:
    return [entry for entry in overview.reminded if entry.why is Why.OWN and entry.state is Standing.OPEN]


def _leads(entry: Entry) -> tuple[str, str]:
    """Return the button to which a reminder leads."""
    return (entry.item.action, entry.item.value) if entry.item else ("", "")


def _is_of_filter(entry: Entry, overview: Overview) -> bool:
    """Return whether a reminder says again that the filter is to be changed."""
    return bool(overview.filter) and entry.feature == FILTER and entry.words.get("what") == "waits"


def _questions(overview: Overview) -> list[RecordView[Any]]:
    """Return this person's own requests on which a question waits for their answer."""
    return [view for view in overview.mine if _desk(view).question(view)]


def _desk(view: RecordView[Any]) -> Desk[Any]:
    return DESKS[view.record.kind]


def _state(request: Request, view: RecordView[Any]) -> Wording:
    return standing.said(_desk(view), view, request.person.person_id, view.names)


def _away(overview: Overview) -> Iterator[Block]:
    own = "home_button_back" if overview.is_away else "home_button_own"
    label = own if overview.away is None else "home_button"
    who = blocks.Button(ABSENCES.text(label), "absences.open")
    yield blocks.Section(ABSENCES.text("home", count=overview.away, own=overview.is_away), accessory=who)


def _family() -> Block:
    return blocks.Section(
        RELATIVES.text("home"), accessory=blocks.Button(RELATIVES.text("home_button"), "relatives.open")
    )


def _mine(request: Request, overview: Overview) -> Iterator[Block]:
    if not overview.mine:
        return
    yield blocks.Section(HOME.text("mine"))
    asked = _questions(overview)
    for number, view in enumerate(view for view in overview.mine if view not in asked):
        told = {"name": view.name, "since": _day(request, view.record.asked_at)}
        what = standing.kind(_desk(view).feature)
        text = HOME.text("request", what=what, state=_state(request, view), **told)
        opener = blocks.Button(HOME.text("open"), f"{_desk(view).opens}:mine{number}", value=view.button)
        yield blocks.Section(text, accessory=opener)
    yield blocks.actions(blocks.Button(HOME.text("all_mine"), "records.mine"))


def _record(request: Request, overview: Overview) -> Iterator[Block]:
    yield from _disputed(overview)
    if overview.completeness is None:
        return
    if request.person.holds(*RECORDERS):
        yield blocks.Section(HOME.text("import"))
        if overview.unfinished:
            yield blocks.Section(_unfinished(request, overview.unfinished))
        yield blocks.actions(blocks.Button(HOME.text("import_button"), "imports.open"))
    yield blocks.Divider()
    yield from _papers(request, overview)
    if overview.missing:
        who = blocks.Button(HOME.text("missing_button"), "imports.leavers")
        yield blocks.Section(HOME.text("missing", count=overview.missing), accessory=who)
    done = overview.completeness
    counts = {"pupils": done.pupils, "complete": done.complete, "partly": done.partly, "nothing": len(done.nothing)}
    yield blocks.Section(HOME.text("completeness", **counts))
    if done.nothing:
        more = len(done.nothing) - SHOWN_NOTHING
        yield blocks.Section(HOME.text("nothing", pupils=done.nothing[:SHOWN_NOTHING], more=max(0, more)))


def _unfinished(request: Request, way: HowFar) -> Wording:
    at = spoken_instant(way.at, request.context.school.timezone)
    told = {"done": way.done, "children": way.children, "is_at_work": way.is_at_work}
    return HOME.text("unfinished", at=at, **told)


def _disputed(overview: Overview) -> Iterator[Block]:
    if not overview.disputed:
        return
    yield blocks.Section(HOME.text("disputed", count=len(overview.disputed)))
    for number, pupil in enumerate(overview.disputed[:SHOWN_DISPUTED]):
        spoken, value = HOME.text("disputed_spoken", name=pupil.name), f"settle:{pupil.pupil_id}"
        decide = blocks.Button(HOME.text("disputed_button"), f"ledger.task:{number}", value=value, spoken=spoken)
        text = HOME.text("disputed_pupil", name=pupil.name, class_name=pupil.class_name)
        yield blocks.Section(text, accessory=decide)
    if len(overview.disputed) > SHOWN_DISPUTED:
        yield blocks.Context(HOME.text("more_papers", count=len(overview.disputed) - SHOWN_DISPUTED))


def _papers(request: Request, overview: Overview) -> Iterator[Block]:
    if not overview.papers:
        return
    yield blocks.Section(HOME.text("papers", count=len(overview.papers)))
    sure = blocks.Confirm(*(HOME.text(key) for key in ("paper_title", "paper_confirm", "yes", "no")))
    for number, paper in enumerate(overview.papers[:SHOWN_PAPERS]):
        since = _day(request, paper.since)
        text = HOME.text("paper", name=paper.pupil.name, class_name=paper.pupil.class_name, since=since)
        done = blocks.Button(
            HOME.text("paper_button"), f"home.paper:{number}", value=str(paper.source_id), confirm=sure
        )
        yield blocks.Section(text, accessory=done)
    if len(overview.papers) > SHOWN_PAPERS:
        yield blocks.Context(HOME.text("more_papers", count=len(overview.papers) - SHOWN_PAPERS))


def _day(request: Request, instant: datetime) -> str:
    """Return the day of an instant at the school."""
    return spoken_day(school_day(instant, request.school.timezone))


def _footer() -> Iterator[Block]:
    yield blocks.Context(HOME.text("privacy"))


ROUTES = (
    Route(Kind.HOME, "home", EVERYONE, show),
    button("home.paper", RECORDERS, paper_received),
)
