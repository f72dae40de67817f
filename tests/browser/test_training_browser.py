"""An overdue refresher, in Chromium: Cara is reminded, records it, and the headteacher's digest changes (§9)."""

import re
from datetime import timedelta

import pytest

from bot.clock import now, school_day
from bot.rules.calendar import Calendar
from tests.browser.conftest import Machine
from tests.browser.screen import Screen
from tests.demo.bot import school_morning

LONG_AGO = "2024-11-01"


@pytest.mark.policy("2.2", "9.3")
def test_an_overdue_refresher_is_done_and_the_heads_digest_changes(screen: Screen, machine: Machine) -> None:
    today = now() + school_morning()  # as the bot sees it
    staff = machine.folder / "cara.csv"
    staff.write_text(
        "Email,Name,Role,Classes,Started\ncara@huntington.example,Cara Singh,Teaching assistant,,2021-09-01\n"
    )
    machine.bot("import-staff", str(staff), "--apply")
    past = machine.folder / "past.csv"
    past.write_text(
        f"Email,Training,Date,Provider\ncara@huntington.example,Online safety refresher,{LONG_AGO},The trust\n"
    )
    assert "1 completion added" in machine.bot("import-training", str(past), "--apply")
    # The next school morning: the bot's own first tick of today may have told everybody already.
    morning = Calendar().next_morning(today + timedelta(minutes=1))
    machine.bot("tick", "--at", morning.isoformat())

    screen.as_person("Hana Rees")
    screen.go("Hana Rees")
    # How many there are hangs on whether the bot's own tick of today has told of another colleague before.
    told = screen.message("Long overdue, with colleagues:").inner_text()
    (count,) = map(int, re.findall(r"with colleagues: (\d+)", told))
    screen.press("See who")
    screen.form("To do")
    screen.see("Cara Singh: Online safety refresher")  # names are for the window alone
    screen.close()

    screen.as_person("Cara Singh")
    screen.go("Cara Singh")
    screen.message("Online safety refresher")
    screen.press("Record it")
    screen.form("Record training")
    screen.fill_modal({"Done on": school_day(today, "Europe/London").isoformat(), "Provider": "Online course"})
    assert screen.submit() == {}
    screen.see("Next due")
    screen.close()

    screen.as_person("Hana Rees")
    screen.go("Hana Rees")
    if count > 1:
        screen.message(f"with colleagues: {count - 1}")
    else:
        screen.gone("with colleagues:")
