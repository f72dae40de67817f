"""Where pictures appear: the register of accounts and other places, and who looks after each. Policy §5.1."""

from collections.abc import Sequence

from bot.rules.posting.surfaces import KEEPERS, LONGEST_NAME, LONGEST_RECOVERY, LONGEST_URL, Surface
from bot.services.posting import surfaces
from bot.services.posting.surfaces import Register
from bot.wording import page
from handlers import blocks
from handlers.blocks import Block, Modal, Sheet
from handlers.parts import colleagues
from handlers.parts.records import texts
from handlers.requests import Open, Push, Reply, Request, Suggestions, Update, button, form, options, read_number

VIEW = page("surfaces/view")
MOST_CUSTODIANS = 10
ROOM, LIST_CHARACTERS = 4, 20_000
NEW = "new"


def show(request: Request) -> Reply:
    """Show the register."""
    return Open(_register(request, surfaces.register(request.context)))


def open_form(request: Request) -> Reply:
    """Open the form of one place, or of a new one."""
    known = surfaces.register(request.context)
    this = None if request.value == NEW else known.surface(request.number())
    return Push(_form(request, known, this))


def keep(request: Request) -> Reply:
    """Add the place, or change it."""
    this = request.metadata.get("surface")
    surface_id = None if this is None else request.kept_number("surface")
    people = [read_number(each) for each in request.fields.get("custodians") or ()]
    return Update(_register(request, surfaces.keep(request.context, surface_id, texts(request), people)))


def close(request: Request) -> Reply:
    """Close a place: nothing new is posted there, and what was stays on record."""
    return Update(_register(request, surfaces.set_open(request.context, request.number(), is_open=False)))


def open_again(request: Request) -> Reply:
    """Open a closed place again."""
    return Update(_register(request, surfaces.set_open(request.context, request.number(), is_open=True)))


def looked(request: Request) -> Reply:
    """Note that all of it is right."""
    return Update(_register(request, surfaces.look_through(request.context)))


def suggest(request: Request) -> Reply:
    """Offer colleagues while somebody types."""
    return Suggestions(colleagues.suggestions(surfaces.register(request.context).people, request.typed))


def _register(request: Request, found: Register) -> Modal:
    sheet = Sheet(blocks.WINDOW_BLOCKS - ROOM, LIST_CHARACTERS)
    sheet.takes(
        [
            blocks.Section(VIEW.text("intro")),
            blocks.actions(
                blocks.Button(VIEW.text("add"), "surfaces.form:new", value=NEW, style="primary"),
                blocks.Button(VIEW.text("all_right"), "surfaces.looked"),
            ),
        ]
    )
    if found.is_due:
        sheet.takes([blocks.Section(VIEW.text("is_due"))])
    rows = [_row(request, found, each) for each in found.surfaces]
    rows += [_closed(each) for each in found.closed]
    shown = sum(1 for row in rows if sheet.takes([row]))
    more = [blocks.Context(VIEW.text("more", count=len(rows) - shown))] if shown < len(rows) else []
    return blocks.modal(VIEW.text("title"), [*sheet.blocks, *more])


def _row(request: Request, found: Register, this: Surface) -> Block:
    use = request.school.use(this.use_key)
    names = [found.names[each] for each in sorted(this.custodians) if each in found.names]
    may_post = [f"{name} ({record})" for name, record in found.may_post.get(this.surface_id, ())]
    told = {"use": use.name if use else "", "names": names, "may_post": may_post, "recovery": this.recovery}
    text = VIEW.text("row", name=this.name, **told, phones=this.takes_phones)
    edit = blocks.Button(VIEW.text("change"), f"surfaces.form:{this.surface_id}", value=str(this.surface_id))
    return blocks.Section(text, accessory=edit)


def _closed(this: Surface) -> Block:
    again = blocks.Button(VIEW.text("again"), f"surfaces.again:{this.surface_id}", value=str(this.surface_id))
    return blocks.Section(VIEW.text("closed", name=this.name), accessory=again)


def _form(request: Request, found: Register, this: Surface | None) -> Modal:
    uses = [blocks.Option(VIEW.text("name", name=use.name), use.key) for use in request.school.uses]
    chosen = tuple(_options(found, sorted(this.custodians))) if this else ()
    name = blocks.Write("name", initial=this.name if this else "", most=LONGEST_NAME)
    url = blocks.Write("url", initial=this.url if this else "", most=LONGEST_URL)
    phones = [blocks.Option(VIEW.text("phones_yes"), "yes"), blocks.Option(VIEW.text("phones_no"), "no")]
    allowed = ("yes" if this.takes_phones else "no") if this else None
    recovery = blocks.Write("recovery", initial=this.recovery if this else "", most=LONGEST_RECOVERY)
    people = blocks.Suggest(
        "surfaces.people", VIEW.text("placeholder"), several=True, most=MOST_CUSTODIANS, initial=chosen
    )
    shown: list[Block] = [
        blocks.Field(VIEW.text("label_name"), name, name="name", hint=VIEW.text("name_hint")),
        blocks.Field(
            VIEW.text("label_use"), blocks.pick("use", uses, initial=this.use_key if this else None), name="use"
        ),
        blocks.Field(
            VIEW.text("label_custodians"), people, name="custodians", hint=VIEW.text("who_hint"), optional=True
        ),
        blocks.Field(VIEW.text("label_phones"), blocks.radio("phones", phones, initial=allowed), name="phones"),
        blocks.Field(VIEW.text("label_url"), url, name="url", hint=VIEW.text("url_hint"), optional=True),
        blocks.Field(
            VIEW.text("label_recovery"), recovery, name="recovery", hint=VIEW.text("recovery_hint"), optional=True
        ),
    ]
    metadata: dict[str, object] = {}
    if this:
        metadata["surface"] = this.surface_id
        sure = blocks.Confirm(
            VIEW.text("sure_title"), VIEW.text("sure", name=this.name), VIEW.text("close_yes"), VIEW.text("close_no")
        )
        shut = blocks.Button(
            VIEW.text("close_button"), "surfaces.close", value=str(this.surface_id), style="danger", confirm=sure
        )
        shown.append(blocks.actions(shut))
    title = VIEW.text("form_title" if this else "new_title")
    return blocks.modal(title, shown, form="surfaces.keep", submit=VIEW.text("submit"), metadata=metadata)


def _options(found: Register, people: Sequence[int]) -> list[blocks.Option]:
    known = {each.person_id: each for each in found.people}
    return [colleagues.option(known[each]) for each in people if each in known]


ROUTES = (
    button("surfaces.open", KEEPERS, show),
    button("surfaces.form", KEEPERS, open_form),
    form("surfaces.keep", KEEPERS, keep),
    button("surfaces.close", KEEPERS, close),
    button("surfaces.again", KEEPERS, open_again),
    button("surfaces.looked", KEEPERS, looked),
    options("surfaces.people", KEEPERS, suggest),
)
