"""Every small change that can be made to a module: a bound moved, a condition turned, a member of a table left out.

Annotations, decorators, texts and what is only imported stay as they are: no rule is in them.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

_OTHER: dict[type[ast.cmpop], str] = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}
_SIGNS: dict[type[ast.operator], str] = {ast.Add: "-", ast.Sub: "+"}
_CONDITIONS = frozenset({"where", "and_", "or_", "having"})  # SQLAlchemy: each argument is one condition
_NO_RULES = frozenset({"annotation", "returns", "decorator_list", "slice", "keys"})
_Made = Iterator[tuple[ast.expr | ast.stmt, str, range]]


@dataclass(frozen=True, order=True, slots=True)
class Change:
    """One change to a module: what stands from one byte to another becomes something else.

    `first`, `last`: the lines of the statement that it is in; 0 in a table, which stands outside every function.
    """

    line: int
    start: int
    end: int
    becomes: str
    first: int
    last: int

    def made(self, source: bytes) -> bytes:
        """Return the module with the change in it."""
        return source[: self.start] + self.becomes.encode() + source[self.end :]


def changes(source: bytes) -> list[Change]:
    """Return every change to a module, from its first line to its last."""
    starts = list(accumulate(map(len, source.splitlines(keepends=True)), initial=0))
    made = (
        Change(
            node.lineno,
            starts[node.lineno - 1] + node.col_offset,
            starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0),
            becomes,
            lines.start,
            lines.stop - 1 if lines else 0,
        )
        for node, becomes, lines in _walk(ast.parse(source), range(0))
    )
    return sorted(set(made))


def _walk(node: ast.AST, lines: range, *, is_inside: bool = False) -> _Made:
    """Yield what can be changed, what becomes of it and the lines of its statement; none outside a function."""
    if isinstance(node, ast.stmt) and is_inside:
        lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
    if isinstance(node, ast.If | ast.While | ast.comprehension):
        conditions = node.ifs if isinstance(node, ast.comprehension) else [node.test]
        plain = (each for each in conditions if not isinstance(each, ast.Compare | ast.BoolOp | ast.UnaryOp))
        yield from ((each, f"not ({ast.unparse(each)})", lines) for each in plain)
    if isinstance(node, ast.expr | ast.stmt):
        yield from ((node, becomes, lines) for becomes in (*_turned(node), *_fewer(node, is_table=not lines)))
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Call) and ast.unparse(node.func) == "Column"):
        return  # what a column is like is the migrations' to say
    is_inside = is_inside or isinstance(node, ast.FunctionDef | ast.Lambda)
    for name, value in ast.iter_fields(node):
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.AST) and name not in _NO_RULES:
                yield from _walk(part, lines, is_inside=is_inside)


def _turned(node: ast.expr | ast.stmt) -> Iterator[str]:
    """Yield what something may become instead: the other side of a bound, the opposite, the next number, nothing."""
    match node:
        case ast.Expr(ast.Call()) | ast.Raise() | ast.AugAssign():
            yield "pass"
        case ast.Constant(bool(value)):
            yield str(not value)
        case ast.Constant(int(value)):
            yield str(value + 1)
        case ast.Compare(left, [operator], [right]):
            yield f"{ast.unparse(left)} {_OTHER[type(operator)]} {ast.unparse(right)}"
        case ast.UnaryOp(ast.Not() | ast.Invert(), operand):
            yield f"({ast.unparse(operand)})"
        case ast.IfExp(_, body, orelse):
            yield from (f"({ast.unparse(body)})", f"({ast.unparse(orelse)})")
        case ast.BinOp(left, operator, right) if type(operator) in _SIGNS and not (_is_text(left) or _is_text(right)):
            yield f"({ast.unparse(left)} {_SIGNS[type(operator)]} ({ast.unparse(right)}))"
        case _:
            return


def _fewer(node: ast.expr | ast.stmt, *, is_table: bool) -> Iterator[str]:
    """Yield what is left of something that has parts, each left out in turn."""
    match node:
        case ast.BinOp(left, ast.BitOr() | ast.BitAnd(), right) if not _is_type(left):
            yield from (f"({ast.unparse(left)})", f"({ast.unparse(right)})")
        case ast.BoolOp(_, parts):
            yield from (f"({_without(node, 'values', part)})" for part in parts)
        case ast.Set(parts) | ast.List(parts, ast.Load()):
            yield from (_without(node, "elts", part) for part in parts)
        case ast.Dict(_, parts):
            yield from (_without(node, "values", part) for part in parts)
        case ast.Tuple(parts, ast.Load()) if is_table:
            yield from (_without(node, "elts", part) for part in parts)
        case ast.Call(ast.Attribute(attr=name) | ast.Name(name), parts) if name in _CONDITIONS and len(parts) > 1:
            yield from (_without(node, "args", part) for part in parts)
        case ast.JoinedStr(parts):
            yield from (_without(node, "values", part) for part in parts if isinstance(part, ast.FormattedValue))
        case _:
            return


def _without(node: ast.expr, of: str, left_out: ast.expr) -> str:
    """Return a value without one of its parts."""
    parts = [part for part in getattr(node, of) if part is not left_out]
    fields = dict(ast.iter_fields(node)) | {of: parts}
    if isinstance(node, ast.Dict):
        fields["keys"] = [key for key, value in zip(node.keys, node.values, strict=True) if value is not left_out]
    if isinstance(node, ast.BoolOp) and len(parts) == 1:
        return ast.unparse(parts[0])
    return ast.unparse(type(node)(**fields)) if parts or not isinstance(node, ast.Set) else "set()"


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_type(node: ast.expr) -> bool:
    """Return whether a value is a type, as in `Line | All`: what nobody asks while it runs changes nothing."""
    match node:
        case ast.Name(name):
            return name[0].isupper() and not name.isupper()
        case ast.BinOp(left, ast.BitOr()):
            return _is_type(left)
        case _:
            return isinstance(node, ast.Subscript)
