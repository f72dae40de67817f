"""`python -m bot …`."""

import gc
import os
import sys

from bot.errors import MENDABLE, LanyardError

NOT_OURS = 0o077  # the bits of a new file's mode that are never set: those of the group and of everybody else


def main() -> None:
    """Run a command; what a person can mend ends in one line and status 2, never in a traceback."""
    os.umask(NOT_OURS)  # first of all: any command may be the one that makes the database
    try:
        if sys.argv[1:] == ["run"]:
            _run()
        else:
            from bot.commands import app, slips

            slips.run(app)
    except LanyardError as error:
        print(f"lanyard: {error}", file=sys.stderr)  # noqa: T201 - this is the command line
        sys.exit(MENDABLE)


def _run() -> None:
    """Serving starts fast: without a parser for one word, and without looking for garbage where all is to stay."""
    gc.disable()  # until it serves
    from bot import serve

    serve.run()


main()
