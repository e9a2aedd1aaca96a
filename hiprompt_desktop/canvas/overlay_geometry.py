"""Where things of the patch grid lie, as pure functions."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF

from hiprompt_core.geometry import Box, Patch, Size


def box_rect(box: Box, source: Size, target: QRectF) -> QRectF:
    """A box of a picture of size ``source``, in a rectangle that shows this picture."""
    x, y = target.width() / source.width, target.height() / source.height
    return QRectF(
        target.left() + box.left * x,
        target.top() + box.top * y,
        (box.right - box.left) * x,
        (box.bottom - box.top) * y,
    )


def patch_at(patches: tuple[Patch, ...], source: Size, target: QRectF, point: QPointF) -> int | None:
    """The patch whose cell holds the point."""
    if not target.contains(point) or target.isEmpty():
        return None
    row = (point.y() - target.top()) * source.height / target.height()
    column = (point.x() - target.left()) * source.width / target.width()
    for patch in patches:
        cell = patch.cell
        if cell.top <= row < cell.bottom and cell.left <= column < cell.right:
            return patch.index
    return None


def neighbour(patches: tuple[Patch, ...], index: int | None, down: int, right: int) -> int | None:
    """The patch next to one, or the same at the border; the first when none is given."""
    if not patches:
        return None
    if index is None:
        return patches[0].index
    here = patches[index]
    wanted = (here.row + down, here.column + right)
    return next((patch.index for patch in patches if (patch.row, patch.column) == wanted), index)


def overlap_partners(patches: tuple[Patch, ...], index: int) -> list[int]:
    """Patches whose windows share a part with a patch's window: what they draw is fused there."""
    window = patches[index].window
    return [patch.index for patch in patches if patch.index != index and patch.window.meets(window)]


def name_of(patch: Patch) -> str:
    """Row and column as a person counts."""
    return f"{patch.row + 1}·{patch.column + 1}"
