"""Texts: what no text may hold, how long an id or a path may be, and which places no file can go to."""

import pytest

from darkroom.core.text import text_problems


@pytest.mark.parametrize("name", ["prompt", "save_to", "image_id", "mask"])
@pytest.mark.parametrize("char", ["\0", "\ud800"])
def test_what_is_no_character_is_found_where_it_stands(name: str, char: str) -> None:
    [problem] = text_problems({name: f"ab{char}"})
    assert problem == f"{name} holds {char!r} at 2, which is no character. Leave it out."
    problem.encode()


def test_a_list_is_looked_through() -> None:
    assert text_problems({"job_ids": ["job_1", "\0"]})[0].startswith("job_ids[1] holds")


def test_an_id_has_a_bound_and_a_data_url_has_none() -> None:
    assert text_problems({"image_id": "x" * 100}) == []
    assert text_problems({"image_id": "x" * 101}) == ["image_id has 101 characters. Give at most 100."]
    assert text_problems({"images": ["x" * 4096, f"data:image/png;base64,{'A' * 9999}"]}) == []
    assert text_problems({"images": ["x" * 4097]}) == ["images[0] has 4097 characters. Give at most 4096."]


@pytest.mark.parametrize(
    "save_to",
    [
        "fox.png",
        "foxes",
        "foxes/red/fox.png",
        "./fox.png",
        "../elsewhere",
        "~",
        "~/fox.png",
        "/a/con/x",
        "C:\\a\\b",
        "a\\b",
    ],
)
def test_a_place_that_some_system_has_is_left_to_the_disk(save_to: str) -> None:
    assert text_problems({"save_to": save_to}) == []


@pytest.mark.parametrize(
    "save_to", ["con/x.png", "a\\nul", "a:b", "x?", " ", "a\nb", "\u202efox", "~nobody/x", "x" * 201]
)
def test_a_place_that_no_system_has_is_told(save_to: str) -> None:
    [problem] = text_problems({"save_to": save_to})
    assert problem.startswith(f"save_to={save_to!r} cannot be used: ")
    assert problem.endswith(".")


def test_texts_of_other_arguments_are_free() -> None:
    assert text_problems({"prompt": "two\nlines ~you 🦊", "count": 3, "fallback": []}) == []
