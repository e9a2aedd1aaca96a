"""The training loop: it can stop anywhere, and it learns."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from resources.demo_world.dataset import Renders
from resources.demo_world.scene import View, Visible
from resources.demo_world.train_unet import CROP_SHARE, SHARE_OF_COUNT
from resources.demo_world.training import Budget, Trainer, load_averaged, orthogonalised, parameter_groups, rate_factor


def trainer_in(folder: Path, steps: int) -> Trainer:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))

    def loss(rng: np.random.Generator) -> tuple[torch.Tensor, dict[str, float]]:
        inputs = torch.from_numpy(rng.normal(size=(16, 4)).astype(np.float32))
        error = (model(inputs + 0.01 * torch.randn_like(inputs)) - inputs.sum(1, keepdim=True)).square().mean()
        return error, {}

    groups = parameter_groups(model, muon_rate=0.02, adam_rate=0.01)
    # The rate follows the budget, so both runs have the same one and the first stops early.
    trainer = Trainer("toy", model, groups, loss, folder, Budget(steps=200))
    trainer.budget = Budget(steps=steps)
    return trainer


def test_training_lowers_the_loss(tmp_path: Path) -> None:
    trainer = trainer_in(tmp_path, 200)
    before = trainer.loss(np.random.default_rng(9))[0].item()
    trainer.run()
    assert trainer.loss(np.random.default_rng(9))[0].item() < before / 4


def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("resources.demo_world.training.rate_factor", lambda *_: 0.5)
    whole = trainer_in(tmp_path / "whole", 20)
    whole.run()
    trainer_in(tmp_path / "parts", 8).run()
    resumed = trainer_in(tmp_path / "parts", 20)
    assert resumed.step == 8
    resumed.run()
    for one, two in zip(whole.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(one, two)
    averaged = trainer_in(tmp_path / "none", 1).model
    load_averaged(averaged, tmp_path / "whole" / "toy.checkpoint")
    assert torch.equal(next(averaged.parameters()), whole.average[0])


def test_the_rate_warms_up_holds_and_falls() -> None:
    assert rate_factor(step=0, spent=0.0) < 0.02
    assert rate_factor(step=500, spent=0.5) == 1
    assert rate_factor(step=900, spent=1.0) == 0


def test_orthogonalised_matrices_have_singular_values_near_one() -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonalised(torch.randn(12, 40)))
    assert values.min() > 0.5
    assert values.max() < 1.5


def test_every_kind_of_image_is_drawn_as_often_as_its_share_says() -> None:
    fox = Visible("fox", (0.0, 0.0, 1.0, 1.0), 1.0, 1.0)
    counts, is_crop = [0, 1, 1, 2, 3, 1, 2], np.array([0, 0, 0, 0, 0, 1, 1], bool)
    conditioning = np.zeros((7, 6), np.float32)
    conditioning[:, 0], conditioning[:, 4] = np.where(is_crop, 256, 128), 128
    views = [View((fox,) * count, "a sky") for count in counts]
    renders = Renders(np.empty((7, 1, 1, 3), np.uint8), views, conditioning)
    chances = renders.chances(CROP_SHARE, SHARE_OF_COUNT)
    rows = renders.drawing(CROP_SHARE, SHARE_OF_COUNT)(np.random.default_rng(0), 4000)
    assert chances[is_crop].sum() == CROP_SHARE
    assert chances[1:3].sum() == SHARE_OF_COUNT[1]
    assert np.allclose(np.bincount(rows, minlength=7) / 4000, chances, atol=0.03)
    assert chances.sum() == sum(SHARE_OF_COUNT.values()) + CROP_SHARE
