"""One of several host processes that submit at the same moment: `python -m faults.crowd NUMBER COUNT`.

Says `yes` or `no` for each job of its own.
"""

import sys

import anyio

from darkroom.core.check import check_arguments
from darkroom.errors import BudgetError
from darkroom.service.front import Front
from darkroom.service.orders import build_order
from darkroom.settings import read_settings

FRONTS = 2


async def main(number: str, count: int) -> None:
    """Submit `count` jobs at once through two fronts."""
    fronts = [Front(read_settings()) for _ in range(FRONTS)]
    async with anyio.create_task_group() as tasks:
        for ordinal in range(count):
            tasks.start_soon(_submit, fronts[ordinal % FRONTS], f"stone {number}-{ordinal}")


async def _submit(front: Front, prompt: str) -> None:
    arguments = check_arguments("generate_image", {"prompt": prompt}, default_model=front.settings.model)
    try:
        await front.submit(build_order(front.settings, "generate", arguments, project_folder=None))
    except BudgetError:
        print("no", flush=True)
    else:
        print("yes", flush=True)


if __name__ == "__main__":
    anyio.run(main, sys.argv[1], int(sys.argv[2]))
