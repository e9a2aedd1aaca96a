"""Colours as tokens, in three palettes; around the picture only neutral greys, because colour is judged here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Tokens:
    """Every colour of the window."""

    dark: bool
    window: str
    field: str
    raised: str
    hover: str
    line: str
    text: str
    muted: str
    canvas: str
    accent: str
    accent_hover: str
    on_accent: str
    error: str
    warning: str
    border: int = 1
    """Pixels; wider where contrast is asked for."""


LIGHT = Tokens(
    dark=False,
    window="#f2f2f2",
    field="#ffffff",
    raised="#e6e6e6",
    hover="#dcdcdc",
    line="#cfcfcf",
    text="#1c1c1c",
    muted="#666666",
    canvas="#a8a8a8",
    accent="#1f66d1",
    accent_hover="#1857b6",
    on_accent="#ffffff",
    error="#b3261e",
    warning="#8a5a00",
)
DARK = Tokens(
    dark=True,
    window="#262626",
    field="#1c1c1c",
    raised="#333333",
    hover="#404040",
    line="#444444",
    text="#e8e8e8",
    muted="#a0a0a0",
    canvas="#3c3c3c",
    accent="#4d8dee",
    accent_hover="#69a0f3",
    on_accent="#0c0c0c",
    error="#ff8a80",
    warning="#f0b84a",
)
CONTRAST = Tokens(
    dark=True,
    window="#000000",
    field="#000000",
    raised="#000000",
    hover="#3a3a3a",
    line="#9a9a9a",
    text="#ffffff",
    muted="#d6d6d6",
    canvas="#1c1c1c",
    accent="#ffd60a",
    accent_hover="#ffe45c",
    on_accent="#000000",
    error="#ff9e96",
    warning="#ffc555",
    border=2,
)
