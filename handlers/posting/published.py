"""What is still published, and has been for a year, or rests on a Yes that has run out: it is looked at, in pieces."""

from bot.clock import spoken_day
from bot.services.posting import published
from bot.services.posting.posts import Post
from bot.services.posting.published import ToLookAt
from bot.services.record_views import RecordView
from bot.wording import Wording, page
from handlers import blocks
from handlers.blocks import Block, Modal
from handlers.requests import EVERYONE, Errors, Open, Reply, Request, Update, button, form

VIEW = page("posting/published")
A_GROUP = 10  # tick boxes in one field
POSTS, OUTCOME = "posts", "outcome"
KEEP, DOWN = "keep", "down"


def show(request: Request) -> Reply:
    """Show what is to be looked at."""
    return Open(_window(published.get(request.context)))


def looked(request: Request) -> Reply:
    """Note what was found of those that were ticked."""
    outcome = str(request.fields.get(OUTCOME) or "")
    if outcome not in {KEEP, DOWN}:
        return Errors({OUTCOME: VIEW.text("choose")})
    ticked = {
        int(each)
        for name, some in request.fields.items()
        if name.startswith(POSTS) and isinstance(some, list)
        for each in some
        if isinstance(each, str) and each.isdecimal()
    }
    return Update(_window(published.keep(request.context, ticked, is_down=outcome == DOWN)))


def _window(found: ToLookAt) -> Modal:
    title = VIEW.text("title")
    if not found.posts:
        return blocks.modal(title, [blocks.Section(VIEW.text("nothing"))])
    shown: list[Block] = [blocks.Section(VIEW.text("intro", count=found.count))]
    for start in range(0, len(found.posts), A_GROUP):
        options = [
            blocks.Option(
                VIEW.text("post", name=view.name, surface=view.form.surface), str(view.record.record_id), _about(view)
            )
            for view in found.posts[start : start + A_GROUP]
        ]
        name = f"{POSTS}-{start // A_GROUP}" if start else POSTS
        label = VIEW.text("posts_more" if start else "posts")
        is_optional = len(found.posts) > A_GROUP
        shown.append(blocks.Field(label, blocks.tick(name, options), name=name, optional=is_optional))
    if found.count > len(found.posts):
        shown.append(blocks.Context(VIEW.text("more", count=found.count - len(found.posts))))
    options = [blocks.Option(VIEW.text("keep"), KEEP), blocks.Option(VIEW.text("down"), DOWN)]
    shown.append(blocks.Field(VIEW.text("outcome"), blocks.radio(OUTCOME, options), name=OUTCOME))
    return blocks.modal(title, shown, form="posting.looked", submit=VIEW.text("submit"))


def _about(view: RecordView[Post]) -> Wording:
    form = view.form
    told = {"day": spoken_day(form.posted_on), "place": form.place, "without": len(form.without)}
    return VIEW.text("about", **told, out_on=spoken_day(form.out_on) if form.out_on else "")


ROUTES = (button("posting.look", EVERYONE, show), form("posting.looked", EVERYONE, looked))
