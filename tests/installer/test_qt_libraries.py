"""Missing system libraries are named with the command that installs them."""

from __future__ import annotations

from installer.qt_libraries import library_advice, missing_libraries


def test_missing_libraries_are_named_in_one_line_with_the_command() -> None:
    ldd = (
        "libqxcb.so:\n\tlibxcb-cursor.so.0 => not found\n\tlibc.so.6 => /lib/libc.so.6 (0x0)\n"
        "\tlibEGL.so.1 => not found\n\tlibxcb-cursor.so.0 => not found\n"
    )
    missing = missing_libraries(ldd)
    assert missing == ["libEGL.so.1", "libxcb-cursor.so.0"]
    assert library_advice(missing, ["apt-get"]).endswith(": sudo apt install libegl1 libxcb-cursor0")
    assert library_advice(missing, ["dnf"]).endswith(": sudo dnf install libglvnd-egl xcb-util-cursor")
    assert "libEGL.so.1, libxcb-cursor.so.0" in library_advice(missing, [])
    assert "\n" not in library_advice(["libnew.so.9"], ["apt-get"])
