"""Slack sends whoever fetches a file on to where it lies: followed, but never with the token to anybody else."""

from pathlib import Path

import pytest

from tests.consent.test_imports import ROLL
from tests.consent.test_imports_slack import sent
from tests.platform.elsewhere import elsewhere
from tests.school import School

READ = "Nothing would change"
NOWHERE = "Slack did not say where the file is. Please send it again."

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)  # no database has to do with it


@pytest.mark.parametrize("times", [1, 3])
def test_a_file_behind_redirects_within_slack_is_read(school: School, times: int) -> None:
    school.slack.redirects.extend([""] * times)
    assert READ in sent(school, ROLL).text


def test_another_host_is_asked_without_the_token(
    school: School, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with elsewhere(tmp_path, ROLL) as there:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
        school.slack.redirects.append(there.url)
        shown = sent(school, ROLL)
    assert READ in shown.text
    (asked,) = there.asked
    assert "authorization" not in asked
    assert school.slack.token not in "".join(asked.values())


@pytest.mark.parametrize(
    "to", ["http://files.example/x", "ftp://files.example/x", "file:///etc/passwd", "//127.0.0.1:1/x"]
)
def test_no_other_way_is_gone(school: School, to: str) -> None:
    school.slack.redirects.append(to)
    assert NOWHERE in sent(school, ROLL).text


def test_who_is_sent_on_for_ever_stops(school: School) -> None:
    school.slack.redirects.extend([""] * 4)
    assert NOWHERE in sent(school, ROLL).text
    school.slack.redirects.clear()


def test_a_file_elsewhere_that_is_too_large_is_not_read(
    school: School, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with elsewhere(tmp_path, b"x" * (20 * 1024 * 1024 + 1)) as there:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
        school.slack.redirects.append(there.url)
        assert "larger than 20 MB" in sent(school, ROLL).text


def test_the_log_in_page_at_the_end_is_no_file(school: School) -> None:
    school.slack.scopes -= {"files:read"}
    school.slack.redirects.append("")
    assert "the IT lead must add the scope files:read" in sent(school, ROLL).text
