"""torch.compile for the network of a diffusion model, where it is worth its while."""

from __future__ import annotations

import time
from typing import Any

import torch

from hiprompt_core.cancelling import moment
from hiprompt_core.errors import Cancelled
from hiprompt_core.events import OnEvent, Warned
from hiprompt_core.families.backbone import Backbone
from hiprompt_core.geometry import Box, Size
from hiprompt_core.memory import is_full

ROWS = 16
"""Evaluations of the batch that is timed: on processors torch compiles for 2 to 15 and for more apart (2.13)."""
ROUNDS = 3
NOT_COMPILED = "The model runs without being compiled, because its parts take turns on the device."


def compile_network(backbone: Backbone, on_event: OnEvent) -> bool:
    """Compile the network's blocks now, and tell after how many evaluations that pays back.

    Where a compiler is missing or fails, or its code is no faster, the network stays as it was, and that is told.

    Returns:
        Whether it is compiled now.
    """
    predict = _trial(backbone)
    before = _seconds(predict)
    for block in _blocks(backbone.network):
        block.compile(dynamic=True)
    begun = time.perf_counter()
    try:
        with torch.no_grad():
            predict(2)
            moment()
            predict(ROWS)
        spent = time.perf_counter() - begun
        after = _seconds(predict)
    except Exception as error:  # a compiler may fail in any way
        leave_compiled(backbone.network)
        if isinstance(error, Cancelled) or is_full(error):
            raise
        reason = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        on_event(Warned(message=f"The model cannot be compiled here and runs as it is: {reason}"))
        return False
    if after >= before:
        leave_compiled(backbone.network)
        on_event(Warned(message="Compiling makes the model no faster here: it runs as it is."))
        return False
    needed = round(spent / (before - after))
    on_event(
        Warned(
            message=f"The model was compiled in {spent:.0f} s and is {before / after:.2f} times as fast: "
            f"that pays back after {needed} evaluations."
        )
    )
    return True


def leave_compiled(network: Any) -> None:
    """Compute as the model was written again."""
    for block in network.modules():
        block._compiled_call_impl = None


def _blocks(network: Any) -> list[Any]:
    """What is compiled: the blocks that a network repeats, each kind once for all of them; else the network as one.

    A whole UNet takes ten times as long to compile and is hardly faster: most of what it computes is in these blocks.
    """
    kinds = getattr(network, "_repeated_blocks", None) or ()
    return [block for block in network.modules() if type(block).__name__ in kinds] or [network]


def _trial(backbone: Backbone) -> Any:
    """Predicts for so many views of the native size."""
    facts = backbone.facts
    cells = facts.native_size // facts.vae_scale_factor
    size = Size(facts.native_size, facts.native_size)
    embeddings = backbone.encode_prompts(["a picture"])
    time_ids = backbone.time_ids(size, Box(0, 0, *size))

    def predict(rows: int) -> None:
        latents = torch.zeros(rows, backbone.vae.config.latent_channels, cells, cells, device=backbone.device)
        result = backbone.predict(latents, 500.0, embeddings.take([0] * rows), time_ids.repeat(rows, 1))
        result.sum().item()  # a device answers when it is done

    return predict


def _seconds(predict: Any) -> float:
    """Of one evaluation; the fastest round, because other programs only ever add to it."""
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        predict(ROWS)
        taken.append((time.perf_counter() - begun) / ROWS)
    return min(taken)
