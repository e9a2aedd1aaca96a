"""Signs that A1111 reads otherwise are told."""

from __future__ import annotations

import pytest

from hiprompt_core.foreign_syntax import foreign_syntax
from hiprompt_core.prompt_syntax import escape


@pytest.mark.parametrize(
    ("text", "found", "says"),
    [
        ("a [cat:dog:0.5] here", "[cat:dog:0.5]", "no prompt changes"),
        ("a [cat::.5] here", "[cat::.5]", "no prompt changes"),
        ("a [fox : 12 ] here", "[fox : 12 ]", "no prompt changes"),
        ("a [cat|dog|] here", "[cat|dog|]", "take turns: {a|b} chooses"),
        ("a fox AND a cat", "AND", "does not join"),
        ("a (fox:-1), a tree", "(fox:-1)", "weighs 0"),
        ("(a [red] fox: -.5)", "(a [red] fox: -.5)", "weighs 0"),
        (f"[{'word ' * 20}|b]", f"[{'word ' * 7}wor…", "take turns"),
    ],
)
def test_what_is_read_otherwise_is_told(text: str, found: str, says: str) -> None:
    ((quoted, note),) = foreign_syntax(["a fox", text, text])
    assert quoted == found
    assert note.startswith(f"“{found}” ")
    assert says in note
    assert not list(foreign_syntax([escape(text).replace("AND", "and")])), "a captioner writes plain text"


@pytest.mark.parametrize(
    "text",
    ["a (fox:1.3) [cat], it: 0.5", r"a \[cat|dog\]", r"a \(fox:-1)", "SALT AND PEPPER", "a|b", "Andrew and HAND", ""],
)
def test_what_is_read_as_it_is_meant_is_not(text: str) -> None:
    assert not list(foreign_syntax([text]))


def test_every_kind_is_told_once() -> None:
    assert [text for text, _ in foreign_syntax(["[a|b] AND [a:b:3]", "[c|d] (x:-2)"])] == [
        "[a:b:3]", "[a|b]", "AND", "(x:-2)",
    ]  # fmt: skip
