"""Certificates are opened in Slack by those who may: their own, their class's, or as a keeper of the register (§9)."""

import io
from dataclasses import replace

import pytest

from bot.errors import NotFound, Refused
from bot.rules.documents import What
from bot.services import evidence
from bot.services.documents.deliveries import ask
from bot.services.training import files as training_files
from storage import audit
from storage.engine import Database
from storage.outbox import deliveries
from storage.sealing import Sealing
from tests.filter.test_register import files
from tests.people import ANN, BEN, CARA, COL, DEV, GUS, HANA, OLU, OZ, PRIYA, Someone
from tests.school import MadeUpClock, School, acting, open_school
from tests.slack.people import Answer, Forged, Sight
from tests.slack.views import View
from tests.training.test_evidence import CERTIFICATE
from tests.training.test_training import LESSON, REFRESHER, record, register, set_up, window

PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0" * 2000 + b"IEND"


def with_file(school: School, who: Someone, near: str = REFRESHER, content: bytes = CERTIFICATE, day: str = "") -> None:
    file = school.slack.add_file(f"{who.name} certificate.pdf", content, who.user_id)
    record(school, who, near, {"Certificate": [file]} | ({"Done on": day} if day else {}))


def certificates(school: School, who: Someone) -> View:
    found = school.press(who, window(school, who), "Certificates").view
    assert found
    return found


def events(school: School, feature: str) -> list[tuple[str, str]]:
    with school.database.read() as connection:
        return [each for each in audit.entries(connection, 1) if each[0].startswith(feature)]


def asked(school: School) -> int:
    with school.database.read() as connection:
        return len(connection.execute(deliveries.delivery.select()).all())


def test_ann_opens_her_own_certificate_for_a_day(school: School) -> None:
    with_file(school, ANN)
    seen = certificates(school, ANN)
    assert f"📎 *{REFRESHER}*\nDone on Fri 20 Nov 2026 · file 1, PDF, 1 kB" in seen.text
    told = school.press(ANN, seen, "Send it to me")
    assert "on its way" in told.text
    school.people.again(told)
    assert files(school, ANN) == {"evidence-1.pdf": CERTIFICATE}
    assert "*File 1 of the training register is here.*" in school.people.message(ANN.user_id, "File 1").text
    assert asked(school) == 1
    assert events(school, "evidence.") == [("evidence.kept", "evidence 1"), ("evidence.opened", "evidence 1")]
    assert ("deliveries.asked", "FI-1") in events(school, "deliveries.")
    school.clock.forward(hours=25)
    assert school.bot.clear_away() == 1
    assert files(school, ANN) == {}
    assert "was here for a day and has been taken away" in school.people.message(ANN.user_id, "File 1").text


def test_a_file_that_slack_does_not_take_at_once_comes_later(school: School) -> None:
    with_file(school, ANN, content=PICTURE)
    school.press(ANN, certificates(school, ANN), "Send it to me")
    school.slack.fail_next("files.completeUploadExternal", lose_reply=True)
    files(school, ANN)
    school.clock.forward(minutes=5)
    assert files(school, ANN) == {"evidence-1.png": PICTURE}
    assert len(school.slack.shared_with(ANN.user_id)) == 1


@pytest.mark.parametrize("keeper", [HANA, DEV, OLU])
def test_those_who_keep_the_register_open_everybodys(school: School, keeper: Someone) -> None:
    with_file(school, ANN)
    with_file(school, BEN)
    seen = school.press(keeper, register(school, keeper), "Certificates").view
    assert seen
    assert f"*{REFRESHER}* · Ben Carter\nDone on" in seen.text
    school.press(keeper, seen, "Send it to me", near="Ben Carter")
    assert files(school, keeper) == {"evidence-2.pdf": CERTIFICATE}
    person = school.press(keeper, register(school, keeper), "Choose a colleague", "Ann Teacher").view
    hers = school.press(keeper, person, "Certificates").view
    assert hers
    assert "Ann Teacher" in hers.text
    assert "Ben Carter" not in hers.text
    assert [what for what, _ in events(school, "training.files")] == ["training.files_seen"] * 2


def test_a_classs_file_is_its_teachers_and_the_parents_the_offices(school: School) -> None:
    with_file(school, ANN, LESSON)
    with_file(school, HANA, "Parents' E-Safety session")
    school.press(ANN, seen := certificates(school, ANN), "Send it to me")
    assert f"📎 *3B: {LESSON}*\n" in seen.text
    assert "Parents" not in seen.text
    assert list(files(school, ANN)) == ["evidence-1.pdf"]
    assert "📎 *Parents' E-Safety session*" in certificates(school, OLU).text
    assert "No file is kept" in certificates(school, CARA).text
    for number, who in ((2, ANN), (1, CARA)):
        with pytest.raises(NotFound):
            training_files.check(acting(school, who), number)


def test_a_corrected_entrys_file_can_still_be_opened(school: School) -> None:
    with_file(school, ANN)
    form = school.press(ANN, window(school, ANN), "Correct an entry").view
    school.submit(ANN, form, {"Really done on": "2026-11-13", "Provider": "Boost", "Why": "A week earlier"})
    seen = certificates(school, ANN)
    assert "the entry has been corrected since" in seen.text
    school.press(ANN, seen, "Send it to me")
    assert list(files(school, ANN)) == ["evidence-1.pdf"]


def test_without_any_file_there_is_no_button(school: School) -> None:
    for opened in (window(school, ANN), register(school, HANA)):
        assert "Certificates" not in opened.text


def test_more_than_fit_are_turned_over(school: School) -> None:
    hana = acting(school, ANN)
    with_file(school, ANN)
    with hana.begin() as tx:
        for number in range(11):
            content = CERTIFICATE.replace(b"1 0 obj", f"{number + 2} 0 obj".encode())
            evidence.keep(tx, "training", 1, f"{number}.pdf", content)
    seen = certificates(school, ANN)
    assert "file 12," in seen.text
    assert "file 2," not in seen.text
    older = school.press(ANN, seen, "Older").view
    assert older
    assert ("file 2," in older.text, "file 1," in older.text, "file 12," in older.text) == (True, True, False)
    newer = school.press(ANN, older, "Newer").view
    assert newer
    assert "file 12," in newer.text
    everybodys = school.press(OLU, register(school, OLU), "Certificates").view
    turned = school.press(OLU, everybodys, "Older").view
    assert turned
    assert "file 1," in turned.text


# ── nobody else ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("who", [BEN, PRIYA, COL])
def test_a_colleague_is_refused(school: School, who: Someone) -> None:
    with_file(school, ANN)
    with_file(school, who, content=PICTURE)
    assert "file 1," not in certificates(school, who).text
    for value in ("1", "99"):  # whether there is one is not told
        seen = certificates(school, who)
        told = school.press(who, seen, "Send it to me", value=Forged(value))
        assert "There is no such file that you may open" in told.text
    hers = school.press(who, window(school, who), "Certificates", value=Forged("4"))
    assert _refused(hers)
    everybodys = school.press(who, window(school, who), "Certificates", forge={"action_id": "training.files"})
    assert "This is for the" in everybodys.text + (everybodys.view.text if everybodys.view else "")
    with pytest.raises(Refused):
        training_files.of_school(acting(school, who))
    assert asked(school) == 0
    assert files(school, who) == {}
    assert "evidence.opened" not in [what for what, _ in events(school, "evidence.")]


def _refused(answer: Answer) -> bool:
    return "see everybody's certificates" in answer.text + (answer.view.text if answer.view else "")


def test_what_was_asked_for_around_the_button_is_refused_when_it_is_made(school: School, log: io.StringIO) -> None:
    with_file(school, ANN)
    school.home(BEN)
    ask(acting(school, BEN), What.EVIDENCE, "1", press_id="1")
    assert files(school, BEN) == {}
    assert "you are no longer allowed to have it" in school.people.message(BEN.user_id, "could not be made").text
    assert '"error": "NotFound"' in log.getvalue()


def test_outsiders_get_nothing(school: School) -> None:
    with_file(school, ANN)
    seen = certificates(school, ANN)
    for outsider in (OZ, GUS):
        told = school.press(outsider, seen, "Send it to me", sight=Sight.FORGED)
        assert "on its way" not in told.text
    assert asked(school) == 0


def test_a_leaver_gets_nothing_and_the_office_still_has_it(school: School) -> None:
    with_file(school, ANN)
    seen = certificates(school, ANN)
    school.press(ANN, seen, "Send it to me")
    school.slack.change_user(ANN.user_id, deleted=True)
    school.people.event("user_change", user=school.slack.user_object(ANN.user_id))
    school.press(ANN, seen, "Send it to me", sight=Sight.FORGED)
    assert asked(school) == 1  # before she left
    assert files(school, ANN) == {}
    assert "evidence.opened" not in [what for what, _ in events(school, "evidence.")]
    everybodys = school.press(OLU, register(school, OLU), "Certificates").view
    school.press(OLU, everybodys, "Send it to me", near="Ann Teacher")
    assert files(school, OLU) == {"evidence-1.pdf": CERTIFICATE}


def test_whoever_is_no_longer_the_office_when_it_is_made_gets_nothing(school: School) -> None:
    with_file(school, ANN)
    everybodys = school.press(OLU, register(school, OLU), "Certificates").view
    school.press(OLU, everybodys, "Send it to me")
    set_up(school, lambda settings: settings["roles"].update(admin_team=[BEN.email]))
    assert files(school, OLU) == {}
    assert "you are no longer allowed to have it" in school.people.message(OLU.user_id, "could not be made").text


# ── the key ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("key", ["", "another key"])
def test_without_its_key_a_file_is_not_opened_and_not_lost(
    furnished: Database, clock: MadeUpClock, key: str, log: io.StringIO
) -> None:
    for school in open_school(furnished, clock):
        with_file(school, ANN)
    for school in open_school(replace(furnished, sealing=Sealing(key)), clock):
        school.press(ANN, certificates(school, ANN), "Send it to me")
        assert files(school, ANN) == {}
        told = school.people.message(ANN.user_id, "could not be opened").text
        assert "Nothing is lost" in told
        assert "File 1 of the training register" in told
        assert "evidence.opened" not in [what for what, _ in events(school, "evidence.")]
    assert '"error": "Misconfigured"' in log.getvalue()
    for school in open_school(furnished, clock):
        school.press(ANN, certificates(school, ANN), "Send it to me")
        assert files(school, ANN) == {"evidence-1.pdf": CERTIFICATE}
