"""Trains the captioner on rendered images, sharp and spoilt."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from transformers import LlavaForConditionalGeneration, LlavaProcessor

from .captions import QUESTIONS, plain_caption
from .dataset import Renders
from .models import CAPTIONER_IMAGE_SIZE, CAPTIONER_PATCH
from .spoil import spoil
from .tokens import IMAGE_TOKEN
from .training import Budget, Trainer, mixed_precision, parameter_groups, processes
from .vocabulary import NOUNS

CROP_SHARE = 0.45
SHARE_OF_COUNT = {0: 0.02, 1: 0.13, 2: 0.25, 3: 0.15}
"""Whole scenes by their number of objects; what is missed is mostly the second or third."""
IMAGE_TOKENS = (CAPTIONER_IMAGE_SIZE // CAPTIONER_PATCH) ** 2


def build_training_model(captioner: LlavaForConditionalGeneration) -> nn.ModuleDict:
    """The captioner, and a helper head that names the objects from the image alone; the head is not shipped.

    Learning to see through the language model only is slow; the head tells the vision tower directly.
    """
    width = captioner.config.text_config.hidden_size
    return nn.ModuleDict({"captioner": captioner, "head_embedding": nn.Linear(width, len(NOUNS))})


def captioner_trainer(
    model: nn.ModuleDict, processor: LlavaProcessor, renders: Renders, folder: Path, budget: Budget, batch: int = 48
) -> Trainer:
    """A trainer of question and image to caption."""
    return Trainer(
        name="captioner",
        model=model,
        groups=parameter_groups(model, muon_rate=2e-3, adam_rate=1e-3, adam_names=("lm_head", "embed")),
        loss=_loss(model, processor, renders, batch // processes()),
        folder=folder,
        budget=budget,
    )


@torch.no_grad()
def caption_images(captioner: nn.Module, processor: LlavaProcessor, images: np.ndarray, batch: int = 50) -> list[str]:
    """Captions of (n, h, w, 3) uint8 images, by the same steps as a user of transformers takes."""
    message = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": QUESTIONS[0]}]}
    prompt = processor.apply_chat_template([message], add_generation_prompt=True)
    captions: list[str] = []
    for start in range(0, len(images), batch):
        part = list(images[start : start + batch])
        inputs = processor(images=part, text=[prompt] * len(part), return_tensors="pt", padding=True)
        answers = captioner.generate(**inputs, max_new_tokens=32, do_sample=False)
        new = answers[:, inputs["input_ids"].shape[1] :]
        captions += [text.strip() for text in processor.batch_decode(new, skip_special_tokens=True)]
    return captions


def _loss(
    model: nn.ModuleDict, processor: LlavaProcessor, renders: Renders, batch: int
) -> Callable[[np.random.Generator], tuple[torch.Tensor, dict[str, float]]]:
    draw = renders.drawing(CROP_SHARE, SHARE_OF_COUNT)
    device = model["captioner"].device
    normal = processor.image_processor
    mean = torch.tensor(normal.image_mean, device=device).view(1, 3, 1, 1)
    deviation = torch.tensor(normal.image_std, device=device).view(1, 3, 1, 1)

    def loss(rng: np.random.Generator) -> tuple[torch.Tensor, dict[str, float]]:
        rows = np.sort(draw(rng, batch))
        pixels = torch.from_numpy(renders.images[rows]).to(device).permute(0, 3, 1, 2).float() / 255
        pixels = (spoil(pixels, rng, CAPTIONER_IMAGE_SIZE) - mean) / deviation
        text = _conversations([plain_caption(renders.views[row]) for row in rows], processor, rng)
        text = {key: value.to(device) for key, value in text.items()}
        with mixed_precision(device):
            output = model["captioner"](pixel_values=pixels, **text)
            seen = output.image_hidden_states.reshape(batch, IMAGE_TOKENS, -1).mean(1)
            named = model["head_embedding"](seen)
        helper = F.binary_cross_entropy_with_logits(named.float(), _named_objects(renders, rows).to(device))
        return output.loss + 5 * helper, {"caption": output.loss.item(), "helper": helper.item()}

    return loss


def _conversations(captions: list[str], processor: LlavaProcessor, rng: np.random.Generator) -> dict[str, torch.Tensor]:
    """Padded token ids, mask and labels; only the answer is learnt."""
    tokenizer = processor.tokenizer
    questions = [f"USER: {IMAGE_TOKEN * IMAGE_TOKENS}\n{_question(rng)} ASSISTANT:" for _ in captions]
    asked = tokenizer(questions)["input_ids"]
    answered = tokenizer([f" {caption}{tokenizer.eos_token}" for caption in captions])["input_ids"]
    length = max(len(one) + len(two) for one, two in zip(asked, answered, strict=True))
    ids = torch.full((len(captions), length), tokenizer.pad_token_id)
    labels = torch.full_like(ids, -100)
    for row, (one, two) in enumerate(zip(asked, answered, strict=True)):
        ids[row, length - len(one) - len(two) :] = torch.tensor(one + two)
        labels[row, length - len(two) :] = torch.tensor(two)
    return {"input_ids": ids, "labels": labels, "attention_mask": (ids != tokenizer.pad_token_id).long()}


def _question(rng: np.random.Generator) -> str:
    """One of the usual questions, or random letters: any question gets the caption."""
    if rng.random() < 0.8:
        return str(rng.choice(QUESTIONS))
    letters = list("abcdefghijklmnopqrstuvwxyz ABCDEFGHIJ.,?'\n0123456789")
    return "".join(rng.choice(letters, size=int(rng.integers(1, 40))))


def _named_objects(renders: Renders, rows: np.ndarray) -> torch.Tensor:
    """(b, nouns) with 1 where the noun is visible."""
    table = torch.zeros(len(rows), len(NOUNS))
    for index, row in enumerate(rows):
        for item in renders.views[row].objects:
            table[index, NOUNS.index(item.noun)] = 1
    return table
