"""What the code declares, found by itself so that a test forgets nothing new: modules, enums, and tables over them."""

import ast
import enum
import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from inspect import getsource
from types import ModuleType
from typing import Any

from bot.rules.procedures import Procedure

PACKAGES = ("bot", "handlers", "storage")
NOT_IMPORTED = ("storage.migrations", "bot.__main__")  # Alembic's own; what runs when it is imported


@cache
def modules() -> tuple[ModuleType, ...]:
    """Return every module of ours."""
    found = []
    for package in map(importlib.import_module, PACKAGES):
        found.append(package)
        names = (each.name for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}."))
        found += [importlib.import_module(name) for name in names if not name.startswith(NOT_IMPORTED)]
    return tuple(found)


@cache
def text(module: ModuleType) -> str:
    """Return a module's text."""
    return getsource(module)


@cache
def tree(module: ModuleType) -> ast.Module:
    """Return what a module's text says."""
    return ast.parse(text(module))


def enums() -> Mapping[str, type[enum.Enum]]:
    """Return every enum by its full name."""
    return {
        f"{module.__name__}.{name}": value
        for module in modules()
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, enum.Enum) and value.__module__ == module.__name__
    }


def machines() -> Mapping[str, ModuleType]:
    """Return every module with a state machine: (state, event) → state, under the name STEPS."""
    return {module.__name__: module for module in modules() if "STEPS" in assigned(module)}


def procedures() -> Mapping[str, Procedure]:
    """Return every procedure of records on the spine by its full name."""
    return {
        f"{module.__name__}.{name}": value
        for module in modules()
        for name in assigned(module)
        if isinstance(value := vars(module).get(name), Procedure)
    }


def tables() -> Iterator[tuple[str, type[enum.Enum], frozenset[Any]]]:
    """Yield each table over the members of one enum: its name, the enum, the members that it knows.

    Those of a module under their own name, those within a function under the function's.
    """
    for module in modules():
        for name in assigned(module):
            value = vars(module).get(name)
            if isinstance(value, Mapping) and (kind := _kind(value)):
                yield f"{module.__name__}.{name}", kind, frozenset(value)
        for function in (node for node in ast.walk(tree(module)) if isinstance(node, ast.FunctionDef)):
            for keys in _dicts(function, vars(module)):
                if kind := _kind(keys):
                    yield f"{module.__name__}.{function.name}", kind, frozenset(keys)


def orders() -> Iterator[tuple[str, type[enum.Enum], frozenset[Any]]]:
    """Yield each order of the members of one enum: a sequence in which something is looked up by its place."""
    for module in modules():
        for node in ast.walk(tree(module)):
            if isinstance(node, ast.Attribute) and node.attr == "index" and isinstance(node.value, ast.Name):
                value = vars(module).get(node.value.id)
                if isinstance(value, Sequence) and (kind := _kind(value)):
                    yield f"{module.__name__}.{node.value.id}", kind, frozenset(value)


def assigned(module: ModuleType) -> list[str]:
    """Return the names that a module itself gives, as against those that it imports."""
    names = []
    for node in tree(module).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        names += [target.id for target in targets if isinstance(target, ast.Name)]
    return names


def _dicts(function: ast.FunctionDef, names: dict[str, Any]) -> Iterator[list[Any]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Dict) and node.keys and all(isinstance(key, ast.Attribute) for key in node.keys):
            try:
                yield [evaluated(key, names) for key in node.keys if key is not None]
            except (NameError, AttributeError):
                continue  # hangs on something that only exists at work


def _kind(keys: Any) -> type[enum.Enum] | None:
    """Return the one enum of which all of these are members."""
    kinds = {type(key) for key in keys}
    kind = kinds.pop() if len(kinds) == 1 else None
    return kind if kind and issubclass(kind, enum.Enum) else None


def evaluated(expression: ast.expr, names: Mapping[str, Any]) -> Any:
    """Return the value of an expression of ours. Raises NameError and its like where it is known only at work."""
    code = compile(ast.Expression(expression), "declared", "eval")
    return eval(code, {}, dict(names))  # noqa: S307 - our own text
