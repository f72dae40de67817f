"""What kind of record one is and how it stands, in words: where a question is open, who has asked whom."""

from collections.abc import Mapping
from typing import Any

from bot.services.desks import DESKS
from bot.services.record_views import Desk, FiledRecord
from bot.wording import Wording, page

WORDS, KINDS = page("records/one"), page("records/kinds")
RECORDS = frozenset(desk.feature for desk in DESKS.values())


def kind(feature: str) -> str:
    """Return what kind of record a feature keeps: "a request for permission"; "" where it keeps none."""
    return KINDS.text(feature) if feature in RECORDS else ""


def said(desk: Desk[Any], filed: FiledRecord[Any], reader_id: int | None, names: Mapping[int, str]) -> Wording:
    """Return how a record stands, to whoever reads it. `names`: of the people on it, as far as they are known."""
    question = desk.question(filed)
    if question is None:
        return desk.words.text(f"state_{desk.standing(filed)}")
    asker_id = filed.record.asker_id
    told = {"by": names.get(question.person_id or 0, ""), "asker": names.get(asker_id, "")}
    return WORDS.text("asked", you=reader_id == asker_id, **told)
