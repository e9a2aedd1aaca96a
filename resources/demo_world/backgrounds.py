"""The drawn backgrounds of the demo world, as functions of scene coordinates."""

import numpy as np

Rgb = tuple[float, float, float]


class Plane:
    """Pixels of a crop in scene coordinates: `x`, `y` are (h, w) in 0–1, `pixel` is a pixel's width in scene units."""

    def __init__(self, left: float, top: float, width: float, pixels: int) -> None:
        steps = (np.arange(pixels, dtype=np.float32) + 0.5) / pixels * width
        self.x = np.broadcast_to(left + steps[None, :], (pixels, pixels))
        self.y = np.broadcast_to(top + steps[:, None], (pixels, pixels))
        self.left, self.top, self.width, self.pixels = left, top, width, pixels
        self.pixel = width / pixels

    def inside(self, signed_distance: np.ndarray) -> np.ndarray:
        """Coverage 0–1 of a shape, from the signed distance to its edge (positive inside): one pixel of soft edge."""
        return np.clip(signed_distance / self.pixel + 0.5, 0, 1)


def draw_background(kind: str, plane: Plane, rng: np.random.Generator) -> np.ndarray:
    """The background as (h, w, 3) float32, 0–255. `rng` must be freshly seeded: it fixes the look at every zoom."""
    return _PAINTERS[kind](plane, rng)


def horizon(kind: str, rng: np.random.Generator) -> tuple[float, float] | None:
    """Smallest and largest y of the horizon, or None where there is none. `rng` seeded as for `draw_background`."""
    if kind not in _HORIZON_SWING:
        return None
    height = _horizon_height(rng)
    return height - _HORIZON_SWING[kind], height + _HORIZON_SWING[kind]


_HORIZON_SWING = {"meadow": 0.03, "desert": 0.04, "snow": 0.03, "sea": 0.012}


def _horizon_height(rng: np.random.Generator) -> float:
    return float(rng.uniform(0.45, 0.6))


def _mix(first: np.ndarray, second: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Linear blend of two colours or images, weight (h, w): 0 gives the first."""
    return first + (second - first) * weight[..., None].astype(np.float32)


def _colour(red: float, green: float, blue: float, rng: np.random.Generator, spread: float = 8) -> np.ndarray:
    """A colour a little off the given one, (3,)."""
    return np.array((red, green, blue), np.float32) + rng.uniform(-spread, spread, 3).astype(np.float32)


def _fraction(value: np.ndarray) -> np.ndarray:
    return np.clip(value, 0, 1)


def _draw_dots(image: np.ndarray, plane: Plane, dots: np.ndarray, colour: Rgb) -> None:
    """Paint discs in place, touching only the pixels near each. `dots` is (n, 3): x, y, radius in scene units."""
    for x, y, radius in dots:
        reach = radius + plane.pixel
        columns = slice(*_pixel_range(x - reach, x + reach, plane.left, plane))
        rows = slice(*_pixel_range(y - reach, y + reach, plane.top, plane))
        distance = np.hypot(plane.x[rows, columns] - x, plane.y[rows, columns] - y)
        patch = image[rows, columns]
        patch[...] = _mix(patch, np.array(colour, np.float32), plane.inside(radius - distance))


def _pixel_range(low: float, high: float, origin: float, plane: Plane) -> tuple[int, int]:
    first, last = (low - origin) / plane.pixel, (high - origin) / plane.pixel
    return int(np.clip(first, 0, plane.pixels)), int(np.clip(last + 1, 0, plane.pixels))


def _dots(rng: np.random.Generator, count: int, smallest: float, largest: float) -> np.ndarray:
    return np.column_stack((rng.random((count, 2)), rng.uniform(smallest, largest, count)))


def _sky(plane: Plane, rng: np.random.Generator) -> np.ndarray:
    return _mix(_colour(70, 150, 235, rng), _colour(190, 225, 250, rng, 3), plane.y)


def _night(plane: Plane, rng: np.random.Generator) -> np.ndarray:
    image = _mix(_colour(12, 16, 50, rng, 5), _colour(45, 40, 95, rng, 5), plane.y)
    _draw_dots(image, plane, _dots(rng, count=40, smallest=0.003, largest=0.008), (250, 245, 215))
    return image


def _meadow(plane: Plane, rng: np.random.Generator) -> np.ndarray:
    height = _horizon_height(rng)
    edge = height + 0.03 * np.sin(plane.x * rng.uniform(4, 9) + rng.uniform(0, 6))
    sky = _mix(_colour(120, 190, 245, rng), _colour(210, 235, 250, rng, 3), _fraction(plane.y / height))
    depth = _fraction((plane.y - height) / (1 - height))
    grass = _mix(_colour(120, 200, 80, rng), _colour(60, 140, 50, rng), depth)
    blades = 0.5 + 0.5 * np.sin(plane.x * 120 + 6 * np.sin(plane.y * 25 + rng.uniform(0, 6)))
    grass = grass * (1 - 0.10 * blades * depth * depth * (3 - 2 * depth))[..., None]
    return _mix(sky, grass, plane.inside(plane.y - edge))


def _desert(plane: Plane, rng: np.random.Generator) -> np.ndarray:
    height = _horizon_height(rng)
    image = _mix(_colour(250, 200, 130, rng), _colour(255, 235, 190, rng, 3), _fraction(plane.y / height))
    phase = rng.uniform(0, 6)
    for index, shade in enumerate(((225, 175, 100), (210, 155, 80), (195, 140, 70))):
        dune = height + 0.15 * index + 0.04 * np.sin(plane.x * (5 + 2 * index) + phase * (index + 1))
        image = _mix(image, _colour(*shade, rng, 5), plane.inside(plane.y - dune))
    return image


def _snow(plane: Plane, rng: np.random.Generator) -> np.ndarray:
    height = _horizon_height(rng)
    image = _mix(_colour(150, 180, 215, rng), _colour(215, 228, 240, rng, 3), _fraction(plane.y / height))
    edge = height + 0.03 * np.sin(plane.x * 6 + rng.uniform(0, 6))
    depth = _fraction((plane.y - height) / (1 - height))
    ground = _mix(np.array((250, 252, 255), np.float32), _colour(215, 228, 245, rng, 4), depth)
    image = _mix(image, ground, plane.inside(plane.y - edge))
    _draw_dots(image, plane, _dots(rng, count=30, smallest=0.004, largest=0.008), (255, 255, 255))
    return image


def _sea(plane: Plane, rng: np.random.Generator) -> np.ndarray:
    height = _horizon_height(rng)
    image = _mix(_colour(150, 205, 245, rng), _colour(225, 240, 250, rng, 3), _fraction(plane.y / height))
    phase = rng.uniform(0, 6)
    for index in range(5):
        wave = height + 0.1 * index + 0.012 * np.sin(plane.x * 28 + phase + 1.7 * index)
        shade = _colour(50 - 6 * index, 135 - 14 * index, 205 - 14 * index, rng, 3)
        image = _mix(image, shade, plane.inside(plane.y - wave))
    return image


def _wood(plane: Plane, rng: np.random.Generator) -> np.ndarray:
    planks = plane.y * 6
    board = np.floor(planks)
    grain = np.sin((planks - board) * 14 + 1.2 * np.sin(plane.x * 7 + board * 3))
    shade = (1 + 0.08 * np.sin(board * 2.7 + rng.uniform(0, 6))) * (1 + 0.035 * grain)
    image = _colour(175, 120, 70, rng, 6) * shade[..., None].astype(np.float32)
    gap = np.abs(planks - np.round(planks)) / 6
    return _mix(image, np.array((95, 60, 30), np.float32), plane.inside(0.006 - gap))


def _brick(plane: Plane, rng: np.random.Generator) -> np.ndarray:
    rows = plane.y * 9
    row = np.floor(rows)
    columns = plane.x * 4.5 + 0.5 * (row % 2)
    # The usual hash of two numbers by a sine gives each brick its own shade.
    noise = np.sin(row * 12.9898 + np.floor(columns) * 78.233) * 43758.5453
    shade = 0.85 + 0.3 * (noise - np.floor(noise))
    image = _colour(185, 85, 65, rng) * shade[..., None].astype(np.float32)
    gap = np.minimum(np.abs(rows - np.round(rows)) / 9, np.abs(columns - np.round(columns)) / 4.5)
    return _mix(image, np.array((220, 205, 190), np.float32), plane.inside(0.006 - gap))


_PAINTERS = {
    "sky": _sky,
    "night": _night,
    "meadow": _meadow,
    "desert": _desert,
    "snow": _snow,
    "sea": _sea,
    "wood": _wood,
    "brick": _brick,
}
