"""Every shape is drawn, in accessible HTML; and a form keeps what was entered and says what is wrong where it is."""

from collections.abc import Iterable
from typing import get_args

from bot.wording import Wording
from handlers import blocks
from handlers.blocks import Block, Element, Modal
from handlers.requests import Later, Reply, SentFile
from tests.renderer import draw, page, replies
from tests.renderer.draw import State, drawn
from tests.renderer.entered import MISSING, NOT_OFFERED, Sent, entered, wrong
from tests.renderer.screens import Opened

ONE, TWO = (blocks.Option(Wording(name), name.lower()) for name in ("One", "Two"))
FORM = Modal(
    Wording("Form"),
    (
        blocks.Field(Wording("Name"), blocks.Write("name", most=5), name="name", hint=Wording("Short")),
        blocks.Field(Wording("Kind"), blocks.radio("kind", [ONE, TWO]), name="kind"),
        blocks.Field(Wording("Places"), blocks.tick("places", [ONE, TWO]), name="places", optional=True),
        blocks.Field(Wording("List"), blocks.pick("list", [ONE, TWO], initial="two"), name="list"),
        blocks.Field(Wording("Day"), blocks.PickDay("day"), name="day", optional=True),
        blocks.Field(Wording("File"), blocks.Upload("file", ("pdf",)), name="file", optional=True),
        blocks.Field(
            Wording("Pupils"), blocks.Suggest("pupil", Wording("Type"), several=True, most=2), name="who", optional=True
        ),
    ),
    submit=Wording("Send"),
)


def names(types: Iterable[type]) -> set[str]:
    """By name: a dataclass with slots leaves another class of its name behind."""
    return {each.__name__ for each in types}


def test_every_shape_and_every_reply_has_its_place() -> None:
    assert names(draw._BLOCKS) == names(Block.__subclasses__())
    assert names({*draw._INPUTS, blocks.Button}) == names(Element.__subclasses__())
    assert {*replies.REPLIES, Later} == set(get_args(Reply))


def test_a_form_keeps_what_was_entered_and_says_what_is_wrong_where_it_is() -> None:
    window = Opened("w1", FORM)
    sent = {
        "name": ["A\r\nlong\0 one"],
        "kind": ["three"],
        "places": ["one", "two"],
        "list": [""],
        "who": ["1", "2", "3"],
    }
    window.entered = entered(window, Sent({f"field.{name}": value for name, value in sent.items()}))
    assert window.entered["name"] == "A\nlong one"
    window.errors = wrong(window, window.entered)
    assert window.errors == {
        "name": "At most 5 characters, please: these are 10.",
        "kind": NOT_OFFERED,
        "list": MISSING,
        "who": "At most 2, please.",
    }
    shown = page.window(window)
    assert shown.count(" checked") == 2
    assert 'aria-describedby="w1.name.hint w1.name.error" aria-invalid="true"' in shown
    assert '<p class="error" id="w1.list.error" role="alert">Please fill this in.</p>' in shown


def test_a_file_that_was_sent_stays_when_something_else_was_wrong() -> None:
    window = Opened("w1", FORM)
    window.entered = entered(window, Sent(files={"field.file": ("a.pdf", b"%PDF")}))
    window.entered = entered(window, Sent())
    kept = window.entered["file"]
    assert [(file.name, file.fetch()) for file in kept if isinstance(file, SentFile)] == [("a.pdf", b"%PDF")]


def test_a_window_that_was_pressed_in_keeps_what_was_typed_and_one_that_was_sent_does_not() -> None:
    window = Opened("w1", FORM, entered={"name": "Ann"})
    window.ask_still(FORM)
    assert window.entered == {"name": "Ann"}
    window.ask_anew(FORM)
    assert window.entered == {}
    assert window.version == 2


def test_a_label_that_is_cut_says_so_and_a_button_can_ask_first() -> None:
    sure = blocks.Confirm(*map(Wording, ("Sure?", "It is over then.", "Yes", "No")))
    long = Wording(f"Fish &amp; {'chips ' * 20}")
    button = blocks.Button(long, "x.y:1", value="<1>", style="danger", confirm=sure, spoken=Wording("All of it"))
    shown = drawn([blocks.Section(Wording("Text"), accessory=button)], State("m1"))
    assert 'data-cut="Fish &amp; chips' in shown
    assert "…</span>" in shown
    assert 'aria-label="All of it"' in shown
    assert '<dialog id="m1.x.y:1.sure" aria-labelledby="m1.x.y:1.sure.title">' in shown
    assert shown.count('name="press"') == 1  # only the Yes acts
