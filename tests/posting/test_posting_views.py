"""Golden files of the publish gate's windows and messages, with the most hostile values that a school could hold."""

import json

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.consent.test_ledger import ON_PAPER, record
from tests.front.test_views import CLASS, LONG, hostile, shape, steady
from tests.people import ANN, HANA, OLU
from tests.posting.gate import TRUE
from tests.school import School

__all__ = ["hostile"]
pytestmark = pytest.mark.databases("sqlite")

PLACE = "<!here> & *Feed* <https://evil.example|x>"
LINK = "https://evil.example/<!channel>?a=1&b=*2*"


def test_from_a_place_to_a_note_to_the_parents(hostile: School, snapshot: SnapshotAssertion) -> None:
    places = hostile.press(OLU, hostile.more(OLU).view, "Where pictures appear").view
    form = hostile.press(OLU, places, "Add a place").view
    entries = {"Name": PLACE, "What are parents asked": "Twitter/X", "Address": LINK}
    entries |= {"May pictures be taken": "Yes, and it is cleared at once (§4.8)", "Who gets the school": PLACE}
    added = hostile.submit(OLU, form, entries)
    assert shape(added) == snapshot(name="places")
    opened = hostile.command(ANN, "/post-check", "<!channel>")
    assert shape(opened) == snapshot(name="form")
    picture = {
        "Where is it": [PLACE],
        "Photo or video": "Photo",
        "Taken with": "A personal phone",
        "Tick what is true": TRUE,
        "Names or classes": CLASS,
        "How many": "10",
        "Adults and others": f"<!everyone> & {LONG}",
    }
    checked = hostile.submit(ANN, opened.view, picture)
    hostile.deliver()
    assert shape(checked) == snapshot(name="result")
    message = hostile.people.message(ANN.user_id, "Your picture for")
    assert steady(json.dumps(message.blocks, indent=1, ensure_ascii=False)) == snapshot(name="message")
    publish = hostile.press(ANN, message, "Posted")
    assert shape(publish) == snapshot(name="publish")
    logged = hostile.submit(ANN, publish.view, {"Link or place": LINK})
    hostile.deliver()
    assert shape(logged) == snapshot(name="logged")
    post = hostile.press(ANN, hostile.people.message(ANN.user_id, "PO-1"), "Open")
    assert shape(post) == snapshot(name="post")
    record(hostile, {**ON_PAPER, "Twitter/X": "No, or withdrawn"}, name="<!channel> <https://evil.example|Click>")
    hostile.deliver()
    told = hostile.people.message(OLU.user_id, "Pictures have to come down")
    assert steady(json.dumps(told.blocks, indent=1, ensure_ascii=False)) == snapshot(name="to be taken down")
    down = hostile.press(OLU, told, "Open", near="TD-1")
    assert shape(down) == snapshot(name="take-down")
    assert shape(hostile.press(HANA, hostile.more(HANA).view, "What has to come down")) == snapshot(name="list")
    assert shape(hostile.press(OLU, down.view, "Note to the parents")) == snapshot(name="note")


def test_who_is_meant(hostile: School, snapshot: SnapshotAssertion) -> None:
    form = hostile.command(ANN, "/post-check").view
    entries = {
        "Where is it": ["Tapestry"],
        "Photo or video": "Photo",
        "Taken with": "A school device",
        "Names or classes": "Jamie, <!channel> nobody, x y",
        "How many": "3",
    }
    assert shape(hostile.submit(ANN, form, entries)) == snapshot(name="unclear")
