"""Names of MCP tasks: a task is one or more jobs, and its id says which.

Nothing is stored for a task, so it outlives the process that named it and any replica can answer for it. A job id
holds 64 random bits. An unguessable part beside it would protect nothing: whoever knows a job id can ask
`wait_for_jobs` for it, so that id is the secret already, and over HTTP a token stands before both.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast

Kind: TypeAlias = Literal["make", "all", "any"]
"""`make`: one job that a call submitted; `all` and `any`: a wait for jobs, until all or one of them have ended."""

_FORM: Final = re.compile(r"task_(make|all|any)((?:_[0-9a-f]{16}){1,20})")
_JOB: Final = re.compile(r"job_([0-9a-f]{16})")


@dataclass(frozen=True, slots=True)
class TaskName:
    """What a task id says."""

    kind: Kind
    job_ids: tuple[str, ...]


def task_id(kind: Kind, job_ids: Sequence[str]) -> str:
    """Return the id of the task about these jobs.

    Raises:
        ValueError: If one of them is no job id.
    """
    matches = [_JOB.fullmatch(job_id) for job_id in job_ids]
    return "_".join(["task", kind, *(match[1] for match in matches if match)]) if all(matches) else _refuse(job_ids)


def read_task_id(text: str) -> TaskName | None:
    """Return what a task id says; None if it is none of ours."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    return TaskName(cast("Kind", match[1]), tuple(f"job_{part}" for part in match[2].split("_")[1:]))


def _refuse(job_ids: Sequence[str]) -> str:
    raise ValueError(f"{job_ids!r} are not all job ids.")
