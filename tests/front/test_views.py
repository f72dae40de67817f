"""Golden files of every view and answer, with the most hostile values that a school could hold.

The made-up Slack refuses what Slack would refuse: too long, empty, twice the same id, a mention or a link in a name.
To accept a change on purpose: `python -m pytest tests/front/test_views.py --snapshot-update`, and read the difference.
"""

import csv
import io
import json
import re
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.school_file import SchoolFile
from bot.services.consent import roll_import
from bot.services.school import setting_up as school_service
from bot.services.school import staff_import
from storage.people import people
from tests.consent.test_looks_told import checks
from tests.people import ANN, BEN, HANA, OLU, PRIYA, Someone
from tests.school import School
from tests.staff.test_persons import come, made_anew
from tests.training.test_evidence import CERTIFICATE

LONG = "Wolfeschlegelsteinhausenbergerdorff-" * 2 + "Featherstonehaugh-Ó Súilleabháin"
NAMES = [
    ("<!channel>", "<https://evil.example|Click>"),
    ("*Bold*", "_Under_ ~strike~ `code`"),
    ("&amp;", "O'Brien & Sons"),
    ("Robert'); DROP TABLE pupil;--", "“Quoted” ‘name’"),
    (LONG[:100], LONG[:100]),
    ("小明", "王"),
    ("محمد", "الفارسي"),
    ("{{ 7 * 7 }}", "{% raw %}"),
    ("@here", "#general"),
    ("x", "y"),
]
CLASS = "9 <!here> & *Stars* " + "C" * 78
USE = "<!everyone> & Co's *website* " + "W" * 28

pytestmark = pytest.mark.parametrize(
    "kind", ["sqlite"], indirect=True
)  # what people read does not hang on the database


@pytest.fixture
def hostile(school: School) -> School:
    """The invented school, whose pupils, class, use and staff have the names above."""
    context = school.context()
    with school.database.read() as connection:
        from storage import school as storage

        found = storage.by_team(connection, "T0SCHOOL")
    assert found
    settings: dict[str, Any] = json.loads(json.dumps(found[1]))
    settings["uses"] = [{**use, "name": USE if use["key"] == "website" else use["name"]} for use in settings["uses"]]
    holders = SchoolFile.model_validate(settings).holders()
    school_service.set_up(school.database, school.clock(), settings, holders, None)
    roll_import.apply(context, "roll.csv", _roll())
    staff = (
        f'Email,Name,Role,Classes,Started\nann@huntington.example,"<!channel> & *Ann*",Teacher,"{CLASS}",2021-09-01\n'
    )
    staff_import.apply(context, "staff.csv", staff.encode())
    return school


def _roll() -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    header = ["UPN", "Admission Number", "Legal Forename", "Legal Surname", "Preferred Forename", "Preferred Surname"]
    writer.writerow([*header, "Date of Birth", "Year Group", "Registration Group", "Twitter/X - Photo"])
    for number, (forename, surname) in enumerate(NAMES):
        answer = ("Yes", "No", "")[number % 3]
        row = ["", f"9{number:05}", forename, surname, forename, surname, "01/09/2018", "3", CLASS, answer]
        writer.writerow(row)
    return out.getvalue().encode()


def shape(answer: Any) -> str:
    """What is sent, without what differs from run to run."""
    assert "went wrong on our side" not in answer.text, answer.text
    found = answer if answer.view is None else answer.view
    if hasattr(found, "payload"):
        kept = {name: value for name, value in found.payload.items() if name not in {"id", "hash", "team_id", "state"}}
        return steady(json.dumps(kept, indent=1, ensure_ascii=False, sort_keys=True))
    return steady(json.dumps(found.blocks, indent=1, ensure_ascii=False, sort_keys=True))


def steady(shown: str) -> str:
    """What is shown, with a word in place of the token of a record's buttons: it is drawn."""
    with_token = re.sub(r'("value": "[0-9]+:)[\w-]{12}"', r'\1TOKEN"', shown)
    return re.sub(r'(token\\":\\")[\w-]{12}', r"\1TOKEN", with_token)


def test_look_ups(hostile: School, snapshot: SnapshotAssertion) -> None:
    for text in ("x y", "<!channel>", "小明 王", "محمد", "Robert DROP TABLE", LONG[:100], f"{CLASS} for twitter"):
        assert shape(hostile.command(ANN, "/consent", text)) == snapshot(name=text[:20])
    every = ", ".join(f"{forename} {surname}" for forename, surname in NAMES)
    assert shape(hostile.command(ANN, "/consent", every[:1000])) == snapshot(name="every")


def test_the_forms(hostile: School, snapshot: SnapshotAssertion) -> None:
    assert shape(hostile.command(ANN, "/consent")) == snapshot(name="look-up")
    assert shape(hostile.command(OLU, "/consent-record", "x y")) == snapshot(name="record")
    assert shape(hostile.command(OLU, "/consent-record", "<!channel>")) == snapshot(name="record hostile")
    assert shape(hostile.command(OLU, "/consent-record")) == snapshot(name="pick")


def test_what_was_recorded(hostile: School, snapshot: SnapshotAssertion) -> None:
    form = hostile.command(OLU, "/consent-record", "x y").view
    entries = {
        "What was decided": "No, or withdrawn",
        "Who decided": "<!channel> & <https://evil.example|Mum> *x*",
        "Who is this": "Mother",
        "How did": "Spoken: on the phone or at the door",
        "Which version": "<@U0HANA> & Co",
    }
    assert shape(hostile.submit(OLU, form, entries)) == snapshot(name="done")
    form = hostile.command(OLU, "/consent-record", "x y").view
    assert shape(hostile.press(OLU, form, "See the history")) == snapshot(name="history")


def test_an_import_of_the_roll(hostile: School, snapshot: SnapshotAssertion) -> None:
    """Who is new, has moved, is renamed, is withdrawn: with the names, the class and the use above."""
    rows = list(csv.DictReader(io.StringIO(_roll().decode())))
    for row in rows:
        row["Twitter/X - Photo"], row["Registration Group"] = "No", f"<@U0HANA> & _{CLASS[:60]}_"
        row["Preferred Forename"] = f"{row['Preferred Forename']} <!here>"[:90]
    new = [{**row, "Admission Number": f"8{number:05}", "Date of Birth": ""} for number, row in enumerate(rows)]
    written = io.StringIO()
    table = csv.DictWriter(written, list(rows[0]))
    table.writeheader()
    table.writerows([*rows, *new])
    form = hostile.press(OLU, hostile.more(OLU), "Import the roll")
    file = hostile.slack.add_file("roll.csv", written.getvalue().encode(), OLU.user_id)
    hostile.submit(OLU, form, {"File": [file]})
    window = hostile.top(OLU)
    assert window is not None
    assert json.dumps(window.payload["blocks"], indent=1, ensure_ascii=False) == snapshot(name="would")


def test_the_home_tabs(hostile: School, snapshot: SnapshotAssertion) -> None:
    for someone in (ANN, OLU, HANA):
        view = hostile.home(someone)
        assert json.dumps(view.payload["blocks"], indent=1, ensure_ascii=False) == snapshot(name=someone.name)


def test_the_cast_is_what_the_golden_files_say(hostile: School) -> None:
    with hostile.database.read() as connection:
        ann = people.by_email(connection, 1, ANN.email)
    assert ann is not None
    assert ann.name == "<!channel> & *Ann*"


def with_long_names_of_training(hostile: School) -> None:
    with hostile.database.read() as connection:
        from storage import school as storage

        found = storage.by_team(connection, "T0SCHOOL")
    assert found
    settings: dict[str, Any] = json.loads(json.dumps(found[1]))
    settings["training"] = [{**kind, "name": USE[:95] + kind["key"][:5]} for kind in settings["training"]]
    holders = SchoolFile.model_validate(settings).holders()
    school_service.set_up(hostile.database, hostile.clock(), settings, holders, None)


def test_training(hostile: School, snapshot: SnapshotAssertion) -> None:
    with_long_names_of_training(hostile)
    mine = hostile.command(ANN, "/training")
    assert shape(mine) == snapshot(name="mine")
    assert shape(hostile.press(ANN, mine, "Record", near=CLASS[:20])) == snapshot(name="record")
    register = hostile.press(HANA, hostile.command(HANA, "/training"), "The school's training")
    assert shape(register) == snapshot(name="register")
    several = hostile.press(HANA, register, "Record for several")
    assert shape(several) == snapshot(name="several")
    hostile.people.close(HANA.user_id, several)
    assert shape(hostile.press(HANA, register.view, "Who is overdue?")) == snapshot(name="late")


def test_refreshers_and_certificates(hostile: School, snapshot: SnapshotAssertion) -> None:
    file = hostile.slack.add_file("<!channel>.pdf", CERTIFICATE, ANN.user_id)
    form = hostile.press(ANN, hostile.command(ANN, "/training"), "Record", near=CLASS[:20])
    hostile.submit(ANN, form, {"Done on": "2026-11-23", "Provider": USE, "Certificate": [file]})
    files = hostile.press(ANN, hostile.command(ANN, "/training"), "Certificates")
    assert shape(files) == snapshot(name="files")
    register = hostile.press(HANA, hostile.command(HANA, "/training"), "The school's training")
    form = hostile.press(HANA, register, "Start a refresher")
    hostile.submit(HANA, form, {"Reason": USE, "Due on": "2026-12-04"})
    register = hostile.press(HANA, hostile.command(HANA, "/training"), "The school's training")
    form = hostile.press(HANA, register, "Stop")
    assert shape(form) == snapshot(name="stop")
    kinds = ["Parents' E-Safety session"]
    stopped = hostile.submit(HANA, form, {"Reason": f"& {LONG} <!here>", "What is to be": kinds})
    assert shape(stopped) == snapshot(name="stopped")
    register = hostile.press(HANA, hostile.command(HANA, "/training"), "The school's training")
    assert shape(register) == snapshot(name="register")


def test_the_overview_and_the_week(hostile: School, snapshot: SnapshotAssertion) -> None:
    with_long_names_of_training(hostile)
    hostile.command(ANN, "/training")  # the school has these kinds from today on
    hostile.clock.forward(days=63)  # a Monday in January: all of it is overdue
    hostile.tick()
    letter = hostile.people.message(HANA.user_id, "*Your week*")
    assert json.dumps(letter.blocks[:6], indent=1, ensure_ascii=False) == snapshot(name="letter")
    week = hostile.press(HANA, hostile.more(HANA), "Open the week")
    assert shape(week) == snapshot(name="week")
    assert shape(hostile.press(HANA, hostile.more(HANA), "School overview")) == snapshot(name="overview")


def test_a_permission(hostile: School, snapshot: SnapshotAssertion) -> None:
    form = hostile.command(ANN, "/ask-permission")
    assert shape(form) == snapshot(name="form")
    days = {"What for": "My own account over the school's WiFi", "From": "2026-12-01", "Until": "2027-01-29"}
    assert shape(hostile.submit(ANN, form.view, {**days, "Reasons": f"{USE} <@U0HANA>"})) == snapshot(name="sent")
    hostile.deliver()
    waiting = hostile.people.message(HANA.user_id, "PR-1")
    assert steady(json.dumps(waiting.blocks, indent=1, ensure_ascii=False)) == snapshot(name="waits")
    decide = hostile.press(HANA, waiting, "Approve")
    assert shape(decide) == snapshot(name="decide")
    words = {"Reasons": "<https://evil.example|Click> *x*", "Conditions": "&amp; {{ 7 * 7 }}", "Signature": HANA.name}
    assert shape(hostile.submit(HANA, decide.view, words)) == snapshot(name="decided")
    hostile.deliver()
    stands = hostile.people.message(ANN.user_id, "PR-1")
    assert steady(json.dumps(stands.blocks, indent=1, ensure_ascii=False)) == snapshot(name="stands")
    assert shape(hostile.press(ANN, stands, "Open")) == snapshot(name="record")


def test_who_is_whom(hostile: School, snapshot: SnapshotAssertion) -> None:
    """The windows of persons: an address that has passed on, and two who are called the same; and both answers."""
    hostile.home(ANN)
    named = "<!channel> & *Ann*"
    other = made_anew(hostile, ANN, "<https://evil.example|Click> &amp; {{ 7 * 7 }} " + LONG)
    hostile.home(other)
    come(hostile, alike := Someone("U0ANNX", named, "a.teacher@huntington.example"))
    come(hostile, alike2 := Someone("U0ANNY", named, "ann.x@huntington.example"))
    for someone in (alike, alike2):
        hostile.home(someone)
    hostile.deliver()
    said = {"by address": "uses the address", "by name": "have the same name"}
    for name, words in said.items():
        letter = hostile.people.message(OLU.user_id, words)
        assert json.dumps(letter.blocks, indent=1, ensure_ascii=False) == snapshot(name=f"letter {name}")
        window = hostile.press(OLU, letter, "Who is this?")
        assert shape(window) == snapshot(name=f"asked {name}")
        button = "Somebody else" if name == "by address" else "Two people"
        answered = hostile.press(OLU, window.view, button)
        assert shape(answered) == snapshot(name=f"answered {name}")
        hostile.people.close(OLU.user_id, answered)
    assert json.dumps(hostile.home(other).payload["blocks"], indent=1, ensure_ascii=False) == snapshot(name="home")


def test_looks(hostile: School, snapshot: SnapshotAssertion) -> None:
    """The log and the window of a look: a colleague, children, a class and a use with the names above."""
    staff = f'Email,Name,Role,Classes,Started\n{BEN.email},"<!here> & *Ben* ~{LONG}~",Teacher,,2021-09-01\n'
    staff_import.apply(hostile.context(), "staff.csv", staff.encode())
    hostile.command(BEN, "/consent", "x y, <!channel>, 小明 王")
    for each in ("website", "twitter", "tapestry", "press"):
        checks(hostile, BEN, CLASS, "1 Beech", "2 Cedar", "4 Elm", "5 Fir", "6 Hazel", use=each)
        hostile.clock.forward(days=1)
    hostile.tick()
    letter = hostile.people.message(PRIYA.user_id, "not an accusation")
    assert json.dumps(letter.blocks, indent=1, ensure_ascii=False) == snapshot(name="letter")
    window = hostile.press(PRIYA, letter, "See what it is about")
    assert shape(window) == snapshot(name="through")
    log = hostile.press(PRIYA, window.view, "Everything they looked up")
    assert shape(log) == snapshot(name="log")
    hostile.people.close(PRIYA.user_id, log)
    settled = hostile.press(PRIYA, window.view, "I have looked into it")
    assert shape(settled) == snapshot(name="settled")


def test_a_role_holder_outside_slack(hostile: School, snapshot: SnapshotAssertion) -> None:
    with hostile.database.read() as connection:
        from storage import school as storage

        found = storage.by_team(connection, "T0SCHOOL")
    assert found
    settings: dict[str, Any] = json.loads(json.dumps(found[1]))
    settings["roles"]["safeguarding_lead"] = ["nia@safe.example"]
    settings["phones"] = [{"email": "nia@safe.example", "name": f"& {USE} <!here>", "phone": "+44 (0)1632 960-103"}]
    holders = SchoolFile.model_validate(settings).holders()
    given = school_service.Roles.APPLIED
    school_service.set_up(hostile.database, hostile.clock(), settings, holders, None, given)
    first = hostile.command(ANN, "/report-content").view
    hostile.submit(ANN, first, {"Could it be": "Yes, or I am not sure", "Who is this about": "A pupil"})
    hostile.deliver()
    letter = hostile.people.message(HANA.user_id, "Tell the safeguarding lead now")
    assert steady(json.dumps(letter.blocks, indent=1, ensure_ascii=False)) == snapshot(name="letter")
    whom = hostile.press(HANA, letter, "Whom to phone")
    assert shape(whom) == snapshot(name="whom")
    assert shape(hostile.submit(HANA, whom, {"Told at": "09:15"})) == snapshot(name="told")
