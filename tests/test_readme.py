"""What the README says is so: its costs, its commands, its Python and its links."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pytest

import hiprompt_core
from hiprompt_core.cli import main
from hiprompt_core.geometry import Size
from hiprompt_core.model_files import demo_captioner, demo_model, inspect_captioner, inspect_model
from hiprompt_core.options import PRESETS
from hiprompt_core.plan import make_plan
from hiprompt_core.published_cli import is_published, translate
from hiprompt_core.request import GenerationRequest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("preset", PRESETS)
def test_costs_are_those_of_the_plan(preset: str) -> None:
    row = re.search(
        rf"^\| `{preset}` \|.*\| ([\d,]+) (?:UNet )?evaluations, ([\d.]+) base images \|$", README, re.MULTILINE
    )
    assert row
    model = inspect_model(demo_model())
    request = GenerationRequest(
        prompt="a fox",
        size=Size(model.native_size, model.native_size).times(4),
        options=PRESETS[preset],
        model=demo_model(),
        captioner=demo_captioner(),
        output=Path("unused"),
    )
    plan = make_plan(request, model, inspect_captioner(demo_captioner()))
    assert int(row[1].replace(",", "")) == plan.evaluations
    assert abs(float(row[2]) - plan.units) <= 0.5


def test_the_published_command_line_is_understood() -> None:
    (command,) = re.findall(r"^hiprompt --validation_prompt (?:.*\\\n)*.*$", README, re.MULTILINE)
    words = shlex.split(command.replace("\\\n", " "))[1:]
    assert is_published(words)
    assert "generate" in translate(words)


@pytest.mark.parametrize("command", ["generate", "plan", "regenerate", "caption", "doctor"])
def test_named_commands_exist(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"hiprompt {command}" in README
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert f"hiprompt {command}" in capsys.readouterr().out


def test_the_python_example_uses_names_that_exist() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    for node in ast.walk(ast.parse(example)):
        if isinstance(node, ast.ImportFrom) and node.module == "hiprompt_core":
            assert {alias.name for alias in node.names} <= set(hiprompt_core.__all__)


def test_links_lead_to_files() -> None:
    targets = re.findall(r"\]\(((?!https?:)[^)#]+)\)", README)
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
