"""The command line: one module of ``parkwatch/commands`` for each family of commands.

Command modules import what is heavy inside their functions, so that ``--help`` answers at once.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

import click

from parkwatch.commands import (
    backup,
    broker,
    check,
    demo,
    doctor,
    export,
    files,
    grafana,
    ingestors,
    period,
    recompute,
    registry,
    rejected,
    report,
    review,
    rules,
    services,
    simulate,
    token,
)
from schemas.errors import ParkWatchError


class _Commands(click.Group):
    """Says what went wrong in one line instead of a traceback."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except ParkWatchError as error:
            click.echo(f"parkwatch: {error}", err=True)
            context.exit(1)
        except KeyboardInterrupt:
            context.exit(130)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="parkwatch")
def cli() -> None:
    """ParkWatch: energy and emissions of an industrial park, from the meter to the account.

    Settings come from PARKWATCH_* variables; without any, PostgreSQL and a broker are started in the folder .data.
    Logs go to standard error, results to standard output.
    """
    logging.basicConfig(
        stream=sys.stderr,
        level=os.environ.get("PARKWATCH_LOG_LEVEL", "INFO").upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # what runs, and each second what still runs


for command in (
    demo.demo,
    services.serve,
    services.ingest,
    ingestors.ingestors,
    services.schedule,
    services.api,
    services.migrate,
    services.alive,
    registry.registry,
    simulate.simulate,
    files.import_file,
    export.export,
    backup.backup,
    backup.restore,
    recompute.recompute,
    period.period,
    review.review,
    report.report,
    token.token,
    broker.broker,
    check.check,
    rejected.rejected,
    rules.rules,
    doctor.doctor,
    grafana.grafana,
):
    cli.add_command(command)


def main() -> None:
    """The entry of ``parkwatch`` and ``python -m parkwatch``."""
    cli(prog_name="parkwatch")
