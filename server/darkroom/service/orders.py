"""From checked arguments to an order: everything a front decides before a job is written down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from darkroom.adapters.files import check_writable, destination
from darkroom.catalog.models import MODELS
from darkroom.core.fallback import translate
from darkroom.core.order import Attempt, Delivery, Operation, Order, Source
from darkroom.core.plan import Request, plan
from darkroom.core.size import Size
from darkroom.errors import NOTHING_SENT, ArgumentError
from darkroom.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class EditInputs:
    """Inputs of an edit as far as a front knows them: copied, not yet decoded."""

    images: tuple[Source, ...] = ()
    sizes: tuple[Size, ...] = ()
    """Pixel sizes that could be read from the headers, in order, as long as they are known."""
    mask: Source | None = None
    regions: tuple[Mapping[str, object], ...] = ()
    keep_outside: bool = False

    @property
    def needs_mask(self) -> bool:
        """Whether the model itself has to respect a mask."""
        return (self.mask is not None or bool(self.regions)) and not self.keep_outside


def build_order(
    settings: Settings,
    operation: Operation,
    arguments: Mapping[str, Any],
    *,
    project_folder: Path | None,
    inputs: EditInputs | None = None,
) -> Order:
    """Decide everything about a job; makes the output folder if it is not there.

    Raises:
        FolderError: If the pictures cannot go where they should. Nothing was sent.
        ArgumentError: If the models cannot do what is asked. Nothing was sent.
    """
    inputs = inputs or EditInputs()
    [(model, model_settings)] = arguments["model"].items()
    deliver = Delivery(**arguments["deliver"]) if "deliver" in arguments else None
    request = Request(
        operation=operation,
        prompt=arguments["prompt"],
        count=arguments.get("count", 1),
        deliver=deliver,
        inputs=inputs.sizes,
        input_count=len(inputs.images),
        multiplier=settings.price_multiplier,
    )
    _check_abilities(model, request, inputs)
    fallback, dropped = _fallbacks(model, model_settings, request, inputs, _fallback_names(settings, arguments))
    attempt = plan(model, model_settings, request)
    attempt = attempt.model_copy(update={"warnings": (*attempt.warnings, *dropped)})
    save_to = arguments.get("save_to", "")
    allowed = [*settings.output_dirs, *([project_folder] if project_folder else [])]
    folder, file_name = destination(save_to, settings.output_dir, allowed)
    check_writable(folder)
    return Order(
        operation=operation,
        prompt=request.prompt,
        attempt=attempt,
        fallback=tuple(fallback),
        settings=model_settings,
        count=request.count,
        variation=arguments.get("variation", 1),
        multiplier=settings.price_multiplier,
        sandbox=settings.sandbox,
        folder=str(folder),
        file_name=file_name,
        save_to=save_to,
        deliver=deliver,
        images=inputs.images,
        mask=inputs.mask,
        regions=inputs.regions,
        keep_outside=inputs.keep_outside,
        budget_usd=settings.budget_usd,
        max_call_usd=settings.max_call_usd,
    )


def _check_abilities(model: str, request: Request, inputs: EditInputs) -> None:
    spec = MODELS[model]
    if inputs.needs_mask and spec.mask is None:
        able = " and ".join(name for name, other in MODELS.items() if other.mask is not None)
        way_out = f"Set keep_outside to true, which puts the original back outside the mask, or use {able}."
        raise ArgumentError([f"{model} takes no mask.", way_out, NOTHING_SENT])
    if len(request.prompt) > spec.max_prompt_chars:
        raise ArgumentError(
            [
                f"prompt has {len(request.prompt)} characters. {model} takes {spec.max_prompt_chars}.",
                NOTHING_SENT,
            ]
        )


def _fallback_names(settings: Settings, arguments: Mapping[str, Any]) -> Sequence[str]:
    return list(arguments["fallback"]) if "fallback" in arguments else settings.fallback


def _fallbacks(
    model: str, model_settings: Mapping[str, Any], request: Request, inputs: EditInputs, names: Sequence[str]
) -> tuple[list[Attempt], list[str]]:
    """Plan the models to try next; those that cannot do what is asked are left out, and said so."""
    attempts: list[Attempt] = []
    dropped: list[str] = []
    for name in dict.fromkeys(names):
        if name == model:
            continue
        translated, reason = translate(model_settings, MODELS[model], MODELS[name], needs_mask=inputs.needs_mask)
        if reason:
            dropped.append(f"{name} is no fallback for this: {reason}.")
        else:
            attempts.append(plan(name, translated, request))
    return attempts, dropped
