"""The memory of a device: how much is free, how to give back what is not used, and what a full one looks like."""

from __future__ import annotations

import gc
from errno import ENOMEM

import psutil
import torch

from hiprompt_core.allocator import trim

FULL_SIGNS = (
    "out of memory",  # CUDA, HIP, MPS, XPU
    "outofmemory",  # hipErrorOutOfMemory, cudaErrorOutOfMemory
    "can't allocate memory",  # the CPU allocator
    "not enough memory",  # the CPU allocator on Windows
    "cannot allocate memory",  # the system, for files that are mapped into memory
    "invalid buffer size",  # Metal, for a single piece that is too large
    "alloc_failed",  # cuBLAS, cuDNN
    "allocfailed",  # MIOpen
    "memory not available to allocate",  # MIOpen
    "rocblas_status_memory_error",
    "allocation_failed",  # cuDNN 9
    "out_of_device_memory",  # Level Zero
    "out_of_host_memory",
    "out_of_resources",
    "bad_alloc",  # C++
    "bad allocation",  # C++ on Windows
    "error 1455",  # Windows, whose paging file is too small for a file of weights
)


def is_full(error: BaseException) -> bool:
    """Whether an error says that memory ran out; backends raise plain RuntimeErrors for it."""
    text = str(error).lower()
    of_its_kind = isinstance(error, (MemoryError, torch.OutOfMemoryError)) or getattr(error, "errno", None) == ENOMEM
    return of_its_kind or any(sign in text for sign in FULL_SIGNS)


def free(device: torch.device) -> int:
    """Bytes that a device can still give; what torch keeps cached there counts as free."""
    available = int(psutil.virtual_memory().available)
    if device.type == "cpu":
        return available
    if device.type == "mps":  # the machine's own memory, of which Metal gives a process no more than a share
        rest = torch.mps.recommended_max_memory() - torch.mps.current_allocated_memory()
        return max(0, min(available, int(rest)))
    reserved = torch.accelerator.memory_reserved(device)
    try:
        free, _ = torch.accelerator.get_memory_info(device)
    except RuntimeError:  # some drivers of Intel tell only how much there is
        free = torch.xpu.get_device_properties(device).total_memory - reserved
    return int(free + reserved - torch.accelerator.memory_allocated(device))


def release(device: torch.device) -> None:
    """Give back what nothing refers to any more."""
    gc.collect()
    trim()
    if device.type != "cpu":
        torch.accelerator.empty_cache()
