"""A second front stands beside Slack's without it: in a process of its own nothing of Slack's is even loaded."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.requests import Kind
from tests.browser.workspace import PROJECT
from tests.people import ANN, CARA, HANA, OLU
from tests.renderer import page
from tests.renderer.entered import Sent
from tests.renderer.opening import School, open_school
from tests.renderer.serving import read, serve

ALONE = """
import sys, urllib.request
from pathlib import Path
from tests.renderer.opening import open_school
from tests.renderer.serving import serve

with open_school(Path(sys.argv[1])) as school, serve(school.front) as url:
    page = urllib.request.urlopen(f"{url}/U0ANN/home").read().decode()
    assert "Good morning Ann" in page and "<form" in page, page
    urllib.request.urlopen(f"{url}/U0ANN/command", data=b"text=/consent+Jamie")
    assert "Which Jamie?" in urllib.request.urlopen(f"{url}/U0ANN/messages").read().decode()
print(sorted(name for name in sys.modules if name.startswith(("slack", "handlers.slack", "bot.app"))))
"""


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    """The invented school behind this front."""
    with open_school(tmp_path) as opened:
        yield opened


def test_nothing_of_slacks_is_loaded(tmp_path: Path) -> None:
    alone = [sys.executable, "-c", ALONE, str(tmp_path)]
    done = subprocess.run(alone, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_role_that_may_not_and_a_command_that_is_not_there_are_told(school: School) -> None:
    assert "Not for this role" in page.message(school.front.command(ANN.user_id, "/consent-record").messages[-1])
    assert "does not know this command" in page.message(school.front.command(ANN.user_id, "/nothing").messages[-1])
    assert [route.name for route in school.front.may(OLU.user_id, Kind.SHORTCUT)].count("ledger.form") == 1


def test_a_picker_suggests_and_the_form_knows_what_was_chosen(school: School) -> None:
    screen = school.front.shortcut(ANN.user_id, "consent.form")
    window = screen.windows[-1]
    offered = school.front.suggest(ANN.user_id, window.name, "consent.pupils", "Jamie Now")
    assert [option.text for option in offered] == ["Jamie Nowak · 3B"]
    name = next(field.name for field in window.fields())
    sent = {f"field.{name}": [offered[0].value], "field.use": ["*"], "field.medium": ["both"]}
    school.front.submit(ANN.user_id, window.name, Sent(sent))
    assert window.errors == {}
    assert "Jamie Nowak" in page.window(window)


def test_what_takes_its_time_is_shown_where_it_was_asked_for(school: School) -> None:
    front = school.front
    window = front.press(OLU.user_id, "home", "imports.open").windows[-1]
    roll = Path(PROJECT / "tests/sample-school/roll.csv").read_bytes()
    front.submit(OLU.user_id, window.name, Sent(files={"field.file": ("roll.csv", roll)}))
    assert window.errors == {}
    assert "change" in window.modal.title


def test_an_overdue_refresher_is_told_in_the_morning_and_a_file_comes_with_its_message(school: School) -> None:
    school.clock.forward(days=7)
    school.tick()
    assert "Social Media Policy induction" in page.message(school.front.screens[CARA.user_id].messages[-1])
    screen = school.front.screens[HANA.user_id]
    school.front.press(HANA.user_id, "home", "deliveries.overview", "overview-pdf")
    (file,) = [file for message in screen.messages for file in message.files]
    assert file.content.startswith(b"%PDF")
    with serve(school.front) as url:
        assert url.startswith("http://127.0.0.1:")


def test_a_form_with_a_file_is_read() -> None:
    content = (
        b'--x\r\nContent-Disposition: form-data; name="field.a"\r\n\r\nOne \xc3\xa9\r\n'
        b'--x\r\nContent-Disposition: form-data; name="field.a"\r\n\r\nTwo\r\n'
        b'--x\r\nContent-Disposition: form-data; name="field.file"; filename="a.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n%PDF\x00\xff\r\n--x--\r\n"
    )
    sent = read(content, "multipart/form-data; boundary=x")
    assert sent == Sent({"field.a": ["One é", "Two"]}, {"field.file": ("a.pdf", b"%PDF\x00\xff")})
