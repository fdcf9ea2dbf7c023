"""One of several processes that submit at the same moment: `python -m faults.crowd NUMBER COUNT`.

Says `yes` or `no` for each job of its own, and starts no worker.
"""

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from darkroom.errors import BudgetError
from darkroom.sandbox.server import Running
from faults.workbench import Workbench


def main(number: str, count: int) -> None:
    """Submit `count` jobs from two fronts with four threads each."""
    fronts = [Workbench(Running(), os.environ, time.time) for _ in range(2)]
    start = threading.Barrier(min(count, 8))

    def submit(ordinal: int) -> str:
        if ordinal < start.parties:
            start.wait()
        try:
            fronts[ordinal % 2].submit(prompt=f"stone {number}-{ordinal}")
        except BudgetError:
            return "no"
        return "yes"

    with ThreadPoolExecutor(start.parties) as pool:
        for word in pool.map(submit, range(count)):
            print(word, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
