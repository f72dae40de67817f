"""`python -m tests.renderer`: the invented school in a browser, through the front of our own, until Ctrl-C."""

import contextlib
import signal
import tempfile
from pathlib import Path

from tests.renderer.opening import open_school
from tests.renderer.serving import serve


def main() -> None:
    """Serve until told to stop."""
    with tempfile.TemporaryDirectory() as folder, open_school(Path(folder)) as school, serve(school.front) as url:
        print(f"Everybody is invented: {url}")
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
