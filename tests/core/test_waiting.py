"""Waiting: each host's default and ceiling, and what a caller is told whose wait was cut."""

import pytest

from darkroom.core.waiting import Wait, bound_wait, host_of

CUT = "the time that this host gives a call"


@pytest.mark.requirement("wait:hosts")
@pytest.mark.parametrize(
    ("client", "default", "ceiling"),
    [
        ("claude-code", 240, 280),
        ("codex-mcp-client", 240, 280),
        ("gemini-cli-mcp-client", 240, 280),
        ("opencode", 45, 55),
        ("claude-ai", 45, 55),
        ("somebody-else", 45, 55),
        ("", 45, 55),
    ],
)
def test_each_host_waits_as_long_as_it_has_patience(client: str, default: int, ceiling: int) -> None:
    assert bound_wait(None, client, None) == Wait(seconds=default)
    assert bound_wait(ceiling, client, None) == Wait(seconds=ceiling)
    cut = bound_wait(ceiling + 1, client, None)
    assert cut == Wait(seconds=ceiling, warning=f"wait_seconds was cut from {ceiling + 1} to {ceiling}, {CUT}.")


def test_no_wait_at_all_is_a_wait() -> None:
    assert bound_wait(0, "claude-code", None) == Wait(seconds=0)


def test_the_users_setting_replaces_default_and_ceiling() -> None:
    assert bound_wait(None, "claude-code", 10) == Wait(seconds=10)
    assert bound_wait(5, "claude-code", 10) == Wait(seconds=5)
    assert bound_wait(300, "", 600) == Wait(seconds=300)
    cut = bound_wait(45, "", 10)
    assert (cut.seconds, cut.warning) == (10, "wait_seconds was cut from 45 to 10, DARKROOM_WAIT_SECONDS.")


def test_a_host_is_known_by_its_exact_name() -> None:
    assert host_of("claude-code").title == "Claude Code"
    assert host_of("Claude-Code").client == ""
