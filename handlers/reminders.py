"""The morning digest: what is due, how it stands now, and putting it off or handing it over."""

from collections.abc import Iterable, Sequence

from bot.clock import spoken_day
from bot.context import Context
from bot.errors import BadInput, NotFound, Refused
from bot.notices import Notice
from bot.rules.reminders.digest import Why
from bot.services import monday, reminders
from bot.services.reminders import Entry, Later, State
from bot.wording import lines, page
from handlers import blocks
from handlers.blocks import Block, Sheet
from handlers.notices import Letter, Renders
from handlers.parts import colleagues, reminded, week
from handlers.requests import EVERYONE, Open, Reply, Request, Suggestions, Update, button, form, options

LETTER, FORM = page("reminders/letter"), page("reminders/form")

SHOWN, SHOWN_ALL, SHOWN_LINES = 15, 45, 15  # things in a message, in a window; lines of others' things
ROOM = 4  # blocks that are kept free for what follows the things

# ── the letter ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _digest(context: Context, number: int) -> Letter:
    try:
        entries = reminders.digest(context, number)
    except NotFound:
        said = LETTER.text("not_yours")
        return Letter(said, [blocks.Section(said)])
    waiting = [each for each in entries if each.why is Why.OWN and each.state is State.OPEN]
    sheet = Sheet(blocks.MESSAGE_BLOCKS - ROOM, blocks.MESSAGE_CHARACTERS * 3 // 4)
    this_week = _week(entries, context)
    sheet.takes(this_week)
    if waiting or not this_week:
        sheet.takes([blocks.Section(LETTER.text("heading", open=len(waiting)))])
    shown = _fill(sheet, context, waiting[:SHOWN])
    more = [_all_button(len(waiting))] if shown < len(waiting) else []
    for block in (*more, *_others_counted(entries), *_over(entries, context)):
        _roomy(sheet).takes([block])
    only_the_week = this_week and not any(each.why is Why.OWN for each in entries)
    said = week.VIEW.text("push") if only_the_week else LETTER.text("push", open=len(waiting))
    return Letter(said, sheet.blocks)


def _week(entries: Iterable[Entry], context: Context) -> list[Block]:
    """The headteacher's week, on its first school morning: it comes in her digest, for she gets one message."""
    told = [each.due for each in entries if each.why is Why.WEEK]
    try:
        return week.summary(monday.get(context, max(told)), context) if told else []
    except Refused:
        return []  # she does not lead the school any more


def _roomy(sheet: Sheet) -> Sheet:
    """What follows the things may use the room that was kept for it."""
    sheet.most_blocks, sheet.most_characters = blocks.MESSAGE_BLOCKS, blocks.MESSAGE_CHARACTERS
    return sheet


def _fill(sheet: Sheet, context: Context, waiting: Sequence[Entry]) -> int:
    """Show things with their buttons until the sheet is full; returns how many."""
    for number, entry in enumerate(waiting):
        if not sheet.takes([blocks.Section(reminded.thing(entry, context.today())), _buttons(entry)]):
            return number
    return len(waiting)


def _buttons(entry: Entry) -> Block:
    own = reminded.opener(entry, style="primary")
    row = [own] if own else []
    row.append(blocks.Button(LETTER.text("later"), "reminders.later", value=entry.reference))
    if entry.item and (entry.item.takers is None or entry.item.takers - {entry.item.person_id}):
        row.append(blocks.Button(LETTER.text("hand_over"), "reminders.hand_over", value=entry.reference))
    return blocks.actions(*row)


def _all_button(count: int) -> Block:
    return blocks.actions(blocks.Button(LETTER.text("all", count=count), "reminders.all"))


def _others_counted(entries: Iterable[Entry]) -> list[Block]:
    """How many of others' things there are: who is late or on leave is not for the message history."""
    counts = {
        why.value: sum(each.why is why and each.state is State.OPEN for each in entries)
        for why in (Why.ESCALATED, Why.AWAY)
    }
    if not any(counts.values()):
        return []
    see = blocks.Button(LETTER.text("others_button"), "reminders.all:others")
    return [blocks.Section(LETTER.text("others", **counts), accessory=see)]


def _others(entries: Iterable[Entry], context: Context) -> list[Block]:
    """Others' things that the headteacher hears of, one line each."""
    found = []
    for why in (Why.ESCALATED, Why.AWAY):
        told = [_others_line(each, context) for each in entries if each.why is why and each.state is State.OPEN]
        if told:
            more = max(0, len(told) - SHOWN_LINES)
            found += blocks.sections(LETTER.text(why.value, lines=told[:SHOWN_LINES], more=more))
    return found


def _others_line(entry: Entry, context: Context) -> str:
    how_late = {"late": (context.today() - entry.due).days, "due": spoken_day(entry.due)}
    return LETTER.text("others_line", whose=entry.whose, item=reminded.said(entry), **how_late)


def _over(entries: Iterable[Entry], context: Context) -> list[Block]:
    """What is done, put off or handed over, in small print."""
    told = [
        LETTER.text(
            each.state.name.lower(),
            item=reminded.said(each),
            until=spoken_day(each.until or context.today()),
            whose=each.whose,
        )
        for each in entries
        if each.why is Why.OWN and each.state is not State.OPEN
    ]
    return [blocks.Context(lines(told[:SHOWN_LINES]))] if told else []


# ── in Slack ───────────────────────────────────────────────────────────────────────────────────────────────────────


def show_all(request: Request) -> Reply:
    """Show everything that this person is to be reminded of."""
    entries = reminders.mine(request.context)
    waiting = [each for each in entries if each.why is Why.OWN and each.state is State.OPEN]
    sheet = Sheet(blocks.WINDOW_BLOCKS, blocks.MESSAGE_CHARACTERS * 5)
    sheet.takes([blocks.Section(LETTER.text("heading", open=len(waiting)))])
    shown = _fill(sheet, request.context, waiting[:SHOWN_ALL])
    if shown < len(waiting):
        sheet.takes([blocks.Context(LETTER.text("more", count=len(waiting) - shown))])
    for block in (*_others(entries, request.context), *_over(entries, request.context)):
        sheet.takes([block])
    return Open(blocks.modal(FORM.text("all_title"), sheet.blocks))


def open_later(request: Request) -> Reply:
    """Ask until when something is to be put off."""
    entry = reminders.get(request.context, request.value)
    days = reminders.choices(request.context, entry.due)
    choices = [blocks.Option(FORM.text(each.name.lower(), day=spoken_day(day)), each) for each, day in days.items()]
    picker = blocks.radio("when", choices, initial=Later.TOMORROW)
    shown = [blocks.Section(reminded.said(entry)), blocks.Field(FORM.text("later_when"), picker, name="when")]
    return Open(
        blocks.modal(
            FORM.text("later_title"),
            shown,
            form="reminders.later",
            submit=FORM.text("later_submit"),
            metadata={"reference": entry.reference},
        )
    )


def put_off(request: Request) -> Reply:
    """Put something off."""
    try:
        later = Later(str(request.fields.get("when")))
    except ValueError:
        raise BadInput("Choose a day.", fields={"when": "Choose a day."}) from None
    until = reminders.put_off(request.context, request.kept("reference"), later)
    said = FORM.text("later_done", day=spoken_day(until))
    return Update(blocks.modal(FORM.text("later_title"), [blocks.Section(said)]))


def open_hand_over(request: Request) -> Reply:
    """Ask to whom something is to be handed over."""
    entry = reminders.get(request.context, request.value)
    people = reminders.takers(request.context, entry.reference)
    title, said = FORM.text("hand_over_title"), blocks.Section(reminded.said(entry))
    if not people:
        return Open(blocks.modal(title, [said, blocks.Section(FORM.text("nobody"))]))
    picker = colleagues.picker("reminders.colleague", FORM.text("colleague_placeholder"), people)
    field = blocks.Field(FORM.text("colleague"), picker, name="colleague")
    return Open(
        blocks.modal(
            title,
            [said, blocks.Context(FORM.text("hand_over_intro")), field],
            form="reminders.hand_over",
            submit=FORM.text("hand_over_submit"),
            metadata={"reference": entry.reference},
        )
    )


def suggest(request: Request) -> Reply:
    """Offer colleagues who could take it over, while somebody types."""
    people = reminders.takers(request.context, str(request.metadata.get("reference", "")))
    return Suggestions(colleagues.suggestions(people, request.typed))


def hand_over(request: Request) -> Reply:
    """Hand something over."""
    chosen = colleagues.chosen(request.fields)
    if chosen is None:
        raise BadInput("Choose a colleague.", fields={"colleague": "Choose a colleague."})
    taker = reminders.hand_over(request.context, request.kept("reference"), chosen)
    said = FORM.text("hand_over_done", whose=taker.name)
    return Update(blocks.modal(FORM.text("hand_over_title"), [blocks.Section(said)]))


NOTICES: Renders = {Notice.REMINDERS_DIGEST: _digest}

ROUTES = (
    button("reminders.all", EVERYONE, show_all),
    button("reminders.later", EVERYONE, open_later),
    form("reminders.later", EVERYONE, put_off),
    button("reminders.hand_over", EVERYONE, open_hand_over),
    form("reminders.hand_over", EVERYONE, hand_over),
    options("reminders.colleague", EVERYONE, suggest),
)
