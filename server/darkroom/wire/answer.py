"""What a 2xx answer holds: pictures in any of the shapes that the gateway uses, or the text instead.

All of it works on a body as it came and on one whose long base64 is folded away, see `wire.folding`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from darkroom.wire.folding import ReadAt, decoded, shown, unfolded
from darkroom.wire.message import as_list, as_object, as_text, read_json

_ECHOED: Final = ("size", "quality", "background", "output_format")
_DATA_PREFIX: Final = re.compile(r"\s*data:[^,]{0,200};base64,", re.IGNORECASE)
_WEB: Final = re.compile(r"\s*https?://", re.IGNORECASE)

# In the order in which they are looked for (docs.apiyi.com chat-completions, 2026-07).
_MARKDOWN: Final = re.compile(
    r"!\[[^\]]{0,1000}\]\(\s{0,9}<?((?:https?:|data:)[^)\s>]+)>?(?:\s{1,9}[\"'(][^)]{0,1000}|\s{0,9})\)",
    re.IGNORECASE,
)
_DATA_URI: Final = re.compile(
    # Base64 may be wrapped: a long line goes on in the next one.
    r"data:image/[^,\s]{1,200};base64,(?:[\w+/-]{40,}+\r?\n)*+[\w+/-]*={0,2}",
    re.IGNORECASE | re.ASCII,
)
_BARE_BASE64: Final = re.compile(
    # The first bytes of PNG, JPEG and WebP.
    r"\A\s*(?:iVBORw0KGgo|/9j/|UklGR)[\w+/=\s-]{40,}\Z",
    re.ASCII,
)
_BARE_LINK: Final = re.compile(
    r"""https?://[^\s<>"'()\[\]]{1,2000}\.(?:png|jpe?g|webp)(?:\?[^\s<>"'()\[\]]*)?""", re.IGNORECASE
)


class UnreadableAnswerError(Exception):
    """A 2xx body that is not understood. It was paid for, so whoever catches this keeps the bytes."""


class ErrorInAnswerError(Exception):
    """A 2xx body that holds an error; `wire.faults.classify` says what it means for money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens that the gateway counted. For models with a flat price they are of no consequence."""

    text_in_tokens: int | None
    """None where input was not split into text and pictures."""
    image_in_tokens: int | None
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedPicture:
    """A picture inside the answer."""

    base64: str
    """Without `data:` prefix and white space; padding as it came. May hold marks of what is folded."""

    def content(self, read_at: ReadAt) -> Iterator[bytes]:
        """Yield the picture's bytes; `read_at` reads the body that this was found in.

        Raises:
            NotBase64Error: If the text is no base64 at all. What it is was paid for: `text` gives it.
        """
        return decoded(self.text(read_at))

    def text(self, read_at: ReadAt) -> Iterator[bytes]:
        """Yield the base64 itself."""
        return unfolded(self.base64, read_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedPicture:
    """A picture behind a link that expires; to be fetched at once."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a 2xx answer holds."""

    pictures: tuple[EncodedPicture | LinkedPicture, ...]
    text: str
    """What the model said instead of making a picture; empty if there is one."""
    usage: Usage | None
    """None where there is none, or one of zeros, which is no count."""
    echoed: Mapping[str, str]
    """Those of size, quality, background and output_format that the gateway repeats."""
    revised_prompt: str
    """The prompt as the model rewrote it; empty if it does not say."""


def decode(body: bytes) -> Answer:
    """Read a 2xx body of either endpoint. An answer without pictures is no error here: see `Answer.text`.

    Raises:
        UnreadableAnswerError: If the body is no JSON, or of an unknown shape. It may hold a picture that
            was paid for.
        ErrorInAnswerError: If the body holds an error instead of an answer.
    """
    document = _document(body)
    items = as_list(document.get("data"))
    messages = list(_messages(document))
    pictures = tuple(dict.fromkeys([*_from_items(items), *_from_messages(messages)]))
    if not pictures and _holds_an_error(document):
        raise ErrorInAnswerError("The answer holds an error.")
    if not pictures and "data" not in document and "choices" not in document:
        raise UnreadableAnswerError("The answer is JSON of an unknown shape.")
    return Answer(
        pictures=pictures,
        text="" if pictures else shown("\n".join(filter(None, map(_text_of, messages))).strip()),
        usage=_usage(as_object(document.get("usage"))),
        echoed={name: text for name in _ECHOED if (text := as_text(document.get(name)))},
        revised_prompt=shown(next(filter(None, (as_text(as_object(i).get("revised_prompt")) for i in items)), "")),
    )


def is_complete(body: bytes) -> bool:
    """Whether `body` is a whole JSON object or array, though the connection may not have ended."""
    # Parsing a long answer takes time, and most pieces of one do not end like this.
    if body.rstrip()[-1:] not in (b"}", b"]"):
        return False
    try:
        return isinstance(read_json(body), (dict, list))
    except ValueError:
        return False


def _document(body: bytes) -> Mapping[str, object]:
    try:
        document = read_json(body)
    except ValueError as error:
        raise UnreadableAnswerError("The answer is no JSON.") from error
    return as_object(document)


def _holds_an_error(document: Mapping[str, object]) -> bool:
    if document.get("error"):
        return True
    return not ("data" in document or "choices" in document) and bool(
        as_text(document.get("message")) or as_text(document.get("msg")) or document.get("success") is False
    )


def _messages(document: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    for choice in as_list(document.get("choices")):
        yield as_object(as_object(choice).get("message"))


def _from_items(items: Sequence[object]) -> Iterator[EncodedPicture | LinkedPicture]:
    """Yield the pictures of an images-style list: one per item, the picture itself rather than a link."""
    for item in items:
        fields = as_object(item)
        if found := _picture(as_text(fields.get("b64_json"))) or _picture(as_text(fields.get("url"))):
            yield found
        yield from _from_text(as_text(item))


def _from_messages(messages: list[Mapping[str, object]]) -> Iterator[EncodedPicture | LinkedPicture]:
    for message in messages:
        yield from _from_text(as_text(message.get("content")))
        for part in (*as_list(message.get("content")), *as_list(message.get("images"))):
            yield from _from_part(as_object(part))


def _from_part(part: Mapping[str, object]) -> Iterator[EncodedPicture | LinkedPicture]:
    """Yield the pictures of one content part: in its text, or as an address, bare or in an object."""
    yield from _from_text(as_text(part.get("text")))
    image_url = part.get("image_url")
    for text in (image_url, as_object(image_url).get("url"), part.get("b64_json"), part.get("url")):
        if found := _picture(as_text(text)):
            yield found
            return


def _from_text(text: str) -> Iterator[EncodedPicture | LinkedPicture]:
    """Yield what the first pattern that occurs in `text` finds."""
    for pattern, group in ((_MARKDOWN, 1), (_DATA_URI, 0), (_BARE_LINK, 0), (_BARE_BASE64, 0)):
        found = [picture for match in pattern.finditer(text) if (picture := _picture(match[group]))]
        if found:
            yield from found
            return


def _picture(text: str) -> EncodedPicture | LinkedPicture | None:
    """Tell a link from a picture by the text itself, since either has been seen in the other's field."""
    if _WEB.match(text):
        return LinkedPicture(url=text.strip())
    prefix = _DATA_PREFIX.match(text)
    bare = "".join(text[prefix.end() :].split()) if prefix else "".join(text.split())
    return EncodedPicture(base64=bare) if bare else None


def _text_of(message: Mapping[str, object]) -> str:
    parts = (as_text(as_object(part).get("text")) for part in as_list(message.get("content")))
    said = (as_text(message.get("content")), *parts, as_text(message.get("refusal")))
    return "\n".join(filter(None, said))


def _usage(usage: Mapping[str, object]) -> Usage | None:
    read = _count(usage.get("input_tokens", usage.get("prompt_tokens")))
    written = _count(usage.get("output_tokens", usage.get("completion_tokens")))
    if read is None or written is None or not (read or written):
        return None
    details = as_object(usage.get("input_tokens_details"))
    text, image = _count(details.get("text_tokens")), _count(details.get("image_tokens"))
    if text is None or image is None or (read and not (text or image)):
        text = image = None
    return Usage(text_in_tokens=text, image_in_tokens=image, input_tokens=read, output_tokens=written)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
