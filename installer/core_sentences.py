"""Collects the sentences of errors and warnings, as templates whose values are numbered places: ``{0} is missing.``

The core knows no translation: its errors are plain f-strings. They are found by the syntax tree; a name is followed to
what is assigned to it, a parameter to its calls wherever the function is imported, so that a sentence put together
from words is found as every whole sentence that it can become. A value is a place, words are not: what holds a blank
is words.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise, product
from pathlib import Path

BASE = "HiPromptError"
KEYWORDS = {"Warned": ("message",), "MemoryShort": ("message",), BASE: ("problem", "remedy")}
LISTS = ("notes", "problems")
"""Lists of these names hold sentences."""
NAMES = ("problem", "trouble", "unusable")
"""Names, and keys of dicts, that hold a sentence."""
TOLD_BEFORE = ("problem", "remedy", "message", "note")
"""Names of what holds a sentence that is collected where it is made."""
COMMAND_LINE = ("cli*.py", "published_cli.py", "doctor.py", "plan_text.py", "option_text.py", "__main__.py")
"""Modules of the core whose sentences no window shows."""
PLACE = None
LETTERS = 2
"""A template with fewer letters would fit almost any sentence."""

Form = tuple[str | None, ...]
"""A sentence: words, and places for values."""


@dataclass
class _Module:
    file: Path
    tree: ast.Module
    constants: dict[str, ast.expr] = field(default_factory=dict)
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    owners: dict[ast.AST, ast.FunctionDef] = field(default_factory=dict)
    """The function that a node belongs to."""


def sentences(root: Path) -> list[str]:
    """Every sentence of the core and of the window that is no text of the window itself, sorted."""
    files = [file for folder in ("hiprompt_core", "hiprompt_desktop") for file in sorted((root / folder).rglob("*.py"))]
    modules = {file.relative_to(root).with_suffix("").as_posix().replace("/", "."): _read(file) for file in files}
    kinds = _kinds(module.tree for module in modules.values())
    found: set[str] = set()
    for module in modules.values():
        if not any(module.file.match(f"hiprompt_core/{name}") for name in COMMAND_LINE):
            found.update(_Collector(module, modules, kinds).collect())
    return sorted(found)


def sentences_of(source: str) -> list[str]:
    """Those of one module, in their order."""
    module = _index(Path("source"), ast.parse(source))
    return list(_Collector(module, {}, _kinds([module.tree])).collect())


def _read(file: Path) -> _Module:
    return _index(file, ast.parse(file.read_text(encoding="utf-8")))


def _kinds(trees: Iterable[ast.Module]) -> set[str]:
    """The names of all classes of errors."""
    bases = {
        node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    kinds = {BASE}
    while more := {name for name, parents in bases.items() if parents & kinds} - kinds:
        kinds |= more
    return kinds


def _index(file: Path, tree: ast.Module) -> _Module:
    module = _Module(file, tree)
    for node in tree.body:
        for target, value in _assigned(node):
            module.constants[target] = value
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            module.imports |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
        elif isinstance(node, ast.FunctionDef):
            module.functions[node.name] = node
            for inner in ast.walk(node):
                module.owners[inner] = node  # inner functions come later in a walk, so the nearest one stays
    return module


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Names and what is assigned to them; a name of several is its part of a row, where that is written out."""
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        if isinstance(target, ast.Name):
            yield target.id, node.value
        elif isinstance(target, ast.Tuple):
            for number, part in enumerate(target.elts):
                if isinstance(part, ast.Name):
                    row = ast.Subscript(value=node.value, slice=ast.Constant(number), ctx=ast.Load())
                    yield part.id, row


class _Collector:
    """Reads one module."""

    def __init__(self, module: _Module, modules: Mapping[str, _Module], kinds: set[str]) -> None:
        self._module = module
        self._modules = modules
        self._kinds = kinds

    def collect(self) -> Iterator[str]:
        for node in ast.walk(self._module.tree):
            owner = self._module.owners.get(node)
            for expr in _kept(node):
                yield from self._templates(expr, owner)
            if isinstance(node, ast.Call):
                name = _name_of(node.func)
                names = KEYWORDS[BASE] if name in self._kinds else KEYWORDS.get(name, ())
                given = [keyword.value for keyword in node.keywords if keyword.arg in names]
                for expr in (*node.args[: len(names)], *given):
                    yield from self._templates(expr, owner, must_be_known=True)

    def _templates(self, expr: ast.expr, owner: ast.FunctionDef | None, must_be_known: bool = False) -> Iterator[str]:
        for form in self._forms(expr, owner, ()):
            where = f"{self._module.file}:{expr.lineno}"
            if not form or form == (PLACE,):
                of_window = "hiprompt_desktop" in self._module.file.parts  # its own texts are collected as such
                if form and must_be_known and not of_window and _name_of(expr) not in TOLD_BEFORE:
                    raise SystemExit(f"{where}: a sentence that is computed cannot be translated")
            elif any(one is two is PLACE for one, two in pairwise(form)):
                raise SystemExit(f"{where}: two values side by side cannot be told apart")
            elif sum(letter.isalpha() for part in form for letter in part or "") < LETTERS:
                raise SystemExit(f"{where}: too few words to recognise a sentence by")
            else:
                yield _numbered(form)

    def _forms(self, expr: ast.expr, owner: ast.FunctionDef | None, way: tuple[ast.expr, ...]) -> list[Form]:
        """Everything that an expression can become."""
        if expr in way:
            return [(PLACE,)]
        way = (*way, expr)
        match expr:
            case ast.Constant(value=str() as words):
                return [(words,) if words else ()]
            case ast.JoinedStr(values=parts):
                return _joined([self._forms(part, owner, way) for part in parts])
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                return _joined([self._forms(left, owner, way), self._forms(right, owner, way)])
            case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
                forms = self._forms(value, owner, way)
                return [form if any(" " in (part or "") for part in form) else (PLACE,) for form in forms]
            case ast.IfExp(body=one, orelse=other):
                return self._all([one, other], owner, way)
            case ast.BoolOp(op=ast.Or(), values=values):
                return self._all(values, owner, way)
            case ast.Name(id=name):
                return self._name(name, owner, way)
            case ast.Subscript():
                parts = list(self._parts(expr, owner))
                return self._all(parts, owner, way) if parts else [(PLACE,)]
            case ast.Call(func=function):
                called = self._module.functions.get(_name_of(function))
                ends = [node.value for node in ast.walk(called) if isinstance(node, ast.Return)] if called else []
                return self._all([end for end in ends if end is not None], called, way) if ends else [(PLACE,)]
        return [(PLACE,)]

    def _all(self, exprs: Iterable[ast.expr], owner: ast.FunctionDef | None, way: tuple[ast.expr, ...]) -> list[Form]:
        return list(dict.fromkeys(form for expr in exprs for form in self._forms(expr, owner, way)))

    def _parts(self, expr: ast.expr, owner: ast.FunctionDef | None) -> Iterator[ast.expr]:
        """What may lie at a place of a row or a table that is written out; of a table, every value."""
        if not isinstance(expr, ast.Subscript):
            yield expr
            return
        for table in self._parts(expr.value, owner):
            if isinstance(table, ast.Name):
                table = self._module.constants.get(table.id, table)
            if isinstance(table, ast.Dict):
                yield from table.values
            elif isinstance(table, ast.Tuple) and isinstance(expr.slice, ast.Constant):
                yield table.elts[int(str(expr.slice.value))]

    def _name(self, name: str, owner: ast.FunctionDef | None, way: tuple[ast.expr, ...]) -> list[Form]:
        if owner is not None:
            values = [value for node in ast.walk(owner) for target, value in _assigned(node) if target == name]
            if values:
                return self._all(values, owner, way)
            if any(name == argument.arg for argument in _parameters(owner)):
                given = list(self._given(owner, name))
                forms = [form for value, caller, reader in given for form in reader._forms(value, caller, way)]
                return list(dict.fromkeys(forms)) or [(PLACE,)]
        if name in self._module.constants:
            return self._forms(self._module.constants[name], None, way)
        home, original = self._module.imports.get(name, ("", ""))
        if home in self._modules and original in self._modules[home].constants:
            there = _Collector(self._modules[home], self._modules, self._kinds)
            return there._forms(self._modules[home].constants[original], None, way)
        return [(PLACE,)]

    def _given(
        self, function: ast.FunctionDef, name: str
    ) -> Iterator[tuple[ast.expr, ast.FunctionDef | None, _Collector]]:
        """What calls give for a parameter of this module's function, who calls, and the reader of that module."""
        names = [argument.arg for argument in _parameters(function)]
        own = 1 if names[0] in ("self", "cls") else 0
        for reader in (self, *self._importers(function.name)):
            for call in ast.walk(reader._module.tree):
                if isinstance(call, ast.Call) and _name_of(call.func) == function.name:
                    by_place = dict(zip(names[own:], call.args, strict=False))
                    by_name = {keyword.arg: keyword.value for keyword in call.keywords}
                    value = by_name.get(name, by_place.get(name))
                    if value is not None and not isinstance(value, ast.Starred):
                        yield value, reader._module.owners.get(call), reader

    def _importers(self, function: str) -> Iterator[_Collector]:
        """Readers of the modules that import a function of this one by its name."""
        home = next((name for name, module in self._modules.items() if module is self._module), None)
        for module in self._modules.values():
            if module.imports.get(function) == (home, function):
                yield _Collector(module, self._modules, self._kinds)


def _kept(node: ast.AST) -> list[ast.expr]:
    """What a statement or an expression puts under one of the names for sentences."""
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return [node.value] if node.value and any(_name_of(target) in NAMES for target in targets) else []
    if isinstance(node, ast.Dict):
        keys = [key.value if isinstance(key, ast.Constant) else "" for key in node.keys]
        return [value for key, value in zip(keys, node.values, strict=True) if key in NAMES]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
        return node.args if _name_of(node.func.value) in LISTS else []
    return []


def _parameters(function: ast.FunctionDef) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def _name_of(expr: ast.expr) -> str:
    return expr.attr if isinstance(expr, ast.Attribute) else getattr(expr, "id", "")


def _joined(parts: list[list[Form]]) -> list[Form]:
    """Every way to put one form of each part side by side."""
    return list(dict.fromkeys(_merged(part for form in way for part in form) for way in product(*parts)))


def _merged(parts: Iterable[str | None]) -> Form:
    merged: list[str | None] = []
    for part in parts:
        if merged and part is not PLACE and merged[-1] is not PLACE:
            merged[-1] += part
        else:
            merged.append(part)
    return tuple(merged)


def _numbered(form: Form) -> str:
    places = iter(range(len(form)))
    return "".join(f"{{{next(places)}}}" if part is PLACE else part for part in form)
