"""The doctor on the gateway: is it there, and does it take the key. Asks for the list of models, which is free."""

from collections.abc import Iterator

import anyio

from darkroom.adapters.gateway import Gateway, NoAnswerError
from darkroom.catalog.limits import KEYS_URL
from darkroom.catalog.models import MODELS
from darkroom.cli.findings import Finding, fail, ok, warn
from darkroom.cli.wording import for_shell
from darkroom.settings import Settings
from darkroom.wire.faults import classify
from darkroom.wire.message import WireResponse, as_list, as_object, as_text, read_json

_KEY_TYPES = (
    f"A key of the type pay-per-use-priority in the group Default covers all models; the list does not tell the type, "
    f"so look at {KEYS_URL} if a call ends with key_type."
)


def check_gateway(settings: Settings) -> Iterator[Finding]:
    """Ask the gateway; nothing if there is nobody to ask or nothing to ask with."""
    if not settings.has_key or (settings.sandbox and not settings.sandbox_url):
        return
    try:
        answer = anyio.run(_list_models, settings)
    except NoAnswerError as exc:
        yield fail(
            "gateway",
            f"It cannot be reached: {exc.reason}.",
            "Look at the network, the proxy and APIYI_BASE_URL (or DARKROOM_SANDBOX, if it names an address).",
        )
        return
    if answer.status == 404:
        yield fail("gateway", "It answers, and knows no list of models there.", "APIYI_BASE_URL must end in /v1.")
    elif not 200 <= answer.status < 300:
        secrets = (settings.api_key.get_secret_value(),)
        failure = classify(answer, model="the models", secrets=secrets).failure
        yield fail(
            "gateway", f"It refuses the key (status {answer.status}, {failure.code}).", for_shell(failure.message)
        )
    else:
        yield ok("gateway", "It answers and takes the key.")
        yield from _models(answer)


async def _list_models(settings: Settings) -> WireResponse:
    gateway = Gateway(settings.sandbox_url or settings.base_url, settings.api_key)
    try:
        return await gateway.list_models()
    finally:
        await gateway.close()


def _models(answer: WireResponse) -> Iterator[Finding]:
    try:
        rows = as_list(as_object(read_json(answer.body)).get("data"))
    except ValueError:
        yield warn("models", "The list of models cannot be read.", "Is APIYI_BASE_URL the gateway's?")
        return
    offered = {as_text(as_object(row).get("id")) for row in rows}
    missing = [model for model in MODELS if model not in offered]
    if missing:
        yield warn(
            "models",
            f"The key may not call {', '.join(missing)}.",
            f"Look at its list of allowed models and its group at {KEYS_URL}.",
        )
    if len(missing) < len(MODELS):
        yield ok("models", f"Listed: {', '.join(model for model in MODELS if model in offered)}. {_KEY_TYPES}")
