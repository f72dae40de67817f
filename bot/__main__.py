"""`python -m bot …`."""

import gc
import sys

from bot.errors import MENDABLE, LanyardError


def main() -> None:
    """Run a command; what a person can mend ends in one line and status 2, never in a traceback."""
    try:
        if sys.argv[1:] == ["run"]:
            _run()
        else:
            from bot.commands import app

            app()
    except LanyardError as error:
        print(f"lanyard: {error}", file=sys.stderr)  # noqa: T201 - this is the command line
        sys.exit(MENDABLE)


def _run() -> None:
    """Serving starts fast: without a parser for one word, and without looking for garbage where all is to stay."""
    gc.disable()  # until it serves
    from bot import serve

    serve.run()


main()
