"""A task id says which jobs it is about, and nothing else is one."""

import pytest

from darkroom.core.tasks import TaskName, read_task_id, task_id

JOBS = ("job_0123456789abcdef", "job_fedcba9876543210")


def test_a_task_id_reads_back() -> None:
    assert read_task_id(task_id("make", JOBS[:1])) == TaskName("make", JOBS[:1])
    assert read_task_id(task_id("any", JOBS)) == TaskName("any", JOBS)
    assert read_task_id(task_id("all", JOBS * 10)) == TaskName("all", JOBS * 10)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "task_make",
        "task_make_",
        "job_0123456789abcdef",
        "task_all_0123",
        "task_make_0123456789ABCDEF",
        "task_make_0123456789abcdef\n",
        "task_all" + "_0123456789abcdef" * 21,
    ],
)
def test_other_texts_are_no_task_ids(text: str) -> None:
    assert read_task_id(text) is None


def test_only_job_ids_become_a_task() -> None:
    with pytest.raises(ValueError, match="not all job ids"):
        task_id("all", ["job_0123456789abcdef", "img_0123456789abcdef"])
