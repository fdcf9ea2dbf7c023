"""Words on pictures, in any script: Pillow's own font, then the machine's, then a box with a number.

Pillow's font knows little beyond ASCII. A character that no font here has is stripped of its accents,
and if that does not help, its code point is set as small digits in a box, so that it can still be told apart.
"""

import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, cast

from PIL import Image, ImageDraw, ImageFont

from darkroom.sandbox.palettes import Color

_FALLBACKS: Final = (
    "NotoSansCJK-Regular.ttc",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
    "msyh.ttc",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "Arial Unicode.ttf",
    "arialuni.ttf",
    "DejaVuSans.ttf",
)
"""Fonts with many scripts that systems are likely to have, looked for by file name."""

_NARROWEST: Final = 0.2
"""Width of the narrowest letter, in sizes of type."""

_NOWHERE: Final = "\uffff"
"""A code point that no font has; its glyph is the font's sign for what it lacks."""

_HEX_DIGITS: Final = {
    # Three columns by five rows, one bit a pixel, from the top left.
    "0": 0b111101101101111, "1": 0b010110010010111, "2": 0b111001111100111, "3": 0b111001111001111,
    "4": 0b101101111001001, "5": 0b111100111001111, "6": 0b111100111101111, "7": 0b111001010010010,
    "8": 0b111101111101111, "9": 0b111101111001111, "A": 0b111101111101101, "B": 0b110101110101110,
    "C": 0b111100100100111, "D": 0b110101101101110, "E": 0b111100111100111, "F": 0b111100111100100,
}  # fmt: skip


class Type:
    """One size of type; it belongs to the thread that made it."""

    def __init__(self, size: int) -> None:
        self.size = size
        # Given a size, the default font is never the bitmap one.
        self._plain = cast("ImageFont.FreeTypeFont", ImageFont.load_default(size))
        self._others = [ImageFont.truetype(name, size) for name in _installed()]

    def width(self, text: str) -> float:
        """Return how wide `text` is, in pixels."""
        return sum(self._advance(run, font) for run, font in self._runs(text))

    def write(self, canvas: ImageDraw.ImageDraw, at: tuple[float, float], text: str, color: Color) -> None:
        """Set one line whose top left corner is `at`."""
        left, top = at
        for run, font in self._runs(text):
            if font is None:
                self._box(canvas, (left, top), run, color)
            else:
                canvas.text((left, top + self.size), run, fill=color, font=font, anchor="ls")
            left += self._advance(run, font)

    def wrap(self, text: str, width: float, lines: int) -> list[str]:
        """Break `text` into at most `lines` lines of `width` pixels; an ellipsis ends what is cut."""
        rows = [""]
        # More than this cannot fit, and measuring a page of it takes its time.
        for piece in _pieces(text[: round(lines * width / (self.size * _NARROWEST)) + 1]):
            if rows[-1] and self.width(rows[-1] + piece.rstrip()) > width:
                rows[-1] = rows[-1].rstrip()
                rows.append("")
            rows[-1] += piece.lstrip() if not rows[-1] else piece
        kept = [self._cut(row.rstrip(), width, cut=False) for row in rows[:lines]]
        if len(rows) > lines:
            kept[-1] = self._cut(kept[-1], width, cut=True)
        return kept

    def _cut(self, row: str, width: float, *, cut: bool) -> str:
        while row and self.width(row + ("…" if cut else "")) > width:
            row, cut = row[:-1].rstrip(), True
        return row + "…" if cut else row

    def _advance(self, run: str, font: ImageFont.FreeTypeFont | None) -> float:
        return self.size * 0.86 if font is None else font.getlength(run)

    def _runs(self, text: str) -> Iterator[tuple[str, ImageFont.FreeTypeFont | None]]:
        """Cut `text` into runs of one font each; None for a character that has none."""
        run, current = "", self._plain
        for char in text:
            shown, font = self._font_of(char)
            if font is current and font is not None:
                run += shown
                continue
            if run and current is not None:
                yield run, current
            run, current = "", font
            if font is None:
                yield shown, None
            else:
                run = shown
        if run:
            yield run, current

    def _font_of(self, char: str) -> tuple[str, ImageFont.FreeTypeFont | None]:
        for font in (self._plain, *self._others):
            if _has(font, char):
                return char, font
        bare = unicodedata.normalize("NFKD", char)[:1]
        return (bare, self._plain) if bare.isascii() and bare.isprintable() and bare else (char, None)

    def _box(self, canvas: ImageDraw.ImageDraw, at: tuple[float, float], char: str, color: Color) -> None:
        edge = round(self.size * 0.76)
        left, top = round(at[0]), round(at[1] + self.size * 0.22)
        line = max(1, self.size // 22)
        canvas.rounded_rectangle((left, top, left + edge, top + edge), edge // 6, outline=color, width=line)
        digits = f"{ord(char):04X}"[-4:]
        dot = max(1, edge // 11)
        for place, digit in enumerate(digits):
            corner_x = left + edge // 2 + (-4 * dot if place % 2 == 0 else dot)
            corner_y = top + edge // 2 + (-int(5.5 * dot) if place < 2 else dot // 2 + 1)
            _pixel_digit(canvas, (corner_x, corner_y), digit, dot, color)


def type_of(size: float) -> Type:
    """Return type about `size` pixels high, never unreadably small."""
    return _type(max(9, round(size)), threading.get_ident())


@lru_cache(maxsize=64)
def _type(size: int, _thread: int) -> Type:
    return Type(size)


@lru_cache(maxsize=1)
def _installed() -> tuple[str, ...]:
    """Return the fallback fonts that this machine has."""
    found: list[str] = []
    for name in _FALLBACKS:
        try:
            ImageFont.truetype(name, 12)
        except OSError:
            continue
        found.append(name)
    return tuple(found)


_known: dict[tuple[str, str], bool] = {}


def _has(font: ImageFont.FreeTypeFont, char: str) -> bool:
    key = (str(font.getname()[0]), char)
    if key not in _known:
        _known[key] = char == " " or _stamp(font, char) != _stamp(font, _NOWHERE)
    return _known[key]


def _stamp(font: ImageFont.FreeTypeFont, char: str) -> bytes:
    """Return the pixels of one character."""
    square = Image.new("L", (round(font.size * 2), round(font.size * 2)))
    ImageDraw.Draw(square).text((0, 0), char, fill=255, font=font)
    return square.tobytes()


def _pieces(text: str) -> Iterator[str]:
    """Cut `text` where a line may end: after spaces, and around characters that stand for themselves."""
    word = ""
    for char in text:
        if ord(char) >= 0x2E80:
            if word:
                yield word
            word = ""
            yield char
        else:
            word += char
            if char == " ":
                yield word
                word = ""
    if word:
        yield word


def _pixel_digit(canvas: ImageDraw.ImageDraw, at: tuple[int, int], digit: str, dot: int, color: Color) -> None:
    bits = _HEX_DIGITS[digit]
    for place in range(15):
        if bits >> (14 - place) & 1:
            left, top = at[0] + place % 3 * dot, at[1] + place // 3 * dot
            canvas.rectangle((left, top, left + dot - 1, top + dot - 1), fill=color)
