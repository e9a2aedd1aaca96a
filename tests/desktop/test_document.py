"""Document, folders of pictures and settings, without a window."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hiprompt_core.errors import DiskFull
from hiprompt_core.geometry import Size, patch_grid
from hiprompt_core.model_files import demo_captioner, demo_model
from hiprompt_desktop.document import Caption, Document, Phase, Wish, picture_folder
from hiprompt_desktop.settings import Settings, load_settings, save_settings


def wish(**changes: object) -> Wish:
    values = {"prompt": "A Fox, at night!", "size": Size(512, 512), "model": demo_model(), "captioner": None}
    return Wish(**(values | changes))  # type: ignore[arg-type]


def phase(number: int = 2, **changes: object) -> Phase:
    patches = patch_grid(Size(256, 256), Size(128, 128), 0.25)
    values = {"number": number, "size": Size(256, 256), "patches": patches, "captions": (Caption(),) * len(patches)}
    return Phase(**(values | changes))  # type: ignore[arg-type]


def test_a_wish_without_captioner_turns_captions_off() -> None:
    assert not wish().request(Path("x")).options.captions
    assert wish(captioner=demo_captioner()).request(Path("x")).options.captions


def test_a_picture_has_a_readable_folder_of_its_own(tmp_path: Path) -> None:
    request = wish().request(tmp_path)
    folder = picture_folder(tmp_path, request)
    assert folder.parent == tmp_path
    assert folder.name.startswith("a-fox-at-night-3407-")
    assert folder == picture_folder(tmp_path, wish().request(tmp_path / "elsewhere"))
    assert folder != picture_folder(tmp_path, wish(negative_prompt="rain").request(tmp_path))


def test_a_picture_with_corrected_captions_is_left_alone(tmp_path: Path) -> None:
    request = wish(captioner=demo_captioner()).request(tmp_path)
    folder = picture_folder(tmp_path, request)
    folder.mkdir()
    (folder / "request.json").write_text(json.dumps(request.to_dict()))
    assert picture_folder(tmp_path, request) == folder
    (folder / "request.json").write_text(json.dumps(replace(request, own_captions={2: {0: "a hat"}}).to_dict()))
    assert picture_folder(tmp_path, request).name == f"{folder.name}-2"


@pytest.mark.parametrize("prompt", ["../../etc/passwd", "???", "狐狸 和 树", "x" * 500])
def test_a_prompt_never_leaves_the_pictures_folder(tmp_path: Path, prompt: str) -> None:
    folder = picture_folder(tmp_path, wish(prompt=prompt).request(tmp_path))
    assert folder.resolve().parent == tmp_path.resolve()
    assert len(folder.name) < 80


def test_an_edited_caption_differs_from_the_description() -> None:
    heard = Caption().heard("a tree")
    assert not heard.edited
    assert heard.said("an oak").edited
    assert not heard.said("an oak").said("a tree").edited


def test_only_words_that_a_run_would_not_get_by_itself_are_own() -> None:
    told = [Caption.of_run(text, own=text == "mine") for text in ("a", "b", "c", "mine")]
    stale = replace(told[0], stale=True)
    captions = (told[0], told[1].said(" an oak "), told[2].heard("another answer"), told[3], stale)
    assert Phase(number=2, size=Size(8, 8), captions=captions).own_words() == {
        1: "an oak",
        2: "another answer",
        3: "mine",
        4: "a",
    }


def test_neighbours_touch() -> None:
    assert phase().neighbours(4) == [0, 1, 2, 3, 5, 6, 7, 8]
    assert phase().neighbours(0) == [1, 3, 4]


def test_redrawn_patches_make_captions_above_them_stale() -> None:
    first = phase(2, captions=(Caption(text="a", seen="b", stale=True),) * 9, path=Path("2"))
    size = Size(512, 512)
    grid = patch_grid(size, Size(128, 128), 0.25)
    second = phase(3, size=size, patches=grid, captions=(Caption(text="a"),) * len(grid))
    document = Document(phases={2: first, 3: second})
    for number, captions in document.redrawn(2, [0]).items():
        document.phases[number] = document.phases[number].with_captions(captions)
    assert [caption.stale for caption in document.phases[2].captions] == [False] + [True] * 8
    assert [caption.seen for caption in document.phases[2].captions] == [None] + ["b"] * 8
    cell = first.patches[0].cell.times(2)
    stale = [patch.index for patch in grid if document.phases[3].captions[patch.index].stale]
    assert stale == [patch.index for patch in grid if patch.window.meets(cell)]
    assert 0 < len(stale) < len(grid)


def test_the_newest_finished_phase_is_found() -> None:
    document = Document(phases={1: phase(1, path=Path("1")), 2: phase(2, path=Path("2")), 3: phase(3)})
    assert document.last_finished() == 2
    assert document.last_finished(at_most=1) == 1
    assert Document().last_finished() is None


def test_settings_hold_only_what_differs(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "settings.json"
    settings = Settings(prompt="a fox", strength=0.5, show_grid=False, recent_models=("/a", "/b"))
    save_settings(file, settings)
    expected = {"prompt": "a fox", "strength": 0.5, "show_grid": False, "recent_models": ["/a", "/b"]}
    assert json.loads(file.read_text()) == expected
    assert load_settings(file) == settings
    assert [path.name for path in file.parent.iterdir()] == ["settings.json"]


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", "null", '{"width": "wide", "unknown": 1, "show_grid": 3, "strength": true}']
)
def test_damaged_settings_are_left_out(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.json").write_text(text)
    assert load_settings(tmp_path / "settings.json") == Settings()


def test_settings_stay_whole_when_they_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.json"
    save_settings(file, Settings(prompt="before"))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DiskFull):
        save_settings(file, Settings(prompt="after"))
    assert load_settings(file).prompt == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["settings.json"]


@pytest.mark.parametrize("damage", [b"", b"{", None])
def test_damaged_settings_are_those_of_before(tmp_path: Path, damage: bytes | None) -> None:
    file = tmp_path / "settings.json"
    for prompt in ("first", "second", "third"):
        save_settings(file, Settings(prompt=prompt))
    file.unlink() if damage is None else file.write_bytes(damage)
    assert load_settings(file).prompt == "second"
    assert sorted(path.name for path in tmp_path.iterdir() if path != file) == ["settings.json.bak"]
