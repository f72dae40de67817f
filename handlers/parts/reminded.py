"""One thing that somebody is reminded of: what it is, when it is due, and the button that leads on."""

from datetime import date

from bot.clock import spoken_day
from bot.rules.reminders.digest import Why
from bot.services.reminders import Entry, State
from bot.wording import Wording, page
from handlers import blocks

ITEMS, LETTER = page("reminders/items"), page("reminders/letter")


def said(entry: Entry) -> Wording:
    """Return what it is, in words: what is to be done while it is open, and only its name when it is settled."""
    is_due = entry.state is State.OPEN
    return ITEMS.text(entry.feature, is_due=is_due, is_mine=is_due and entry.why is Why.OWN, **entry.words)


def thing(entry: Entry, today: date) -> Wording:
    """Return what it is, and when it is or was due."""
    return LETTER.text("item", item=said(entry), when=when(entry, today))


def when(entry: Entry, today: date) -> Wording:
    """Return when it is or was due."""
    return LETTER.text("when", late=(today - entry.due).days, due=spoken_day(entry.due))


def opener(entry: Entry, brother: str = "", style: str | None = None) -> blocks.Button | None:
    """Return the button that leads on, if one does. `brother`: what tells it apart from others beside it."""
    if entry.item is None or not entry.item.action:
        return None
    own = f"{entry.feature}_button"
    label = ITEMS.text(own, **entry.words) if own in ITEMS.blocks() else LETTER.text("open")
    action = f"{entry.item.action}:{brother}" if brother else entry.item.action
    return blocks.Button(label, action, value=entry.item.value, style=style)
