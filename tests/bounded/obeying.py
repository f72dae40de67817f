"""A child whose reader does what the file says: hangs, floods, dies. All else of it is the real one."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from bot.bounded import child, limits, readers
from bot.errors import BadFile, BadInput
from bot.reading.columns import Finding
from bot.reading.staff.rows import Member, StaffList

NAME = "Fatima van Dijk"


def obey(content: bytes, told: Any, progress: Any) -> Any:  # noqa: PLR0912
    """Do as the file says."""
    said = content.decode()
    if said == "sleep":
        progress(0, 1)
        time.sleep(600)
    elif said == "spin":
        while True:
            pass
    elif said == "eat":
        eaten = [NAME * 1_000_000]
        while True:
            eaten.append(eaten[-1] + NAME)
    elif said == "die":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif said == "leave":
        os._exit(0)
    elif said == "flood":
        return StaffList((), tuple(Finding(1, NAME, NAME * 1_000) for _ in range(10_000)))
    elif said == "trip":
        raise ValueError(NAME)
    elif said == "other":
        return Finding(1, "", NAME)
    elif said == "refuse":
        raise BadFile("This is not a staff list.")
    elif said == "mend":
        raise BadInput("Mend it.", fields={"file": "this one"})
    elif said == "look around":
        held = [name for name in os.listdir("/proc/self/fd") if name not in "012"]
        return StaffList((), tuple(Finding(0, "", each) for each in (*os.environ, *sys.argv[1:], str(len(held)))))
    elif said == "write":
        Path(told["path"]).write_bytes(b"x")
    progress(1, 2)
    progress(2, 2)
    return StaffList(tuple(Member("a@elm.example", "A", "", None, ("3B",), line) for line in range(2_500)), ())


if __name__ == "__main__":
    readers.READERS = dict.fromkeys(limits.Kind, obey)
    child.main()
