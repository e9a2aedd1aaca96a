"""What is done with an environment follows from what is found in it, without touching one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from installer.environment import INSPECT, Found, decide, stamp_key

COMPLETE = {"state": "complete", "key": "k", "dev": False, "packages": ["pillow", "torch"]}
WHOLE = Found(["pillow", "torch"], {})


@pytest.mark.parametrize(
    ("stamp", "key", "dev", "found", "todo"),
    [
        (None, "k", False, None, "rebuild"),  # nothing there, or no Python in it
        (None, "k", False, WHOLE, "install"),  # made by somebody else
        ({"state": "incomplete"}, "k", False, WHOLE, "rebuild"),  # interrupted
        ({"state": "unreadable"}, "k", False, WHOLE, "rebuild"),
        (COMPLETE, "k", False, WHOLE, "keep"),
        (COMPLETE, "k", False, None, "rebuild"),
        (COMPLETE, "k", False, Found(["pillow", "torch"], {"pillow": "13.0.0"}), "repair"),  # a file is lost
        (COMPLETE, "k", False, Found(["torch"], {}), "install"),  # a package is lost
        (COMPLETE, "other", False, WHOLE, "install"),  # the project's dependencies changed
        (COMPLETE, "k", True, WHOLE, "install"),  # the tests need more
        ({**COMPLETE, "dev": True}, "k", False, WHOLE, "keep"),
        ({**COMPLETE, "packages": None}, "k", False, WHOLE, "install"),
    ],
)
def test_repair_decisions(stamp: dict[str, object] | None, key: str, dev: bool, found: object, todo: str) -> None:
    assert decide(stamp, key, dev, found) == todo


def test_lost_and_shortened_files_are_noticed(tmp_path: Path) -> None:
    package = tmp_path / "thing"
    info = tmp_path / "thing-1.5.dist-info"
    for folder in (package, info):
        folder.mkdir()
    (package / "a.py").write_text("x = 1\n", encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: thing\nVersion: 1.5\n", encoding="utf-8")
    (info / "RECORD").write_text("thing/a.py,,6\nthing/__pycache__/a.pyc,,\nthing-1.5.dist-info/RECORD,,\n", "utf-8")

    def damaged() -> dict[str, str]:
        code = f"import sys; sys.path[:] = [{str(tmp_path)!r}, *sys.path]\n{INSPECT}"
        answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        names, damaged = json.loads(answer)
        assert "thing" in names
        return {name: version for name, version in damaged.items() if name == "thing"}

    assert damaged() == {}
    (package / "a.py").write_text("x", encoding="utf-8")
    assert damaged() == {"thing": "1.5"}
    (package / "a.py").unlink()
    assert damaged() == {"thing": "1.5"}


def test_key_changes_with_project_python_and_torch() -> None:
    keys = {
        stamp_key(*values)
        for values in ((b"a", "3.11", "cpu"), (b"b", "3.11", "cpu"), (b"a", "3.12", "cpu"), (b"a", "3.11", "cu130"))
    }
    assert len(keys) == 4
