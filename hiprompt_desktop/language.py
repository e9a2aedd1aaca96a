"""The language of the window: English as written, or a translation that comes along."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from hiprompt_core.model_files import resources

TRANSLATED = ("zh_CN",)


def language_of(choice: str, wanted: Sequence[str]) -> str:
    """The language for a choice of the menu; "system" takes the first of the system's languages that there is."""
    if choice != "system":
        return choice
    for name in wanted:
        parts = name.replace("_", "-").split("-")
        if parts[0] == "en":
            return "en"
        if parts[0] == "zh" and "Hant" not in parts and not {"TW", "HK", "MO"} & set(parts):
            return "zh_CN"
    return "en"


def install_language(app: QCoreApplication, choice: str) -> str:
    """Load the translations of the window and of Qt's own dialogs, before the first text is made; the language."""
    language = language_of(choice, QLocale.system().uiLanguages())
    if language in TRANSLATED:
        folders = (resources() / "translations", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
        for folder, name in zip(folders, ("hiprompt", "qtbase"), strict=True):
            translator = QTranslator(app)
            if translator.load(f"{name}_{language}", str(folder)):
                app.installTranslator(translator)
    return language
