"""Home by role: what is decided there, what is behind *More*, and which decisions are missing."""

import csv
import io
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

import handlers
from bot.rules.people import called
from bot.rules.school import Role
from handlers.requests import Kind
from storage import audit
from storage.outbox.deliveries import delivery
from tests.access.test_access import YES, ask
from tests.content.test_content import report
from tests.front.test_features import of_records
from tests.people import ANN, BEN, COL, DEV, GWEN, HANA, OLU, OZ, PRIYA, STAFF, Someone
from tests.permissions import test_permissions as permissions
from tests.school import School
from tests.slack.people import Sight
from tests.slack.rules import Json
from tests.slack.views import View

GAPS = "Decisions missing"


def pressable(view: View) -> list[Json]:
    """Every button of a view."""
    rows = [block.get("elements") or [block.get("accessory")] for block in view.blocks if block["type"] != "context"]
    return [each for row in rows for each in row if each and each["type"] == "button"]


# ── decided where it stands ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.policy("7.5")
def test_a_request_is_decided_on_home_and_home_shows_it(school: School) -> None:
    ask(school)
    home = school.home(HANA)
    form = school.press(HANA, home, "Approve", near="AR-1").view
    assert form is not None
    assert form.title == "Approve: AR-1"
    done = school.submit(HANA, form, {**YES, "Signature": HANA.name}).view
    assert done is not None
    assert "It now waits for" not in done.text
    shown = school.slack.home(HANA.user_id)  # nobody had to open it again
    assert shown is not None
    assert "asks for a site" not in shown.text
    assert "The web filter is to be changed" in shown.text


@pytest.mark.policy("5.7")
def test_a_permission_is_refused_on_home(school: School) -> None:
    permissions.ask(school)
    home = school.home(HANA)
    assert "*PR-1* · Ann Teacher asks for permission, since Mon 23 Nov 2026" in home.text
    form = school.press(HANA, home, "Reject", near="PR-1").view
    school.submit(HANA, form, {"Reasons": "Please use the school's.", "Signature": HANA.name})
    school.deliver()
    assert "PR-1: not permitted" in school.people.message(ANN.user_id, "PR-1").text


def test_a_report_is_opened_on_home_and_never_described(school: School) -> None:
    report(school)
    home = school.home(HANA)
    assert "*CR-4526*, a report of unsuitable content, since Mon 23 Nov 2026" in home.text
    assert [each["text"]["text"] for each in pressable(home) if each["action_id"].startswith("content.")] == ["Open"]
    assert "Ann" not in home.text


def test_whoever_was_slower_is_told_so(school: School) -> None:
    ask(school)
    slower = school.home(HANA)
    letter = school.people.message(HANA.user_id, "AR-1")
    form = school.press(HANA, letter, "Approve").view
    school.submit(HANA, form, {**YES, "Signature": HANA.name})
    told = school.press(HANA, slower, "Reject", near="AR-1", sight=Sight.AS_SHOWN).view
    assert told is not None
    assert "nothing was changed" in told.text


def test_every_kind_that_is_signed_but_the_confidential_is_decided_on_home() -> None:
    here = {pages.desk.kind for pages in handlers.DECIDED_AT_HOME}
    every = {
        pages.desk.kind
        for pages in of_records()
        if not any(way.confidential or not way.signed for way in pages.desk.ways.values())
    }
    assert here == every


def test_more_than_fits_is_in_a_window(school: School) -> None:
    for _ in range(6):
        ask(school)
    home = school.home(HANA)
    assert "*6 wait for you*" in home.text
    assert [f"AR-{number}" in home.text for number in range(1, 7)] == [True] * 4 + [False] * 2
    assert "2 more wait for you" in home.text
    every = school.press(HANA, home, "home.all:waiting").view
    assert every is not None
    assert "AR-6" in every.text
    opened = school.press(HANA, every, "Open", near="AR-6").view
    assert opened is not None
    assert opened.title == "AR-6"


# ── more ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_more_is_by_verb_and_what_is_chosen_takes_its_place(school: School) -> None:
    more = school.more(ANN).view
    assert more is not None
    assert [line for line in more.text.split("\n") if line.startswith("*")] == [
        *("*Ask*", "*Report*", "*Record*", "*Look up*")
    ]
    form = school.press(ANN, more, "Ask permission").view
    assert form is not None
    assert form.title == "Ask for permission"
    assert len(school.slack.views.stack(ANN.user_id)) == 1


def test_pressed_twice_it_opens_one_thing(school: School) -> None:
    more = school.more(ANN).view
    form = school.press(ANN, more, "Open a blocked site").view
    again = school.press(ANN, more, "Report content", sight=Sight.AS_SHOWN).view
    assert form is not None
    assert again is not None
    assert again.title == form.title


def test_nobody_is_shown_what_their_role_cannot_do(school: School) -> None:
    routes = {route.name: route.roles for route in handlers.routes() if route.kind is Kind.BUTTON}
    roles: dict[Someone, set[Role]] = {
        HANA: {Role.HEADTEACHER, Role.E_SAFETY_COORDINATOR},
        DEV: {Role.DEPUTY_HEADTEACHER},
    }
    roles |= {OLU: {Role.ADMIN_TEAM}, PRIYA: {Role.DATA_PROTECTION_OFFICER}, GWEN: {Role.GOVERNOR}}
    roles |= {COL: {Role.CHAIR_OF_GOVERNORS, Role.GOVERNOR}}
    seen = set()
    for who in STAFF:
        more = school.more(who).view
        assert more is not None
        home = school.slack.home(who.user_id)
        assert home is not None
        for each in pressable(home) + pressable(more):
            name = each["action_id"].split(":")[0]
            seen.add(name)
            assert routes[name] & ({Role.STAFF} | roles.get(who, set())), (who.name, name)
    assert len(seen) > 20


@pytest.mark.parametrize(
    ("hour", "greeting"), [(8, "Good morning Ann"), (12, "Good afternoon Ann"), (18, "Good evening Ann")]
)
def test_the_greeting_goes_by_the_schools_clock(school: School, hour: int, greeting: str) -> None:
    school.clock.instant = datetime(2027, 6, 9, hour - 1, 30, tzinfo=UTC)  # British Summer Time
    assert greeting in school.home(ANN).text


@pytest.mark.parametrize(
    ("name", "greeted"),
    [
        *(("Ann Teacher", "Ann"), ("Dr Evans", "Dr Evans"), ("Mrs. O'Brien", "Mrs. O'Brien")),
        *(("Evans, Col", "Evans, Col"), ("Madonna", "Madonna"), ("", ""), ("王 小明", "王")),
    ],
)
def test_nobody_is_called_by_their_title_alone(name: str, greeted: str) -> None:
    assert called(name) == greeted


# ── whose decisions are missing ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.policy("4.2")
def test_the_office_sees_whose_decisions_are_missing_and_has_the_list_sent(school: School) -> None:
    window = school.press(OLU, school.home(OLU), "See who").view
    assert window is not None
    assert window.title == GAPS
    assert "*Nothing recorded* (12)" in window.text
    assert "*Some decisions recorded* (66)" in window.text
    beech = next(line for line in window.text.split("\n") if line.startswith("*1 Beech*"))
    assert "Aisha de Souza" in beech
    told = school.press(OLU, window, "Send me the list")
    assert "on its way" in told.text
    school.deliver()
    (file,) = school.slack.files.values()
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert [row["Recorded"] for row in rows].count("nothing") == 12
    assert [row["Recorded"] for row in rows].count("some") == 66
    assert {"Class": "1 Beech", "Child": "Aisha de Souza"}.items() <= rows[0].items()
    with school.database.read() as connection:
        trail = [action for action, _ in audit.entries(connection, 1)]
        assert connection.execute(select(delivery.c.what)).scalars().all() == ["gaps"]
    assert trail.count("consent.gaps_exported") == 1
    assert trail.count("deliveries.asked") == 1


def test_nobody_else_has_that_list(school: School) -> None:
    home = school.home(OLU)
    window = school.press(OLU, home, "See who").view
    for who in (ANN, BEN, DEV, PRIYA, COL, GWEN, OZ):
        if who is not OZ:
            assert GAPS not in school.more(who).text
        for surface, button in ((home, "See who"), (window, "Send me the list")):
            told = school.press(who, surface, button, sight=Sight.FORGED)
            assert "Aisha" not in told.text + (told.view.text if told.view else "")
    school.deliver()
    assert not school.slack.files


def test_letters_that_do_not_fit_are_in_a_window_and_are_ticked_off_there(school: School) -> None:
    from tests.consent.test_ledger import BY_PHONE

    for child in ("Fatima van Dijk", "Jamie Nowak 3B", "Kai Chen 3H", "Rhys Williams 3B"):
        form = school.command(OLU, "/consent-record", child).view
        school.submit(OLU, form, {**BY_PHONE, "School website": "No, or withdrawn"})
    home = school.home(OLU)
    assert "*Letters still to come* after a spoken withdrawal (4)" in home.text
    assert "Rhys Williams" not in home.text
    window = school.press(OLU, home, "home.all:papers").view
    after = school.press(OLU, window, "Letter received", near="Rhys Williams").view
    assert after is not None
    assert "Rhys Williams" not in after.text
    shown = school.slack.home(OLU.user_id)
    assert shown is not None
    assert "(3)" in shown.text
