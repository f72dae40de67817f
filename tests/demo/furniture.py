"""What the invented school brings along besides its lists: terms, past training and a policy, all near to today.

Days are counted from the day on which the demo starts, so that something is always due and something overdue.
"""

import csv
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from bot.rules.calendar import Calendar, Kind, Period, school_year
from tests.browser.workspace import PROJECT
from tests.coverage import table

SAMPLE_TERMS = PROJECT / "tests/sample-school/terms.csv"
SAMPLE_YEAR = 2026  # the autumn in which the sample's terms begin
TERMS, PAST, POLICY = "terms.csv", "past.csv", "policy.txt"
APPROVED_BEFORE = timedelta(days=21)

REFRESHER, AT_RISK, LESSON = "Online safety refresher", "Identifying pupils at risk", "Pupils' annual E-Safety lesson"
# Each is to be repeated after a year. Who did it, what, and how many days ago; an address or a class.
DONE = (
    ("head@huntington.example", REFRESHER, 60),
    ("deputy@huntington.example", REFRESHER, 150),
    ("deputy@huntington.example", AT_RISK, 345),  # due in about three weeks
    ("office@huntington.example", REFRESHER, 400),  # overdue
    ("ann@huntington.example", REFRESHER, 420),  # overdue
    ("ann@huntington.example", AT_RISK, 350),  # due in about two weeks
    ("ben@huntington.example", REFRESHER, 30),
    ("dpo@huntington.example", REFRESHER, 200),
    ("chair@huntington.example", REFRESHER, 410),  # overdue
    ("3B", LESSON, 400),  # overdue
    ("3H", LESSON, 90),
    ("5 Fir", LESSON, 340),  # due in about four weeks
)


def approved(today: date) -> date:
    """Return the day on which the governors approved the policy."""
    return today - APPROVED_BEFORE


def commands(today: date) -> tuple[tuple[str, ...], ...]:
    """Return what an IT lead types to import all of it."""
    day = approved(today)
    return (
        ("import-terms", TERMS, "--apply"),
        ("import-training", PAST, "--apply"),
        ("import-policy", POLICY, "--version", f"{day:%Y-%m}", "--approved", day.isoformat(), "--apply"),
    )


def write(folder: Path, today: date) -> None:
    """Write the files that the commands read."""
    for name, written in files(today).items():
        (folder / name).write_text(written, encoding="utf-8")


def files(today: date) -> Mapping[str, str]:
    """Return name of a file → what stands in it."""
    rows = [f"{each.kind.value},{each.first},{each.last},{each.title}" for each in periods(today)]
    done = [_done(who, training, today - timedelta(days=ago)) for who, training, ago in DONE]
    return {
        TERMS: "\n".join(["type,start,end,title", *rows, ""]),
        PAST: "\n".join(["Email,Class,Training,Date,Provider", *done, ""]),
        POLICY: policy(),
    }


def calendar(today: date) -> Calendar:
    """Return the school's calendar as it is once the terms are imported."""
    return Calendar(periods(today))


def periods(today: date) -> tuple[Period, ...]:
    """Return the sample school's terms, moved to this school year and the next."""
    with SAMPLE_TERMS.open(encoding="utf-8", newline="") as rows:
        sample = list(csv.DictReader(rows))
    ahead = school_year(today) - SAMPLE_YEAR
    return tuple(
        Period(Kind(row["type"]), _moved(row["start"], years), _moved(row["end"], years), row["title"])
        for years in (ahead, ahead + 1)
        for row in sample
    )


def policy() -> str:
    """Return a policy with the sections and numbers of the real one, each clause in Lanyard's own words."""
    found = table()
    lines = ["Huntington Community Primary School", "", "Social Media Policy, in short", ""]
    for section, heading in found.sections.items():
        lines += [f"{section}. {heading}", ""]
        of_section = [clause for clause in found.clauses if clause.number.partition(".")[0] == section]
        lines += [line for clause in of_section for line in (f"{clause.number}. {clause.asks}", "")]
    return "\n".join(lines)


def _done(who: str, training: str, day: date) -> str:
    address, class_name = (who, "") if "@" in who else ("", who)
    return f"{address},{class_name},{training},{day.isoformat()},The trust"


def _moved(written: str, years: int) -> date:
    day = date.fromisoformat(written)
    return day.replace(year=day.year + years)
