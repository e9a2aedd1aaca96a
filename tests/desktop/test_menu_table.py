"""The table of menus: where every action is found."""

from __future__ import annotations

from hiprompt_desktop.actions import TABLE
from hiprompt_desktop.menu_table import MENUS, SEPARATOR, MenuEntry


def names_in(menu: MenuEntry) -> list[str]:
    return [
        name
        for item in menu.items
        if item != SEPARATOR
        for name in (names_in(item) if isinstance(item, MenuEntry) else [item])
    ]


def test_every_action_is_in_the_menus_once() -> None:
    listed = [name for menu in MENUS for name in names_in(menu)]
    assert len(listed) == len(set(listed))
    missing = {entry.name for entry in TABLE} - set(listed)
    assert missing == {"stop_comparing"}  # a second meaning of Esc
