"""Names of files: readable in any script, legal on every system, never too long."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.core.naming import MAX_SLUG_BYTES, extension, file_stem, name_problem, numbered, short_id, slug


@pytest.mark.requirement("files:readable")
@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("A red fox, in snow!", "a-red-fox-in-snow"),
        ("雪地里的红狐狸", "雪地里的红狐狸"),
        ("Рыжая лиса в снегу", "рыжая-лиса-в-снегу"),
        ("ثعلب أحمر", "ثعلب-أحمر"),
        ("Füchse & Bären", "füchse-bären"),
        ("हिन्दी में लोमड़ी", "हिन्दी-में-लोमड़ी"),
        ("จิ้งจอกแดงในหิมะ", "จิ้งจอกแดงในหิมะ"),
        ("שועל אָדֹם", "שועל-אָדֹם"),
        ("❤️ fox", "fox"),
        ("snake_case words", "snake-case-words"),
        ("🦊🦊", "picture"),
        ("", "picture"),
        ("../../etc/passwd", "etc-passwd"),
        ("C:\\Windows\\system32", "c-windows-system32"),
        ("fox 🦊 in snow", "fox-in-snow"),
    ],
)
def test_words_of_the_prompt_become_the_name(prompt: str, name: str) -> None:
    assert slug(prompt) == name


def test_a_long_prompt_ends_between_words() -> None:
    assert slug("wonderful " * 20) == "-".join(["wonderful"] * 6)


def test_a_single_endless_word_is_cut() -> None:
    assert slug("a" * 500) == "a" * MAX_SLUG_BYTES
    assert len(slug("狐" * 500).encode()) == MAX_SLUG_BYTES


@given(st.text(max_size=300))
def test_any_prompt_gives_a_name_that_every_system_takes(prompt: str) -> None:
    name = f"{file_stem('2026-11-22', prompt, 'img_0123456789ab')}.png"
    assert name_problem(name) == ""
    assert len(slug(prompt).encode()) <= MAX_SLUG_BYTES
    assert unicodedata.is_normalized("NFC", slug(prompt))


@pytest.mark.parametrize("name", ["con.png", "NUL.jpg", "com1.webp", "Aux", "lpt9.png", "  ", "..", ". ."])
def test_a_reserved_name_is_refused(name: str) -> None:
    assert name_problem(name) == "it is a name that some systems keep for themselves"


@pytest.mark.parametrize("char", [*'<>:"/\\|?*', "\n", "\0"])
def test_a_character_that_some_system_forbids_is_refused(char: str) -> None:
    assert "cannot have" in name_problem(f"fox{char}.png")


def test_a_name_is_at_most_200_bytes() -> None:
    assert name_problem("a" * 196 + ".png") == ""
    assert name_problem("a" * 197 + ".png") == "it is longer than 200 bytes"
    assert name_problem("狐" * 66 + ".png") == "it is longer than 200 bytes"


@pytest.mark.parametrize("name", ["com10.png", "console.png", "fox.con.png", "lpt0.png", "狐狸.png"])
def test_a_name_that_only_looks_reserved_is_fine(name: str) -> None:
    assert name_problem(name) == ""


def test_the_rest_of_a_name_is_plain() -> None:
    assert file_stem("2026-11-22", "red fox", "img_7k2m9q4t") == "2026-11-22_red-fox_7k2m9q"
    assert short_id("img_7k2m9q4t") == "7k2m9q"
    assert (extension("jpeg"), extension("png"), extension("webp")) == ("jpg", "png", "webp")
    assert [numbered("fox", number) for number in (1, 2, 3)] == ["fox", "fox-2", "fox-3"]
