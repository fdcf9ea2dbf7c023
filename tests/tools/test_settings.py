"""Settings: every variable is read once, and one that makes no sense is told instead of guessed at."""

from decimal import Decimal
from pathlib import Path

import pytest
from mcp.client import Client

from darkroom.app import create_server
from darkroom.errors import SettingsError
from darkroom.sandbox.server import Running
from darkroom.settings import read_settings
from darkroom.tools.boundary import Surroundings
from desk import Desk, text_of


def test_without_any_variable_the_defaults_hold(tmp_path: Path) -> None:
    settings = read_settings({})
    assert settings.base_url == "https://api.apiyi.com/v1"
    assert settings.model == "gpt-image-2-all"
    assert (settings.concurrency, settings.idle_seconds, settings.time_scale) == (5, 60.0, 1.0)
    assert settings.price_multiplier == 1
    assert (settings.budget_usd, settings.max_call_usd, settings.confirm_usd) == (None, None, None)
    assert (settings.wait_seconds, settings.fallback, settings.preview) == (None, (), "small")
    assert not settings.has_key
    assert not settings.sandbox


def test_an_empty_variable_is_one_that_is_not_set() -> None:
    names = ("APIYI_API_KEY", "DARKROOM_BUDGET_USD", "DARKROOM_MODEL", "DARKROOM_HOME", "DARKROOM_SANDBOX")
    empty = read_settings(dict.fromkeys(names, "  "))
    assert (empty.budget_usd, empty.model, empty.sandbox) == (None, "gpt-image-2-all", False)


WRONG = [
    ("DARKROOM_MODEL", "dall-e-3", "gpt-image-2-vip"),
    ("DARKROOM_FALLBACK", "gpt-image-2,dall-e-3", "'dall-e-3'"),
    ("DARKROOM_CONCURRENCY", "0", "1 to 200"),
    ("DARKROOM_CONCURRENCY", "many", "1 to 200"),
    ("DARKROOM_WAIT_SECONDS", "-1", "0 to 3600"),
    ("DARKROOM_WAIT_SECONDS", "1.5", "0 to 3600"),
    ("DARKROOM_IDLE_SECONDS", "nan", "0.1 to"),
    ("DARKROOM_TIME_SCALE", "-1", "0 to 100"),
    ("DARKROOM_BUDGET_USD", "-1", "an amount"),
    ("DARKROOM_BUDGET_USD", "$5", "an amount"),
    ("DARKROOM_MAX_CALL_USD", "NaN", "an amount"),
    ("DARKROOM_CONFIRM_USD", "inf", "an amount"),
    ("DARKROOM_PRICE_MULTIPLIER", "0", "above 0"),
    ("DARKROOM_PRICE_MULTIPLIER", "1e30", "up to 100"),
    ("DARKROOM_PREVIEW", "large", "small, none"),
    ("DARKROOM_HOME", "relative/folder", "whole path"),
    ("DARKROOM_OUTPUT_DIR", "~nobody-here/pictures", "does not exist"),
    ("DARKROOM_OUTPUT_DIRS", "relative", "whole path"),
    ("APIYI_BASE_URL", "api.apiyi.com/v1", "http(s) address"),
    ("APIYI_BASE_URL", "http://[::1", "http(s) address"),
    ("DARKROOM_HTTP_URL", "ftp://darkroom.example.org", "http(s) address"),
    ("APIYI_API_KEY_FILE", "/nowhere/key", "cannot be read"),
]


@pytest.mark.requirement("settings:told")
@pytest.mark.parametrize(("name", "value", "words"), WRONG)
def test_a_variable_that_makes_no_sense_is_named_with_what_is_allowed(name: str, value: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({name: value})
    assert name in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize("key", ["sk-one sk-two", "sk-one\nsk-two", "sk-ключ", "sk-\x07"])
def test_a_key_that_is_none_is_refused_without_being_shown(key: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(key, encoding="utf-8")
    for environment in ({"APIYI_API_KEY": key}, {"APIYI_API_KEY_FILE": str(file)}):
        with pytest.raises(SettingsError) as caught:
            read_settings(environment)
        assert "sk-" not in str(caught.value)


def test_a_key_comes_from_the_variable_or_else_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("\ufeffsk-from-file\n", encoding="utf-8")
    from_file = read_settings({"APIYI_API_KEY_FILE": str(file)})
    assert from_file.api_key.get_secret_value() == "sk-from-file"
    both = read_settings({"APIYI_API_KEY": "sk-direct", "APIYI_API_KEY_FILE": str(file)})
    assert both.api_key.get_secret_value() == "sk-direct"
    assert "sk-direct" not in repr(both)


@pytest.mark.parametrize(
    ("value", "on", "url"),
    [
        ("1", True, ""),
        ("true", True, ""),
        ("0", False, ""),
        ("off", False, ""),
        ("http://127.0.0.1:8123", True, "http://127.0.0.1:8123/v1"),
        ("http://127.0.0.1:8123/v1/", True, "http://127.0.0.1:8123/v1"),
    ],
)
def test_the_sandbox_is_asked_for_by_name_or_by_address(value: str, on: bool, url: str) -> None:
    settings = read_settings({"DARKROOM_SANDBOX": value, "APIYI_API_KEY": "sk-paid"})
    assert (settings.sandbox, settings.sandbox_url) == (on, url)
    assert (settings.api_key.get_secret_value() == "sk-paid") is not on


def test_a_price_group_is_a_factor() -> None:
    assert read_settings({"DARKROOM_PRICE_MULTIPLIER": "1.2"}).price_multiplier == Decimal("1.2")


@pytest.mark.requirement("settings:told")
@pytest.mark.anyio
async def test_a_server_with_wrong_settings_starts_and_tells_every_call(sandbox: Running, tmp_path: Path) -> None:
    trouble = SettingsError("DARKROOM_MODEL='dall-e-3' is not one of three. Change or unset it.")
    async with Client(create_server(Surroundings(front=None, trouble=trouble))) as client:
        desk = Desk(client, sandbox, "none", tmp_path)
        assert (await client.list_tools()).tools
        for tool, arguments in (("generate_image", {"prompt": "p"}), ("list_images", {}), ("list_sizes", {})):
            answer = await desk.call(tool, **arguments)
            assert answer.is_error
            assert "DARKROOM_MODEL='dall-e-3'" in text_of(answer)
            assert "Nothing was sent and nothing was charged." in text_of(answer)
