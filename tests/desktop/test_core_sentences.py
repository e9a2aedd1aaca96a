"""What the core says reaches a user in the language of the window, with its values."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hiprompt_core.errors import HiPromptError, OutOfMemory
from hiprompt_core.events import StepDone, Warned
from hiprompt_core.export_request import ExportRequest
from hiprompt_core.formats import FORMATS, check_fits
from hiprompt_core.geometry import Size
from hiprompt_core.metadata import write_error
from hiprompt_core.model_files import demo_captioner, demo_model, inspect_captioner, inspect_model
from hiprompt_core.options import Options
from hiprompt_core.own_picture import open_own_picture
from hiprompt_core.project import Project
from hiprompt_core.rates import Rates
from hiprompt_core.request import GenerationRequest
from hiprompt_core.run_folder import RunFolder
from hiprompt_core.styles import find_style
from hiprompt_core.wildcards import Wildcards
from hiprompt_desktop.core_sentences import CoreSentences, told
from hiprompt_desktop.job import Failure, Job
from hiprompt_desktop.phrases import turn_text
from hiprompt_desktop.reporter import Report, Reporter
from installer.core_sentences import sentences_of
from tests.desktop.conftest import OpenWindow
from tests.desktop.scripted_engine import ScriptedEngine


def a_request(**changes: object) -> GenerationRequest:
    values = {"prompt": "a fox", "size": Size(512, 512), "model": demo_model(), "captioner": demo_captioner()}
    return GenerationRequest(**values | {"output": Path()} | changes)  # type: ignore[arg-type]


def a_file(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def raised(error: HiPromptError) -> None:
    raise error


ERRORS: dict[str, tuple[Callable[[Path], object], str]] = {
    "prompt": (lambda _: a_request(prompt=" "), "提示词为空。请用几个词写下画面内容。"),
    "range": (
        lambda _: Options(guidance_scale=999),
        "guidance_scale 的值是 999。请使用 0 到 100 之间的数。",
    ),
    "count": (lambda _: a_request(seed=-1), f"seed 的值是 -1。请使用 0 到 {2**63 - 1} 之间的整数。"),
    "choice": (lambda _: a_request(precision="thin"), "precision 的值是 'thin'。请使用 "),
    "constant in an f-string": (
        lambda _: a_request(size=Size(8, 8)),
        "size 的值是 '8x8'。请使用 64 到 32768 之间的边长。",
    ),
    "conditional words": (
        lambda _: a_request(caption_source="attention", captioner=demo_captioner()),
        "描述来自 'attention'，但又指定了描述模型。请二选一。",
    ),
    "no model": (lambda folder: inspect_model(folder / "is x.y"), "{0}/is x.y 处没有任何内容。请检查路径。"),
    "no captioner": (
        lambda folder: inspect_captioner(folder / "x"),
        "{0}/x 处没有描述模型。请选择它的文件夹，或关闭描述。",
    ),
    "words of a variable": (
        lambda folder: inspect_model(a_file(folder / "a model.ckpt", b"x")),
        "{0}/a model.ckpt 是 pickle 格式的模型检查点，读取时可能运行代码。请先转换为 safetensors 格式。",
    ),
    "cut short": (
        lambda folder: inspect_model(a_file(folder / "m.safetensors", b"abc")),
        "{0}/m.safetensors 不完整，或不是 safetensors 文件（3 字节）。请重新复制或下载。",
    ),
    "not json": (
        lambda folder: inspect_model(a_file(folder / "m" / "model_index.json", b"{").parent),
        "{0}/m/model_index.json 不是有效的 JSON。请重新复制或下载模型。",
    ),
    "too large": (
        lambda _: check_fits(FORMATS["webp"], Size(8, 20_000)),
        "WebP 每边最多 16383 像素；此图像为 20000x8。请选择 PNG 或 TIFF。",
    ),
    "quality": (
        lambda folder: ExportRequest(picture=folder, folder=folder, quality=0),
        "quality 的值是 0。请使用 1 到 100 之间的整数。",
    ),
    "empty picture": (
        lambda folder: open_own_picture(a_file(folder / "p.png", b"")),
        "{0}/p.png 是空的。请选择以下格式之一：",
    ),
    "no result": (lambda folder: RunFolder.open(folder), "{0} 不是本程序生成的结果。请选择已生成图像的文件夹。"),
    "full disk": (
        lambda folder: raised(write_error(folder, OSError(errno.ENOSPC, "full"))),
        "磁盘已满：无法写入 {0}。请腾出一些空间，然后重新开始。",
    ),
    "system's words": (
        lambda folder: raised(write_error(folder, OSError(errno.EACCES, "Permission denied"))),
        "无法写入 {0}：Permission denied。请选择有写入权限的文件夹。",
    ),
    "no project": (lambda folder: Project.open(folder), "{0} 不是项目。请选择以 .hiprompt 结尾的文件夹。"),
    "no style": (lambda _: find_style("oil", ()), "没有风格 'oil'。"),
    "remedy from a function": (
        lambda folder: Wildcards(0, folder).resolve("a __fox__"),
        "{0} 中没有通配符 __fox__。请指定一个包含文本文件的文件夹，每行一个选项。",
    ),
}


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_told_in_chinese(name: str, tmp_path: Path) -> None:
    act, words = ERRORS[name]
    with pytest.raises(HiPromptError) as caught:
        act(tmp_path)
    failure = Failure.of(caught.value)
    assert failure.words.startswith(words.replace("{0}", str(tmp_path)))
    assert told(str(caught.value)) == failure.words


@pytest.mark.parametrize("name", ERRORS)
def test_english_stays_as_it_is(name: str, tmp_path: Path) -> None:
    with pytest.raises(HiPromptError) as caught:
        ERRORS[name][0](tmp_path)
    assert Failure.of(caught.value).words == str(caught.value)


@pytest.mark.usefixtures("chinese")
def test_the_window_tells_forecast_and_failure_in_chinese(open_window: OpenWindow, qtbot: QtBot) -> None:
    fault = OutOfMemory("There is not enough memory for this request.", "Use precision float32.")
    application = open_window(ScriptedEngine(fault=fault, fault_at=lambda event: isinstance(event, StepDone)))
    window, session = application.window, application.session
    session.picture_work.generate()
    qtbot.waitUntil(lambda: not session.busy)
    words = "内存不足，无法完成此请求。请使用 float32 精度。"
    assert window.bottom.messages.text.text() == words
    assert turn_text(application.queue.tickets[0]).startswith(words)
    session.next.change(prompt="")
    qtbot.waitUntil(lambda: window.request_panel.plan.text() == "提示词为空。请用几个词写下画面内容。")


@pytest.mark.usefixtures("chinese")
def test_a_warning_is_told_in_chinese(tmp_path: Path) -> None:
    reports: list[Report] = []
    job = Job(request=a_request(output=tmp_path))
    sentence = "The picture has another shape than 8x9: its edges are cut off."
    Reporter(job, Rates(), reports.append)(Warned(message=sentence))
    assert [told(report.warning) for report in reports] == ["图像的形状与 8x9 不同：边缘会被裁掉。"]


def test_the_surest_template_wins() -> None:
    words = {"{0} is {1}.": "A {1} {0}", "{0} is missing.": "B {0}", "Get {0}.": "C {0}。", "Stop.": "D"}
    sentences = CoreSentences(words)
    assert sentences.translate("x is y.") == "A y x"
    assert sentences.translate("x is y is missing.") == "B x is y"
    assert sentences.translate("a. b is missing. Get c.") == "B a. b C c。"
    assert sentences.translate("{1} is {0}\n.") == "A {0}\n {1}"
    assert sentences.translate("Who knows. Stop.") == "Who knows. Stop."


def test_sentences_are_found_where_they_are_written() -> None:
    source = """
AGAIN = "Try again."
KINDS = {int: (1, "a whole number"), str: (2, "text")}
class Lost(HiPromptError): pass
class Gone(Lost): pass
def check(ok, name, allowed):
    if not ok:
        raise Lost(f"{name} is {1:g}.", f"Use {allowed}.")
def run(self, name, notes):
    check(False, "size", f"less than {name}")
    check(False, name, allowed="one word")
    one, wanted = KINDS[int]
    problem = "It is " + ("off." if name else f"on {name!r}.")
    notes.append(f"{name} was changed.")
    Gone(problem, remedy=self.help()) if name else Gone(f"No {wanted} here.", AGAIN)
    Warned(message=f"Look at {name or 'what was made'}.")
def help(self):
    return "Read this."
"""
    assert set(sentences_of(source)) == {
        "{0} is {1}.", "Use less than {0}.", "Use one word.", "{0} was changed.", "It is off.", "It is on {0}.",
        "Read this.", "No a whole number here.", "No {0} here.", "Try again.", "Look at {0}.", "Look at what was made.",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("argument", "reason"),
    [("f'{a}{b} is gone.'", "side by side"), ("f'{a}: {b}'", "too few words"), ("a.words()", "computed")],
)
def test_what_cannot_be_recognised_is_refused(argument: str, reason: str) -> None:
    with pytest.raises(SystemExit, match=reason):
        sentences_of(f"def f(a, b):\n    raise HiPromptError({argument})")
