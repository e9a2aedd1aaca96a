"""Which device a run computes on and in which precision, and what is free there."""

from __future__ import annotations

from collections.abc import Callable

import torch

from hiprompt_core import memory
from hiprompt_core.errors import InvalidRequest
from hiprompt_core.events import OnEvent, Warned
from hiprompt_core.footprint import Place
from hiprompt_core.request import Precision

HALVES = {"cuda": torch.bfloat16, "xpu": torch.bfloat16}
"""Half precision by device; elsewhere, as on Apple's, float16."""


def choose_device(name: str) -> torch.device:
    """The named torch device, or the best there is for ``auto``.

    Raises:
        InvalidRequest: there is no such device.
    """
    if name == "auto":
        best = torch.accelerator.current_accelerator(check_available=True)
        return best or torch.device("cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise InvalidRequest(f"There is no device {name!r} here.", "Use auto or cpu.") from error
    return device


def known_devices() -> dict[str, str]:
    """What requests can name here, the best first, and what its maker calls it: ``{"cuda": "NVIDIA H200", …}``.

    Several cards are named by their numbers, as ``cuda:1``.
    """
    best = torch.accelerator.current_accelerator(check_available=True)
    found = []
    if best is not None:
        count = torch.accelerator.device_count()
        found = [torch.device(best.type, index) if count > 1 else torch.device(best.type) for index in range(count)]
    return {str(device): device_name(device) for device in (*found, torch.device("cpu"))}


def present_device(name: str, on_event: OnEvent) -> str:
    """The device that a picture was drawn on, or else ``auto``, which is told: another machine may have drawn it."""
    try:
        choose_device(name)
    except InvalidRequest:
        on_event(Warned(message=f"The picture was drawn on {name}, which is not here: another device goes on."))
        return "auto"
    return name


def is_on(tensor: torch.Tensor, device: torch.device) -> bool:
    """Whether a tensor lies in a device's memory; ``cuda`` is the first card."""
    return tensor.device.type == device.type and (tensor.device.index or 0) == (device.index or 0)


def device_name(device: torch.device) -> str:
    """What a device is called by its maker; where torch does not know that, its type."""
    if device.type in {"cuda", "xpu"}:
        return str(torch.get_device_module(device).get_device_properties(device).name)
    return device.type


def choose_dtype(precision: Precision, device: torch.device) -> torch.dtype:
    """What is computed in: the named precision; for ``auto`` and ``float8`` half where the device computes in it."""
    if precision not in ("auto", "float8"):
        return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[precision]
    if device.type == "cpu":
        return torch.bfloat16 if _cpu_computes_in_bfloat16() else torch.float32
    return HALVES.get(device.type, torch.float16)


def _cpu_computes_in_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 matrices itself; elsewhere that is slower than float32."""
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("amx_bf16") or capabilities.get("avx512_bf16"))


def keeps_float8(precision: Precision, device: torch.device) -> bool:
    """Whether the network's weights are kept in eight bits.

    Raises:
        InvalidRequest: the device has no such numbers.
    """
    if precision != "float8":
        return False
    if device.type == "mps":
        raise InvalidRequest("Apple's GPUs have no numbers of eight bits (float8).", "Use float16 or auto.")
    return True


def has_own_memory(device: torch.device) -> bool:
    """Whether models can leave it for the computer's memory."""
    return device.type not in ("cpu", "mps")


def vae_dtype(dtype: torch.dtype, device: torch.device) -> torch.dtype:
    """SDXL's VAE overflows in float16; bfloat16 costs smooth skies a shade, which a CPU need not save."""
    return torch.float32 if dtype == torch.float16 or device.type == "cpu" else dtype


def memory_format(dtype: torch.dtype, device: torch.device) -> torch.memory_format:
    """How a network of convolutions lies in memory: channels last in float32 on a processor.

    With two bytes a number torch's group norm takes there ten times as long so, and a card's convolutions choose by
    themselves (docs/performance.md).
    """
    last = device.type == "cpu" and dtype == torch.float32
    return torch.channels_last if last else torch.contiguous_format


def look(device: str, precision: Precision, held: int = 0, free: Callable[[torch.device], int] = memory.free) -> Place:
    """The place of requests for a device and a precision.

    Args:
        held: bytes of models that would make room; they count as free.

    Raises:
        InvalidRequest: there is no such device, or it cannot compute so.
    """
    place = choose_device(device)
    dtype = choose_dtype(precision, place)
    eight = keeps_float8(precision, place)
    return Place(
        name=f"{device_name(place)} {'float8' if eight else str(dtype).removeprefix('torch.')}",
        free=free(place) + held,
        weight=dtype.itemsize,
        network_weight=1 if eight else dtype.itemsize,
        vae_weight=vae_dtype(dtype, place).itemsize,
        own_memory=has_own_memory(place),
    )
