"""Forms and lists as files: asked for with a button, brought in a message, taken away after a day."""

from collections.abc import Collection
from functools import partial

from bot import logs
from bot.context import Context
from bot.errors import BadInput, Busy, LanyardError, Misconfigured, NotFound, Refused
from bot.logs import log, where
from bot.notices import Notice
from bot.rules.access import SEES_ALL
from bot.rules.breaches import KIND as BREACH
from bot.rules.breaches import LINE
from bot.rules.consent import looks
from bot.rules.consent.form import RECORDERS
from bot.rules.documents import File, What
from bot.rules.filter.register import VIEWERS
from bot.rules.overview import READERS
from bot.rules.search import again
from bot.rules.training import KEEPERS
from bot.services import desks, overview
from bot.services.consent import roll_names
from bot.services.documents import deliveries
from bot.services.training import files
from bot.wording import Wording, page
from handlers import blocks
from handlers.notices import Enclosure, Letter, Renders
from handlers.parts import overview_words
from handlers.requests import EVERYONE, Reply, Request, Tell, button
from storage.outbox.deliveries import Delivery

VIEW = page("deliveries/view")
FILTER = (What.BLOCKED, What.ALLOWED, What.REASONS, What.REGISTER)
LISTS, FILTER_LISTS = FILTER[:3], "lists"  # what is changed in the filter with, and why: in one press
OVERVIEW = (What.OVERVIEW_PDF, What.OVERVIEW_PICTURE)
NAMED = (What.FORM, What.EVIDENCE, What.BREACH)  # by the number of what they are made of
RECORDS = (What.RECORDS_CSV, What.RECORDS_XLSX)


def form(request: Request) -> Reply:
    """Bring a record's form as a PDF."""
    if desks.named(request.value) is None:
        raise BadInput("That button is out of date. Please open the record again.")
    return _ask(request, What.FORM, request.value)


def filter_list(request: Request) -> Reply:
    """Bring a list of the filter register, or the three that belong together."""
    if request.value == FILTER_LISTS:
        asked = [(what, f"{request.press_id} {what}") for what in LISTS]
        deliveries.ask_for_all(request.context, asked)
        return _told(VIEW.text("asked_several", count=len(LISTS)))
    return _ask(request, _one_of(FILTER, request.value))


def records(request: Request) -> Reply:
    """Bring the list of requests and reports, as it was narrowed in the window."""
    what, _, subject = request.value.partition(":")
    again(subject)  # refuses what no window of ours has written
    return _ask(request, _one_of(RECORDS, what), subject)


def look_ups(request: Request) -> Reply:
    """Bring the look-up log, as it was narrowed in the window."""
    looks.again(request.value)  # refuses what no window of ours has written
    return _ask(request, What.LOOKS, request.value)


def names_of_import(request: Request) -> Reply:
    """Bring the names of all whom an import concerns: of a file that waits, or of one that was applied."""
    return _ask(request, What.ROLL_NAMES, str(roll_names.subject(request.value)))


def gaps(request: Request) -> Reply:
    """Bring the list of children of whom decisions are missing."""
    return _ask(request, What.GAPS)


def breach(request: Request) -> Reply:
    """Bring the Information Commissioner's form of a breach, as far as it is known."""
    named = desks.named(request.value)
    if named is None or named[0] != BREACH:
        raise BadInput("That button is out of date. Please open the record again.")
    return _ask(request, What.BREACH, request.value)


def training(request: Request) -> Reply:
    """Bring the training register."""
    return _ask(request, What.TRAINING)


def evidence(request: Request) -> Reply:
    """Bring a certificate or other evidence of a completion."""
    number = request.number()
    files.check(request.context, number)
    return _ask(request, What.EVIDENCE, str(number))


def acknowledgements(request: Request) -> Reply:
    """Bring the proof of who has read the policy, and when."""
    return _ask(request, What.ACKNOWLEDGEMENTS)


def school_overview(request: Request) -> Reply:
    """Bring the school overview, as a PDF or as a picture."""
    return _ask(request, _one_of(OVERVIEW, request.value))


def _one_of(kinds: Collection[What], written: str) -> What:
    found = next((each for each in kinds if each == written), None)
    if found is None:
        raise BadInput("That button is out of date. Please open the list again.")
    return found


def _ask(request: Request, what: What, subject: str = "") -> Reply:
    deliveries.ask(request.context, what, subject, press_id=request.press_id)
    return _told(VIEW.text("asked"))


def _told(said: Wording) -> Reply:
    return Tell(said, [blocks.Section(said)])


def _ready(context: Context, number: int) -> Letter:
    found = deliveries.get(context, number)
    if found.removed_at:
        return _said("removed", found)
    try:
        return _brought(context, found) if found.sent_at else _made(context, found)
    except Busy:
        raise  # the one error that passes by itself: the sender tries again
    except LanyardError as error:
        log.error("file not made", delivery=found.delivery_id, error=type(error).__name__)
        return _said(_not_made(error, found), found)
    except Exception:
        return _broken(found)


def _made(context: Context, found: Delivery) -> Letter:
    file = deliveries.make(context, found)
    if not file.content:
        return _said("empty", found)
    begun, sent = partial(deliveries.begun, context, found), partial(deliveries.sent, context, found)
    said, alternative = _brought(context, found), _alternative(context, found, file)
    enclosure = Enclosure(file.name, file.content, begun, sent, before=found.file_id, alternative=alternative)
    return Letter(said.text, said.blocks, enclosure)


def _broken(found: Delivery) -> Letter:
    """Say once that it is our mistake: what breaks once breaks again, and nobody must be left waiting for it."""
    code = logs.code()
    log.error("file not made", delivery=found.delivery_id, code=code, where=where())
    said = VIEW.text("broken", name=_name(found), code=code)
    return Letter(said, [blocks.Section(said)])


def _brought(context: Context, found: Delivery) -> Letter:
    """Return the message with the file; a picture comes with its figures in words, for whoever cannot see it."""
    said = _said("ready", found)
    if found.what != What.OVERVIEW_PICTURE:
        return said
    shown = overview.get(context)
    return Letter(overview_words.alternative(shown), [*said.blocks, *overview_words.figures(shown)])


# The first that fits.
_NOT_MADE = {Misconfigured: "no_key", NotFound: "not_yours", Refused: "not_yours", LanyardError: "failed"}


def _not_made(error: LanyardError, found: Delivery) -> str:
    """Return the wording for a file that cannot be made; a sealed one has its own, which says that nothing is lost."""
    if found.what == What.EVIDENCE and isinstance(error, Misconfigured):
        return "sealed"
    return next(block for kind, block in _NOT_MADE.items() if isinstance(error, kind))


def _alternative(context: Context, found: Delivery, file: File) -> str:
    """Return what a picture shows, as Slack reads it out: plain text, so nothing is escaped."""
    if found.what == What.OVERVIEW_PICTURE:
        return overview_words.alternative(overview.get(context), Wording)
    is_photo = found.what == What.EVIDENCE and not file.name.endswith(".pdf")
    return VIEW.text("photo", name=_name(found)) if is_photo else ""  # only its owner knows what it shows


def _said(block: str, found: Delivery) -> Letter:
    said = VIEW.text(block, name=_name(found))
    return Letter(said, [blocks.Section(said)])


def _name(found: Delivery) -> Wording:
    subject = found.subject if found.what in NAMED else ""
    if found.what not in set(What):
        return VIEW.text("file")  # asked of another version of Lanyard
    return VIEW.text(found.what.replace("-", "_"), subject=subject)


NOTICES: Renders = {Notice.DELIVERY_READY: _ready}

ROUTES = (
    button("deliveries.form", EVERYONE, form),  # whether this record is theirs is asked when the file is made
    button("deliveries.filter", VIEWERS, filter_list),
    button("deliveries.records", SEES_ALL, records),
    button("deliveries.looks", looks.VIEWERS, look_ups),
    button("deliveries.roll_names", RECORDERS, names_of_import),  # whose file it is is asked when it is made
    button("deliveries.gaps", RECORDERS, gaps),
    button("deliveries.training", KEEPERS, training),
    button("deliveries.breach", frozenset(LINE), breach),
    button("deliveries.evidence", EVERYONE, evidence),  # whether it is theirs is asked now, and when it is opened
    button("deliveries.acknowledgements", KEEPERS, acknowledgements),
    button("deliveries.overview", READERS, school_overview),
)
