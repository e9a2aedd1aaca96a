"""Goes from patch to patch by keys."""

from __future__ import annotations

from PySide6.QtCore import Qt

from hiprompt_desktop.canvas.overlay_geometry import neighbour
from hiprompt_desktop.session import Session


class PatchKeys:
    """Selects the patch beside the current one."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def go(self, down: int, right: int, modifiers: Qt.KeyboardModifier) -> bool:
        """Go to a patch and select it; with Ctrl the selection stays, with Shift the patch is added.

        Returns:
            Whether there is a phase with patches to go to.
        """
        phase, selection = self._session.document.shown_phase, self._session.selection
        if phase is None:
            return False
        patch = neighbour(phase.patches, selection.current, down, right)
        if patch is None or not modifiers & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier):
            selection.choose(patch)
        elif modifiers & Qt.KeyboardModifier.ShiftModifier:
            selection.set([*selection.patches, patch], patch)
        else:
            selection.set(selection.patches, patch)
        return True
