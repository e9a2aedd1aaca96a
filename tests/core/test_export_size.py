"""What is said about the size of a file is near what is written, for small pictures too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hiprompt_core.export import export
from hiprompt_core.export_request import ExportRequest, Metadata
from hiprompt_core.export_size import estimated_size
from hiprompt_core.formats import FORMATS
from hiprompt_core.geometry import Size
from hiprompt_core.metadata import read_png, read_record, write_png
from tests.run_folders import make_run


def a_run(folder: Path, side: int) -> Path:
    """Its pictures have detail everywhere, as drawn ones have."""
    newest = make_run(folder, phases=3, versions=2, size=Size(side, side))
    for number, path in enumerate(sorted(folder.glob("phase-*.png"))):
        record = read_record(path)
        grain = np.random.default_rng(number).normal(0, 6, (*record.size, 1))
        pixels = np.asarray(read_png(path)[0], float) + grain
        write_png(path, Image.fromarray(pixels.clip(0, 255).astype(np.uint8)), record)
    return newest


@pytest.mark.parametrize("metadata", ["all", "none"])
@pytest.mark.parametrize("name", list(FORMATS))
@pytest.mark.parametrize("side", [320, 1280])
def test_the_size_of_the_file_is_near(tmp_path: Path, name: str, metadata: Metadata, side: int) -> None:
    """Metadata outweighs the pixels of a small picture, and enlarged layers are smoother than the one on top."""
    path = a_run(tmp_path / "run", side)
    image, record = read_png(path)
    request = ExportRequest(picture=path, folder=tmp_path, format=name, metadata=metadata)
    assert estimated_size(request, image, record) == pytest.approx(export(request).stat().st_size, rel=0.15)
