"""What is sent to chat completions: a prompt, pictures by their addresses, and what was said before."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from darkroom.catalog.limits import CHAT_PATH
from darkroom.wire.message import WireRequest

# Without such words the model may answer in text, which is billed (docs.apiyi.com chat-completions, 2026-07).
_ASK_CHINESE: Final = "生成图片："
_ASK_ENGLISH: Final = "Generate an image: "
_ASKED: Final = re.compile(r"\s*(?:生成图片|generate an image)", re.IGNORECASE)
_CJK: Final = re.compile(r"[぀-ヿ㐀-䶿一-鿿가-힯豈-﫿]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """An earlier exchange of a conversation."""

    prompt: str
    """What was asked for, in the words that were used."""
    answer: str
    """What stands for the assistant's reply."""


def encode(model: str, prompt: str, image_urls: Sequence[str], turns: Sequence[Turn] = ()) -> WireRequest:
    """Encode `prompt` as the next message after `turns`, oldest first.

    `image_urls` are https or `data:` addresses. Only those in the last user message are worked on, so
    they stand there, and the earlier turns are text.
    """
    messages: list[Mapping[str, object]] = []
    for turn in turns:
        messages.append({"role": "user", "content": turn.prompt})
        messages.append({"role": "assistant", "content": turn.answer})
    text = asking_for_a_picture(prompt)
    pictures = [{"type": "image_url", "image_url": {"url": url}} for url in image_urls]
    plain = not pictures and not turns
    messages.append({"role": "user", "content": text if plain else [{"type": "text", "text": text}, *pictures]})
    return WireRequest(path=CHAT_PATH, json={"model": model, "stream": False, "messages": messages})


def asking_for_a_picture(prompt: str) -> str:
    """Return `prompt` with words in front that ask for a picture, unless it begins with them."""
    if _ASKED.match(prompt):
        return prompt
    return f"{_ASK_CHINESE if _CJK.search(prompt) else _ASK_ENGLISH}{prompt}"
