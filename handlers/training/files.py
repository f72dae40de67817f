"""Certificates and other evidence: which are kept with one person's training, or in the whole register. Policy §9."""

from collections.abc import Iterator

from bot.clock import spoken_day
from bot.rules.training import KEEPERS
from bot.services.training import files as service
from bot.services.training.files import File, Page
from bot.wording import page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.requests import EVERYONE, Open, Reply, Request, Update, button
from handlers.training.view import what

FILES = page("training/files")
KILOBYTE = 1000


def of_person(request: Request) -> Reply:
    """Show the files about one person and their classes: "person", or "person:page" to turn to."""
    person_id, number = request.numbers(2)
    return _shown(request, service.of_person(request.context, person_id, number), "training.files_of", f"{person_id}:")


def of_school(request: Request) -> Reply:
    """Show the files of the whole register: "", or the page to turn to."""
    number = request.number() if request.value else 0
    return _shown(request, service.of_school(request.context, number), "training.files", "")


def _shown(request: Request, found: Page, action: str, value: str) -> Reply:
    """Open a window, or turn the page of the one that is open."""
    view = _view(found, action, value)
    return Update(view) if request.window_of(action) else Open(view)


def _view(found: Page, action: str, value: str) -> Modal:
    shown = [blocks.Section(FILES.text("intro")), *map(_file, found.files)]
    if not found.files:
        shown.append(blocks.Section(FILES.text("none")))
    shown += _turns(found, action, value)
    return blocks.modal(FILES.text("title"), shown, form=action)


def _file(file: File) -> Block:
    done_on, number = file.entry.done_on, file.kept.evidence_id
    name = what(file.entry.kind_name, file.entry.subject.class_name)
    text = FILES.text(
        "file",
        what=name,
        name=file.name,
        done_on=spoken_day(done_on) if done_on else "",
        number=number,
        kind=file.extension.upper(),
        size=f"{max(1, round(file.kept.size / KILOBYTE))} kB",
        corrected=file.is_corrected,
    )
    spoken = FILES.text("spoken_send", number=number, what=name)
    send = blocks.Button(FILES.text("send"), "deliveries.evidence", value=str(number), spoken=spoken)
    return blocks.Section(text, accessory=send)


def _turns(found: Page, action: str, value: str) -> Iterator[Block]:
    row = []
    if found.number:
        row.append(blocks.Button(FILES.text("newer"), f"{action}:newer", value=f"{value}{found.number - 1}"))
    if found.has_more:
        row.append(blocks.Button(FILES.text("older"), f"{action}:older", value=f"{value}{found.number + 1}"))
    if row:
        yield blocks.actions(*row)


ROUTES = (
    button("training.files_of", EVERYONE, of_person),  # one's own; a colleague's is for the keepers: the service asks
    button("training.files", KEEPERS, of_school),
)
