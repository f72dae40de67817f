"""The card that the demo leaves on the screen: where to go, and what to try as whom."""

from typing import NamedTuple

from rich.console import Console, Group
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text


class Persona(NamedTuple):
    """Somebody to be, and what to try as them."""

    name: str
    role: str
    tries: tuple[str, ...]


PERSONAS = (
    Persona("Ann Teacher", "teaches 3B", ("/consent Jamie", "/consent 3B for website video")),
    Persona("Ben Carter", "teaches 3H", ("/consent 3B for website photo  (not his class)",)),
    Persona(
        "Cara Singh",
        "teaching assistant",
        ("/request-access  (a form)", "/ask-permission", "/report-content", "/lanyard  (help for your role)"),
    ),
    Persona(
        "Olu Adeyemi",
        "school office",
        ("/consent-record Jamie Nowak 3B", "click Lanyard on the left (Home)"),
    ),
    Persona(
        "Hana Rees",
        "headteacher",
        ("her messages: approve Cara's request", "/consent-record  type Ben Wright 3B, choose Never photograph"),
    ),
    Persona("Priya Nair", "data protection officer", ("/consent-record  type Jamie Nowak 3B, choose See the history",)),
)
LIMITS = (
    "Limits of this stand-in, not of Lanyard: everybody you act as sees the private answers; no names are suggested "
    "while you type (where it says [external_select], use the line below); where Slack has several lines there is one; "
    "buttons inside a window do nothing. In real Slack an answer is seen by the person who asked, and nobody else."
)


def show(console: Console, url: str) -> None:
    """Print the card."""
    table = Table.grid(padding=(0, 2))
    for persona in PERSONAS:
        for number, what in enumerate(persona.tries):
            who, role = ("", "") if number else (persona.name, persona.role)
            table.add_row(Text(who, style="bold"), role, Text(what, style="cyan"))
    lines = (
        Text.assemble("Open ", (url, "bold underline"), " in a browser."),
        Text("Choose at the top right whom to act as, and type into #staffroom:"),
        Padding(table, (1, 0, 1, 2)),
        Text(LIMITS, style="dim"),
    )
    console.print()
    console.print(Panel(Group(*lines), title="Now you", title_align="left", padding=(1, 2)))
    console.print(Text("Ctrl-C stops everything. What you changed is gone at the next start.", style="bold"))
