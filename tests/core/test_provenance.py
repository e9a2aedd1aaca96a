"""What phases follow from: finished ones are known again by it, and by nothing less."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hiprompt_core import GenerationRequest, RegenerateRequest, Size, make_plan
from hiprompt_core.describe import Caption
from hiprompt_core.plan import Plan
from hiprompt_core.provenance import Provenance
from hiprompt_core.run_folder import RunFolder
from tests.sdxl_facts import SDXL

GUIDES = ("c" * 64, "d" * 64)


@pytest.fixture
def wanted(tmp_path: Path) -> GenerationRequest:
    return GenerationRequest(
        prompt="a fox", size=Size(2048, 2048), model=Path("/m"), captioner=Path("/c"), output=tmp_path / "fox"
    )


@pytest.fixture
def plan(wanted: GenerationRequest) -> Plan:
    return make_plan(wanted, SDXL)


@pytest.fixture
def made_from(wanted: GenerationRequest, plan: Plan) -> Provenance:
    return Provenance(
        request=wanted,
        phases=len(plan.phases),
        model_name="sdxl",
        model_hash="a" * 64,
        captioner_name="llava",
        captioner_hash="b" * 64,
        guide_hashes=GUIDES,
    )


@pytest.fixture
def folder(wanted: GenerationRequest, plan: Plan, made_from: Provenance) -> RunFolder:
    """Both phases are finished."""
    made = RunFolder(wanted.output)
    made.prepare(wanted)
    for phase in plan.phases:
        image = Image.new("RGB", (phase.size.width, phase.size.height))
        made.save_phase(image, np.zeros((1, 4, 8, 8), np.float32), made_from.record(phase, (), (), 1))
    return made


def test_a_record_says_all_that_is_known_before_a_phase_is_drawn(made_from: Provenance, plan: Plan) -> None:
    first, second = plan.phases
    patches = second.pixel_patches(8)
    captions = [Caption(f"part {patch.index}", ("a",) if patch.index == 1 else ()) for patch in patches]
    record = made_from.record(second, patches, captions, drawn_from=3)
    assert (record.phase, record.phases, record.size, record.patches) == (2, 2, second.size, patches)
    assert record.captions[:2] == ("part 0", "part 1")
    assert record.dropped[:2] == ((), ("a",))
    assert (record.model_hash, record.captioner_hash, record.base_hash) == ("a" * 64, "b" * 64, "")
    assert (record.guide_hashes, record.drawn_from, record.evaluations) == (GUIDES, 3, second.evaluations)
    assert made_from.record(first, (), (), 1).guide_hashes == ("", "")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, [True, True]),
        ({"model_hash": "e" * 64}, [False, False]),
        ({"captioner_hash": "e" * 64}, [False, False]),
        ({"base_hash": "e" * 64}, [False, False]),
        ({"guide_hashes": ("", "")}, [True, False]),  # the first phase has no guide
    ],
    ids=str,
)
def test_a_phase_from_other_files_is_not_found(
    made_from: Provenance, folder: RunFolder, change: dict[str, object], found: list[bool]
) -> None:
    asked = replace(made_from, **change)
    assert [asked.find(folder, number) is not None for number in (1, 2)] == found


def test_a_phase_is_found_in_its_chosen_version(made_from: Provenance, folder: RunFolder) -> None:
    first = folder.latest(2)
    again = RegenerateRequest(source=folder.path, phase=2, captions={0: "a hat"})
    folder.save_phase(first.image, first.latents, replace(first.record, version=2, regenerated=again))
    versions = []
    for chosen in (2, 1):
        folder.choose(2, chosen)
        stored = made_from.find(folder, 2)
        versions.append(stored.record.version if stored else None)
    assert versions == [2, 1]
