"""A completion's certificate: kept sealed with its entry, and nobody else's."""

import hashlib

import pytest

from bot.errors import Misconfigured, NotFound
from bot.services import evidence
from bot.services.training import completions, register
from storage import audit
from storage.sealing import Sealing
from storage.training import evidence as evidence_storage
from storage.training.evidence import Kept
from tests.people import ANN, BEN, HANA
from tests.school import School, acting
from tests.slack.people import Answer
from tests.training.test_training import REFRESHER, entries, record

CERTIFICATE = b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\ntrailer\n%%EOF\n"


def with_file(school: School, name: str, content: bytes) -> Answer:
    file = school.slack.add_file(name, content, ANN.user_id)
    return record(school, ANN, REFRESHER, {"Certificate": [file]})


def kept(school: School) -> list[Kept]:
    with school.database.read() as connection:
        return evidence_storage.of_record(connection, 1, "training", 1)


def test_a_certificate_is_kept_sealed_and_every_opening_is_logged(school: School) -> None:
    sent = with_file(school, "../../my cert.pdf", CERTIFICATE)
    assert "The file is being fetched" in str(sent.body)
    assert "📎 The file is kept with it, encrypted" in school.people.now(sent.view or school.home(ANN)).text
    school.people.again(sent)
    school.bot.router.drain()
    (file,) = kept(school)
    assert (file.name, file.kind, file.size) == ("my cert.pdf", "application/pdf", len(CERTIFICATE))
    assert file.sha256 == hashlib.sha256(CERTIFICATE).hexdigest()
    with school.database.begin() as connection:
        found = evidence_storage.get(connection, 1, file.evidence_id)
    assert found
    assert b"PDF" not in found[1]
    with school.context().begin() as tx:
        assert evidence.opened(tx, file.evidence_id) == (file, CERTIFICATE)
        tx.sealing = Sealing("another key")
        with pytest.raises(Misconfigured):
            evidence.opened(tx, file.evidence_id)
        with pytest.raises(NotFound):
            evidence.opened(tx, 99)
    with school.database.read() as connection:
        actions = [action for action, _ in audit.entries(connection, 1) if action.startswith("evidence.")]
    assert actions == ["evidence.kept", "evidence.opened"]
    assert file.sha256 in register.export(acting(school, HANA), "csv").decode("utf-8-sig")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("cert.pdf", b"MZ\x90\x00", "Only a PDF"),
        ("cert.pdf", b"<html>%PDF-1.7 %%EOF</html>", "Only a PDF"),
        ("cert.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "cut off"),
        ("cert.jpg", b"\xff\xd8\xff" + b"\0" * 10_000_001, "larger than 10 MB"),
    ],
)
def test_what_is_no_certificate_is_not_kept_but_the_entry_stands(
    school: School, name: str, content: bytes, told: str
) -> None:
    sent = with_file(school, name, content)
    shown_now = school.people.now(sent.view or school.home(ANN)).text
    assert "recorded, but without the file" in shown_now
    assert told in shown_now
    assert kept(school) == []
    assert len(entries(school)) == 1


def test_nobody_adds_a_file_to_somebody_elses_entry(school: School) -> None:
    record(school, ANN, REFRESHER)
    with pytest.raises(NotFound):
        completions.add_evidence(acting(school, BEN), 1, "x.pdf", CERTIFICATE)
