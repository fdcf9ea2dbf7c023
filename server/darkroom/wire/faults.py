"""What an answer without a picture means: why there is none, whether to send again, and what it cost."""

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

from darkroom.catalog.endings import NO_PICTURE, REFUSED_IN_WORDS, TRANSPORT, UNREADABLE, TransportKind
from darkroom.catalog.faults import (
    AGAIN_ON_PURPOSE,
    CHARGE_SENTENCE,
    FAULTS,
    REDIRECTED,
    REFUSED,
    UNKNOWN,
    Fault,
)
from darkroom.catalog.limits import REQUEST_ID_HEADERS, REQUEST_ID_PATTERN, TRACE_ID_PATTERN
from darkroom.catalog.retries import RetryKind
from darkroom.core.failure import Failure
from darkroom.wire.answer import Answer
from darkroom.wire.message import WireResponse, as_list, as_object, as_text, read_json

_MAX_QUOTE: Final = 300
"""Characters of the gateway's own words that are shown."""
_MAX_DOCUMENT_BYTES: Final = 1_048_576
"""Longest body that is read as JSON: errors are short, and whatever is longer is none."""
_MAX_TEXT: Final = 8192
_MAX_DEPTH: Final = 6
_MAX_ID: Final = 128
_MIN_SECRET: Final = 8
"""Shorter texts are no keys, and would blot out words."""

_WRAPPED_STATUS: Final = "bad_response_status_code"
"""Code of an error whose own status stands in `param`."""
_BEFORE_EXECUTION: Final = frozenset({"auth", "key_type", "quota"})
"""Reasons for which the gateway refuses a call before it does anything, whatever the status."""

_KEY: Final = re.compile(r"\bsk-[\w*.-]{4,}", re.ASCII)
_REQUEST_ID: Final = re.compile(REQUEST_ID_PATTERN, re.IGNORECASE)
_TRACE_ID: Final = re.compile(TRACE_ID_PATTERN, re.IGNORECASE)
_IDS: Final = re.compile(rf"[(（]\s*(?:{REQUEST_ID_PATTERN}|{TRACE_ID_PATTERN})\s*[)）]", re.IGNORECASE)
_UNSEEN: Final = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG: Final = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a failed call means."""

    failure: Failure
    retry: RetryKind
    """Whether the same call may be sent again, by the table in `catalog.retries`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What an error body says, whatever its shape."""

    code: str
    param: str
    message: str
    everything: str
    """Codes and messages of all levels, for the words of the table."""
    statuses: tuple[int, ...]
    """Every status that is named, the innermost first and that of HTTP last."""


def classify(response: WireResponse, *, model: str, secrets: Sequence[str] = ()) -> Verdict:
    """Say what an answer means that is no success: any status but 2xx, or a 2xx body with an error inside.

    Never raises, whatever the body holds. No text of the verdict holds any of `secrets`, which need 8
    characters or more to count as such.
    """
    said = _read(response)
    fault = _fault_of(said, response.status)
    if 200 <= response.status < 300:
        fault = _inside_a_success(fault)
    ids = _ids(said.everything, response.headers, secrets)
    return Verdict(failure=_failure(fault, said.message, model, secrets, ids), retry=fault.retry)


def no_image(
    answer: Answer, *, model: str, headers: Mapping[str, str] | None = None, secrets: Sequence[str] = ()
) -> Failure:
    """Say what a 2xx answer without a picture means: it was billed, and the model's words are shown."""
    heard = answer.text.casefold()
    refused = any(word.casefold() in heard for word in REFUSED_IN_WORDS.words)
    fault = REFUSED_IN_WORDS if refused else NO_PICTURE
    ids = _ids("", headers or {}, secrets)
    return _failure(fault, answer.text, model, secrets, ids)


def unreadable(response: WireResponse, *, model: str, secrets: Sequence[str] = ()) -> Failure:
    """Say what a 2xx answer means that `wire.answer` cannot read: it was billed, so its bytes are kept."""
    ids = _ids("", response.headers, secrets)
    return _failure(UNREADABLE, _plain(response.body), model, secrets, ids)


def transport_failure(
    kind: TransportKind,
    *,
    seconds: float,
    model: str = "the model",
    reason: str = "",
    secrets: Sequence[str] = (),
) -> Verdict:
    """Say what a call means that ended without an answer, `seconds` after it began.

    Args:
        kind: At what point it ended; only `never_left` is certain to be free.
        seconds: Time since the call began.
        model: Id of the model that was called.
        reason: What the network said, in its own words.
        secrets: Texts that no message may hold.
    """
    fault = TRANSPORT[kind]
    failure = _failure(fault, reason, model, secrets, ("", ""), seconds, speaker="network")
    return Verdict(failure=failure, retry=fault.retry)


def _fault_of(said: _Said, http_status: int) -> Fault:
    """Return the row of the table that holds: by code, then by parameter, by words and by status."""
    marks = (_has_code, _has_param, _has_words)
    found = next((row for holds in marks for row in FAULTS if holds(row, said)), None)
    if found is not None and found.retry == "never":
        return found
    # Whatever else is said, and where two statuses are named, the one that may have cost money counts.
    named = [_fault_by_status(status) for status in said.statuses]
    in_doubt = next((row for row in named if row.charge != "none"), None)
    return in_doubt or found or next(iter(named), _fault_by_status(http_status))


def _inside_a_success(fault: Fault) -> Fault:
    """Return what `fault` means in a 2xx answer: the gateway bills by status, so it may have been paid."""
    if fault.code in _BEFORE_EXECUTION or fault.charge != "none":
        return fault
    advice = f"{fault.advice} {AGAIN_ON_PURPOSE}"
    return replace(fault, charge="possible", retry="never", advice=advice, another_model=False)


def _has_code(row: Fault, said: _Said) -> bool:
    return said.code.casefold() in row.codes


def _has_param(row: Fault, said: _Said) -> bool:
    return said.param in row.params and any(status in (*row.statuses, 429) for status in said.statuses)


def _has_words(row: Fault, said: _Said) -> bool:
    everything = said.everything.casefold()
    highest = max(said.statuses, default=0)
    return highest >= row.words_from_status and any(word.casefold() in everything for word in row.words)


def _fault_by_status(status: int) -> Fault:
    for row in FAULTS:
        if status in row.statuses:
            return row
    return {3: REDIRECTED, 4: REFUSED}.get(status // 100, UNKNOWN)


def _read(response: WireResponse) -> _Said:
    """Find code, parameter, message and statuses in a body of any shape."""
    layers = list(_layers(_document(response.body)))[::-1]
    codes = [code for layer in layers if (code := _code(layer.get("code")))]
    params = [param for layer in layers if (param := _code(layer.get("param")))]
    messages = [text for layer in layers for text in _messages(layer)]
    code, param = next(iter(codes), ""), next(iter(params), "")
    numbers = [param if code == _WRAPPED_STATUS else "", *codes]
    numbers += [_code(layer.get(name)) for layer in layers for name in ("status_code", "status")]
    statuses = [int(n) for n in numbers if len(n) == 3 and n.isascii() and n.isdigit() and n >= "400"]
    if response.status >= 300:
        statuses.append(response.status)
    return _Said(
        code=code,
        param=param,
        message=next(iter(messages), ""),
        everything="\n".join([*codes, *messages])[: 8 * _MAX_TEXT],
        statuses=tuple(statuses),
    )


def _document(body: bytes) -> object:
    if len(body) > _MAX_DOCUMENT_BYTES:
        return _plain(body)
    try:
        return read_json(body)
    except ValueError:
        return _plain(body)


def _layers(document: object) -> Iterator[Mapping[str, object]]:
    """Yield the objects of an error from the outermost to the innermost: errors are wrapped, also as text."""
    for _ in range(_MAX_DEPTH):
        if isinstance(document, list):
            document = next(iter(as_list(cast("object", document))), None)
        elif isinstance(document, str):
            inner = _document_in(document)
            if inner is None:
                yield {"message": document}
                return
            document = inner
        else:
            layer = as_object(document)
            yield layer
            document = next((layer[n] for n in ("error", "errors", "detail", "message") if layer.get(n)), None)


def _document_in(text: str) -> object:
    """Return the JSON object or array that `text` is, or None."""
    if not text.lstrip().startswith(("{", "[", '"')):
        return None
    try:
        return read_json(as_text(text).encode())
    except ValueError:
        return None


def _messages(layer: Mapping[str, object]) -> Iterator[str]:
    for name in ("message", "msg", "localized_message", "error_description", "title"):
        if text := as_text(layer.get(name)).strip():
            yield text


def _code(value: object) -> str:
    """Return a code or status as text; anything but a text or a small number is none."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10_000:
        return str(value)
    return as_text(value).strip()


def _plain(body: bytes) -> str:
    """Return the readable text at the beginning of a body that is no JSON, a proxy's page for example."""
    text = body[:_MAX_TEXT].decode("utf-8", "replace")
    if "<" in text:
        text = html.unescape(_TAG.sub(" ", _UNSEEN.sub(" ", text)))
    return text


def _ids(text: str, headers: Mapping[str, str], secrets: Sequence[str]) -> tuple[str, str]:
    """Return the gateway's ids of the call and of its trace; empty where there are none."""
    heads = (headers.get(name, "") for name in REQUEST_ID_HEADERS)
    request = _REQUEST_ID.search(text)
    trace = _TRACE_ID.search(text)
    found = next(filter(None, heads), request[1] if request else "")
    return _scrubbed(found, secrets)[:_MAX_ID], _scrubbed(trace[1] if trace else "", secrets)


def _failure(
    fault: Fault,
    words: str,
    model: str,
    secrets: Sequence[str],
    ids: tuple[str, str],
    seconds: float = 0,
    *,
    speaker: str = "gateway",
) -> Failure:
    """Put the failure into words: what happened, what was said, what is known about money, what to do."""
    quote = _quoted(words, secrets)
    meaning = fault.meaning.replace("{model}", model).replace("{seconds}", f"{seconds:.0f}")
    sentences = (
        meaning,
        f'The {speaker} said: "{quote}".' if quote else "",
        CHARGE_SENTENCE[fault.charge],
        fault.advice,
        "Another model may do better." if fault.another_model else "",
    )
    return Failure(
        code=fault.code,
        message=" ".join(filter(None, sentences)),
        charge=fault.charge,
        request_id=ids[0],
        trace_id=ids[1],
        another_model=fault.another_model,
    )


def _quoted(words: str, secrets: Sequence[str]) -> str:
    """Return the beginning of `words`, fit to be shown: one line without ids, controls or secrets."""
    text = _scrubbed(_IDS.sub(" ", words[:_MAX_TEXT]), secrets)
    return text if len(text) <= _MAX_QUOTE else f"{text[: _MAX_QUOTE - 1].rstrip()}…"


def _scrubbed(text: str, secrets: Sequence[str]) -> str:
    """Return `text` on one line, without control characters, secrets and whatever else looks like a key."""
    line = _one_line(text)
    known = (_one_line(secret) for secret in secrets)
    for secret in sorted((secret for secret in known if len(secret) >= _MIN_SECRET), key=len, reverse=True):
        line = line.replace(secret, "[key]")
    return _KEY.sub("[key]", line)


def _one_line(text: str) -> str:
    # Beside line breaks, the category holds what turns or hides text.
    seen = (" " if unicodedata.category(char).startswith("C") else char for char in text)
    return " ".join("".join(seen).split())
