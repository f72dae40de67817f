"""Work that takes longer than Slack waits: done behind an answer, and shown in the window that the person looks at."""

from collections.abc import Callable

from bot.errors import LanyardError
from handlers.blocks import Modal
from handlers.requests import Request


def show_when_done(
    request: Request, work: Callable[[], Modal], failed: Callable[[LanyardError], Modal], broken: Modal
) -> None:
    """Do the work and show its view, or what went wrong. `failed`: the view of an error; `broken`: of one of ours."""
    try:
        view = work()
    except LanyardError as error:
        view = failed(error)
    except Exception:
        request.show(broken)
        raise
    request.show(view)
