"""Prompts for a host's slash menu: each starts the conversation that makes the best of the tools."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from mcp_types import GetPromptResult, Prompt, PromptArgument, PromptMessage, TextContent

from darkroom.catalog.models import MODELS
from darkroom.protocol.resources import newest
from darkroom.tools.boundary import Surroundings

Arguments: TypeAlias = Mapping[str, str]

SHAPES: Final = ("1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "21:9")
"""Shapes that a completion offers; any W:H may be written."""


@dataclass(frozen=True, slots=True)
class Row:
    """One prompt and how it is worded."""

    prompt: Prompt
    word: Callable[[Surroundings, Arguments], Awaitable[str]]


async def _make_picture(_: Surroundings, given: Arguments) -> str:
    model = given.get("model", "")
    lines = [f"Make a picture with Darkroom: {given['subject']}"]
    if shape := given.get("shape"):
        lines.append(f"Shape: {shape}. list_sizes names the sizes of that shape.")
    if style := given.get("style"):
        lines.append(f"Style: {style}.")
    lines.append(
        f"Use {model}." if model else "Choose the model that fits: estimate_cost shows all of them side by side."
    )
    lines.append(
        "Write the prompt yourself, in full sentences: subject, setting, light, composition, and any text that shall "
        "stand in the picture in quotation marks. Then call generate_image. If it is still working, call "
        "wait_for_jobs with its job_id until it ends, and never submit it again. Show me where the picture is, and "
        "what it cost."
    )
    return "\n".join(lines)


async def _edit_last(surroundings: Surroundings, given: Arguments) -> str:
    image_id = given.get("image_id", "")
    images = [] if image_id else list(await newest(surroundings, 1))
    if not image_id and not images:
        return (
            "I wanted to edit my last picture with Darkroom, but its library is empty. Ask me which file to edit, and "
            f"pass its path to edit_image. The change: {given['change']}"
        )
    which = image_id or f"{images[0].image_id} (made from: {images[0].prompt[:200]!r})"
    return (
        f"Edit the picture {which} with Darkroom: {given['change']}\n"
        "Look at it with view_image first. Then call edit_image with its image_id and a prompt that says what to "
        "change and what must stay as it is. If only a part may change, give regions; with keep_outside everything "
        "else stays exactly as it is. If it is still working, call wait_for_jobs until it ends, and never submit it "
        "again. Look at the result, and tell me what changed, where it is, and what it cost."
    )


async def _compare_models(_: Surroundings, given: Arguments) -> str:
    names = [name.strip() for name in given.get("models", "").split(",") if name.strip()] or list(MODELS)
    return (
        f"Compare models with Darkroom on one picture: {given['subject']}\n"
        f"Models: {', '.join(names)}.\n"
        "First call estimate_cost with all of them, tell me the prices side by side, and ask me before you spend "
        "anything. Then call generate_image once for each with the same prompt and wait_seconds 0, and "
        "wait_for_jobs with all job_ids until they end. Look at each with view_image, and compare how well each "
        "follows the prompt, any text in it, detail, time and cost. Say which you would take and why."
    )


def _row(
    word: Callable[[Surroundings, Arguments], Awaitable[str]],
    name: str,
    title: str,
    description: str,
    required: Mapping[str, str],
    optional: Mapping[str, str],
) -> Row:
    arguments = [PromptArgument(name=key, description=text, required=True) for key, text in required.items()]
    arguments += [PromptArgument(name=key, description=text, required=False) for key, text in optional.items()]
    return Row(Prompt(name=name, title=title, description=description, arguments=arguments), word)


PROMPTS: Final[Mapping[str, Row]] = {
    row.prompt.name: row
    for row in (
        _row(
            _make_picture,
            "make_picture",
            "Make a picture",
            "Make a picture from a few words, with a model that fits.",
            {"subject": "What the picture shows."},
            {"shape": "Shape as W:H, such as 16:9.", "style": "Style, such as watercolour.", "model": "Model to use."},
        ),
        _row(
            _edit_last,
            "edit_last_picture",
            "Edit the last picture",
            "Change the newest picture of the library, or another one of it.",
            {"change": "What to change."},
            {"image_id": "Another picture of the library; left out: the newest."},
        ),
        _row(
            _compare_models,
            "compare_models",
            "Compare the models",
            "Make one picture with several models and compare them; asks before it spends.",
            {"subject": "What the picture shows."},
            {"models": "Model names with commas between; left out: all."},
        ),
    )
}


async def worded(surroundings: Surroundings, name: str, given: Arguments) -> GetPromptResult | None:
    """Word one prompt; None if there is none of this name or something is missing that it needs."""
    row = PROMPTS.get(name)
    if row is None or missing_arguments(row.prompt, given):
        return None
    text = await row.word(surroundings, given)
    message = PromptMessage(role="user", content=TextContent(type="text", text=text))
    return GetPromptResult(description=row.prompt.description, messages=[message])


def missing_arguments(prompt: Prompt, given: Arguments) -> list[str]:
    """Name the arguments that a prompt needs and that were not given, or are empty."""
    needed = [argument.name for argument in prompt.arguments or () if argument.required]
    return [name for name in needed if not given.get(name, "").strip()]
