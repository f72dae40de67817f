"""A machine on which nothing has been done yet."""

from pathlib import Path

import pytest

from tests.running.test_serve import Machine
from tests.slack.fake import FakeSlack


@pytest.fixture
def machine(slack: FakeSlack, tmp_path: Path) -> Machine:
    """The command line, in a folder of its own, beside a Slack with the invented school's people."""
    return Machine(tmp_path, slack)
