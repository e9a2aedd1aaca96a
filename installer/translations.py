"""Keeps the translations: collects the window's texts and the core's sentences into ``resources/translations/*.ts`` and
compiles them, the core's into ``core_*.json``, for the window recognises them by their templates.

``.venv/bin/python installer/translations.py`` does everything and lists what is still to be translated (exit code 1);
write the missing texts into the ``.ts`` file, or with Qt Linguist, and run it again. ``--check`` changes nothing.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from installer.core_sentences import sentences  # noqa: E402  # found when this file is run as a script, too

FOLDER = ROOT / "resources" / "translations"
LANGUAGES = ("zh_CN",)
CORE = "core"
"""The context of what the core says."""
TABLES = {"ActionEntry": "actions", "MenuEntry": "actions"}
"""Rows whose texts are translated where they are used."""
TABLE_TEXTS = ("text", "title", "tip")


class Text(NamedTuple):
    """A text of the window; ``context`` is the class or the module that shows it."""

    context: str
    source: str


def texts_of(source: str, path: str = "") -> Iterator[Text]:
    """Every text of a module that can be translated, in its order; a computed one is an error."""
    yield from _Collector(path).collect(ast.parse(source))


def texts() -> list[Text]:
    """Of the whole program, sorted by context."""
    found: dict[Text, None] = {}
    for file in sorted((ROOT / "hiprompt_desktop").rglob("*.py")):
        found.update(dict.fromkeys(texts_of(file.read_text(encoding="utf-8"), str(file))))
    found.update(dict.fromkeys(Text(CORE, sentence) for sentence in sentences(ROOT)))
    return sorted(found, key=lambda text: text.context)


def core_words(known: dict[Text, str]) -> str:
    """The file from which the window translates the core's sentences."""
    words = {text.source: translation for text, translation in known.items() if text.context == CORE}
    return json.dumps(words, ensure_ascii=False, indent=1) + "\n"


class _Collector:
    """Understands tr, QCoreApplication.translate, one-line functions over it, QT_TRANSLATE_NOOP and the tables."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._contexts: dict[str, str] = {}

    def collect(self, tree: ast.Module) -> Iterator[Text]:
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                context = _translates(node)
                if context:
                    self._contexts[node.name] = context
        yield from self._walk(tree, "")

    def _walk(self, node: ast.AST, owner: str) -> Iterator[Text]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef) and child.name in self._contexts:
                continue
            if isinstance(child, ast.Call):
                yield from self._call(child, owner)
            yield from self._walk(child, child.name if isinstance(child, ast.ClassDef) else owner)

    def _call(self, call: ast.Call, owner: str) -> Iterator[Text]:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name == "tr":
            yield from self._text(owner, call.args[0])
        elif name == "QT_TRANSLATE_NOOP" or (name == "translate" and "QCoreApplication" in ast.unparse(call.func)):
            yield from self._text(ast.literal_eval(call.args[0]), call.args[1])
        elif name in self._contexts:
            yield from self._text(self._contexts[name], call.args[0])
        elif name in TABLES:
            for keyword in call.keywords:
                if keyword.arg in TABLE_TEXTS:
                    yield from self._text(TABLES[name], keyword.value)

    def _text(self, context: str, node: ast.expr) -> Iterator[Text]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node.value:
                yield Text(context, node.value)
        elif isinstance(node, ast.IfExp):
            yield from self._text(context, node.body)
            yield from self._text(context, node.orelse)
        elif isinstance(node, ast.JoinedStr | ast.BinOp):
            raise SystemExit(f"{self._path}:{node.lineno}: a text that is computed cannot be translated")


def _translates(function: ast.FunctionDef) -> str:
    """The context of ``def f(text): return QCoreApplication.translate("context", text)``, else nothing."""
    last = function.body[-1]
    if not (isinstance(last, ast.Return) and isinstance(last.value, ast.Call) and len(function.body) <= 2):
        return ""
    call = last.value
    if ast.unparse(call.func) != "QCoreApplication.translate" or not isinstance(call.args[1], ast.Name):
        return ""
    return str(ast.literal_eval(call.args[0]))


def read(file: Path) -> dict[Text, str]:
    """The finished translations of a file."""
    if not file.exists():
        return {}
    known = {}
    for context in ET.parse(file).getroot().iter("context"):
        name = context.findtext("name") or ""
        for message in context.iter("message"):
            words = message.find("translation")
            if words is not None and words.get("type") is None and words.text:
                known[Text(name, message.findtext("source") or "")] = words.text
    return known


def write(file: Path, language: str, wanted: list[Text], known: dict[Text, str]) -> None:
    """A file with exactly the texts wanted; what has no translation is marked unfinished."""
    root = ET.Element("TS", version="2.1", language=language, sourcelanguage="en")
    contexts: dict[str, ET.Element] = {}
    for text in wanted:
        if text.context not in contexts:
            contexts[text.context] = ET.SubElement(root, "context")
            ET.SubElement(contexts[text.context], "name").text = text.context
        message = ET.SubElement(contexts[text.context], "message")
        ET.SubElement(message, "source").text = text.source
        words = ET.SubElement(message, "translation")
        if text in known:
            words.text = known[text]
        else:
            words.set("type", "unfinished")
    ET.indent(root, " " * 4)
    body = ET.tostring(root, encoding="unicode")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{body}\n', encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Collect, list and compile the translations.")
    parser.add_argument("--check", action="store_true", help="only list what is missing or out of date")
    check = parser.parse_args().check
    wanted, missing = texts(), 0
    for language in LANGUAGES:
        file = FOLDER / f"hiprompt_{language}.ts"
        known = read(file)
        same = {text.source: words for text, words in known.items()}
        complete = {
            text: known.get(text) or same[text.source] for text in wanted if text in known or text.source in same
        }
        for text in wanted:
            if text not in (known if check else complete):
                missing += 1
                print(f"{language}: {text.context}: {text.source!r}")
        if not check:
            write(file, language, wanted, complete)
            (FOLDER / f"core_{language}.json").write_text(core_words(complete), encoding="utf-8")
            tool = Path(sys.executable).with_name("pyside6-lrelease")
            target = file.with_suffix(".qm")
            subprocess.run([tool, "-silent", "-nounfinished", file, "-qm", target], check=True)
    print(f"{len(wanted)} texts, {missing} to be translated")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
