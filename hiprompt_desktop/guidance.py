"""What helps to find one's way: the list of actions, the keys, the tour, and what this program is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QAction, QColor
from PySide6.QtWidgets import QGraphicsDropShadowEffect, QMessageBox, QPushButton, QWidget

from hiprompt_desktop.dialogs.action_palette import ActionPalette
from hiprompt_desktop.dialogs.keys_dialog import KeysDialog
from hiprompt_desktop.key_bindings import KeyBindings
from hiprompt_desktop.theme import motion_is_reduced, tokens
from hiprompt_desktop.tour import Stop, Tour

GLOW_MS = 1500


class Guidance(QObject):
    """Connects the actions of the menu Help; ``stops`` are prompt, plan, phases, captions and patches."""

    chosen = Signal(str, object)
    """Name and value of a setting."""

    def __init__(
        self,
        actions: Mapping[str, QAction],
        own_keys: Sequence[str],
        stops: tuple[QWidget, QWidget, QWidget, QWidget, QWidget],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._actions = actions
        self._window = window
        self._stops = stops
        self.keys = KeyBindings(actions, own_keys, self)
        self.keys.changed.connect(self._on_keys)
        self.palette: ActionPalette | None = None
        self.dialog: KeysDialog | None = None
        self.tour: Tour | None = None
        for name, slot in (
            ("palette", self.show_palette),
            ("shortcuts", self.show_keys),
            ("tour", self.show_tour),
            ("about", self.show_about),
        ):
            actions[name].triggered.connect(slot)

    def _on_keys(self) -> None:
        self.chosen.emit("keys", self.keys.overrides())

    def show_palette(self) -> None:
        self.palette = ActionPalette(self._actions, self._window)
        self.palette.destroyed.connect(self._on_palette_gone)
        self.palette.show_over(self._window)

    def _on_palette_gone(self) -> None:
        self.palette = None

    def show_keys(self) -> None:
        if self.dialog is None:
            self.dialog = KeysDialog(self.keys, self._window)
            self.dialog.finished.connect(self._on_dialog_closed)
        self.dialog.show()
        self.dialog.activateWindow()

    def _on_dialog_closed(self) -> None:
        self.dialog = None

    def show_tour(self) -> None:
        if self.tour is None:
            words = (
                (self.tr("Prompt"), self.tr("Say what the picture shows. It holds the whole picture together.")),
                (
                    self.tr("Plan"),
                    self.tr("What the picture will cost in phases, work and memory, before anything runs."),
                ),
                (
                    self.tr("Phases"),
                    self.tr("The picture grows from size to size. A click on a phase shows it, even while it grows."),
                ),
                (
                    self.tr("Captions"),
                    self.tr("Each patch of the picture has words of its own. Correct them, lock them, search them."),
                ),
                (
                    self.tr("Regenerate"),
                    self.tr("Choose patches on the picture and draw only them again; everything else stays."),
                ),
            )
            stops = [
                Stop(place=place, title=title, text=text)
                for place, (title, text) in zip(self._stops, words, strict=True)
            ]
            self.tour = Tour(self._window, stops)
            self.tour.ended.connect(self._on_tour_ended)

    def _on_tour_ended(self) -> None:
        self.tour = None
        self._stops[0].setFocus()
        self.chosen.emit("tour_seen", True)

    def show_about(self) -> None:
        text = self.tr(
            "<b>HiPrompt Desktop</b><br>Pictures far beyond a model's native size, drawn phase by phase under a prompt "
            "for every patch.<br><br>Everything is computed on this machine; nothing leaves it."
        )
        title = self.tr("About HiPrompt")
        box = QMessageBox(QMessageBox.Icon.NoIcon, title, text, QMessageBox.StandardButton.Close, self._window)
        box.open()
        box.finished.connect(box.deleteLater)


def glow(button: QPushButton) -> None:
    """Draw the eye to a button once; not where the system asks for no motion."""
    if motion_is_reduced():
        return
    effect = QGraphicsDropShadowEffect(button)
    effect.setOffset(0, 0)
    effect.setBlurRadius(28)
    effect.setColor(QColor(tokens().accent))
    button.setGraphicsEffect(effect)
    QTimer.singleShot(GLOW_MS, button, lambda: button.setGraphicsEffect(None))
