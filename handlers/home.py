"""The Home tab: who I am here, what I can do, what waits for me."""

from collections.abc import Iterator
from datetime import datetime

from bot.clock import school_day, spoken_day
from bot.rules.access import SEES_ALL
from bot.rules.consent.form import KEEPERS, RECORDERS
from bot.rules.consent.looks import VIEWERS as VIEWERS_OF_LOOKS
from bot.rules.filter.register import VIEWERS
from bot.rules.overview import READERS
from bot.rules.reminders.digest import Why
from bot.rules.training import State
from bot.services import home
from bot.services.consent import ledger
from bot.services.desks import DESKS
from bot.services.home import Overview
from bot.services.reminders import State as Standing
from bot.wording import page
from handlers import blocks
from handlers.blocks import Block
from handlers.parts import roles, week
from handlers.requests import EVERYONE, Home, Kind, Reply, Request, Route, button

HOME, ABSENCES = page("home/view"), page("absences/view")
OVERVIEW, RELATIVES, LOOKS = page("overview/view"), page("relatives/view"), page("looks/view")
PERSONS = page("persons/view")
REMINDERS, ITEMS, LETTER = page("reminders/home"), page("reminders/items"), page("reminders/letter")
SHOWN_NOTHING, SHOWN_PAPERS, SHOWN_CLASSES, SHOWN_MINE = 20, 15, 5, 5


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
        yield blocks.Section(HOME.text("records"))
        yield blocks.actions(*lists)
    if request.person.holds(*VIEWERS_OF_LOOKS):
        yield blocks.Section(LOOKS.text("home"), accessory=blocks.Button(LOOKS.text("home_button"), "looks.open"))
    if request.person.roles & READERS:
        yield blocks.Section(
            OVERVIEW.text("home"), accessory=blocks.Button(OVERVIEW.text("home_button"), "overview.open")
        )
    if request.person.holds(*KEEPERS):
        yield blocks.Section(HOME.text("record"))
        yield blocks.actions(blocks.Button(HOME.text("record_button"), "ledger.open"))


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
    if not overview.waiting:
        return
    yield blocks.Section(HOME.text("waiting", count=len(overview.waiting)))
    for number, waiting in enumerate(overview.waiting[:SHOWN_PAPERS]):
        text = HOME.text("waits", name=waiting.name, since=_day(request, waiting.since))
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
    """What this person is reminded of, as it stands now."""
    waiting = [each for each in overview.reminded if each.why is Why.OWN and each.state is Standing.OPEN]
    if overview.reminded:
        every = blocks.Button(REMINDERS.text("all_button"), "reminders.all")
        yield blocks.Section(REMINDERS.text("heading", count=len(waiting)), accessory=every)
    for each in waiting[:SHOWN_MINE]:
        late = (request.context.today() - each.due).days
        item = ITEMS.text(each.feature, **each.words)
        yield blocks.Section(LETTER.text("item", item=item, late=late, due=spoken_day(each.due)))


def _away(overview: Overview) -> Iterator[Block]:
    label = "home_button_own" if overview.away is None else "home_button"
    who = blocks.Button(ABSENCES.text(label), "absences.open")
    yield blocks.Section(ABSENCES.text("home", count=overview.away), accessory=who)


def _family() -> Block:
    return blocks.Section(
        RELATIVES.text("home"), accessory=blocks.Button(RELATIVES.text("home_button"), "relatives.open")
    )


def _mine(request: Request, overview: Overview) -> Iterator[Block]:
    if not overview.mine:
        return
    yield blocks.Section(HOME.text("mine"))
    for number, view in enumerate(overview.mine):
        desk = DESKS[view.record.kind]
        told = {"name": view.name, "since": _day(request, view.record.asked_at)}
        text = HOME.text("request", state=desk.words.text(f"state_{desk.standing(view)}"), **told)
        opener = blocks.Button(HOME.text("open"), f"{desk.opens}:mine{number}", value=view.button)
        yield blocks.Section(text, accessory=opener)
    yield blocks.actions(blocks.Button(HOME.text("all_mine"), "records.mine"))


def _record(request: Request, overview: Overview) -> Iterator[Block]:
    if overview.disputed:
        more = max(0, len(overview.disputed) - SHOWN_NOTHING)
        yield blocks.Section(HOME.text("disputed", pupils=overview.disputed[:SHOWN_NOTHING], more=more))
    if overview.completeness is None:
        return
    if request.person.holds(*RECORDERS):
        yield blocks.Section(HOME.text("import"))
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
