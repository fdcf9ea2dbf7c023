"""Links to pictures: every server on one database makes the same, and nobody else makes any."""

import pytest

from darkroom.core.links import LINK_SECONDS, STEP_SECONDS, check_link, expiry, image_link, signature

SECRET = "5ec1e7"  # noqa: S105 - opens nothing
IMAGE = "img_0123456789abcdef"
NOW = 1_795_000_000.5


def parts(link: str) -> tuple[str, str]:
    query = dict(part.split("=", 1) for part in link.partition("?")[2].split("&"))
    return query["exp"], query["sig"]


def test_a_link_works_for_a_day_and_ends() -> None:
    exp, sig = parts(image_link("http://h", SECRET, IMAGE, NOW))
    assert check_link(SECRET, IMAGE, exp, sig, NOW) == "good"
    assert check_link(SECRET, IMAGE, exp, sig, NOW + LINK_SECONDS) == "good"
    assert check_link(SECRET, IMAGE, exp, sig, int(exp)) == "expired"


def test_the_same_picture_keeps_its_link_for_a_while() -> None:
    began = NOW // STEP_SECONDS * STEP_SECONDS
    assert image_link("", SECRET, IMAGE, began) == image_link("", SECRET, IMAGE, began + STEP_SECONDS - 1)
    assert expiry(began + STEP_SECONDS) == expiry(began) + STEP_SECONDS


@pytest.mark.parametrize(
    ("exp", "sig"),
    [
        ("", ""),
        ("1795089600", ""),
        ("1795089600", "AAAAAAAAAAAAAAAAAAAAAA"),
        ("9999999999", signature(SECRET, IMAGE, 1_795_089_600)),
        ("01795089600", signature(SECRET, IMAGE, 1_795_089_600)),
        ("-1", signature(SECRET, IMAGE, -1)),
        ("1e9", signature(SECRET, IMAGE, 1_000_000_000)),
        ("٣", signature(SECRET, IMAGE, 3)),
        ("9" * 400, signature(SECRET, IMAGE, 3)),
        ("1795089600", signature("another", IMAGE, 1_795_089_600)),
        ("1795089600", signature(SECRET, "img_other", 1_795_089_600)),
        ("1795089600", "é" * 22),
    ],
)
def test_a_link_that_we_did_not_make_is_forged(exp: str, sig: str) -> None:
    assert check_link(SECRET, IMAGE, exp, sig, NOW) == "forged"
