"""Commands that prove records: forms on paper, certificates, the audit trail."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import shared
from bot.commands.shared import School, app, audit_app, documents_app, evidence_app
from bot.errors import MENDABLE, Misconfigured

if TYPE_CHECKING:
    from bot.context import Context

SHORTEST = 3  # letters of a word that is looked for
MOST_DIGITS = 10
Record = Annotated[str, typer.Argument(help="The record's number, such as AR-7, CR-3 or PR-2.")]
Out = Annotated[Path | None, typer.Option(help="Write the form as a PDF here.")]


@documents_app.command("write")
def documents_write(record: Record, out: Out = None, school: School = "") -> None:
    """Write a record's form as a PDF."""
    from bot.services.documents import forms, typeset

    path = out or Path(f"{record.upper()}.pdf")
    context = shared.context_of(school)
    shared.write(path, typeset.make_pdf(forms.printed(context, record), context.database.sealing.key))
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
    from bot.services.documents import forms, typeset

    context = shared.context_of(school)
    proved = forms.prove(context, record, code)
    if proved is None:
        typer.echo(f"The code is not that of {record.upper()}, neither as it stands now nor as it was ever printed.")
        raise typer.Exit(MENDABLE)
    if out:
        shared.write(out, typeset.make_pdf(proved.form, context.database.sealing.key))
    if proved.printed_at:
        at = spoken_instant(proved.printed_at, context.school.timezone)
        typer.echo(f"The code is that of {record.upper()} as it was printed on {at}. It has changed since then.")
    else:
        typer.echo(f"The code is that of {record.upper()} as it stands now.")
    typer.echo(f"{out} is written." if out else "To compare the words, have it written: --out FILE")


@documents_app.command("find")
def documents_find(
    word: Annotated[str, typer.Argument(help="A word that occurs in it, such as a surname.")], school: School = ""
) -> None:
    """Name the requests and reports in which a word occurs, sealed ones too. It is noted that it was asked."""
    from bot.services import search

    if len(word.strip()) < SHORTEST:
        raise Misconfigured(f"Give a word of at least {SHORTEST} letters.")
    found = search.occurring(shared.context_of(school), word.strip())
    for name in found:  # all of them: an answer to a subject access request leaves none out
        typer.echo(name)
    typer.echo("To read one: python -m bot documents write NAME" if found else "The word occurs in none.")


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

    with shared.context_of(school).begin() as tx:
        kept, content = evidence.opened(tx, number)
    shared.write(out, content)
    typer.echo(f"{out} is written: {kept.kind}, {kept.size} bytes, SHA-256 {kept.sha256}. It was noted.")


@app.command("looks")
def looks(
    out: Annotated[Path | None, typer.Option(help="Write the log here: a name that ends in .csv or .xlsx.")] = None,
    pupil: Annotated[str, typer.Option(help="Only of this child: name and class, or the number of one.")] = "",
    person: Annotated[str, typer.Option(help="Only what this colleague looked up: an e-mail address.")] = "",
    school: School = "",
) -> None:
    """Write who looked up which child, and when. It is noted that it was asked."""
    from bot.rules.consent.looks import Narrowed
    from bot.services.consent import look_log as log

    kinds = {".csv": log.Format.CSV, ".xlsx": log.Format.XLSX}
    kind = kinds.get(out.suffix.lower()) if out else log.Format.CSV
    if kind is None:
        raise Misconfigured(f"{out} should end in .csv or .xlsx: that says what is written.")
    context = shared.context_of(school)
    narrowed = Narrowed(_pupil(context, pupil), _person(context, person))
    content = log.export(context, narrowed, kind)
    if out is None:
        typer.echo(content.decode("utf-8-sig").replace("\r\n", "\n"), nl=False)
        return
    shared.write(out, content)
    typer.echo(f"{out} is written. It names children and colleagues: keep it where only the entitled can read it.")


def _pupil(context: "Context", words: str) -> int | None:
    """Return the child who is meant, "" nobody. Raises Misconfigured, naming who may be."""
    from bot.services.consent import look_log as log

    if not words or (words.isascii() and words.isdigit() and len(words) < MOST_DIGITS):
        return int(words) if words else None
    found = log.called(context, words)
    if found.certain:
        return found.pupils[0].pupil_id
    told = "".join(f"\n  --pupil {each.pupil_id}  {each.name}, {each.class_name}" for each in found.pupils)
    raise Misconfigured(f"Which child? Give the number:{told}" if told else "No child is called that, now or earlier.")


def _person(context: "Context", words: str) -> int | None:
    from bot.services.consent import look_log as log

    found = log.person_called(context, words) if words else []
    if words and len(found) != 1:
        raise Misconfigured("--person needs the e-mail address of one colleague, as it stands in the staff list.")
    return found[0].person_id if found else None


@audit_app.command("verify")
def audit_verify() -> None:
    """Check that no entry of the audit trail was altered or removed."""
    from storage import audit, school

    database = shared.migrated()
    broken = False
    with database.look() as connection:
        for each in school.every(connection):
            first = audit.first_broken(connection, each.school_id)
            broken = broken or first is not None
            count = audit.count(connection, each.school_id)
            told = f"altered or incomplete from entry {first} on" if first else f"whole, {count} entries"
            typer.echo(f"{each.name}: {told}")
    if broken:
        raise typer.Exit(MENDABLE)
