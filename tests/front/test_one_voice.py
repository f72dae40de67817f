"""One voice: what waits and what is due is said in the same words and counted the same, wherever it is read."""

import re

import pytest

from tests.access.test_access import YES, ask
from tests.content.test_content import report
from tests.people import ANN, BEN, CARA, DEV, HANA, OLU, Someone
from tests.policy.test_policy import imported
from tests.reminders.test_monday import at, digests, window
from tests.school import School
from tests.slack.views import View

pytestmark = pytest.mark.databases("sqlite")  # it is the wording and the counts that are looked at

ON_HOME = re.compile(r"^(?:Due |⏰ (?:Due|Overdue|\d+ day))", re.MULTILINE)  # when a thing is due, below its line
HEADS = (HANA, DEV)


def number(pattern: str, text: str) -> int:
    """Return the number that a sentence holds, 0 where it is not said."""
    found = re.search(pattern, text)
    return int(found[1]) if found else 0


def everything(school: School, who: Someone) -> str:
    shown = school.press(who, school.more(who), "All that is due").view
    assert shown is not None
    return shown.text


def behind(school: School, who: Someone, button: str) -> View:
    shown = school.press(who, school.more(who), button).view
    assert shown is not None
    return shown


@pytest.fixture
def january(school: School) -> School:
    """A school in which a request and two reports have waited for days, and all yearly training is overdue."""
    imported(school)
    at(school, 2026, 12, 31, 8, 0)
    school.tick()
    ask(school)
    report(school, BEN)
    report(school, CARA)
    school.deliver()
    at(school, 2027, 1, 11, 8, 0)
    school.tick()
    school.deliver()
    return school


@pytest.mark.parametrize("who", [HANA, DEV, OLU, ANN])
def test_home_the_digest_and_the_window_count_the_same_things(january: School, who: Someone) -> None:
    home = january.home(who).text
    waits = number(r"\*(\d+) waits? for you\*", home)
    assert waits == (3 if who in HEADS else 0)
    on_home = waits + len(ON_HOME.findall(home)) + number(r"(\d+) more (?:is|are) due", home)
    told = digests(january, who)[-1].text
    shown = everything(january, who)
    assert on_home == number(r"\*(\d+) things? to do\*", told) == number(r"\*(\d+) things? to do\*", shown) > 0
    for line in re.findall(r"^\*.* waits for you\*.*$", told, re.MULTILINE):
        assert line in shown


def test_the_week_the_overview_and_the_register_count_the_same_things(january: School) -> None:
    week = {who: window(january, who).text for who in HEADS}
    register = behind(january, HANA, "The school's training").text
    for who in HEADS:
        home, overview = january.home(who).text, behind(january, who, "School overview").text
        assert number(r"\*(\d+) wait for you\*", home) == number(r"\*Waiting\* \((\d+)\)", week[who])
        assert number(r"\*(\d+) overdue in the school\*", home) == number(r"\*Overdue\* \((\d+)\)", week[who])
        each = [int(count) for count in re.findall(r": (\d+) overdue$", week[who], re.MULTILINE)]
        assert sum(each) + number(r"(\d+) of the staff should", week[who]) == number(r"\((\d+)\)\n", week[who][40:])
        for name, count in (("Online safety refresher", 9), ("Identifying pupils at risk", 4)):
            assert f"{name}: {count} overdue" in week[who]
            assert re.search(rf"{name} \(.*, {count} overdue", overview)
            assert re.search(rf"\*{name}\* .*\n⚠️ {count} overdue", register)
    message = digests(january)[-1].text
    assert "*Waiting:* 1 request to decide · 2 reports not dealt with." in message
    assert "Online safety refresher: 9 · " in message


def test_once_it_is_done_it_is_gone_everywhere(january: School) -> None:
    told = digests(january)[-1]
    assert "*AR-1 waits for you*, since Thu 31 Dec 2026." in told.text
    approving = january.press(HANA, january.home(HANA), "Approve", near="AR-1")
    assert january.submit(HANA, approving.view, dict(YES)).errors == {}
    january.deliver()
    for who in HEADS:
        assert "*2 wait for you*" in january.home(who).text
        assert "AR-1" not in everything(january, who).replace("because of *AR-1*", "")
    now = digests(january)[-1].text
    assert "*AR-1 waits for you*" not in now
    settled = [line for line in now.splitlines() if line.startswith("✅ Settled: ")]
    assert "✅ Settled: *AR-1*, a request to open a blocked site" in settled
    assert [line for line in settled if re.search(r"\bwaits?\b|still|please", line)] == []


def test_what_waits_is_said_in_the_same_words_everywhere(january: School) -> None:
    names = ("AR-1", "CR-4526", "CR-5417")
    inbox = [message.text for message in january.people.inbox(HANA.user_id)]
    for name in names:
        assert any(f"*{name} waits for you.*" in text for text in inbox)
        assert f"*{name} waits for you*, since Thu 31 Dec 2026." in everything(january, HANA)
        assert f"*{name}*" in january.home(HANA).text.partition("wait for you*")[2]
    opened = january.press(HANA, january.home(HANA), "Open", near="AR-1").view
    assert opened is not None
    assert "· waits for you" in opened.text
    mine = january.press(ANN, january.home(ANN), "Open", near="AR-1").view
    assert mine is not None
    assert "· waits for Hana Rees" in mine.text
