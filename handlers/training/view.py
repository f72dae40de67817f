"""What one person's training looks like: `/training`, and a colleague's for those who keep the register."""

from collections.abc import Iterator

from bot.clock import spoken_day
from bot.rules.training import COUNTERS, PARENTS, Due, State
from bot.services.training import files
from bot.services.training.completions import Mine
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.requests import Request

MINE = page("training/mine")
WINDOW = "training.window"  # a window of ours: what is recorded on top of it is shown in it afterwards


def view(request: Request, mine: Mine, told: Wording | None = None) -> Modal:
    """Return the window of one person's training."""
    is_own = mine.person.person_id == request.person.person_id
    shown: list[Block] = [blocks.Section(told)] if told else []
    shown.append(blocks.Section(MINE.text("own") if is_own else MINE.text("of_person", name=mine.person.name)))
    shown += _parts(request, mine, is_own)
    if mine.starts_unknown:
        shown.append(blocks.Context(MINE.text("start_unknown")))
    row = [blocks.Button(MINE.text("correct"), "training.correct", value=f"person:{mine.person.person_id}")]
    if files.exist(request.context):
        row.append(blocks.Button(MINE.text("files"), "training.files_of", value=str(mine.person.person_id)))
    if is_own and request.person.holds(*COUNTERS):
        row.append(blocks.Button(MINE.text("register"), "training.register"))
    shown += [blocks.actions(*row), blocks.Context(MINE.text("hint"))]
    metadata = {"person": mine.person.person_id}
    return blocks.modal(MINE.text("title"), shown, form=WINDOW, metadata=metadata)


def what(name: str, class_name: str) -> str:
    """Return a training by its name, with its class where it is a class's: raw, to be put into wording."""
    return f"{class_name}: {name}" if class_name else name


def _parts(request: Request, mine: Mine, is_own: bool) -> Iterator[Block]:
    own = [each for each in mine.dues if each.subject.person_id]
    classes = [each for each in mine.dues if each.subject.class_name]
    parents = [each for each in mine.dues if each.subject == PARENTS]
    if not own:
        yield blocks.Section(MINE.text("nothing"))
    for heading, part in (("", own), ("classes", classes), ("parents", parents if is_own else [])):
        if part and heading:
            yield blocks.Section(MINE.text(heading))
        for each in part:
            yield _line(request, each, is_own)


def _line(request: Request, due: Due, is_own: bool) -> Block:
    state, class_name = due.state(request.context.today()), due.subject.class_name
    days = {"last": spoken_day(due.last) if due.last else "", "due": spoken_day(due.on) if due.on else ""}
    name = what(due.kind.name, class_name)
    text = MINE.text(state.name.lower(), what=name, **days)
    person_id = due.subject.person_id
    if person_id and not is_own:
        action, value = f"training.done_for:{due.kind.key}", f"{due.kind.key}:{person_id}"
    else:
        action, value = "training.done", f"{due.kind.key}:{class_name}" if class_name else due.kind.key
    style = "primary" if state is State.OVERDUE else None
    spoken = MINE.text("spoken_record", what=name)
    return blocks.Section(
        text, accessory=blocks.Button(MINE.text("record"), action, value=value, style=style, spoken=spoken)
    )
