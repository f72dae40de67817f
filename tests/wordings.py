"""Finds every block of wording that the code asks for: `VIEW.text("title")`, and `VIEW.text(f"state_{each}")` too.

What a name can be is worked out from the text: constants, a choice between them, what a loop runs over, the members of
an enum by which a parameter is annotated, what a function of the module is called with. What hangs on more than that
is Unknown.
"""

import ast
import enum
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from types import ModuleType
from typing import Any, NamedTuple

from bot.wording import Page
from tests import declared

Function = ast.FunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp


class Unknown(Exception):  # noqa: N818 - a finding
    """What a name can be is known only at work."""


class Asked(NamedTuple):
    """One place that asks for a block. `names`: which it may be; None: known only at work."""

    place: str  # module: the text of what is asked for
    pages: tuple[Page, ...]
    names: frozenset[str] | None


def asked() -> Iterator[Asked]:
    """Yield every place that asks a page for a block."""
    for module in declared.modules():
        text = Text(module)
        for node in ast.walk(declared.tree(module)):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "text":
                continue
            if pages := text.pages(node.func.value):
                yield Asked(f"{module.__name__}: {ast.unparse(node.args[0])}", pages, text.names(node.args[0]))


class Text:
    """One module's text, and what the names in it can be."""

    def __init__(self, module: ModuleType) -> None:
        self._known = vars(module)
        self._tree = declared.tree(module)
        self._above = {below: node for node in ast.walk(self._tree) for below in ast.iter_child_nodes(node)}

    def pages(self, receiver: ast.expr) -> tuple[Page, ...]:
        """Return the pages that an expression may be: one, or one of a table's."""
        table = receiver.value if isinstance(receiver, ast.Subscript) else receiver
        try:
            found = declared.evaluated(table, self._known)
        except NameError:
            return ()
        several = list(found.values()) if isinstance(found, Mapping) else [found]
        return tuple(each for each in several if isinstance(each, Page))

    def names(self, expression: ast.expr) -> frozenset[str] | None:
        """Return the blocks that an expression may name; None where that is known only at work."""
        try:
            return frozenset(str(name) for name in self._values(expression) if name)  # no name: no block is asked for
        except Unknown:
            return None

    def _values(self, node: ast.expr) -> list[Any]:
        if isinstance(node, ast.IfExp):
            return [*self._values(node.body), *self._values(node.orelse)]
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Dict):
            return [each for value in node.value.values for each in self._values(value)]
        inner = {each.id: each for each in ast.walk(node) if isinstance(each, ast.Name)}
        local = {name: self._bound(each, node) for name, each in inner.items() if not self._is_global(each, node)}
        found = []
        for values in product(*local.values()):
            try:
                found.append(declared.evaluated(node, {**self._known, **dict(zip(local, values, strict=True))}))
            except (NameError, AttributeError, TypeError) as error:
                raise Unknown from error
        return found

    def _is_global(self, name: ast.Name, within: ast.expr) -> bool:
        try:
            self._bound(name, within)
        except KeyError:
            return True
        except Unknown:
            return False
        return False

    def _bound(self, name: ast.Name, within: ast.expr) -> list[Any]:
        """Return what a local name can be. KeyError: it is none; Unknown."""
        node: ast.AST = name
        while node in self._above:
            node = self._above[node]
            if isinstance(node, Comprehension):
                for part in node.generators:
                    if (place := _place(part.target, name.id)) is not None:
                        return self._elements(part.iter, place)
            elif isinstance(node, ast.For) and (place := _place(node.target, name.id)) is not None:
                return self._elements(node.iter, place)
            elif isinstance(node, Function) and (values := self._in_function(node, name.id)) is not None:
                return values
        raise KeyError(name.id)

    def _in_function(self, function: Function, name: str) -> list[Any] | None:
        given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        if any(each.arg == name for each in given):
            return self._given(function, given, name)
        found: list[Any] = []
        for value, place in _assigned(function, name):
            if place == ():
                found += self._values(value)
            elif isinstance(value, ast.Tuple):
                found += self._values(value.elts[place[0]])
            else:
                raise Unknown
        return found or None

    def _given(self, function: Function, given: Sequence[ast.arg], name: str) -> list[Any]:
        """Return what a parameter can be: every member of its enum, or what the module's own calls give it."""
        number = next(number for number, each in enumerate(given) if each.arg == name)
        annotation = given[number].annotation
        kind = self._known.get(annotation.id) if isinstance(annotation, ast.Name) else None
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            return list(kind)
        return [each for call in self._calls(function, name, number) for each in self._values(call)]

    def _calls(self, function: Function, name: str, number: int) -> list[ast.expr]:
        """Return what the module's own calls give a parameter, the one with this name and number."""
        found = []
        calls = (
            node for node in ast.walk(self._tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        )
        for call in calls:
            if isinstance(function, ast.FunctionDef) and ast.unparse(call.func) == function.name:
                named = [each.value for each in call.keywords if each.arg == name]
                found += named or call.args[number : number + 1]
        if not found:
            raise Unknown
        return found

    def _elements(self, node: ast.expr, place: tuple[int, ...]) -> list[Any]:
        """Return what stands at a place of each element of what a loop runs over."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "items":
            if place == (0,):
                return self._keys(node.func.value)
            raise Unknown
        if isinstance(node, ast.Tuple) and place:
            rows = [each for each in node.elts if isinstance(each, ast.Tuple)]
            return [value for row in rows for value in self._values(row.elts[place[0]])]
        if place:
            raise Unknown
        if isinstance(node, ast.Name) and not isinstance(self._known.get(node.id), Mapping | type | tuple | set):
            return self._keys(node)
        return [element for values in self._values(node) for element in values]

    def _keys(self, node: ast.expr) -> list[Any]:
        """Return the keys of a dict: of one that is written down here, whatever its values are."""
        if isinstance(node, ast.Dict):
            parts = [(key, value) for key, value in zip(node.keys, node.values, strict=True)]
            return [each for key, value in parts for each in (self._values(key) if key else self._keys(value))]
        if isinstance(node, ast.DictComp):
            return self._values(node.key)
        if isinstance(node, ast.Name) and (function := self._function(node)):
            if written := list(_assigned(function, node.id)):
                return [each for value, _ in written for each in self._keys(value)]
            for number, given in enumerate(function.args.args):
                if given.arg == node.id:
                    return [each for call in self._calls(function, given.arg, number) for each in self._keys(call)]
        return [element for values in self._values(node) for element in values]

    def _function(self, node: ast.AST) -> ast.FunctionDef | None:
        while node in self._above:
            node = self._above[node]
            if isinstance(node, ast.FunctionDef):
                return node
        return None


def _place(target: ast.expr, name: str) -> tuple[int, ...] | None:
    """Return where a name stands in a target: () for the target itself, (1,) for the second of a tuple."""
    if isinstance(target, ast.Name):
        return () if target.id == name else None
    if isinstance(target, ast.Tuple):
        for number, each in enumerate(target.elts):
            if isinstance(each, ast.Name) and each.id == name:
                return (number,)
    return None


def _assigned(function: Function, name: str) -> Iterator[tuple[ast.expr, tuple[int, ...]]]:
    """Yield what a function itself puts into a name, with the place where that is a part of a tuple."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if (place := _place(target, name)) is not None:
                    yield node.value, place
        elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
            place = _place(node.target, name)
            if place is not None and node.value is not None:
                yield node.value, place
