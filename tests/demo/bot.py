"""`python -m bot run` in the demo: the real bot, but it is always the morning of a school day.

Most messages wait for the working hours of a school day; whoever tries the demo on a Sunday or in August would wait
too.
"""

import sys
from datetime import datetime, timedelta

from bot import serve
from bot.clock import now, school_day
from bot.errors import MENDABLE, LanyardError
from tests.demo import furniture

A_LITTLE_LATER = timedelta(minutes=75)  # a quarter past nine


def school_morning() -> timedelta:
    """Return how far the demo's clock is ahead of the real one."""
    real = now()
    return furniture.calendar(school_day(real, "Europe/London")).next_morning(real) + A_LITTLE_LATER - real


def main() -> None:
    """Run until told to stop."""
    ahead = school_morning()

    def clock() -> datetime:
        return now() + ahead

    try:
        serve.run(clock)
    except LanyardError as error:
        print(f"lanyard: {error}", file=sys.stderr)
        sys.exit(MENDABLE)


if __name__ == "__main__":
    main()
