"""English as written, and every text of it in the translations that come along."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hatchling.builders.wheel import WheelBuilder
from PySide6.QtCore import QCoreApplication, QTranslator
from PySide6.QtWidgets import QApplication

from hiprompt_core.model_files import resources
from hiprompt_desktop.language import TRANSLATED, install_language, language_of
from installer.translations import Text, read, texts, texts_of
from tests.desktop.conftest import OpenWindow

ENOUGH = 300
"""Fewer texts than this mean that they are no longer found."""


@pytest.fixture
def chinese() -> Iterator[None]:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    before = set(app.findChildren(QTranslator))
    assert install_language(app, "zh_CN") == "zh_CN"
    yield
    for translator in set(app.findChildren(QTranslator)) - before:
        app.removeTranslator(translator)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated(language: str) -> None:
    """Run ``installer/translations.py``: it takes new texts up, lists what is missing, and compiles."""
    wanted = set(texts())
    known = read(resources() / "translations" / f"hiprompt_{language}.ts")
    assert len(wanted) > ENOUGH
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


@pytest.mark.usefixtures("qapp", "chinese")
def test_the_window_speaks_chinese(open_window: OpenWindow) -> None:
    window = open_window().window
    assert window.request_panel.generate.text() == "生成"
    assert window.menuBar().actions()[0].text() == "文件(&F)"
    assert window.actions_by_name["export"].toolTip().startswith("导出… (Ctrl+E)\n为其他程序")
    assert window.bottom.status.text.text() == "就绪"
    assert window.request_panel.plan.text().split(" · ")[1] == "34 个分块"


def test_a_wheel_brings_the_translations_along() -> None:
    root = resources().parent
    shipped = {file.distribution_path for file in WheelBuilder(str(root)).recurse_included_files()}
    assert {f"hiprompt_core/resources/translations/hiprompt_{name}.qm" for name in TRANSLATED} <= shipped


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
