"""No secret leaves a scrubber, however the stream is cut, and nothing else is changed."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from darkroom.adapters.scrubbing import PUT_INSTEAD, Scrubber

KEY = "sk-test-abcabcabd"
_WORDS = st.lists(st.sampled_from([KEY, KEY[:9], "abc", "sk-", "s", "picture", "\n"]), max_size=12)


def _scrubbed(text: bytes, cuts: list[int], *secrets: str) -> bytes:
    scrubber = Scrubber(secrets)
    edges = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    pieces = [scrubber.feed(text[start:end]) for start, end in itertools.pairwise(edges)]
    return b"".join(pieces) + scrubber.flush()


@given(words=_WORDS, cuts=st.lists(st.integers(min_value=0, max_value=500), max_size=8))
def test_a_stream_comes_out_as_the_whole_text_would(words: list[str], cuts: list[int]) -> None:
    text = "".join(words).encode()
    assert _scrubbed(text, cuts, KEY) == text.replace(KEY.encode(), PUT_INSTEAD)


@given(text=st.binary(max_size=200), cuts=st.lists(st.integers(min_value=0, max_value=500), max_size=8))
def test_a_stream_without_a_secret_comes_out_unchanged(text: bytes, cuts: list[int]) -> None:
    assert _scrubbed(text, cuts, KEY) == text
    assert _scrubbed(text, cuts) == text


def test_of_two_secrets_that_begin_alike_the_whole_one_goes() -> None:
    assert _scrubbed(b"sk-test-one-more!", [], "sk-test-one", "sk-test-one-more") == b"[key]!"


def test_a_text_too_short_for_a_key_is_none() -> None:
    assert _scrubbed(b"a sandbox", [3], "sand") == b"a sandbox"


def test_what_may_be_the_beginning_of_a_secret_waits_for_what_follows() -> None:
    scrubber = Scrubber([KEY])
    assert scrubber.feed(b"x" + KEY[:8].encode()) == b"x"
    assert scrubber.feed(b"no") == KEY[:8].encode() + b"no"
    assert scrubber.text(f"a {KEY} b") == "a [key] b"
