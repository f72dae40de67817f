"""Refreshers: proposed, started, shown in the register and stopped again. Policy §9.7."""

from collections.abc import Iterator
from datetime import timedelta

from bot.clock import school_day, spoken_day
from bot.context import Context
from bot.errors import NotFound, Refused
from bot.notices import Notice
from bot.rules.training import REASON, STARTERS
from bot.rules.training_rounds import State
from bot.services.training import rounds as service
from bot.services.training.rounds import Refresher
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.notices import Letter, Renders
from handlers.requests import Open, Reply, Request, Tell, Update, button, form, read_number
from storage.training.rounds import Proposal

ROUNDS = page("training/rounds")

GROUP = 10  # tick boxes: Slack takes ten in one group
TIME_FOR_A_ROUND = timedelta(days=14)  # what the form proposes; the head chooses


def open_round(request: Request) -> Reply:
    """Open the form for a refresher, from a proposal perhaps."""
    proposal = service.get(request.context, *request.record()) if request.value else None
    if proposal and proposal.state is not State.OPEN:
        return Open(blocks.modal(ROUNDS.text("title"), [blocks.Section(_answered(proposal))]))
    number, token = request.record() if proposal else (0, "")
    metadata = {"proposal": number, "token": token}
    return Open(
        blocks.modal(
            ROUNDS.text("title"),
            list(_round_fields(request, proposal)),
            form="training.round",
            submit=ROUNDS.text("submit"),
            metadata=metadata,
        )
    )


def start_round(request: Request) -> Reply:
    """Start it."""
    proposal = request.kept_number("proposal") or None
    done = service.start(
        request.context,
        ticked(request, "kinds"),
        texts(request),
        form_id=request.request_id,
        proposal_id=proposal,
        token=request.kept("token"),
    )
    said = ROUNDS.text("done", due_on=spoken_day(done.due_on), names=done.kind_names)
    return Update(blocks.modal(ROUNDS.text("title"), [blocks.Section(said)]))


def dismiss(request: Request) -> Reply:
    """Answer a proposal with No."""
    number, token = request.record()
    proposal = service.get(request.context, number, token)
    service.dismiss(request.context, number, token)
    said = ROUNDS.text("dismissed", source=proposal.source)
    return Tell(said, [blocks.Section(said)])


def open_stop(request: Request) -> Reply:
    """Ask which rounds of a refresher are to be stopped, and why."""
    found = service.refresher(request.context, request.number())
    title = ROUNDS.text("stop_title")
    if not found.running:
        return Open(blocks.modal(title, [blocks.Section(_refresher(request.context, found))]))
    window = request.window.window_id if request.window else ""
    return Open(
        blocks.modal(
            title,
            list(_stop_fields(found)),
            form="training.stop",
            submit=ROUNDS.text("stop_submit"),
            metadata={"refresher": found.number, "window": window},
        )
    )


def stopped(request: Request) -> Modal:
    """Stop what is ticked, and return the window that says so."""
    names = service.stop(
        request.context,
        request.kept_number("refresher"),
        [read_number(value) for value in ticked(request, "kinds")],
        texts(request),
        form_id=request.request_id,
    )
    return blocks.modal(ROUNDS.text("stop_title"), blocks.sections(ROUNDS.text("stop_done", names=names)))


# ── views ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def proposals(request: Request) -> Iterator[Block]:
    """Yield what waits for an answer, with its buttons."""
    for proposal in service.proposed(request.context):
        yield blocks.Section(_proposed(request.context, proposal))
        yield _proposal_buttons(proposal)


def refreshers(request: Request) -> Iterator[Block]:
    """Yield the newest refreshers, each with a button that stops it while anything of it runs."""
    for found in service.shown(request.context):
        text = _refresher(request.context, found)
        if found.running:
            due_on = spoken_day(found.rounds[0].due_on)
            spoken = ROUNDS.text("spoken_stop", due_on=due_on)
            label, value = ROUNDS.text("stop"), str(found.number)
            yield blocks.Section(text, accessory=blocks.Button(label, "training.stop", value=value, spoken=spoken))
        else:
            yield blocks.Section(text)


def _refresher(context: Context, found: Refresher) -> Wording:
    first = found.rounds[0]
    zone = context.school.timezone
    ended = [
        {
            "names": names,
            "on": spoken_day(school_day(stopped.at, zone)),
            "by": found.names.get(stopped.by, ""),
            "reason": stopped.reason,
        }
        for stopped, names in found.ended.items()
    ]
    return ROUNDS.text(
        "refresher",
        running=[each.kind_name for each in found.running],
        ended=ended,
        due_on=spoken_day(first.due_on),
        started_on=spoken_day(first.started_on),
        by=found.names.get(first.started_by, ""),
        reason=first.reason,
    )


def _round_fields(request: Request, proposal: Proposal | None) -> Iterator[Block]:
    yield blocks.Section(ROUNDS.text("intro"))
    kinds = request.school.training
    for number in range(-(-len(kinds) // GROUP)):
        group = kinds[number * GROUP : (number + 1) * GROUP]
        options = [blocks.Option(ROUNDS.text("option", name=kind.name), kind.key) for kind in group]
        # §9.7: for pupils, staff and parents; an induction is for newcomers only, so it is not proposed.
        ticks = blocks.tick("kinds", options, initial=[kind.key for kind in group if kind.every_months])
        yield blocks.Field(ROUNDS.text("kinds"), ticks, name=f"kinds:{number}", optional=len(kinds) > GROUP)
    initial = ROUNDS.text("after", source=proposal.source) if proposal else ""
    reason = blocks.Write("reason", lines=True, most=REASON, initial=initial)
    yield blocks.Field(ROUNDS.text("reason"), reason, name="reason", hint=ROUNDS.text("reason_hint"))
    due_on = (request.context.today() + TIME_FOR_A_ROUND).isoformat()
    yield blocks.Field(ROUNDS.text("due_on"), blocks.PickDay("due_on", due_on), name="due_on")


def _stop_fields(found: Refresher) -> Iterator[Block]:
    yield blocks.Section(ROUNDS.text("stop_intro"))
    for number in range(-(-len(found.running) // GROUP)):
        group = found.running[number * GROUP : (number + 1) * GROUP]
        options = [blocks.Option(ROUNDS.text("option", name=each.kind_name), str(each.round_id)) for each in group]
        ticks = blocks.tick("kinds", options, initial=[str(each.round_id) for each in group])
        is_optional = len(found.running) > GROUP
        yield blocks.Field(ROUNDS.text("stop_kinds"), ticks, name=f"kinds:{number}", optional=is_optional)
    reason = blocks.Write("reason", lines=True, most=REASON)
    yield blocks.Field(ROUNDS.text("reason"), reason, name="reason", hint=ROUNDS.text("reason_hint"))


# ── the proposal as a message ──────────────────────────────────────────────────────────────────────────────────────


def _proposed_letter(context: Context, number: int) -> Letter:
    try:
        proposal = service.get(context, number)
    except (NotFound, Refused):
        said = ROUNDS.text("not_yours")
        return Letter(said, [blocks.Section(said)])
    if proposal.state is not State.OPEN:
        said = _answered(proposal)
        return Letter(said, [blocks.Section(said)])
    said = _proposed(context, proposal)
    return Letter(said, [blocks.Section(said), _proposal_buttons(proposal)])


def _proposed(context: Context, proposal: Proposal) -> Wording:
    day = spoken_day(school_day(proposal.proposed_at, context.school.timezone))
    return ROUNDS.text("proposal", source=proposal.source, day=day)


def _answered(proposal: Proposal) -> Wording:
    return ROUNDS.text("answered", source=proposal.source, state=ROUNDS.text(f"state_{proposal.state.value}"))


def _proposal_buttons(proposal: Proposal) -> Block:
    value = proposal.button
    sure = blocks.Confirm(*(ROUNDS.text(name) for name in ("dismiss_title", "dismiss_sure", "yes", "no")))
    start = blocks.Button(ROUNDS.text("start"), "training.round", value=value, style="primary")
    return blocks.actions(start, blocks.Button(ROUNDS.text("dismiss"), "training.dismiss", value=value, confirm=sure))


# ── the parts ──────────────────────────────────────────────────────────────────────────────────────────────────────


def ticked(request: Request, name: str) -> list[str]:
    """Return what is ticked in all groups of a name."""
    groups = [value for block, value in request.fields.items() if block.startswith(f"{name}:")]
    return [str(value) for group in groups if isinstance(group, list) for value in group]


def texts(request: Request) -> dict[str, str]:
    """Return what was typed or chosen, one text for each field."""
    return {name: value for name, value in request.fields.items() if isinstance(value, str)}


NOTICES: Renders = {Notice.TRAINING_PROPOSED: _proposed_letter}

ROUTES = (
    button("training.round", STARTERS, open_round),
    form("training.round", STARTERS, start_round),
    button("training.dismiss", STARTERS, dismiss),
    button("training.stop", STARTERS, open_stop),
)
