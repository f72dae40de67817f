"""Whoever is no member of staff gets nothing, by any way in: no fact, no change, and nobody else hears of it. §2.2."""

import json
from pathlib import Path

import handlers
from bot.services.school.people import NOT_SET_UP, NOT_STAFF
from handlers.requests import Kind
from handlers.slack.directory import NO_ANSWER
from handlers.slack.windows import AT_HOME
from tests.people import ANN, HANA
from tests.school import School
from tests.slack.fake import MANIFEST
from tests.soak.outsiders import (
    MET,
    OUTSIDERS,
    Intruder,
    Outsider,
    chosen,
    differences,
    facts,
    neighbour,
    opened,
    rows,
    strays,
    words,
)
from tests.soak.soaking import Soak
from tests.soak.staging import EVENT

# What stands around every answer, and what a window brings back that was opened from Home.
FRAME = {"Lanyard", "Close", "A private answer from Lanyard", json.dumps({AT_HOME: True}, separators=(",", ":"))}
REFUSALS = (NOT_STAFF, NOT_SET_UP, NO_ANSWER)
NOT_TAKEN = "Our answer did not reach you"  # an account that Slack does not know has no Home tab
# Ways in to which the walk finds no true window yet (three of them: nobody in it is told by a colleague): of them the
# least is used that Slack would send.
KNOCKED = 27


def test_every_way_in_is_used_by_outsiders_and_a_new_one_too(soak: Soak) -> None:
    used = {(seed.way, seed.name) for seed in chosen(soak.seeds, 1)}
    assert used >= {(route.kind.value, route.name) for route in handlers.routes()}
    told = json.loads(MANIFEST.read_text(encoding="utf-8"))["settings"]["event_subscriptions"]["bot_events"]
    events = {str(seed.said["type"]) for seed in soak.seeds if seed.way in {EVENT, Kind.HOME.value}}
    assert events >= {each.partition(".")[0] for each in told}  # "message.im" comes as a message
    assert len(soak.knocked) <= KNOCKED, "lead the walk (tests/soak/collecting.py, story.py) to the new window"


def test_whoever_is_no_member_of_staff_gets_nothing_changes_nothing_and_tells_nobody(
    soak: Soak, tmp_path: Path
) -> None:
    with opened(soak, tmp_path / "school.db") as school:
        for outsider in OUTSIDERS:
            outsider.enters(school)
            _gets_nothing(soak, school, outsider)


def _gets_nothing(soak: Soak, school: School, outsider: Outsider) -> None:
    own = [seed for seed in soak.seeds if seed.user_id == outsider.user_id]  # still open on their screen
    seeds = [*chosen(soak.seeds, 1), *chosen(own, 1)]
    intruder = Intruder(school, outsider.user_id, outsider.team_id)
    before = rows(school.database)
    intruder.use(seeds[0])
    met = rows(school.database)
    assert set(differences(before, met)) - {"school"} <= MET, outsider.title
    for seed in seeds:
        attempt, what = intruder.use(seed), f"{outsider.title}: {seed.way} {seed.name}"
        read = words(attempt.got) - FRAME
        assert not [text for text in read if not text.endswith(REFUSALS) and NOT_TAKEN not in text], what
        assert (attempt.others, attempt.problems) == ([], []), what
    assert set(differences(met, rows(school.database))) == set(), outsider.title
    before_told = len(school.slack.messages)
    school.bot.sender.deliver()
    assert len(school.slack.messages) == before_told, outsider.title


def test_a_head_of_another_school_gets_nothing_of_this_one(soak: Soak, tmp_path: Path) -> None:
    """A trust: two schools in one database, and every window of the one in the hands of the other."""
    with opened(soak, tmp_path / "school.db") as school:
        intruder = neighbour(school)
        secret = facts(school.database, 1, others=2)
        assert {"van Dijk", ANN.email} <= secret
        before, there = rows(school.database, 1), set(school.slack.messages)
        for seed in chosen(soak.seeds, 2):
            attempt, what = intruder.use(seed), f"{seed.way} {seed.name}"
            assert not [fact for fact in secret if fact in attempt.got and fact not in attempt.sent], what
            assert (attempt.others, attempt.problems) == ([], []), what
        school.deliver()
        assert differences(before, rows(school.database, 1)) == {}
        assert strays(school.database, 2) == []
        assert len(rows(school.database, 2)["audit"]) > 10, "she works at her own school meanwhile"
        told = [message for key, message in school.slack.messages.items() if key not in there]
        assert {message.channel for message in told if not message.only_for} == {school.slack.dm_of(intruder.user_id)}


def test_the_same_hands_on_the_same_windows_of_ones_own_do_find_change_and_tell(soak: Soak, tmp_path: Path) -> None:
    """So that the two tests before can fail."""
    with opened(soak, tmp_path / "school.db") as school:
        before = rows(school.database)
        hana = Intruder(school, HANA.user_id)
        attempts = [hana.use(seed) for seed in chosen([seed for seed in soak.seeds if seed.user_id == HANA.user_id], 1)]
        read = "\n".join(attempt.got for attempt in attempts)
        assert "Jamie" in read
        assert "Fatima" in read
        assert {"record_step", "audit", "outbox"} <= set(differences(before, rows(school.database)))
        sent = len(school.slack.messages)
        school.bot.sender.deliver()
        assert len(school.slack.messages) > sent
