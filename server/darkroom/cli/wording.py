"""The tools' sentences in the words of a shell: names of tools and arguments become commands and options.

Only what people see is reworded. Results for programs keep the tools' own names.
"""

import re
from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    "generate_image": "darkroom generate",
    "edit_image": "darkroom edit",
    "wait_for_jobs": "darkroom wait",
    "list_sizes": "darkroom sizes",
    "estimate_cost": "darkroom estimate",
    "list_images": "darkroom images",
    "cancel_job": "darkroom cancel",
    "keep_outside": "--keep-outside",
    "save_to": "--save-to",
    "variation": "--variation",
    "aspect_ratio": "--aspect-ratio",
    "output_format": "--output-format",
    "output_compression": "--output-compression",
    "response_format": "--response-format",
}
"""What stands for each name; a name that is left out has no command or option of its own."""

# Not inside a path, an option or a longer name.
_NAMES: Final = re.compile(rf"(?<![\w/\\.-])(?:{'|'.join(WORDS)})(?![\w/\\-])")


def for_shell(text: str) -> str:
    """Return a tool's sentence with commands and options in place of tools and arguments."""
    return _NAMES.sub(lambda found: WORDS[found[0]], text)
