"""Every fault of the table on every model in every way, in real processes: no picture lost, none paid for twice,
and what is told about money is what the gateway's own ledger says."""

from pathlib import Path

import pytest

from faults.acts import ACTS
from faults.hosts import untested_triggers
from faults.judging import money_problems
from faults.matrix import run_matrix
from faults.table import KEYS, PLAIN, WAYS, Outcome, rows

pytestmark = pytest.mark.anyio

ASKED = [*rows(*PLAIN, *KEYS), *(row for _, fault in ACTS for row in rows(fault))]


@pytest.mark.timeout(300)
async def test_no_fault_loses_a_picture_pays_twice_or_lies_about_money(tmp_path: Path) -> None:
    lines = await run_matrix(tmp_path)
    wrong = {line.row.name: (line.outcome, line.problems) for line in lines if line.problems}
    assert wrong == {}
    assert {line.row.name: line.outcome for line in lines} == {row.name: row.fault.outcome for row in ASKED}
    assert len(lines) == len(ASKED)


def test_every_trigger_of_the_sandbox_has_a_row() -> None:
    assert untested_triggers(ASKED) == set()


def test_every_model_is_asked_in_every_way_that_a_fault_can_touch() -> None:
    everywhere = {(model, way) for model, ways in WAYS.items() for way in ways}
    plain = {row.fault.name: set[tuple[str, str]]() for row in ASKED}
    for row in ASKED:
        plain[row.fault.name].add((row.model, row.way))
    assert [name for name in ("none", "dropped after the work", "front killed") if plain[name] != everywhere] == []
    assert len({row.name for row in ASKED}) == len(ASKED)


@pytest.mark.parametrize(
    ("outcome", "problem"),
    [
        (Outcome(posts=2, billed=2, saved=1), "billed more than once"),
        (Outcome(posts=1, billed=1, saved=0, code="gateway", charge="none"), "billed, but told as free"),
        (Outcome(posts=1, billed=0, saved=0, code="gateway", charge="certain"), "not billed, but told as charged"),
        (Outcome(posts=1, billed=1, saved=2), "more pictures than charges"),
    ],
)
def test_the_judge_sees_what_may_never_happen(outcome: Outcome, problem: str) -> None:
    assert money_problems(outcome) == [problem]
