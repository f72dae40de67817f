"""Commands that take tables and documents in, and write them out."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import shared
from bot.commands.shared import REFUSED_ROWS, Apply, File, School, TermsFile, app
from bot.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.reading.columns import Finding
    from bot.reading.roll.difference import Difference
    from bot.reading.roll.named import Named, Names

ALIKE = 3  # more rows than these with the same to say are told in one line
NAMES = 20  # children of each list; the file of --names has all of them


@app.command("import-staff")
def import_staff(path: File, apply: Apply = False, school: School = "") -> None:
    """Bring the staff list up to date: Email, Name, Role, Classes, Started."""
    from bot.services.school import staff_import

    content = shared.content(path)
    context = shared.context_of(school)
    difference = (staff_import.apply if apply else staff_import.preview)(context, path.name, content)
    would = "" if apply else "would be "
    shared.listed(f"{would}added", difference.added)
    shared.listed(f"{would}changed", difference.changed)
    typer.echo(f"{difference.unchanged} unchanged")
    shared.listed("classes that no pupil is in (is the name spelt as on the roll?)", difference.unknown_classes)
    shared.listed("in Lanyard but not in this list (nobody is removed)", difference.not_listed)
    shared.end(difference.problems, apply=apply, anything=bool(difference.added or difference.changed))


@app.command("import-roll")
def import_roll(
    path: File,
    apply: Apply = False,
    names: Annotated[
        Path | None, typer.Option(help="Write the names of all concerned here, for you alone: FILE.xlsx or FILE.csv.")
    ] = None,
    school: School = "",
) -> None:
    """Bring the roll and the consent record up to date from the school's own system."""
    from bot.clock import spoken_instant
    from bot.services.consent import roll_import, roll_names
    from storage import left_behind

    kind = _kind_of(names) if names else ""
    content = shared.content(path)
    context = shared.context_of(school)
    if apply:
        left_behind.check(context.database)
    elif left := left_behind.warning(context.database):
        typer.echo(f"⚠ {left}")
    with shared.Progress() as progress:
        was = roll_import.how_far(context)
        difference = (roll_import.apply if apply else roll_import.preview)(context, path.name, content, progress)
    if was:
        verb = "is" if apply else "would be"
        at = spoken_instant(was.at, context.school.timezone)
        typer.echo(f"The import of {at} stopped after {was.done:,} of {was.children:,} children. It {verb} finished:")
    if apply and not difference.changes_nothing:
        typer.echo("Done:")
    for line in _roll_lines(difference):
        typer.echo(line)
    found = roll_names.of_difference(context, difference)
    _name(found, apply=apply, rest=f": see {names}" if names else ": --names FILE writes all of them")
    shared.listed("to know", _gathered((*difference.warnings, *difference.kept, *difference.notes)))
    if names:
        shared.write_private(names, roll_names.export(found, kind))
        typer.echo(f"{names} is written. It names children: delete it when you are done.")
    shared.end(difference.problems, apply=apply, anything=bool(was) or not difference.changes_nothing)


@app.command("import-training")
def import_training(path: File, apply: Apply = False, school: School = "") -> None:
    """Take past training into the register: Email or Class, Training, Date, Provider."""
    from bot.services.training import importing

    content = shared.content(path)
    context = shared.context_of(school)
    difference = (importing.apply if apply else importing.preview)(context, path.name, content)
    would = "" if apply else "would be "
    typer.echo(f"{shared.counted(difference.new, 'completion')} {would}added, {difference.known} known already")
    shared.end(difference.problems, apply=apply, anything=bool(difference.new))


@app.command("import-posts")
def import_posts(path: File, apply: Apply = False, school: School = "") -> None:
    """Log what was posted before Lanyard: Where, Posted on, Link or place, Pupils."""
    from bot.services.posting import earlier

    content = shared.content(path)
    context = shared.context_of(school)
    found = (earlier.apply if apply else earlier.preview)(context, path.name, content)
    would = "" if apply else "would be "
    children = f"{found.children} {'child' if found.children == 1 else 'children'}"
    typer.echo(f"{shared.counted(found.new, 'post')} {would}logged, of {children}; {found.known} known already")
    shared.end(found.problems, apply=apply, anything=bool(found.new))


@app.command("export-training")
def export_training(
    out: Annotated[Path, typer.Option(help="Write the register here: a name that ends in .csv or .xlsx.")],
    school: School = "",
) -> None:
    """Write the whole training register as a table."""
    from bot.services.training import register

    kind = out.suffix.lower()
    if kind not in {".csv", ".xlsx"}:
        raise Misconfigured("--out needs a name that ends in .csv or .xlsx")
    shared.write(out, register.export(shared.context_of(school), "csv" if kind == ".csv" else "xlsx"))
    typer.echo(f"{out} is written. It holds everybody's training: keep it where only the entitled can read it.")


@app.command("import-terms")
def import_terms(path: TermsFile, apply: Apply = False, school: School = "") -> None:
    """Bring terms, INSET days and closures up to date: type, start, end, title; or a calendar."""
    from bot.services.school import calendar

    content = shared.content(path)
    difference = (calendar.apply if apply else calendar.preview)(shared.context_of(school), path.name, content)
    would = "" if apply else "would be "
    if difference.years:
        typer.echo(f"School year {' and '.join(difference.years)}:")
    shared.listed(f"{would}added", difference.added)
    shared.listed(f"{would}removed", difference.removed)
    typer.echo(f"{difference.unchanged} unchanged")
    if difference.lost:
        shared.listed("to mend", [str(problem) for problem in difference.problems])
        lines = [f"line {each}" for each in difference.lost]
        what = "are terms" if lines[1:] else "is a term"
        typer.echo(
            f"Nothing was changed: {' and '.join(lines)} {what}, or may be. Without it all of its days would count as "
            "holidays, and nobody would be reminded of anything. Mend what is named above, leave out what is no term, "
            "and import the file again."
        )
        raise typer.Exit(REFUSED_ROWS)
    shared.end(difference.problems, apply=apply, anything=bool(difference.added or difference.removed))


@app.command("import-policy")
def import_policy(
    path: Annotated[Path, typer.Argument(help="The policy as it was approved: Word (.docx), PDF or text.")],
    version: Annotated[str, typer.Option(help="What people will call it, such as 2026-11.")],
    approved: Annotated[str, typer.Option(help="The day of approval: 2026-11-23.")],
    apply: Apply = False,
    school: School = "",
) -> None:
    """Put a version of the policy in force, clause by clause; all staff are asked to read it."""
    from bot.rules.policy.ours import Correspondence
    from bot.services.policy import documents

    content = shared.content(path)
    context = shared.context_of(school)
    action = documents.import_document if apply else documents.preview
    found = action(context, content, label=version, approved_on=_day(approved))
    document = found.document
    sections, clauses = len(document.numbered), document.clause_count()
    typer.echo(f"{shared.counted(sections, 'section')}, {shared.counted(clauses, 'numbered clause')}:")
    for section in document.sections:
        typer.echo(f"  {section.number or '–'} {section.heading}: {len(section.clauses)}")
    if document.left_out:
        typer.echo(f"{shared.counted(document.left_out, 'line')} of cover, contents and appendices left out")
    shared.listed("numbers missing in between (in the document, too?)", document.missing())
    shared.listed("numbers that are there twice", document.twice())
    shared.listed("to look at", document.doubts)
    if other := Correspondence(document).other:
        typer.echo("Numbers that Lanyard's own words use, and that say something else here or are missing:")
        typer.echo(f"  {', '.join(other)}")
    if found.before and not found.is_known:
        told = (f"{each.kind.value}: {each.was_number or '–'} → {each.number or '–'}" for each in found.changes)
        shared.listed(f"clauses differ from version {found.before.label}", told)
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
    from bot.services.policy import acknowledgement

    kinds = {f".{kind.value}": kind for kind in acknowledgement.Format}
    kind = kinds.get(out.suffix.lower())
    if kind is None:
        raise Misconfigured(f"{out} should end in .xlsx or .csv: that says what is written.")
    shared.write(out, acknowledgement.export(shared.context_of(school), kind))
    typer.echo(f"{out} is written. It names members of staff: keep it where only the entitled can read it.")


@app.command("overview")
def school_overview(
    out: Annotated[Path, typer.Option(help="Where to write the page: FILE.pdf or FILE.png.")], school: School = ""
) -> None:
    """Write the school overview for the governors: counts only, as a PDF or a picture."""
    from bot.services.documents import overview_page

    makers = {".pdf": overview_page.make_pdf, ".png": overview_page.make_picture}
    make = makers.get(out.suffix.lower())
    if make is None:
        raise Misconfigured(f"{out} should end in .pdf or .png: that says what is written.")
    shared.write(out, make(shared.context_of(school)))
    typer.echo(f"{out} is written. It holds counts only, no names.")


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written.strip())
    except ValueError:
        raise Misconfigured("--approved needs a day such as 2026-11-23") from None


def _kind_of(path: Path) -> str:
    """Return what a table is to be written as, by the end of its name. Raises Misconfigured."""
    kind = path.suffix.lower().removeprefix(".")
    if kind not in {"csv", "xlsx"}:
        raise Misconfigured("--names needs a name that ends in .csv or .xlsx")
    shared.may_write(path)
    return kind


def _name(found: "Names", *, apply: bool, rest: str) -> None:
    """Name those whom an import concerns, the first of each list."""
    from bot.reading.roll.named import News

    becomes = "has become" if apply else "would become"
    told = {
        News.WITHDRAWN: f"for whom a Yes {becomes} a No (look for posts that show them: policy §4.6)",
        News.NEW: "new",
        News.MOVED: "in another class or year",
        News.RENAMED: "with another name",
        News.MISSING: "on the roll but not in this file (they stay until the office confirms that they left)",
    }
    for what, words in told.items():
        shared.listed(words, map(_line, found[what]), NAMES, rest)


def _line(each: "Named") -> str:
    name = f"{each.name}, {each.class_name}" if each.class_name else each.name
    was = f" (until now: {each.was})" if each.was else ""
    return f"{name}{was}: {'; '.join(each.uses)}" if each.uses else f"{name}{was}"


def _gathered(findings: "Sequence[Finding]") -> list[str]:
    """Return what is found in a line each; what is the same of many rows, such as no class, in one for all of them."""
    alike = Counter((found.column, found.message) for found in findings)
    told: dict[str, None] = {}  # in order, each line once
    first: dict[tuple[str, str], Finding] = {}
    for found in findings:
        kind = (found.column, found.message)
        if alike[kind] <= ALIKE:
            told[str(found)] = None
        else:
            told[f"{first.setdefault(kind, found)} So it is in {alike[kind]} rows; this is the first."] = None
    return list(told)


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
