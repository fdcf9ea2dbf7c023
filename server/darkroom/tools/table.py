"""The table of tools, in the order in which agents see them, with their hints."""

import inspect
from dataclasses import dataclass
from typing import Final

from mcp_types import ToolAnnotations

from darkroom.tools.boundary import AgentTool, Surroundings, ToolFunction
from darkroom.tools.looking import estimate_cost, list_images, list_sizes, view_image
from darkroom.tools.making import edit_image, generate_image
from darkroom.tools.waiting import cancel_job, wait_for_jobs


@dataclass(frozen=True, slots=True)
class Row:
    """One tool and its hints."""

    function: ToolFunction
    title: str
    reads_only: bool
    destroys: bool = False
    """Whether it takes something away; a picture is never replaced, but a cancelled call is gone."""
    idempotent: bool = True
    open_world: bool = False
    """Whether it reaches beyond this machine."""


TOOLS: Final = (
    # The same request and variation returns the same job, but only until its result was delivered once.
    Row(generate_image, "Generate image", reads_only=False, idempotent=False, open_world=True),
    Row(edit_image, "Edit image", reads_only=False, idempotent=False, open_world=True),
    Row(wait_for_jobs, "Wait for image jobs", reads_only=True),
    Row(list_sizes, "List image sizes", reads_only=True),
    Row(estimate_cost, "Estimate image cost", reads_only=True),
    Row(list_images, "List images", reads_only=True),
    Row(view_image, "View image", reads_only=True),
    Row(cancel_job, "Cancel image job", reads_only=False, destroys=True),
)


def agent_tools(surroundings: Surroundings) -> list[AgentTool]:
    """Make the tools of one server."""
    return [
        AgentTool.of(
            row.function,
            surroundings,
            title=row.title,
            # On Python before 3.13 the raw docstring would go out with its indentation.
            description=inspect.getdoc(row.function) or "",
            hints=ToolAnnotations(
                title=row.title,
                read_only_hint=row.reads_only,
                destructive_hint=row.destroys,
                idempotent_hint=row.idempotent,
                open_world_hint=row.open_world,
            ),
        )
        for row in TOOLS
    ]
