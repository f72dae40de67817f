"""A slip in typing a command: one line that names the word, the nearest known one, and what to type."""

import shlex

import pytest

from tests.running.test_serve import Machine

BOT = "python -m bot"
LIBRARYS = ("Usage:", "Try '", "No such", "Missing", "unexpected", "Invalid", "argument", "Traceback", "╭", "[y/N]")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("importroll roll.csv", f"{BOT} does not know “importroll”. Did you mean import-roll?"),
        ("docter", "Did you mean doctor?"),
        ("zzz", f"does not know “zzz”. All that it knows: {BOT} --help"),
        ("--zzz", f"does not know “--zzz”. All that it knows: {BOT} --help"),
        ('"o\'neill"', "does not know “o'neill”."),
        ("documents verfy", f"{BOT} documents does not know “verfy”. Did you mean verify?"),
        ("documents zzz", "It knows write, verify, find."),
        ("import-roll roll.csv --aply", f"{BOT} import-roll does not know “--aply”. Did you mean --apply?"),
        ("run --zzz", f"does not know “--zzz”. All about it: {BOT} run --help"),
        ("import-roll", f"needs PATH: The file to import: CSV or XLSX. Type: {BOT} import-roll PATH"),
        ("import-policy policy.docx", f"Type: {BOT} import-policy PATH --version … --approved …"),
        ("import-policy policy.docx --version", "--version needs something after it"),
        ("import-roll roll.csv --apply=yes", "--apply stands by itself. Leave out what follows the “=”."),
        ("import-roll our roll.csv", "does not take “roll.csv”. A name with spaces needs quotes."),
        ("tick 3", f"{BOT} tick does not take “3”."),
        ("evidence open first --out it.pdf", "NUMBER cannot be read. Write this there: The file's number"),
    ],
)
def test_a_slip_is_answered_in_our_words(machine: Machine, typed: str, said: str) -> None:
    answer = machine.bot(*shlex.split(typed), expect=2)
    assert answer.startswith("lanyard: ")
    assert said in answer
    assert len(answer.splitlines()) == 1
    assert [words for words in LIBRARYS if words in answer] == []


def test_what_was_typed_is_not_said_back_at_any_length(machine: Machine) -> None:
    answer = machine.bot("z" * 5_000, expect=2)
    assert len(answer) < 200


@pytest.mark.parametrize("typed", [("--help",), ("-h",), ("documents", "-h"), ("import-roll", "--help")])
def test_help_is_help(machine: Machine, typed: tuple[str, ...]) -> None:
    assert "--help" in machine.bot(*typed)


def test_who_types_too_little_is_shown_what_there_is(machine: Machine) -> None:
    assert "import-roll" in machine.bot("--help")
    assert "verify" in machine.bot("documents", expect=2)


def test_a_process_says_it_too(machine: Machine) -> None:
    assert "Did you mean status?" in machine.process("statsu", expect=2)


@pytest.mark.parametrize("typed", ["import-roll roll.csv", "import-staff staff.csv --apply", "looks", "audit verify"])
def test_before_setup_every_command_says_to_set_up(machine: Machine, typed: str) -> None:
    (machine.folder / "roll.csv").write_text("UPN\n", encoding="utf-8")
    (machine.folder / "staff.csv").write_text("Email\n", encoding="utf-8")
    assert machine.bot(*typed.split(), expect=2) == (
        "lanyard: No school is set up yet. Run: python -m bot setup school.toml\n"
    )
