"""Looking through requests and reports: narrowed by form, state, day and words; opened, or taken out as a list."""

from collections.abc import Iterator

from bot.clock import school_day, spoken_day
from bot.rules import search as rules
from bot.rules.access import SEES_ALL
from bot.rules.documents import What
from bot.rules.search import Kind, Scope, Search, Standing
from bot.services import search as records
from bot.services.search import Page
from bot.services.search_words import MOST_READ
from bot.wording import page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.parts import standing
from handlers.requests import EVERYONE, Open, Reply, Request, Update, button, form

VIEW = page("records/view")
# Of a post only whether it is published or was taken down.
OF_A_POST = ((Standing.ANY, "standing_any"), (Standing.APPROVED, "published"), (Standing.ENDED, "taken_down"))


def open_all(request: Request) -> Reply:
    """Open the list of everything that this person may see."""
    return Open(_window(request, Search(Scope.ALL), 0))


def open_mine(request: Request) -> Reply:
    """Open the list of this person's own requests and reports."""
    return Open(_window(request, Search(Scope.MINE), 0))


def open_posted(request: Request) -> Reply:
    """Open the list of the posts that this person may see."""
    return Open(_window(request, Search(Scope.POSTED, Kind.POST), 0))


def search(request: Request) -> Reply:
    """Show what fits."""
    return Update(_window(request, _narrowed(request), 0))


def turn(request: Request) -> Reply:
    """Show newer or older ones."""
    return Update(_window(request, rules.again(request.kept("search")), request.number()))


def _narrowed(request: Request) -> Search:
    scope = rules.again(request.kept("search")).scope
    return rules.read(scope, {name: value for name, value in request.fields.items() if isinstance(value, str)})


def _window(request: Request, asked: Search, number: int) -> Modal:
    found = records.look(request.context, asked, number)
    shown = list(_found(request, found))
    if asked.scope is Scope.ALL and found.total:
        shown.append(_exports(asked))
    shown += [blocks.Divider(), blocks.Section(VIEW.text("narrow"), name="narrow"), *_fields(asked)]
    title = VIEW.text(f"title_{asked.scope}")
    metadata = {"search": asked.written()}
    return blocks.modal(title, shown, form="records.search", submit=VIEW.text("search"), metadata=metadata)


def _fields(asked: Search) -> Iterator[Block]:
    is_posted = asked.scope is Scope.POSTED
    kinds = [blocks.Option(VIEW.text(f"kind_{each}"), each) for each in Kind]
    standings = [blocks.Option(VIEW.text(f"standing_{each}"), each) for each in Standing]
    if is_posted:
        standings = [blocks.Option(VIEW.text(words), each) for each, words in OF_A_POST]
    days = {"first": asked.first, "last": asked.last}
    elements = {
        "kind": blocks.pick("kind", kinds, initial=asked.kind),
        "standing": blocks.pick("standing", standings, initial=asked.standing),
        **{name: blocks.PickDay(name, day.isoformat() if day else None) for name, day in days.items()},
        "words": blocks.Write("words", initial=asked.words, most=rules.LONGEST_WORDS),
    }
    for name, element in elements.items():
        if is_posted and name == "kind":
            continue
        yield blocks.Field(VIEW.text(name), element, name=name, optional=True)


def _found(request: Request, found: Page) -> Iterator[Block]:
    first = found.number * records.PAGE + 1
    told = {"total": found.total, "is_more": found.is_more}
    last = first - 1 + len(found.rows)
    yield blocks.Section(VIEW.text("found", first=first, last=last, **told), name="found")
    if found.has_limit:
        yield blocks.Context(VIEW.text("limit", count=MOST_READ))
    for number, row in enumerate(found.rows):
        day = spoken_day(school_day(row.filed.record.asked_at, request.school.timezone))
        state = standing.said(row.desk, row.filed, request.person.person_id, {})  # who asked stands there already
        text = VIEW.text("row", name=row.filed.name, day=day, who=row.who, state=state)
        opener = blocks.Button(VIEW.text("open"), f"{row.desk.opens}:row{number}", value=row.button)
        yield blocks.Section(text, accessory=opener)
    turns = []
    if found.number:
        turns.append(blocks.Button(VIEW.text("newer"), "records.turn:newer", value=str(found.number - 1)))
    if found.has_more:
        turns.append(blocks.Button(VIEW.text("older"), "records.turn:older", value=str(found.number + 1)))
    if turns:
        yield blocks.actions(*turns)


def _exports(asked: Search) -> Block:
    files = {"csv": What.RECORDS_CSV, "xlsx": What.RECORDS_XLSX}
    return blocks.actions(
        *(
            blocks.Button(VIEW.text(name), f"deliveries.records:{name}", value=f"{what}:{asked.written()}")
            for name, what in files.items()
        )
    )


ROUTES = (
    button("records.open", SEES_ALL, open_all),
    button("records.mine", EVERYONE, open_mine),
    button("records.posted", EVERYONE, open_posted),
    form("records.search", EVERYONE, search),
    button("records.turn", EVERYONE, turn),
)
