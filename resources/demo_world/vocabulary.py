"""The names of everything that can appear in the demo world, and the object pairs kept out of training."""

from typing import NamedTuple


class ObjectKind(NamedTuple):
    """A kind of object: its sprite's name in `sprites.json` and the noun a caption uses."""

    sprite: str
    noun: str


class BackgroundNames(NamedTuple):
    """Caption words for a background: all of it, only what is above its horizon, only what is below."""

    whole: str
    above: str
    below: str


OBJECT_KINDS: tuple[ObjectKind, ...] = (
    ObjectKind("astronaut", "astronaut"),
    ObjectKind("fox", "fox"),
    ObjectKind("horse", "horse"),
    ObjectKind("rocket", "rocket"),
    ObjectKind("deciduous-tree", "tree"),
    ObjectKind("house", "house"),
    ObjectKind("castle", "castle"),
    ObjectKind("cactus", "cactus"),
    ObjectKind("sailboat", "sailboat"),
    ObjectKind("full-moon", "moon"),
    ObjectKind("sun", "sun"),
    ObjectKind("cloud", "cloud"),
    ObjectKind("snow-capped-mountain", "mountain"),
    ObjectKind("sunflower", "sunflower"),
    ObjectKind("tulip", "tulip"),
    ObjectKind("mushroom", "mushroom"),
    ObjectKind("cat", "cat"),
    ObjectKind("penguin", "penguin"),
    ObjectKind("owl", "owl"),
    ObjectKind("whale", "whale"),
    ObjectKind("turtle", "turtle"),
    ObjectKind("butterfly", "butterfly"),
    ObjectKind("red-apple", "apple"),
    ObjectKind("balloon", "balloon"),
    ObjectKind("automobile", "car"),
    ObjectKind("robot", "robot"),
    ObjectKind("crown", "crown"),
    ObjectKind("birthday-cake", "cake"),
    ObjectKind("guitar", "guitar"),
    ObjectKind("flying-saucer", "flying saucer"),
    ObjectKind("palm-tree", "palm tree"),
    ObjectKind("strawberry", "strawberry"),
)
NOUNS: tuple[str, ...] = tuple(kind.noun for kind in OBJECT_KINDS)
SPRITE_OF_NOUN: dict[str, str] = {kind.noun: kind.sprite for kind in OBJECT_KINDS}

BACKGROUNDS: dict[str, BackgroundNames] = {
    "sky": BackgroundNames("a blue sky", "a blue sky", "a blue sky"),
    "night": BackgroundNames("a night sky", "a night sky", "a night sky"),
    "meadow": BackgroundNames("a green meadow", "a pale sky", "green grass"),
    "desert": BackgroundNames("a sandy desert", "an orange sky", "yellow sand"),
    "snow": BackgroundNames("a snow field", "a grey sky", "white snow"),
    "sea": BackgroundNames("a blue sea", "a pale sky", "blue water"),
    "wood": BackgroundNames("a wooden wall", "a wooden wall", "a wooden wall"),
    "brick": BackgroundNames("a brick wall", "a brick wall", "a brick wall"),
}

# Every fifth neighbour on a ring of all nouns: each noun misses exactly two partners in training, so the pairs
# measure whether the model combines what it knows.
HELD_OUT_PAIRS: frozenset[frozenset[str]] = frozenset(
    frozenset((noun, NOUNS[(index + 5) % len(NOUNS)])) for index, noun in enumerate(NOUNS)
)


def article(noun: str) -> str:
    """The noun with its indefinite article: "a fox", "an owl"."""
    return ("an " if noun[0] in "aeiou" else "a ") + noun
