"""Limits, waits and addresses of the gateway that no single model owns. Checked 2026-11-22."""

from typing import Final

DEFAULT_BASE_URL: Final = "https://api.apiyi.com/v1"
"""Primary address; `vip.apiyi.com` and `b.apiyi.com` behave alike (docs.apiyi.com timeout-configuration, 2026-08)."""

CUTTING_HOSTS: Final = ("api-cf.apiyi.com",)
"""Hosts behind a proxy that ends a call after about 100 s, which loses pictures (same page)."""

CONSOLE_LOG_URL: Final = "https://api.apiyi.com/log"
"""Where a person sees which calls were billed; failed calls do not appear there."""

KEYS_URL: Final = "https://api.apiyi.com/token"
"""Where a person makes and inspects keys."""

GENERATIONS_PATH: Final = "/images/generations"
EDITS_PATH: Final = "/images/edits"
CHAT_PATH: Final = "/chat/completions"
MODELS_PATH: Final = "/models"

NEVER_SENT: Final = frozenset({"n", "style", "input_fidelity", "stream", "partial_images", "user"})
"""Fields no model is ever sent: `n` multiplies the bill for one picture, the others are refused or untested."""

REQUEST_ID_HEADERS: Final = ("x-request-id", "request-id", "x-oneapi-request-id")
REQUEST_ID_PATTERN: Final = r"request id: ([0-9A-Za-z_-]+)"
TRACE_ID_PATTERN: Final = r"traceid: ([0-9a-f]{16,32})"

CHAT_OPENING_CHARS: Final = 19
"""Characters of the longest words that ask for a picture in front of a chat prompt."""

RESULT_URL_SECONDS: Final = 24 * 3600
"""How long a result link lives at the gateway's CDN, then 404."""

RESULT_HOSTS: Final = ("r2cdn.copilotbase.com", ".r2.cloudflarestorage.com")
"""Hosts that result links point to; a leading dot allows any subdomain. The gateway's own host is always allowed."""

DOWNLOAD_ATTEMPTS: Final = 4
"""A download is free, so it is tried again: three retries, as the gateway's own script does."""
DOWNLOAD_TIMEOUT_SECONDS: Final = 360
"""The gateway's own script waits as long, since its CDN is slow from some places."""

CONNECT_TIMEOUT_SECONDS: Final = 10
CHUNK_TIMEOUT_SECONDS: Final = 30
"""Longest silence between two pieces of an answer that has begun (docs.apiyi.com, 2026-07-15: 20 to 30 s)."""
TAIL_STALL_SECONDS: Final = 5
"""A complete JSON body whose end never comes is accepted after this silence (same page: 3 to 5 s)."""
TRANSFER_TIMEOUT_SECONDS: Final = 600
"""Longest time for the whole answer beyond the wait for its first byte. No page names one; 33 MB, the longest
answer there is, come through 55 KB/s in that time, and a line that drips for ever would hold its call for ever."""

MAX_ANSWER_BYTES: Final = 256 * 1024 * 1024
"""Longest answer that is kept; a 4K picture of noise takes 33 MB as base64."""

PIXELS_MIN_EDGE, PIXELS_MAX_EDGE = 16, 16_384
"""Edges that `deliver` makes, in pixels."""

# Inputs: docs.apiyi.com image-compression-resolution and gpt-image-2 overview, 2026-09/11.
INPUT_COMPRESS_ABOVE_BYTES: Final = 1_572_864
INPUT_MAX_LONG_EDGE: Final = 2048
INPUT_JPEG_QUALITY: Final = 90
INPUT_TOTAL_BYTES: Final = 6_291_456
INPUT_PER_IMAGE_MIN_BYTES: Final = 314_573
INPUT_MAX_BYTES: Final = 10_485_760
"""Largest part that the gateway takes; the same for all three models."""
INPUT_DOWNLOAD_MAX_BYTES: Final = 50 * 1024 * 1024
INPUT_MAX_REDIRECTS: Final = 5
INPUT_MAX_EDGE: Final = 32_768
INPUT_MAX_PIXELS: Final = 178_956_970
"""Pillow's own bound on what it takes for a decompression bomb."""
