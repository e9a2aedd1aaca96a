"""English as written, and every text of it in the translations that come along."""

from __future__ import annotations

import ast
import re

import pytest
from hatchling.builders.wheel import WheelBuilder
from PySide6.QtCore import QCoreApplication

from hiprompt_core.model_files import resources
from hiprompt_desktop.language import TRANSLATED, language_of
from installer.translations import CORE, FOLDER, ROOT, Text, core_words, read, texts, texts_of
from tests.desktop.conftest import OpenWindow

ENOUGH, ENOUGH_OF_THE_CORE = 500, 300
"""Fewer texts than this mean that they are no longer found."""


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated(language: str) -> None:
    """Run ``installer/translations.py``: it takes new texts up, lists what is missing, and compiles."""
    wanted = set(texts())
    known = read(resources() / "translations" / f"hiprompt_{language}.ts")
    of_the_core = sum(text.context == CORE for text in wanted)
    assert len(wanted) - of_the_core >= ENOUGH
    assert of_the_core >= ENOUGH_OF_THE_CORE
    assert sorted(wanted - set(known)) == []
    assert sorted(set(known) - wanted) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_places_of_its_source(language: str) -> None:
    for text, words in read(resources() / "translations" / f"hiprompt_{language}.ts").items():
        assert sorted(re.findall(r"\{\d\}", text.source)) == sorted(re.findall(r"\{\d\}", words)), text
        assert ("&" in text.source) == ("&" in words), text


@pytest.mark.usefixtures("qapp", "chinese")
def test_the_compiled_file_holds_what_the_source_says() -> None:
    for text, words in read(resources() / "translations" / "hiprompt_zh_CN.ts").items():
        assert QCoreApplication.translate(text.context, text.source) == words


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_core_s_file_holds_what_the_source_says(language: str) -> None:
    known = read(FOLDER / f"hiprompt_{language}.ts")
    assert (FOLDER / f"core_{language}.json").read_text(encoding="utf-8") == core_words(known)


@pytest.mark.usefixtures("qapp", "chinese")
def test_the_window_speaks_chinese(open_window: OpenWindow) -> None:
    window = open_window().window
    assert window.request_panel.generate.text() == "生成"
    assert window.menuBar().actions()[0].text() == "文件(&F)"
    assert window.actions_by_name["export"].toolTip().startswith("导出… (Ctrl+E)\n为其他程序")
    assert window.bottom.status.text.text() == "就绪"
    assert window.request_panel.plan.text().replace("\u00a0", " ").split(" · ")[1] == "34 个分块"


def test_a_wheel_brings_the_translations_along() -> None:
    root = resources().parent
    shipped = {file.distribution_path for file in WheelBuilder(str(root)).recurse_included_files()}
    for name in TRANSLATED:
        assert f"hiprompt_core/resources/translations/hiprompt_{name}.qm" in shipped
        assert f"hiprompt_core/resources/translations/core_{name}.json" in shipped


@pytest.mark.parametrize(
    ("choice", "system", "language"),
    [
        ("system", ["zh-Hans-CN"], "zh_CN"),
        ("system", ["zh-CN", "en"], "zh_CN"),
        ("system", ["en-GB", "zh-CN"], "en"),
        ("system", ["fr-FR", "zh-SG"], "zh_CN"),
        ("system", ["zh-Hant-TW"], "en"),
        ("system", ["zh-TW"], "en"),
        ("system", [], "en"),
        ("zh_CN", ["en"], "zh_CN"),
        ("en", ["zh-CN"], "en"),
    ],
)
def test_the_language_follows_the_system_or_the_choice(choice: str, system: list[str], language: str) -> None:
    assert language_of(choice, system) == language


SHOWS = {
    "setText", "setToolTip", "setWindowTitle", "setPlaceholderText", "setAccessibleName", "setLabelText", "addAction",
    "addMenu", "addSection", "addItem", "addRow", "setTitle", "setInformativeText", "setOkButtonText", "addButton",
    "setNameFilter", "setHeaderLabels", "say", "showMessage", "drawText", "QLabel", "QPushButton", "QCheckBox",
    "QAction", "QMenu", "QMessageBox", "QFileDialog", "ElidedLabel", "Fold", "Message", "Offer",
}  # fmt: skip
"""What puts its argument before the user's eyes."""
NO_WORDS = {"HiPrompt", "{a|b}, __name__"}


def test_no_text_goes_past_the_translation() -> None:
    bare = []
    for file in (ROOT / "hiprompt_desktop").rglob("*.py"):
        for call in (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name in SHOWS:
                values = [*call.args, *(keyword.value for keyword in call.keywords)]
                literals = [part for value in values for part in ast.walk(value) if is_shown(part, value)]
                bare += [f"{file.name}:{call.lineno} {part.value}" for part in literals if part.value not in NO_WORDS]
    assert bare == []


def is_shown(part: ast.AST, value: ast.AST) -> bool:
    """Words of a literal, or of one that is formatted, listed or chosen; not those that a call in between is given."""
    if not (isinstance(part, ast.Constant) and isinstance(part.value, str) and re.search("[A-Za-z]{2}", part.value)):
        return False
    plain = ast.Constant | ast.JoinedStr | ast.List | ast.Tuple | ast.IfExp
    return (
        isinstance(value, plain)
        and not any(
            part in ast.walk(inner) for inner in ast.walk(value) if isinstance(inner, ast.Call | ast.FormattedValue)
        )
        and (not isinstance(value, ast.IfExp) or part in (value.body, value.orelse))
    )


def test_texts_are_found_where_they_are_written() -> None:
    source = """
def _say(text):
    return QCoreApplication.translate("room", text)
SHAPES = (QT_TRANSLATE_NOOP("Field", "Square"),)
ROW = ActionEntry(name="x", text="&Do", tip="Does it")
class Panel:
    def show(self, on):
        self.tr("On" if on else "Off")
        _say("hello")
"""
    assert list(texts_of(source)) == [
        Text("Field", "Square"),
        Text("actions", "&Do"),
        Text("actions", "Does it"),
        Text("Panel", "On"),
        Text("Panel", "Off"),
        Text("room", "hello"),
    ]
    with pytest.raises(SystemExit, match="computed"):
        list(texts_of("class A:\n    def b(self, c):\n        self.tr(f'{c} things')"))
