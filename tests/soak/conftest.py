"""The window's fixtures are those of its own tests."""

from tests.desktop.conftest import open_window, places

__all__ = ["open_window", "places"]
