"""The obeying child on a system that knows no limits, such as Windows."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bot.bounded import child, limits, readers
from tests.bounded.obeying import obey

if __name__ == "__main__":
    sys.modules["resource"] = None  # type: ignore[assignment]
    readers.READERS = dict.fromkeys(limits.Kind, obey)
    child.main()
