"""What the commands share: their options, and how they begin, tell and end."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.errors import Misconfigured

if TYPE_CHECKING:
    from bot.context import Context
    from bot.reading.columns import Finding
    from storage.engine import Database

app = typer.Typer(
    help="Lanyard: the school's social media policy, in Slack.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,  # it completes a program's name, and ours is `python -m bot`
    context_settings={"help_option_names": ["--help", "-h"]},
)
documents_app = typer.Typer(help="The two appendix forms on paper.", no_args_is_help=True)
evidence_app = typer.Typer(help="Files that prove something.", no_args_is_help=True)
audit_app = typer.Typer(help="The audit trail.", no_args_is_help=True)
app.add_typer(audit_app, name="audit")
app.add_typer(documents_app, name="documents")
app.add_typer(evidence_app, name="evidence")

REFUSED_ROWS = 1  # exit status where some rows were refused and the others taken
SHOULD_LOOK = 1  # exit status of `status` where something is not as it should be
SHOWN = 40

File = Annotated[Path, typer.Argument(help="The file to import: CSV or XLSX.")]
TermsFile = Annotated[Path, typer.Argument(help="The file to import: CSV, XLSX or a calendar (.ics).")]
School = Annotated[str, typer.Option(help="The school's Slack workspace (T…), where the database holds several.")]
Apply = Annotated[bool, typer.Option("--apply", help="Do it. Without this, only say what would change.")]


def opened() -> "Database":
    """Return the database, whatever its shape. Raises Misconfigured."""
    from bot.settings import environment
    from storage.engine import open_database

    settings = environment()
    return open_database(settings.database_url, settings.lanyard_key)


def migrated() -> "Database":
    """Return the database, in the newest shape. Raises Misconfigured; for another LANYARD_KEY than its own, too.

    Without any key everything can be done for which nothing sealed has to be opened.
    """
    from storage import keys, migrate

    database = opened()
    migrate.check(database)
    if database.sealing.key:
        keys.check(database)
    return database


def context_of(team: str) -> "Context":
    """Return the context of the school in a Slack workspace; "" where there is only one. Raises Misconfigured."""
    from bot.clock import now
    from bot.context import Context
    from bot.services.features import REACTIONS
    from storage import school

    database = migrated()
    with database.read() as connection:
        every = school.every(connection)
    if not every:
        raise Misconfigured("No school is set up yet. Run: python -m bot setup school.toml")
    schools = [each for each in every if team in {"", each.workspace}]
    if len(schools) != 1:
        raise Misconfigured("Say which school: --school " + " or --school ".join(each.workspace for each in every))
    return Context(database, schools[0], now, REACTIONS)


def content(path: Path) -> bytes:
    """Return what a file holds. Raises Misconfigured."""
    try:
        return path.read_bytes()
    except OSError:
        raise Misconfigured(f"{path} cannot be read. Check the name, and that it is a file of yours.") from None


def write(path: Path, content: bytes) -> None:
    """Write a file. Raises Misconfigured."""
    try:
        path.write_bytes(content)
    except OSError:
        raise Misconfigured(f"{path} cannot be written. Choose another folder with --out.") from None


def may_write(path: Path) -> None:
    """Refuse early what `write_private` could not write: nothing is changed yet then. Raises Misconfigured."""
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise Misconfigured(f"{path} cannot be written. Choose another folder. Nothing was changed.")


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only whoever runs this may read (mode 600), whoever could read it before. Raises Misconfigured.

    What was there is replaced as a whole.
    """
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as written:  # made with mode 600
            written.write(content)
        Path(written.name).replace(path)
    except OSError:
        raise Misconfigured(f"{path} cannot be written. Choose another folder.") from None


def counted(count: int, what: str) -> str:
    """Return a count with its noun: "1 row", "2 rows"."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def listed(what: str, found: Iterable[str], most: int = SHOWN, rest: str = "") -> None:
    """Say how many there are, and name the first of them. `rest`: where the others are, if anywhere."""
    items = list(found)
    if items:
        typer.echo(f"{len(items)} {what}:")
    for item in items[:most]:
        typer.echo(f"  {item}")
    if len(items) > most:
        typer.echo(f"  and {len(items) - most} more{rest}")


def end(problems: "Sequence[Finding]", *, apply: bool, anything: bool) -> None:
    """Say what was refused and what is to be done next; the exit status tells of refused rows."""
    refused = len({problem.line for problem in problems})
    if refused:
        others = "were taken" if apply else "can be taken"
        typer.echo(f"{counted(refused, 'row')} refused; all others {others}:")
        listed("to mend", map(_told, problems))
    if not anything:
        typer.echo("Nothing to change.")
    elif not apply:
        typer.echo("Nothing was changed yet. To do it, add --apply")
    if refused:
        raise typer.Exit(REFUSED_ROWS)


def _told(problem: "Finding") -> str:
    return f"{problem} On record: {problem.on_record}." if problem.on_record else str(problem)


class Progress:
    """A progress bar on a terminal that appears only for a long file."""

    def __enter__(self) -> Callable[[int, int], None] | None:
        self._bar = None
        if not sys.stderr.isatty():
            return None
        from rich import progress

        self._bar = progress.Progress(transient=True)
        self._bar.start()
        task = self._bar.add_task("Reading the roll", total=None)
        return lambda done, total: self._bar.update(task, completed=done, total=total)  # type: ignore[union-attr]

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()
