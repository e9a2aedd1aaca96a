"""The system libraries that Qt needs on Linux, and how the missing ones are installed."""

from __future__ import annotations

import platform
import re
import shutil
from pathlib import Path

from installer.environment import SetupError, ask, venv_program

PACKAGES = {  # library: its package for apt, dnf and pacman
    "libEGL.so.1": ("libegl1", "libglvnd-egl", "libglvnd"),
    "libGL.so.1": ("libgl1", "libglvnd-glx", "libglvnd"),
    "libX11-xcb.so.1": ("libx11-xcb1", "libX11-xcb", "libx11"),
    "libX11.so.6": ("libx11-6", "libX11", "libx11"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs", "dbus"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig", "fontconfig"),
    "libfreetype.so.6": ("libfreetype6", "freetype", "freetype2"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2", "glib2"),
    "libgthread-2.0.so.0": ("libglib2.0-0", "glib2", "glib2"),
    "libwayland-client.so.0": ("libwayland-client0", "libwayland-client", "wayland"),
    "libwayland-cursor.so.0": ("libwayland-cursor0", "libwayland-cursor", "wayland"),
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image", "xcb-util-image"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
    "libxcb-randr.so.0": ("libxcb-randr0", "libxcb", "libxcb"),
    "libxcb-render-util.so.0": ("libxcb-render-util0", "xcb-util-renderutil", "xcb-util-renderutil"),
    "libxcb-render.so.0": ("libxcb-render0", "libxcb", "libxcb"),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb", "libxcb"),
    "libxcb-shm.so.0": ("libxcb-shm0", "libxcb", "libxcb"),
    "libxcb-sync.so.1": ("libxcb-sync1", "libxcb", "libxcb"),
    "libxcb-xfixes.so.0": ("libxcb-xfixes0", "libxcb", "libxcb"),
    "libxcb-xkb.so.1": ("libxcb-xkb1", "libxcb", "libxcb"),
    "libxcb.so.1": ("libxcb1", "libxcb", "libxcb"),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon", "libxkbcommon"),
}
PACKAGE_MANAGERS = (  # program, the command that installs, column of PACKAGES
    ("apt-get", "sudo apt install", 0),
    ("dnf", "sudo dnf install", 1),
    ("pacman", "sudo pacman -S", 2),
)


def check_qt_libraries(plugin: str) -> None:
    """Raise SetupError when Qt's window module or its platform plugin lacks a system library."""
    if platform.system() != "Linux" or not shutil.which("ldd"):
        return
    folder = ask(venv_program("python"), "-c", "import PySide6; print(PySide6.__path__[0])")
    if folder:
        qt = Path(folder.strip())
        report = ask("ldd", *qt.glob("QtWidgets*.so"), qt / "Qt" / "plugins" / "platforms" / f"libq{plugin}.so")
        missing = missing_libraries(report or "")
        if missing:
            raise SetupError(library_advice(missing, [name for name, *_ in PACKAGE_MANAGERS if shutil.which(name)]))


def missing_libraries(ldd: str) -> list[str]:
    """Names of the libraries that ldd did not find."""
    return sorted(set(re.findall(r"^\s*(\S+) => not found", ldd, re.MULTILINE)))


def library_advice(libraries: list[str], managers: list[str]) -> str:
    """One line: the missing libraries and the command that installs them."""
    names = ", ".join(libraries)
    for program, command, column in PACKAGE_MANAGERS:
        if program in managers:
            packages = sorted({PACKAGES[library][column] for library in libraries if library in PACKAGES})
            if packages:
                return f"Qt needs system libraries that are missing ({names}): {command} {' '.join(packages)}"
    return f"Qt needs system libraries that are missing ({names}): install them with your package manager."
