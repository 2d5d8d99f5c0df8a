"""check payload, check factors, check balance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from parkwatch.commands.output import database, print_line

if TYPE_CHECKING:
    import datetime

    from ingest.decode.columns import Columns
    from parkwatch.sent_balance import Comparison
    from schemas.readings import Refusal
    from storage.connect import Connection

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def check() -> None:
    """Examine something before it is used."""


@check.command()
@click.argument("file", type=click.File("rb"))
@click.option("--language", type=click.Choice(["telemetry", "hj212"]), default="telemetry", show_default=True)
@click.option("--enterprise", help="Also look its points up in the registry of the running service.")
def payload(file: BinaryIO, language: str, enterprise: str | None) -> None:
    """Say what ingest would make of the payload in FILE (- is standard input). Nothing is stored.

    Exits with 1 if anything in it would be refused.
    """
    content = file.read()
    if enterprise:
        accepted, refusals = _as_ingest_would(content, language, enterprise)
    else:
        columns = _decoded(content, language)
        accepted = len(columns.points) - len(columns.faults)
        refusals = columns.refusals
        for row, fault in columns.faults.items():
            click.echo(f"{columns.points[row]}: {fault}", err=True)
        if columns.faults:
            click.echo("with --enterprise CODE each of these gets its reason", err=True)
    for refusal in refusals:
        place = " ".join(part for part in (refusal.point, refusal.ts) if part)
        click.echo(f"{place or 'payload'}: {refusal.reason.value}: {refusal.detail}", err=True)
    listed = [{"point": r.point, "ts": r.ts, "reason": r.reason.value, "detail": r.detail} for r in refusals]
    sound = not listed and (enterprise is not None or not columns.faults)
    print_line({"ok": sound, "accepted": accepted, "rejected": listed})
    if not sound:
        raise click.exceptions.Exit(1)


def _decoded(content: bytes, language: str) -> Columns:
    """The form alone: no registry is asked."""
    import datetime as dt

    from ingest.decode.columns import Columns
    from ingest.directory import Directory
    from ingest.languages import HELD_S, Reader
    from ingest.messages import Message

    reader, nobody = Reader(), Directory([], 0)
    now_us = round(dt.datetime.now(dt.UTC).timestamp() * 1e6)
    message = Message("", "check", f"check/{language}", language, content)
    entries = reader.read(None, message, nobody, now_us)
    entries += reader.expire(nobody, now_us + round(HELD_S * 1e6) + 1)
    return entries[0].columns if entries else Columns()


def _as_ingest_would(content: bytes, language: str, enterprise: str) -> tuple[int, list[Refusal]]:
    import datetime as dt

    from ingest.assemble import Message, assemble
    from ingest.directory import read_directory
    from storage.gateways import examine_enterprise

    message = Message(enterprise, "check", f"pw/v1/{enterprise}/check/{language}", language, content)
    with database() as (_, connection):
        examine_enterprise(connection, enterprise)
        batch = assemble([message], read_directory(connection, None), dt.datetime.now(dt.UTC))
    return len(batch.block), batch.deliveries[0].refusals


@check.command()
def factors() -> None:
    """List the shipped emission factors and how many of them have no verified source."""
    from accounting.factors import shipped_factors

    found = shipped_factors()
    for factor in found:
        mark = "verified  " if factor.verified else "UNVERIFIED"
        click.echo(f"{mark} {factor.id}: {factor.value} {factor.unit} ({factor.standard})", err=True)
    print_line({"factors": len(found), "unverified": [factor.id for factor in found if not factor.verified]})


@check.command()
@click.option("--month", type=click.DateTime(["%Y-%m"]), help="Also hold the demo park's shares of this month.")
@click.option("--rule", default="wuhai-plan@1", show_default=True, help="The green-power rule to compare.")
@click.option("--truth", "file", type=_FILE, help="Also hold all readings against what `simulate faulty` wrote here.")
def balance(month: datetime.datetime | None, rule: str, file: Path | None) -> None:
    """Compare ledger and readings, and what was sent or a month's shares with the simulator's own truth.

    Prints the differences, the first ones in words; exits with 1 if there are any.
    """
    import dataclasses

    from parkwatch.balance import ledger_differences, share_differences, truth_of_what_arrived
    from parkwatch.demo_park import demo_park

    with database() as (settings, connection):
        found = ledger_differences(connection)
        if month:
            truth = truth_of_what_arrived(connection, demo_park(settings.data_dir))
            found += share_differences(connection, truth, month.date(), rule)
        sent = _compare_with_sent(connection, file) if file else None
    found += sent.differences if sent else []
    for difference in found[:10]:
        place = " ".join(part for part in (difference.place, difference.instant) if part)
        click.echo(f"{place}: {difference.what}: {difference.found}, not {difference.expected}", err=True)
    compared = {"readings": sent.readings, "messages": sent.messages} if sent else {}
    print_line(compared | {"differences": [dataclasses.asdict(difference) for difference in found]})
    if found:
        raise click.exceptions.Exit(1)


def _compare_with_sent(connection: Connection, file: Path) -> Comparison:
    from contextlib import closing

    from parkwatch.sent_balance import compare_sent
    from simulators.sent import Truth

    with closing(Truth(file)) as truth:
        return compare_sent(connection, truth)
