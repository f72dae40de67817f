"""A new version of the policy from the school's own document: send it, see what was found, put it in force."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from bot.errors import BadInput, LanyardError
from bot.rules.policy.changes import Kind
from bot.rules.policy.ours import Correspondence
from bot.services.policy import documents
from bot.services.policy.documents import KEEPERS, Preview
from bot.wording import lines, page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.policy import changes
from handlers.requests import Done, Errors, Later, Open, Reply, Request, SentFile, Update, button, closed, form

FORM = page("policy/import")
FILE_TYPES = ("docx", "pdf", "txt")  # a convenience: what a file is, its content says
SHOWN_CHANGES, SHOWN_NUMBERS = 40, 20


def open_form(request: Request) -> Reply:
    """Ask for the document."""
    picker = blocks.Upload("file", FILE_TYPES)
    today = request.context.today()
    label = blocks.Write("label", initial=f"{today:%Y-%m}", most=40)
    day = blocks.PickDay("approved", today.isoformat())
    shown = [
        blocks.Section(FORM.text("intro")),
        blocks.Field(FORM.text("file"), picker, name="file", hint=FORM.text("file_hint")),
        blocks.Field(FORM.text("label"), label, name="label", hint=FORM.text("label_hint")),
        blocks.Field(FORM.text("approved"), day, name="approved"),
    ]
    return Open(blocks.modal(FORM.text("title"), shown, form="policy.read", submit=FORM.text("submit")))


def read(request: Request) -> Reply:
    """Fetch the document and show what is in it."""
    files = request.fields.get("file") or ()
    if not files:
        return Errors({"file": FORM.text("nothing_sent")})
    try:
        approved = date.fromisoformat(str(request.fields.get("approved") or ""))
    except ValueError:
        return Errors({"approved": FORM.text("no_day")})
    label = str(request.fields.get("label") or "").strip()
    return Later(Update(_told("reading")), lambda: _show_when_done(request, files[0], label, approved))


def apply(request: Request) -> Reply:
    """Put the version that was shown in force."""
    version = documents.apply_draft(request.context, request.kept_number("draft"))
    return Update(blocks.modal(FORM.text("done_title"), [blocks.Section(FORM.text("done", label=version.label))]))


def cancel(request: Request) -> Reply:
    """Forget a document that was closed without putting it in force."""
    documents.discard_draft(request.context, request.kept_number("draft"))
    return Done()


def _show_when_done(request: Request, file: SentFile, label: str, approved: date) -> None:
    try:
        view = _preview(documents.keep_draft(request.context, file.fetch(), label=label, approved_on=approved))
    except BadInput as error:
        view = _told("failed", message=" ".join(error.fields.values()) or str(error))
    except LanyardError as error:
        view = _told("failed", message=error)
    except Exception:
        request.show(_told("broken"))
        raise
    request.show(view)


def _told(block: str, **values: object) -> Modal:
    return blocks.modal(FORM.text("title"), [blocks.Section(FORM.text(block, **values))])


def _preview(found: Preview) -> Modal:
    if found.is_known:
        return _told("same", label=found.label)
    return blocks.modal(
        FORM.text("title"),
        [*_document(found), *_changes(found)],
        form="policy.apply",
        submit=FORM.text("apply"),
        close=FORM.text("cancel"),
        metadata={"draft": found.draft},
        tell_when_closed=True,
    )


def _document(found: Preview) -> Iterator[Block]:
    document = found.document
    counts = {"sections": len(document.numbered), "clauses": document.clause_count()}
    yield blocks.Section(FORM.text("found", label=found.label, **counts))
    listed = [
        FORM.text("section", number=each.number, heading=each.heading, count=len(each.clauses))
        for each in document.sections
    ]
    yield from blocks.sections(lines(listed))[:5]
    if missing := document.missing():
        more = max(0, len(missing) - SHOWN_NUMBERS)
        yield blocks.Section(FORM.text("missing", numbers=missing[:SHOWN_NUMBERS], more=more))
    if twice := document.twice():
        yield blocks.Section(FORM.text("twice", numbers=twice[:SHOWN_NUMBERS]))
    if document.doubts:
        yield blocks.Section(FORM.text("doubts", doubts=document.doubts))
    if other := Correspondence(document).other:
        more = max(0, len(other) - SHOWN_NUMBERS)
        yield blocks.Section(FORM.text("numbered", numbers=other[:SHOWN_NUMBERS], more=more))
    if document.left_out:
        yield blocks.Context(FORM.text("left_out", count=document.left_out))


def _changes(found: Preview) -> Iterator[Block]:
    if found.before is None:
        yield blocks.Section(FORM.text("first"))
        return
    kinds = Counter(change.kind for change in found.changes)
    yield blocks.Section(FORM.text("differs", before=found.before.label, **{kind.value: kinds[kind] for kind in Kind}))
    sheet = blocks.Sheet(SHOWN_CHANGES, 20_000)
    for done, change in enumerate(found.changes):
        if not sheet.takes(changes.shown(change)):
            sheet.blocks.append(blocks.Context(FORM.text("more_changes", count=len(found.changes) - done)))
            break
    yield from sheet.blocks


ROUTES = (
    button("policy.import", frozenset(KEEPERS), open_form),
    form("policy.read", frozenset(KEEPERS), read),
    form("policy.apply", frozenset(KEEPERS), apply),
    closed("policy.apply", frozenset(KEEPERS), cancel),
)
