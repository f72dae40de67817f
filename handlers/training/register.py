"""The school's training: how many, who is late, a whole INSET day at once, and refreshers. Policy §9."""

from collections.abc import Iterator
from datetime import date

from bot.clock import spoken_day
from bot.rules.people import Person
from bot.rules.school import Training
from bot.rules.training import COUNTERS, KEEPERS, PROVIDER, STARTERS, State
from bot.services.training import files
from bot.services.training import register as service
from bot.services.training.register import Line
from bot.wording import lines, page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.notices import Renders
from handlers.requests import Later, Open, Reply, Request, Update, button, form, read_number
from handlers.training import rounds
from handlers.training.rounds import GROUP

REGISTER, RECORD = page("training/register"), page("training/record")

GROUPS = 40  # of tick boxes


def show(request: Request) -> Reply:
    """Show how the school stands."""
    return Open(_register(request))


def late(request: Request) -> Reply:
    """Show who is late with one kind."""
    kind, found = service.late(request.context, request.value)
    if not found:
        shown: list[Block] = [blocks.Section(REGISTER.text("nobody_late", training=kind.name))]
    else:
        heading = REGISTER.text("late", training=kind.name, count=len(found))
        told = (
            REGISTER.text("late_line", name=each.name, since=spoken_day(each.due.on) if each.due.on else "")
            for each in found
        )
        shown = blocks.sections(lines([heading, *told]))
    return Open(blocks.modal(REGISTER.text("late_title"), shown))


def open_several(request: Request) -> Reply:
    """Open the form for an INSET day: everybody is ticked."""
    kinds = [kind for kind in request.school.training if kind.is_personal]
    title = REGISTER.text("several_title")
    if not kinds:
        return Open(blocks.modal(title, [blocks.Section(REGISTER.text("no_kind"))]))
    shown = list(_several_fields(request, kinds, service.colleagues(request.context)))
    return Open(blocks.modal(title, shown, form="training.several", submit=RECORD.text("submit")))


def record_several(request: Request) -> Reply:
    """Record it for everybody who is still ticked."""
    fields = rounds.texts(request)
    ticked = [read_number(value) for value in rounds.ticked(request, "people")]
    key = fields.get("kind", "")
    count = service.record_several(request.context, key, ticked, fields, form_id=request.request_id)
    kind = request.school.training_of(key)
    done_on = spoken_day(date.fromisoformat(fields["done_on"]))
    said = REGISTER.text("several_done", training=kind.name if kind else key, count=count, done_on=done_on)
    return Update(blocks.modal(RECORD.text("recorded_title"), [blocks.Section(said)]))


def stop(request: Request) -> Reply:
    """Stop a refresher; then bring the register below up to date."""
    window, reply = request.kept("window"), Update(rounds.stopped(request))

    def later() -> None:
        request.front.change_window(window, _register(request))

    return Later(reply, later) if window else reply


# ── views ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _register(request: Request) -> Modal:
    found, person = service.register(request.context), request.person
    shown = list(rounds.proposals(request))
    shown += [_line(each, keeps=person.holds(*KEEPERS)) for each in found.lines]
    if not found.lines:
        shown.append(blocks.Section(REGISTER.text("nothing")))
    shown += rounds.refreshers(request)
    shown += _keepers_part(request) if person.holds(*KEEPERS) else [blocks.Context(REGISTER.text("counts_only"))]
    if found.start_unknown:
        shown.append(blocks.Context(REGISTER.text("start_unknown", count=found.start_unknown)))
    shown.append(blocks.Context(REGISTER.text("first_round")))
    return blocks.modal(REGISTER.text("title"), shown)


def _line(line: Line, *, keeps: bool) -> Block:
    if line.removed:
        return blocks.Section(REGISTER.text("removed", training=line.name, records=line.records))
    counts = {state.name.lower(): line.counts.get(state, 0) for state in State}
    audience = REGISTER.text(f"for_{line.audience.value}")
    text = REGISTER.text("line", training=line.name, audience=audience, **counts)
    if not keeps or not counts["overdue"]:
        return blocks.Section(text)
    who = REGISTER.text("late_button")
    spoken = REGISTER.text("spoken_late", training=line.name)
    return blocks.Section(text, accessory=blocks.Button(who, "training.late", value=line.key, spoken=spoken))


def _keepers_part(request: Request) -> Iterator[Block]:
    colleagues = service.colleagues(request.context)
    options = [
        blocks.Option(REGISTER.text("option", name=each.name), str(each.person_id))
        for each in colleagues[: blocks.OPTIONS]
    ]
    placeholder = REGISTER.text("person_placeholder")
    picker = blocks.pick("training.person", options, placeholder=placeholder)
    yield blocks.Section(REGISTER.text("person"), accessory=picker)
    if len(colleagues) > blocks.OPTIONS:
        yield blocks.Context(REGISTER.text("person_by_name"))
    row = [blocks.Button(REGISTER.text("several_button"), "training.several")]
    if request.person.holds(*STARTERS):
        row.append(blocks.Button(REGISTER.text("refresher_button"), "training.round"))
    if files.exist(request.context):
        row.append(blocks.Button(REGISTER.text("files_button"), "training.files"))
    row.append(blocks.Button(REGISTER.text("export_button"), "deliveries.training"))
    yield blocks.actions(*row)


def _several_fields(request: Request, kinds: list[Training], colleagues: list[Person]) -> Iterator[Block]:
    yield blocks.Section(REGISTER.text("several_intro"))
    options = [blocks.Option(REGISTER.text("option", name=kind.name), kind.key) for kind in kinds]
    choice = blocks.pick("kind", options, initial=kinds[0].key)
    yield blocks.Field(REGISTER.text("kind"), choice, name="kind")
    today = request.context.today().isoformat()
    yield blocks.Field(RECORD.text("done_on"), blocks.PickDay("done_on", today), name="done_on")
    provider, hint = blocks.Write("provider", most=PROVIDER), RECORD.text("provider_hint")
    yield blocks.Field(RECORD.text("provider"), provider, name="provider", hint=hint)
    for number in range(min(GROUPS, -(-len(colleagues) // GROUP))):
        group = colleagues[number * GROUP : (number + 1) * GROUP]
        names = [blocks.Option(REGISTER.text("option", name=each.name), str(each.person_id)) for each in group]
        ticks = blocks.tick("people", names, initial=[str(each.person_id) for each in group])
        label = REGISTER.text("people_more" if number else "people")
        yield blocks.Field(label, ticks, name=f"people:{number}", optional=len(colleagues) > GROUP)
    if len(colleagues) > GROUP * GROUPS:
        yield blocks.Context(REGISTER.text("too_many", count=len(colleagues) - GROUP * GROUPS))


NOTICES: Renders = rounds.NOTICES

ROUTES = (
    button("training.register", COUNTERS, show),
    button("training.late", KEEPERS, late),
    button("training.several", KEEPERS, open_several),
    form("training.several", KEEPERS, record_several),
    form("training.stop", STARTERS, stop),
    *rounds.ROUTES,
)
