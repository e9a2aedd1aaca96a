"""The language of the window: English as written, or a translation that comes along."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, Qt, QTranslator

from hiprompt_core.model_files import resources
from hiprompt_desktop.core_sentences import speak

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
    """Speak a language from now on: the window, Qt's own dialogs, the core's sentences, dates and numbers.

    Texts that are on the screen already stay as they are.

    Returns:
        The language.
    """
    system = QLocale.system()
    language = language_of(choice, system.uiLanguages())
    for old in app.findChildren(QTranslator, options=Qt.FindChildOption.FindDirectChildrenOnly):
        app.removeTranslator(old)
        old.deleteLater()
    if language in TRANSLATED:
        folders = (resources() / "translations", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
        for folder, name in zip(folders, ("hiprompt", "qtbase"), strict=True):
            translator = QTranslator(app)
            if translator.load(f"{name}_{language}", str(folder)):
                app.installTranslator(translator)
    locale = QLocale(language)
    QLocale.setDefault(system if system.language() == locale.language() else locale)
    speak(language)
    return language
