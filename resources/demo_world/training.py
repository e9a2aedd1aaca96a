"""What every training step shares: optimiser, averaging, budget, checkpoints and the loop itself."""

import itertools
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import nn
from torch.utils.data import DataLoader, Dataset

from hiprompt_core.devices import choose_dtype

logger = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 120


def computes_in_half(device: torch.device) -> bool:
    """Whether the device multiplies in half precision itself; where it only imitates that, it is ten times slower."""
    return choose_dtype("auto", device) != torch.float32


def mixed_precision(device: torch.device) -> torch.autocast:
    """Context that computes in bfloat16 where the device does, and in float32 elsewhere."""
    return torch.autocast(device.type, torch.bfloat16, enabled=computes_in_half(device))


class Muon(torch.optim.Optimizer):
    """Momentum whose update is made orthogonal (Jordan et al. 2024), for weights that are matrices or convolutions.

    Everything else (biases, norms, embeddings, first and last layers) gets Adam: groups with `use_muon` False.
    """

    def __init__(self, groups: list[dict]) -> None:
        super().__init__(groups, {"lr": 0.0, "weight_decay": 0.0, "use_muon": False, "peak": 0.0})

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        for group in self.param_groups:
            weights = [weight for weight in group["params"] if weight.grad is not None]
            updates = self._orthogonal(weights) if group["use_muon"] else self._adam(weights, group)
            torch._foreach_mul_(weights, 1 - group["lr"] * group["weight_decay"])
            torch._foreach_sub_(weights, updates, alpha=group["lr"])

    def _orthogonal(self, weights: list[nn.Parameter]) -> list[torch.Tensor]:
        """Updates for the weights. Among several processes each makes its share: they are a fifth of a step's work."""
        gradients = [weight.grad for weight in weights]
        momenta = self._states(weights, "momentum")
        torch._foreach_lerp_(momenta, gradients, 0.05)
        nesterovs = torch._foreach_lerp(gradients, momenta, 0.95)
        updates = [torch.zeros_like(weight) for weight in weights]
        # Matrices of one shape are worked on together: a card waits for many small calls longer than it computes.
        by_shape: dict[tuple[int, int], list[int]] = {}
        for place in range(rank(), len(weights), processes()):
            by_shape.setdefault((len(weights[place]), weights[place][0].numel()), []).append(place)
        for shape, places in by_shape.items():
            results = orthogonalised(torch.stack([nesterovs[place].reshape(shape) for place in places]))
            for place, result in zip(places, results, strict=True):
                # The scale keeps the size of an entry's update near Adam's, whatever the matrix's shape.
                updates[place].copy_(result.view_as(updates[place])).mul_(0.2 * max(shape) ** 0.5)
        sum_over_processes(updates)
        return updates

    def _adam(self, weights: list[nn.Parameter], group: dict) -> list[torch.Tensor]:
        gradients = [weight.grad for weight in weights]
        first, second = self._states(weights, "first"), self._states(weights, "second")
        group["count"] = group.get("count", 0) + 1
        torch._foreach_lerp_(first, gradients, 0.1)
        torch._foreach_mul_(second, 0.98)
        torch._foreach_addcmul_(second, gradients, gradients, 0.02)
        spreads = torch._foreach_div(second, 1 - 0.98 ** group["count"])
        torch._foreach_sqrt_(spreads)
        torch._foreach_add_(spreads, 1e-8)
        updates = torch._foreach_div(first, 1 - 0.9 ** group["count"])
        torch._foreach_div_(updates, spreads)
        return updates

    def _states(self, weights: list[nn.Parameter], name: str) -> list[torch.Tensor]:
        for weight in weights:
            if name not in self.state[weight]:
                self.state[weight][name] = torch.zeros_like(weight)
        return [self.state[weight][name] for weight in weights]


def processes() -> int:
    """How many train together."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    """Which of them this is; the first one writes files."""
    return dist.get_rank() if dist.is_initialized() else 0


def sum_over_processes(tensors: list[torch.Tensor]) -> None:
    """Replace each tensor by its sum over all processes, in one message."""
    if not dist.is_initialized():
        return
    message = torch.cat([tensor.flatten() for tensor in tensors])
    dist.all_reduce(message)
    for tensor, part in zip(tensors, message.split([one.numel() for one in tensors]), strict=True):
        tensor.copy_(part.view_as(tensor))


def orthogonalised(matrices: torch.Tensor, iterations: int = 5) -> torch.Tensor:
    """Nearest matrices (…, m, n) with all singular values near 1, by the quintic Newton–Schulz iteration.

    Every step multiplies from the left by a polynomial of M Mᵀ, and these commute: so the steps are taken on that
    small square matrix, and the wide one is touched twice.
    """
    is_wide = matrices.shape[-2] <= matrices.shape[-1]
    wide = (matrices if is_wide else matrices.mT).float()
    wide = wide / (wide.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    gram = wide @ wide.mT
    identity = product = torch.eye(gram.shape[-1], device=gram.device)
    for _ in range(iterations):
        factor = 3.4445 * identity - 4.7750 * gram + 2.0315 * (gram @ gram)
        product = factor @ product
        gram = factor @ gram @ factor
    result = product @ wide
    return (result if is_wide else result.mT).to(matrices.dtype)


def parameter_groups(
    model: nn.Module, *, muon_rate: float, adam_rate: float, adam_names: Iterable[str] = ()
) -> list[dict]:
    """Split the weights: inner matrices for Muon, the rest (and names containing one of `adam_names`) for Adam."""
    inner, rest = [], []
    names = ("embedding", *adam_names)
    for name, parameter in model.named_parameters():
        is_inner = parameter.ndim >= 2 and not any(part in name for part in names)
        (inner if is_inner else rest).append(parameter)
    return [
        {"params": inner, "peak": muon_rate, "use_muon": True, "weight_decay": 0.01},
        {"params": rest, "peak": adam_rate, "use_muon": False},
    ]


def _itself(rng: np.random.Generator) -> np.random.Generator:
    return rng


@dataclass(slots=True)
class Budget:
    """How long to train: a number of steps, or minutes of computing counted over all sittings."""

    steps: int | None = None
    minutes: float | None = None

    def spent(self, step: int, seconds: float) -> float:
        """Share of the budget used, 0–1."""
        shares = [step / self.steps if self.steps else 0, seconds / 60 / self.minutes if self.minutes else 0]
        return min(1.0, max(shares))


def rate_factor(step: int, spent: float, warmup_steps: int = 100, decay_share: float = 0.4) -> float:
    """Warm up, hold, then fall linearly to zero in the last part of the budget."""
    return min(1.0, (step + 1) / warmup_steps) * min(1.0, (1 - spent) / decay_share)


@dataclass(slots=True)
class Trainer:
    """Runs one training step after another and can be stopped and resumed anywhere.

    `prepare` maps a step's own random generator to what that step learns from; `workers` processes do it ahead of
    time, where a card would wait for it. `loss` maps that to a tensor to minimise and numbers to log. All randomness
    of step n comes from (seed, n), so a resumed run equals an uninterrupted one.
    """

    name: str
    model: nn.Module
    groups: list[dict]
    loss: Callable[[Any], tuple[torch.Tensor, dict[str, float]]]
    folder: Path
    budget: Budget
    prepare: Callable[[np.random.Generator], Any] = _itself
    workers: int = 0
    seed: int = 0
    ema_decay: float = 0.998
    sheet: Callable[[nn.Module, Path], None] | None = None
    sheet_steps: int = 500
    step: int = 0
    seconds: float = 0.0
    average: list[torch.Tensor] = field(default_factory=list)
    optimiser: Muon = field(init=False)

    def __post_init__(self) -> None:
        self.optimiser = Muon(self.groups)
        self.average = [parameter.detach().clone() for parameter in self.model.parameters()]
        if self.checkpoint_file.exists():
            self._load()

    @property
    def checkpoint_file(self) -> Path:
        return self.folder / f"{self.name}.checkpoint"

    def run(self, rate: float = 1.0) -> None:
        """Train until the budget is spent, with so much of the full learning rate."""
        self.folder.mkdir(parents=True, exist_ok=True)
        started, saved = time.monotonic() - self.seconds, time.monotonic()
        history: list[dict[str, float]] = []
        prepared = iter(self._prepared())
        while (spent := self._spent()) < 1:
            history.append(self._one_step(*next(prepared), rate * rate_factor(self.step, spent)))
            self.seconds = time.monotonic() - started
            if rank() != 0:
                history.clear()
                continue
            if self.step % 50 == 0:
                self._log(history)
                history.clear()
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                self._save()
                saved = time.monotonic()
            if self.sheet and self.step % self.sheet_steps == 0:
                with self.averaged():
                    self.sheet(self.model, self.folder / f"{self.name}_{self.step:06d}.png")
        if rank() == 0:
            self._save()

    def _prepared(self) -> DataLoader:
        """(seed, what to learn from) of this step and all that follow."""
        ahead = {"num_workers": self.workers, "prefetch_factor": 4} if self.workers else {}
        steps = _Steps(self.prepare, self.seed, rank())
        return DataLoader(steps, batch_size=None, sampler=itertools.count(self.step), **ahead)

    def averaged(self) -> "_Averaged":
        """Context in which the model has its averaged weights, which look better than the last ones."""
        return _Averaged(self.model, self.average)

    def _spent(self) -> float:
        """Share of the budget used. The first process decides, so that all stop at the same step."""
        spent = torch.tensor(self.budget.spent(self.step, self.seconds))
        if dist.is_initialized():
            dist.broadcast(spent, 0)
        return spent.item()

    def _share_gradients(self) -> None:
        """Average the gradients over all processes."""
        if dist.is_initialized():
            gradients = [weight.grad for weight in self.model.parameters() if weight.grad is not None]
            sum_over_processes(gradients)
            torch._foreach_div_(gradients, processes())

    def _one_step(self, seed: int, prepared: Any, factor: float) -> dict[str, float]:
        torch.manual_seed(seed)
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * factor
        loss, numbers = self.loss(prepared)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self._share_gradients()
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        # One bad batch must not spoil hours of work.
        if torch.isfinite(norm):
            self.optimiser.step()
        self.step += 1
        decay = min(self.ema_decay, self.step / (self.step + 20))
        with torch.no_grad():
            torch._foreach_lerp_(self.average, [weight.detach() for weight in self.model.parameters()], 1 - decay)
        return {"loss": loss.item(), **numbers}

    def _log(self, history: list[dict[str, float]]) -> None:
        means = {key: float(np.mean([entry[key] for entry in history])) for key in history[0]}
        text = " ".join(f"{key} {value:.4f}" for key, value in means.items())
        logger.info("%s step %d, %.1f min: %s", self.name, self.step, self.seconds / 60, text)

    def _save(self) -> None:
        state = {
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "average": self.average,
            "step": self.step,
            "seconds": self.seconds,
        }
        partial_file = self.checkpoint_file.with_suffix(".partial")
        torch.save(state, partial_file)
        partial_file.replace(self.checkpoint_file)

    def _load(self) -> None:
        device = next(self.model.parameters()).device
        state = torch.load(self.checkpoint_file, map_location=device, weights_only=True)
        self.model.load_state_dict(state["model"])
        peaks = [group["peak"] for group in self.optimiser.param_groups]
        self.optimiser.load_state_dict(state["optimiser"])
        for group, peak in zip(self.optimiser.param_groups, peaks, strict=True):
            group["peak"] = peak
        self.average, self.step, self.seconds = state["average"], state["step"], state["seconds"]
        logger.info("%s resumes at step %d", self.name, self.step)


@dataclass(frozen=True, slots=True)
class _Steps(Dataset):
    """Item n: a seed for step n, and what it learns from."""

    prepare: Callable[[np.random.Generator], Any]
    seed: int
    rank: int

    def __getitem__(self, step: int) -> tuple[int, Any]:
        rng = np.random.default_rng((self.seed, step, self.rank))
        return int(rng.integers(1 << 62)), self.prepare(rng)


class _Averaged:
    def __init__(self, model: nn.Module, average: list[torch.Tensor]) -> None:
        self.model, self.average = model, average

    @torch.no_grad()
    def __enter__(self) -> None:
        self.live = [parameter.detach().clone() for parameter in self.model.parameters()]
        self._set(self.average)

    @torch.no_grad()
    def __exit__(self, *error: object) -> None:
        self._set(self.live)

    def _set(self, weights: list[torch.Tensor]) -> None:
        for parameter, weight in zip(self.model.parameters(), weights, strict=True):
            parameter.data.copy_(weight)


@torch.no_grad()
def load_averaged(model: nn.Module, checkpoint_file: Path) -> None:
    """Put the averaged weights of a checkpoint into the model."""
    if not checkpoint_file.exists():
        raise FileNotFoundError(f"No trained weights in {checkpoint_file}. Run that step first.")
    state = torch.load(checkpoint_file, map_location="cpu", weights_only=True)
    model.load_state_dict(state["model"])
    for parameter, weight in zip(model.parameters(), state["average"], strict=True):
        parameter.copy_(weight)
