"""What is said of a slip in typing a command: which word, the nearest that is known, and one next step.

The library that reads the command line says it in its own words; none of these reaches a person.
"""

import difflib
import re
import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.exceptions import TyperException

from bot.errors import MENDABLE, Misconfigured

FAR = 0.5  # [K] less alike than this is no slip of the finger
TYPED = 60  # letters of a word that are said again
FEW = 6  # words that can be read in one sentence


def run(app: typer.Typer) -> None:
    """Run what was typed, and end with its status. Raises Misconfigured for what is no command of ours."""
    try:
        status = typer.main.get_command(app).main(standalone_mode=False)
    except TyperException as slip:
        if type(slip).__name__ == "NoArgsIsHelpError":  # the help was shown
            sys.exit(MENDABLE)
        raise Misconfigured(_plainly(slip)) from None
    except typer.Abort:
        raise Misconfigured("Stopped.") from None
    sys.exit(status or 0)


def _plainly(slip: Any) -> str:
    """Return what is wrong and what to type. `slip`: of the library's private kinds, told apart by what they hold."""
    if slip.ctx is None:
        return _alone(slip.option_name, slip.message)
    command, path = slip.ctx.command, slip.ctx.command_path
    help_of = f"All about it: {path} --help"
    if hasattr(command, "commands"):
        return _command(slip, list(command.commands), path)
    if hasattr(slip, "possibilities"):
        known = [name for option in command.params for name in option.opts if name.startswith("--")]
        return f"{path} does not know {_typed(slip.option_name)}. {_nearest(slip.option_name, known, help_of)}"
    if hasattr(slip, "param_type"):
        return f"{path} needs {_name(slip.param)}: {_meant(slip.param)} {_usage(path, command)}"
    if getattr(slip, "param", None):
        return f"{_name(slip.param)} cannot be read. Write this there: {_meant(slip.param)} {help_of}"
    return f"{path} does not take {_typed(_left_over(slip.message))}. A name with spaces needs quotes. {help_of}"


def _alone(option: str, message: str) -> str:
    """Return what is said of an option that lacks its value, or has one too many."""
    if "does not take" in message:
        return f"{option} stands by itself. Leave out what follows the “=”."
    return f"{option} needs something after it: {option} … A name with spaces needs quotes."


def _command(slip: Any, known: Sequence[str], path: str) -> str:
    """Return what is said where a command stands: of a word that is none, or of an option before it."""
    typed = getattr(slip, "option_name", "") or _left_over(slip.message)
    others = f"It knows {', '.join(known)}." if len(known) <= FEW else f"All that it knows: {path} --help"
    return f"{path} does not know {_typed(typed)}. {_nearest(typed, known, others)}"


def _nearest(typed: str, known: Sequence[str], otherwise: str) -> str:
    near = difflib.get_close_matches(typed.lower(), known, n=1, cutoff=FAR)
    return f"Did you mean {near[0]}?" if near else otherwise


def _left_over(message: str) -> str:
    """Return the words of which the library speaks: "No such command 'x'." and "… argument(s) (x y)" hold them."""
    found = re.search(
        r"""command (?P<quote>['"])(?P<word>.*?)(?P=quote)|\((?!s\))(?P<words>.*)\)""", message, re.DOTALL
    )
    return (found["word"] or found["words"] or "") if found else ""


def _typed(words: str) -> str:
    return f"“{' '.join(words.split())[:TYPED]}”"


def _name(param: Any) -> str:
    """Return how an argument or an option is written: "PATH", "--version"."""
    return str(param.name).upper() if param.param_type_name == "argument" else str(param.opts[0])


def _meant(param: Any) -> str:
    return str(param.help or "a word.").rstrip(".") + "."


def _usage(path: str, command: Any) -> str:
    needed = [param for param in command.params if param.required]
    words = [_name(param) + ("" if param.param_type_name == "argument" else " …") for param in needed]
    return f"Type: {' '.join([path, *words])}"
