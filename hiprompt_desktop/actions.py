"""Every action of the window in one table."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction, QKeySequence

SEPARATOR = "-"


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionEntry:
    """One action; texts are translated when it is built."""

    name: str
    text: str
    keys: tuple[str, ...] = ()
    checkable: bool = False
    icon: str = ""


TABLE = (
    ActionEntry(name="new", text="&New", keys=("Ctrl+N",)),
    ActionEntry(name="open_project", text="Open pro&ject…", keys=("Ctrl+Shift+P",)),
    ActionEntry(name="save_as", text="Save &as…", keys=("Ctrl+Shift+S",)),
    ActionEntry(name="snapshot", text="Keep a &snapshot…"),
    ActionEntry(name="export_project", text="Export project as &zip…"),
    ActionEntry(name="import_project", text="&Import project…"),
    ActionEntry(name="open", text="&Open a picture…", keys=("Ctrl+O",)),
    ActionEntry(name="export", text="&Export…", keys=("Ctrl+E",), icon="export"),
    ActionEntry(name="show_folder", text="Show in &folder", keys=("Ctrl+Shift+O",), icon="folder"),
    ActionEntry(name="choose_pictures", text="Folder for &pictures…"),
    ActionEntry(name="quit", text="&Quit", keys=("Ctrl+Q",)),
    ActionEntry(name="undo", text="&Undo", keys=("Ctrl+Z",)),
    ActionEntry(name="redo", text="&Redo", keys=("Ctrl+Shift+Z", "Ctrl+Y")),
    ActionEntry(name="generate", text="&Generate", keys=("Ctrl+Return", "Ctrl+Enter")),
    ActionEntry(name="cancel", text="&Cancel", keys=("Esc",)),
    ActionEntry(name="go_on", text="C&ontinue", keys=("Ctrl+Shift+Return", "Ctrl+Shift+Enter")),
    ActionEntry(name="stop_after_phase", text="&Stop after this phase"),
    ActionEntry(name="select_all", text="Select &all", keys=("Ctrl+A",)),
    ActionEntry(name="edit_caption", text="&Edit the caption", keys=("F2",)),
    ActionEntry(name="find", text="&Find and replace…", keys=("Ctrl+F",)),
    ActionEntry(name="lock", text="&Lock or unlock", keys=("L",)),
    ActionEntry(name="revert", text="Re&vert to the captioner’s words"),
    ActionEntry(name="copy_to_neighbours", text="&Copy to the neighbours"),
    ActionEntry(name="describe", text="&Describe again", keys=("D",)),
    ActionEntry(name="check", text="Com&pare with the picture"),
    ActionEntry(name="regenerate", text="&Regenerate", keys=("R",)),
    ActionEntry(name="branch", text="Draw the phase again from &here"),
    ActionEntry(name="fit", text="&Fit", keys=("Ctrl+0",), icon="fit"),
    ActionEntry(name="zoom_100", text="&100 %", keys=("Ctrl+1",)),
    ActionEntry(name="zoom_200", text="&200 %", keys=("Ctrl+2",)),
    ActionEntry(name="zoom_400", text="&400 %", keys=("Ctrl+3",)),
    ActionEntry(name="zoom_800", text="&800 %", keys=("Ctrl+4",)),
    ActionEntry(name="zoom_in", text="Zoom &in", keys=("Ctrl++", "Ctrl+=")),
    ActionEntry(name="zoom_out", text="Zoom &out", keys=("Ctrl+-",)),
    ActionEntry(name="grid", text="&Grid", keys=("G",), checkable=True, icon="grid"),
    ActionEntry(name="captions", text="&Captions", keys=("T",), checkable=True, icon="captions"),
    ActionEntry(name="compare", text="C&ompare", keys=("C",), checkable=True, icon="compare"),
    ActionEntry(name="swap", text="S&wap A and B", keys=("X",)),
    ActionEntry(name="compare_mode", text="Next way to co&mpare", keys=("M",)),
    ActionEntry(name="stop_comparing", text="Stop comparing", keys=("Esc",)),
    ActionEntry(name="seams", text="Show &seams", keys=("S",), checkable=True),
    ActionEntry(name="repetition", text="Show &repetition", keys=("Shift+S",), checkable=True),
    ActionEntry(name="backdrop", text="Next &backdrop", keys=("B",)),
    ActionEntry(name="history", text="&History", keys=("H",), checkable=True),
    ActionEntry(name="only_picture", text="Only the &picture", keys=("Ctrl+\\",), checkable=True),
    ActionEntry(name="full_screen", text="Full &screen", keys=("F11",), checkable=True),
    ActionEntry(name="next_panel", text="&Next panel", keys=("F6",)),
    ActionEntry(name="theme_system", text="Like the &system", checkable=True),
    ActionEntry(name="theme_light", text="&Light", checkable=True),
    ActionEntry(name="theme_dark", text="&Dark", checkable=True),
    ActionEntry(name="shortcuts", text="&Keyboard and mouse", keys=("F1", "?")),
    ActionEntry(name="about", text="&About HiPrompt"),
)

MENUS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "&File",
        (
            "new", "open", "open_project", "save_as", SEPARATOR, "snapshot", "export_project", "import_project",
            SEPARATOR, "export", "show_folder", "choose_pictures", SEPARATOR, "quit",
        ),
    ),
    ("&Edit", ("undo", "redo")),
    (
        "&Patches",
        (
            "select_all", "edit_caption", "find", SEPARATOR, "lock", "revert", "copy_to_neighbours", SEPARATOR,
            "describe", "check", SEPARATOR, "regenerate", "branch",
        ),
    ),
    ("&Generate", ("generate", "go_on", SEPARATOR, "stop_after_phase", "cancel")),
    (
        "&View",
        (
            "fit", "zoom_100", "zoom_200", "zoom_400", "zoom_800", "zoom_in", "zoom_out", SEPARATOR,
            "grid", "captions", "history", "seams", "repetition", "backdrop", SEPARATOR,
            "compare", "swap", "compare_mode", SEPARATOR, "only_picture", "full_screen", "next_panel", SEPARATOR,
            "theme_system", "theme_light", "theme_dark",
        ),
    ),
    ("&Help", ("shortcuts", "about")),
)  # fmt: skip
ZOOM_ACTIONS = ("fit", "zoom_100", "zoom_200", "zoom_400", "zoom_800", "zoom_in", "zoom_out")

TOGGLES = ("grid", "captions", "compare")
"""Beside the zoom, over the picture."""


def translated(text: str) -> str:
    return QCoreApplication.translate("actions", text)


def build_actions(parent: QObject) -> dict[str, QAction]:
    """All actions by name, owned by ``parent``."""
    actions = {}
    for entry in TABLE:
        action = QAction(translated(entry.text), parent)
        action.setObjectName(entry.name)
        action.setIconText(" " + translated(entry.text).replace("&", ""))  # room between icon and text
        action.setCheckable(entry.checkable)
        action.setShortcuts([QKeySequence(key) for key in entry.keys])
        tip = translated(entry.text).replace("&", "")
        action.setToolTip(f"{tip} ({entry.keys[0]})" if entry.keys else tip)
        actions[entry.name] = action
    return actions


def icon_names() -> dict[str, str]:
    """Icon of each action that has one."""
    return {entry.name: entry.icon for entry in TABLE if entry.icon}
