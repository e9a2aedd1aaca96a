"""The device that computes, in the bottom line; its menu chooses another one, its precision, and compiling."""

from __future__ import annotations

from typing import get_args

from PySide6.QtCore import QT_TRANSLATE_NOOP, QPoint
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from hiprompt_core.request import Precision
from hiprompt_desktop.next_picture import NextPicture
from hiprompt_desktop.phrases import computing_text, device_text

_PRECISIONS = {
    "auto": (
        QT_TRANSLATE_NOOP("DeviceButton", "Automatic precision"),
        QT_TRANSLATE_NOOP("DeviceButton", "16 bits where the device computes in them, else 32"),
    ),
    "float32": (
        QT_TRANSLATE_NOOP("DeviceButton", "32 bits (float32)"),
        QT_TRANSLATE_NOOP("DeviceButton", "Twice the memory, and slower on most devices; exact"),
    ),
    "bfloat16": (
        QT_TRANSLATE_NOOP("DeviceButton", "16 bits (bfloat16)"),
        QT_TRANSLATE_NOOP("DeviceButton", "For cards of today: numbers as large as in 32 bits"),
    ),
    "float16": (
        QT_TRANSLATE_NOOP("DeviceButton", "16 bits (float16)"),
        QT_TRANSLATE_NOOP("DeviceButton", "For older cards and Apple’s"),
    ),
    "float8": (
        QT_TRANSLATE_NOOP("DeviceButton", "8 bits (float8)"),
        QT_TRANSLATE_NOOP("DeviceButton", "The network’s weights take half the memory; for small cards"),
    ),
}


class DeviceButton(QToolButton):
    """Shows how this machine computes; hidden while nothing is known of that."""

    def __init__(self, picture: NextPicture) -> None:
        super().__init__()
        self._picture = picture
        self._starting = False
        self.setAccessibleName(self.tr("Device and precision"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self.fill_menu)
        self.setMenu(menu)
        picture.device_changed.connect(self.refresh)
        self.refresh()

    def set_starting(self, starting: bool) -> None:
        """Say that the engine is being started."""
        self._starting = starting
        self.refresh()

    def refresh(self) -> None:
        machine = self._picture.machine
        text = computing_text(machine) or (self.tr("starting the engine…") if self._starting else "")
        self.setText(text)
        self.setVisible(bool(text))
        self.setEnabled(bool(machine.devices))
        self.setToolTip(self.tr("What draws the next picture: {0}").format(self._called(machine.device)))

    def show_menu(self) -> None:
        """Open it over the button, as a click does."""
        if self.isEnabled():
            self.fill_menu()
            room = self.menu().sizeHint()
            self.menu().popup(self.mapToGlobal(QPoint(self.width() - room.width(), -room.height())))

    def fill_menu(self) -> None:
        """Offer what there is now."""
        machine, menu = self._picture.machine, self.menu()
        menu.clear()
        devices = QActionGroup(menu)
        best = device_text(next(iter(machine.devices), ""))
        automatic = self._choice(devices, self.tr("Automatic: {0}").format(best), "device", "auto")
        automatic.setToolTip(self.tr("The best device there is"))
        for name in machine.devices:
            self._choice(devices, self._called(name), "device", name)
        menu.addSeparator()
        precisions = QActionGroup(menu)
        for precision in get_args(Precision):
            title, tip = _PRECISIONS[precision]
            self._choice(precisions, self.tr(title), "precision", precision).setToolTip(self.tr(tip))
        menu.addSeparator()
        compiled = menu.addAction(self.tr("Compile the model first"))
        compiled.setToolTip(
            self.tr("Seconds on a card, up to a minute on a processor; pays back after a few large pictures")
        )
        compiled.setCheckable(True)
        compiled.setChecked(machine.computing.compiled)
        compiled.toggled.connect(self._on_compiled)

    def _called(self, name: str) -> str:
        """A device as users and its maker call it."""
        text, known = device_text(name), self._picture.machine.devices.get(name, name)
        return text if known == name else f"{text}: {known}"

    def _choice(self, group: QActionGroup, text: str, name: str, value: str) -> QAction:
        action = group.addAction(text)
        action.setCheckable(True)
        action.setChecked(getattr(self._picture.machine.computing, name) == value)
        action.setData((name, value))
        action.triggered.connect(self._on_chosen)
        self.menu().addAction(action)
        return action

    def _on_chosen(self) -> None:
        name, value = self.sender().data()  # type: ignore[attr-defined]
        self._picture.compute(**{name: value})

    def _on_compiled(self, compiled: bool) -> None:
        self._picture.compute(compiled=compiled)
