"""What the worker's thread tells the window of a picture that is not finished."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from hiprompt_core.events import PhaseStarted, StepPreview, TileDone
from hiprompt_core.geometry import Box, Size, patch_grid
from hiprompt_core.model_files import demo_captioner, demo_model
from hiprompt_core.rates import Rates
from hiprompt_core.request import GenerationRequest, RegenerateRequest
from hiprompt_desktop.job import Job
from hiprompt_desktop.reporter import Piece, Report, Reporter

SIZE = Size(256, 256)
PATCHES = patch_grid(SIZE, Size(128, 128), 0.25)
WHOLE = GenerationRequest(prompt="a fox", size=SIZE, model=demo_model(), captioner=demo_captioner(), output=Path("x"))
AGAIN = RegenerateRequest(source=Path("x"), phase=2, captions={4: "a kite"})


def pieces(request: GenerationRequest | RegenerateRequest, *events: StepPreview | TileDone) -> list[Piece]:
    reports: list[Report] = []
    seconds = iter(range(100))
    reporter = Reporter(Job(request=request), Rates(), reports.append, lambda: float(next(seconds)))
    reporter(PhaseStarted(phase=2, phases=2, size=SIZE, patches=PATCHES, steps=2, evaluations=2))
    for event in events:
        reporter(event)
    return [piece for report in reports for piece in report.pieces]


def preview() -> StepPreview:
    image = Image.new("RGB", (32, 32), (0, 0, 9))
    image.paste((200, 0, 0), (11, 11, 21, 21))
    return StepPreview(phase=2, step=1, image=image)


def test_a_preview_is_one_piece_of_everything() -> None:
    (piece,) = pieces(WHOLE, preview())
    assert piece.share == (0, 0, 1, 1)
    assert (piece.image.width(), piece.image.height()) == (32, 32)


def test_of_a_patch_drawn_again_only_what_may_change_is_shown() -> None:
    (piece,) = pieces(AGAIN, preview())
    window = PATCHES[4].window
    assert piece.share == pytest.approx([edge / 256 for edge in (window.left, window.top, *window.size[::-1])])
    assert piece.image.width() == window.size.width / 8
    assert piece.image.pixelColor(piece.image.rect().center()).red() == 200


def test_a_tile_lies_where_it_was_decoded() -> None:
    box = Box(64, 0, 192, 128)
    tile = TileDone(phase=2, work="decode", done=1, tiles=4, box=box, image=Image.new("RGB", (128, 128)))
    (piece,) = pieces(WHOLE, tile, TileDone(phase=2, work="decode", done=2, tiles=4))
    assert piece.share == (0, 0.25, 0.5, 0.5)
