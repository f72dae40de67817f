"""One school with a history, and a way to use each of its ways in, for all tests of this folder."""

import pytest

from tests.soak.soaking import Soak


@pytest.fixture(scope="session")
def soak(tmp_path_factory: pytest.TempPathFactory) -> Soak:
    return Soak(tmp_path_factory.mktemp("soak"))
