"""The review of the policy in Slack: opened by the head, signed by every reviewer."""

from collections.abc import Iterator

from bot.clock import spoken_day, spoken_instant
from bot.context import Context
from bot.errors import NotFound
from bot.rules.buttons import token_of
from bot.rules.policy.review import State
from bot.rules.school import Role
from bot.services.policy import reviews
from bot.services.policy.reviews import LONGEST, MAY_SEE, OPENERS
from bot.services.policy.reviews import View as Record
from bot.wording import page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.notices import Letter
from handlers.requests import Open, Reply, Request, Update, button, form

REVIEW, ROLES = page("policy/review"), page("help/roles")
SHOWN_REMARKS = 1500  # letters: in full it is on the record


def show(request: Request) -> Reply:
    """Show the review that is meant, else the open one, else when the next one is due."""
    if request.value:
        return Open(_view(request, reviews.get(request.context, *request.record())))
    found = reviews.current(request.context)
    return Open(_view(request, reviews.get(request.context, found.number)) if found else _not_open(request))


def open_review(request: Request) -> Reply:
    """Open the review."""
    return Update(_view(request, reviews.open_review(request.context)))


def sign(request: Request) -> Reply:
    """Take this person's signature, for every role that is theirs."""
    record = reviews.sign(
        request.context,
        request.kept_number("number"),
        request.kept("token"),
        shown_for=request.kept("label"),
        remarks=str(request.fields.get("remarks") or ""),
        signature=str(request.fields.get("signature") or ""),
    )
    return Update(_view(request, record))


def call_off(request: Request) -> Reply:
    """Call a review off."""
    return Update(_view(request, reviews.call_off(request.context, *request.record())))


def letter(context: Context, number: int) -> Letter:
    """Say what the message to a reviewer says now."""
    title = context.school.policy.title
    try:
        record = reviews.get(context, number)
    except NotFound:
        said = REVIEW.text("letter_over", title=title, state="")
        return Letter(said, [blocks.Section(said)])
    on = spoken_day(record.review.due)
    label = "letter_look"
    if record.mine:
        said, label = REVIEW.text("letter_sign", title=title, label=record.label, on=on), "letter_open"
    elif record.has_signed and record.review.state is State.OPEN:
        said = REVIEW.text("letter_signed", title=title, waits=bool(record.waiting))
    else:
        said = REVIEW.text("letter_over", title=title, state=record.review.state.value)
    opener = blocks.Button(REVIEW.text(label), "policy.review", value=record.review.button)
    return Letter(said, [blocks.Section(said), blocks.actions(opener)])


def _not_open(request: Request) -> Modal:
    due, settings = reviews.due(request.context), request.school.policy
    if due is None:
        return blocks.modal(REVIEW.text("title"), [blocks.Section(REVIEW.text("nothing_due"))])
    on = spoken_day(due.on)
    values = {"title": settings.title, "label": due.label, "committee": settings.reviewed_by}
    shown = [blocks.Section(REVIEW.text("not_open", on=on, **values))]
    if due.on < request.context.today():
        shown.append(blocks.Section(REVIEW.text("overdue", on=on)))
    if not request.person.holds(*OPENERS):
        return blocks.modal(REVIEW.text("title"), [*shown, blocks.Section(REVIEW.text("head_opens"))])
    shown.append(blocks.Section(REVIEW.text("open_sure")))
    return blocks.modal(REVIEW.text("title"), shown, form="policy.open_review", submit=REVIEW.text("open"))


def _view(request: Request, record: Record) -> Modal:
    shown = [*_state(request, record), *_signatures(request, record)]
    if record.review.state is State.OPEN:
        shown += _buttons(record)
    if not record.mine:
        return blocks.modal(REVIEW.text("title"), shown)
    roles = [_who(request, role)["committee"] or ROLES.text(role.value) for role in record.mine]
    shown.append(blocks.Section(REVIEW.text("sign_for", roles=roles)))
    signer = REVIEW.text("signature_hint", signer=request.person.name)
    remarks = blocks.Write("remarks", lines=True, most=LONGEST)
    shown += [
        blocks.Field(REVIEW.text("signature"), blocks.Write("signature", most=200), name="signature", hint=signer),
        blocks.Field(REVIEW.text("remarks"), remarks, name="remarks", hint=REVIEW.text("remarks_hint"), optional=True),
    ]
    metadata = {"number": record.review.number, "token": token_of(record.review.opened_at), "label": record.label}
    return blocks.modal(
        REVIEW.text("title"), shown, form="policy.sign", submit=REVIEW.text("submit"), metadata=metadata
    )


def _state(request: Request, record: Record) -> Iterator[Block]:
    found, zone = record.review, request.school.timezone
    values = {
        "label": record.label,
        "since": spoken_instant(found.opened_at, zone),
        "on": spoken_day(found.due),
        "ended": spoken_instant(found.ended_at, zone) if found.ended_at else "",
        "next_review": spoken_day(found.next_review) if found.next_review else "",
    }
    yield blocks.Section(REVIEW.text(f"state_{found.state.name.lower()}", **values))


def _signatures(request: Request, record: Record) -> Iterator[Block]:
    for each in record.review.sign_offs:
        at = spoken_instant(each.at, request.school.timezone)
        # Who signed an earlier text signs the newer one, too; the record says for which one it was.
        label = each.label if each.label != record.label else ""
        values = {"signature": each.signature, "at": at, "label": label, "remarks": each.remarks[:SHOWN_REMARKS]}
        yield blocks.Section(REVIEW.text("signed", **_who(request, each.role), **values))
    for role, who in record.waiting.items():
        block = "waits" if who else "nobody"
        yield blocks.Section(REVIEW.text(block, **_who(request, role), who=who))


def _buttons(record: Record) -> list[Block]:
    row = [blocks.Button(REVIEW.text("read"), "policy.contents")]
    if record.may_call_off:
        sure = blocks.Confirm(*(REVIEW.text(name) for name in ("call_off_title", "call_off_sure", "yes", "no")))
        off = blocks.Button(
            REVIEW.text("call_off"), "policy.call_off", value=record.review.button, style="danger", confirm=sure
        )
        row.append(off)
    return [blocks.actions(*row)]


def _who(request: Request, role: Role) -> dict[str, str]:
    committee = request.school.policy.reviewed_by if role is Role.GOVERNOR else ""
    return {"role": ROLES.text(role.value), "committee": committee}


ROUTES = (
    button("policy.review", MAY_SEE, show),
    form("policy.open_review", frozenset(OPENERS), open_review),
    form("policy.sign", MAY_SEE, sign),
    button("policy.call_off", frozenset(OPENERS), call_off),
)
