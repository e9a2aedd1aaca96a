"""Run folders as a run leaves them, with small pictures, without a run."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from hiprompt_core.geometry import Size, patch_grid
from hiprompt_core.metadata import PhaseRecord, write_png
from hiprompt_core.model_files import demo_model
from hiprompt_core.request import GenerationRequest, RegenerateRequest
from hiprompt_core.run_folder import REQUEST


def noise(size: Size, seed: int = 0) -> Image.Image:
    """A soft picture: noise of a few large cells."""
    cells = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    return Image.fromarray(cells).resize((size.width, size.height), Image.Resampling.BICUBIC)


def make_record(folder: Path, phase: int, phases: int, version: int = 1, **changes: object) -> PhaseRecord:
    request = GenerationRequest(
        **{"prompt": "a fox, un été 狐", "size": Size(96, 128), "model": demo_model(), "captioner": Path("/llava")}
        | {"output": folder}
        | changes
    )
    size = Size(*(side // 2 ** (phases - phase) for side in request.size))
    patches = patch_grid(size, Size(64, 64), 0.25) if phase > 1 else ()
    captions = [f"part {patch.index}" for patch in patches]
    regenerated = None
    if version > 1:
        captions[0] = f"changed {version}"
        regenerated = RegenerateRequest(source=folder, phase=phase, captions={0: captions[0]})
    return PhaseRecord(
        request=request,
        phase=phase,
        phases=phases,
        size=size,
        patches=patches,
        captions=tuple(captions),
        model_name="sdxl",
        model_hash="0123456789abcdef" * 4,
        captioner_name="llava",
        captioner_hash="fedcba9876543210" * 4,
        evaluations=144,
        version=version,
        regenerated=regenerated,
    )


def make_run(folder: Path, phases: int = 2, versions: int = 1, **changes: object) -> Path:
    """Write every phase once and the last one as often as it has versions; the path of the newest picture."""
    folder.mkdir(parents=True)
    path = folder
    for phase in range(1, phases + 1):
        for version in range(1, (versions if phase == phases else 1) + 1):
            record = make_record(folder, phase, phases, version, **changes)
            suffix = f"-v{version}" if version > 1 else ""
            path = folder / f"phase-{phase}-{record.size}{suffix}.png"
            write_png(path, noise(record.size, version), record)
    (folder / REQUEST).write_text(json.dumps(record.request.to_dict()))
    return path
