"""Which keys an action has: those of the table, or the user's own, kept as sparse overrides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from hiprompt_desktop.actions import TABLE, plain, translated

_FORMAT = QKeySequence.SequenceFormat


class KeyBindings(QObject):
    """Gives the actions their keys and tooltips; ``overrides`` are words such as "grid=Ctrl+G; Alt+G"."""

    changed = Signal()

    def __init__(self, actions: Mapping[str, QAction], overrides: Sequence[str], parent: QObject) -> None:
        super().__init__(parent)
        self._actions = actions
        self._entries = {entry.name: entry for entry in TABLE}
        self._own: dict[str, list[QKeySequence]] = {}
        for words in overrides:
            name, _, keys = words.partition("=")
            if name in self._entries:
                self._own[name] = [
                    key for key in QKeySequence.listFromString(keys, _FORMAT.PortableText) if not key.isEmpty()
                ]
        for name in self._entries:
            self._apply(name)

    def overrides(self) -> tuple[str, ...]:
        """What differs from the table."""
        return tuple(
            f"{name}={QKeySequence.listToString(keys, _FORMAT.PortableText)}" for name, keys in self._own.items()
        )

    def keys(self, name: str) -> list[QKeySequence]:
        own = self._own.get(name)
        return self.shipped(name) if own is None else own

    def shipped(self, name: str) -> list[QKeySequence]:
        return [QKeySequence(key) for key in self._entries[name].keys]

    def is_own(self, name: str) -> bool:
        return name in self._own

    def user(self, key: QKeySequence, besides: str) -> str | None:
        """Name of the action that has this key already; two that came with one key are never enabled together."""
        pair = key in self.shipped(besides)
        return next(
            (
                name
                for name in self._entries
                if name != besides and key in self.keys(name) and not (pair and key in self.shipped(name))
            ),
            None,
        )

    def assign(self, name: str, keys: Sequence[QKeySequence]) -> None:
        """Give an action these keys and no others; whoever had them loses them."""
        for key in keys:
            other = self.user(key, besides=name)
            if other is not None:
                self._set(other, [k for k in self.keys(other) if k != key])
        self._set(name, list(keys))
        self.changed.emit()

    def reset(self, name: str) -> None:
        """Back to the table; keys that meanwhile belong to another action come back from there."""
        self.assign(name, self.shipped(name))

    def reset_all(self) -> None:
        names, self._own = list(self._own), {}
        for name in names:
            self._apply(name)
        self.changed.emit()

    def _set(self, name: str, keys: list[QKeySequence]) -> None:
        self._own.pop(name, None)
        if keys != self.shipped(name):
            self._own[name] = keys
        self._apply(name)

    def _apply(self, name: str) -> None:
        action, entry, keys = self._actions[name], self._entries[name], self.keys(name)
        action.setShortcuts(keys)
        title = plain(entry.text)
        shown = key_text(keys[:1])
        action.setToolTip(
            with_tip(f"{title} ({shown})" if shown else title, translated(entry.tip) if entry.tip else "")
        )


def with_tip(title: str, tip: str) -> str:
    """A tooltip: what it is, and in a second line what it does."""
    return f"{title}\n{tip}" if tip else title


def key_text(keys: Sequence[QKeySequence]) -> str:
    """Keys as the user's system writes them."""
    return QCoreApplication.translate("actions", ", ").join(key.toString(_FORMAT.NativeText) for key in keys)


def explain(widget: QWidget, action: QAction) -> None:
    """Keep the tooltip of a button that does what an action does true to the action's keys."""
    widget.setToolTip(action.toolTip())
    action.changed.connect(lambda: widget.setToolTip(action.toolTip()))
