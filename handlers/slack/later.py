"""The slow rest of an answer: done a moment after Slack has the answer, or at once when the process has to stop."""

import threading
from collections.abc import Callable

# Slack must have shown our answer before the rest changes it: whoever is overtaken by the answer is overwritten by it.
AFTER_SECONDS = 1.0


class Later:
    """Jobs that were put off. Each is done once, by its timer or by `drain`."""

    def __init__(self) -> None:
        self._waiting: dict[threading.Timer, Callable[[], None]] = {}
        self._begun: set[threading.Timer] = set()
        self._lock = threading.Lock()

    def put_off(self, job: Callable[[], None]) -> None:
        """Do a job in a moment. It has to deal with its own errors."""
        timer = threading.Timer(AFTER_SECONDS, lambda: self._do(timer))
        timer.daemon = True  # whoever stops drains, and does not wait for ever
        with self._lock:
            self._waiting[timer] = job
        timer.start()

    def drain(self, seconds: float | None = None) -> bool:
        """Do now what still waits, and wait for what has begun: before the process ends. Returns whether all is done.

        `seconds`: for how long at the most; without it, however long it takes.
        """
        with self._lock:
            waiting, begun = list(self._waiting), list(self._begun)
        for timer in waiting:
            timer.cancel()

        def finish() -> None:
            for timer in waiting:
                self._do(timer)
            for timer in begun:
                timer.join()

        if seconds is None:
            finish()
            return True
        finishing = threading.Thread(target=finish, name="later", daemon=True)
        finishing.start()
        finishing.join(seconds)
        return not finishing.is_alive()

    def _do(self, timer: threading.Timer) -> None:
        with self._lock:
            job = self._waiting.pop(timer, None)
            if job is None:
                return
            self._begun.add(timer)
        try:
            job()
        finally:
            with self._lock:
                self._begun.discard(timer)
