"""A caller from elsewhere reads no folder of this machine, and everything else as it is."""

from darkroom.core.hiding import without_paths

FOLDERS = ["/home/ann/.state/darkroom", "/home/ann", "/app"]


def test_fields_with_paths_go_and_texts_lose_their_folders() -> None:
    report = {"path": "/home/ann/a.png", "failures": [{"message": "'/home/ann/b.bin' is full.", "path": "/x"}], "n": 1}
    assert without_paths(report, FOLDERS) == {"failures": [{"message": "'(server)/b.bin' is full."}], "n": 1}


def test_the_deepest_folder_is_hidden_whole() -> None:
    assert without_paths("see /home/ann/.state/darkroom/logs", FOLDERS) == "see (server)/logs"


def test_names_that_only_look_alike_stay() -> None:
    for text in ("https://h.example/app/images/1", "http://127.0.0.1:80/app", "/apple", "a/app", "/home/annabel/x"):
        assert without_paths(text, FOLDERS) == text
