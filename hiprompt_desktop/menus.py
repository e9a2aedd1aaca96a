"""The menu bar, made from the table of menus."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QMenuBar

from hiprompt_desktop.actions import translated
from hiprompt_desktop.menu_table import MENUS, SEPARATOR, MenuEntry

ONE_OF = (
    ("theme_system", "theme_light", "theme_dark", "theme_contrast"),
    ("scale_100", "scale_125", "scale_150", "scale_175", "scale_200"),
    ("language_system", "language_en", "language_zh_CN"),
)
AT_MOST_ONE = ("seams", "repetition", "cost")


def make_menus(bar: QMenuBar, actions: Mapping[str, QAction]) -> dict[str, QMenu]:
    """Fill the bar; every top menu by the first action in it."""
    _group(actions)
    return {str(entry.items[0]): _fill(bar.addMenu(translated(entry.title)), entry, actions) for entry in MENUS}


def _fill(menu: QMenu, entry: MenuEntry, actions: Mapping[str, QAction]) -> QMenu:
    menu.setToolTipsVisible(True)
    for item in entry.items:
        if isinstance(item, MenuEntry):
            _fill(menu.addMenu(translated(item.title)), item, actions)
        elif item == SEPARATOR:
            menu.addSeparator()
        else:
            menu.addAction(actions[item])
    return menu


def _group(actions: Mapping[str, QAction]) -> None:
    for names in ONE_OF:
        group = QActionGroup(actions[names[0]].parent())
        for name in names:
            group.addAction(actions[name])
    group = QActionGroup(actions[AT_MOST_ONE[0]].parent())
    group.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)
    for name in AT_MOST_ONE:
        group.addAction(actions[name])
