"""How large an exported file becomes, judged by the picture on the screen."""

from __future__ import annotations

from PySide6.QtGui import QImage

from hiprompt_core.export_request import ExportRequest
from hiprompt_core.metadata import PhaseRecord
from hiprompt_desktop.qimage import view_of


def estimate(image: QImage, request: ExportRequest, record: PhaseRecord) -> int:
    """Bytes, about.

    Args:
        image: the request's picture.
        record: of it.
    """
    from hiprompt_core.export_size import estimated_size  # numpy comes with it

    return estimated_size(request, view_of(image).convert("RGB"), record)
