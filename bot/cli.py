"""The commands that a person types. Imports are lazy: serving must start fast."""

import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.errors import MENDABLE, Misconfigured

if TYPE_CHECKING:
    from bot.context import Context
    from bot.rules.imports_columns import Finding
    from bot.rules.imports_difference import Difference
    from handlers.outbox import Sender
    from storage.engine import Database

app = typer.Typer(
    help="Lanyard: the school's social media policy, in Slack.", no_args_is_help=True, pretty_exceptions_enable=False
)
documents_app = typer.Typer(help="The two appendix forms on paper.", no_args_is_help=True)
evidence_app = typer.Typer(help="Files that prove something.", no_args_is_help=True)
audit_app = typer.Typer(help="The audit trail.", no_args_is_help=True)
app.add_typer(audit_app, name="audit")
app.add_typer(documents_app, name="documents")
app.add_typer(evidence_app, name="evidence")

REFUSED_ROWS = 1  # exit status where some rows were refused and the others taken
SHOWN = 40

File = Annotated[Path, typer.Argument(help="The file to import: CSV or XLSX.")]
TermsFile = Annotated[Path, typer.Argument(help="The file to import: CSV, XLSX or a calendar (.ics).")]
School = Annotated[str, typer.Option(help="The school's Slack workspace (T…), where the database holds several.")]
Apply = Annotated[bool, typer.Option("--apply", help="Do it. Without this, only say what would change.")]


@app.command()
def setup(path: Annotated[Path, typer.Argument(help="The school's settings: school.toml.")]) -> None:
    """Migrate the database, then create or update the school. A second run changes nothing."""
    from bot.clock import now
    from bot.school_file import read_school
    from bot.services import school
    from bot.settings import environment
    from storage import migrate

    settings = read_school(path)
    database = _open()
    if migrate.upgrade(database):
        typer.echo("The database is up to date now.")
    look_up = None
    if environment().slack_bot_token:
        from bot.app import slack_client
        from handlers.directory import Directory

        look_up = Directory(slack_client(environment())).user_by_email
    done = school.set_up(database, now(), settings.model_dump(mode="json"), settings.holders(), look_up)
    for change in done.changes:
        typer.echo(change)
    if not done.changes:
        typer.echo("Everything is already as school.toml says: nothing changed.")
    if look_up is None:
        typer.echo("SLACK_BOT_TOKEN is not set, so the addresses were not looked up in Slack.")
    for email in done.not_in_slack:
        typer.echo(f"⚠ {email} holds a role but has no Slack account here. Check the address, or invite them.")


@app.command("import-staff")
def import_staff(path: File, apply: Apply = False, school: School = "") -> None:
    """Bring the staff list up to date: Email, Name, Role, Classes, Started."""
    from bot.services import people_import

    content = _content(path)
    context = _context(school)
    difference = (people_import.apply if apply else people_import.preview)(context, path.name, content)
    would = "" if apply else "would be "
    _list(f"{would}added", difference.added)
    _list(f"{would}changed", difference.changed)
    typer.echo(f"{difference.unchanged} unchanged")
    _list("classes that no pupil is in (is the name spelt as on the roll?)", difference.unknown_classes)
    _list("in Lanyard but not in this list (nobody is removed)", difference.not_listed)
    _end(difference.problems, apply=apply, anything=bool(difference.added or difference.changed))


@app.command("import-roll")
def import_roll(path: File, apply: Apply = False, school: School = "") -> None:
    """Bring the roll and the consent record up to date from the school's own system."""
    from bot.services import imports

    content = _content(path)
    context = _context(school)
    with _progress() as progress:
        difference = (imports.apply if apply else imports.preview)(context, path.name, content, progress)
    for line in _roll_lines(difference):
        typer.echo(line)
    _list("to know", [str(found) for found in (*difference.warnings, *difference.kept, *difference.notes)])
    missing = [f"{pupil.name}, {pupil.class_name}" for pupil in difference.missing]
    _list("on the roll but not in this file (they stay until the office confirms that they left)", missing)
    _end(difference.problems, apply=apply, anything=not difference.changes_nothing)


@app.command("import-training")
def import_training(path: File, apply: Apply = False, school: School = "") -> None:
    """Take past training into the register: Email, Training, Date, Provider."""
    from bot.services import training_import

    content = _content(path)
    context = _context(school)
    difference = (training_import.apply if apply else training_import.preview)(context, path.name, content)
    would = "" if apply else "would be "
    typer.echo(f"{difference.new} completions {would}added, {difference.known} known already")
    _end(difference.problems, apply=apply, anything=bool(difference.new))


@app.command("export-training")
def export_training(
    out: Annotated[Path, typer.Option(help="Write the register here: a name that ends in .csv or .xlsx.")],
    school: School = "",
) -> None:
    """Write the whole training register as a table."""
    from bot.services import training_register

    kind = out.suffix.lower()
    if kind not in {".csv", ".xlsx"}:
        raise Misconfigured("--out needs a name that ends in .csv or .xlsx")
    _write(out, training_register.export(_context(school), "csv" if kind == ".csv" else "xlsx"))
    typer.echo(f"{out} is written. It holds everybody's training: keep it where only the entitled can read it.")


@app.command("import-terms")
def import_terms(path: TermsFile, apply: Apply = False, school: School = "") -> None:
    """Bring terms, INSET days and closures up to date: type, start, end, title; or a calendar."""
    from bot.services import calendar

    content = _content(path)
    difference = (calendar.apply if apply else calendar.preview)(_context(school), path.name, content)
    would = "" if apply else "would be "
    if difference.years:
        typer.echo(f"School year {' and '.join(difference.years)}:")
    _list(f"{would}added", difference.added)
    _list(f"{would}removed", difference.removed)
    typer.echo(f"{difference.unchanged} unchanged")
    if difference.lost:
        _list("things to mend", [str(problem) for problem in difference.problems])
        lines = [f"line {each}" for each in difference.lost]
        what = "are terms" if lines[1:] else "is a term"
        typer.echo(
            f"Nothing was changed: {' and '.join(lines)} {what}, or may be. Without it all of its days would count as "
            "holidays, and nobody would be reminded of anything. Mend what is named above, leave out what is no term, "
            "and import the file again."
        )
        raise typer.Exit(REFUSED_ROWS)
    _end(difference.problems, apply=apply, anything=bool(difference.added or difference.removed))


@app.command("import-policy")
def import_policy(
    path: Annotated[Path, typer.Argument(help="The policy as it was approved: Word (.docx), PDF or text.")],
    version: Annotated[str, typer.Option(help="What people will call it, such as 2026-11.")],
    approved: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day of approval: 2026-11-23.")],
    apply: Apply = False,
    school: School = "",
) -> None:
    """Put a version of the policy in force, clause by clause; all staff are asked to read it."""
    from bot.services import policy

    content = _content(path)
    context = _context(school)
    action = policy.import_document if apply else policy.preview
    found = action(context, content, label=version, approved_on=approved.date())
    document = found.document
    typer.echo(f"{len(document.numbered)} sections, {document.clause_count()} numbered clauses:")
    for section in document.sections:
        typer.echo(f"  {section.number or '–'} {section.heading}: {len(section.clauses)}")
    if document.left_out:
        typer.echo(f"{document.left_out} lines of cover, contents and appendices left out")
    _list("numbers missing in between (in the document, too?)", document.missing())
    _list("numbers that are there twice", document.twice())
    _list("to look at", document.doubts)
    if found.before and not found.is_known:
        told = (f"{each.kind.value}: {each.was_number or '–'} → {each.number or '–'}" for each in found.changes)
        _list(f"clauses differ from version {found.before.label}", told)
    if found.is_known:
        typer.echo(f"This very document is in force already as version {version}: nothing to change.")
    elif apply:
        typer.echo(f"Version {version} is in force. All staff are asked to read it.")
    else:
        typer.echo("Nothing was changed yet. To put it in force, add --apply")


@app.command("export-acknowledgements")
def export_acknowledgements(
    out: Annotated[Path, typer.Option(help="Where to write the list: FILE.xlsx or FILE.csv.")], school: School = ""
) -> None:
    """Write who has read and understood which version of the policy, and when."""
    from bot.services import acknowledgement

    kinds = {f".{kind.value}": kind for kind in acknowledgement.Format}
    kind = kinds.get(out.suffix.lower())
    if kind is None:
        raise Misconfigured(f"{out} should end in .xlsx or .csv: that says what is written.")
    _write(out, acknowledgement.export(_context(school), kind))
    typer.echo(f"{out} is written. It names members of staff: keep it where only the entitled can read it.")


@app.command("overview")
def school_overview(
    out: Annotated[Path, typer.Option(help="Where to write the page: FILE.pdf or FILE.png.")], school: School = ""
) -> None:
    """Write the school overview for the governors: counts only, as a PDF or a picture."""
    from bot.services import overview_page

    makers = {".pdf": overview_page.make_pdf, ".png": overview_page.make_picture}
    make = makers.get(out.suffix.lower())
    if make is None:
        raise Misconfigured(f"{out} should end in .pdf or .png: that says what is written.")
    _write(out, make(_context(school)))
    typer.echo(f"{out} is written. It holds counts only, no names.")


@app.command()
def run() -> None:
    """Run everything in one process: Socket Mode if SLACK_APP_TOKEN is set, else HTTP on PORT."""
    from bot import serve

    serve.run()


@app.command()
def web() -> None:
    """Answer Slack, and leave outbox and timetable to `worker`: any number of processes, on PostgreSQL."""
    from bot import serve

    serve.web()


@app.command()
def worker() -> None:
    """Send messages and keep the timetable, beside `web`: any number of processes, of which one leads."""
    from bot import serve

    serve.worker()


@app.command()
def tick(
    at: Annotated[str, typer.Option(help="An instant in school time, such as 2026-12-01T08:00; default now.")] = "",
) -> None:
    """Do what is due, say what was done, and stop."""
    from zoneinfo import ZoneInfo

    from bot import jobs
    from bot.app import build
    from bot.clock import now
    from bot.services import housekeeping
    from bot.settings import environment

    database = _migrated()
    try:
        asked = datetime.fromisoformat(at) if at else now()
    except ValueError:
        raise Misconfigured("--at needs an instant such as 2026-12-01T08:00") from None

    def instant(zone: str) -> datetime:
        return asked if asked.tzinfo else asked.replace(tzinfo=ZoneInfo(zone))

    settings = environment()
    bot = None
    if settings.slack_bot_token:
        began = now()  # the made-up clock goes on: a conversation takes one message a second
        clock = (lambda: instant("Europe/London") + (now() - began)) if at else now
        bot = build(settings, database=database, clock=clock)
        housekeeping.refresh_people(database, now, bot.router.directory)  # who is new here is reminded this very time
    for line in jobs.tick(database, instant):
        typer.echo(line)
    if bot:
        bot.sender.clear_away()
        typer.echo(f"{_deliver(bot.sender)} messages sent or brought up to date")


@app.command()
def migrate() -> None:
    """Bring the database to the newest shape."""
    from storage import migrate as migrations

    changed = migrations.upgrade(_open())
    typer.echo("The database is up to date now." if changed else "The database was already up to date.")


@app.command()
def doctor() -> None:
    """Name what is missing or misconfigured, and how to mend it."""
    from bot import doctor as examination

    found = examination.examine()
    for line in found.fine:
        typer.echo(f"✓ {line}")
    for line in found.to_know:
        typer.echo(f"⚠ {line}")
    for line in found.wrong:
        typer.echo(f"✗ {line}")
    if found.wrong:
        raise typer.Exit(MENDABLE)


@audit_app.command("verify")
def audit_verify() -> None:
    """Check that no entry of the audit trail was altered or removed."""
    from storage import audit, school

    database = _migrated()
    broken = False
    with database.read() as connection:
        for each in school.every(connection):
            first = audit.first_broken(connection, each.school_id)
            broken = broken or first is not None
            count = len(audit.entries(connection, each.school_id))
            told = f"altered or incomplete from entry {first} on" if first else f"whole, {count} entries"
            typer.echo(f"{each.name}: {told}")
    if broken:
        raise typer.Exit(MENDABLE)


Record = Annotated[str, typer.Argument(help="The record's number, such as AR-7 or CR-3.")]
Out = Annotated[Path | None, typer.Option(help="Write the form as a PDF here.")]


@documents_app.command("write")
def documents_write(record: Record, out: Out = None, school: School = "") -> None:
    """Write a record's form as a PDF."""
    from bot.services import documents, forms

    path = out or Path(f"{record.upper()}.pdf")
    _write(path, documents.make_pdf(forms.printed(_context(school), record, _key()), _key()))
    typer.echo(f"{path} is written. It holds what was recorded: keep it where only the entitled can read it.")


@documents_app.command("verify")
def documents_verify(
    record: Record,
    code: Annotated[str, typer.Argument(help="The verification code that is printed on the form.")],
    out: Out = None,
    school: School = "",
) -> None:
    """Check the code on a printed form; with --out, write what it belongs to, to lay beside the paper."""
    from bot.clock import spoken_instant
    from bot.services import documents, forms

    context = _context(school)
    proved = forms.prove(context, record, _key(), code)
    if proved is None:
        typer.echo(f"The code is not that of {record.upper()}, neither as it stands now nor as it was ever printed.")
        raise typer.Exit(MENDABLE)
    if out:
        _write(out, documents.make_pdf(proved.form, _key()))
    if proved.printed_at:
        at = spoken_instant(proved.printed_at, context.school.timezone)
        typer.echo(f"The code is that of {record.upper()} as it was printed on {at}. It has changed since then.")
    else:
        typer.echo(f"The code is that of {record.upper()} as it stands now.")
    typer.echo(f"{out} is written." if out else "To compare the words, have it written: --out FILE")


@evidence_app.command("open")
def evidence_open(
    number: Annotated[
        int, typer.Argument(min=1, max=999_999_999, help="The file's number: see the audit trail, evidence.kept.")
    ],
    out: Annotated[Path, typer.Option(help="Write the file here.")],
    school: School = "",
) -> None:
    """Unseal a file. It is noted that it was opened."""
    from bot.services import evidence

    with _context(school).begin() as tx:
        kept, content = evidence.opened(tx, number, key=_key())
    _write(out, content)
    typer.echo(f"{out} is written: {kept.kind}, {kept.size} bytes, SHA-256 {kept.sha256}. It was noted.")


# ── what the commands share ────────────────────────────────────────────────────────────────────────────────────────


def _open() -> "Database":
    from bot.settings import environment
    from storage.engine import open_database

    return open_database(environment().database_url)


def _migrated() -> "Database":
    from storage import migrate

    database = _open()
    migrate.check(database)
    return database


def _context(team: str) -> "Context":
    from bot.clock import now
    from bot.context import Context
    from storage import school

    database = _migrated()
    with database.read() as connection:
        every = school.every(connection)
    if not every:
        raise Misconfigured("No school is set up yet. Run: python -m bot setup school.toml")
    schools = [each for each in every if team in {"", each.team_id}]
    if len(schools) != 1:
        raise Misconfigured("Say which school: --school " + " or --school ".join(each.team_id for each in every))
    return Context(database, schools[0], now)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise Misconfigured(f"{path} cannot be read. Check the name, and that it is a file of yours.") from None


def _roll_lines(difference: "Difference") -> list[str]:
    counted = {
        "rows read": difference.rows_read,
        "new pupils": len(difference.new),
        "pupils changed": len(difference.changes),
        "  of whom have another name": difference.renamed,
        "  of whom moved class or year": difference.moved,
        "consent decisions": difference.decisions,
        "  of them withdrawn": len(difference.withdrawn),
        "never-photograph flags": difference.flags,
        "pupils unchanged": difference.unchanged,
    }
    return [f"{count:>7} {what}" for what, count in counted.items() if count or what == "rows read"]


def _deliver(sender: "Sender") -> int:
    """Send what is due, and wait where somebody is told several things; returns how many messages."""
    import time

    from handlers.outbox import Round

    taken = sender.deliver()
    while (pause := sender.pause(Round.EVERY)) < Round.EVERY:
        time.sleep(pause.total_seconds())
        taken += sender.deliver()
    return taken


def _key() -> str:
    from bot.settings import environment

    return environment().lanyard_key


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError:
        raise Misconfigured(f"{path} cannot be written. Choose another folder with --out.") from None


def _list(what: str, found: Iterable[str]) -> None:
    items = list(found)
    if items:
        typer.echo(f"{len(items)} {what}:")
    for item in items[:SHOWN]:
        typer.echo(f"  {item}")
    if len(items) > SHOWN:
        typer.echo(f"  and {len(items) - SHOWN} more")


def _end(problems: "Sequence[Finding]", *, apply: bool, anything: bool) -> None:
    refused = len({problem.line for problem in problems})
    if refused:
        others = "were taken" if apply else "can be taken"
        typer.echo(f"{refused} rows refused; all others {others}:")
        _list("things to mend", [str(problem) for problem in problems])
    if not anything:
        typer.echo("Nothing to change.")
    elif not apply:
        typer.echo("Nothing was changed yet. To do it, add --apply")
    if refused:
        raise typer.Exit(REFUSED_ROWS)


class _progress:  # noqa: N801 - reads as a word at its one place of use
    """A progress bar on a terminal that appears only for a long file."""

    def __enter__(self) -> Callable[[int, int], None] | None:
        self._bar = None
        if not sys.stderr.isatty():
            return None
        from rich.progress import Progress

        self._bar = Progress(transient=True)
        self._bar.start()
        task = self._bar.add_task("Reading the roll", total=None)
        return lambda done, total: self._bar.update(task, completed=done, total=total)  # type: ignore[union-attr]

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()
