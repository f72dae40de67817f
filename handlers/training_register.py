"""The school's training: how many, who is late, a whole INSET day at once, and refreshers. Policy §9."""

from collections.abc import Iterator
from datetime import date, timedelta

from bot.clock import school_day, spoken_day
from bot.context import Context
from bot.errors import NotFound, Refused
from bot.notices import Notice
from bot.rules.people import Person
from bot.rules.school import Training
from bot.rules.training import COUNTERS, KEEPERS, PROVIDER, REASON, STARTERS, Proposed, State
from bot.services import training_register as service
from bot.services import training_rounds as rounds
from bot.services.training_register import Line
from bot.wording import Wording, lines, page
from handlers import blocks
from handlers.blocks import Block, View
from handlers.notices import Letter, Renders
from handlers.requests import Open, Reply, Request, Tell, Update, button, form, read_number
from storage.training import Proposal

REGISTER, ROUNDS, RECORD = (page(f"training/{name}") for name in ("register", "rounds", "record"))

GROUP, GROUPS = 10, 40  # tick boxes: Slack takes ten in one group
TIME_FOR_A_ROUND = timedelta(days=14)  # what the form proposes; the head chooses


def show(request: Request) -> Reply:
    """Show how the school stands."""
    return Open(_register(request))


def late(request: Request) -> Reply:
    """Show who is late with one kind."""
    kind, found = service.late(request.context, request.value)
    if not found:
        shown = [blocks.section(REGISTER.text("nobody_late", training=kind.name))]
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
        return Open(blocks.modal(title, [blocks.section(REGISTER.text("no_kind"))]))
    shown = list(_several_fields(request, kinds, service.colleagues(request.context)))
    return Open(blocks.modal(title, shown, callback_id="training.several", submit=RECORD.text("submit")))


def record_several(request: Request) -> Reply:
    """Record it for everybody who is still ticked."""
    fields = _texts(request)
    ticked = [read_number(value) for value in _ticked(request, "people")]
    key = fields.get("kind", "")
    count = service.record_several(request.context, key, ticked, fields, form_id=request.request_id)
    kind = request.school.training_of(key)
    done_on = spoken_day(date.fromisoformat(fields["done_on"]))
    said = REGISTER.text("several_done", training=kind.name if kind else key, count=count, done_on=done_on)
    return Update(blocks.modal(RECORD.text("recorded_title"), [blocks.section(said)]))


def open_round(request: Request) -> Reply:
    """Open the form for a refresher, from a proposal perhaps."""
    proposal = rounds.get(request.context, request.number()) if request.value else None
    if proposal and proposal.state is not Proposed.OPEN:
        return Open(blocks.modal(ROUNDS.text("title"), [blocks.section(_answered(proposal))]))
    metadata = {"proposal": proposal.proposal_id if proposal else 0}
    return Open(
        blocks.modal(
            ROUNDS.text("title"),
            list(_round_fields(request, proposal)),
            callback_id="training.round",
            submit=ROUNDS.text("submit"),
            metadata=metadata,
        )
    )


def start_round(request: Request) -> Reply:
    """Start it."""
    proposal = request.kept_number("proposal") or None
    done = rounds.start(
        request.context,
        _ticked(request, "kinds"),
        _texts(request),
        form_id=request.request_id,
        proposal_id=proposal,
    )
    said = ROUNDS.text("done", due_on=spoken_day(done.due_on), names=done.kind_names)
    return Update(blocks.modal(ROUNDS.text("title"), [blocks.section(said)]))


def dismiss(request: Request) -> Reply:
    """Answer a proposal with No."""
    proposal = rounds.get(request.context, request.number())
    rounds.dismiss(request.context, proposal.proposal_id)
    said = ROUNDS.text("dismissed", source=proposal.source)
    return Tell(said, [blocks.section(said)])


# ── views ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _register(request: Request) -> View:
    found, person = service.register(request.context), request.person
    shown = list(_proposals(request))
    shown += [_line(each, keeps=person.holds(*KEEPERS)) for each in found.lines]
    if not found.lines:
        shown.append(blocks.section(REGISTER.text("nothing")))
    shown += _keepers_part(request) if person.holds(*KEEPERS) else [blocks.context(REGISTER.text("counts_only"))]
    if found.start_unknown:
        shown.append(blocks.context(REGISTER.text("start_unknown", count=found.start_unknown)))
    shown.append(blocks.context(REGISTER.text("first_round")))
    return blocks.modal(REGISTER.text("title"), shown)


def _line(line: Line, *, keeps: bool) -> Block:
    if line.removed:
        return blocks.section(REGISTER.text("removed", training=line.name, records=line.records))
    counts = {state.name.lower(): line.counts.get(state, 0) for state in State}
    audience = REGISTER.text(f"for_{line.audience.value}")
    text = REGISTER.text("line", training=line.name, audience=audience, **counts)
    if not keeps or not counts["overdue"]:
        return blocks.section(text)
    who = REGISTER.text("late_button")
    spoken = REGISTER.text("spoken_late", training=line.name)
    return blocks.section(text, accessory=blocks.button(who, "training.late", value=line.key, spoken=spoken))


def _keepers_part(request: Request) -> Iterator[Block]:
    colleagues = service.colleagues(request.context)
    options = [
        blocks.option(REGISTER.text("option", name=each.name), str(each.person_id))
        for each in colleagues[: blocks.OPTIONS]
    ]
    placeholder = blocks.plain(REGISTER.text("person_placeholder"), blocks.PLACEHOLDER)
    picker = blocks.choose("static_select", "training.person", options, placeholder=placeholder)
    yield blocks.section(REGISTER.text("person"), accessory=picker)
    if len(colleagues) > blocks.OPTIONS:
        yield blocks.context(REGISTER.text("person_by_name"))
    row = [blocks.button(REGISTER.text("several_button"), "training.several")]
    if request.person.holds(*STARTERS):
        row.append(blocks.button(REGISTER.text("refresher_button"), "training.round"))
    row.append(blocks.button(REGISTER.text("export_button"), "deliveries.training"))
    yield blocks.actions(*row)


def _proposals(request: Request) -> Iterator[Block]:
    for proposal in rounds.waiting(request.context):
        yield blocks.section(_proposed(request.context, proposal))
        yield _proposal_buttons(proposal)


def _several_fields(request: Request, kinds: list[Training], colleagues: list[Person]) -> Iterator[Block]:
    yield blocks.section(REGISTER.text("several_intro"))
    options = [blocks.option(REGISTER.text("option", name=kind.name), kind.key) for kind in kinds]
    choice = blocks.choose("static_select", "kind", options, initial=kinds[0].key)
    yield blocks.field(REGISTER.text("kind"), choice, block_id="kind")
    today = request.context.today().isoformat()
    yield blocks.field(RECORD.text("done_on"), blocks.pick_day("done_on", today), block_id="done_on")
    provider, hint = blocks.write("provider", most=PROVIDER), RECORD.text("provider_hint")
    yield blocks.field(RECORD.text("provider"), provider, block_id="provider", hint=hint)
    for number in range(min(GROUPS, -(-len(colleagues) // GROUP))):
        group = colleagues[number * GROUP : (number + 1) * GROUP]
        names = [blocks.option(REGISTER.text("option", name=each.name), str(each.person_id)) for each in group]
        ticks = blocks.tick("people", names, initial=[str(each.person_id) for each in group])
        label = REGISTER.text("people_more" if number else "people")
        yield blocks.field(label, ticks, block_id=f"people:{number}", optional=True)
    if len(colleagues) > GROUP * GROUPS:
        yield blocks.context(REGISTER.text("too_many", count=len(colleagues) - GROUP * GROUPS))


def _round_fields(request: Request, proposal: Proposal | None) -> Iterator[Block]:
    yield blocks.section(ROUNDS.text("intro"))
    kinds = request.school.training
    for number in range(-(-len(kinds) // GROUP)):
        group = kinds[number * GROUP : (number + 1) * GROUP]
        options = [blocks.option(REGISTER.text("option", name=kind.name), kind.key) for kind in group]
        # §9.7: for pupils, staff and parents; an induction is for newcomers only, so it is not proposed.
        ticks = blocks.tick("kinds", options, initial=[kind.key for kind in group if kind.every_months])
        yield blocks.field(ROUNDS.text("kinds"), ticks, block_id=f"kinds:{number}", optional=True)
    initial = ROUNDS.text("after", source=proposal.source) if proposal else ""
    reason = blocks.write("reason", lines=True, most=REASON, initial=initial)
    yield blocks.field(ROUNDS.text("reason"), reason, block_id="reason", hint=ROUNDS.text("reason_hint"))
    due_on = (request.context.today() + TIME_FOR_A_ROUND).isoformat()
    yield blocks.field(ROUNDS.text("due_on"), blocks.pick_day("due_on", due_on), block_id="due_on")


# ── the proposal as a message ──────────────────────────────────────────────────────────────────────────────────────


def _proposed_letter(context: Context, number: int) -> Letter:
    try:
        proposal = rounds.get(context, number)
    except (NotFound, Refused):
        said = ROUNDS.text("not_yours")
        return Letter(said, [blocks.section(said)])
    if proposal.state is not Proposed.OPEN:
        said = _answered(proposal)
        return Letter(said, [blocks.section(said)])
    said = _proposed(context, proposal)
    return Letter(said, [blocks.section(said), _proposal_buttons(proposal)])


def _proposed(context: Context, proposal: Proposal) -> Wording:
    day = spoken_day(school_day(proposal.proposed_at, context.school.timezone))
    return ROUNDS.text("proposal", source=proposal.source, day=day)


def _answered(proposal: Proposal) -> Wording:
    return ROUNDS.text("answered", source=proposal.source, state=ROUNDS.text(f"state_{proposal.state.value}"))


def _proposal_buttons(proposal: Proposal) -> Block:
    value = str(proposal.proposal_id)
    sure = blocks.confirm(*(ROUNDS.text(name) for name in ("dismiss_title", "dismiss_sure", "yes", "no")))
    start = blocks.button(ROUNDS.text("start"), "training.round", value=value, style="primary")
    return blocks.actions(start, blocks.button(ROUNDS.text("dismiss"), "training.dismiss", value=value, confirm=sure))


# ── the parts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _ticked(request: Request, name: str) -> list[str]:
    """Return what is ticked in all groups of a name."""
    groups = [value for block, value in request.fields.items() if block.startswith(f"{name}:")]
    return [str(value) for group in groups if isinstance(group, list) for value in group]


def _texts(request: Request) -> dict[str, str]:
    return {name: value for name, value in request.fields.items() if isinstance(value, str)}


NOTICES: Renders = {Notice.TRAINING_PROPOSED: _proposed_letter}

ROUTES = (
    button("training.register", COUNTERS, show),
    button("training.late", KEEPERS, late),
    button("training.several", KEEPERS, open_several),
    form("training.several", KEEPERS, record_several),
    button("training.round", STARTERS, open_round),
    form("training.round", STARTERS, start_round),
    button("training.dismiss", STARTERS, dismiss),
)
