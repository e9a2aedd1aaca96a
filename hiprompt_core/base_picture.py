"""The picture of the user's own that takes the place of the native phase."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageOps

from hiprompt_core.errors import InvalidRequest
from hiprompt_core.geometry import Size
from hiprompt_core.models import hash_files
from hiprompt_core.own_picture import OwnPicture, open_own_picture
from hiprompt_core.request import GenerationRequest


def open_base(request: GenerationRequest, size: Size) -> OwnPicture | None:
    """The picture that a request starts from, at the size of phase 1; none: it starts from noise.

    The picture as it is, which may be much larger, is not kept.

    Raises:
        InvalidRequest: it cannot be read, or has another size than when it was chosen.
    """
    if request.base_image is None:
        return None
    picture = open_own_picture(request.base_image)
    if request.base_size not in (None, picture.size):
        problem = f"{request.base_image} is {picture.size} now, and was {request.base_size} when it was chosen."
        raise InvalidRequest(problem, "Choose it again.")
    return at_size(picture, size)


def at_size(picture: OwnPicture, size: Size) -> OwnPicture:
    """The picture at another size: its middle, when its shape is another."""
    image, notes = picture.image, list(picture.notes)
    if abs(image.width * size.height / (image.height * size.width) - 1) > 0.02:
        notes.append(f"The picture has another shape than {size}: its edges are cut off.")
    return OwnPicture(ImageOps.fit(image, (size.width, size.height), Image.Resampling.LANCZOS), tuple(notes))


def hash_of_base(path: Path | None) -> str:
    """The picture's content, not its name, decides whether finished phases still hold.

    Raises:
        InvalidRequest: it cannot be read.
    """
    if path is None:
        return ""
    try:
        return hash_files([path])
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be read ({error.strerror}).", "Choose another picture.") from error
