"""What mouse and fixed keys do on the picture and in the fields, to be looked up beside the keys of actions."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP

MOUSE = (
    (QT_TRANSLATE_NOOP("actions", "wheel, pinch"), QT_TRANSLATE_NOOP("actions", "zoom at the cursor")),
    (QT_TRANSLATE_NOOP("actions", "drag, middle drag, Space + drag"), QT_TRANSLATE_NOOP("actions", "move the picture")),
    (QT_TRANSLATE_NOOP("actions", "click, arrow keys"), QT_TRANSLATE_NOOP("actions", "choose a patch on the picture")),
    (
        QT_TRANSLATE_NOOP("actions", "Ctrl+click, Space"),
        QT_TRANSLATE_NOOP("actions", "add a patch to the selection, or take it out"),
    ),
    (QT_TRANSLATE_NOOP("actions", "Shift+click, Shift+drag"), QT_TRANSLATE_NOOP("actions", "choose many patches")),
    (
        QT_TRANSLATE_NOOP("actions", "click on its words, double click, Return"),
        QT_TRANSLATE_NOOP("actions", "edit the caption in its place; Tab goes on to the next patch"),
    ),
    (
        QT_TRANSLATE_NOOP("actions", "Ctrl+Up, Ctrl+Down in a prompt or caption"),
        QT_TRANSLATE_NOOP("actions", "let the chosen words count more or less"),
    ),
    (
        QT_TRANSLATE_NOOP("actions", "Alt+Up, Alt+Down in the prompt"),
        QT_TRANSLATE_NOOP("actions", "go through the prompts of earlier pictures"),
    ),
    (
        QT_TRANSLATE_NOOP("actions", "Return, S, Del in the history"),
        QT_TRANSLATE_NOOP("actions", "open, star, move to the trash"),
    ),
)
"""What the user does, and what comes of it."""
