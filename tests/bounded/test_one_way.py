"""Nobody reads what people send but by `bot/bounded/files.py`: import-linter holds to its list, and this holds that."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests import declared

ROOT = Path(__file__).parents[2]
READS = ("bot.reading", "bot.sheets")

# Below what answers, and asked by it: none of them may be given a file.
NEVER_GIVEN = {"bot.bounded", "bot.bounded.child", "bot.bounded.readers", "bot.errors", "bot.clock", "bot.notices"}
WRITES = {"bot.sheets.writing", "openpyxl"}  # a table on its way out


@pytest.fixture(scope="module")
def contract() -> dict[str, list[str]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    return next(each for each in settings["contracts"] if "read in a process of its own" in each["name"])


def modules() -> list[ModuleType]:
    return [module for module in declared.modules() if module.__name__.startswith(READS)]


def given(module: ModuleType) -> Iterator[str]:
    """Return the types of what a module's functions are given."""
    for node in ast.walk(declared.tree(module)):
        if isinstance(node, ast.FunctionDef):
            every = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            yield from (ast.unparse(each.annotation) for each in every if each.annotation)


def imported(module: ModuleType) -> Iterator[str]:
    for node in ast.walk(declared.tree(module)):
        if isinstance(node, ast.Import):
            yield from (each.name.split(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def test_whatever_is_given_a_file_or_its_rows_is_in_the_contract(contract: dict[str, list[str]]) -> None:
    readers = {module.__name__ for module in modules() if {*given(module)} & {"bytes", "Sheet"}} - WRITES
    assert readers, "none is found"
    assert readers <= {*contract["forbidden_modules"]}


def test_whatever_library_reads_is_in_the_contract(contract: dict[str, list[str]]) -> None:
    libraries = {name for module in modules() for name in imported(module)} - {*sys.stdlib_module_names, "bot"} - WRITES
    assert libraries, "none is found"
    assert libraries <= {*contract["forbidden_modules"]}


def test_the_contract_is_about_all_who_answer(contract: dict[str, list[str]]) -> None:
    held = {*contract["source_modules"]}
    every = {name for each in declared.modules() if (name := each.__name__) not in {"bot", *READS}}
    outside = {
        name
        for name in every
        if not name.startswith(READS) and not any(name == each or name.startswith(f"{each}.") for each in held)
    }
    assert outside == NEVER_GIVEN


def test_what_answers_has_loaded_no_reader(contract: dict[str, list[str]]) -> None:
    """In a process that has only started: everything is imported, as the bot itself would."""
    readers = {*contract["forbidden_modules"]}
    program = f"import bot.app, bot.jobs, bot.serve, sys; print({readers!r} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
