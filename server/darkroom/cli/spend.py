"""The spending report, and settling what was in doubt."""

import time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import click

from darkroom.adapters.spending import Grouping, spent
from darkroom.catalog.limits import CONSOLE_LOG_URL
from darkroom.cli.options import as_json
from darkroom.cli.reports import spending_csv, spending_rows, spending_table, spending_totals
from darkroom.cli.showing import console, print_json
from darkroom.core.cost import dollars
from darkroom.core.job import State
from darkroom.core.order import Order
from darkroom.core.records import Call
from darkroom.settings import read_settings

if TYPE_CHECKING:
    import sqlalchemy as sa

_DAY_SECONDS = 24 * 3600


@click.group(invoke_without_command=True)
@click.option(
    "--by", type=click.Choice(["day", "model", "job"]), default="day", show_default=True, help="One row for each."
)
@click.option(
    "--days", type=click.FloatRange(min=0, min_open=True), default=30, show_default=True, help="How far to look back."
)
@click.option("--sandbox", is_flag=True, help="Show what the sandbox would have cost, and nothing else.")
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
@as_json
@click.pass_context
def spend(context: click.Context, by: Grouping, days: float, sandbox: bool, as_csv: bool, as_json: bool) -> None:
    """Report what was spent, by day, model or job.

    Charges in doubt stand apart: `settle` writes down what the console says of them.
    """
    if context.invoked_subcommand is not None:
        return
    rows = spent(_database(), by, time.time() - days * _DAY_SECONDS, sandbox=sandbox)
    if as_json:
        print_json(
            {"by": by, "days": days, "sandbox": sandbox, "rows": spending_rows(rows), "total": spending_totals(rows)}
        )
        return
    if as_csv:
        click.echo(spending_csv(by, rows), nl=False)
        return
    out = console()
    if not rows:
        out.print(f"Nothing in the last {days:g} days.")
        return
    out.print(spending_table(by, rows, spending_totals(rows)))
    if sandbox:
        out.print("Sandbox: nothing of this was charged.", style="yellow")
    if any(row.possible_calls for row in rows) and not sandbox:
        out.print(
            f"In doubt: look at {CONSOLE_LOG_URL}, then darkroom spend settle JOB --charged or --not-charged.",
            soft_wrap=True,
        )


@spend.command()
@click.argument("job_id", metavar="JOB")
@click.option("--charged/--not-charged", "was_charged", default=None, help="What the console's log says.")
@click.option("--usd", help="What each call cost; default the estimate. With --charged.")
@as_json
def settle(job_id: str, was_charged: bool | None, usd: str | None, as_json: bool) -> None:
    """Write down whether the calls of JOB that are in doubt were charged, so that the budget knows."""
    from darkroom.adapters.journal import Journal

    if was_charged is None:
        raise click.UsageError("Say --charged or --not-charged.")
    if usd is not None and not was_charged:
        raise click.UsageError("--usd goes with --charged.")
    amount = _amount(usd)
    journal = Journal(_database())
    job = journal.job(job_id)
    doubtful = [call for call in job.calls if call.state is State.IN_DOUBT]
    charges = {call.call_id: _charge(job.order, call, amount) if was_charged else Decimal(0) for call in doubtful}
    said = f"settled: {'charged' if was_charged else 'not charged'}, says the console"
    settled = journal.settle(job_id, charges, said)
    total = sum(charges.values(), Decimal(0)) if settled else Decimal(0)
    if not settled:
        raise click.ClickException(f"No call of {job_id} is in doubt. `darkroom spend --by job` shows those that are.")
    if as_json:
        print_json({"job_id": job_id, "settled_calls": settled, "charged_usd": dollars(total)})
    else:
        click.echo(f"{job_id}: {settled} call{'s' if settled > 1 else ''} settled, ${dollars(total)} charged.")


def _database() -> "sa.Engine":
    from darkroom.adapters.database import open_database

    settings = read_settings()
    return open_database(settings.home, settings.database_url)


def _amount(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise click.BadParameter(f"{text!r} is not an amount such as 0.03.", param_hint="--usd")
    return amount


def _charge(order: Order, call: Call, amount: Decimal | None) -> Decimal:
    if amount is not None:
        return amount
    return next((attempt.usd for attempt in order.attempts() if attempt.model == call.model), order.attempt.usd)
