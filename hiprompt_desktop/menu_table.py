"""Where actions are found: in which menu, or over the picture."""

from __future__ import annotations

from dataclasses import dataclass

from hiprompt_desktop.actions import BATCHES, plain

SEPARATOR = "-"


@dataclass(frozen=True, kw_only=True, slots=True)
class MenuEntry:
    """A menu: names of actions, separators, and further menus."""

    title: str
    items: tuple[str | MenuEntry, ...]


MENUS = (
    MenuEntry(
        title="&File",
        items=(
            "new", "open", "upscale", SEPARATOR,
            "open_project", "save", "save_as", "revert_project", SEPARATOR,
            "snapshot", "export_project", "import_project", SEPARATOR,
            "export", "show_folder", "choose_pictures", SEPARATOR, "models", "computing", SEPARATOR, "quit",
        ),
    ),
    MenuEntry(title="&Edit", items=("undo", "redo")),
    MenuEntry(
        title="&Patches",
        items=(
            "select_all", "grow", SEPARATOR, "edit_caption", "find", SEPARATOR, "lock", "revert", "copy_to_neighbours",
            "save_captions", "load_captions", SEPARATOR, "describe", "check", SEPARATOR, "regenerate",
            "next_variation", "last_variation", "accept_variation", "discard_variations", SEPARATOR, "branch",
        ),
    ),
    MenuEntry(
        title="&Generate",
        items=(
            "generate", "generate_next", "generate_instead",
            MenuEntry(title="Several see&ds", items=tuple(f"batch_{count}" for count in BATCHES)),
            "go_on", "branch_off", "counterfactual", SEPARATOR, "queue", SEPARATOR,
            "stop_after_phase", "cancel", "cancel_waiting", "cancel_all",
        ),
    ),
    MenuEntry(
        title="&View",
        items=(
            "fit", "zoom_100", "zoom_200", "zoom_400", "zoom_800", "zoom_in", "zoom_out", SEPARATOR,
            "grid", "captions", "history", "seams", "repetition", "cost", "backdrop", SEPARATOR,
            "compare", "swap", "compare_mode", SEPARATOR,
            "fold", "only_picture", "full_screen", "next_panel", SEPARATOR,
            MenuEntry(title="&Theme", items=("theme_system", "theme_light", "theme_dark", "theme_contrast")),
            MenuEntry(title="&Size of the window’s parts",
                      items=("scale_100", "scale_125", "scale_150", "scale_175", "scale_200")),
            MenuEntry(title="&Language", items=("language_system", "language_en", "language_zh_CN")),
        ),
    ),
    MenuEntry(title="&Help", items=("palette", "shortcuts", "tour", SEPARATOR, "diagnostics", "about")),
)  # fmt: skip

ZOOM_ACTIONS = ("fit", "zoom_100", "zoom_200", "zoom_400", "zoom_800", "zoom_in", "zoom_out")
"""Over the picture."""
TOGGLES = ("grid", "captions", "compare")
"""Beside the zoom."""


def menu_paths() -> dict[str, str]:
    """Where each action is found, such as "View › Theme"."""
    paths: dict[str, str] = {}

    def walk(menu: MenuEntry, above: str) -> None:
        path = f"{above} › {plain(menu.title)}" if above else plain(menu.title)
        for item in menu.items:
            if isinstance(item, MenuEntry):
                walk(item, path)
            elif item != SEPARATOR:
                paths[item] = path

    for menu in MENUS:
        walk(menu, "")
    return paths
