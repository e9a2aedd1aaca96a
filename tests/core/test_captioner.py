"""The captioner, with the real LLaVA classes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from PIL import Image

from hiprompt_core.captioner import TransformersCaptioner
from hiprompt_core.errors import ModelUnsupported
from hiprompt_core.model_files import demo_captioner
from hiprompt_core.models import load_captioner

QUESTION = "Describe this part of the picture in one short sentence."
PICTURES = [
    Image.new("RGB", size, color) for size, color in [((64, 64), "red"), ((100, 40), "navy"), ((9, 70), "lime")]
]


def test_a_batch_of_pictures_of_different_sizes(captioner: TransformersCaptioner) -> None:
    calls: list[int] = []
    with torch.inference_mode():
        answers = captioner.describe(PICTURES, QUESTION, lambda: calls.append(1))
        alone = [captioner.describe([picture], QUESTION, lambda: None)[0] for picture in PICTURES]
    assert len(answers) == 3
    assert calls
    assert all(QUESTION not in answer and "<" not in answer for answer in answers)
    assert [answer.strip() for answer in answers] == [answer.strip() for answer in alone]


def test_every_word_is_a_chance_to_stop(captioner: TransformersCaptioner) -> None:
    calls: list[int] = []

    def stop() -> None:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    with torch.inference_mode(), pytest.raises(KeyboardInterrupt):
        captioner.describe(PICTURES, QUESTION, stop)
    assert len(calls) == 2


def test_a_model_without_chat_template_is_refused(tmp_path: Path) -> None:
    folder = shutil.copytree(demo_captioner(), tmp_path / "mute")
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(ModelUnsupported, match="chat template"):
        load_captioner(folder, torch.device("cpu"), torch.float32)
