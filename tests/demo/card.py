"""The card that the demo leaves on the screen: where to go, and two minutes as each person."""

from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tests.demo.guide import ALL_OF_THEM, GUIDED, OTHERS, Fill, Persona, Place, Press, Step, Type

NEXT = " › "
WIDTH = 100  # columns of the file
LIMITS = (
    "Limits of this stand-in, not of Lanyard. Everybody you act as sees the private answers; in real Slack only "
    "the person who asked does. Buttons inside a window do nothing here: leave out More, and close a window with its "
    "cross. No names are suggested while you type: where it says [external_select], use the line below."
)


def show(console: Console, url: str, kept: Path) -> None:
    """Print the card, and keep it in a file: it is longer than many a terminal."""
    with kept.open("w", encoding="utf-8") as file:
        Console(file=file, width=WIDTH, highlight=False).print(_card(url))
    console.print()
    console.print(_card(url))
    console.print(Text.assemble("Open ", (url, "bold underline"), " in a browser, and begin as Ann Teacher."))
    console.print(Text(f"The card is also in {kept}."), soft_wrap=True)
    console.print(Text("Ctrl-C stops everything. What you changed is gone at the next start.", style="bold"))


def _card(url: str) -> RenderableType:
    lines = (
        _start(url),
        *(Padding(_guided(persona), (1, 0, 0, 0)) for persona in GUIDED),
        Padding(_others(), (1, 0, 1, 0)),
        Text(LIMITS, style="dim"),
    )
    return Panel(Group(*lines), title="Now you", title_align="left", padding=(1, 2))


def _start(url: str) -> RenderableType:
    return Text.assemble(
        "Open ",
        (url, "bold underline"),
        " in a browser. At the top right, under “Act as”, choose who you are. On the left, click where to go: ",
        (Place.STAFFROOM, "bold"),
        " to type, ",
        (Place.HOME, "bold"),
        " for your Home, ",
        (Place.MESSAGES, "bold"),
        " (below “Direct messages”) for what Lanyard wrote to you.",
    )


def _guided(persona: Persona) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    for number, step in enumerate(persona.steps, 1):
        table.add_row(f" {number}.", Group(Text(step.why), _how(step)))
    return Group(Text.assemble("Two minutes as ", (persona.name, "bold"), f", {persona.role}"), table)


def _others() -> RenderableType:
    table = Table.grid(padding=(0, 1))
    for persona in OTHERS:
        for step in persona.steps:
            why = Text.assemble((persona.name, "bold"), f", {persona.role}: {step.why}")
            table.add_row(" •", Group(why, _how(step)))
    return Group(Text("And one thing as each of the others"), table)


def _how(step: Step) -> Text:
    """Return where a step is done, and what to type and press there."""
    return Text(NEXT).join([Text(step.place, style="bold"), *(_told(act) for act in step.acts)])


def _told(act: Type | Press | Fill) -> Text:
    match act:
        case Type(command):
            return Text.assemble("type ", (command, "cyan"))
        case Press(label, near):
            return Text.assemble("press ", _button(label), f" beside “{near}”" if near else "")
        case Fill(answers, label):
            filled = [Text.assemble(f"“{question}”: ", (_answer(answer), "cyan")) for question, answer in answers]
            return Text.assemble(Text("; ").join(filled), NEXT, "press ", _button(label))


def _answer(answer: str | tuple[str, ...]) -> str:
    if isinstance(answer, str):
        return answer
    return answer[0] if len(answer) == 1 else ALL_OF_THEM


def _button(label: str) -> tuple[str, str]:
    return f"[ {label} ]", "yellow"
