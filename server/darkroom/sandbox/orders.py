"""What is to be drawn: everything about one picture that shows in its pixels, as a value."""

import hashlib
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One picture to draw."""

    prompt: str
    """As a person reads it, without triggers."""
    model: str
    width: int
    height: int
    format: str = "png"
    """`png`, `jpeg` or `webp`."""
    compression: int = 100
    """Quality of JPEG and WebP, 0 to 100."""
    turn: int = 1
    take: int = 1
    """Which of several pictures of the same request."""
    transparent: bool = False
    noise: bool = False
    """Random pixels instead of a drawing."""
    chat: bool = False
    quality: str = ""
    inputs: tuple[bytes, ...] = ()
    """Encoded pictures to work from, in order."""
    mask: bytes | None = None
    """PNG whose transparent part may change."""

    def digest(self) -> bytes:
        """Return a fingerprint: equal orders make equal bytes."""
        seal = hashlib.sha256(repr(replace(self, inputs=(), mask=None)).encode())
        for content in (*self.inputs, self.mask or b""):
            seal.update(hashlib.sha256(content).digest())
        return seal.digest()

    def seed(self) -> int:
        """Return a number that depends on the words only, and on the take: the look of the picture."""
        words = f"{self.prompt}\0{self.take}\0{self.turn}"
        return int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "big")
