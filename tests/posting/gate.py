"""How people check, post and take down, for the journeys of this folder."""

from typing import Any

from tests.consent.test_ledger import BY_PHONE, ON_PAPER
from tests.consent.test_ledger_withdraw import WHAT, short_form
from tests.people import ANN, OLU, Someone
from tests.school import School
from tests.slack.people import Answer
from tests.slack.views import View
from tests.slack.world import Message

FATIMA, JACK, KAI, JAMIE_ROBERTS = "Fatima van Dijk", "Jack McKenzie", "Kai Chen", "Jamie Roberts"
FEED = "School Twitter feed"
TRUE = [
    "No child's name or details, in the text or the picture (§4.10 to 4.13)",
    "Everybody is suitably dressed (§4.12)",
    "It is positive, and about school life (§5.2)",
    "No face is closer than the picture needs",
    "Adults and others in it have agreed, or there are none",
]
PICTURE: dict[str, Any] = {
    "Where is it": [FEED],
    "Photo or video": "Photo",
    "Taken with": "A school device",
    "Tick what is true": TRUE,
}
LINK = {"Link or place": "https://x.example/huntington/1"}


def check(school: School, who: Someone = ANN, names: str = f"{FATIMA}, {JACK}", count: int = 2, **more: Any) -> Answer:
    """Check a picture with the form of `/post-check`. `more`: other fields, by their names in `FIELDS`."""
    form = school.command(who, "/post-check", "").view
    return send(school, who, form, names, count, **more)


def send(school: School, who: Someone, form: View | None, names: str, count: int, **more: Any) -> Answer:
    """Fill in an open form, and send it."""
    entries = {
        **PICTURE,
        "Names or classes": names,
        "How many": str(count),
        **{FIELDS[key]: each for key, each in more.items()},
    }
    answer = school.submit(who, form, entries)
    school.deliver()
    return answer


FIELDS = {
    "where": "Where is it",
    "medium": "Photo or video",
    "taken": "Taken with",
    "true": "Tick what is true",
    "absent": "Who of a whole class",
    "pupils": "Pupils in it",
    "adults": "Adults and others",
}


def log(school: School, who: Someone, shown: Any, **more: Any) -> Answer:
    """Press *Posted*, and say where."""
    form = school.press(who, shown, "Posted").view
    answer = school.submit(who, form, {**LINK, **more})
    school.deliver()
    return answer


AS_TOLD = {"Was it changed": ["Yes: whoever had to be left out is left out, cropped or covered"]}


def withdraw(school: School, name: str = FATIMA, use: str = "Twitter/X", how: dict[str, str] = BY_PHONE) -> None:
    """Have the office record that a parent takes consent back for one use."""
    done = school.submit(OLU, short_form(school, name), {**how, WHAT: use})
    assert "Recorded." in done.text
    school.deliver()


def message(school: School, who: Someone, words: str) -> Message:
    """Return the newest message of somebody's that says so."""
    return school.people.message(who.user_id, words)


def open_take_down(school: School, who: Someone, told: Message, name: str) -> View:
    """Open one take-down from the message about it."""
    view = school.press(who, told, "Open", near=f"*{name}*").view
    assert view is not None
    return view


def tick_off(
    school: School,
    who: Someone,
    name: str,
    outcome: str,
    more: dict[str, str] | None = None,
    lines: list[str] | None = None,
) -> Answer:
    """Say of lines of a take-down what became of them; of Fatima's in the first post, where none are named."""
    view = open_take_down(school, who, message(school, who, "Pictures have to come down"), name)
    chosen = lines or [f"PO-1: {FATIMA} (Reception Acorns)"]
    answer = school.submit(who, view, {"Tick what": chosen, "What was done": outcome, **(more or {})})
    school.deliver()
    return answer


__all__ = ["ON_PAPER", "check", "log", "message", "send", "withdraw"]
